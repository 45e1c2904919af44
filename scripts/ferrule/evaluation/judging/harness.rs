// The runner: the root of a library of tests, whose name no answer knows.
//
// The order comes on descriptor 3, in one line: a nonce, the number of a module, and its tests in the order to run
// them, as in `5f0c... 7 0,1,P,2`. P is a test that must fail: an answer that hides failures or forges the report
// makes it pass. When all tests have run, the report goes to descriptor 4:
//
//     5f0c...
//     0:passed 1:failed P:failed 2:passed
//     1 assertion `left == right` failed ...
//
// An answer that ends the process earlier has no report. Compiled in the edition of the batch, 2015 to 2024.

use std::any::Any;
use std::fmt::Debug;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::io::FromRawFd;
use std::panic;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

const LONGEST: usize = 300; // characters of a message

pub struct Test {
    pub run: fn() -> Option<String>, // returns the failure; a panic is one, too
    pub should_panic: bool,
    pub expected: &'static str, // the panic message must contain it
}

/// What a test may return.
pub trait Outcome {
    fn failure(self) -> Option<String>;
}

impl Outcome for () {
    fn failure(self) -> Option<String> {
        None
    }
}

impl<T: Outcome, E: Debug> Outcome for Result<T, E> {
    fn failure(self) -> Option<String> {
        match self {
            Ok(value) => value.failure(),
            Err(error) => Some(format!("Error: {:?}", error)),
        }
    }
}

/// Run the tests of one module and report. A module is a function that connects its answer to the tests, and the tests.
pub fn serve(modules: &[(fn(), &[Test])]) -> ! {
    // Panics are not printed: the report has the messages of tests, and an answer may catch its own panics.
    panic::set_hook(Box::new(|_| {}));
    let message = order();
    let mut words = message.split_whitespace();
    let (nonce, module, tests) = match (words.next(), words.next(), words.next()) {
        (Some(nonce), Some(module), Some(tests)) => (nonce, module, tests),
        _ => process::exit(70),
    };
    let (connect, module) = modules[module.parse::<usize>().unwrap()];
    connect();
    let poison = Test { run: poison, should_panic: false, expected: "" };
    let mut outcomes = String::new();
    let mut first: Option<(usize, String)> = None;
    for name in tests.split(',') {
        let index = name.parse::<usize>().unwrap_or(module.len());
        let failure = check(if name == "P" { &poison } else { &module[index] });
        if !outcomes.is_empty() {
            outcomes.push(' ');
        }
        outcomes.push_str(name);
        outcomes.push_str(if failure.is_some() { ":failed" } else { ":passed" });
        if let Some(said) = failure {
            if name != "P" && first.as_ref().map_or(true, |(earlier, _)| index < *earlier) {
                first = Some((index, said));
            }
        }
    }
    let said = first.map_or(String::new(), |(index, said)| format!("{} {}", index, one_line(&said)));
    let mut out = unsafe { File::from_raw_fd(4) };
    let _ = out.write_all(format!("{}\n{}\n{}\n", nonce, outcomes, said).as_bytes());
    process::exit(0)
}

fn order() -> String {
    let mut file = unsafe { File::from_raw_fd(3) };
    let mut message = Vec::new();
    let mut byte = [0u8; 1];
    while let Ok(1) = file.read(&mut byte) {
        if byte[0] == b'\n' {
            break;
        }
        message.push(byte[0]);
    }
    String::from_utf8_lossy(&message).into_owned()
}

#[inline(never)]
fn poison() -> Option<String> {
    panic!("this test has to fail")
}

/// The failure of a test, or None if it passed.
fn check(test: &Test) -> Option<String> {
    match panic::catch_unwind(test.run) {
        Ok(None) if test.should_panic => Some("it did not panic".to_string()),
        Ok(failure) => failure,
        Err(payload) => {
            let said = text(&*payload);
            std::mem::forget(payload); // dropping it would run the answer's code outside the catch
            if !test.should_panic {
                return Some(said.unwrap_or("panicked".to_string()));
            }
            match said {
                _ if test.expected.is_empty() => None,
                Some(ref said) if said.contains(test.expected) => None,
                said => Some(format!("panicked with {:?}, not {:?}", said.unwrap_or_default(), test.expected)),
            }
        }
    }
}

fn text(payload: &(dyn Any + Send)) -> Option<String> {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        return Some(text.to_string());
    }
    payload.downcast_ref::<String>().cloned()
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST).collect()
}

/// Replaces the function of the C library, so that the order of a HashMap is the same in every run.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn getrandom(buffer: *mut u8, length: usize, _flags: u32) -> isize {
    static STATE: AtomicU64 = AtomicU64::new(0x5eed);
    for at in 0..length {
        let mut word = STATE.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        unsafe { *buffer.add(at) = (word >> 32) as u8 };
    }
    length as isize
}
