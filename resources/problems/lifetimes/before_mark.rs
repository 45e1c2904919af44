//! difficulty: 1
/// The part of a harbour sign that stands before the first `mark`, without white space at its end.
///
/// A sign that does not have the mark is returned whole, and so is every sign if `mark` is empty;
/// white space at its end stays then. Nothing is copied: the result is a part of `sign`, and may be
/// used when `mark` is gone.
///
/// ```text
/// "Pier 4 -> ferries -> fish" with the mark "->": "Pier 4"
/// ```
pub fn before_mark<'s>(sign: &'s str, mark: &str) -> &'s str {
    match sign.split_once(mark) {
        Some((head, _)) if !mark.is_empty() => head.trim_end(),
        _ => sign,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn up_to_the_first_mark() {
        assert_eq!(before_mark("Pier 4 -> ferries -> fish", "->"), "Pier 4");
        assert_eq!(before_mark("  Pier 4|", "|"), "  Pier 4");
        assert_eq!(before_mark("a\t\n|b", "|"), "a");
        assert_eq!(before_mark("café-bar-dock", "-"), "café");
    }

    #[test]
    fn nothing_before_it() {
        assert_eq!(before_mark("|b", "|"), "");
        assert_eq!(before_mark("  |b|c", "|"), "");
        assert_eq!(before_mark("|", "|"), "");
    }

    #[test]
    fn no_mark_in_it() {
        assert_eq!(before_mark("Pier 5  ", "->"), "Pier 5  ");
        assert_eq!(before_mark("Pier - > 5 ", "->"), "Pier - > 5 ");
        assert_eq!(before_mark("", "->"), "");
    }

    #[test]
    fn an_empty_mark() {
        assert_eq!(before_mark(" Pier 6 ", ""), " Pier 6 ");
        assert_eq!(before_mark("", ""), "");
    }

    #[test]
    fn a_part_of_the_sign_that_outlives_the_mark() {
        let sign = String::from("Pier 7 / north");
        let head = {
            let mark = String::from("/");
            before_mark(&sign, &mark)
        };
        assert!(std::ptr::eq(head, &sign[..6]));
        let whole = {
            let mark = String::from("#");
            before_mark(&sign, &mark)
        };
        assert!(std::ptr::eq(whole, sign.as_str()));
    }
}
