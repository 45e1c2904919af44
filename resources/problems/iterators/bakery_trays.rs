//! difficulty: 3

use std::num::NonZeroUsize;

/// Puts the rolls that come out of an oven on trays.
pub struct Trays<I> {
    pub rolls: I,
    /// How many rolls fit on a tray.
    pub size: NonZeroUsize,
    /// Whether `rolls` has returned `None`; false at the start.
    pub ended: bool,
}

// entry
/// Yields one tray after the other: a `Vec` of `size` rolls in the order in which they came, the last tray with
/// those that are left. There is never an empty tray.
///
/// Lazy: a tray takes at most `size` rolls from the source. Once the source has returned `None`, it is never asked
/// for a roll again, not even if it would have more.
///
/// `size_hint` is as tight as the size hint of the source allows: the bounds of the source, turned into trays. After
/// the source has returned `None` it is `(0, Some(0))`, whatever the source says.
///
/// Seven rolls on trays of three: `[1, 2, 3]`, `[4, 5, 6]`, `[7]`, and at the start a size hint of `(3, Some(3))`.
impl<I: Iterator> Iterator for Trays<I> {
    type Item = Vec<I::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut tray = Vec::new();
        while !self.ended && tray.len() < self.size.get() {
            match self.rolls.next() {
                Some(roll) => tray.push(roll),
                None => self.ended = true,
            }
        }
        Some(tray).filter(|tray| !tray.is_empty())
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        if self.ended {
            return (0, Some(0));
        }
        let (at_least, at_most) = self.rolls.size_hint();
        let trays = |rolls: usize| rolls.div_ceil(self.size.get());
        (trays(at_least), at_most.map(trays))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn trays<I: Iterator>(rolls: I, size: usize) -> Trays<I> {
        Trays { rolls, size: NonZeroUsize::new(size).unwrap(), ended: false }
    }

    #[test]
    fn fills_one_after_the_other() {
        let all: Vec<Vec<u8>> = trays(1..=7, 3).collect();
        assert_eq!(all, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
        let even: Vec<Vec<u8>> = trays(1..=4, 2).collect();
        assert_eq!(even, [[1, 2], [3, 4]]);
        assert_eq!(trays(1..=3, 1).count(), 3);
        assert_eq!(trays(1..=3, 9).next(), Some(vec![1, 2, 3]));
        assert_eq!(trays(0..0, 2).next(), None);
    }

    #[test]
    fn takes_no_roll_too_many() {
        let taken = Cell::new(0);
        let mut lazy = trays((0..).inspect(|_| taken.set(taken.get() + 1)), 4);
        assert_eq!(taken.get(), 0);
        assert_eq!(lazy.next(), Some(vec![0, 1, 2, 3]));
        assert_eq!(taken.get(), 4);
        assert_eq!(lazy.next(), Some(vec![4, 5, 6, 7]));
        assert_eq!(taken.get(), 8);
    }

    #[test]
    fn never_asks_after_the_end() {
        let asked = Cell::new(0);
        let gap = std::iter::from_fn(|| {
            asked.set(asked.get() + 1);
            (asked.get() != 3).then(|| asked.get())
        });
        let mut short = trays(gap, 5);
        assert_eq!(short.next(), Some(vec![1, 2]));
        assert_eq!(short.size_hint(), (0, Some(0)));
        assert_eq!(short.next(), None);
        assert_eq!(short.next(), None);
        assert_eq!(asked.get(), 3);
    }

    #[test]
    fn says_how_many_trays_there_will_be() {
        let mut seven = trays(0..7, 3);
        assert_eq!(seven.size_hint(), (3, Some(3)));
        seven.next();
        assert_eq!(seven.size_hint(), (2, Some(2)));
        seven.next();
        assert_eq!(seven.size_hint(), (1, Some(1)));
        assert_eq!(trays(0..6, 3).size_hint(), (2, Some(2)));
        assert_eq!(trays((0..8).filter(|n| n % 2 == 0), 3).size_hint(), (0, Some(3)));
        assert_eq!(trays((0..4).chain(std::iter::from_fn(|| Some(1))), 3).size_hint(), (2, None));
    }
}
