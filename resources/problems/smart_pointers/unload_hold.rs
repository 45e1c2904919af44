//! difficulty: 2

/// Something in the hold of a ship. It is put ashore by dropping it.
pub trait Cargo {
    fn tons(&self) -> u32;
    /// Signs it off the list; to be called once for each piece, right before it is put ashore.
    fn sign_off(&self) -> String;
}

// entry
/// Puts the pieces of `hold` ashore one by one, the lightest first; equally heavy pieces in the order in which they
/// lie in the hold. Each piece is signed off and dropped before the next one is signed off.
///
/// Stops before the first piece for which the tons put ashore, with it, would be more than `limit`. That piece and
/// those after it stay in `hold`, the lightest first, and are neither signed off nor dropped.
///
/// Returns what `sign_off` said, in order. The tons of a whole hold fit into a `u32`.
pub fn unload(hold: &mut Vec<Box<dyn Cargo>>, limit: u32) -> Vec<String> {
    hold.sort_by_key(|piece| piece.tons());
    let mut ashore = 0;
    let fitting = hold.iter().take_while(|piece| {
        ashore += piece.tons();
        ashore <= limit
    });
    let count = fitting.count();
    hold.drain(..count).map(|piece| piece.sign_off()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;

    type Log = Rc<RefCell<Vec<String>>>;

    struct Piece {
        name: &'static str,
        tons: u32,
        log: Log,
    }

    impl Cargo for Piece {
        fn tons(&self) -> u32 {
            self.tons
        }

        fn sign_off(&self) -> String {
            self.log.borrow_mut().push(format!("sign {}", self.name));
            self.name.to_string()
        }
    }

    impl Drop for Piece {
        fn drop(&mut self) {
            self.log.borrow_mut().push(format!("drop {}", self.name));
        }
    }

    fn hold(pieces: &[(&'static str, u32)]) -> (Vec<Box<dyn Cargo>>, Log) {
        let log = Log::default();
        let piece = |&(name, tons)| -> Box<dyn Cargo> { Box::new(Piece { name, tons, log: Rc::clone(&log) }) };
        (pieces.iter().map(piece).collect(), log)
    }

    #[test]
    fn lightest_first_one_by_one() {
        let (mut ship, log) = hold(&[("pump", 5), ("bell", 1), ("rope", 3)]);
        assert_eq!(unload(&mut ship, 9), ["bell", "rope", "pump"]);
        let expected = ["sign bell", "drop bell", "sign rope", "drop rope", "sign pump", "drop pump"];
        assert_eq!(*log.borrow(), expected);
        assert!(ship.is_empty());
    }

    #[test]
    fn equal_pieces_keep_their_order() {
        let (mut ship, log) = hold(&[("a", 2), ("b", 1), ("c", 2), ("d", 1)]);
        assert_eq!(unload(&mut ship, 100), ["b", "d", "a", "c"]);
        assert_eq!(log.borrow().len(), 8);
    }

    #[test]
    fn what_is_too_much_stays() {
        let (mut ship, log) = hold(&[("pump", 5), ("bell", 1), ("sail", 3), ("rope", 3)]);
        assert_eq!(unload(&mut ship, 6), ["bell", "sail"]);
        assert_eq!(*log.borrow(), ["sign bell", "drop bell", "sign sail", "drop sail"]);
        assert_eq!(ship.iter().map(|piece| piece.tons()).collect::<Vec<u32>>(), [3, 5]);
        assert_eq!(unload(&mut ship, 3), ["rope"]);
        assert_eq!(unload(&mut ship, 4), Vec::<String>::new());
        assert_eq!(ship.len(), 1);
        assert_eq!(log.borrow().len(), 6);
        drop(ship);
        assert_eq!(log.borrow().last().map(String::as_str), Some("drop pump"));
    }

    #[test]
    fn nothing_to_carry() {
        let (mut ship, log) = hold(&[("flag", 0), ("bell", 1), ("note", 0)]);
        assert_eq!(unload(&mut ship, 0), ["flag", "note"]);
        assert_eq!(ship.len(), 1);
        assert_eq!(log.borrow().len(), 4);
        assert_eq!(unload(&mut Vec::new(), 5), Vec::<String>::new());
    }
}
