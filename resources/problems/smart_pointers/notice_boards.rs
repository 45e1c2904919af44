//! difficulty: 2

use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// A board in a station; whoever hung it up holds the `Rc`.
pub struct Board {
    /// What it shows; a board for everything has no platform.
    pub platform: Option<u8>,
    pub notices: RefCell<Vec<String>>,
    /// How many notices fit.
    pub room: usize,
}

impl Board {
    pub fn new(platform: Option<u8>, room: usize) -> Rc<Board> {
        Rc::new(Board { platform, notices: RefCell::default(), room })
    }
}

// entry
/// Puts a notice at the end of every board that is for its `platform` or for everything. A board that already has
/// as many notices as fit loses its oldest one first; a board with `room` for none stays empty.
///
/// Boards that no longer exist are removed from `boards`, the others stay in order, also those for other platforms.
/// Returns on how many boards the notice can now be read. No board is kept alive by this.
pub fn announce(boards: &mut Vec<Weak<Board>>, platform: u8, notice: &str) -> usize {
    let mut shown = 0;
    boards.retain(|board| {
        let Some(board) = board.upgrade() else {
            return false;
        };
        if board.room > 0 && board.platform.is_none_or(|wanted| wanted == platform) {
            let mut notices = board.notices.borrow_mut();
            if notices.len() >= board.room {
                notices.remove(0);
            }
            notices.push(notice.to_string());
            shown += 1;
        }
        true
    });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weak(boards: &[&Rc<Board>]) -> Vec<Weak<Board>> {
        boards.iter().map(|board| Rc::downgrade(board)).collect()
    }

    #[test]
    fn boards_show_what_is_for_them() {
        let (one, two, all) = (Board::new(Some(1), 5), Board::new(Some(2), 5), Board::new(None, 5));
        let mut boards = weak(&[&one, &two, &all]);
        assert_eq!(announce(&mut boards, 1, "late"), 2);
        assert_eq!(announce(&mut boards, 2, "early"), 2);
        assert_eq!(announce(&mut boards, 3, "ends"), 1);
        assert_eq!(*one.notices.borrow(), ["late"]);
        assert_eq!(*two.notices.borrow(), ["early"]);
        assert_eq!(*all.notices.borrow(), ["late", "early", "ends"]);
        assert_eq!(boards.len(), 3);
    }

    #[test]
    fn full_boards_lose_the_oldest() {
        let (small, none) = (Board::new(None, 2), Board::new(None, 0));
        let mut boards = weak(&[&small, &none]);
        for notice in ["a", "b", "c"] {
            assert_eq!(announce(&mut boards, 7, notice), 1);
        }
        assert_eq!(*small.notices.borrow(), ["b", "c"]);
        assert!(none.notices.borrow().is_empty());
        let single = Board::new(Some(7), 1);
        announce(&mut weak(&[&single]), 7, "a");
        announce(&mut weak(&[&single]), 7, "b");
        assert_eq!(*single.notices.borrow(), ["b"]);
    }

    #[test]
    fn boards_that_are_gone_are_removed() {
        let (one, gone, two) = (Board::new(Some(1), 5), Board::new(None, 5), Board::new(Some(2), 5));
        let mut boards = weak(&[&one, &gone, &two]);
        boards.insert(0, Weak::new());
        drop(gone);
        assert_eq!(announce(&mut boards, 9, "late"), 0);
        assert_eq!(boards.len(), 2);
        assert!(boards[0].ptr_eq(&Rc::downgrade(&one)));
        assert!(boards[1].ptr_eq(&Rc::downgrade(&two)));
    }

    #[test]
    fn boards_are_not_kept_alive() {
        let board = Board::new(None, 5);
        let mut boards = weak(&[&board, &board]);
        assert_eq!(announce(&mut boards, 1, "twice"), 2);
        assert_eq!((Rc::strong_count(&board), Rc::weak_count(&board)), (1, 2));
        assert_eq!(*board.notices.borrow(), ["twice", "twice"]);
        drop(board);
        assert_eq!(announce(&mut boards, 1, "late"), 0);
        assert!(boards.is_empty());
        assert_eq!(announce(&mut boards, 1, "late"), 0);
    }
}
