//! difficulty: 1
use std::iter::Sum;
use std::marker::PhantomData;

/// An amount of some unit, in thousandths. The unit is only a name; its type has no abilities at
/// all.
#[derive(Debug)]
pub struct Amount<U> {
    pub milli: i64,
    pub unit: PhantomData<U>,
}

/// An amount of a unit.
pub fn amount<U>(milli: i64) -> Amount<U> {
    Amount {
        milli,
        unit: PhantomData,
    }
}

// entry
/// Lets `.sum()` add amounts of one unit, whatever the unit is.
///
/// The sum begins at 0, and the amounts are added from the first to the last. As in a tank, what is
/// in it never falls below 0: a sum that would is 0, before the next amount is added. A sum that
/// would be above `i64::MAX` is `i64::MAX`, likewise.
///
/// ```text
/// 5, -8, 3  ->  3        none  ->  0
/// ```
impl<U> Sum for Amount<U> {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        amount(iter.fold(0_i64, |sum, next| sum.saturating_add(next.milli).max(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Litre;

    /// A unit of which there is no value.
    #[derive(Debug)]
    enum Knot {}

    fn litres(millis: &[i64]) -> i64 {
        let sum: Amount<Litre> = millis.iter().map(|&milli| amount(milli)).sum();
        sum.milli
    }

    #[test]
    fn plain_sums() {
        assert_eq!(litres(&[1500, 20, 3]), 1523);
        assert_eq!(litres(&[7]), 7);
        assert_eq!(litres(&[10, -4, -6]), 0);
        assert_eq!(litres(&[10, -4, 1]), 7);
    }

    #[test]
    fn nothing_to_add() {
        assert_eq!(litres(&[]), 0);
    }

    #[test]
    fn never_below_nothing() {
        assert_eq!(litres(&[5, -8, 3]), 3);
        assert_eq!(litres(&[-1]), 0);
        assert_eq!(litres(&[-9, 2, -1, 5]), 6);
        assert_eq!(litres(&[4, i64::MIN, 1]), 1);
    }

    #[test]
    fn never_above_the_limit() {
        assert_eq!(litres(&[i64::MAX, 1]), i64::MAX);
        assert_eq!(litres(&[i64::MAX, 5, -7]), i64::MAX - 7);
        assert_eq!(litres(&[i64::MAX - 1, 1]), i64::MAX);
    }

    #[test]
    fn any_unit() {
        let speeds = vec![amount::<Knot>(3), amount(4)];
        let total: Amount<Knot> = speeds.into_iter().sum();
        assert_eq!(total.milli, 7);
        let none: Amount<Box<[Litre]>> = total_of([]);
        assert_eq!(none.milli, 0);
    }

    fn total_of<T: Sum>(parts: [T; 0]) -> T {
        parts.into_iter().sum()
    }
}
