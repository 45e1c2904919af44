//! difficulty: 3

use std::iter;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    White,
    Black,
}

// entry
/// Follows a chess clock. Both sides begin with `start` seconds; White moves first, then they take turns.
/// `thinking` gives for each move how many seconds the side to move thinks about it.
///
/// Yields for each move the side that made it and the seconds that are then left on its clock: the time thought
/// comes off, then `bonus` is added. If the time thought is as long as what was left on the clock, or longer, the
/// side has lost: it is yielded with 0 seconds (no bonus), and that is the last item.
///
/// Lazy: nothing is read from `thinking` before the first item is asked for, then one number for each item. After
/// a side has lost, `thinking` is not touched any more, however often a further item is asked for. All times fit
/// into a `u32`.
///
/// With a start of 60 and a bonus of 5, thinking 10, 20, 30, 60 yields White 55, Black 45, White 30, Black 0.
pub fn clock_times(
    mut thinking: impl Iterator<Item = u32>,
    start: u32,
    bonus: u32,
) -> impl Iterator<Item = (Side, u32)> {
    let (mut side, mut mine, mut other) = (Side::White, start, start);
    let mut lost = false;
    iter::from_fn(move || {
        if lost {
            return None;
        }
        let thought = thinking.next()?;
        lost = thought >= mine;
        let left = if lost { 0 } else { mine - thought + bonus };
        let moved = side;
        side = match side {
            Side::White => Side::Black,
            Side::Black => Side::White,
        };
        (mine, other) = (other, left);
        Some((moved, left))
    })
}

#[cfg(test)]
mod tests {
    use super::Side::{Black, White};
    use super::*;
    use std::cell::Cell;

    fn times(thinking: &[u32], start: u32, bonus: u32) -> Vec<(Side, u32)> {
        clock_times(thinking.iter().copied(), start, bonus).collect()
    }

    #[test]
    fn the_sides_take_turns() {
        assert_eq!(times(&[10, 20, 30, 60], 60, 5), [(White, 55), (Black, 45), (White, 30), (Black, 0)]);
        assert_eq!(times(&[1, 2, 3, 4], 10, 0), [(White, 9), (Black, 8), (White, 6), (Black, 4)]);
        assert_eq!(times(&[], 10, 0), []);
        assert_eq!(times(&[0], 10, 7), [(White, 17)]);
    }

    #[test]
    fn the_flag_falls_at_zero() {
        assert_eq!(times(&[9], 10, 0), [(White, 1)]);
        assert_eq!(times(&[10, 1, 1], 10, 8), [(White, 0)]);
        assert_eq!(times(&[1, 11, 1], 10, 8), [(White, 17), (Black, 0)]);
        assert_eq!(times(&[0, 0], 0, 3), [(White, 0)]);
    }

    #[test]
    fn a_bonus_can_be_used_later() {
        assert_eq!(times(&[9, 0, 9, 0, 11], 10, 10), [(White, 11), (Black, 20), (White, 12), (Black, 30), (White, 11)]);
        assert_eq!(times(&[2, 0, 4], 5, 1), [(White, 4), (Black, 6), (White, 0)]);
    }

    #[test]
    fn reads_a_number_for_each_item() {
        let read = Cell::new(0);
        let thinking = iter::repeat(3).inspect(|_| read.set(read.get() + 1));
        let mut clock = clock_times(thinking, 7, 0);
        assert_eq!(read.get(), 0);
        assert_eq!(clock.next(), Some((White, 4)));
        assert_eq!(read.get(), 1);
        assert_eq!(clock.by_ref().take(3).last(), Some((Black, 1)));
        assert_eq!(clock.next(), Some((White, 0)));
        assert_eq!(clock.next(), None);
        assert_eq!(clock.next(), None);
        assert_eq!(read.get(), 5);
    }
}
