//! difficulty: 2
use std::collections::BTreeMap;

// entry
/// Puts things on shelves: `shelf_of` says which shelf is the one of a thing, or that there is none
/// for it. Shelves that turn out too small are given up.
///
/// Returns the shelves by name, each with its things in the order in which they came, and the rest:
/// first the things without a shelf, in their order, then those of the shelves that would have
/// fewer than `fewest` things, shelf by shelf in the order of their names, in their order on the
/// shelf. Such shelves are not among the returned ones, and neither is one without any things,
/// whatever `fewest` is.
///
/// `shelf_of` is called once for each thing, in order. Neither things nor names of shelves can be
/// copied.
pub fn shelve<T, S, F>(things: Vec<T>, fewest: usize, shelf_of: F) -> (BTreeMap<S, Vec<T>>, Vec<T>)
where
    S: Ord,
    F: FnMut(&T) -> Option<S>,
{
    let mut shelf_of = shelf_of;
    let mut shelves: BTreeMap<S, Vec<T>> = BTreeMap::new();
    let mut rest = Vec::new();
    for thing in things {
        match shelf_of(&thing) {
            Some(shelf) => shelves.entry(shelf).or_default().push(thing),
            None => rest.push(thing),
        }
    }
    shelves.retain(|_, things| {
        let kept = things.len() >= fewest;
        if !kept {
            rest.append(things);
        }
        kept
    });
    (shelves, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Jar(u32);

    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Shelf(&'static str);

    fn jars(numbers: &[u32]) -> Vec<Jar> {
        numbers.iter().map(|&number| Jar(number)).collect()
    }

    fn size(jar: &Jar) -> Option<Shelf> {
        match jar.0 {
            0 => None,
            1..10 => Some(Shelf("small")),
            10..100 => Some(Shelf("large")),
            _ => Some(Shelf("huge")),
        }
    }

    #[test]
    fn shelves_in_order() {
        for fewest in [0, 1] {
            let (shelves, rest) = shelve(jars(&[12, 3, 0, 1, 40, 0, 9, 500]), fewest, size);
            let names: Vec<&str> = shelves.keys().map(|shelf| shelf.0).collect();
            assert_eq!(names, ["huge", "large", "small"]);
            assert_eq!(shelves[&Shelf("large")], jars(&[12, 40]));
            assert_eq!(shelves[&Shelf("small")], jars(&[3, 1, 9]));
            assert_eq!(rest, jars(&[0, 0]));
        }
    }

    #[test]
    fn small_shelves_are_given_up() {
        let numbers = [12, 3, 0, 1, 40, 0, 9, 500];
        let (shelves, rest) = shelve(jars(&numbers), 2, size);
        assert_eq!(shelves.len(), 2);
        assert_eq!(rest, jars(&[0, 0, 500]));
        let (shelves, rest) = shelve(jars(&numbers), 3, size);
        assert_eq!(
            shelves,
            BTreeMap::from([(Shelf("small"), jars(&[3, 1, 9]))])
        );
        assert_eq!(rest, jars(&[0, 0, 500, 12, 40]));
        let (shelves, rest) = shelve(jars(&numbers), 4, size);
        assert!(shelves.is_empty());
        assert_eq!(rest, jars(&[0, 0, 500, 12, 40, 3, 1, 9]));
    }

    #[test]
    fn no_things_or_no_shelves() {
        let (shelves, rest) = shelve(Vec::new(), 0, size);
        assert!(shelves.is_empty());
        assert!(rest.is_empty());
        let (shelves, rest) = shelve(jars(&[0, 0]), 0, size);
        assert!(shelves.is_empty());
        assert_eq!(rest.len(), 2);
        let (shelves, rest) = shelve(jars(&[5]), 1, size);
        assert_eq!(shelves.into_values().collect::<Vec<_>>(), [jars(&[5])]);
        assert!(rest.is_empty());
    }

    #[test]
    fn one_call_for_each_thing() {
        let mut asked = Vec::new();
        let (shelves, rest) = shelve(jars(&[4, 5, 6]), 1, |jar| {
            asked.push(jar.0);
            (asked.len() != 2).then_some(asked.len() % 2)
        });
        assert_eq!(asked, [4, 5, 6]);
        assert_eq!(shelves, BTreeMap::from([(1, jars(&[4, 6]))]));
        assert_eq!(rest, jars(&[5]));
    }

    #[test]
    fn other_types() {
        let words = vec!["ant", "bee", "", "asp"];
        let (shelves, rest) = shelve(words, 2, |word| word.chars().next());
        assert_eq!(shelves, BTreeMap::from([('a', vec!["ant", "asp"])]));
        assert_eq!(rest, ["", "bee"]);
    }
}
