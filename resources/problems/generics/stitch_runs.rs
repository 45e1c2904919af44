//! difficulty: 2
/// Parts a list into runs of neighbours that belong together.
///
/// Every item but the first is compared once with the item right before it, in order:
/// `joins(before, item)` says whether `item` goes on with the run of `before`; if not it begins a
/// new run. No other calls are made. The runs together are all items in their order; no items, no
/// runs. Items cannot be copied.
///
/// ```text
/// 1 2 3 7 8 with `next == before + 1`: [1, 2, 3] [7, 8]
/// ```
pub fn runs<T, F>(items: Vec<T>, joins: F) -> Vec<Vec<T>>
where
    F: FnMut(&T, &T) -> bool,
{
    let mut joins = joins;
    let mut runs: Vec<Vec<T>> = Vec::new();
    for item in items {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|before| joins(before, &item)) => run.push(item),
            _ => runs.push(vec![item]),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stitch that cannot be copied.
    #[derive(Debug, PartialEq)]
    struct Stitch(u32);

    fn stitches(numbers: &[u32]) -> Vec<Stitch> {
        numbers.iter().map(|&number| Stitch(number)).collect()
    }

    #[test]
    fn neighbours_that_join() {
        let found = runs(stitches(&[1, 2, 3, 7, 8]), |before, item| {
            item.0 == before.0 + 1
        });
        assert_eq!(found, [stitches(&[1, 2, 3]), stitches(&[7, 8])]);
        let found = runs(vec!["ab", "ac", "b", "a"], |one, two| one[..1] == two[..1]);
        assert_eq!(found, [vec!["ab", "ac"], vec!["b"], vec!["a"]]);
    }

    #[test]
    fn all_or_none_join() {
        assert_eq!(
            runs(stitches(&[4, 4, 4]), |_, _| true),
            [stitches(&[4, 4, 4])]
        );
        assert_eq!(runs(vec![4, 4], |_, _| false), [[4], [4]]);
    }

    #[test]
    fn no_items_and_one() {
        assert_eq!(
            runs(Vec::new(), |_: &Stitch, _| true),
            Vec::<Vec<Stitch>>::new()
        );
        assert_eq!(
            runs(vec!['x'], |_, _| panic!("nothing to compare")),
            [['x']]
        );
    }

    #[test]
    fn one_call_for_each_pair_of_neighbours() {
        let mut asked = Vec::new();
        let found = runs(stitches(&[5, 6, 1, 2]), |before, item| {
            asked.push((before.0, item.0));
            before.0 < item.0
        });
        assert_eq!(asked, [(5, 6), (6, 1), (1, 2)]);
        assert_eq!(found, [stitches(&[5, 6]), stitches(&[1, 2])]);
    }

    #[test]
    fn a_function_that_remembers() {
        let mut left = 2;
        let found = runs(vec![0; 6], |_, _| {
            left -= 1;
            left >= 0
        });
        assert_eq!(found, [vec![0, 0, 0], vec![0], vec![0], vec![0]]);
    }
}
