//! difficulty: 2
/// A bottle; there is one of each.
#[derive(Debug, PartialEq)]
pub struct Bottle(pub u32);

/// A rack in the cellar: rows from the floor upwards, each with places that may be empty. People
/// can reach the lowest `reach` rows only.
#[derive(Debug)]
pub struct Rack {
    pub rows: Vec<Vec<Option<Bottle>>>,
    pub reach: usize,
}

// entry
/// Lets `for bottle in &rack` visit the bottles of a rack that people can reach.
///
/// The rows from `reach` on are left out (`reach` may be more than there are rows). Of the others,
/// the highest comes first (it is the last of them in `rows`), and each row goes from left to
/// right, without the empty places.
///
/// The items are `&'r Bottle`: bottles of the rack itself, which may be used after the iterator is
/// gone. Which type the iterator has is up to you.
impl<'r> IntoIterator for &'r Rack {
    type Item = &'r Bottle;
    type IntoIter = Box<dyn Iterator<Item = &'r Bottle> + 'r>;

    fn into_iter(self) -> Self::IntoIter {
        let rows = self.rows.iter().take(self.reach);
        Box::new(rows.rev().flatten().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack_up_to(reach: usize, rows: &[&[u32]]) -> Rack {
        let place = |&number: &u32| (number > 0).then_some(Bottle(number));
        let rows = rows.iter().map(|row| row.iter().map(place).collect());
        Rack {
            rows: rows.collect(),
            reach,
        }
    }

    fn rack(rows: &[&[u32]]) -> Rack {
        rack_up_to(rows.len(), rows)
    }

    fn numbers(rack: &Rack) -> Vec<u32> {
        rack.into_iter().map(|bottle| bottle.0).collect()
    }

    #[test]
    fn highest_row_first() {
        assert_eq!(numbers(&rack(&[&[1, 2], &[3, 4], &[5]])), [5, 3, 4, 1, 2]);
    }

    #[test]
    fn without_empty_places() {
        assert_eq!(
            numbers(&rack(&[&[0, 1, 0, 2], &[0, 0], &[], &[3, 0]])),
            [3, 1, 2]
        );
        assert_eq!(numbers(&rack(&[&[0], &[0, 0]])), [0; 0]);
        assert_eq!(numbers(&rack(&[&[]])), [0; 0]);
        assert_eq!(numbers(&rack(&[])), [0; 0]);
    }

    #[test]
    fn rows_out_of_reach() {
        let rows: [&[u32]; 3] = [&[1, 2], &[3], &[4, 0, 5]];
        assert_eq!(numbers(&rack_up_to(2, &rows)), [3, 1, 2]);
        assert_eq!(numbers(&rack_up_to(1, &rows)), [1, 2]);
        assert_eq!(numbers(&rack_up_to(0, &rows)), [0; 0]);
        assert_eq!(numbers(&rack_up_to(usize::MAX, &rows)), [4, 5, 3, 1, 2]);
    }

    #[test]
    fn in_a_loop_and_again() {
        let rack = rack(&[&[7], &[8]]);
        let mut seen = Vec::new();
        for _ in 0..2 {
            for bottle in &rack {
                seen.push(bottle.0);
            }
        }
        assert_eq!(seen, [8, 7, 8, 7]);
        assert_eq!(rack.rows[0], [Some(Bottle(7))]);
    }

    #[test]
    fn the_bottles_themselves() {
        let rack = rack(&[&[7, 9], &[0, 8]]);
        let (first, last) = {
            let mut bottles = (&rack).into_iter();
            (bottles.next(), bottles.last())
        };
        assert!(std::ptr::eq(
            first.unwrap(),
            rack.rows[1][1].as_ref().unwrap()
        ));
        assert!(std::ptr::eq(
            last.unwrap(),
            rack.rows[0][1].as_ref().unwrap()
        ));
    }

    #[test]
    fn wherever_bottles_can_be_iterated() {
        fn total<'a>(bottles: impl IntoIterator<Item = &'a Bottle>) -> u32 {
            bottles.into_iter().map(|bottle| bottle.0).sum()
        }
        assert_eq!(total(&rack(&[&[1, 0, 20], &[300]])), 321);
        let rack = rack(&[&[4, 5], &[6]]);
        let mut all = vec![&rack.rows[0][1]]
            .into_iter()
            .flatten()
            .collect::<Vec<&Bottle>>();
        all.extend(&rack);
        assert_eq!(all, [&Bottle(5), &Bottle(6), &Bottle(4), &Bottle(5)]);
    }
}
