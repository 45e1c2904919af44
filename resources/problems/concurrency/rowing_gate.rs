//! difficulty: 2

use std::sync::{Condvar, Mutex};

/// The start of a rowing race: it opens when all boats are there.
pub struct Gate {
    /// How many boats are still missing.
    pub missing: Mutex<usize>,
    pub opened: Condvar,
}

impl Gate {
    pub fn new(boats: usize) -> Gate {
        Gate { missing: Mutex::new(boats), opened: Condvar::new() }
    }
}

// entry
/// `pub fn arrive(&self) -> usize`: one boat more is there. Returns how many are still missing; a boat too many
/// changes nothing and gets 0. When the last boat arrives, everybody who waits goes on. Never blocks.
///
/// `pub fn wait(&self)` returns as soon as no boat is missing, at once if that is so already. Any number of threads
/// may wait at the same time.
impl Gate {
    pub fn arrive(&self) -> usize {
        let mut missing = self.missing.lock().unwrap();
        *missing = missing.saturating_sub(1);
        if *missing == 0 {
            self.opened.notify_all();
        }
        *missing
    }

    pub fn wait(&self) {
        let mut missing = self.missing.lock().unwrap();
        while *missing != 0 {
            missing = self.opened.wait(missing).unwrap();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    #[test]
    fn boats_are_counted() {
        let gate = Gate::new(3);
        assert_eq!(gate.arrive(), 2);
        assert_eq!(gate.arrive(), 1);
        assert_eq!(*gate.missing.lock().unwrap(), 1);
        assert_eq!(gate.arrive(), 0);
        assert_eq!(gate.arrive(), 0);
        assert_eq!(*gate.missing.lock().unwrap(), 0);
    }

    #[test]
    fn an_open_gate_lets_pass() {
        let gate = Gate::new(0);
        gate.wait();
        assert_eq!(gate.arrive(), 0);
        gate.wait();
        let single = Gate::new(1);
        assert_eq!(single.arrive(), 0);
        single.wait();
        single.wait();
    }

    #[test]
    fn nobody_passes_too_early() {
        let gate = Gate::new(2);
        let last = AtomicBool::new(false);
        let passed = AtomicUsize::new(0);
        thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for _ in 0..3 {
                let sender = sender.clone();
                let (gate, last, passed) = (&gate, &last, &passed);
                scope.spawn(move || {
                    sender.send(()).expect("somebody listens");
                    gate.wait();
                    assert!(last.load(Ordering::SeqCst));
                    passed.fetch_add(1, Ordering::SeqCst);
                });
            }
            assert_eq!(receiver.iter().take(3).count(), 3);
            assert_eq!(gate.arrive(), 1);
            for _ in 0..300 {
                thread::yield_now();
            }
            last.store(true, Ordering::SeqCst);
            assert_eq!(gate.arrive(), 0);
        });
        assert_eq!(passed.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn boats_arrive_from_many_threads() {
        let gate = Gate::new(4);
        let mut missing: Vec<usize> = thread::scope(|scope| {
            let boats: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        let missing = gate.arrive();
                        gate.wait();
                        missing
                    })
                })
                .collect();
            boats.into_iter().map(|boat| boat.join().unwrap()).collect()
        });
        missing.sort_unstable();
        assert_eq!(missing, [0, 1, 2, 3]);
    }
}
