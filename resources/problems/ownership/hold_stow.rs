//! difficulty: 1
/// A piece of cargo; there is no second one like it.
#[derive(Debug, PartialEq)]
pub struct Cargo {
    pub owner: String,
    pub tons: u32,
}

/// Why a piece of cargo stays on the quay.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// By how many tons the load would pass the limit.
    TooHeavy {
        over: u64,
    },
    NoSlot,
}

/// The hold of a ship: slots that are free or taken, and the tons that all cargo may weigh
/// together.
#[derive(Debug)]
pub struct Hold {
    pub slots: Vec<Option<Cargo>>,
    pub limit: u64,
}

// entry
/// Puts `cargo` into the first free slot of the hold and returns the number of the slot, counted
/// from 0.
///
/// Cargo that cannot be taken is handed back with the reason, and the hold stays as it was:
/// - `TooHeavy { over }` if all that is in the hold and `cargo` would weigh more than `limit`
///   together, by `over` tons (this reason wins over the next one);
/// - `NoSlot` if no slot is free.
pub fn stow(hold: &mut Hold, cargo: Cargo) -> Result<usize, (Refusal, Cargo)> {
    let aboard: u64 = hold
        .slots
        .iter()
        .flatten()
        .map(|piece| u64::from(piece.tons))
        .sum();
    let over = (aboard + u64::from(cargo.tons)).saturating_sub(hold.limit);
    if over > 0 {
        return Err((Refusal::TooHeavy { over }, cargo));
    }
    match hold.slots.iter().position(Option::is_none) {
        Some(slot) => {
            hold.slots[slot] = Some(cargo);
            Ok(slot)
        }
        None => Err((Refusal::NoSlot, cargo)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cargo(owner: &str, tons: u32) -> Cargo {
        Cargo {
            owner: owner.to_string(),
            tons,
        }
    }

    #[test]
    fn the_first_free_slot() {
        let mut hold = Hold {
            slots: vec![Some(cargo("a", 1)), None, None],
            limit: 9,
        };
        let next = cargo("b", 2);
        let owner = next.owner.as_ptr();
        assert_eq!(stow(&mut hold, next), Ok(1));
        assert_eq!(hold.slots, [Some(cargo("a", 1)), Some(cargo("b", 2)), None]);
        assert_eq!(hold.slots[1].as_ref().unwrap().owner.as_ptr(), owner);
        assert_eq!(stow(&mut hold, cargo("c", 3)), Ok(2));
        assert_eq!(
            stow(&mut hold, cargo("d", 1)),
            Err((Refusal::NoSlot, cargo("d", 1)))
        );
    }

    #[test]
    fn just_at_the_limit() {
        let mut hold = Hold {
            slots: vec![Some(cargo("a", 6)), None],
            limit: 10,
        };
        let refused = stow(&mut hold, cargo("b", 5));
        assert_eq!(refused, Err((Refusal::TooHeavy { over: 1 }, cargo("b", 5))));
        assert_eq!(hold.slots, [Some(cargo("a", 6)), None]);
        assert_eq!(stow(&mut hold, cargo("b", 4)), Ok(1));
        assert_eq!(hold.slots[1], Some(cargo("b", 4)));
    }

    #[test]
    fn what_is_refused_comes_back_itself() {
        let mut hold = Hold {
            slots: vec![],
            limit: 10,
        };
        let piece = cargo("a", 10);
        let owner = piece.owner.as_ptr();
        let (reason, piece) = stow(&mut hold, piece).unwrap_err();
        assert_eq!(reason, Refusal::NoSlot);
        assert_eq!(piece.owner.as_ptr(), owner);
        assert!(hold.slots.is_empty());
    }

    #[test]
    fn too_heavy_wins_and_sums_are_wide() {
        let mut hold = Hold {
            slots: vec![Some(cargo("a", u32::MAX))],
            limit: 4,
        };
        let over = 2 * u64::from(u32::MAX) - 4;
        let refused = stow(&mut hold, cargo("b", u32::MAX));
        assert_eq!(
            refused,
            Err((Refusal::TooHeavy { over }, cargo("b", u32::MAX)))
        );
    }

    #[test]
    fn weightless_cargo() {
        let mut hold = Hold {
            slots: vec![None, Some(cargo("a", 3))],
            limit: 3,
        };
        assert_eq!(stow(&mut hold, cargo("b", 0)), Ok(0));
        let mut hold = Hold {
            slots: vec![None],
            limit: 0,
        };
        assert_eq!(stow(&mut hold, cargo("b", 0)), Ok(0));
    }
}
