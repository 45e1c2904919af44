//! difficulty: 3
/// A wagon, and the rest of the train behind it.
#[derive(Debug)]
pub struct Wagon {
    pub number: u32,
    pub tons: u32,
    pub next: Option<Box<Wagon>>,
}

// entry
/// Uncouples what is too heavy for the bridge.
///
/// `train` keeps the longest front part whose wagons weigh at most `limit` tons together;
/// everything from the first wagon that does not fit is cut off and returned, in its order. A wagon
/// behind the cut never stays, however light it is. `None` is returned if the whole train fits (an
/// empty one always does); if not even the first wagon fits, `train` becomes `None`. The wagons are
/// the same boxes as before.
///
/// With wagons of 30, 20, 0 and 10 tons and a limit of 50, the first three stay.
pub fn uncouple(train: &mut Option<Box<Wagon>>, limit: u64) -> Option<Box<Wagon>> {
    let mut left = limit;
    let mut coupling = train;
    while let Some(tons) = coupling.as_ref().map(|wagon| u64::from(wagon.tons)) {
        if tons > left {
            break;
        }
        left -= tons;
        coupling = &mut coupling.as_mut()?.next;
    }
    coupling.take()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(tons: &[u32]) -> Option<Box<Wagon>> {
        let mut next = None;
        for (place, &tons) in tons.iter().enumerate().rev() {
            next = Some(Box::new(Wagon {
                number: place as u32 + 1,
                tons,
                next,
            }));
        }
        next
    }

    fn numbers(train: &Option<Box<Wagon>>) -> Vec<u32> {
        let mut numbers = Vec::new();
        let mut wagon = train;
        while let Some(here) = wagon {
            numbers.push(here.number);
            wagon = &here.next;
        }
        numbers
    }

    #[test]
    fn cuts_where_the_limit_is_passed() {
        let mut front = train(&[30, 20, 0, 10]);
        let back = uncouple(&mut front, 50);
        assert_eq!(numbers(&front), [1, 2, 3]);
        assert_eq!(numbers(&back), [4]);
        let mut front = train(&[30, 20, 0, 10]);
        let back = uncouple(&mut front, 49);
        assert_eq!(numbers(&front), [1]);
        assert_eq!(numbers(&back), [2, 3, 4]);
    }

    #[test]
    fn a_light_wagon_behind_the_cut_does_not_stay() {
        let mut front = train(&[5, 9, 1, 1]);
        let back = uncouple(&mut front, 8);
        assert_eq!(numbers(&front), [1]);
        assert_eq!(numbers(&back), [2, 3, 4]);
    }

    #[test]
    fn everything_or_nothing_fits() {
        let mut front = train(&[7, 8]);
        assert!(uncouple(&mut front, 15).is_none());
        assert_eq!(numbers(&front), [1, 2]);
        let back = uncouple(&mut front, 6);
        assert!(front.is_none());
        assert_eq!(numbers(&back), [1, 2]);
    }

    #[test]
    fn empty_trains_and_weightless_wagons() {
        let mut front = None;
        assert!(uncouple(&mut front, 0).is_none());
        assert!(front.is_none());
        let mut front = train(&[0, 0, 1]);
        let back = uncouple(&mut front, 0);
        assert_eq!(numbers(&front), [1, 2]);
        assert_eq!(numbers(&back), [3]);
    }

    #[test]
    fn weights_beyond_32_bits() {
        let mut front = train(&[u32::MAX, u32::MAX, 1, 1]);
        let back = uncouple(&mut front, 2 * u64::from(u32::MAX) + 1);
        assert_eq!(numbers(&front), [1, 2, 3]);
        assert_eq!(numbers(&back), [4]);
        assert!(uncouple(&mut front, u64::MAX).is_none());
    }

    #[test]
    fn the_boxes_stay_the_same() {
        let mut front = train(&[1, 2]);
        let second: *const Wagon = front.as_ref().unwrap().next.as_deref().unwrap();
        let back = uncouple(&mut front, 1).unwrap();
        assert!(std::ptr::eq(&*back, second));
        assert!(front.unwrap().next.is_none());
    }
}
