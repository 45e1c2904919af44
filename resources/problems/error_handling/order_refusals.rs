//! difficulty: 1

use std::fmt;

/// Why a bakery does not take an order.
#[derive(Debug)]
pub enum Refusal {
    SoldOut { what: String },
    TooFew { what: String, asked: u32, left: u32 },
    /// Opens again at this minute of the day, 0 to 1439.
    Closed { until: u32 },
}

// entry
/// What the customer is told:
///
/// ```text
/// no rye bread today
/// asked for 5 x bun, only 1 is left        (if exactly 1 is left)
/// asked for 5 x bun, only 3 are left       (otherwise)
/// closed until 6:05                        (hours without a leading zero, minutes with two digits)
/// ```
///
/// The name of what was ordered is printed as it is. A sold out item without a name (an empty string) is called
/// `bread`, in that message only.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::SoldOut { what } if what.is_empty() => write!(f, "no bread today"),
            Refusal::SoldOut { what } => write!(f, "no {what} today"),
            Refusal::TooFew { what, asked, left } => {
                let are = if *left == 1 { "is" } else { "are" };
                write!(f, "asked for {asked} x {what}, only {left} {are} left")
            }
            Refusal::Closed { until } => write!(f, "closed until {}:{:02}", until / 60, until % 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn too_few(what: &str, asked: u32, left: u32) -> String {
        Refusal::TooFew { what: what.to_string(), asked, left }.to_string()
    }

    fn closed(until: u32) -> String {
        Refusal::Closed { until }.to_string()
    }

    #[test]
    fn sold_out() {
        assert_eq!(Refusal::SoldOut { what: "rye bread".to_string() }.to_string(), "no rye bread today");
        assert_eq!(Refusal::SoldOut { what: String::new() }.to_string(), "no bread today");
        assert_eq!(Refusal::SoldOut { what: " ".to_string() }.to_string(), "no   today");
    }

    #[test]
    fn too_few_of_them() {
        assert_eq!(too_few("bun", 5, 1), "asked for 5 x bun, only 1 is left");
        assert_eq!(too_few("bun", 5, 3), "asked for 5 x bun, only 3 are left");
        assert_eq!(too_few("oat roll", 2, 0), "asked for 2 x oat roll, only 0 are left");
        assert_eq!(too_few("bun", 12, 2), "asked for 12 x bun, only 2 are left");
        assert_eq!(too_few("", 2, 1), "asked for 2 x , only 1 is left");
    }

    #[test]
    fn closed_until_a_time() {
        assert_eq!(closed(365), "closed until 6:05");
        assert_eq!(closed(0), "closed until 0:00");
        assert_eq!(closed(59), "closed until 0:59");
        assert_eq!(closed(60), "closed until 1:00");
        assert_eq!(closed(1439), "closed until 23:59");
        assert_eq!(closed(610), "closed until 10:10");
    }

    #[test]
    fn can_be_a_part_of_a_text() {
        let refusal = Refusal::Closed { until: 421 };
        assert_eq!(format!("Sorry: {refusal}!"), "Sorry: closed until 7:01!");
    }
}
