//! difficulty: 3

/// What a probe in the ice may answer instead of a measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeError {
    Silent,
    Noise(u8),
    Broken { part: String },
}

#[derive(Debug, PartialEq, Eq)]
pub struct GaveUp {
    /// How often the probe was asked.
    pub tries: u32,
    /// All noise of all tries added up.
    pub noise: u32,
    /// What the last try said; `None` if there was none.
    pub last: Option<ProbeError>,
}

// entry
/// Asks a probe until it gives a measurement, but not more than `limit` times. `probe` is called with the number of
/// the try: 1, 2, 3 and so on. The first `Ok` is returned at once.
///
/// Gives up, and does not ask again, as soon as one of these holds after a try:
///
/// - the probe is `Broken`
/// - the noise of all tries, added up, is more than 100
/// - there have been `limit` tries (a `limit` of 0: the probe is never asked)
pub fn ask_probe<T>(limit: u32, mut probe: impl FnMut(u32) -> Result<T, ProbeError>) -> Result<T, GaveUp> {
    let mut result = GaveUp { tries: 0, noise: 0, last: None };
    for number in 1..=limit {
        let error = match probe(number) {
            Ok(measured) => return Ok(measured),
            Err(error) => error,
        };
        if let ProbeError::Noise(noise) = error {
            result.noise += u32::from(noise);
        }
        let hopeless = result.noise > 100 || matches!(error, ProbeError::Broken { .. });
        result.tries = number;
        result.last = Some(error);
        if hopeless {
            break;
        }
    }
    Err(result)
}

#[cfg(test)]
mod tests {
    use super::ProbeError::{Broken, Noise, Silent};
    use super::*;

    type Answer = Result<char, ProbeError>;

    /// The outcome, and the numbers that the probe was called with.
    fn ask(limit: u32, answers: &[Answer]) -> (Result<char, GaveUp>, Vec<u32>) {
        let mut called = Vec::new();
        let mut answers = answers.iter().cloned();
        let outcome = ask_probe(limit, |number| {
            called.push(number);
            answers.next().expect("asked too often")
        });
        (outcome, called)
    }

    fn gave_up(tries: u32, noise: u32, last: ProbeError) -> Result<char, GaveUp> {
        Err(GaveUp { tries, noise, last: Some(last) })
    }

    #[test]
    fn the_first_measurement_counts() {
        assert_eq!(ask(3, &[Ok('a'), Ok('b')]), (Ok('a'), vec![1]));
        assert_eq!(ask(3, &[Err(Silent), Err(Noise(9)), Ok('c')]), (Ok('c'), vec![1, 2, 3]));
        assert_eq!(ask(1, &[Ok('a')]), (Ok('a'), vec![1]));
    }

    #[test]
    fn there_is_a_limit() {
        let silent = [Err(Silent), Err(Silent), Ok('c')];
        assert_eq!(ask(2, &silent), (gave_up(2, 0, Silent), vec![1, 2]));
        assert_eq!(ask(1, &silent), (gave_up(1, 0, Silent), vec![1]));
        assert_eq!(ask(0, &silent), (Err(GaveUp { tries: 0, noise: 0, last: None }), vec![]));
    }

    #[test]
    fn a_broken_probe_is_not_asked_again() {
        let broken = Broken { part: "tip".to_string() };
        assert_eq!(ask(9, &[Err(broken.clone()), Ok('a')]), (gave_up(1, 0, broken.clone()), vec![1]));
        let answers = [Err(Noise(4)), Err(broken.clone()), Ok('a')];
        assert_eq!(ask(9, &answers), (gave_up(2, 4, broken), vec![1, 2]));
    }

    #[test]
    fn noise_adds_up() {
        assert_eq!(ask(9, &[Err(Noise(100)), Ok('b')]).0, Ok('b'));
        assert_eq!(ask(9, &[Err(Noise(101)), Ok('b')]), (gave_up(1, 101, Noise(101)), vec![1]));
        assert_eq!(ask(9, &[Err(Noise(60)), Err(Silent), Err(Noise(40)), Ok('d')]).0, Ok('d'));
        let answers = [Err(Noise(60)), Err(Silent), Err(Noise(255)), Ok('d')];
        assert_eq!(ask(9, &answers), (gave_up(3, 315, Noise(255)), vec![1, 2, 3]));
        assert_eq!(ask(2, &[Err(Noise(0)), Err(Noise(7))]).0, gave_up(2, 7, Noise(7)));
    }

    #[test]
    fn large_limits_and_other_types() {
        let late = |number: u32| if number < 50 { Err(Silent) } else { Ok(number.to_string()) };
        assert_eq!(ask_probe(u32::MAX, late), Ok("50".to_string()));
        assert_eq!(ask_probe(49, late), Err(GaveUp { tries: 49, noise: 0, last: Some(Silent) }));
    }
}
