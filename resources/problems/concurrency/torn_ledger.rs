//! difficulty: 2

use std::sync::Mutex;

/// What a ferry has taken in. Whoever panics while holding it may leave the total wrong, never the entries.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    pub entries: Vec<i64>,
    pub total: i64,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Booked {
    pub total: i64,
    /// Whether the ledger had to be repaired first.
    pub repaired: bool,
}

// entry
/// Adds an amount to the entries and to the total, and returns the new total.
///
/// If the mutex is poisoned, the ledger is repaired first: the total becomes the sum of the entries, and the mutex
/// is no longer poisoned afterwards. The total of a ledger that is not poisoned is taken as it is.
///
/// An amount of 0 is not entered. It still repairs a poisoned ledger.
pub fn book(ledger: &Mutex<Ledger>, amount: i64) -> Booked {
    let mut repaired = false;
    let mut ledger = ledger.lock().unwrap_or_else(|poisoned| {
        repaired = true;
        ledger.clear_poison();
        let mut torn = poisoned.into_inner();
        torn.total = torn.entries.iter().sum();
        torn
    });
    if amount != 0 {
        ledger.entries.push(amount);
        ledger.total += amount;
    }
    Booked { total: ledger.total, repaired }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// A ledger that somebody left with this total while panicking.
    fn torn(entries: &[i64], total: i64) -> Mutex<Ledger> {
        let ledger = Mutex::new(Ledger { entries: entries.to_vec(), total });
        let panicked = thread::scope(|scope| {
            scope
                .spawn(|| {
                    let _held = ledger.lock().unwrap();
                    panic!("the ferry rolls");
                })
                .join()
                .is_err()
        });
        assert!(panicked && ledger.is_poisoned());
        ledger
    }

    fn booked(total: i64, repaired: bool) -> Booked {
        Booked { total, repaired }
    }

    #[test]
    fn books_amounts() {
        let ledger = Mutex::new(Ledger::default());
        assert_eq!(book(&ledger, 12), booked(12, false));
        assert_eq!(book(&ledger, -5), booked(7, false));
        assert_eq!(book(&ledger, 0), booked(7, false));
        assert_eq!(ledger.into_inner().unwrap(), Ledger { entries: vec![12, -5], total: 7 });
    }

    #[test]
    fn trusts_a_sound_ledger() {
        let ledger = Mutex::new(Ledger { entries: vec![1, 2], total: 100 });
        assert_eq!(book(&ledger, 4), booked(104, false));
        assert_eq!(book(&ledger, 0), booked(104, false));
    }

    #[test]
    fn repairs_a_torn_ledger() {
        let ledger = torn(&[10, 20], 999);
        assert_eq!(book(&ledger, 5), booked(35, true));
        assert!(!ledger.is_poisoned());
        assert_eq!(book(&ledger, 1), booked(36, false));
        assert_eq!(ledger.into_inner().unwrap(), Ledger { entries: vec![10, 20, 5, 1], total: 36 });
    }

    #[test]
    fn repairs_without_an_amount() {
        let ledger = torn(&[10, -3], -1);
        assert_eq!(book(&ledger, 0), booked(7, true));
        assert!(!ledger.is_poisoned());
        assert_eq!(ledger.into_inner().unwrap().entries, [10, -3]);
        assert_eq!(book(&torn(&[], 6), 0), booked(0, true));
    }

    #[test]
    fn many_threads_book() {
        let ledger = torn(&[100], 0);
        let repairs = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| book(&ledger, 2).repaired)).collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum::<usize>()
        });
        assert_eq!(repairs, 1);
        assert_eq!(ledger.into_inner().unwrap().total, 108);
    }
}
