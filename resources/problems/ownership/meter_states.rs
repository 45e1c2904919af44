//! difficulty: 3
use std::mem;

/// A coin, with the minutes that it buys. A coin of 0 minutes is a false one.
#[derive(Debug, PartialEq)]
pub struct Coin(pub u32);

/// What a parking meter does; `vault` holds the coins that it swallowed, the oldest first.
#[derive(Debug, PartialEq)]
pub enum Meter {
    Idle {
        vault: Vec<Coin>,
    },
    /// `minutes` is at least 1.
    Running {
        vault: Vec<Coin>,
        minutes: u32,
    },
    /// A false coin is stuck; the clock stands still at `minutes`.
    Jammed {
        vault: Vec<Coin>,
        minutes: u32,
        stuck: Coin,
    },
}

impl Meter {
    /// A meter that runs for `minutes`, or is idle if there are none.
    pub fn showing(vault: Vec<Coin>, minutes: u32) -> Meter {
        match minutes {
            0 => Meter::Idle { vault },
            _ => Meter::Running { vault, minutes },
        }
    }
}

/// What happens to a meter.
#[derive(Debug, PartialEq)]
pub enum Event {
    Insert(Coin),
    Minute,
    Repair,
}

// entry
/// Lets `event` happen to `meter`, and returns the coin that falls out, if one does.
///
/// - `Insert` of a good coin into an idle or running meter: the coin goes to the end of the vault,
///   and its minutes are added to those left, up to 240; what is above is lost. The meter runs.
/// - `Insert` of a false coin into an idle or running meter: the meter is jammed by it, and stands
///   at the minutes that it had (0 if it was idle).
/// - `Insert` into a jammed meter, of any coin: the coin falls out, nothing changes.
/// - `Minute`: a running meter has one minute less; after its last minute it is idle. Others do not
///   change.
/// - `Repair`: the coin that jams the meter falls out, and the meter goes on with its minutes (idle
///   if it has none). Others do not change.
///
/// Coins cannot be copied; the vault is the same vector throughout.
pub fn advance(meter: &mut Meter, event: Event) -> Option<Coin> {
    let (vault, minutes, stuck) = match mem::replace(meter, Meter::Idle { vault: Vec::new() }) {
        Meter::Idle { vault } => (vault, 0, None),
        Meter::Running { vault, minutes } => (vault, minutes, None),
        Meter::Jammed {
            vault,
            minutes,
            stuck,
        } => (vault, minutes, Some(stuck)),
    };
    let (next, out) = match (event, stuck) {
        (Event::Repair, stuck) => (Meter::showing(vault, minutes), stuck),
        (Event::Insert(coin), Some(stuck)) => (
            Meter::Jammed {
                vault,
                minutes,
                stuck,
            },
            Some(coin),
        ),
        (Event::Minute, Some(stuck)) => (
            Meter::Jammed {
                vault,
                minutes,
                stuck,
            },
            None,
        ),
        (Event::Minute, None) => (Meter::showing(vault, minutes.saturating_sub(1)), None),
        (Event::Insert(stuck @ Coin(0)), None) => (
            Meter::Jammed {
                vault,
                minutes,
                stuck,
            },
            None,
        ),
        (Event::Insert(coin), None) => {
            let minutes = minutes.saturating_add(coin.0).min(240);
            let mut vault = vault;
            vault.push(coin);
            (Meter::Running { vault, minutes }, None)
        }
    };
    *meter = next;
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coins(values: &[u32]) -> Vec<Coin> {
        values.iter().map(|&value| Coin(value)).collect()
    }

    #[test]
    fn coins_buy_minutes() {
        let mut meter = Meter::Idle { vault: coins(&[9]) };
        assert_eq!(advance(&mut meter, Event::Insert(Coin(10))), None);
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[9, 10]),
                minutes: 10
            }
        );
        assert_eq!(advance(&mut meter, Event::Insert(Coin(1))), None);
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[9, 10, 1]),
                minutes: 11
            }
        );
    }

    #[test]
    fn at_most_four_hours() {
        let mut meter = Meter::Running {
            vault: coins(&[]),
            minutes: 200,
        };
        advance(&mut meter, Event::Insert(Coin(39)));
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[39]),
                minutes: 239
            }
        );
        advance(&mut meter, Event::Insert(Coin(2)));
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[39, 2]),
                minutes: 240
            }
        );
        advance(&mut meter, Event::Insert(Coin(u32::MAX)));
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[39, 2, u32::MAX]),
                minutes: 240
            }
        );
    }

    #[test]
    fn minutes_pass() {
        let mut meter = Meter::Running {
            vault: coins(&[2]),
            minutes: 2,
        };
        assert_eq!(advance(&mut meter, Event::Minute), None);
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[2]),
                minutes: 1
            }
        );
        assert_eq!(advance(&mut meter, Event::Minute), None);
        assert_eq!(meter, Meter::Idle { vault: coins(&[2]) });
        assert_eq!(advance(&mut meter, Event::Minute), None);
        assert_eq!(meter, Meter::Idle { vault: coins(&[2]) });
    }

    #[test]
    fn false_coins_jam() {
        let mut meter = Meter::Running {
            vault: coins(&[5]),
            minutes: 3,
        };
        assert_eq!(advance(&mut meter, Event::Insert(Coin(0))), None);
        assert_eq!(
            meter,
            Meter::Jammed {
                vault: coins(&[5]),
                minutes: 3,
                stuck: Coin(0)
            }
        );
        assert_eq!(advance(&mut meter, Event::Minute), None);
        assert_eq!(advance(&mut meter, Event::Insert(Coin(20))), Some(Coin(20)));
        assert_eq!(advance(&mut meter, Event::Insert(Coin(0))), Some(Coin(0)));
        assert_eq!(
            meter,
            Meter::Jammed {
                vault: coins(&[5]),
                minutes: 3,
                stuck: Coin(0)
            }
        );
        assert_eq!(advance(&mut meter, Event::Repair), Some(Coin(0)));
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[5]),
                minutes: 3
            }
        );
    }

    #[test]
    fn an_idle_meter_jams_at_zero() {
        let mut meter = Meter::Idle { vault: coins(&[8]) };
        advance(&mut meter, Event::Insert(Coin(0)));
        assert_eq!(
            meter,
            Meter::Jammed {
                vault: coins(&[8]),
                minutes: 0,
                stuck: Coin(0)
            }
        );
        assert_eq!(advance(&mut meter, Event::Repair), Some(Coin(0)));
        assert_eq!(meter, Meter::Idle { vault: coins(&[8]) });
    }

    #[test]
    fn repair_of_a_sound_meter_and_the_same_vault() {
        let vault = coins(&[4, 4]);
        let place = vault.as_ptr();
        let mut meter = Meter::Running { vault, minutes: 7 };
        assert_eq!(advance(&mut meter, Event::Repair), None);
        assert_eq!(
            meter,
            Meter::Running {
                vault: coins(&[4, 4]),
                minutes: 7
            }
        );
        advance(&mut meter, Event::Minute);
        assert!(matches!(&meter, Meter::Running { vault, minutes: 6 } if vault.as_ptr() == place));
        let mut meter = Meter::Idle { vault: coins(&[1]) };
        assert_eq!(advance(&mut meter, Event::Repair), None);
        assert_eq!(meter, Meter::Idle { vault: coins(&[1]) });
    }
}
