//! difficulty: 3

use std::error::Error;
use std::fmt;

/// A buoy that is busy and wants to be asked again later.
#[derive(Debug)]
pub struct Busy {
    pub seconds: u32,
    pub cause: Option<Box<dyn Error>>,
}

/// A buoy that will never answer again.
#[derive(Debug)]
pub struct Sunk;

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "busy for {} s", self.seconds)
    }
}

impl fmt::Display for Sunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sunk")
    }
}

impl Error for Busy {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref()
    }
}

impl Error for Sunk {}

// entry
/// Says after how many seconds a call that failed with `error` should be tried again, if at all.
///
/// Looks at the error and at everything in its chain of sources, by type (messages are no guide). If there is a
/// `Sunk` anywhere in the chain, or no `Busy` at all, there is no use in trying again: `None`. Otherwise it is the
/// greatest `seconds` of all `Busy` errors in the chain, and at least 1.
///
/// Some error caused by `Busy` of 30 seconds, caused by `Busy` of 5 seconds, gives `Some(30)`.
pub fn retry_after(error: &(dyn Error + 'static)) -> Option<u32> {
    let mut longest = None;
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<Sunk>() {
            return None;
        }
        if let Some(busy) = error.downcast_ref::<Busy>() {
            longest = longest.max(Some(busy.seconds.max(1)));
        }
        next = error.source();
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Speaks like a busy buoy but is none.
    #[derive(Debug)]
    struct Echo(Option<Box<dyn Error>>);

    impl fmt::Display for Echo {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "busy for 99 s")
        }
    }

    impl Error for Echo {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_deref()
        }
    }

    fn busy(seconds: u32) -> Busy {
        Busy { seconds, cause: None }
    }

    fn busy_by(seconds: u32, cause: impl Error + 'static) -> Busy {
        Busy { seconds, cause: Some(Box::new(cause)) }
    }

    fn echo(cause: impl Error + 'static) -> Echo {
        Echo(Some(Box::new(cause)))
    }

    #[test]
    fn the_error_itself() {
        assert_eq!(retry_after(&busy(12)), Some(12));
        assert_eq!(retry_after(&busy(u32::MAX)), Some(u32::MAX));
        assert_eq!(retry_after(&Sunk), None);
        assert_eq!(retry_after(&fmt::Error), None);
    }

    #[test]
    fn at_least_a_second() {
        assert_eq!(retry_after(&busy(0)), Some(1));
        assert_eq!(retry_after(&echo(busy(1))), Some(1));
        assert_eq!(retry_after(&busy_by(0, busy(2))), Some(2));
    }

    #[test]
    fn the_longest_of_the_chain() {
        assert_eq!(retry_after(&echo(busy_by(30, busy(5)))), Some(30));
        assert_eq!(retry_after(&busy_by(5, echo(busy(30)))), Some(30));
        assert_eq!(retry_after(&echo(echo(echo(busy(4))))), Some(4));
        assert_eq!(retry_after(&busy_by(6, fmt::Error)), Some(6));
    }

    #[test]
    fn a_sunk_buoy_ends_all_hope() {
        assert_eq!(retry_after(&busy_by(8, Sunk)), None);
        assert_eq!(retry_after(&echo(busy_by(8, echo(Sunk)))), None);
        assert_eq!(retry_after(&echo(Sunk)), None);
    }

    #[test]
    fn types_decide_and_not_messages() {
        assert_eq!(retry_after(&Echo(None)), None);
        assert_eq!(retry_after(&echo(fmt::Error)), None);
        let plain: Box<dyn Error> = "busy for 3 s".into();
        assert_eq!(retry_after(&Echo(Some(plain))), None);
        assert_eq!(retry_after(&busy_by(2, Echo(Some("sunk".into())))), Some(2));
    }
}
