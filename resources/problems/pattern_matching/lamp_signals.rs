//! difficulty: 1

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Timeout { tries: u8 },
    Wire,
}

/// What the lamp of a pump shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Lamp {
    Off,
    Green,
    Yellow,
    /// Blinks so many times a second.
    Red { blinks: u8 },
}

// entry
/// The lamp for the last message of a pump: none yet, a pressure, or a fault.
///
/// - no message, or the pressure 0: `Off`
/// - pressures 1 to 6: `Green`, 7 to 9: `Yellow`, all higher ones: `Red` with 1 blink a second
/// - a timeout after fewer than 3 tries: `Yellow`; after 3 or more: `Red` with as many blinks as tries, at most 9
/// - a broken wire: `Red` with 9 blinks a second
impl From<Option<Result<u8, Fault>>> for Lamp {
    fn from(message: Option<Result<u8, Fault>>) -> Self {
        match message {
            None | Some(Ok(0)) => Lamp::Off,
            Some(Ok(..=6)) => Lamp::Green,
            Some(Ok(..=9) | Err(Fault::Timeout { tries: ..=2 })) => Lamp::Yellow,
            Some(Ok(_)) => Lamp::Red { blinks: 1 },
            Some(Err(Fault::Timeout { tries })) => Lamp::Red { blinks: tries.min(9) },
            Some(Err(Fault::Wire)) => Lamp::Red { blinks: 9 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressure(value: u8) -> Lamp {
        Lamp::from(Some(Ok(value)))
    }

    fn timeout(tries: u8) -> Lamp {
        Lamp::from(Some(Err(Fault::Timeout { tries })))
    }

    #[test]
    fn silence() {
        assert_eq!(Lamp::from(None), Lamp::Off);
        assert_eq!(pressure(0), Lamp::Off);
    }

    #[test]
    fn pressures() {
        assert_eq!(pressure(1), Lamp::Green);
        assert_eq!(pressure(6), Lamp::Green);
        assert_eq!(pressure(7), Lamp::Yellow);
        assert_eq!(pressure(9), Lamp::Yellow);
        assert_eq!(pressure(10), Lamp::Red { blinks: 1 });
        assert_eq!(pressure(255), Lamp::Red { blinks: 1 });
    }

    #[test]
    fn timeouts() {
        assert_eq!(timeout(0), Lamp::Yellow);
        assert_eq!(timeout(2), Lamp::Yellow);
        assert_eq!(timeout(3), Lamp::Red { blinks: 3 });
        assert_eq!(timeout(8), Lamp::Red { blinks: 8 });
        assert_eq!(timeout(9), Lamp::Red { blinks: 9 });
        assert_eq!(timeout(200), Lamp::Red { blinks: 9 });
    }

    #[test]
    fn wires() {
        assert_eq!(Lamp::from(Some(Err(Fault::Wire))), Lamp::Red { blinks: 9 });
    }
}
