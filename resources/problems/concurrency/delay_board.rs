//! difficulty: 2

use std::collections::BTreeMap;
use std::sync::RwLock;

/// What is known about a tram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delay {
    /// When it was reported, as a running number.
    pub report: u32,
    pub minutes: u32,
}

/// The delays of all trams, by line; read by many threads at once.
#[derive(Default)]
pub struct DelayBoard {
    pub delays: RwLock<BTreeMap<String, Delay>>,
}

// entry
/// `pub fn minutes(&self, line: &str) -> Option<u32>` gives the minutes of a line, `None` if nothing is known of it.
///
/// `pub fn late(&self, limit: u32) -> Vec<String>` gives the lines that are late by more than `limit` minutes, the
/// latest first; lines with the same delay in alphabetical order.
///
/// Both only read: they work while other threads are reading too.
///
/// `pub fn report(&self, line: &str, delay: Delay) -> bool` takes a delay over for its line, unless the number of
/// the report that is known there already is the same or greater. Returns whether it was taken over.
impl DelayBoard {
    pub fn minutes(&self, line: &str) -> Option<u32> {
        self.delays.read().unwrap().get(line).map(|delay| delay.minutes)
    }

    pub fn late(&self, limit: u32) -> Vec<String> {
        let delays = self.delays.read().unwrap();
        let mut late: Vec<(&String, u32)> = delays.iter().map(|(line, delay)| (line, delay.minutes)).collect();
        late.retain(|&(_, minutes)| minutes > limit);
        late.sort_by_key(|&(_, minutes)| std::cmp::Reverse(minutes));
        late.into_iter().map(|(line, _)| line.clone()).collect()
    }

    pub fn report(&self, line: &str, delay: Delay) -> bool {
        let mut delays = self.delays.write().unwrap();
        let is_news = delays.get(line).is_none_or(|known| known.report < delay.report);
        if is_news {
            delays.insert(line.to_string(), delay);
        }
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    fn delay(report: u32, minutes: u32) -> Delay {
        Delay { report, minutes }
    }

    fn board(delays: &[(&str, u32)]) -> DelayBoard {
        let board = DelayBoard::default();
        for &(line, minutes) in delays {
            assert!(board.report(line, delay(0, minutes)));
        }
        board
    }

    #[test]
    fn newer_reports_replace_older_ones() {
        let board = DelayBoard::default();
        assert_eq!(board.minutes("4"), None);
        assert!(board.report("4", delay(7, 3)));
        assert_eq!(board.minutes("4"), Some(3));
        assert!(!board.report("4", delay(7, 9)));
        assert!(!board.report("4", delay(6, 9)));
        assert_eq!(board.minutes("4"), Some(3));
        assert!(board.report("4", delay(8, 0)));
        assert_eq!(board.minutes("4"), Some(0));
        assert!(board.report("5", delay(0, 2)));
        assert_eq!((board.minutes("4"), board.minutes("5")), (Some(0), Some(2)));
        assert_eq!(board.delays.read().unwrap()["4"], delay(8, 0));
    }

    #[test]
    fn late_lines_are_in_order() {
        let board = board(&[("9", 4), ("2", 11), ("7", 4), ("1", 3), ("8", 0)]);
        assert_eq!(board.late(3), ["2", "7", "9"]);
        assert_eq!(board.late(0), ["2", "7", "9", "1"]);
        assert_eq!(board.late(10), ["2"]);
        assert_eq!(board.late(11), Vec::<String>::new());
        assert_eq!(DelayBoard::default().late(0), Vec::<String>::new());
    }

    #[test]
    fn reading_does_not_exclude_readers() {
        let board = board(&[("3", 5)]);
        let held = board.delays.read().unwrap();
        thread::scope(|scope| {
            let reader = scope.spawn(|| (board.minutes("3"), board.late(1)));
            assert_eq!(reader.join().unwrap(), (Some(5), vec!["3".to_string()]));
        });
        assert_eq!(held.len(), 1);
    }

    #[test]
    fn one_thread_has_the_news() {
        let board = DelayBoard::default();
        let taken: usize = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| board.report("6", delay(1, 2)))).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(taken, 1);
        assert_eq!(board.minutes("6"), Some(2));
    }
}
