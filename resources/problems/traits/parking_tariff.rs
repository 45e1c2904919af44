//! difficulty: 2
//! edition: 2024
/// A band of a tariff: the first so many minutes that no band before it covers, and the price of
/// each.
#[derive(Debug)]
pub struct Band {
    pub minutes: u32,
    pub cents: u64,
}

// entry
/// Makes a tariff out of its bands: a function from the minutes that a car was parked to the cents
/// it costs.
///
/// The minutes are spread over the bands from the first to the last, each taking at most its own
/// `minutes`. Minutes that are left behind the last band cost as much as those of the last band;
/// without any bands everything is free. The function can be called as often as one likes, and kept
/// for as long as one likes.
///
/// ```text
/// bands 30 minutes at 2 cents, 60 minutes at 5 cents:   20 -> 40    31 -> 65    100 -> 410
/// ```
pub fn tariff(bands: Vec<Band>) -> impl Fn(u32) -> u64 {
    move |parked| {
        let mut left = parked;
        let mut cost = 0;
        for band in &bands {
            let minutes = left.min(band.minutes);
            cost += u64::from(minutes) * band.cents;
            left -= minutes;
        }
        cost + u64::from(left) * bands.last().map_or(0, |band| band.cents)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bands(bands: &[(u32, u64)]) -> Vec<Band> {
        bands
            .iter()
            .map(|&(minutes, cents)| Band { minutes, cents })
            .collect()
    }

    #[test]
    fn minutes_go_band_by_band() {
        let cost = tariff(bands(&[(30, 2), (60, 5)]));
        assert_eq!(cost(0), 0);
        assert_eq!(cost(20), 40);
        assert_eq!(cost(30), 60);
        assert_eq!(cost(31), 65);
        assert_eq!(cost(90), 360);
        assert_eq!(cost(91), 365);
        assert_eq!(cost(100), 410);
        assert_eq!(cost(20), 40);
    }

    #[test]
    fn bands_without_minutes() {
        let cost = tariff(bands(&[(0, 9), (10, 1), (0, 50)]));
        assert_eq!(cost(10), 10);
        assert_eq!(cost(12), 110);
        assert_eq!(tariff(bands(&[(0, 3)]))(4), 12);
    }

    #[test]
    fn no_bands() {
        let cost = tariff(Vec::new());
        assert_eq!(cost(0), 0);
        assert_eq!(cost(u32::MAX), 0);
    }

    #[test]
    fn large_numbers() {
        let cost = tariff(bands(&[(1, 1), (u32::MAX, 1 << 32)]));
        assert_eq!(cost(u32::MAX), ((u64::from(u32::MAX) - 1) << 32) + 1);
    }

    #[test]
    fn tariffs_are_kept_together() {
        let tariffs: Vec<Box<dyn Fn(u32) -> u64>> = vec![
            Box::new(tariff(bands(&[(5, 0), (1, 7)]))),
            Box::new(tariff(bands(&[(1, 1)]))),
        ];
        let costs: Vec<u64> = tariffs.iter().map(|cost| cost(7)).collect();
        assert_eq!(costs, [14, 7]);
    }
}
