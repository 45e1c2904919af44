//! difficulty: 2

use std::num::ParseIntError;
use std::str::FromStr;

/// Where a book stands: `MAP-17` is place 17 of the room of maps.
#[derive(Debug, PartialEq, Eq)]
pub struct ShelfMark {
    pub room: String,
    pub place: u16,
}

#[derive(Debug, PartialEq, Eq)]
pub enum MarkError {
    NoDash,
    Room(String),
    Place(ParseIntError),
    PlaceZero,
}

impl From<ParseIntError> for MarkError {
    fn from(error: ParseIntError) -> Self {
        MarkError::Place(error)
    }
}

// entry
/// Reads a shelf mark: the room, a dash, the place. What is before the first dash is the room, all after it is the
/// place. White space is not allowed anywhere. Checked in this order:
///
/// 1. without a dash: `NoDash`
/// 2. the room is not two or three ASCII capital letters: `Room` with the room as it was written
/// 3. the place is not a `u16` as `u16::from_str` reads it: `Place` with its error
/// 4. the place is 0: `PlaceZero`
impl FromStr for ShelfMark {
    type Err = MarkError;

    fn from_str(mark: &str) -> Result<Self, Self::Err> {
        let (room, place) = mark.split_once('-').ok_or(MarkError::NoDash)?;
        let has_capitals = room.bytes().all(|byte| byte.is_ascii_uppercase());
        if !has_capitals || !matches!(room.len(), 2 | 3) {
            return Err(MarkError::Room(room.to_string()));
        }
        let place = place.parse()?;
        if place == 0 {
            return Err(MarkError::PlaceZero);
        }
        Ok(ShelfMark { room: room.to_string(), place })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::num::IntErrorKind;

    fn mark(room: &str, place: u16) -> Result<ShelfMark, MarkError> {
        Ok(ShelfMark { room: room.to_string(), place })
    }

    fn bad_room(room: &str) -> Result<ShelfMark, MarkError> {
        Err(MarkError::Room(room.to_string()))
    }

    fn bad_place(text: &str, kind: IntErrorKind) -> bool {
        matches!(text.parse::<ShelfMark>(), Err(MarkError::Place(error)) if *error.kind() == kind)
    }

    #[test]
    fn good_marks() {
        assert_eq!("MAP-17".parse(), mark("MAP", 17));
        assert_eq!("AZ-1".parse(), mark("AZ", 1));
        assert_eq!("ZAZ-65535".parse(), mark("ZAZ", u16::MAX));
        assert_eq!("AB-007".parse(), mark("AB", 7));
    }

    #[test]
    fn rooms_are_two_or_three_capitals() {
        for room in ["", "A", "ABCD", "aB", "A1", "ÄB", " AB", "AB "] {
            assert_eq!(format!("{room}-5").parse(), bad_room(room));
        }
    }

    #[test]
    fn places_are_numbers() {
        assert!(bad_place("AB-", IntErrorKind::Empty));
        assert!(bad_place("AB-x", IntErrorKind::InvalidDigit));
        assert!(bad_place("AB-1-2", IntErrorKind::InvalidDigit));
        assert!(bad_place("AB- 1", IntErrorKind::InvalidDigit));
        assert!(bad_place("AB-65536", IntErrorKind::PosOverflow));
        assert_eq!("AB-0".parse::<ShelfMark>(), Err(MarkError::PlaceZero));
        assert_eq!("AB-000".parse::<ShelfMark>(), Err(MarkError::PlaceZero));
    }

    #[test]
    fn the_first_fault_counts() {
        assert_eq!("".parse::<ShelfMark>(), Err(MarkError::NoDash));
        assert_eq!("a17".parse::<ShelfMark>(), Err(MarkError::NoDash));
        assert_eq!("a-x".parse(), bad_room("a"));
        assert_eq!("-".parse(), bad_room(""));
    }
}
