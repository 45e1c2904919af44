//! difficulty: 1

/// A stop of a night tram; drivers only halt where the lamp is lit.
#[derive(Debug)]
pub struct Stop {
    pub name: &'static str,
    pub lit: bool,
}

/// The lit stops among those that have not been passed yet, in the order of the line.
pub struct LitStops<'a> {
    pub ahead: &'a [Stop],
}

impl<'a> Iterator for LitStops<'a> {
    type Item = &'a Stop;

    fn next(&mut self) -> Option<&'a Stop> {
        while let Some((stop, rest)) = self.ahead.split_first() {
            self.ahead = rest;
            if stop.lit {
                return Some(stop);
            }
        }
        None
    }
}

// entry
/// Makes the lit stops readable from the far end of the line too. Both ends work on the same stops: one that was
/// given out at one end, or skipped there because it is dark, is gone from `ahead`, and no stop is given out
/// twice. Like `next`, `next_back` takes no more stops off `ahead` than it has to.
impl<'a> DoubleEndedIterator for LitStops<'a> {
    fn next_back(&mut self) -> Option<&'a Stop> {
        while let Some((stop, rest)) = self.ahead.split_last() {
            self.ahead = rest;
            if stop.lit {
                return Some(stop);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: [Stop; 7] = [
        Stop { name: "Depot", lit: false },
        Stop { name: "Mill", lit: true },
        Stop { name: "Quay", lit: true },
        Stop { name: "Park", lit: false },
        Stop { name: "Dome", lit: true },
        Stop { name: "Hill", lit: false },
        Stop { name: "Yard", lit: false },
    ];

    fn name(stop: Option<&Stop>) -> &str {
        stop.map_or("-", |stop| stop.name)
    }

    #[test]
    fn goes_backwards() {
        let names: Vec<&str> = LitStops { ahead: &LINE }.rev().map(|stop| stop.name).collect();
        assert_eq!(names, ["Dome", "Quay", "Mill"]);
    }

    #[test]
    fn takes_only_what_it_needs() {
        let mut stops = LitStops { ahead: &LINE };
        assert_eq!(name(stops.next_back()), "Dome");
        assert_eq!(stops.ahead.len(), 4);
        assert_eq!(stops.ahead[3].name, "Park");
        assert_eq!(name(stops.next_back()), "Quay");
        assert_eq!(stops.ahead.len(), 2);
    }

    #[test]
    fn both_ends_meet() {
        let mut stops = LitStops { ahead: &LINE };
        assert_eq!(name(stops.next()), "Mill");
        assert_eq!(name(stops.next_back()), "Dome");
        assert_eq!(name(stops.next_back()), "Quay");
        assert_eq!(name(stops.next_back()), "-");
        assert_eq!(name(stops.next()), "-");
        assert!(stops.ahead.is_empty());
    }

    #[test]
    fn dark_and_empty_lines_have_no_stop() {
        assert_eq!(name(LitStops { ahead: &LINE[5..] }.next_back()), "-");
        let mut none = LitStops { ahead: &[] };
        assert_eq!(name(none.next_back()), "-");
        assert_eq!(name(none.next_back()), "-");
        assert_eq!(name(LitStops { ahead: &LINE[..2] }.next_back()), "Mill");
    }
}
