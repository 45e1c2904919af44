//! difficulty: 3

/// What goes into a dish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipe {
    Nothing,
    Item { name: String, grams: u32 },
    Both(Box<Recipe>, Box<Recipe>),
    Times(u32, Box<Recipe>),
    /// May be left out.
    Optional(Box<Recipe>),
}

// entry
/// Tidies a recipe up. First everything inside is tidied, then these rules are applied to the whole:
///
/// - an item of 0 grams is `Nothing`
/// - `Both` with `Nothing` on one side is the other side; `Both` of two items of the same name is one item with
///   the grams of both
/// - `Times(0, ..)` and `Times(_, Nothing)` are `Nothing`, `Times(1, x)` is `x`, `Times(n, item)` is the item with n
///   times its grams, and `Times(n, Times(m, x))` is `Times(n * m, x)`
/// - `Optional(Nothing)` is `Nothing`, `Optional(Optional(x))` is `Optional(x)`
///
/// Anything else stays as it is. All numbers fit into a `u32`.
///
/// `Times(2, Both(Nothing, Item "egg" 50))` becomes `Item "egg" 100`.
pub fn tidy(recipe: Recipe) -> Recipe {
    match recipe {
        Recipe::Item { grams: 0, .. } => Recipe::Nothing,
        Recipe::Both(left, right) => match (tidy(*left), tidy(*right)) {
            (Recipe::Nothing, other) | (other, Recipe::Nothing) => other,
            (Recipe::Item { name, grams: a }, Recipe::Item { name: same, grams: b }) if name == same => {
                Recipe::Item { name, grams: a + b }
            }
            (left, right) => Recipe::Both(Box::new(left), Box::new(right)),
        },
        Recipe::Times(times, inner) => match (times, tidy(*inner)) {
            (0, _) | (_, Recipe::Nothing) => Recipe::Nothing,
            (1, inner) => inner,
            (times, Recipe::Item { name, grams }) => Recipe::Item { name, grams: times * grams },
            (times, Recipe::Times(more, inner)) => Recipe::Times(times * more, inner),
            (times, inner) => Recipe::Times(times, Box::new(inner)),
        },
        Recipe::Optional(inner) => match tidy(*inner) {
            known @ (Recipe::Nothing | Recipe::Optional(_)) => known,
            inner => Recipe::Optional(Box::new(inner)),
        },
        simple => simple,
    }
}

#[cfg(test)]
mod tests {
    use super::Recipe::Nothing;
    use super::*;

    fn item(name: &str, grams: u32) -> Recipe {
        Recipe::Item { name: name.to_string(), grams }
    }

    fn both(left: Recipe, right: Recipe) -> Recipe {
        Recipe::Both(Box::new(left), Box::new(right))
    }

    fn times(number: u32, inner: Recipe) -> Recipe {
        Recipe::Times(number, Box::new(inner))
    }

    fn optional(inner: Recipe) -> Recipe {
        Recipe::Optional(Box::new(inner))
    }

    #[test]
    fn items() {
        assert_eq!(tidy(Nothing), Nothing);
        assert_eq!(tidy(item("egg", 50)), item("egg", 50));
        assert_eq!(tidy(item("egg", 1)), item("egg", 1));
        assert_eq!(tidy(item("egg", 0)), Nothing);
    }

    #[test]
    fn both_sides() {
        assert_eq!(tidy(both(Nothing, item("egg", 5))), item("egg", 5));
        assert_eq!(tidy(both(item("egg", 5), item("oil", 0))), item("egg", 5));
        assert_eq!(tidy(both(Nothing, Nothing)), Nothing);
        assert_eq!(tidy(both(item("egg", 5), item("egg", 7))), item("egg", 12));
        assert_eq!(tidy(both(item("egg", 5), item("oil", 7))), both(item("egg", 5), item("oil", 7)));
        let nested = both(both(item("oil", 1), item("oil", 2)), item("oil", 4));
        assert_eq!(tidy(nested), item("oil", 7));
    }

    #[test]
    fn repetitions() {
        assert_eq!(tidy(times(0, item("egg", 5))), Nothing);
        assert_eq!(tidy(times(3, item("egg", 0))), Nothing);
        assert_eq!(tidy(times(3, item("egg", 5))), item("egg", 15));
        let pair = both(item("egg", 5), item("oil", 7));
        assert_eq!(tidy(times(1, pair.clone())), pair);
        assert_eq!(tidy(times(2, pair.clone())), times(2, pair.clone()));
        assert_eq!(tidy(times(2, times(3, pair.clone()))), times(6, pair.clone()));
        assert_eq!(tidy(times(2, times(1, pair.clone()))), times(2, pair.clone()));
        assert_eq!(tidy(times(2, times(3, times(4, pair.clone())))), times(24, pair));
    }

    #[test]
    fn optional_parts() {
        assert_eq!(tidy(optional(item("salt", 0))), Nothing);
        assert_eq!(tidy(optional(item("salt", 1))), optional(item("salt", 1)));
        assert_eq!(tidy(optional(optional(item("salt", 1)))), optional(item("salt", 1)));
        assert_eq!(tidy(optional(times(1, optional(both(Nothing, item("salt", 2)))))), optional(item("salt", 2)));
        assert_eq!(tidy(times(4, optional(item("salt", 2)))), times(4, optional(item("salt", 2))));
    }

    #[test]
    fn deep_inside_first() {
        assert_eq!(tidy(times(2, both(Nothing, item("egg", 50)))), item("egg", 100));
        let batter = both(times(2, item("egg", 50)), both(item("salt", 0), times(1, item("egg", 3))));
        assert_eq!(tidy(batter), item("egg", 103));
        let kept = both(optional(times(2, item("oil", 4))), both(item("egg", 1), item("egg", 1)));
        assert_eq!(tidy(kept), both(optional(item("oil", 8)), item("egg", 2)));
    }
}
