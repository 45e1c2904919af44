//! difficulty: 1

use std::thread;

// entry
/// Calls `weigh` for every parcel, each in a thread of its own (none in the thread of the caller), and returns the
/// results in the order of the parcels, and how many there are. Where the call panicked the result is `None`, which
/// does not count; the other calls are not affected by that.
///
/// All threads are started before the first of them is waited for. No parcels: no threads, and no results.
pub fn weigh_apart<T: Sync, R: Send>(parcels: &[T], weigh: impl Fn(&T) -> R + Sync) -> (Vec<Option<R>>, usize) {
    thread::scope(|scope| {
        let weigh = &weigh;
        let started: Vec<_> = parcels.iter().map(|parcel| scope.spawn(move || weigh(parcel))).collect();
        let results: Vec<_> = started.into_iter().map(|weighing| weighing.join().ok()).collect();
        let weighed = results.iter().filter(|result| result.is_some()).count();
        (results, weighed)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_are_in_order() {
        assert_eq!(weigh_apart(&[3, 1, 2], |grams| grams * 10), (vec![Some(30), Some(10), Some(20)], 3));
        assert_eq!(weigh_apart(&["bb", "a"], |text| text.len()), (vec![Some(2), Some(1)], 2));
        assert_eq!(weigh_apart(&[7], |grams| grams + 1), (vec![Some(8)], 1));
    }

    #[test]
    fn no_parcels() {
        let called = AtomicUsize::new(0);
        let weights = weigh_apart(&[0u8; 0], |_| called.fetch_add(1, Ordering::SeqCst));
        assert_eq!(weights, (vec![], 0));
        assert_eq!(called.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_panic_is_no_result() {
        let careful = |&grams: &u32| {
            assert_ne!(grams, 0, "nothing on the scale");
            grams
        };
        assert_eq!(weigh_apart(&[4, 0, 2], careful), (vec![Some(4), None, Some(2)], 2));
        assert_eq!(weigh_apart(&[0, 0], careful), (vec![None, None], 0));
    }

    #[test]
    fn each_has_its_own_thread() {
        let (mut threads, _) = weigh_apart(&[1, 2, 3, 4], |_| thread::current().id());
        threads.push(Some(thread::current().id()));
        for (index, thread) in threads.iter().enumerate() {
            assert!(thread.is_some() && !threads[..index].contains(thread));
        }
        assert_eq!(threads.len(), 5);
    }

    #[test]
    fn all_run_at_the_same_time() {
        let together = Barrier::new(3);
        let weights = weigh_apart(&[5, 6, 7], |grams| {
            together.wait();
            grams * 2
        });
        assert_eq!(weights, (vec![Some(10), Some(12), Some(14)], 3));
    }
}
