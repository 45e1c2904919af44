//! difficulty: 2

/// A coil of a vending machine; `held` is never more than `room`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coil {
    pub held: u32,
    pub room: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestockError {
    NoSuchCoil { order: usize, coil: usize },
    /// So many pieces of the order do not fit.
    Overfull { order: usize, too_many: u32 },
}

// entry
/// Carries out orders one after the other; `(coil, pieces)` puts so many pieces onto the coil with that index.
/// Returns how many pieces were put in, over all orders. The same coil may be ordered for several times.
///
/// All or nothing: if an order names a coil that is not there, or if its pieces no longer fit, the error of the
/// first such order is returned, with its index, and all coils are left as they were before the call.
///
/// A coil that holds 2 of 10, orders `(0, 5)` and `(0, 4)`: order 1 is overfull by 1, and the coil still holds 2.
pub fn restock(coils: &mut [Coil], orders: &[(usize, u32)]) -> Result<u64, RestockError> {
    let mut filled = coils.to_vec();
    let mut total = 0;
    for (order, &(coil, pieces)) in orders.iter().enumerate() {
        let place = filled.get_mut(coil).ok_or(RestockError::NoSuchCoil { order, coil })?;
        let free = place.room - place.held;
        if let Some(too_many @ 1..) = pieces.checked_sub(free) {
            return Err(RestockError::Overfull { order, too_many });
        }
        place.held += pieces;
        total += u64::from(pieces);
    }
    coils.copy_from_slice(&filled);
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coils(of: &[(u32, u32)]) -> Vec<Coil> {
        of.iter().map(|&(held, room)| Coil { held, room }).collect()
    }

    #[test]
    fn fills_coils() {
        let mut machine = coils(&[(2, 10), (0, 5), (3, 3)]);
        assert_eq!(restock(&mut machine, &[(1, 4), (0, 3), (1, 1), (2, 0)]), Ok(8));
        assert_eq!(machine, coils(&[(5, 10), (5, 5), (3, 3)]));
        assert_eq!(restock(&mut machine, &[(0, 5)]), Ok(5));
        assert_eq!(machine, coils(&[(10, 10), (5, 5), (3, 3)]));
    }

    #[test]
    fn no_orders() {
        let mut machine = coils(&[(2, 10)]);
        assert_eq!(restock(&mut machine, &[]), Ok(0));
        assert_eq!(machine, coils(&[(2, 10)]));
        assert_eq!(restock(&mut [], &[]), Ok(0));
        assert_eq!(restock(&mut [], &[(0, 0)]), Err(RestockError::NoSuchCoil { order: 0, coil: 0 }));
    }

    #[test]
    fn too_many_pieces_undo_everything() {
        let mut machine = coils(&[(2, 10), (0, 4)]);
        let error = restock(&mut machine, &[(1, 4), (0, 5), (0, 4), (1, 9)]);
        assert_eq!(error, Err(RestockError::Overfull { order: 2, too_many: 1 }));
        assert_eq!(machine, coils(&[(2, 10), (0, 4)]));
        assert_eq!(restock(&mut machine, &[(1, 11)]), Err(RestockError::Overfull { order: 0, too_many: 7 }));
    }

    #[test]
    fn an_unknown_coil_undoes_everything() {
        let mut machine = coils(&[(2, 10), (0, 4)]);
        let error = restock(&mut machine, &[(0, 1), (2, 1), (0, 99)]);
        assert_eq!(error, Err(RestockError::NoSuchCoil { order: 1, coil: 2 }));
        assert_eq!(machine, coils(&[(2, 10), (0, 4)]));
    }

    #[test]
    fn sums_may_be_large() {
        let mut machine = coils(&[(0, u32::MAX), (1, u32::MAX)]);
        assert_eq!(restock(&mut machine, &[(0, u32::MAX), (1, u32::MAX - 1)]), Ok(8_589_934_589));
        let error = restock(&mut machine, &[(1, u32::MAX)]);
        assert_eq!(error, Err(RestockError::Overfull { order: 0, too_many: u32::MAX }));
    }
}
