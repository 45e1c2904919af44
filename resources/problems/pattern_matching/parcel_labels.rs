//! difficulty: 1

#[derive(Debug, PartialEq, Eq)]
pub enum Label {
    /// A capital letter and two digits: the hall and the rack.
    Rack { hall: char, rack: u8 },
    /// `X` and at least one byte more; those bytes.
    Express(Vec<u8>),
    /// Two equal bytes, whatever they are.
    Sample(u8),
    Blank,
    Unknown { length: usize },
}

// entry
/// Reads the bytes of a label. The first of these that fits is taken:
///
/// 1. no bytes, or only spaces: `Blank`
/// 2. exactly three bytes, an ASCII capital letter from A to K and two ASCII digits: `Rack`, `G07` is hall G, rack 7
/// 3. `X` or `x` and at least one byte more: `Express` with the bytes after it
/// 4. exactly two bytes that are equal: `Sample` with that byte
/// 5. `Unknown` with the number of bytes
pub fn read_label(bytes: &[u8]) -> Label {
    match bytes {
        blank if blank.iter().all(|&byte| byte == b' ') => Label::Blank,
        &[hall @ b'A'..=b'K', tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Label::Rack { hall: char::from(hall), rack: 10 * (tens - b'0') + (ones - b'0') }
        }
        [b'X' | b'x', more @ ..] if !more.is_empty() => Label::Express(more.to_vec()),
        &[first, second] if first == second => Label::Sample(first),
        other => Label::Unknown { length: other.len() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(length: usize) -> Label {
        Label::Unknown { length }
    }

    #[test]
    fn racks() {
        assert_eq!(read_label(b"G07"), Label::Rack { hall: 'G', rack: 7 });
        assert_eq!(read_label(b"A99"), Label::Rack { hall: 'A', rack: 99 });
        assert_eq!(read_label(b"K10"), Label::Rack { hall: 'K', rack: 10 });
        assert_eq!(read_label(b"L10"), unknown(3));
        assert_eq!(read_label(b"@10"), unknown(3));
        assert_eq!(read_label(b"g07"), unknown(3));
        assert_eq!(read_label(b"G0"), unknown(2));
        assert_eq!(read_label(b"G070"), unknown(4));
        assert_eq!(read_label(b"G0:"), unknown(3));
        assert_eq!(read_label(b"G/1"), unknown(3));
        assert_eq!(read_label(b"G1/"), unknown(3));
        assert_eq!(read_label(b"G:1"), unknown(3));
    }

    #[test]
    fn express() {
        assert_eq!(read_label(b"X1"), Label::Express(b"1".to_vec()));
        assert_eq!(read_label(b"xab c"), Label::Express(b"ab c".to_vec()));
        assert_eq!(read_label(b"XX"), Label::Express(b"X".to_vec()));
        assert_eq!(read_label(b"X "), Label::Express(b" ".to_vec()));
        assert_eq!(read_label(b"X"), unknown(1));
        assert_eq!(read_label(b" X1"), unknown(3));
    }

    #[test]
    fn samples() {
        assert_eq!(read_label(b"aa"), Label::Sample(b'a'));
        assert_eq!(read_label(&[0, 0]), Label::Sample(0));
        assert_eq!(read_label(&[255, 255]), Label::Sample(255));
        assert_eq!(read_label(b"ab"), unknown(2));
        assert_eq!(read_label(b"aaa"), unknown(3));
        assert_eq!(read_label(b"a"), unknown(1));
    }

    #[test]
    fn blanks() {
        assert_eq!(read_label(b""), Label::Blank);
        assert_eq!(read_label(b" "), Label::Blank);
        assert_eq!(read_label(b"  "), Label::Blank);
        assert_eq!(read_label(b"   "), Label::Blank);
        assert_eq!(read_label(b"\t"), unknown(1));
        assert_eq!(read_label(b"  a"), unknown(3));
    }
}
