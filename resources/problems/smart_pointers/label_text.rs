//! difficulty: 1

use std::borrow::Cow;

// entry
/// The text that is printed for the label of a jar. White space at both ends is taken off, then every `_` that is
/// left becomes a space and every `;` is removed.
///
/// Text is only copied if there is a `_` or a `;` in what is left; otherwise the result borrows from `label`.
///
/// `" plum jam "` gives a borrowed `"plum jam"`, `"red_plum;"` an owned `"red plum"`.
pub fn label_text(label: &str) -> Cow<'_, str> {
    let text = label.trim();
    if text.contains(['_', ';']) {
        Cow::Owned(text.replace('_', " ").replace(';', ""))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn borrowed(label: &str) -> Option<&str> {
        match label_text(label) {
            Cow::Borrowed(text) => Some(text),
            Cow::Owned(_) => None,
        }
    }

    fn owned(label: &str) -> Option<String> {
        match label_text(label) {
            Cow::Borrowed(_) => None,
            Cow::Owned(text) => Some(text),
        }
    }

    #[test]
    fn borrows_where_it_can() {
        assert_eq!(borrowed("plum"), Some("plum"));
        assert_eq!(borrowed("red plum jam"), Some("red plum jam"));
        assert_eq!(borrowed(""), Some(""));
        assert_eq!(borrowed(" \t\n"), Some(""));
        let label = String::from("  plum\t");
        let text = borrowed(&label).expect("borrowed");
        assert_eq!(text, "plum");
        assert_eq!(text.as_ptr(), label[2..].as_ptr());
    }

    #[test]
    fn copies_where_it_must() {
        assert_eq!(owned("red_plum;").as_deref(), Some("red plum"));
        assert_eq!(owned("red_plum").as_deref(), Some("red plum"));
        assert_eq!(owned("a;b;;c").as_deref(), Some("abc"));
        assert_eq!(owned("_").as_deref(), Some(" "));
        assert_eq!(owned(";").as_deref(), Some(""));
    }

    #[test]
    fn white_space_goes_first() {
        assert_eq!(owned(" _plum_ ").as_deref(), Some(" plum "));
        assert_eq!(owned("; plum").as_deref(), Some(" plum"));
        assert_eq!(owned("\tgrün;e_2 ").as_deref(), Some("grüne 2"));
    }
}
