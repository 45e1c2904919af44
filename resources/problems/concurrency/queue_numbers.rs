//! difficulty: 2

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

// entry
/// Draws `count` numbers in a row from the machine of a library desk, which many threads use at once. `next` is the
/// number that is drawn next; there are numbers up to, but not including, `end`.
///
/// Returns the numbers and moves `next` on by `count`, in one step: no number is ever given out twice, and none is
/// left out. If there are not enough numbers left, `None`, and `next` is never changed, not even for a moment.
/// Drawing 0 numbers gives an empty range that starts at `next`. `next` may be greater than `end`; then there are
/// no numbers (and 0 of them can't be drawn either).
///
/// With `next` 7 and `end` 10: drawing 2 gives `7..9`, drawing 2 again `None`, drawing 1 then `9..10`.
pub fn draw_numbers(next: &AtomicU32, end: u32, count: u32) -> Option<Range<u32>> {
    let after = |now: u32| now.checked_add(count).filter(|&after| after <= end);
    let first = next.fetch_update(Ordering::SeqCst, Ordering::SeqCst, after).ok()?;
    Some(first..first + count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn numbers_follow_on_each_other() {
        let next = AtomicU32::new(7);
        assert_eq!(draw_numbers(&next, 10, 2), Some(7..9));
        assert_eq!(draw_numbers(&next, 10, 2), None);
        assert_eq!(next.load(Ordering::SeqCst), 9);
        assert_eq!(draw_numbers(&next, 10, 1), Some(9..10));
        assert_eq!(draw_numbers(&next, 10, 1), None);
        assert_eq!(next.load(Ordering::SeqCst), 10);
    }

    #[test]
    fn no_numbers() {
        let next = AtomicU32::new(4);
        assert_eq!(draw_numbers(&next, 4, 0), Some(4..4));
        assert_eq!(draw_numbers(&next, 3, 0), None);
        assert_eq!(draw_numbers(&next, 4, 1), None);
        assert_eq!(draw_numbers(&next, 9, 0), Some(4..4));
        assert_eq!(next.load(Ordering::SeqCst), 4);
    }

    #[test]
    fn large_numbers() {
        let next = AtomicU32::new(u32::MAX - 2);
        assert_eq!(draw_numbers(&next, u32::MAX, 3), None);
        assert_eq!(draw_numbers(&next, u32::MAX, u32::MAX), None);
        assert_eq!(draw_numbers(&next, u32::MAX, 2), Some(u32::MAX - 2..u32::MAX));
        assert_eq!(draw_numbers(&AtomicU32::new(0), u32::MAX, u32::MAX), Some(0..u32::MAX));
    }

    #[test]
    fn threads_share_the_numbers() {
        let next = AtomicU32::new(100);
        let mut drawn: Vec<u32> = thread::scope(|scope| {
            let draw = |count| {
                let next = &next;
                move || std::iter::from_fn(|| draw_numbers(next, 1600, count)).flatten().collect::<Vec<u32>>()
            };
            let threads = [1, 2, 3, 5].map(|count| scope.spawn(draw(count)));
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        drawn.sort_unstable();
        assert_eq!(drawn, (100..1600).collect::<Vec<u32>>());
        assert_eq!(next.load(Ordering::SeqCst), 1600);
    }
}
