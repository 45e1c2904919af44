//! difficulty: 3
use std::mem;

// entry
/// Cuts the next piece off the front of a punch tape.
///
/// Blank rows (0) at the front of the tape are skipped first; then the next `length` rows are the
/// piece, blank ones among them included. The piece is returned, and `tape` becomes what is behind
/// it. Pieces that were cut before can still be changed, along with the tape.
///
/// If fewer than `length` rows are left after the skipped ones, `None` is returned, and `tape`
/// stays as it was, blank rows and all. A `length` of 0 returns an empty piece, and skips the blank
/// rows.
///
/// ```text
/// tape [0, 0, 5, 0, 6, 7], length 3: the piece is [5, 0, 6], the tape [7]
/// ```
pub fn cut<'t>(tape: &mut &'t mut [u8], length: usize) -> Option<&'t mut [u8]> {
    let blank = tape.iter().take_while(|&&row| row == 0).count();
    if tape.len() - blank < length {
        return None;
    }
    let used = mem::take(tape).split_at_mut(blank).1;
    let (piece, rest) = used.split_at_mut(length);
    *tape = rest;
    Some(piece)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skips_blank_rows_at_the_front() {
        let mut rows = [0, 0, 5, 0, 6, 7];
        let mut tape = &mut rows[..];
        assert_eq!(cut(&mut tape, 3).as_deref(), Some(&[5, 0, 6][..]));
        assert_eq!(tape, [7]);
        assert_eq!(cut(&mut tape, 1).as_deref(), Some(&[7][..]));
        assert_eq!(tape, []);
    }

    #[test]
    fn pieces_live_on_together() {
        let mut rows = vec![1, 2, 3, 0, 4, 5];
        let mut tape = rows.as_mut_slice();
        let one = cut(&mut tape, 2).unwrap();
        let two = cut(&mut tape, 1).unwrap();
        let three = cut(&mut tape, 1).unwrap();
        tape[0] = 50;
        one.swap_with_slice(&mut [9, 8]);
        two[0] += three[0];
        three[0] = 40;
        assert_eq!(rows, [9, 8, 7, 0, 40, 50]);
    }

    #[test]
    fn too_short_a_tape_stays() {
        let mut rows = [0, 1, 2];
        let mut tape = &mut rows[..];
        assert!(cut(&mut tape, 3).is_none());
        assert_eq!(tape, [0, 1, 2]);
        assert_eq!(cut(&mut tape, 2).as_deref(), Some(&[1, 2][..]));
        assert!(cut(&mut tape, 1).is_none());
        assert!(tape.is_empty());
    }

    #[test]
    fn a_length_of_zero() {
        let mut rows = [0, 0, 3, 0];
        let mut tape = &mut rows[..];
        assert_eq!(cut(&mut tape, 0).as_deref(), Some(&[][..]));
        assert_eq!(tape, [3, 0]);
        assert_eq!(cut(&mut tape, 0).as_deref(), Some(&[][..]));
        assert_eq!(tape, [3, 0]);
    }

    #[test]
    fn blank_and_empty_tapes() {
        let mut rows = [0, 0];
        let mut tape = &mut rows[..];
        assert!(cut(&mut tape, 1).is_none());
        assert_eq!(tape, [0, 0]);
        assert_eq!(cut(&mut tape, 0).as_deref(), Some(&[][..]));
        assert!(tape.is_empty());
        assert!(cut(&mut tape, usize::MAX).is_none());
        assert_eq!(cut(&mut tape, 0).as_deref(), Some(&[][..]));
    }
}
