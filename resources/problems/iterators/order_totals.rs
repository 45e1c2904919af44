//! difficulty: 1

use std::collections::BTreeMap;

/// What a bakery has to bake for the next morning.
#[derive(Debug, PartialEq, Eq)]
pub struct Orders {
    /// How many pieces of each kind.
    pub pieces: BTreeMap<String, u8>,
    /// How many orders were left out.
    pub left_out: usize,
}

// entry
/// Adds up orders, pairs of a kind and a number of pieces. Orders for the same kind are added together; a sum that
/// is too large for a `u8` becomes 255. An order for 0 pieces, or one whose kind is an empty string, is left out: it
/// makes no entry in `pieces` and only counts in `left_out`. No orders give an empty map and 0.
///
/// `("rye", 2), ("oat", 1), ("rye", 3), ("bun", 0)` gives oat 1, rye 5 and one order left out.
impl<'a> FromIterator<(&'a str, u8)> for Orders {
    fn from_iter<T: IntoIterator<Item = (&'a str, u8)>>(orders: T) -> Self {
        let mut all = Orders { pieces: BTreeMap::new(), left_out: 0 };
        for (kind, pieces) in orders {
            if kind.is_empty() || pieces == 0 {
                all.left_out += 1;
            } else {
                let sum = all.pieces.entry(kind.to_string()).or_insert(0);
                *sum = sum.saturating_add(pieces);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(orders: &Orders) -> Vec<(&str, u8)> {
        orders.pieces.iter().map(|(kind, &pieces)| (kind.as_str(), pieces)).collect()
    }

    #[test]
    fn adds_up_by_kind() {
        let orders: Orders = [("rye", 2), ("oat", 1), ("rye", 3), ("bun", 0)].into_iter().collect();
        assert_eq!(list(&orders), [("oat", 1), ("rye", 5)]);
        assert_eq!(orders.left_out, 1);
    }

    #[test]
    fn nothing_ordered() {
        let orders = Orders::from_iter([]);
        assert!(orders.pieces.is_empty());
        assert_eq!(orders.left_out, 0);
    }

    #[test]
    fn leaves_out_what_is_no_order() {
        let orders: Orders = vec![("", 4), ("bun", 0), ("", 0), ("bun", 1), ("rye", 0)].into_iter().collect();
        assert_eq!(list(&orders), [("bun", 1)]);
        assert_eq!(orders.left_out, 4);
    }

    #[test]
    fn sums_stop_at_the_limit() {
        let orders: Orders = [("bun", 200), ("bun", 55), ("rye", 200), ("rye", 56)].into_iter().collect();
        assert_eq!(list(&orders), [("bun", 255), ("rye", 255)]);
        let more = Orders::from_iter([("bun", 254), ("oat", 255), ("oat", 255), ("oat", 1)]);
        assert_eq!(list(&more), [("bun", 254), ("oat", 255)]);
        assert_eq!(more.left_out, 0);
    }
}
