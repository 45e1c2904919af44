//! difficulty: 1

/// A line of a tide log that is not a level.
#[derive(Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    pub text: String,
}

// entry
/// Reads the water levels of a tide log, one whole number (with or without a sign) per line, in order.
///
/// White space around a number does not matter. Lines with nothing but white space, and lines whose first character
/// after white space is `#`, are passed over, but they count as lines. The first other line that is not an `i32`
/// ends the reading: its number (the first line is line 1) and its text without the white space around it are
/// returned as the error. An empty log has no levels.
///
/// `"12\n\n# night\n-3"` gives `[12, -3]`; `"12\n low "` fails with line 2, `"low"`.
pub fn read_tides(log: &str) -> Result<Vec<i32>, BadLine> {
    log.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('#'))
        .map(|(line, text)| text.parse().map_err(|_| BadLine { line, text: text.to_string() }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(line: usize, text: &str) -> Result<Vec<i32>, BadLine> {
        Err(BadLine { line, text: text.to_string() })
    }

    #[test]
    fn reads_levels_in_order() {
        assert_eq!(read_tides("12\n\n# night\n-3"), Ok(vec![12, -3]));
        assert_eq!(read_tides("  7\t\n+8\r\n  0  \n"), Ok(vec![7, 8, 0]));
        assert_eq!(read_tides("5"), Ok(vec![5]));
    }

    #[test]
    fn nothing_to_read() {
        assert_eq!(read_tides(""), Ok(vec![]));
        assert_eq!(read_tides("\n  \n\t\n"), Ok(vec![]));
        assert_eq!(read_tides("#1\n  # 2"), Ok(vec![]));
    }

    #[test]
    fn names_the_first_bad_line() {
        assert_eq!(read_tides("12\n low "), bad(2, "low"));
        assert_eq!(read_tides("x"), bad(1, "x"));
        assert_eq!(read_tides("\n#\n1\n2 3\nhigh"), bad(4, "2 3"));
        assert_eq!(read_tides("4 # four"), bad(1, "4 # four"));
    }

    #[test]
    fn levels_have_limits() {
        assert_eq!(read_tides("2147483647\n-2147483648"), Ok(vec![i32::MAX, i32::MIN]));
        assert_eq!(read_tides("1\n2147483648"), bad(2, "2147483648"));
        assert_eq!(read_tides("1.5"), bad(1, "1.5"));
    }
}
