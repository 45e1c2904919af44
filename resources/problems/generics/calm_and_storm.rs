//! difficulty: 2
/// The lowest and the highest of some readings, as references into the list.
///
/// Of equal readings the first one stands for the lowest, and the last one for the highest. A
/// reading that cannot be compared with itself (such as a float that is not a number) is no reading
/// and left out; all others can be compared with each other. `None` if nothing is left; a single
/// reading is both.
pub fn calm_and_storm<T: PartialOrd>(readings: &[T]) -> Option<(&T, &T)> {
    let mut found: Option<(&T, &T)> = None;
    for reading in readings {
        if reading.partial_cmp(reading).is_none() {
            continue;
        }
        found = match found {
            None => Some((reading, reading)),
            Some((low, high)) if reading < low => Some((reading, high)),
            Some((low, high)) if reading >= high => Some((low, reading)),
            same => same,
        };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither `Clone` nor `Ord`.
    #[derive(Debug, PartialEq, PartialOrd)]
    struct Gust(f64);

    #[test]
    fn numbers_and_texts() {
        assert_eq!(calm_and_storm(&[4, 9, 2, 7]), Some((&2, &9)));
        assert_eq!(
            calm_and_storm(&["fog", "calm", "gale"]),
            Some((&"calm", &"gale"))
        );
        assert_eq!(calm_and_storm(&[9, 4, 2]), Some((&2, &9)));
        assert_eq!(calm_and_storm(&[2, 4, 9]), Some((&2, &9)));
        assert_eq!(calm_and_storm(&[-1.5, -2.5]), Some((&-2.5, &-1.5)));
    }

    #[test]
    fn first_lowest_and_last_highest() {
        let gusts = [Gust(1.0), Gust(3.0), Gust(1.0), Gust(3.0), Gust(2.0)];
        let (low, high) = calm_and_storm(&gusts).unwrap();
        assert!(std::ptr::eq(low, &gusts[0]));
        assert!(std::ptr::eq(high, &gusts[3]));
        let same = [Gust(5.0), Gust(5.0), Gust(5.0)];
        let (low, high) = calm_and_storm(&same).unwrap();
        assert!(std::ptr::eq(low, &same[0]));
        assert!(std::ptr::eq(high, &same[2]));
    }

    #[test]
    fn none_and_one() {
        assert_eq!(calm_and_storm::<Gust>(&[]), None);
        assert_eq!(calm_and_storm(&[Gust(0.5)]), Some((&Gust(0.5), &Gust(0.5))));
    }

    #[test]
    fn what_is_no_reading() {
        let nan = f64::NAN;
        assert_eq!(calm_and_storm(&[nan, nan]), None);
        assert_eq!(
            calm_and_storm(&[nan, 3.0, nan, 1.0, nan]),
            Some((&1.0, &3.0))
        );
        let gusts = [Gust(nan), Gust(7.0), Gust(nan)];
        let (low, high) = calm_and_storm(&gusts).unwrap();
        assert!(std::ptr::eq(low, &gusts[1]));
        assert!(std::ptr::eq(high, &gusts[1]));
    }

    #[test]
    fn beyond_all_floats() {
        let readings = [1.0, f64::INFINITY, f64::NEG_INFINITY];
        assert_eq!(
            calm_and_storm(&readings),
            Some((&f64::NEG_INFINITY, &f64::INFINITY))
        );
    }
}
