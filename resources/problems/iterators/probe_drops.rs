//! difficulty: 1
//! edition: 2018

// entry
/// A probe in a glacier measures the thickness of the ice once a day. Finds the days on which the ice was thinner
/// than the day before, each as `(day, loss)`: `day` is the index of that day in `thickness`, `loss` by how much it
/// was thinner. The greatest loss comes first; equal losses are in order of their days.
///
/// `[90, 85, 88, 70, 65]` gives `[(3, 18), (1, 5), (4, 5)]`. Fewer than two days give no losses.
pub fn ice_losses(thickness: &[u32]) -> Vec<(usize, u32)> {
    let mut losses: Vec<(usize, u32)> = thickness
        .windows(2)
        .enumerate()
        .filter(|(_, days)| days[1] < days[0])
        .map(|(index, days)| (index + 1, days[0] - days[1]))
        .collect();
    losses.sort_by_key(|&(_, loss)| std::cmp::Reverse(loss));
    losses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn greatest_loss_first() {
        assert_eq!(ice_losses(&[90, 85, 88, 70, 65]), [(3, 18), (1, 5), (4, 5)]);
        assert_eq!(ice_losses(&[10, 9, 7, 4]), [(3, 3), (2, 2), (1, 1)]);
        assert_eq!(ice_losses(&[20, 10, 9]), [(1, 10), (2, 1)]);
    }

    #[test]
    fn equal_losses_stay_in_order() {
        assert_eq!(ice_losses(&[5, 4, 3, 9, 8]), [(1, 1), (2, 1), (4, 1)]);
        assert_eq!(ice_losses(&[9, 5, 6, 2]), [(1, 4), (3, 4)]);
    }

    #[test]
    fn growth_and_standstill_are_no_loss() {
        assert_eq!(ice_losses(&[1, 2, 3]), []);
        assert_eq!(ice_losses(&[4, 4]), []);
        assert_eq!(ice_losses(&[4, 4, 3, 3]), [(2, 1)]);
    }

    #[test]
    fn short_and_extreme() {
        assert_eq!(ice_losses(&[]), []);
        assert_eq!(ice_losses(&[7]), []);
        assert_eq!(ice_losses(&[u32::MAX, 0, u32::MAX]), [(1, u32::MAX)]);
    }
}
