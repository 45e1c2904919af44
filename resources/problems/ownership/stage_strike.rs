//! difficulty: 2
use std::cell::RefCell;
use std::rc::Rc;

/// A lamp above the stage. When it is dropped its name goes to the end of the log.
pub struct Lamp {
    pub name: &'static str,
    pub log: Rc<RefCell<Vec<&'static str>>>,
}

impl Drop for Lamp {
    fn drop(&mut self) {
        self.log.borrow_mut().push(self.name);
    }
}

// entry
/// Takes the lamps of a rig down and drops them, from the last of the list to the first.
///
/// One lamp may be kept: of those whose name is exactly `keep`, the one nearest to the end of the
/// list. It is not dropped but returned. All other lamps, further ones of that name included, have
/// been dropped, in that order, when the function returns. `None` if no lamp has the name.
///
/// For the lamps a, b, c, b and `keep` = "b", the log reads c, b, a afterwards, and the last b is
/// returned.
pub fn strike(rig: Vec<Lamp>, keep: &str) -> Option<Lamp> {
    let mut kept = None;
    for lamp in rig.into_iter().rev() {
        if kept.is_none() && lamp.name == keep {
            kept = Some(lamp);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    type Log = Rc<RefCell<Vec<&'static str>>>;

    fn rig(names: &[&'static str]) -> (Vec<Lamp>, Log) {
        let log = Log::default();
        let lamps = names
            .iter()
            .map(|name| Lamp {
                name,
                log: Rc::clone(&log),
            })
            .collect();
        (lamps, log)
    }

    #[test]
    fn last_one_first() {
        let (lamps, log) = rig(&["left", "middle", "right"]);
        assert!(strike(lamps, "none of them").is_none());
        assert_eq!(*log.borrow(), ["right", "middle", "left"]);
    }

    #[test]
    fn one_is_kept() {
        let (lamps, log) = rig(&["left", "middle", "right"]);
        let kept = strike(lamps, "middle");
        assert_eq!(kept.as_ref().map(|lamp| lamp.name), Some("middle"));
        assert_eq!(*log.borrow(), ["right", "left"]);
        drop(kept);
        assert_eq!(*log.borrow(), ["right", "left", "middle"]);
    }

    #[test]
    fn only_the_last_of_equal_names_is_kept() {
        let (mut lamps, log) = rig(&["b", "a", "c", "b", "d"]);
        let other = Log::default();
        lamps[3].log = Rc::clone(&other);
        let kept = strike(lamps, "b");
        assert_eq!(*log.borrow(), ["d", "c", "a", "b"]);
        assert!(other.borrow().is_empty());
        assert!(kept.is_some_and(|lamp| Rc::ptr_eq(&lamp.log, &other)));
        assert_eq!(*other.borrow(), ["b"]);
    }

    #[test]
    fn the_last_and_the_first() {
        let (lamps, log) = rig(&["a", "b"]);
        assert_eq!(strike(lamps, "b").map(|lamp| lamp.name), Some("b"));
        assert_eq!(*log.borrow(), ["a", "b"]);
        let (lamps, log) = rig(&["a", "b"]);
        assert_eq!(strike(lamps, "a").map(|lamp| lamp.name), Some("a"));
        assert_eq!(*log.borrow(), ["b", "a"]);
    }

    #[test]
    fn names_are_compared_exactly() {
        let (lamps, log) = rig(&["Spot", "spot 2"]);
        assert!(strike(lamps, "spot").is_none());
        assert_eq!(*log.borrow(), ["spot 2", "Spot"]);
        let (lamps, log) = rig(&[]);
        assert!(strike(lamps, "").is_none());
        assert!(log.borrow().is_empty());
    }
}
