//! difficulty: 1
/// The stops of a line from one stop to another, both included, as the part of `stops` that they
/// are.
///
/// The part begins at the first stop named `from`, and ends at the first stop named `to` that is
/// not before it: if both names are the same it is a single stop. `None` if there is no such part.
/// Names are compared exactly. Stops may be of any type that can be seen as a `str`.
pub fn ride<'s, S: AsRef<str>>(stops: &'s [S], from: &str, to: &str) -> Option<&'s [S]> {
    let start = stops.iter().position(|stop| stop.as_ref() == from)?;
    let ahead = &stops[start..];
    let end = ahead.iter().position(|stop| stop.as_ref() == to)?;
    Some(&ahead[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stop that is neither a text nor can be copied.
    #[derive(Debug, PartialEq)]
    struct Stop {
        name: String,
        zone: u8,
    }

    impl AsRef<str> for Stop {
        fn as_ref(&self) -> &str {
            &self.name
        }
    }

    const LINE: [&str; 6] = ["Mill", "Weir", "Docks", "Weir", "Market", "Mill"];

    #[test]
    fn both_ends_included() {
        assert_eq!(
            ride(&LINE, "Weir", "Market"),
            Some(&["Weir", "Docks", "Weir", "Market"][..])
        );
        assert_eq!(
            ride(&LINE, "Docks", "Mill"),
            Some(&["Docks", "Weir", "Market", "Mill"][..])
        );
        assert_eq!(ride(&LINE, "Mill", "Weir"), Some(&["Mill", "Weir"][..]));
    }

    #[test]
    fn the_same_stop() {
        assert_eq!(ride(&LINE, "Mill", "Mill"), Some(&["Mill"][..]));
        assert_eq!(ride(&LINE, "Market", "Market"), Some(&["Market"][..]));
    }

    #[test]
    fn no_such_part() {
        assert_eq!(ride(&LINE, "Market", "Docks"), None);
        assert_eq!(ride(&LINE, "Mill", "mill"), None);
        assert_eq!(ride(&LINE, "Pier", "Mill"), None);
        assert_eq!(ride::<&str>(&[], "", ""), None);
    }

    #[test]
    fn strings_that_outlive_the_names() {
        let stops: Vec<String> = LINE.iter().map(|stop| stop.to_string()).collect();
        let part = {
            let (from, to) = (String::from("Docks"), String::from("Market"));
            ride(&stops, &from, &to)
        };
        assert!(std::ptr::eq(part.unwrap(), &stops[2..5]));
    }

    #[test]
    fn stops_of_another_type() {
        let stop = |name: &str, zone| Stop {
            name: name.to_string(),
            zone,
        };
        let stops = [
            stop("Mill", 1),
            stop("Weir", 2),
            stop("Mill", 3),
            stop("Docks", 4),
        ];
        let part = ride(&stops, "Mill", "Docks").unwrap();
        assert_eq!(part.first().map(|stop| stop.zone), Some(1));
        assert_eq!(part.len(), 4);
        assert_eq!(ride(&stops, "Weir", "Mill"), Some(&stops[1..3]));
    }
}
