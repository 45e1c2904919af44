//! difficulty: 2

use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// The desk of a boat house, where keys can be borrowed.
#[derive(Default)]
pub struct Desk {
    /// The numbers of the keys at the desk, the smallest first.
    pub keys: RefCell<Vec<u32>>,
    /// The numbers of the keys that came back, in that order.
    pub returned: RefCell<Vec<u32>>,
}

impl Desk {
    /// Lends the key with the smallest number.
    pub fn lend(self: &Rc<Desk>) -> Option<Loan> {
        let mut keys = self.keys.borrow_mut();
        if keys.is_empty() {
            return None;
        }
        Some(Loan { key: Some(keys.remove(0)), desk: Rc::downgrade(self) })
    }
}

pub struct Loan {
    /// `None` if the key was lost.
    pub key: Option<u32>,
    pub desk: Weak<Desk>,
}

// entry
/// At the end of a loan its key goes back to its desk: into `keys`, at the place where the numbers stay in ascending
/// order, and to the end of `returned`. Keys with the number 900 or a greater one belong to guests; they only come
/// into `returned`. Nothing happens if the key was lost, if the desk no longer exists, or if `keys` already has the
/// key (one that belongs to no guest).
impl Drop for Loan {
    fn drop(&mut self) {
        let (Some(key), Some(desk)) = (self.key, self.desk.upgrade()) else {
            return;
        };
        if key < 900 {
            let mut keys = desk.keys.borrow_mut();
            let Err(place) = keys.binary_search(&key) else {
                return;
            };
            keys.insert(place, key);
        }
        desk.returned.borrow_mut().push(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk(keys: &[u32]) -> Rc<Desk> {
        Rc::new(Desk { keys: RefCell::new(keys.to_vec()), ..Desk::default() })
    }

    #[test]
    fn a_key_comes_back() {
        let desk = desk(&[4, 6, 9]);
        let loan = desk.lend().expect("a key");
        assert_eq!(*desk.keys.borrow(), [6, 9]);
        assert!(desk.returned.borrow().is_empty());
        drop(loan);
        assert_eq!(*desk.keys.borrow(), [4, 6, 9]);
        assert_eq!(*desk.returned.borrow(), [4]);
        assert_eq!((Rc::strong_count(&desk), Rc::weak_count(&desk)), (1, 0));
    }

    #[test]
    fn keys_stay_in_order() {
        let desk = desk(&[1, 2, 3, 4, 5]);
        let mut loans: Vec<Loan> = (0..4).filter_map(|_| desk.lend()).collect();
        assert_eq!(loans.len(), 4);
        drop(loans.remove(1));
        assert_eq!(*desk.keys.borrow(), [2, 5]);
        drop(loans.pop());
        assert_eq!(*desk.keys.borrow(), [2, 4, 5]);
        loans.reverse();
        drop(loans);
        assert_eq!(*desk.keys.borrow(), [1, 2, 3, 4, 5]);
        assert_eq!(*desk.returned.borrow(), [2, 4, 3, 1]);
    }

    #[test]
    fn scopes_end_in_reverse() {
        let desk = desk(&[7, 8]);
        {
            let _first = desk.lend();
            let _second = desk.lend();
            assert!(desk.lend().is_none());
        }
        assert_eq!(*desk.returned.borrow(), [8, 7]);
        assert_eq!(*desk.keys.borrow(), [7, 8]);
    }

    #[test]
    fn lost_keys_and_copies() {
        let desk = desk(&[7, 8]);
        let mut loan = desk.lend().expect("a key");
        loan.key = None;
        drop(loan);
        drop(Loan { key: Some(8), desk: Rc::downgrade(&desk) });
        assert_eq!(*desk.keys.borrow(), [8]);
        assert!(desk.returned.borrow().is_empty());
        drop(Loan { key: Some(9), desk: Rc::downgrade(&desk) });
        assert_eq!(*desk.keys.borrow(), [8, 9]);
        assert_eq!(*desk.returned.borrow(), [9]);
    }

    #[test]
    fn keys_of_guests_are_only_noted() {
        let desk = desk(&[3]);
        for key in [900, 899, 901, 900] {
            drop(Loan { key: Some(key), desk: Rc::downgrade(&desk) });
        }
        assert_eq!(*desk.keys.borrow(), [3, 899]);
        assert_eq!(*desk.returned.borrow(), [900, 899, 901, 900]);
    }

    #[test]
    fn a_desk_may_be_gone() {
        let gone = desk(&[3]);
        let loan = gone.lend();
        drop(gone);
        drop(loan);
        drop(Loan { key: Some(1), desk: Weak::new() });
        assert!(desk(&[]).lend().is_none());
    }
}
