//! difficulty: 2

/// Pairs up the dancers of a row from the outside in.
pub struct Couples<I> {
    pub row: I,
}

/// The number of couples is known where the length of the row is known; `len` relies on `size_hint`.
impl<I: DoubleEndedIterator + ExactSizeIterator> ExactSizeIterator for Couples<I> {}

// entry
/// Yields the first dancer of the row with the last one, then the second with the last but one, and so on. In a row
/// of odd length the dancer in the middle comes last, alone: the second half of the pair is `None`.
///
/// Each couple takes the two dancers from the ends of `row` and nothing else from it. `size_hint` says how many
/// couples are still to come, from the size hint of the row: both of its bounds are turned into couples.
///
/// The row 1, 2, 3, 4, 5 gives `(1, Some(5))`, `(2, Some(4))`, `(3, None)`.
impl<I: DoubleEndedIterator> Iterator for Couples<I> {
    type Item = (I::Item, Option<I::Item>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.row.next()?;
        Some((first, self.row.next_back()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (at_least, at_most) = self.row.size_hint();
        (at_least.div_ceil(2), at_most.map(|dancers| dancers.div_ceil(2)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_from_the_outside_in() {
        let odd: Vec<(u8, Option<u8>)> = Couples { row: 1..=5 }.collect();
        assert_eq!(odd, [(1, Some(5)), (2, Some(4)), (3, None)]);
        let even: Vec<(char, Option<char>)> = Couples { row: "abcd".chars() }.collect();
        assert_eq!(even, [('a', Some('d')), ('b', Some('c'))]);
    }

    #[test]
    fn tiny_rows() {
        let mut nobody = Couples { row: [0u8; 0].iter() };
        assert_eq!(nobody.next(), None);
        assert_eq!(nobody.len(), 0);
        let mut alone = Couples { row: ["Ida"].iter() };
        assert_eq!(alone.len(), 1);
        assert_eq!(alone.next(), Some((&"Ida", None)));
        assert_eq!(alone.next(), None);
    }

    #[test]
    fn leaves_the_rest_of_the_row_alone() {
        let mut couples = Couples { row: [3, 1, 4, 1, 5, 9].iter() };
        assert_eq!(couples.next(), Some((&3, Some(&9))));
        assert_eq!(couples.row.as_slice(), [1, 4, 1, 5]);
        assert_eq!(couples.next(), Some((&1, Some(&5))));
        assert_eq!(couples.row.as_slice(), [4, 1]);
    }

    #[test]
    fn knows_how_many_are_to_come() {
        let mut couples = Couples { row: [0; 7].iter() };
        assert_eq!(couples.len(), 4);
        couples.next();
        assert_eq!(couples.len(), 3);
        assert_eq!(Couples { row: 0..6 }.size_hint(), (3, Some(3)));
        assert_eq!(Couples { row: (0..7).filter(|n| *n > 2) }.size_hint(), (0, Some(4)));
        assert_eq!(Couples { row: 0..=u64::MAX }.size_hint(), (1 << 63, None));
    }
}
