//! difficulty: 1
use std::cmp::Ordering;

/// A vehicle that waits for the ferry.
#[derive(Debug, PartialEq, Eq)]
pub struct Waiting {
    pub plate: String,
    pub arrived: u32,
    pub urgent: bool,
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

// entry
/// The order in which vehicles board: the greater one boards first, so that a max-heap gives the
/// next vehicle.
///
/// - An urgent vehicle is greater than one that is not.
/// - Of vehicles that are alike in this, the one that arrived earlier (smaller `arrived`) is
///   greater.
/// - If they arrived at the same time too, the one whose plate comes first, as strings compare, is
///   greater.
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.urgent
            .cmp(&other.urgent)
            .then_with(|| other.arrived.cmp(&self.arrived))
            .then_with(|| other.plate.cmp(&self.plate))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BinaryHeap;

    fn waiting(plate: &str, arrived: u32, urgent: bool) -> Waiting {
        Waiting {
            plate: plate.to_string(),
            arrived,
            urgent,
        }
    }

    #[test]
    fn urgent_ones_are_greater() {
        let (calm, urgent) = (waiting("A", 1, false), waiting("Z", 9, true));
        assert_eq!(urgent.cmp(&calm), Ordering::Greater);
        assert_eq!(calm.cmp(&urgent), Ordering::Less);
        assert!(calm < urgent);
    }

    #[test]
    fn earlier_ones_are_greater() {
        let (early, late) = (waiting("Z", 0, true), waiting("A", u32::MAX, true));
        assert_eq!(early.cmp(&late), Ordering::Greater);
        assert_eq!(late.cmp(&early), Ordering::Less);
        assert!(waiting("Z", 4, false) > waiting("A", 5, false));
    }

    #[test]
    fn the_plate_decides_last() {
        let (one, two) = (waiting("AB 1", 5, false), waiting("AB 10", 5, false));
        assert_eq!(one.cmp(&two), Ordering::Greater);
        assert_eq!(two.cmp(&one), Ordering::Less);
        assert!(waiting("B", 5, true) > waiting("a", 5, true));
        assert_eq!(one.cmp(&waiting("AB 1", 5, false)), Ordering::Equal);
    }

    #[test]
    fn a_heap_boards_in_order() {
        let mut heap = BinaryHeap::from([
            waiting("D", 3, false),
            waiting("C", 1, false),
            waiting("E", 7, true),
            waiting("A", 3, false),
            waiting("B", 2, true),
        ]);
        let mut plates = Vec::new();
        while let Some(next) = heap.pop() {
            plates.push(next.plate);
        }
        assert_eq!(plates, ["B", "E", "C", "A", "D"]);
    }

    #[test]
    fn sorting_and_extremes() {
        let mut line = [
            waiting("A", 1, true),
            waiting("B", 1, false),
            waiting("C", 0, false),
        ];
        line.sort();
        let plates: Vec<&str> = line.iter().map(|each| each.plate.as_str()).collect();
        assert_eq!(plates, ["B", "C", "A"]);
        assert_eq!(line.iter().max(), Some(&waiting("A", 1, true)));
        assert_eq!(line.iter().min(), Some(&waiting("B", 1, false)));
    }
}
