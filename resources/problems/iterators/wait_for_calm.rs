//! difficulty: 1

// entry
/// A weather buoy sends one wave height (in centimetres) after the other. This reads heights from `heights` up to
/// and including the first one that is below `calm`, and not one further.
///
/// Returns how many heights were read before that one, and the highest of those (0 if there were none).
/// Returns `None` if the heights end before one of them is below `calm`.
///
/// With a `calm` of 30 the heights 80, 95, 30, 12, 60 give `Some((3, 95))`; the next height to be read is then 60.
pub fn wait_for_calm<I: Iterator<Item = u32>>(heights: &mut I, calm: u32) -> Option<(usize, u32)> {
    let mut highest = 0;
    let waited = heights.position(|height| {
        let calm_now = height < calm;
        if !calm_now {
            highest = highest.max(height);
        }
        calm_now
    })?;
    Some((waited, highest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_right_after_the_first_calm_height() {
        let mut heights = [80, 95, 30, 12, 60, 5].into_iter();
        assert_eq!(wait_for_calm(&mut heights, 30), Some((3, 95)));
        assert_eq!(heights.next(), Some(60));
        assert_eq!(wait_for_calm(&mut heights, 30), Some((0, 0)));
        assert_eq!(heights.next(), None);
    }

    #[test]
    fn a_calm_start_is_no_wait() {
        let mut heights = [29, 31].into_iter();
        assert_eq!(wait_for_calm(&mut heights, 30), Some((0, 0)));
        assert_eq!(heights.len(), 1);
        assert_eq!(wait_for_calm(&mut [31, 30, 29].into_iter(), 30), Some((2, 31)));
    }

    #[test]
    fn without_a_calm_height_everything_is_read() {
        let mut heights = [40, 30, 30].into_iter();
        assert_eq!(wait_for_calm(&mut heights, 30), None);
        assert_eq!(heights.next(), None);
        assert_eq!(wait_for_calm(&mut std::iter::empty(), 30), None);
        assert_eq!(wait_for_calm(&mut [0, 0].into_iter(), 0), None);
    }

    #[test]
    fn works_on_a_source_without_an_end() {
        let mut heights = (1..).map(|n: u32| 1000 - n);
        assert_eq!(wait_for_calm(&mut heights, 990), Some((10, 999)));
        assert_eq!(heights.next(), Some(988));
    }
}
