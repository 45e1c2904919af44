//! difficulty: 1
use std::cell::Cell;

/// A garden bed: the litres in its soil. It cannot be copied.
#[derive(Debug)]
pub struct Bed {
    pub litres: Cell<u32>,
}

// entry
/// Walks along `route` with a tank and waters the beds; returns the litres that are left in the
/// tank.
///
/// At every stop the bed gets as much as is still in the tank, but not more than 30 litres, and not
/// more than what it takes to fill it up to 100 litres. A bed with 100 litres or more gets nothing.
/// The same bed may come up again on the route: it is watered at every stop, on top of what it got
/// before.
pub fn irrigate(route: &[&Bed], tank: u32) -> u32 {
    let mut tank = tank;
    for bed in route {
        let litres = bed.litres.get();
        let poured = tank.min(30).min(100_u32.saturating_sub(litres));
        bed.litres.set(litres + poured);
        tank -= poured;
    }
    tank
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(litres: u32) -> Bed {
        Bed {
            litres: Cell::new(litres),
        }
    }

    #[test]
    fn thirty_litres_a_stop() {
        let (one, two) = (bed(0), bed(10));
        assert_eq!(irrigate(&[&one, &two], 100), 40);
        assert_eq!(one.litres.get(), 30);
        assert_eq!(two.litres.get(), 40);
    }

    #[test]
    fn beds_fill_up_to_a_hundred() {
        let beds = [
            bed(69),
            bed(70),
            bed(71),
            bed(99),
            bed(100),
            bed(101),
            bed(u32::MAX),
        ];
        let route: Vec<&Bed> = beds.iter().collect();
        assert_eq!(irrigate(&route, 1000), 1000 - 30 - 30 - 29 - 1);
        let litres: Vec<u32> = beds.iter().map(|bed| bed.litres.get()).collect();
        assert_eq!(litres, [99, 100, 100, 100, 100, 101, u32::MAX]);
    }

    #[test]
    fn the_same_bed_again() {
        let (one, two) = (bed(15), bed(90));
        assert_eq!(
            irrigate(&[&one, &one, &two, &one, &one], 500),
            500 - 30 - 30 - 10 - 25
        );
        assert_eq!(one.litres.get(), 100);
        assert_eq!(two.litres.get(), 100);
    }

    #[test]
    fn the_tank_runs_dry() {
        let (one, two, three) = (bed(0), bed(0), bed(5));
        assert_eq!(irrigate(&[&one, &two, &three], 41), 0);
        assert_eq!(one.litres.get(), 30);
        assert_eq!(two.litres.get(), 11);
        assert_eq!(three.litres.get(), 5);
    }

    #[test]
    fn nothing_to_do() {
        let one = bed(3);
        assert_eq!(irrigate(&[], 7), 7);
        assert_eq!(irrigate(&[&one], 0), 0);
        assert_eq!(one.litres.get(), 3);
    }
}
