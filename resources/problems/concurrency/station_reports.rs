//! difficulty: 2

use std::sync::mpsc::{self, Sender};
use std::thread;

// entry
/// Lets the stations 0, 1, ... `stations - 1` report, all at the same time: `report` is called for each of them with
/// its number and a sender, in a thread of its own. A station may send any number of readings, also none.
///
/// Returns once all of them are done, with the sum of all readings (0 if there were none) and the readings
/// themselves, the greatest first.
pub fn gather_reports(stations: usize, report: impl Fn(usize, Sender<u32>) + Sync) -> (u64, Vec<u32>) {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for station in 0..stations {
            let (sender, report) = (sender.clone(), &report);
            scope.spawn(move || report(station, sender));
        }
    });
    drop(sender);
    let mut readings: Vec<u32> = receiver.iter().collect();
    readings.sort_unstable_by(|a, b| b.cmp(a));
    (readings.iter().copied().map(u64::from).sum(), readings)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Barrier, Mutex};

    #[test]
    fn all_readings_are_gathered() {
        let readings: [&[u32]; 4] = [&[3, 1], &[], &[7], &[3, 9, 2]];
        let gathered = gather_reports(4, |station, sender| {
            for &reading in readings[station] {
                sender.send(reading).expect("somebody listens");
            }
        });
        assert_eq!(gathered, (25, vec![9, 7, 3, 3, 2, 1]));
    }

    #[test]
    fn silent_stations() {
        assert_eq!(gather_reports(0, |_, _| panic!("no such station")), (0, vec![]));
        let called = AtomicUsize::new(0);
        let gathered = gather_reports(3, |_, _| {
            called.fetch_add(1, Ordering::SeqCst);
        });
        assert_eq!(gathered, (0, vec![]));
        assert_eq!(called.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn sums_may_be_large() {
        let gathered = gather_reports(2, |station, sender| {
            sender.send(u32::MAX - station as u32).expect("somebody listens");
        });
        assert_eq!(gathered, (8_589_934_589, vec![u32::MAX, u32::MAX - 1]));
    }

    #[test]
    fn stations_report_at_the_same_time() {
        let together = Barrier::new(3);
        let threads = Mutex::new(vec![thread::current().id()]);
        let (sum, readings) = gather_reports(3, |station, sender| {
            together.wait();
            sender.send(station as u32).expect("somebody listens");
            threads.lock().unwrap().push(thread::current().id());
        });
        assert_eq!((sum, readings), (3, vec![2, 1, 0]));
        let threads = threads.into_inner().unwrap();
        assert_eq!(threads.len(), 4);
        for (index, thread) in threads.iter().enumerate() {
            assert!(!threads[..index].contains(thread));
        }
    }
}
