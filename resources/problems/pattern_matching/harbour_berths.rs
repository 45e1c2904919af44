//! difficulty: 2

#[derive(Debug, PartialEq, Eq)]
pub enum Berth {
    Free { depth: u32 },
    Taken { depth: u32, ship: String, draught: u32 },
    Closed,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    NoShip,
    Taken { by: String },
    TooShallow { missing: u32 },
    Closed,
}

// entry
/// Moves the ship of the berth `from` to the berth `to`. Then `from` is free and `to` taken by the ship; the depths
/// of both stay with the berths, the draught with the ship.
///
/// Refused, and nothing is changed, if (checked in this order)
///
/// 1. there is no ship at `from`, because it is free or closed: `NoShip`
/// 2. `to` is closed: `Closed`
/// 3. `to` is taken: `Taken` with a copy of the name of the ship that lies there
/// 4. the draught of the ship is greater than the depth of `to`: `TooShallow`, with the difference
pub fn shift_ship(from: &mut Berth, to: &mut Berth) -> Result<(), Refused> {
    let Berth::Taken { depth: left_depth, ship, draught } = from else {
        return Err(Refused::NoShip);
    };
    let depth = match to {
        Berth::Closed => return Err(Refused::Closed),
        Berth::Taken { ship, .. } => return Err(Refused::Taken { by: ship.clone() }),
        Berth::Free { depth } if *depth < *draught => {
            return Err(Refused::TooShallow { missing: *draught - *depth });
        }
        Berth::Free { depth } => *depth,
    };
    *to = Berth::Taken { depth, ship: std::mem::take(ship), draught: *draught };
    *from = Berth::Free { depth: *left_depth };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(depth: u32) -> Berth {
        Berth::Free { depth }
    }

    fn taken(depth: u32, ship: &str, draught: u32) -> Berth {
        Berth::Taken { depth, ship: ship.to_string(), draught }
    }

    fn shift(mut from: Berth, mut to: Berth) -> (Result<(), Refused>, Berth, Berth) {
        let outcome = shift_ship(&mut from, &mut to);
        (outcome, from, to)
    }

    #[test]
    fn a_ship_moves() {
        assert_eq!(shift(taken(9, "Orka", 4), free(7)), (Ok(()), free(9), taken(7, "Orka", 4)));
        assert_eq!(shift(taken(5, "", 0), free(0)), (Ok(()), free(5), taken(0, "", 0)));
        let mut berths = [taken(6, "Alk", 5), free(5), free(8)];
        let [first, second, third] = &mut berths;
        assert_eq!(shift_ship(first, second), Ok(()));
        assert_eq!(shift_ship(second, third), Ok(()));
        assert_eq!(berths, [free(6), free(5), taken(8, "Alk", 5)]);
    }

    #[test]
    fn the_water_must_be_deep_enough() {
        assert_eq!(shift(taken(9, "Orka", 7), free(7)), (Ok(()), free(9), taken(7, "Orka", 7)));
        let refused = Err(Refused::TooShallow { missing: 1 });
        assert_eq!(shift(taken(9, "Orka", 8), free(7)), (refused, taken(9, "Orka", 8), free(7)));
        let refused = Err(Refused::TooShallow { missing: 8 });
        assert_eq!(shift(taken(9, "Orka", 8), free(0)), (refused, taken(9, "Orka", 8), free(0)));
    }

    #[test]
    fn another_ship_is_in_the_way() {
        let by = Refused::Taken { by: "Alk".to_string() };
        let left = shift(taken(9, "Orka", 8), taken(3, "Alk", 2));
        assert_eq!(left, (Err(by), taken(9, "Orka", 8), taken(3, "Alk", 2)));
    }

    #[test]
    fn closed_berths() {
        let left = shift(taken(9, "Orka", 8), Berth::Closed);
        assert_eq!(left, (Err(Refused::Closed), taken(9, "Orka", 8), Berth::Closed));
        assert_eq!(shift(Berth::Closed, free(3)), (Err(Refused::NoShip), Berth::Closed, free(3)));
    }

    #[test]
    fn the_ship_is_looked_for_first() {
        assert_eq!(shift(free(4), Berth::Closed).0, Err(Refused::NoShip));
        assert_eq!(shift(Berth::Closed, taken(3, "Alk", 2)).0, Err(Refused::NoShip));
        assert_eq!(shift(free(4), free(3)), (Err(Refused::NoShip), free(4), free(3)));
    }
}
