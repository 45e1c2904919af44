
/// Runs chosen tests of this program in an answer room, and reports what became of them.
///
/// The order comes on file 3, a line each: a nonce, the seed of the random bytes, the switch of `__switch`, the file for
/// what it records (or an empty line), and the numbers of the tests in the order to run them, such as `3 P 0`. P is a test
/// that must fail. The report goes to file 4: the nonce, `3:passed P:failed 0:failed` and the first failure. A program
/// that ends before it has reported has no report. `list` in place of the numbers asks for the names of all tests.
#[doc(hidden)]
mod __runner {
    extern crate std;
    extern crate test;

    use self::std::any::Any;
    use self::std::boxed::Box;
    use self::std::fs::File;
    use self::std::io::{Read, Write};
    use self::std::option::Option::{self, None, Some};
    use self::std::os::unix::io::FromRawFd;
    use self::std::result::Result::{Err, Ok};
    use self::std::string::{String, ToString};
    use self::std::sync::atomic::{AtomicU64, Ordering};
    use self::std::vec::Vec;
    use self::std::{panic, process, thread};
    use self::test::{ShouldPanic, TestDescAndFn, TestFn};

    const LONGEST: usize = 300; // characters of a message
    static STATE: AtomicU64 = AtomicU64::new(0x5eed);

    pub fn run(tests: &[&TestDescAndFn]) {
        panic::set_hook(Box::new(|_| {}));
        let mut text = String::new();
        let mut order = unsafe { File::from_raw_fd(3) };
        if order.read_to_string(&mut text).is_err() {
            process::exit(70);
        }
        self::std::mem::drop(order);
        let lines: Vec<&str> = text.split('\n').collect();
        if lines.len() < 5 {
            process::exit(70);
        }
        // It stays open and has no name, so that nothing can be written to it but this report.
        let mut out = unsafe { File::from_raw_fd(4) };
        if lines[4] == "list" {
            let names: Vec<String> = tests.iter().map(|test| listed(test)).collect();
            let _ = out.write_all(self::std::format!("{}\n{}\n", lines[0], names.join("\n")).as_bytes());
            process::exit(0);
        }
        STATE.store(lines[1].parse().unwrap_or(0), Ordering::Relaxed);
        // Before any other thread exists.
        #[allow(unused_unsafe)]
        unsafe {
            self::std::env::set_var("FERRULE_SWITCH", lines[2]);
            if !lines[3].is_empty() {
                self::std::env::set_var("FERRULE_REACH", lines[3]);
            }
        }
        let mut outcomes: Vec<String> = Vec::new();
        let mut first: Option<String> = None;
        for word in lines[4].split(' ') {
            let index = word.parse::<usize>().unwrap_or(tests.len());
            let failure = if word == "P" { check_poison() } else { check(tests[index]) };
            outcomes.push(self::std::format!("{}:{}", word, if failure.is_some() { "failed" } else { "passed" }));
            if word != "P" && first.is_none() {
                first = failure.map(|said| self::std::format!("{} {}", word, one_line(&said)));
            }
        }
        let mut report = self::std::format!("{}\n{}\n{}\n", lines[0], outcomes.join(" "), first.unwrap_or_default());
        if !lines[3].is_empty() {
            let mut reached = String::new();
            if let Ok(mut file) = File::open(lines[3]) {
                let _ = file.read_to_string(&mut reached);
            }
            let numbers: Vec<&str> = reached.lines().filter_map(|line| line.split(' ').next()).collect();
            report.push_str(&numbers.join(" "));
            report.push('\n');
        }
        let _ = out.write_all(report.as_bytes());
        process::exit(0);
    }

    fn listed(test: &TestDescAndFn) -> String {
        let kind = match test.testfn {
            TestFn::StaticTestFn(_) if !test.desc.ignore => "test",
            _ => "other",
        };
        self::std::format!("{} {}", kind, test.desc.name)
    }

    fn check_poison() -> Option<String> {
        outcome("poison", || self::std::panic!("this test has to fail"), &ShouldPanic::No)
    }

    /// The failure of a test, or None if it passed.
    fn check(test: &TestDescAndFn) -> Option<String> {
        match test.testfn {
            TestFn::StaticTestFn(run) => outcome(&test.desc.name.to_string(), run, &test.desc.should_panic),
            _ => Some("it is no function".to_string()),
        }
    }

    fn outcome<F>(name: &str, run: F, should_panic: &ShouldPanic) -> Option<String>
    where
        F: FnOnce() -> self::std::result::Result<(), String> + Send + 'static,
    {
        // A thread with the name of the test, as libtest has it.
        let started = thread::Builder::new().name(name.to_string()).spawn(run);
        let ended = match started {
            Ok(thread) => thread.join(),
            Err(error) => return Some(self::std::format!("no thread: {}", error)),
        };
        match ended {
            Ok(Ok(())) => match *should_panic {
                ShouldPanic::No => None,
                _ => Some("it did not panic".to_string()),
            },
            Ok(Err(said)) => Some(said),
            Err(payload) => {
                let said = said_by(&*payload);
                self::std::mem::forget(payload); // dropping it would run foreign code here
                match *should_panic {
                    ShouldPanic::No => Some(said.unwrap_or_else(|| "panicked".to_string())),
                    ShouldPanic::Yes => None,
                    ShouldPanic::YesWithMessage(expected) => match said {
                        Some(ref said) if said.contains(expected) => None,
                        said => Some(self::std::format!("panicked with {:?}, not {:?}", said.unwrap_or_default(), expected)),
                    },
                }
            }
        }
    }

    fn said_by(payload: &(dyn Any + Send)) -> Option<String> {
        if let Some(text) = payload.downcast_ref::<&'static str>() {
            return Some(text.to_string());
        }
        payload.downcast_ref::<String>().cloned()
    }

    fn one_line(text: &str) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").chars().take(LONGEST).collect()
    }

    /// Replaces the function of the C library: the order of a HashMap depends on the seed alone.
    #[unsafe(export_name = "getrandom")]
    pub unsafe extern "C" fn random_bytes(buffer: *mut u8, length: usize, _flags: u32) -> isize {
        for at in 0..length {
            let mut word = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            unsafe { *buffer.add(at) = (word >> 32) as u8 };
        }
        length as isize
    }
}
