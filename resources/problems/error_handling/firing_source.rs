//! difficulty: 1

use std::error::Error;
use std::fmt;
use std::num::ParseFloatError;

/// Why a kiln stopped before its program was at its end.
#[derive(Debug)]
pub enum FiringError {
    /// The thermometer said something that is no number.
    Reading(ParseFloatError),
    /// The power relay reported a fault, if it could.
    Relay { fault: Option<Box<dyn Error>> },
    /// A run within the program failed.
    Run { number: u32, stopped_by: Box<FiringError> },
    /// Somebody opened the door.
    DoorOpen,
}

impl fmt::Display for FiringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FiringError::Reading(_) => write!(f, "no reading"),
            FiringError::Relay { .. } => write!(f, "relay fault"),
            FiringError::Run { number, .. } => write!(f, "run {number} failed"),
            FiringError::DoorOpen => write!(f, "door open"),
        }
    }
}

// entry
/// `source` gives what lies directly below: the error of the reading, the fault of the relay where there is one,
/// the error that stopped a run. An open door, and a relay without a reported fault, have no source.
impl Error for FiringError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FiringError::Reading(error) => Some(error),
            FiringError::Relay { fault } => fault.as_deref(),
            FiringError::Run { stopped_by, .. } => Some(stopped_by.as_ref()),
            FiringError::DoorOpen => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_number() -> ParseFloatError {
        "hot".parse::<f64>().unwrap_err()
    }

    fn messages(error: &dyn Error) -> Vec<String> {
        let mut all = vec![error.to_string()];
        let mut below = error.source();
        while let Some(error) = below {
            all.push(error.to_string());
            below = error.source();
        }
        all
    }

    #[test]
    fn a_reading_has_its_parse_error() {
        let error = FiringError::Reading(no_number());
        let source = error.source().expect("a source");
        assert_eq!(source.downcast_ref::<ParseFloatError>(), Some(&no_number()));
        assert!(source.source().is_none());
    }

    #[test]
    fn a_relay_may_have_a_fault() {
        let burnt = FiringError::Relay { fault: Some("contact burnt".into()) };
        assert_eq!(messages(&burnt), ["relay fault", "contact burnt"]);
        let silent = FiringError::Relay { fault: None };
        assert!(silent.source().is_none());
        assert!(FiringError::DoorOpen.source().is_none());
    }

    #[test]
    fn a_run_has_the_error_inside_it() {
        let error = FiringError::Run { number: 3, stopped_by: Box::new(FiringError::DoorOpen) };
        let source = error.source().expect("a source");
        assert!(matches!(source.downcast_ref(), Some(FiringError::DoorOpen)));
        assert_eq!(messages(&error), ["run 3 failed", "door open"]);
    }

    #[test]
    fn chains_are_whole() {
        let inner = FiringError::Run { number: 2, stopped_by: Box::new(FiringError::Reading(no_number())) };
        let outer = FiringError::Run { number: 1, stopped_by: Box::new(inner) };
        let told = messages(&outer);
        assert_eq!(told[..3], ["run 1 failed", "run 2 failed", "no reading"]);
        assert_eq!(told[3], no_number().to_string());
        assert_eq!(told.len(), 4);
    }
}
