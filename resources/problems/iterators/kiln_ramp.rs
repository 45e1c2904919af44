//! difficulty: 2

use std::cmp::Ordering;

/// The temperatures that a kiln is set to, one after the other, on its way from one temperature to another.
#[derive(Debug, Clone)]
pub struct Ramp {
    /// What comes next; `None` once the target has been given out.
    pub next: Option<u16>,
    pub target: u16,
    /// Never 0.
    pub step: u16,
}

impl Ramp {
    pub fn new(from: u16, target: u16, step: u16) -> Ramp {
        Ramp { next: Some(from), target, step: step.max(1) }
    }
}

// entry
/// Yields the starting temperature first, then goes `step` degrees at a time towards the target, up or down, and
/// ends with the target itself. Where the last step would overshoot the target, it is made shorter. Start and
/// target the same: that one temperature. All values of `u16` are allowed, and nothing may overflow.
///
/// After the target, `next` returns `None` however often it is called.
///
/// ```text
/// Ramp::new(20, 95, 30)  yields 20, 50, 80, 95
/// Ramp::new(50, 10, 20)  yields 50, 30, 10
/// ```
impl Iterator for Ramp {
    type Item = u16;

    fn next(&mut self) -> Option<u16> {
        let now = self.next?;
        self.next = match now.cmp(&self.target) {
            Ordering::Equal => None,
            Ordering::Less => Some(now.saturating_add(self.step).min(self.target)),
            Ordering::Greater => Some(now.saturating_sub(self.step).max(self.target)),
        };
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(from: u16, target: u16, step: u16) -> Vec<u16> {
        Ramp::new(from, target, step).take(50).collect()
    }

    #[test]
    fn heats_up() {
        assert_eq!(all(20, 95, 30), [20, 50, 80, 95]);
        assert_eq!(all(20, 80, 30), [20, 50, 80]);
        assert_eq!(all(20, 21, 30), [20, 21]);
        assert_eq!(all(3, 6, 1), [3, 4, 5, 6]);
    }

    #[test]
    fn cools_down() {
        assert_eq!(all(50, 10, 20), [50, 30, 10]);
        assert_eq!(all(50, 15, 20), [50, 30, 15]);
        assert_eq!(all(2, 0, 9), [2, 0]);
        assert_eq!(all(3, 1, 0), [3, 2, 1]);
    }

    #[test]
    fn reaches_the_limits_of_the_type() {
        assert_eq!(all(65_000, 65_535, 400), [65_000, 65_400, 65_535]);
        assert_eq!(all(0, 65_535, 65_535), [0, 65_535]);
        assert_eq!(all(300, 0, 65_535), [300, 0]);
        assert_eq!(all(65_535, 65_535, 1), [65_535]);
    }

    #[test]
    fn ends_for_good() {
        let mut ramp = Ramp::new(7, 7, 5);
        assert_eq!(ramp.next(), Some(7));
        assert_eq!(ramp.next(), None);
        assert_eq!(ramp.next(), None);
    }

    #[test]
    fn can_be_taken_step_by_step() {
        let mut ramp = Ramp::new(100, 400, 100);
        assert_eq!(ramp.by_ref().take(2).sum::<u16>(), 300);
        assert_eq!(ramp.next(), Some(300));
        assert_eq!(ramp.last(), Some(400));
    }
}
