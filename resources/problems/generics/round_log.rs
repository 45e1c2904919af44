//! difficulty: 3
//! edition: 2024
/// A log that remembers the latest `N` entries. `next` is the slot of the next entry: always less
/// than `N`, and 0 if `N` is 0. The slots are filled from the first to the last, and then from the
/// first again.
#[derive(Debug)]
pub struct Log<T, const N: usize> {
    pub slots: [Option<T>; N],
    pub next: usize,
}

// entry
/// Three methods of a log, for entries of any type and any `N`.
///
/// `pub fn empty() -> Self`: a log without entries.
///
/// `pub fn push(&mut self, entry: T) -> Option<T>`: puts an entry into the next slot, and returns
/// the one that was there (the oldest of the log), if any. A log of no slots (`N` is 0) returns
/// `entry` itself.
///
/// `pub fn entries(&self) -> impl Iterator<Item = &T>`: the entries that the log remembers, from
/// the oldest to the latest.
impl<T, const N: usize> Log<T, N> {
    pub fn empty() -> Self {
        Log {
            slots: [const { None }; N],
            next: 0,
        }
    }

    pub fn push(&mut self, entry: T) -> Option<T> {
        let Some(slot) = self.slots.get_mut(self.next) else {
            return Some(entry);
        };
        self.next = (self.next + 1) % N;
        slot.replace(entry)
    }

    pub fn entries(&self) -> impl Iterator<Item = &T> {
        let (later, earlier) = self.slots.split_at(self.next);
        earlier.iter().chain(later).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An entry that cannot be copied.
    #[derive(Debug, PartialEq)]
    struct Entry(u32);

    fn filled<const N: usize>(count: u32) -> (Log<Entry, N>, Vec<u32>) {
        let mut log = Log::empty();
        let pushed_out = (1..=count).filter_map(|number| log.push(Entry(number)));
        let pushed_out = pushed_out.map(|entry| entry.0).collect();
        (log, pushed_out)
    }

    fn numbers<const N: usize>(log: &Log<Entry, N>) -> Vec<u32> {
        log.entries().map(|entry| entry.0).collect()
    }

    #[test]
    fn an_empty_log() {
        let log: Log<Entry, 3> = Log::empty();
        assert_eq!(log.next, 0);
        assert_eq!(log.slots, [None, None, None]);
        assert_eq!(log.entries().count(), 0);
    }

    #[test]
    fn not_yet_full() {
        let (log, out) = filled::<3>(2);
        assert_eq!(out, [0; 0]);
        assert_eq!(numbers(&log), [1, 2]);
        assert_eq!(log.next, 2);
        assert_eq!(log.slots, [Some(Entry(1)), Some(Entry(2)), None]);
    }

    #[test]
    fn full_and_round_again() {
        let (log, out) = filled::<3>(3);
        assert_eq!((numbers(&log), out, log.next), (vec![1, 2, 3], vec![], 0));
        let (log, out) = filled::<3>(4);
        assert_eq!((numbers(&log), out, log.next), (vec![2, 3, 4], vec![1], 1));
        let (log, out) = filled::<3>(8);
        assert_eq!((numbers(&log), out), (vec![6, 7, 8], vec![1, 2, 3, 4, 5]));
        assert_eq!(log.slots, [Some(Entry(7)), Some(Entry(8)), Some(Entry(6))]);
    }

    #[test]
    fn one_slot_and_none() {
        let (log, out) = filled::<1>(3);
        assert_eq!((numbers(&log), out, log.next), (vec![3], vec![1, 2], 0));
        let (log, out) = filled::<0>(2);
        assert_eq!((numbers(&log), out, log.next), (vec![], vec![1, 2], 0));
    }

    #[test]
    fn entries_are_those_of_the_log() {
        let (log, _) = filled::<2>(3);
        let entries: Vec<&Entry> = log.entries().collect();
        assert!(std::ptr::eq(entries[0], log.slots[1].as_ref().unwrap()));
        assert!(std::ptr::eq(entries[1], log.slots[0].as_ref().unwrap()));
    }
}
