//! difficulty: 3
/// Reads a knitting pattern such as `k2 p10 yo`; `rest` is what is still to be read.
#[derive(Debug)]
pub struct Stitches<'p> {
    pub rest: &'p str,
}

// entry
/// Two methods of a reader; what they return are parts of the pattern, which may be used however
/// often the reader is used afterwards, and when it is gone.
///
/// `pub fn stitch(&mut self) -> Option<(&'p str, u32)>` reads the next stitch: spaces (only ' ')
/// are skipped, then come one or more lower case ASCII letters, its name, and directly behind them
/// any number of ASCII digits, how often it is worked; without digits that is once. `None` is
/// returned, and `rest` stays as it was, where there is no such name or the number does not fit.
///
/// `pub fn note(&mut self) -> Option<&'p str>` reads a note: spaces are skipped, then comes a `(`;
/// the note is what stands between it and the next `)`, which is read as well. `None` is returned,
/// and `rest` stays as it was, where there is no `(` in this place or no `)` behind it.
impl<'p> Stitches<'p> {
    pub fn stitch(&mut self) -> Option<(&'p str, u32)> {
        let (name, behind) = cut(self.rest.trim_start_matches(' '), |sign| {
            sign.is_ascii_lowercase()
        });
        let (digits, behind) = cut(behind, |sign| sign.is_ascii_digit());
        let times = match digits {
            "" => 1,
            digits => digits.parse().ok()?,
        };
        if name.is_empty() {
            return None;
        }
        self.rest = behind;
        Some((name, times))
    }

    pub fn note(&mut self) -> Option<&'p str> {
        let opened = self.rest.trim_start_matches(' ').strip_prefix('(')?;
        let (note, behind) = opened.split_once(')')?;
        self.rest = behind;
        Some(note)
    }
}

/// The front of a text that is made of some characters, and what is behind it.
fn cut(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|sign| !belongs(sign)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stitches_one_after_the_other() {
        let mut reader = Stitches {
            rest: "k2 p10  yo k0p3",
        };
        assert_eq!(reader.stitch(), Some(("k", 2)));
        assert_eq!(reader.rest, " p10  yo k0p3");
        assert_eq!(reader.stitch(), Some(("p", 10)));
        assert_eq!(reader.stitch(), Some(("yo", 1)));
        assert_eq!(reader.stitch(), Some(("k", 0)));
        assert_eq!(reader.stitch(), Some(("p", 3)));
        assert_eq!(reader.rest, "");
        assert_eq!(reader.stitch(), None);
    }

    #[test]
    fn what_is_no_stitch_stays() {
        for pattern in ["", "  ", " 7k", "K2", " (a)", "\tk2", "é2", " k4294967296"] {
            let mut reader = Stitches { rest: pattern };
            assert_eq!(reader.stitch(), None);
            assert_eq!(reader.rest, pattern);
        }
    }

    #[test]
    fn numbers_up_to_the_limit() {
        let mut reader = Stitches {
            rest: "k4294967295-sl007.",
        };
        assert_eq!(reader.stitch(), Some(("k", u32::MAX)));
        assert_eq!(reader.stitch(), None);
        assert_eq!(reader.rest, "-sl007.");
        reader.rest = &reader.rest[1..];
        assert_eq!(reader.stitch(), Some(("sl", 7)));
        assert_eq!(reader.rest, ".");
    }

    #[test]
    fn notes() {
        let mut reader = Stitches {
            rest: "  (turn (work)) k2 () (rest",
        };
        assert_eq!(reader.note(), Some("turn (work"));
        assert_eq!(reader.rest, ") k2 () (rest");
        assert_eq!(reader.note(), None);
        assert_eq!(reader.rest, ") k2 () (rest");
        reader.rest = &reader.rest[1..];
        assert_eq!(reader.note(), None);
        assert_eq!(reader.rest, " k2 () (rest");
        assert_eq!(reader.stitch(), Some(("k", 2)));
        assert_eq!(reader.note(), Some(""));
        assert_eq!(reader.note(), None);
        assert_eq!(reader.rest, " (rest");
    }

    #[test]
    fn parts_outlive_the_reader() {
        let pattern = String::from("k2 (wool) p");
        let (first, note, last) = {
            let mut reader = Stitches { rest: &pattern };
            (reader.stitch(), reader.note(), reader.stitch())
        };
        assert!(std::ptr::eq(first.unwrap().0, &pattern[..1]));
        assert!(std::ptr::eq(note.unwrap(), &pattern[4..8]));
        assert_eq!(last, Some(("p", 1)));
    }
}
