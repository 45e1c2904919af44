//! difficulty: 2

use std::num::NonZeroUsize;
use std::thread;

// entry
/// Splits a list of loads into shares, one for each of the `workers`, and calls `carry` for each share in a thread
/// of its own, all at the same time. Returns the results in the order of the shares.
///
/// The shares follow on each other in the list. Their lengths differ by 1 at most, the longer ones come first. No
/// share is empty: if there are fewer loads than workers, there are as many shares (and threads) as loads. Without
/// loads `carry` is not called.
///
/// Eight loads for three workers: shares of 3, 3 and 2.
pub fn carry_in_shares<R: Send>(loads: &[u32], workers: NonZeroUsize, carry: impl Fn(&[u32]) -> R + Sync) -> Vec<R> {
    let shares = workers.get().min(loads.len());
    thread::scope(|scope| {
        let carry = &carry;
        let mut started = Vec::new();
        let mut rest = loads;
        for workers_left in (1..=shares).rev() {
            let (share, others) = rest.split_at(rest.len().div_ceil(workers_left));
            rest = others;
            started.push(scope.spawn(move || carry(share)));
        }
        started.into_iter().map(|worker| worker.join().unwrap()).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn lengths(loads: usize, workers: usize) -> Vec<usize> {
        let workers = NonZeroUsize::new(workers).expect("a worker");
        carry_in_shares(&vec![1; loads], workers, |share| share.len())
    }

    #[test]
    fn shares_are_fair() {
        assert_eq!(lengths(8, 3), [3, 3, 2]);
        assert_eq!(lengths(7, 3), [3, 2, 2]);
        assert_eq!(lengths(6, 3), [2, 2, 2]);
        assert_eq!(lengths(11, 4), [3, 3, 3, 2]);
        assert_eq!(lengths(9, 1), [9]);
    }

    #[test]
    fn no_share_is_empty() {
        assert_eq!(lengths(2, 5), [1, 1]);
        assert_eq!(lengths(3, 3), [1, 1, 1]);
        assert_eq!(lengths(4, 3), [2, 1, 1]);
        assert_eq!(lengths(0, 3), []);
    }

    #[test]
    fn shares_follow_on_each_other() {
        let workers = NonZeroUsize::new(3).expect("a worker");
        let shares = carry_in_shares(&[5, 1, 4, 2, 3], workers, |share| share.to_vec());
        assert_eq!(shares, [vec![5, 1], vec![4, 2], vec![3]]);
        let none = carry_in_shares(&[], workers, |_| -> u8 { panic!("nothing to carry") });
        assert!(none.is_empty());
    }

    #[test]
    fn workers_work_at_the_same_time() {
        let workers = NonZeroUsize::new(4).expect("a worker");
        let together = Barrier::new(4);
        let mut threads = carry_in_shares(&[0; 10], workers, |_| {
            together.wait();
            thread::current().id()
        });
        threads.push(thread::current().id());
        for (index, thread) in threads.iter().enumerate() {
            assert!(!threads[..index].contains(thread));
        }
        assert_eq!(threads.len(), 5);
    }
}
