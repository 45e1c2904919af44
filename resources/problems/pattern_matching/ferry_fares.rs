//! difficulty: 1

#[derive(Debug, Clone)]
pub enum Passenger {
    Child { age: u8 },
    Adult,
    /// A senior with or without the island card.
    Senior { card: bool },
    /// A vehicle with its length in centimetres.
    Vehicle { length: u32, electric: bool },
}

// entry
/// What somebody pays on a ferry, in cents, for so many `zones`.
///
/// - A child under 4 pays nothing. One of 4 to 11 years pays 50 per zone, an older one 80 per zone.
/// - An adult pays 200 per zone, but not more than 700.
/// - A senior with the card pays nothing for 1 or 2 zones; otherwise seniors pay 120 per zone.
/// - A vehicle pays 2 per centimetre, whatever the zones; at least 600 if it is electric, at least 900 if not. One
///   of more than 1200 centimetres is not taken.
///
/// `None` if somebody is not taken, or if there are 0 zones. All amounts fit into a `u32`.
pub fn fare(passenger: &Passenger, zones: u32) -> Option<u32> {
    let cents = match (passenger, zones) {
        (_, 0) | (Passenger::Vehicle { length: 1201.., .. }, _) => return None,
        (Passenger::Child { age: ..=3 }, _) | (Passenger::Senior { card: true }, 1 | 2) => 0,
        (Passenger::Child { age: ..=11 }, zones) => 50 * zones,
        (Passenger::Child { .. }, zones) => 80 * zones,
        (Passenger::Adult, zones) => (200 * zones).min(700),
        (Passenger::Senior { .. }, zones) => 120 * zones,
        (Passenger::Vehicle { length, electric: true }, _) => (2 * length).max(600),
        (Passenger::Vehicle { length, electric: false }, _) => (2 * length).max(900),
    };
    Some(cents)
}

#[cfg(test)]
mod tests {
    use super::Passenger::{Adult, Child, Senior, Vehicle};
    use super::*;

    #[test]
    fn children() {
        assert_eq!(fare(&Child { age: 0 }, 2), Some(0));
        assert_eq!(fare(&Child { age: 3 }, 9), Some(0));
        assert_eq!(fare(&Child { age: 4 }, 3), Some(150));
        assert_eq!(fare(&Child { age: 11 }, 1), Some(50));
        assert_eq!(fare(&Child { age: 12 }, 2), Some(160));
        assert_eq!(fare(&Child { age: 255 }, 1), Some(80));
    }

    #[test]
    fn adults_and_seniors() {
        assert_eq!(fare(&Adult, 1), Some(200));
        assert_eq!(fare(&Adult, 3), Some(600));
        assert_eq!(fare(&Adult, 4), Some(700));
        assert_eq!(fare(&Senior { card: false }, 1), Some(120));
        assert_eq!(fare(&Senior { card: true }, 1), Some(0));
        assert_eq!(fare(&Senior { card: true }, 2), Some(0));
        assert_eq!(fare(&Senior { card: true }, 3), Some(360));
    }

    #[test]
    fn vehicles() {
        let pay = |length, electric| fare(&Vehicle { length, electric }, 2);
        assert_eq!(pay(400, true), Some(800));
        assert_eq!(pay(300, true), Some(600));
        assert_eq!(pay(299, true), Some(600));
        assert_eq!(pay(301, true), Some(602));
        assert_eq!(pay(400, false), Some(900));
        assert_eq!(pay(451, false), Some(902));
        assert_eq!(pay(1200, false), Some(2400));
        assert_eq!(pay(1200, true), Some(2400));
        assert_eq!(pay(1201, true), None);
        assert_eq!(pay(1201, false), None);
        assert_eq!(pay(0, true), Some(600));
    }

    #[test]
    fn no_zones_no_trip() {
        for passenger in [Child { age: 2 }, Adult, Senior { card: true }, Vehicle { length: 1, electric: true }] {
            assert_eq!(fare(&passenger, 0), None);
        }
    }
}
