//! difficulty: 2
/// A stock of things, sorted, every thing once, and how many were turned away.
#[derive(Debug, PartialEq)]
pub struct Stock<T> {
    pub things: Vec<T>,
    pub refused: usize,
}

// entry
/// Lets `stock.extend(things)` take things of any type that can be ordered.
///
/// Every thing is put in at its place, so that `things` stays sorted from the least to the
/// greatest. A thing that equals one in the stock (one that came just before it too) is turned
/// away: it is dropped, the one in the stock stays, and `refused` grows by one.
impl<T: Ord> Extend<T> for Stock<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, iter: I) {
        for thing in iter {
            match self.things.binary_search(&thing) {
                Ok(_) => self.refused += 1,
                Err(place) => self.things.insert(place, thing),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    /// A ribbon that cannot be copied; its length is all that counts.
    #[derive(Debug)]
    struct Ribbon(u32, &'static str);

    impl PartialEq for Ribbon {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0
        }
    }

    impl Eq for Ribbon {}

    impl PartialOrd for Ribbon {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Ribbon {
        fn cmp(&self, other: &Self) -> Ordering {
            self.0.cmp(&other.0)
        }
    }

    fn stock<T>(things: Vec<T>) -> Stock<T> {
        Stock { things, refused: 0 }
    }

    #[test]
    fn sorted_at_every_place() {
        let mut numbers = stock(vec![10, 20]);
        numbers.extend([15, 5, 30, 12]);
        assert_eq!(
            numbers,
            Stock {
                things: vec![5, 10, 12, 15, 20, 30],
                refused: 0
            }
        );
        numbers.extend(std::iter::once(1));
        assert_eq!(numbers.things[..2], [1, 5]);
    }

    #[test]
    fn equal_ones_are_refused() {
        let mut words = stock(vec!["felt"]);
        words.extend(vec!["silk", "felt", "lace", "silk", "silk"]);
        assert_eq!(
            words,
            Stock {
                things: vec!["felt", "lace", "silk"],
                refused: 3
            }
        );
        words.extend(["lace"]);
        assert_eq!(words.refused, 4);
        assert_eq!(words.things.len(), 3);
    }

    #[test]
    fn the_first_of_equal_ones_stays() {
        let mut ribbons = stock(vec![Ribbon(4, "old")]);
        ribbons.extend([Ribbon(4, "new"), Ribbon(2, "one"), Ribbon(2, "two")]);
        let names: Vec<&str> = ribbons.things.iter().map(|ribbon| ribbon.1).collect();
        assert_eq!(names, ["one", "old"]);
        assert_eq!(ribbons.refused, 2);
    }

    #[test]
    fn nothing_comes() {
        let mut numbers = Stock {
            things: vec![3],
            refused: 9,
        };
        numbers.extend(None);
        assert_eq!(
            numbers,
            Stock {
                things: vec![3],
                refused: 9
            }
        );
        let mut none = stock(Vec::<String>::new());
        none.extend(Some("felt".to_string()));
        assert_eq!(none.things, ["felt"]);
    }

    #[test]
    fn wherever_something_is_extended() {
        let (odd, even): (Vec<i32>, Vec<i32>) = (1..7).partition(|number| number % 2 == 1);
        let mut both = stock(vec![]);
        for part in [even, odd] {
            both.extend(part);
        }
        assert_eq!(both.things, [1, 2, 3, 4, 5, 6]);
    }
}
