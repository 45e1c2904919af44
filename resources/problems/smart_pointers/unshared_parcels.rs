//! difficulty: 1

use std::rc::Rc;

/// A parcel at a post office; it can't be copied.
#[derive(Debug, PartialEq, Eq)]
pub struct Parcel {
    pub number: u32,
    pub grams: u32,
}

// entry
/// Sorts out which parcels can be sent. One that nobody else holds is taken out of its `Rc` and sent; `Weak` pointers
/// to it don't matter. One that somebody else still holds, or that stands in the list more than once, is put back
/// as it is, and so are parcels of 0 grams.
///
/// Returns the parcels to send, the heaviest first (equally heavy ones in the order of the list), and those that
/// were put back, in the order of the list.
pub fn sort_out(parcels: Vec<Rc<Parcel>>) -> (Vec<Parcel>, Vec<Rc<Parcel>>) {
    let (mut sent, mut kept) = (Vec::new(), Vec::new());
    for parcel in parcels {
        if parcel.grams == 0 {
            kept.push(parcel);
            continue;
        }
        match Rc::try_unwrap(parcel) {
            Ok(parcel) => sent.push(parcel),
            Err(parcel) => kept.push(parcel),
        }
    }
    sent.sort_by_key(|parcel| std::cmp::Reverse(parcel.grams));
    (sent, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(number: u32, grams: u32) -> Rc<Parcel> {
        Rc::new(Parcel { number, grams })
    }

    fn numbers<'a>(parcels: impl IntoIterator<Item = &'a Parcel>) -> Vec<u32> {
        parcels.into_iter().map(|parcel| parcel.number).collect()
    }

    #[test]
    fn the_heaviest_goes_first() {
        let (sent, kept) = sort_out(vec![parcel(1, 20), parcel(2, 50), parcel(3, 20), parcel(4, 1)]);
        assert_eq!(numbers(&sent), [2, 1, 3, 4]);
        assert_eq!(sent[0], Parcel { number: 2, grams: 50 });
        assert!(kept.is_empty());
    }

    #[test]
    fn held_parcels_are_put_back() {
        let held = parcel(2, 50);
        let (sent, kept) = sort_out(vec![parcel(1, 20), Rc::clone(&held), parcel(3, 30)]);
        assert_eq!(numbers(&sent), [3, 1]);
        assert_eq!(kept.len(), 1);
        assert!(Rc::ptr_eq(&kept[0], &held));
        assert_eq!(Rc::strong_count(&held), 2);
    }

    #[test]
    fn doubled_and_empty_parcels_are_put_back() {
        let doubled = parcel(5, 70);
        let list = vec![parcel(1, 0), Rc::clone(&doubled), parcel(2, 9), doubled, parcel(3, 0)];
        let (sent, kept) = sort_out(list);
        assert_eq!(numbers(&sent), [2]);
        assert_eq!(numbers(kept.iter().map(Rc::as_ref)), [1, 5, 5, 3]);
        assert!(Rc::ptr_eq(&kept[1], &kept[2]));
    }

    #[test]
    fn weak_pointers_do_not_matter() {
        let tracked = parcel(8, 10);
        let weak = Rc::downgrade(&tracked);
        let (sent, kept) = sort_out(vec![tracked]);
        assert_eq!((numbers(&sent), kept.len()), (vec![8], 0));
        assert!(weak.upgrade().is_none());
        assert_eq!(sort_out(vec![]), (vec![], vec![]));
    }
}
