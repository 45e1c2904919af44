//! difficulty: 2

/// What a ticket machine was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub zones: (u8, u8),
    /// Minute of the day.
    pub start: u16,
    /// Minutes that the ticket is valid.
    pub valid: u16,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    pub first_zone: u8,
    pub zone_count: u8,
    /// The first minute of the day at which it is no longer valid.
    pub ends: u16,
}

#[derive(Debug, PartialEq, Eq)]
pub enum TicketError {
    NoSuchZone(u8),
    NoSuchMinute(u16),
    NotSold { valid: u16 },
    /// Would be valid for so many minutes of the next day.
    PastMidnight { by: u16 },
}

/// The day has this many minutes, the first is minute 0.
pub const DAY: u16 = 1440;

// entry
/// Turns a request into a ticket, or says what is wrong with it. Checked in this order:
///
/// 1. Zones are 1 to 8. `NoSuchZone` names the first one of the pair that is not, or else the second one.
/// 2. The start is a minute of the day, or `NoSuchMinute`.
/// 3. Tickets are sold for 30, 60 or 120 minutes, others are `NotSold`. Only those that pass more than two zones
///    can be sold for 120 minutes.
/// 4. A ticket that ends at midnight is fine; one that ends later is `PastMidnight`.
///
/// The zones of the pair may be in any order and may be the same; the ticket covers all from the lower to the
/// higher one: zones 5 and 3 give `first_zone` 3 and `zone_count` 3.
impl TryFrom<Request> for Ticket {
    type Error = TicketError;

    fn try_from(request: Request) -> Result<Self, Self::Error> {
        let (from, to) = request.zones;
        if let Some(zone) = [from, to].into_iter().find(|zone| !(1..=8).contains(zone)) {
            return Err(TicketError::NoSuchZone(zone));
        }
        if request.start >= DAY {
            return Err(TicketError::NoSuchMinute(request.start));
        }
        let zone_count = from.abs_diff(to) + 1;
        match request.valid {
            30 | 60 => {}
            120 if zone_count > 2 => {}
            valid => return Err(TicketError::NotSold { valid }),
        }
        let ends = request.start + request.valid;
        match ends.checked_sub(DAY) {
            None | Some(0) => Ok(Ticket { first_zone: from.min(to), zone_count, ends }),
            Some(by) => Err(TicketError::PastMidnight { by }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buy(zones: (u8, u8), start: u16, valid: u16) -> Result<Ticket, TicketError> {
        Ticket::try_from(Request { zones, start, valid })
    }

    fn ticket(first_zone: u8, zone_count: u8, ends: u16) -> Result<Ticket, TicketError> {
        Ok(Ticket { first_zone, zone_count, ends })
    }

    #[test]
    fn zones_in_any_order() {
        assert_eq!(buy((5, 3), 600, 60), ticket(3, 3, 660));
        assert_eq!(buy((3, 5), 0, 120), ticket(3, 3, 120));
        assert_eq!(buy((1, 8), 10, 30), ticket(1, 8, 40));
        assert_eq!(buy((8, 8), 10, 30), ticket(8, 1, 40));
    }

    #[test]
    fn zones_that_do_not_exist() {
        assert_eq!(buy((0, 3), 600, 60), Err(TicketError::NoSuchZone(0)));
        assert_eq!(buy((3, 9), 600, 60), Err(TicketError::NoSuchZone(9)));
        assert_eq!(buy((9, 0), 600, 60), Err(TicketError::NoSuchZone(9)));
        assert_eq!(buy((0, 255), 9999, 1), Err(TicketError::NoSuchZone(0)));
    }

    #[test]
    fn minutes_and_durations() {
        assert_eq!(buy((1, 1), 1440, 1), Err(TicketError::NoSuchMinute(1440)));
        assert_eq!(buy((1, 1), 65535, 60), Err(TicketError::NoSuchMinute(65535)));
        assert_eq!(buy((1, 1), 1439, 45), Err(TicketError::NotSold { valid: 45 }));
        assert_eq!(buy((1, 1), 600, 0), Err(TicketError::NotSold { valid: 0 }));
        assert_eq!(buy((1, 3), 1400, 65535), Err(TicketError::NotSold { valid: 65535 }));
    }

    #[test]
    fn two_hours_need_three_zones() {
        assert_eq!(buy((4, 5), 600, 120), Err(TicketError::NotSold { valid: 120 }));
        assert_eq!(buy((4, 4), 600, 120), Err(TicketError::NotSold { valid: 120 }));
        assert_eq!(buy((6, 4), 600, 120), ticket(4, 3, 720));
    }

    #[test]
    fn ends_by_midnight() {
        assert_eq!(buy((1, 2), 1410, 30), ticket(1, 2, 1440));
        assert_eq!(buy((1, 2), 1411, 30), Err(TicketError::PastMidnight { by: 1 }));
        assert_eq!(buy((1, 2), 1439, 60), Err(TicketError::PastMidnight { by: 59 }));
        assert_eq!(buy((2, 1), 1409, 30), ticket(1, 2, 1439));
    }
}
