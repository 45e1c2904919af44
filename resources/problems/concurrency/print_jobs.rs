//! difficulty: 3

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Mutex;
use std::thread;

/// A job of a printer: gives the number of pages, or panics.
pub type Job = Box<dyn FnOnce() -> u32 + Send>;

/// The message of a panic.
pub fn panic_message(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => payload.downcast_ref::<&str>().map_or(String::new(), |message| message.to_string()),
    }
}

// entry
/// Runs all jobs in `printers` threads and no more (`printers` is never 0, and none of them is the thread of the
/// caller). Returns the outcomes in the order of `jobs`: the number of pages, or the message of the panic if the job
/// panicked.
///
/// A printer that has finished a job takes the first one of those that are left, so that no printer is idle while
/// jobs are left. A job that panics stops neither its printer nor any other job.
pub fn run_jobs(jobs: Vec<Job>, printers: usize) -> Vec<Result<u32, String>> {
    let queue = Mutex::new(jobs.into_iter().enumerate());
    let outcomes = Mutex::new(BTreeMap::new());
    let work = || loop {
        let next = queue.lock().unwrap().next();
        let Some((index, job)) = next else {
            break;
        };
        let outcome = panic::catch_unwind(AssertUnwindSafe(job)).map_err(panic_message);
        outcomes.lock().unwrap().insert(index, outcome);
    };
    thread::scope(|scope| {
        for printer in std::iter::repeat_n(work, printers) {
            scope.spawn(printer);
        }
    });
    outcomes.into_inner().unwrap().into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::sync::mpsc;
    use std::sync::{Arc, Barrier};

    fn pages(number: u32) -> Job {
        Box::new(move || number)
    }

    fn jam(message: &'static str) -> Job {
        Box::new(move || panic!("{message}"))
    }

    #[test]
    fn outcomes_are_in_order() {
        assert_eq!(run_jobs(vec![pages(5), pages(1), pages(3)], 2), [Ok(5), Ok(1), Ok(3)]);
        assert_eq!(run_jobs((0..40).map(pages).collect(), 3), (0..40).map(Ok).collect::<Vec<_>>());
        assert_eq!(run_jobs(vec![pages(8)], 5), [Ok(8)]);
        assert_eq!(run_jobs(vec![], 2), []);
    }

    #[test]
    fn panics_are_outcomes() {
        let fixed: Job = Box::new(|| panic!("no ink"));
        let outcomes = run_jobs(vec![pages(1), fixed, pages(2), jam("paper jam"), pages(3)], 1);
        assert_eq!(outcomes, [Ok(1), Err("no ink".to_string()), Ok(2), Err("paper jam".to_string()), Ok(3)]);
        assert_eq!(run_jobs(vec![jam("a"), jam("b")], 2), [Err("a".to_string()), Err("b".to_string())]);
    }

    #[test]
    fn one_printer_takes_jobs_in_order() {
        let clock = Arc::new(AtomicU32::new(10));
        let jobs = (0..6).map(|_| {
            let clock = Arc::clone(&clock);
            Box::new(move || clock.fetch_add(1, Ordering::SeqCst)) as Job
        });
        let outcomes = run_jobs(jobs.collect(), 1);
        assert_eq!(outcomes, [Ok(10), Ok(11), Ok(12), Ok(13), Ok(14), Ok(15)]);
        assert_eq!(Arc::strong_count(&clock), 1);
    }

    #[test]
    fn printers_work_at_the_same_time() {
        let together = Arc::new(Barrier::new(3));
        let caller = thread::current().id();
        let jobs = (0..6).map(|_| {
            let together = Arc::clone(&together);
            Box::new(move || {
                together.wait();
                u32::from(thread::current().id() == caller)
            }) as Job
        });
        assert_eq!(run_jobs(jobs.collect(), 3), [Ok(0), Ok(0), Ok(0), Ok(0), Ok(0), Ok(0)]);
    }

    #[test]
    fn there_are_no_more_printers() {
        let begun = Arc::new(AtomicU32::new(0));
        let jobs = (0..4).map(|number| {
            let begun = Arc::clone(&begun);
            Box::new(move || {
                begun.fetch_add(1, Ordering::SeqCst);
                for _ in 0..if number == 0 { 5000 } else { 0 } {
                    thread::yield_now();
                }
                begun.load(Ordering::SeqCst)
            }) as Job
        });
        assert_eq!(run_jobs(jobs.collect(), 1), [Ok(1), Ok(2), Ok(3), Ok(4)]);
    }

    #[test]
    fn a_long_job_holds_nobody_up() {
        let (sender, receiver) = mpsc::channel();
        let long: Job = Box::new(move || receiver.iter().take(4).sum());
        let short = (1..=4).map(|number| {
            let sender = sender.clone();
            Box::new(move || {
                sender.send(number).expect("the long job waits");
                number
            }) as Job
        });
        let outcomes = run_jobs([long].into_iter().chain(short).collect(), 2);
        assert_eq!(outcomes, [Ok(10), Ok(1), Ok(2), Ok(3), Ok(4)]);
    }
}
