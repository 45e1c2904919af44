//! difficulty: 3
use std::mem;

/// Lamps of a quay that are visited with `step`: `rest` are those still ahead, of which the first
/// is the next one.
#[derive(Debug)]
pub struct Round<'q, L> {
    pub rest: &'q mut [L],
    pub step: usize,
}

// entry
/// Gives the first lamp of `rest`, then the one `step` places behind it, and so on, until the quay
/// ends. With a step of 1 that is every lamp; a step of 0 counts as 1.
///
/// The items are `&'q mut L`: all of them may be held and changed at the same time, after the round
/// is gone too. When an item was given, `rest` begins with the next one; it is empty when there is
/// none.
impl<'q, L> Iterator for Round<'q, L> {
    type Item = &'q mut L;

    fn next(&mut self) -> Option<&'q mut L> {
        let (lamp, behind) = mem::take(&mut self.rest).split_first_mut()?;
        let skipped = self.step.saturating_sub(1);
        self.rest = behind.get_mut(skipped..).unwrap_or_default();
        Some(lamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lamp that cannot be copied.
    #[derive(Debug, PartialEq)]
    struct Lamp(u32);

    fn quay(count: u32) -> Vec<Lamp> {
        (0..count).map(Lamp).collect()
    }

    fn visited(count: u32, step: usize) -> Vec<u32> {
        let mut lamps = quay(count);
        let round = Round {
            rest: &mut lamps,
            step,
        };
        round.map(|lamp| lamp.0).collect()
    }

    #[test]
    fn every_third() {
        assert_eq!(visited(8, 3), [0, 3, 6]);
        assert_eq!(visited(7, 3), [0, 3, 6]);
        assert_eq!(visited(6, 3), [0, 3]);
        assert_eq!(visited(5, 2), [0, 2, 4]);
    }

    #[test]
    fn every_lamp() {
        assert_eq!(visited(4, 1), [0, 1, 2, 3]);
        assert_eq!(visited(4, 0), [0, 1, 2, 3]);
    }

    #[test]
    fn steps_beyond_the_end() {
        assert_eq!(visited(3, 3), [0]);
        assert_eq!(visited(3, 9), [0]);
        assert_eq!(visited(3, usize::MAX), [0]);
        assert_eq!(visited(0, 2), [0; 0]);
    }

    #[test]
    fn all_at_the_same_time() {
        let mut lamps = quay(5);
        let mut held: Vec<&mut Lamp> = Round {
            rest: &mut lamps,
            step: 2,
        }
        .collect();
        held.reverse();
        for (place, lamp) in held.iter_mut().enumerate() {
            lamp.0 += 10 * (place as u32 + 1);
        }
        held[0].0 += 100;
        assert_eq!(lamps, [Lamp(30), Lamp(1), Lamp(22), Lamp(3), Lamp(114)]);
    }

    #[test]
    fn rest_begins_with_the_next_one() {
        let mut lamps = quay(4);
        let mut round = Round {
            rest: &mut lamps,
            step: 2,
        };
        let first = round.next();
        assert_eq!(*round.rest, [Lamp(2), Lamp(3)]);
        round.rest[0] = Lamp(20);
        assert_eq!(first, Some(&mut Lamp(0)));
        assert_eq!(round.next(), Some(&mut Lamp(20)));
        assert!(round.rest.is_empty());
        assert_eq!(round.next(), None);
        assert_eq!(round.next(), None);
    }
}
