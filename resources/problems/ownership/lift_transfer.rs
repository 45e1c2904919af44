//! difficulty: 1
//! edition: 2018
/// Somebody in a lift. Nobody can be in two lifts at once.
#[derive(Debug)]
pub struct Passenger {
    pub name: String,
}

/// A lift with the passengers aboard, in the order in which they came in.
#[derive(Debug)]
pub struct Lift {
    pub aboard: Vec<Passenger>,
    pub places: usize,
}

// entry
/// Lets passengers of a stuck lift change over into the one that came to their rescue.
///
/// They change in the order in which they came into `stuck`, and stand behind everybody who is in
/// `rescue` already. It ends when `rescue` has as many passengers as it has places, or when `stuck`
/// is empty; a rescue lift that is full (or fuller than it should be) takes nobody. Who stays in
/// `stuck` stays there in the same order.
///
/// Returns how many passengers changed over.
pub fn change_over(stuck: &mut Lift, rescue: &mut Lift) -> usize {
    let free = rescue.places.saturating_sub(rescue.aboard.len());
    let moving = free.min(stuck.aboard.len());
    rescue.aboard.extend(stuck.aboard.drain(..moving));
    moving
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lift(names: &[&str], places: usize) -> Lift {
        let aboard = names
            .iter()
            .map(|name| Passenger {
                name: name.to_string(),
            })
            .collect();
        Lift { aboard, places }
    }

    fn names(lift: &Lift) -> Vec<&str> {
        lift.aboard
            .iter()
            .map(|passenger| passenger.name.as_str())
            .collect()
    }

    #[test]
    fn fills_the_free_places() {
        let mut stuck = lift(&["Ada", "Bo", "Cy", "Di"], 6);
        let mut rescue = lift(&["Eve"], 3);
        assert_eq!(change_over(&mut stuck, &mut rescue), 2);
        assert_eq!(names(&stuck), ["Cy", "Di"]);
        assert_eq!(names(&rescue), ["Eve", "Ada", "Bo"]);
    }

    #[test]
    fn stops_when_the_stuck_lift_is_empty() {
        let mut stuck = lift(&["Ada", "Bo"], 2);
        let mut rescue = lift(&[], 5);
        assert_eq!(change_over(&mut stuck, &mut rescue), 2);
        assert!(stuck.aboard.is_empty());
        assert_eq!(names(&rescue), ["Ada", "Bo"]);
        assert_eq!(change_over(&mut stuck, &mut rescue), 0);
        assert_eq!(rescue.aboard.len(), 2);
    }

    #[test]
    fn exactly_as_many_as_fit() {
        let mut stuck = lift(&["Ada", "Bo"], 2);
        let mut rescue = lift(&["Cy"], 3);
        assert_eq!(change_over(&mut stuck, &mut rescue), 2);
        assert_eq!(names(&stuck), [""; 0]);
        assert_eq!(names(&rescue), ["Cy", "Ada", "Bo"]);
    }

    #[test]
    fn a_full_or_overfull_lift_takes_nobody() {
        for places in [0, 1, 2] {
            let mut stuck = lift(&["Ada"], 1);
            let mut rescue = lift(&["Bo", "Cy"], places);
            assert_eq!(change_over(&mut stuck, &mut rescue), 0);
            assert_eq!(names(&stuck), ["Ada"]);
            assert_eq!(names(&rescue), ["Bo", "Cy"]);
        }
    }

    #[test]
    fn the_same_people_and_not_copies() {
        let mut stuck = lift(&["Ada"], 1);
        let mut rescue = lift(&[], 1);
        let before = stuck.aboard[0].name.as_ptr();
        change_over(&mut stuck, &mut rescue);
        assert_eq!(rescue.aboard[0].name.as_ptr(), before);
    }
}
