//! difficulty: 2

/// A wagon of a goods train and all wagons behind it.
#[derive(Debug)]
pub struct Wagon {
    pub load: u32,
    pub behind: Option<Box<Wagon>>,
}

// entry
/// Makes a train light enough for a slope. The longest front part of the train whose loads together are at most
/// `limit` stays in `train`; the wagons behind it are uncoupled and returned, in the same order.
///
/// `None` is returned if nothing has to be uncoupled. If already the first wagon is too heavy, `train` becomes
/// `None` and the whole train is returned. The wagons themselves are moved, not copied. The loads of a train
/// together may be more than a `u32` holds.
///
/// From the loads 5, 0, 3, 2 with a limit of 7, the wagons 5 and 0 stay, 3 and 2 are returned.
pub fn uncouple(train: &mut Option<Box<Wagon>>, limit: u32) -> Option<Box<Wagon>> {
    match train {
        Some(wagon) if wagon.load <= limit => uncouple(&mut wagon.behind, limit - wagon.load),
        rest => rest.take(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn train(loads: &[u32]) -> Option<Box<Wagon>> {
        let (&load, rest) = loads.split_first()?;
        Some(Box::new(Wagon { load, behind: train(rest) }))
    }

    fn loads(mut train: &Option<Box<Wagon>>) -> Vec<u32> {
        let mut loads = Vec::new();
        while let Some(wagon) = train {
            loads.push(wagon.load);
            train = &wagon.behind;
        }
        loads
    }

    fn split(of: &[u32], limit: u32) -> (Vec<u32>, Vec<u32>) {
        let mut front = train(of);
        let back = uncouple(&mut front, limit);
        (loads(&front), loads(&back))
    }

    #[test]
    fn the_front_part_stays() {
        assert_eq!(split(&[5, 0, 3, 2], 7), (vec![5, 0], vec![3, 2]));
        assert_eq!(split(&[5, 0, 3, 2], 8), (vec![5, 0, 3], vec![2]));
        assert_eq!(split(&[5, 0, 3, 2], 5), (vec![5, 0], vec![3, 2]));
        assert_eq!(split(&[1, 9, 1], 5), (vec![1], vec![9, 1]));
    }

    #[test]
    fn all_or_nothing() {
        assert_eq!(split(&[5, 0, 3, 2], 10), (vec![5, 0, 3, 2], vec![]));
        assert_eq!(split(&[5, 3], 4), (vec![], vec![5, 3]));
        assert_eq!(split(&[0, 0], 0), (vec![0, 0], vec![]));
        assert_eq!(split(&[1], 0), (vec![], vec![1]));
        assert_eq!(split(&[], 9), (vec![], vec![]));
    }

    #[test]
    fn heavy_trains() {
        let most = u32::MAX;
        assert_eq!(split(&[most, 0, most], most), (vec![most, 0], vec![most]));
        assert_eq!(split(&[most - 1, 2, most], most), (vec![most - 1], vec![2, most]));
    }

    #[test]
    fn wagons_are_moved() {
        let mut front = train(&[4, 4, 4]);
        let second: *const Wagon = front.as_ref().and_then(|first| first.behind.as_deref()).expect("a wagon");
        let back = uncouple(&mut front, 4).expect("two wagons");
        assert!(std::ptr::eq(second, back.as_ref()));
        assert_eq!(loads(&front), [4]);
        assert_eq!(loads(&Some(back)), [4, 4]);
    }
}
