//! difficulty: 2
/// A boat of the regatta.
#[derive(Debug)]
pub struct Boat {
    pub sail: u32,
    pub seconds: u32,
}

// entry
/// Finds two boats of the fleet, so that the caller can change both of them at the same time.
///
/// Returns the boat with the sail number `first` and the one with `second`, in this order, wherever
/// they stand in the fleet. Where several boats have the same number, the first of them counts.
/// `None` if one of the numbers is missing, or if both are the same.
pub fn rivals(fleet: &mut [Boat], first: u32, second: u32) -> Option<(&mut Boat, &mut Boat)> {
    let one = fleet.iter().position(|boat| boat.sail == first)?;
    let two = fleet.iter().position(|boat| boat.sail == second)?;
    let [one, two] = fleet.get_disjoint_mut([one, two]).ok()?;
    Some((one, two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fleet() -> Vec<Boat> {
        let boats = [(7, 100), (3, 200), (9, 300), (3, 400), (1, 500)];
        boats
            .into_iter()
            .map(|(sail, seconds)| Boat { sail, seconds })
            .collect()
    }

    #[test]
    fn both_can_be_changed_at_once() {
        let mut fleet = fleet();
        let (one, two) = rivals(&mut fleet, 7, 9).unwrap();
        std::mem::swap(&mut one.seconds, &mut two.seconds);
        one.seconds += 1;
        two.seconds += 2;
        let seconds: Vec<u32> = fleet.iter().map(|boat| boat.seconds).collect();
        assert_eq!(seconds, [301, 200, 102, 400, 500]);
    }

    #[test]
    fn in_the_order_asked_for() {
        let mut fleet = fleet();
        let (one, two) = rivals(&mut fleet, 1, 7).unwrap();
        assert_eq!((one.sail, two.sail), (1, 7));
        one.seconds = 11;
        two.seconds = 77;
        assert_eq!(fleet[4].seconds, 11);
        assert_eq!(fleet[0].seconds, 77);
    }

    #[test]
    fn the_first_of_equal_numbers() {
        let mut fleet = fleet();
        let (one, two) = rivals(&mut fleet, 9, 3).unwrap();
        assert_eq!((one.seconds, two.seconds), (300, 200));
        two.seconds = 0;
        assert_eq!(fleet[1].seconds, 0);
        assert_eq!(fleet[3].seconds, 400);
    }

    #[test]
    fn missing_or_equal_numbers() {
        let mut fleet = fleet();
        assert!(rivals(&mut fleet, 7, 8).is_none());
        assert!(rivals(&mut fleet, 8, 7).is_none());
        assert!(rivals(&mut fleet, 7, 7).is_none());
        assert!(rivals(&mut fleet, 3, 3).is_none());
        assert!(rivals(&mut [], 1, 2).is_none());
    }

    #[test]
    fn neighbours() {
        let mut two = [
            Boat {
                sail: 1,
                seconds: 5,
            },
            Boat {
                sail: 2,
                seconds: 6,
            },
        ];
        let (one, other) = rivals(&mut two, 2, 1).unwrap();
        assert_eq!((one.seconds, other.seconds), (6, 5));
    }
}
