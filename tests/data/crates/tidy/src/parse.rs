use std::num::ParseIntError;

use crate::Span;

/// Why a text is no span.
#[derive(Debug)]
pub enum ParseError {
    /// There is no `..` in it.
    NoDots,
    /// What stands on one side is no integer.
    Number(ParseIntError),
}

impl From<ParseIntError> for ParseError {
    fn from(error: ParseIntError) -> Self {
        ParseError::Number(error)
    }
}

/// Reads a span from a text such as `3..7`; blanks around the numbers do not matter.
///
/// # Errors
///
/// Gives `ParseError::NoDots` for a text without `..` and `ParseError::Number` for anything
/// that is not an integer on either side.
pub fn parse_span(text: &str) -> Result<Span, ParseError> {
    let (left, right) = text.split_once("..").ok_or(ParseError::NoDots)?;
    let start = left.trim().parse()?;
    let end = right.trim().parse()?;
    Ok(Span::new(start, end))
}

/// A text that spans lines must survive being shown with another margin; see the docs of `dedent`.
pub(crate) mod texts {
    pub fn banner() -> &'static str {
        "first line
    second line, indented on purpose"
    }
}

#[cfg(test)]
#[path = "parse_checks.rs"]
mod checks;
