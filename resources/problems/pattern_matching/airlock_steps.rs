//! difficulty: 2

/// Where an airlock stands; `Between` is the state with both doors shut, with the pressure in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Airlock {
    InsideOpen,
    OutsideOpen,
    Between { pressure: u8 },
    Alarm { seconds: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Shut,
    OpenInside,
    OpenOutside,
    /// Air is pumped in (or out, if negative) by so many percent.
    Pump(i8),
    /// A second has passed.
    Tick,
    Reset,
}

// entry
/// `pub fn after(self, event: Event) -> Airlock`, the state that follows on an event:
///
/// - `Shut` shuts the open door: from `InsideOpen` to `Between` with 100, from `OutsideOpen` to `Between` with 0.
/// - `OpenInside` works from `Between` with a pressure of 95 or more, `OpenOutside` from `Between` with 5 or less.
///   With any other pressure, opening a door sets off `Alarm` with 0 seconds.
/// - `Pump` changes the pressure of `Between`; it stays within 0 to 100. With an open door, pumping by anything but
///   0 sets off `Alarm` with 0 seconds.
/// - In `Alarm`, `Tick` adds a second (it stays at `u32::MAX`), and `Reset` leads to `Between` with 50, but only
///   after 10 seconds or more.
///
/// Whatever is not listed changes nothing.
///
/// `pub fn after_all(self, events: &[Event]) -> Airlock`, the state that follows on all events, in order.
impl Airlock {
    pub fn after(self, event: Event) -> Airlock {
        match (self, event) {
            (Airlock::InsideOpen, Event::Shut) => Airlock::Between { pressure: 100 },
            (Airlock::OutsideOpen, Event::Shut) => Airlock::Between { pressure: 0 },
            (Airlock::Between { pressure: 95.. }, Event::OpenInside) => Airlock::InsideOpen,
            (Airlock::Between { pressure: ..=5 }, Event::OpenOutside) => Airlock::OutsideOpen,
            (Airlock::Between { pressure }, Event::Pump(by)) => {
                Airlock::Between { pressure: pressure.saturating_add_signed(by).min(100) }
            }
            (Airlock::Between { .. }, Event::OpenInside | Event::OpenOutside) => Airlock::Alarm { seconds: 0 },
            (Airlock::InsideOpen | Airlock::OutsideOpen, Event::Pump(by)) if by != 0 => Airlock::Alarm { seconds: 0 },
            (Airlock::Alarm { seconds }, Event::Tick) => Airlock::Alarm { seconds: seconds.saturating_add(1) },
            (Airlock::Alarm { seconds: 10.. }, Event::Reset) => Airlock::Between { pressure: 50 },
            (unchanged, _) => unchanged,
        }
    }

    pub fn after_all(self, events: &[Event]) -> Airlock {
        events.iter().fold(self, |airlock, &event| airlock.after(event))
    }
}

#[cfg(test)]
mod tests {
    use super::Airlock::{Alarm, Between, InsideOpen, OutsideOpen};
    use super::Event::{OpenInside, OpenOutside, Pump, Reset, Shut, Tick};
    use super::*;

    fn between(pressure: u8) -> Airlock {
        Between { pressure }
    }

    fn alarm(seconds: u32) -> Airlock {
        Alarm { seconds }
    }

    #[test]
    fn doors() {
        assert_eq!(InsideOpen.after(Shut), between(100));
        assert_eq!(OutsideOpen.after(Shut), between(0));
        assert_eq!(between(95).after(OpenInside), InsideOpen);
        assert_eq!(between(94).after(OpenInside), alarm(0));
        assert_eq!(between(5).after(OpenInside), alarm(0));
        assert_eq!(between(5).after(OpenOutside), OutsideOpen);
        assert_eq!(between(6).after(OpenOutside), alarm(0));
        assert_eq!(between(100).after(OpenOutside), alarm(0));
    }

    #[test]
    fn pumping() {
        assert_eq!(between(40).after(Pump(7)), between(47));
        assert_eq!(between(40).after(Pump(-7)), between(33));
        assert_eq!(between(99).after(Pump(127)), between(100));
        assert_eq!(between(100).after(Pump(-128)), between(0));
        assert_eq!(between(0).after(Pump(100)), between(100));
        for open in [InsideOpen, OutsideOpen] {
            assert_eq!(open.after(Pump(1)), alarm(0));
            assert_eq!(open.after(Pump(-1)), alarm(0));
            assert_eq!(open.after(Pump(0)), open);
        }
    }

    #[test]
    fn alarms() {
        assert_eq!(alarm(3).after(Tick), alarm(4));
        assert_eq!(alarm(u32::MAX).after(Tick), alarm(u32::MAX));
        assert_eq!(alarm(9).after(Reset), alarm(9));
        assert_eq!(alarm(10).after(Reset), between(50));
        assert_eq!(alarm(11).after(Reset), between(50));
    }

    #[test]
    fn everything_else_changes_nothing() {
        for event in [OpenInside, OpenOutside, Tick, Reset] {
            assert_eq!(InsideOpen.after(event), InsideOpen);
            assert_eq!(OutsideOpen.after(event), OutsideOpen);
        }
        for event in [Shut, Tick, Reset] {
            assert_eq!(between(97).after(event), between(97));
        }
        for event in [Shut, OpenInside, OpenOutside, Pump(5)] {
            assert_eq!(alarm(20).after(event), alarm(20));
        }
    }

    #[test]
    fn many_events() {
        assert_eq!(OutsideOpen.after_all(&[]), OutsideOpen);
        assert_eq!(InsideOpen.after_all(&[Shut, Pump(-60), Tick, Pump(-36), OpenOutside]), OutsideOpen);
        let mut events = vec![Shut, OpenOutside];
        events.extend([Tick; 10]);
        assert_eq!(InsideOpen.after_all(&events), alarm(10));
        events.extend([Reset, Pump(44), OpenInside]);
        assert_eq!(InsideOpen.after_all(&events), alarm(0));
    }
}
