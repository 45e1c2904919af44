//! difficulty: 1
/// A lock of a canal, and what its keeper wrote down.
#[derive(Debug, Default)]
pub struct Lock {
    pub open: bool,
    pub passed: u32,
    pub log: Vec<String>,
}

/// A boat that has the lock for itself as long as this lives.
#[derive(Debug)]
pub struct Passage<'l> {
    pub lock: &'l mut Lock,
    pub boat: &'l str,
}

// entry
/// What happens when the passage of a boat ends.
///
/// If the lock is open, the boat has passed: `passed` grows by one, the log gets "BOAT passed"
/// (with the boat's name for BOAT), and the lock is closed. If it is closed, the log gets "BOAT
/// turned back", and nothing else changes.
impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if self.lock.open {
            self.lock.open = false;
            self.lock.passed += 1;
            self.lock.log.push(format!("{} passed", self.boat));
        } else {
            self.lock.log.push(format!("{} turned back", self.boat));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_lock_is_closed_behind_the_boat() {
        let mut lock = Lock {
            open: true,
            ..Lock::default()
        };
        drop(Passage {
            lock: &mut lock,
            boat: "Otter",
        });
        assert!(!lock.open);
        assert_eq!(lock.passed, 1);
        assert_eq!(lock.log, ["Otter passed"]);
    }

    #[test]
    fn a_closed_lock_turns_boats_back() {
        let mut lock = Lock {
            passed: 3,
            ..Lock::default()
        };
        drop(Passage {
            lock: &mut lock,
            boat: "Heron",
        });
        assert!(!lock.open);
        assert_eq!(lock.passed, 3);
        assert_eq!(lock.log, ["Heron turned back"]);
    }

    #[test]
    fn what_counts_is_the_end_of_the_passage() {
        let mut lock = Lock::default();
        {
            let passage = Passage {
                lock: &mut lock,
                boat: "Eel",
            };
            passage.lock.open = true;
            passage.lock.log.push("opened".to_string());
            assert_eq!(passage.lock.passed, 0);
        }
        assert_eq!(lock.log, ["opened", "Eel passed"]);
        assert_eq!((lock.open, lock.passed), (false, 1));
        {
            lock.open = true;
            let passage = Passage {
                lock: &mut lock,
                boat: "",
            };
            passage.lock.open = false;
        }
        assert_eq!(lock.log, ["opened", "Eel passed", " turned back"]);
        assert_eq!((lock.open, lock.passed), (false, 1));
    }

    #[test]
    fn one_boat_after_the_other() {
        let mut lock = Lock {
            open: true,
            passed: 9,
            log: vec![],
        };
        for boat in ["Swan", "Coot"] {
            let _passage = Passage {
                lock: &mut lock,
                boat,
            };
        }
        assert_eq!(lock.passed, 10);
        assert_eq!(lock.log, ["Swan passed", "Coot turned back"]);
    }
}
