//! difficulty: 2

#[derive(Debug, PartialEq, Eq)]
pub enum Cue {
    /// A lamp is switched; `lamp` is `None` for all of them.
    Switch { lamp: Option<u8>, on: bool },
    /// A lamp goes to a brightness of 0 to 100 percent within so many seconds.
    Fade { lamp: u8, percent: u8, seconds: u32 },
    Note(String),
}

// entry
/// Reads a line of a lighting script. Words are separated by any white space.
///
/// ```text
/// 4 on            lamp 4 is switched on; off in the same way
/// all off         all lamps are switched off; on in the same way
/// fade 4 to 80            within 0 seconds
/// fade 4 to 80 in 15      within 15 seconds
/// # slow, wait    a note: the words after `#`, joined by one space each; there may be none
/// ```
///
/// `#` is a word of its own. A lamp is a `u8`, a percentage at most 100, seconds a `u32`; all of them as
/// `str::parse` reads them. Anything else is `None`, the empty line included.
pub fn read_cue(line: &str) -> Option<Cue> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["#", note @ ..] => Some(Cue::Note(note.join(" "))),
        [lamp, state @ ("on" | "off")] => {
            let lamp = match *lamp {
                "all" => None,
                number => Some(number.parse().ok()?),
            };
            Some(Cue::Switch { lamp, on: *state == "on" })
        }
        ["fade", lamp, "to", percent, rest @ ..] => {
            let seconds = match rest {
                [] => 0,
                ["in", seconds] => seconds.parse().ok()?,
                _ => return None,
            };
            let percent @ ..=100 = percent.parse().ok()? else {
                return None;
            };
            Some(Cue::Fade { lamp: lamp.parse().ok()?, percent, seconds })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(lamp: Option<u8>, on: bool) -> Option<Cue> {
        Some(Cue::Switch { lamp, on })
    }

    fn fade(lamp: u8, percent: u8, seconds: u32) -> Option<Cue> {
        Some(Cue::Fade { lamp, percent, seconds })
    }

    fn note(text: &str) -> Option<Cue> {
        Some(Cue::Note(text.to_string()))
    }

    #[test]
    fn switches() {
        assert_eq!(read_cue("4 on"), switch(Some(4), true));
        assert_eq!(read_cue("  255\toff "), switch(Some(255), false));
        assert_eq!(read_cue("all off"), switch(None, false));
        assert_eq!(read_cue("all on"), switch(None, true));
        for line in ["256 on", "on", "4", "4 dim", "4 on now", "ALL on", "-1 off", "4 on #"] {
            assert_eq!(read_cue(line), None, "{line}");
        }
    }

    #[test]
    fn fades() {
        assert_eq!(read_cue("fade 4 to 80"), fade(4, 80, 0));
        assert_eq!(read_cue("fade 4 to 80 in 15"), fade(4, 80, 15));
        assert_eq!(read_cue("fade 0 to 100 in 4294967295"), fade(0, 100, u32::MAX));
        assert_eq!(read_cue("fade 9 to 0 in 0"), fade(9, 0, 0));
    }

    #[test]
    fn bad_fades() {
        for line in [
            "fade 4 to 101",
            "fade 4 to x",
            "fade 256 to 5",
            "fade 4 to",
            "fade 4 at 80",
            "fade all to 80",
            "fade 4 to 80 in",
            "fade 4 to 80 in soon",
            "fade 4 to 80 by 15",
            "fade 4 to 80 in 15 s",
            "Fade 4 to 80",
        ] {
            assert_eq!(read_cue(line), None, "{line}");
        }
    }

    #[test]
    fn notes() {
        assert_eq!(read_cue("# slow, wait"), note("slow, wait"));
        assert_eq!(read_cue(" #  4 \t on  "), note("4 on"));
        assert_eq!(read_cue("#"), note(""));
        assert_eq!(read_cue("# off"), note("off"));
        assert_eq!(read_cue("#slow"), None);
        assert_eq!(read_cue(""), None);
        assert_eq!(read_cue(" \t"), None);
    }
}
