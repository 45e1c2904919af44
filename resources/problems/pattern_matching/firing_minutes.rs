//! difficulty: 2

/// A part of the program of a kiln.
#[derive(Debug)]
pub enum Part {
    Hold { minutes: u32 },
    /// Goes from one temperature to another by so many degrees each minute.
    Ramp { from: u16, to: u16, per_minute: u16 },
    /// Everything inside, so many times.
    Cycle { times: u32, inside: Vec<Part> },
}

// entry
/// How many minutes a program takes. A ramp takes whole minutes: 100 degrees by 30 a minute are 4 minutes, a ramp
/// from a temperature to the same one takes none. Ramps go up or down.
///
/// `None` if the program can't work: some ramp, however deep inside and even in a cycle of 0 times, goes from one
/// temperature to a different one by 0 degrees a minute. `None` too if a number of minutes does not fit into a
/// `u32`. An empty program takes 0 minutes.
pub fn firing_minutes(program: &[Part]) -> Option<u32> {
    program.iter().try_fold(0u32, |sum, part| {
        let minutes = match part {
            Part::Hold { minutes } => *minutes,
            Part::Ramp { from, to, .. } if from == to => 0,
            Part::Ramp { per_minute: 0, .. } => return None,
            Part::Ramp { from, to, per_minute } => u32::from(from.abs_diff(*to).div_ceil(*per_minute)),
            Part::Cycle { times, inside } => firing_minutes(inside)?.checked_mul(*times)?,
        };
        sum.checked_add(minutes)
    })
}

#[cfg(test)]
mod tests {
    use super::Part::{Cycle, Hold, Ramp};
    use super::*;

    fn ramp(from: u16, to: u16, per_minute: u16) -> Option<u32> {
        firing_minutes(&[Ramp { from, to, per_minute }])
    }

    #[test]
    fn holds_add_up() {
        assert_eq!(firing_minutes(&[]), Some(0));
        assert_eq!(firing_minutes(&[Hold { minutes: 5 }]), Some(5));
        assert_eq!(firing_minutes(&[Hold { minutes: 5 }, Hold { minutes: 0 }, Hold { minutes: 7 }]), Some(12));
    }

    #[test]
    fn ramps_take_whole_minutes() {
        assert_eq!(ramp(20, 120, 30), Some(4));
        assert_eq!(ramp(120, 30, 30), Some(3));
        assert_eq!(ramp(120, 29, 30), Some(4));
        assert_eq!(ramp(0, 1, 65535), Some(1));
        assert_eq!(ramp(0, 65535, 2), Some(32768));
        assert_eq!(ramp(50, 50, 3), Some(0));
    }

    #[test]
    fn ramps_without_a_speed() {
        assert_eq!(ramp(20, 21, 0), None);
        assert_eq!(ramp(21, 20, 0), None);
        assert_eq!(ramp(20, 20, 0), Some(0));
        let hidden = Cycle { times: 0, inside: vec![Ramp { from: 1, to: 2, per_minute: 0 }] };
        assert_eq!(firing_minutes(&[Hold { minutes: 1 }, hidden]), None);
    }

    #[test]
    fn cycles_repeat_what_is_inside() {
        let inner = Cycle { times: 3, inside: vec![Hold { minutes: 2 }, Ramp { from: 9, to: 4, per_minute: 5 }] };
        assert_eq!(firing_minutes(std::slice::from_ref(&inner)), Some(9));
        let outer = Cycle { times: 2, inside: vec![Hold { minutes: 1 }, inner] };
        assert_eq!(firing_minutes(&[outer, Hold { minutes: 100 }]), Some(120));
        assert_eq!(firing_minutes(&[Cycle { times: 0, inside: vec![Hold { minutes: 8 }] }]), Some(0));
        assert_eq!(firing_minutes(&[Cycle { times: 5, inside: vec![] }]), Some(0));
    }

    #[test]
    fn minutes_must_fit() {
        let most = Hold { minutes: u32::MAX };
        assert_eq!(firing_minutes(std::slice::from_ref(&most)), Some(u32::MAX));
        assert_eq!(firing_minutes(&[most, Hold { minutes: 1 }]), None);
        let cycle = |times, minutes| firing_minutes(&[Cycle { times, inside: vec![Hold { minutes }] }]);
        assert_eq!(cycle(65535, 65537), Some(u32::MAX));
        assert_eq!(cycle(65536, 65536), None);
    }
}
