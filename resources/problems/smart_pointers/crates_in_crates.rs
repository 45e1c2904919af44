//! difficulty: 3

use std::cell::RefCell;
use std::rc::{Rc, Weak};

/// A crate of a museum, which may hold other crates.
pub struct Crate {
    pub label: String,
    pub holder: RefCell<Weak<Crate>>,
    pub inside: RefCell<Vec<Rc<Crate>>>,
}

impl Crate {
    pub fn new(label: &str) -> Rc<Crate> {
        Rc::new(Crate { label: label.to_string(), holder: RefCell::default(), inside: RefCell::default() })
    }
}

// entry
/// Puts the crate `moved` into the crate `into`. It is taken out of the crate that holds it now, if there is one,
/// comes last in `into`, and its `holder` points to `into`. The other crates stay in order. Putting a crate into
/// the one that already holds it makes it the last one there.
///
/// Returns `false` and changes nothing if that can't be: if both are the same crate, or if `into` is inside
/// `moved`, however deep.
///
/// Afterwards no more `Rc` and `Weak` pointers exist than the crates need: one `Rc` in the holder, one `Weak` for
/// each crate inside.
pub fn put_into(moved: &Rc<Crate>, into: &Rc<Crate>) -> bool {
    let mut above = Some(Rc::clone(into));
    while let Some(place) = above {
        if Rc::ptr_eq(&place, moved) {
            return false;
        }
        above = place.holder.borrow().upgrade();
    }
    let before = moved.holder.replace(Rc::downgrade(into));
    if let Some(before) = before.upgrade() {
        before.inside.borrow_mut().retain(|held| !Rc::ptr_eq(held, moved));
    }
    into.inside.borrow_mut().push(Rc::clone(moved));
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(holder: &Crate) -> Vec<String> {
        holder.inside.borrow().iter().map(|held| held.label.clone()).collect()
    }

    fn holder(of: &Crate) -> Option<String> {
        of.holder.borrow().upgrade().map(|holder| holder.label.clone())
    }

    fn counts(of: &Rc<Crate>) -> (usize, usize) {
        (Rc::strong_count(of), Rc::weak_count(of))
    }

    #[test]
    fn crates_go_in_and_out() {
        let (hall, vase, bowl) = (Crate::new("hall"), Crate::new("vase"), Crate::new("bowl"));
        assert!(put_into(&vase, &hall));
        assert!(put_into(&bowl, &hall));
        assert_eq!(inside(&hall), ["vase", "bowl"]);
        assert_eq!(holder(&vase).as_deref(), Some("hall"));
        assert!(put_into(&bowl, &vase));
        assert_eq!(inside(&hall), ["vase"]);
        assert_eq!(inside(&vase), ["bowl"]);
        assert_eq!(holder(&bowl).as_deref(), Some("vase"));
        assert_eq!(holder(&hall), None);
    }

    #[test]
    fn pointers_are_counted() {
        let (hall, shed, vase) = (Crate::new("hall"), Crate::new("shed"), Crate::new("vase"));
        assert!(put_into(&vase, &hall));
        assert_eq!((counts(&hall), counts(&vase)), ((1, 1), (2, 0)));
        assert!(put_into(&vase, &shed));
        assert_eq!((counts(&hall), counts(&shed), counts(&vase)), ((1, 0), (1, 1), (2, 0)));
        drop(shed);
        assert_eq!(holder(&vase), None);
        assert_eq!(counts(&vase), (1, 0));
        assert!(put_into(&vase, &hall));
        assert_eq!(inside(&hall), ["vase"]);
    }

    #[test]
    fn a_crate_can_become_the_last_one() {
        let hall = Crate::new("hall");
        let held = ["vase", "bowl", "vase"].map(Crate::new);
        for each in &held {
            assert!(put_into(each, &hall));
        }
        assert!(put_into(&held[0], &hall));
        assert_eq!(inside(&hall), ["bowl", "vase", "vase"]);
        assert!(Rc::ptr_eq(&hall.inside.borrow()[2], &held[0]));
        assert!(Rc::ptr_eq(&hall.inside.borrow()[1], &held[2]));
        assert_eq!((counts(&hall), counts(&held[0])), ((1, 3), (2, 0)));
    }

    #[test]
    fn no_crate_goes_into_itself() {
        let (hall, vase, bowl) = (Crate::new("hall"), Crate::new("vase"), Crate::new("bowl"));
        assert!(put_into(&vase, &hall));
        assert!(put_into(&bowl, &vase));
        assert!(!put_into(&hall, &hall));
        assert!(!put_into(&hall, &vase));
        assert!(!put_into(&hall, &bowl));
        assert!(!put_into(&vase, &bowl));
        assert_eq!((inside(&hall), inside(&vase), inside(&bowl)), (vec!["vase".into()], vec!["bowl".into()], vec![]));
        assert_eq!((counts(&hall), counts(&vase), counts(&bowl)), ((1, 1), (2, 1), (2, 0)));
        assert_eq!(holder(&hall), None);
    }
}
