//! difficulty: 2

use std::iter::Peekable;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sky {
    Clear,
    Cloudy,
    Fog,
}

/// A stretch of reports that all saw the same sky.
#[derive(Debug, PartialEq, Eq)]
pub struct Spell {
    pub sky: Sky,
    /// Hour of its first report.
    pub first: u32,
    /// Hour of its last report.
    pub last: u32,
}

/// Groups the reports of a weather station, pairs of hour and sky, into spells.
pub struct Spells<I: Iterator<Item = (u32, Sky)>> {
    pub reports: Peekable<I>,
}

// entry
/// Yields the spells in order. A report belongs to the spell before it if it saw the same sky and if its hour is at
/// most 3 greater than the hour of the report right before it; otherwise a new spell begins. The hours never
/// decrease. No reports, no spells.
///
/// Lazy: to give out a spell, the source is read as far as the first report that no longer belongs to it.
///
/// ```text
/// (1, Clear) (2, Clear) (5, Clear) (6, Fog) (10, Fog)  gives  Clear 1 to 5, Fog 6 to 6, Fog 10 to 10
/// ```
impl<I: Iterator<Item = (u32, Sky)>> Iterator for Spells<I> {
    type Item = Spell;

    fn next(&mut self) -> Option<Spell> {
        let (first, sky) = self.reports.next()?;
        let mut last = first;
        while let Some((hour, _)) = self.reports.next_if(|&(hour, seen)| seen == sky && hour - last <= 3) {
            last = hour;
        }
        Some(Spell { sky, first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::Sky::{Clear, Cloudy, Fog};
    use super::*;
    use std::cell::Cell;

    fn spells(reports: &[(u32, Sky)]) -> Vec<Spell> {
        Spells { reports: reports.iter().copied().peekable() }.collect()
    }

    fn spell(sky: Sky, first: u32, last: u32) -> Spell {
        Spell { sky, first, last }
    }

    #[test]
    fn groups_the_same_sky() {
        let found = spells(&[(1, Clear), (2, Clear), (5, Clear), (6, Fog), (10, Fog)]);
        assert_eq!(found, [spell(Clear, 1, 5), spell(Fog, 6, 6), spell(Fog, 10, 10)]);
        let back = spells(&[(1, Clear), (2, Cloudy), (3, Clear)]);
        assert_eq!(back, [spell(Clear, 1, 1), spell(Cloudy, 2, 2), spell(Clear, 3, 3)]);
    }

    #[test]
    fn few_reports() {
        assert_eq!(spells(&[]), []);
        assert_eq!(spells(&[(0, Fog)]), [spell(Fog, 0, 0)]);
        assert_eq!(spells(&[(7, Fog), (7, Fog)]), [spell(Fog, 7, 7)]);
    }

    #[test]
    fn the_gap_counts_from_the_report_before() {
        assert_eq!(spells(&[(0, Fog), (3, Fog), (6, Fog), (9, Fog)]), [spell(Fog, 0, 9)]);
        assert_eq!(spells(&[(0, Fog), (2, Fog), (6, Fog)]), [spell(Fog, 0, 2), spell(Fog, 6, 6)]);
        assert_eq!(spells(&[(4, Fog), (8, Fog)]).len(), 2);
        assert_eq!(spells(&[(4, Fog), (7, Fog)]).len(), 1);
    }

    #[test]
    fn reads_one_report_ahead_and_no_more() {
        let read = Cell::new(0);
        let source = [(1, Clear), (2, Clear), (3, Fog), (4, Fog), (5, Clear), (6, Clear)];
        let reports = source.into_iter().inspect(|_| read.set(read.get() + 1)).peekable();
        let mut lazy = Spells { reports };
        assert_eq!(read.get(), 0);
        assert_eq!(lazy.next(), Some(spell(Clear, 1, 2)));
        assert_eq!(read.get(), 3);
        assert_eq!(lazy.next(), Some(spell(Fog, 3, 4)));
        assert_eq!(read.get(), 5);
        assert_eq!(lazy.next(), Some(spell(Clear, 5, 6)));
        assert_eq!(lazy.next(), None);
    }
}
