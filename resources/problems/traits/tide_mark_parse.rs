//! difficulty: 2
use std::str::FromStr;

/// A line of a tide table: the minute of the day, and the level in centimetres.
#[derive(Debug, PartialEq)]
pub struct TideMark {
    pub minute: u16,
    pub level: i32,
}

/// What is wrong with a line of a tide table.
#[derive(Debug, PartialEq)]
pub enum BadMark {
    Shape,
    Time,
    Level,
}

// entry
/// Reads a line such as `07:45 -12`: the time of day, one space, the level in centimetres.
///
/// - `BadMark::Shape` if the line has no space. The first space parts time and level.
/// - `BadMark::Time` if the time is not two ASCII digits, a colon and two ASCII digits, or not
///   within 00:00 to 23:59. A bad time wins over a bad level.
/// - `BadMark::Level` if what comes after the space is not a number as `i32` reads it.
///
/// `07:45 -12` is minute 465 and level -12.
impl FromStr for TideMark {
    type Err = BadMark;

    fn from_str(line: &str) -> Result<Self, Self::Err> {
        let (time, level) = line.split_once(' ').ok_or(BadMark::Shape)?;
        let minute = minute_of_day(time).ok_or(BadMark::Time)?;
        let level = level.parse().map_err(|_| BadMark::Level)?;
        Ok(TideMark { minute, level })
    }
}

fn minute_of_day(time: &str) -> Option<u16> {
    let &[a, b, b':', c, d] = time.as_bytes() else {
        return None;
    };
    let (hour, minute) = (number(a, b)?, number(c, d)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

fn number(tens: u8, ones: u8) -> Option<u16> {
    let digits = tens.is_ascii_digit() && ones.is_ascii_digit();
    digits.then(|| u16::from(tens - b'0') * 10 + u16::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<(u16, i32), BadMark> {
        line.parse::<TideMark>()
            .map(|mark| (mark.minute, mark.level))
    }

    #[test]
    fn good_lines() {
        assert_eq!(read("07:45 -12"), Ok((465, -12)));
        assert_eq!(read("00:00 0"), Ok((0, 0)));
        assert_eq!(read("23:59 +310"), Ok((1439, 310)));
        assert_eq!(read("19:08 2147483647"), Ok((1148, i32::MAX)));
    }

    #[test]
    fn times_out_of_range() {
        assert_eq!(read("24:00 1"), Err(BadMark::Time));
        assert_eq!(read("23:60 1"), Err(BadMark::Time));
        assert_eq!(read("20:59 1"), Ok((1259, 1)));
        assert_eq!(read("99:99 1"), Err(BadMark::Time));
    }

    #[test]
    fn times_of_another_form() {
        let bad = [
            "7:45", "07:5", "007:45", "+7:45", "07:+5", "0a:00", "00:0a", "0/:00", "/0:00", "0745",
            ":", "", "07:45:00",
        ];
        for time in bad {
            assert_eq!(read(&format!("{time} 1")), Err(BadMark::Time), "{time}");
        }
        assert_eq!(read("07:4: 1"), Err(BadMark::Time));
        assert_eq!(read("é:00 1"), Err(BadMark::Time));
    }

    #[test]
    fn levels() {
        for level in ["", "x", "1.5", " 4", "4 ", "2147483648", "--1", "+"] {
            assert_eq!(
                read(&format!("07:45 {level}")),
                Err(BadMark::Level),
                "{level}"
            );
        }
        assert_eq!(read("07:45 -2147483648"), Ok((465, i32::MIN)));
    }

    #[test]
    fn which_fault_wins() {
        assert_eq!(read(""), Err(BadMark::Shape));
        assert_eq!(read("07:45"), Err(BadMark::Shape));
        assert_eq!(read("99:99\t5"), Err(BadMark::Shape));
        assert_eq!(read("99:99 x"), Err(BadMark::Time));
        assert_eq!(read(" 07:45 1"), Err(BadMark::Time));
    }
}
