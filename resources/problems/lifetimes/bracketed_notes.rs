//! difficulty: 1
/// A line of a seed catalogue that is read from front to back: `rest` is what is still to be read.
#[derive(Debug)]
pub struct Notes<'t> {
    pub rest: &'t str,
}

// entry
/// Gives the notes of a line one after the other: what stands between a `[` and the next `]` behind
/// it.
///
/// The items are `&'t str`: parts of the line, which may be used when the `Notes` are gone. A note
/// may be empty, and a further `[` in it belongs to it. A `]` outside of a note means nothing, and
/// a `[` without any `]` behind it begins no note. After a note, `rest` is what comes behind its
/// `]`.
///
/// ```text
/// "bean [tall] [late [2]]": the notes are "tall" and "late [2"
/// ```
impl<'t> Iterator for Notes<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let (_, opened) = self.rest.split_once('[')?;
        let (note, behind) = opened.split_once(']')?;
        self.rest = behind;
        Some(note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<&str> {
        let notes = Notes { rest: line };
        notes.collect()
    }

    #[test]
    fn one_after_the_other() {
        assert_eq!(all("bean [tall] [late [2]]"), ["tall", "late [2"]);
        assert_eq!(all("[a][b]x[c]"), ["a", "b", "c"]);
        assert_eq!(all("pea [grün, früh] [ 3 g ]"), ["grün, früh", " 3 g "]);
    }

    #[test]
    fn empty_notes() {
        assert_eq!(all("pea []"), [""]);
        assert_eq!(all("[][]"), ["", ""]);
        assert_eq!(all("[[]"), ["["]);
    }

    #[test]
    fn loose_brackets() {
        assert_eq!(all("a] b [c] d]"), ["c"]);
        assert_eq!(all("]["), [""; 0]);
        assert_eq!(all("[a] [b"), ["a"]);
        assert_eq!(all("pea"), [""; 0]);
        assert_eq!(all(""), [""; 0]);
    }

    #[test]
    fn rest_is_what_is_to_be_read() {
        let mut notes = Notes {
            rest: "kale [early] 5 g [hardy].",
        };
        assert_eq!(notes.next(), Some("early"));
        assert_eq!(notes.rest, " 5 g [hardy].");
        assert_eq!(notes.next(), Some("hardy"));
        assert_eq!(notes.rest, ".");
        assert_eq!(notes.next(), None);
        assert_eq!(notes.next(), None);
    }

    #[test]
    fn notes_are_parts_of_the_line() {
        let line = String::from("leek [blue] [fat]");
        let (first, second) = {
            let mut notes = Notes { rest: &line };
            (notes.next().unwrap(), notes.next().unwrap())
        };
        assert!(std::ptr::eq(first, &line[6..10]));
        assert!(std::ptr::eq(second, &line[13..16]));
    }
}
