//! difficulty: 1
use std::fmt;

/// A berth at a quay, and the ship that lies there.
#[derive(Debug)]
pub struct Berth {
    pub quay: char,
    pub number: u16,
    pub ship: Option<String>,
}

// entry
/// How a berth is shown: the quay, the number with at least two digits, a colon and a space, then
///
/// - `free` without a ship,
/// - `taken` for a ship whose name is empty,
/// - the ship's name in double quotes otherwise (the name as it is, without any escapes).
///
/// The width, alignment and precision that a caller asks for apply to the whole text, as they do
/// for a `str`.
///
/// ```text
/// B07: free        B12: taken        C103: "Marta"
/// ```
impl fmt::Display for Berth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ship = match self.ship.as_deref() {
            None => String::from("free"),
            Some("") => String::from("taken"),
            Some(name) => format!("\"{name}\""),
        };
        f.pad(&format!("{}{:02}: {ship}", self.quay, self.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(quay: char, number: u16, ship: Option<&str>) -> String {
        Berth {
            quay,
            number,
            ship: ship.map(str::to_string),
        }
        .to_string()
    }

    #[test]
    fn free_berths() {
        assert_eq!(shown('B', 7, None), "B07: free");
        assert_eq!(shown('é', 0, None), "é00: free");
    }

    #[test]
    fn taken_berths() {
        assert_eq!(shown('B', 12, Some("")), "B12: taken");
        assert_eq!(shown('C', 103, Some("Marta")), "C103: \"Marta\"");
        assert_eq!(shown('C', 9, Some(" ")), "C09: \" \"");
    }

    #[test]
    fn names_are_not_escaped() {
        assert_eq!(
            shown('A', 65535, Some("La \"Zoé\"\\")),
            "A65535: \"La \"Zoé\"\\\""
        );
    }

    #[test]
    fn width_and_alignment() {
        let free = Berth {
            quay: 'B',
            number: 7,
            ship: None,
        };
        assert_eq!(format!("{free:12}|"), "B07: free   |");
        assert_eq!(format!("{free:>12}|"), "   B07: free|");
        assert_eq!(format!("{free:*^11}|"), "*B07: free*|");
        assert_eq!(format!("{free:2}|"), "B07: free|");
    }

    #[test]
    fn precision() {
        let berth = Berth {
            quay: 'B',
            number: 7,
            ship: Some("Otter".to_string()),
        };
        assert_eq!(format!("{berth:.6}|"), "B07: \"|");
        assert_eq!(format!("{berth:>8.4}|"), "    B07:|");
    }
}
