//! difficulty: 2

use std::cell::RefCell;
use std::rc::Rc;

/// Knows how to undo a step on the stage; may fail, and then says why.
pub type Undo = Box<dyn FnOnce() -> Result<(), String>>;

/// A rehearsal on a stage. What is moved there is put back at the end, unless it is to be kept.
pub struct Rehearsal {
    /// How to undo the steps, the first step first.
    pub undo: Vec<Undo>,
    pub keep: bool,
    /// Where failures are written down.
    pub failures: Rc<RefCell<Vec<String>>>,
}

// entry
/// At the end of a rehearsal its steps are undone, the last one first; each way of undoing is called at most once.
/// If one fails, its reason is added to `failures` and the steps before it are undone all the same; but after the
/// third failure of a rehearsal, no further step is undone.
///
/// With `keep`, nothing is undone.
impl Drop for Rehearsal {
    fn drop(&mut self) {
        if self.keep {
            return;
        }
        let mut failed = 0;
        while let Some(undo) = self.undo.pop() {
            if let Err(reason) = undo() {
                self.failures.borrow_mut().push(reason);
                failed += 1;
                if failed == 3 {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Log = Rc<RefCell<Vec<String>>>;

    /// A rehearsal whose steps, when undone, write their names down; those in capitals fail.
    fn rehearse(steps: &[&'static str], keep: bool, failures: &Log) -> (Rehearsal, Log) {
        let log = Log::default();
        let mut undo: Vec<Undo> = Vec::new();
        for &step in steps {
            let log = Rc::clone(&log);
            undo.push(Box::new(move || {
                log.borrow_mut().push(step.to_string());
                if step.to_lowercase() == step { Ok(()) } else { Err(format!("stuck: {step}")) }
            }));
        }
        (Rehearsal { undo, keep, failures: Rc::clone(failures) }, log)
    }

    fn undone(steps: &[&'static str], keep: bool) -> (Vec<String>, Vec<String>) {
        let failures = Log::default();
        let (rehearsal, log) = rehearse(steps, keep, &failures);
        assert!(log.borrow().is_empty());
        drop(rehearsal);
        assert_eq!(Rc::strong_count(&log), 1);
        (log.take(), failures.take())
    }

    #[test]
    fn the_last_step_is_undone_first() {
        assert_eq!(undone(&["a", "b", "c"], false).0, ["c", "b", "a"]);
        assert_eq!(undone(&["a"], false).0, ["a"]);
        assert_eq!(undone(&[], false), (vec![], vec![]));
    }

    #[test]
    fn steps_can_be_kept() {
        assert_eq!(undone(&["a", "B", "c"], true), (vec![], vec![]));
        assert_eq!(undone(&[], true), (vec![], vec![]));
    }

    #[test]
    fn failures_are_written_down() {
        let (log, failures) = undone(&["a", "B", "c", "D"], false);
        assert_eq!(log, ["D", "c", "B", "a"]);
        assert_eq!(failures, ["stuck: D", "stuck: B"]);
    }

    #[test]
    fn the_third_failure_is_the_end() {
        let (log, failures) = undone(&["z", "Y", "x", "C", "B", "w", "A"], false);
        assert_eq!(log, ["A", "w", "B", "C"]);
        assert_eq!(failures, ["stuck: A", "stuck: B", "stuck: C"]);
    }

    #[test]
    fn failures_of_others_do_not_count() {
        let failures = Log::default();
        let (first, _) = rehearse(&["A", "B"], false, &failures);
        let (second, log) = rehearse(&["x", "C", "D"], false, &failures);
        drop(first);
        drop(second);
        assert_eq!(*log.borrow(), ["D", "C", "x"]);
        assert_eq!(*failures.borrow(), ["stuck: B", "stuck: A", "stuck: D", "stuck: C"]);
    }
}
