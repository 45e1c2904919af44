//! difficulty: 2
use std::borrow::Cow;

// entry
/// The tidy form of a berth's name.
///
/// A name is made of words with dashes and underscores between them. The tidy form has all its
/// words in their order, exactly one dash between two words, and neither dashes nor underscores at
/// its ends. It is empty if there are no words. Other characters, spaces too, belong to words and
/// stay.
///
/// Where the tidy form is a part of `name` as it stands (leaving out what is too much at its ends),
/// that part is borrowed; otherwise the result is owned.
///
/// ```text
/// "north--quay_7"  ->  "north-quay-7" (owned)        "-north-quay_"  ->  "north-quay" (borrowed)
/// ```
pub fn tidy(name: &str) -> Cow<'_, str> {
    let name = name.trim_matches(['-', '_']);
    if name.contains('_') || name.contains("--") {
        let words = name.split(['-', '_']).filter(|word| !word.is_empty());
        Cow::Owned(words.collect::<Vec<_>>().join("-"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(name: &str) -> Option<String> {
        match tidy(name) {
            Cow::Owned(tidy) => Some(tidy),
            Cow::Borrowed(_) => None,
        }
    }

    fn borrowed(name: &str) -> Option<&str> {
        match tidy(name) {
            Cow::Borrowed(tidy) => Some(tidy),
            Cow::Owned(_) => None,
        }
    }

    #[test]
    fn one_dash_between_words() {
        assert_eq!(owned("north--quay_7").as_deref(), Some("north-quay-7"));
        assert_eq!(owned("a_b").as_deref(), Some("a-b"));
        assert_eq!(owned("a__b").as_deref(), Some("a-b"));
        assert_eq!(owned("a-_b---c").as_deref(), Some("a-b-c"));
    }

    #[test]
    fn both_ends_and_the_middle() {
        assert_eq!(owned("_-a--b-_").as_deref(), Some("a-b"));
        assert_eq!(owned("--été_1 b--").as_deref(), Some("été-1 b"));
    }

    #[test]
    fn tidy_names_are_borrowed() {
        assert_eq!(borrowed("north-quay-7"), Some("north-quay-7"));
        assert_eq!(borrowed("Quay 9"), Some("Quay 9"));
        assert_eq!(borrowed(" a- b "), Some(" a- b "));
        assert_eq!(borrowed("a"), Some("a"));
    }

    #[test]
    fn ends_are_cut_without_a_copy() {
        let name = String::from("-_north-quay_");
        let tidy = borrowed(&name).unwrap();
        assert!(std::ptr::eq(tidy, &name[2..12]));
        assert_eq!(borrowed("a--"), Some("a"));
        assert_eq!(borrowed("__a"), Some("a"));
    }

    #[test]
    fn no_words() {
        assert_eq!(borrowed(""), Some(""));
        assert_eq!(borrowed("-"), Some(""));
        assert_eq!(borrowed("_-_--"), Some(""));
    }
}
