//! difficulty: 3

use std::collections::VecDeque;

/// Brings the bags of several lanes onto one belt.
pub struct Carousel<I> {
    /// The lane whose turn it is stands in front.
    pub lanes: VecDeque<I>,
}

// entry
/// Takes one bag from the lane in front, which then goes to the back of the queue; so every lane has its turn, in
/// the order of `lanes`. A lane that has no bag when its turn comes is removed for good (it is never asked again)
/// and the turn passes to the next lane at once. The iterator ends when no lane is left. A lane that has just
/// given its last bag stays in the queue until its next turn.
///
/// `size_hint` adds up the hints of the lanes. The lower bound stops at `usize::MAX` instead of overflowing; the
/// upper bound is `None` if a lane has none or if the sum is too large.
///
/// The lanes 1, 2, 3 and 10 and 20, 21 give 1, 10, 20, 2, 21, 3.
impl<I: Iterator> Iterator for Carousel<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        while let Some(mut lane) = self.lanes.pop_front() {
            if let Some(bag) = lane.next() {
                self.lanes.push_back(lane);
                return Some(bag);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let none_yet = (0usize, Some(0usize));
        self.lanes.iter().map(I::size_hint).fold(none_yet, |(low, high), (at_least, at_most)| {
            let sum = high.zip(at_most).and_then(|(high, at_most)| high.checked_add(at_most));
            (low.saturating_add(at_least), sum)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::ops::Range;

    fn carousel<I>(lanes: Vec<I>) -> Carousel<I> {
        Carousel { lanes: lanes.into() }
    }

    #[test]
    fn every_lane_has_its_turn() {
        let lanes: [&[u32]; 3] = [&[1, 2, 3], &[10], &[20, 21]];
        let bags: Vec<u32> = carousel(lanes.map(|lane| lane.iter().copied()).into()).collect();
        assert_eq!(bags, [1, 10, 20, 2, 21, 3]);
        let one: Vec<char> = carousel(vec!["tag".chars()]).collect();
        assert_eq!(one, ['t', 'a', 'g']);
    }

    #[test]
    fn empty_lanes_are_passed_over() {
        let bags: Vec<u32> = carousel(vec![0..0, 0..0, 5..7, 0..0, 8..9]).collect();
        assert_eq!(bags, [5, 8, 6]);
        assert_eq!(carousel(vec![3..3, 1..1]).next(), None);
        assert_eq!(carousel(Vec::<Range<u8>>::new()).next(), None);
    }

    #[test]
    fn a_lane_without_bags_is_never_asked_again() {
        let asked = Cell::new(0);
        let stutter = || {
            asked.set(asked.get() + 1);
            (asked.get() != 2).then(|| asked.get())
        };
        let mut belt = carousel(vec![std::iter::from_fn(stutter)]);
        assert_eq!(belt.next(), Some(1));
        assert_eq!(belt.lanes.len(), 1);
        assert_eq!(belt.next(), None);
        assert_eq!(belt.lanes.len(), 0);
        assert_eq!(belt.next(), None);
        assert_eq!(asked.get(), 2);
    }

    #[test]
    fn turns_are_kept_between_calls() {
        let mut belt = carousel(vec![1..2, 5..8]);
        assert_eq!(belt.next(), Some(1));
        assert_eq!(belt.lanes.len(), 2);
        assert_eq!(belt.next(), Some(5));
        assert_eq!(belt.next(), Some(6));
        assert_eq!(belt.lanes.pop_back(), Some(7..8));
        assert_eq!(belt.lanes.len(), 0);
    }

    #[test]
    fn adds_up_the_hints() {
        assert_eq!(carousel(Vec::<Range<u8>>::new()).size_hint(), (0, Some(0)));
        assert_eq!(carousel(vec![0..3, 5..5, 1..3]).size_hint(), (5, Some(5)));
        assert_eq!(carousel(vec![0..usize::MAX, 0..2]).size_hint(), (usize::MAX, None));
        assert_eq!(carousel(vec![0..usize::MAX, 2..2]).size_hint(), (usize::MAX, Some(usize::MAX)));
        let endless: Vec<Box<dyn Iterator<Item = u8>>> = vec![Box::new(0..4), Box::new(std::iter::from_fn(|| None))];
        assert_eq!(carousel(endless).size_hint(), (4, None));
    }
}
