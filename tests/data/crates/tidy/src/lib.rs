//! Half-open ranges of integers: a fixture with one of everything that chunking must see.

mod parse;
pub mod stats;

pub use parse::{parse_span, ParseError};

use std::cmp::{max, min};
use std::fmt;

/// A half-open range of integers, `start` included and `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first integer inside.
    pub start: i64,
    /// The first integer behind it.
    pub end: i64,
}

impl Span {
    /// The span that holds nothing.
    pub const EMPTY: Span = Span { start: 0, end: 0 };

    /// Makes a span from two ends, whichever way round they come.
    ///
    /// # Examples
    ///
    /// ```
    /// # use tidy::Span;
    /// assert_eq!(Span::new(5, 2), Span::new(2, 5));
    /// ```
    pub fn new(a: i64, b: i64) -> Self {
        Span {
            start: min(a, b),
            end: max(a, b),
        }
    }

    /// How many integers the span holds; an empty span holds none.
    pub const fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Says whether the span holds no integer at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The integers that both spans hold, or `None` where they have none in common.
    ///
    /// Two spans that only touch have nothing in common, because the end of the first is excluded.
    #[must_use]
    pub fn intersection(&self, other: &Span) -> Option<Span> {
        let start = max(self.start, other.start);
        let end = min(self.end, other.end);
        if start < end {
            Some(Span { start, end })
        } else {
            None
        }
    }

    /// Cuts the span into pieces of at most `size` integers, in ascending order.
    ///
    /// # Panics
    ///
    /// Panics if `size` is zero.
    pub fn pieces(&self, size: usize) -> Vec<Span> {
        assert!(size > 0, "a piece must hold something");
        let mut pieces = Vec::new();
        let mut start = self.start;
        while start < self.end {
            let end = min(start + size as i64, self.end);
            pieces.push(Span { start, end });
            start = end;
        }
        pieces
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn write_end(f: &mut fmt::Formatter<'_>, value: i64) -> fmt::Result {
            write!(f, "{value}")
        }
        write_end(f, self.start)?;
        f.write_str("..")?;
        write_end(f, self.end)
    }
}

/// Counts with a feature that nobody switched on: the compiler never reads this body here.
#[cfg(feature = "extra")]
pub fn switched_off(values: &[i64]) -> usize {
    let mut count = 0;
    for value in values {
        count += *value as usize;
    }
    count
}

/// Does something that only another platform can do, so nothing is known of it on this one.
#[cfg(windows)]
pub fn elsewhere() -> u32 {
    let handle = std::process::id();
    handle.wrapping_add(1)
}

macro_rules! make_getter {
    ($name:ident) => {
        /// Made by a macro: no item of this file's syntax.
        pub fn $name() -> &'static str {
            stringify!($name)
        }
    };
}
make_getter!(made);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_the_span() {
        let span = Span::new(0, 10);
        assert_eq!(span.pieces(3).len(), 4);
    }

    fn helper() -> Span {
        Span::EMPTY
    }

    #[test]
    fn empty() {
        assert!(helper().is_empty());
    }
}
