
/// FERRULE_SWITCH decides whether a function is unchanged, removed, or replaced by a rewrite.
#[doc(hidden)]
pub(crate) mod __switch {
    extern crate std;

    use self::std::cell::Cell;
    use self::std::fs::{File, OpenOptions};
    use self::std::io::Write;
    use self::std::sync::OnceLock;

    const UNREAD: u32 = !0;
    /// Record each function once per thread that reaches it. A test runs in a thread that has its name.
    const BY_THREAD: u32 = !0 - 1;
    /// Record each function only once: a single test is run.
    const ALONE: u32 = !0 - 2;
    /// Several functions are replaced at once: CHOSEN says which.
    const SEVERAL: u32 = !0 - 3;

    // Every function reads these. Without optimisation an atomic costs ten times as much, and none is needed:
    // threads that race to write SET write the same value.
    static mut SET: u32 = UNREAD;
    static mut SEEN: [bool; COUNT] = [false; COUNT];
    static mut CHOSEN: [bool; COUNT] = [false; COUNT];
    static REACHED: OnceLock<Option<File>> = OnceLock::new();

    self::std::thread_local! {
        // No destructor and no heap: the crate's own allocator may call this.
        static BUSY: Cell<bool> = const { Cell::new(false) };
        static SEEN_HERE: [Cell<bool>; COUNT] = const { [const { Cell::new(false) }; COUNT] };
    }

    // Each function inlines `stop`, and `no_form` if it has forms. Both are short: what a function of a hundred
    // instances inlines is compiled a hundred times.

    /// Panics if the function with this number is removed. It comes first in each function.
    #[inline(always)]
    pub(crate) fn stop(number: u32) {
        let set = unsafe { SET };
        if set == number || (set > SEVERAL && look(number)) {
            gone();
        }
    }

    /// Whether none of the forms with numbers `first` to `last` is on.
    #[inline(always)]
    pub(crate) fn no_form(first: u32, last: u32) -> bool {
        let set = unsafe { SET };
        if set == SEVERAL {
            return none_chosen(first, last);
        }
        set < first || set > last
    }

    /// Whether this form is on. Asked only where one of its function's forms is.
    #[inline(never)]
    pub(crate) fn on(number: u32) -> bool {
        unsafe { SET == number || CHOSEN[number as usize] }
    }

    #[inline(never)]
    fn none_chosen(first: u32, last: u32) -> bool {
        let mut number = first;
        while number <= last {
            if unsafe { CHOSEN[number as usize] } {
                return false;
            }
            number += 1;
        }
        true
    }

    #[cold]
    fn gone() {
        // A second panic would abort the process as well, but its backtrace costs 80 ms.
        if self::std::thread::panicking() {
            self::std::process::abort();
        }
        self::std::panic!("this function was removed");
    }

    /// Records the function; reads the switch if that has not happened. Returns whether the function is removed.
    #[inline(never)]
    fn look(number: u32) -> bool {
        if unsafe { SEEN[number as usize] } {
            return false;
        }
        if SEEN_HERE.with(|seen| seen[number as usize].get()) || BUSY.with(|busy| busy.replace(true)) {
            return false;
        }
        let mut set = unsafe { SET };
        if set == UNREAD {
            set = match self::std::env::var("FERRULE_SWITCH") {
                Ok(text) if text == "record" => BY_THREAD,
                Ok(text) if text == "alone" => ALONE,
                Ok(text) if text.contains(',') => {
                    for chosen in text.split(',').filter_map(|part| part.parse::<usize>().ok()) {
                        unsafe { CHOSEN[chosen] = true };
                    }
                    SEVERAL
                }
                Ok(text) => text.parse().unwrap_or(0),
                Err(_) => 0,
            };
            unsafe { SET = set };
        }
        if set == ALONE {
            unsafe { SEEN[number as usize] = true };
        }
        if set >= ALONE {
            note(number);
        }
        BUSY.with(|busy| busy.set(false));
        set == number
    }

    fn note(number: u32) {
        SEEN_HERE.with(|seen| seen[number as usize].set(true));
        let file = REACHED.get_or_init(|| {
            let path = self::std::env::var_os("FERRULE_REACH")?;
            OpenOptions::new().create(true).append(true).open(path).ok()
        });
        if let Some(mut file) = file.as_ref() {
            let thread = self::std::thread::current();
            let line = self::std::format!("{} {}\n", number, thread.name().unwrap_or(""));
            let _ = file.write_all(line.as_bytes());
        }
    }
    // CONST
}
