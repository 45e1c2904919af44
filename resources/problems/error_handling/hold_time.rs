//! difficulty: 3

use std::str::FromStr;

/// How long a kiln holds its temperature.
#[derive(Debug, PartialEq, Eq)]
pub struct Hold {
    pub minutes: u16,
}

/// What is wrong with a text, and at which byte it goes wrong.
#[derive(Debug, PartialEq, Eq)]
pub enum HoldError {
    /// A digit has to stand here.
    Digit { at: usize },
    /// A digit, `h` or `m` has to stand here.
    Unit { at: usize },
    /// The text has to end here.
    End { at: usize },
    /// The minutes do not fit into a `u16`.
    TooLong,
}

// entry
/// Reads a time such as `2h`, `90m` or `2h05m`: hours, minutes, or hours and then minutes. Each is one or more ASCII
/// digits with its unit right behind, `h` or `m`, and nothing else stands in the text. Any number of hours or
/// minutes is fine (`1h75m` are 135 minutes) as long as the sum of all minutes fits into a `u16`.
///
/// Errors say where reading from the left can't go on:
///
/// - `Digit` with the place where a number has to begin, but no digit stands there. A number has to begin at the
///   start of the text, and after `h` unless the text ends there.
/// - `Unit` with the place right behind the digits of a number, if neither `h` nor `m` stands there; once there
///   were hours, only `m` will do.
/// - `End` with the place of the first byte after `m`, if there is one
/// - `TooLong` if nothing else is wrong with the text
///
/// `"2h5"` gives `Unit { at: 3 }`, `"h"` and `""` give `Digit { at: 0 }`.
impl FromStr for Hold {
    type Err = HoldError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut minutes = Some(0u16);
        let mut had_hours = false;
        let mut at = 0;
        loop {
            let rest = &text[at..];
            let unit_at = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            if unit_at == 0 {
                return Err(HoldError::Digit { at });
            }
            let factor = match rest.as_bytes().get(unit_at) {
                Some(b'h') if !had_hours => 60,
                Some(b'm') => 1,
                _ => return Err(HoldError::Unit { at: at + unit_at }),
            };
            let part = rest[..unit_at].parse::<u16>().ok().and_then(|number| number.checked_mul(factor));
            minutes = minutes.zip(part).and_then(|(sum, part)| sum.checked_add(part));
            at += unit_at + 1;
            had_hours = true;
            match (factor, at == text.len()) {
                (_, true) => return minutes.map(|minutes| Hold { minutes }).ok_or(HoldError::TooLong),
                (1, false) => return Err(HoldError::End { at }),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<u16, HoldError> {
        text.parse::<Hold>().map(|hold| hold.minutes)
    }

    #[test]
    fn good_times() {
        assert_eq!(read("2h"), Ok(120));
        assert_eq!(read("90m"), Ok(90));
        assert_eq!(read("2h05m"), Ok(125));
        assert_eq!(read("1h75m"), Ok(135));
        assert_eq!(read("0h0m"), Ok(0));
        assert_eq!(read("000000000012m"), Ok(12));
    }

    #[test]
    fn numbers_begin_with_a_digit() {
        assert_eq!(read(""), Err(HoldError::Digit { at: 0 }));
        assert_eq!(read("h"), Err(HoldError::Digit { at: 0 }));
        assert_eq!(read("-2h"), Err(HoldError::Digit { at: 0 }));
        assert_eq!(read("2hm"), Err(HoldError::Digit { at: 2 }));
        assert_eq!(read("12h 5m"), Err(HoldError::Digit { at: 3 }));
        assert_eq!(read("2h+5m"), Err(HoldError::Digit { at: 2 }));
    }

    #[test]
    fn digits_need_a_unit() {
        assert_eq!(read("5"), Err(HoldError::Unit { at: 1 }));
        assert_eq!(read("2h5"), Err(HoldError::Unit { at: 3 }));
        assert_eq!(read("15 m"), Err(HoldError::Unit { at: 2 }));
        assert_eq!(read("3d"), Err(HoldError::Unit { at: 1 }));
        assert_eq!(read("2h10h"), Err(HoldError::Unit { at: 4 }));
        assert_eq!(read("7µ"), Err(HoldError::Unit { at: 1 }));
        assert_eq!(read("99999999"), Err(HoldError::Unit { at: 8 }));
    }

    #[test]
    fn minutes_are_the_end() {
        assert_eq!(read("5m "), Err(HoldError::End { at: 2 }));
        assert_eq!(read("5m2h"), Err(HoldError::End { at: 2 }));
        assert_eq!(read("1h5m5m"), Err(HoldError::End { at: 4 }));
        assert_eq!(read("99999m!"), Err(HoldError::End { at: 6 }));
    }

    #[test]
    fn sums_fit_or_are_too_long() {
        assert_eq!(read("65535m"), Ok(65535));
        assert_eq!(read("65536m"), Err(HoldError::TooLong));
        assert_eq!(read("1092h15m"), Ok(65535));
        assert_eq!(read("1092h16m"), Err(HoldError::TooLong));
        assert_eq!(read("1093h"), Err(HoldError::TooLong));
        assert_eq!(read("1093h0m"), Err(HoldError::TooLong));
        assert_eq!(read("99999999h"), Err(HoldError::TooLong));
        assert_eq!(read("0h70000m"), Err(HoldError::TooLong));
    }
}
