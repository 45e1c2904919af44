//! difficulty: 3

/// What a lighthouse shows for one beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    Dark,
    White,
    Red,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Signal {
    Calm,
    /// So many reds, one after the other.
    Warning(usize),
    /// The depth of the water in metres.
    Depth(u32),
}

// entry
/// Splits the beats of a lighthouse into signals, from the left:
///
/// - `White Dark` is `Calm`.
/// - One `Red` or more, all that follow on each other, and then `Dark` is a `Warning` with the number of reds.
/// - `White Red` begins a `Depth`. The beats after it, up to the next `Dark`, are the digits of a binary number, the
///   highest first: `White` is 1, `Red` is 0. There are 1 to 8 digits. The `Dark` belongs to the signal.
/// - A `Dark` where a signal could begin is a pause and means nothing.
///
/// If at some place none of this fits (also because the beats end too early), the index of the beat at which the
/// signal in question began is returned as the error.
///
/// `White Dark Dark Red Red Dark White Red White Red Dark` is `Calm`, `Warning(2)`, `Depth(2)`.
pub fn read_signals(beats: &[Beat]) -> Result<Vec<Signal>, usize> {
    let mut signals = Vec::new();
    let mut rest = beats;
    while let [first, others @ ..] = rest {
        if *first == Beat::Dark {
            rest = others;
            continue;
        }
        let began = beats.len() - rest.len();
        let length = rest.iter().position(|&beat| beat == Beat::Dark).ok_or(began)?;
        signals.push(match &rest[..length] {
            [Beat::White] => Signal::Calm,
            reds @ [Beat::Red, ..] if !reds.contains(&Beat::White) => Signal::Warning(reds.len()),
            [Beat::White, Beat::Red, digits @ ..] if matches!(digits.len(), 1..=8) => {
                Signal::Depth(digits.iter().fold(0, |depth, &digit| 2 * depth + u32::from(digit == Beat::White)))
            }
            _ => return Err(began),
        });
        rest = &rest[length..];
    }
    Ok(signals)
}

#[cfg(test)]
mod tests {
    use super::Signal::{Calm, Depth, Warning};
    use super::*;

    /// `.` is dark, `w` white, `r` red.
    fn read(beats: &str) -> Result<Vec<Signal>, usize> {
        let beat = |shown| match shown {
            'w' => Beat::White,
            'r' => Beat::Red,
            _ => Beat::Dark,
        };
        read_signals(&beats.chars().map(beat).collect::<Vec<Beat>>())
    }

    #[test]
    fn pauses_mean_nothing() {
        assert_eq!(read(""), Ok(vec![]));
        assert_eq!(read("."), Ok(vec![]));
        assert_eq!(read("...w...."), Ok(vec![Calm]));
    }

    #[test]
    fn calm_and_warnings() {
        assert_eq!(read("w."), Ok(vec![Calm]));
        assert_eq!(read("w.w."), Ok(vec![Calm, Calm]));
        assert_eq!(read("r."), Ok(vec![Warning(1)]));
        assert_eq!(read("rrr..r."), Ok(vec![Warning(3), Warning(1)]));
        assert_eq!(read("w..rr.wrwr."), Ok(vec![Calm, Warning(2), Depth(2)]));
    }

    #[test]
    fn depths() {
        assert_eq!(read("wrr."), Ok(vec![Depth(0)]));
        assert_eq!(read("wrw."), Ok(vec![Depth(1)]));
        assert_eq!(read("wrwwr."), Ok(vec![Depth(6)]));
        assert_eq!(read("wrwwwwwwww."), Ok(vec![Depth(255)]));
        assert_eq!(read("wrrrrrrrrw.r."), Ok(vec![Depth(1), Warning(1)]));
        assert_eq!(read("wrwrrrrrrr."), Ok(vec![Depth(128)]));
    }

    #[test]
    fn what_fits_nothing() {
        assert_eq!(read("wr."), Err(0));
        assert_eq!(read("w.wrwwwwwwwww."), Err(2));
        assert_eq!(read("..ww."), Err(2));
        assert_eq!(read("r..rrw."), Err(3));
        assert_eq!(read("wwr.w."), Err(0));
        assert_eq!(read("wwrw."), Err(0));
    }

    #[test]
    fn beats_that_end_too_early() {
        assert_eq!(read("w"), Err(0));
        assert_eq!(read(".r"), Err(1));
        assert_eq!(read("w.rr.wrw"), Err(5));
        assert_eq!(read("r.w..w"), Err(5));
    }
}
