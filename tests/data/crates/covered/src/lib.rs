//! Functions of many shapes, some of them tested.
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

pub mod shapes;

/// The largest of three numbers.
pub fn largest(a: i32, b: i32, c: i32) -> i32 {
    let two = if a > b { a } else { b };
    if two > c { two } else { c }
}

/// Whether a number can be divided by two; const, and used when the crate is compiled, too.
pub const fn even(number: u32) -> bool {
    number % 2 == 0
}

/// Computed by the compiler.
pub const FOUR_IS_EVEN: bool = even(4);

/// Used by the compiler alone.
const fn twice(number: u32) -> u32 {
    number * 2
}

/// Computed by the compiler.
pub const EIGHT: u32 = twice(4);

/// The even numbers below a limit.
pub fn evens(limit: u32) -> impl Iterator<Item = u32> {
    (0..limit).filter(|n| even(*n))
}

/// The words of a text, in capitals.
pub fn shout(text: &str) -> Vec<String> {
    #![allow(clippy::needless_return)]
    //! An inner comment, after which a statement may stand.
    return text.split(' ').map(capitals).collect();
}

fn capitals(word: &str) -> String {
    fn one(c: char) -> char {
        c.to_ascii_uppercase()
    }
    word.chars().map(one).collect()
}

/// Nobody tests this one.
pub fn untested(text: &str) -> usize {
    text.len()
}

/// Panics on purpose.
pub fn checked(number: u32) -> u32 {
    assert!(number < 10, "too large");
    number
}

/// Does nothing at all.
pub fn nothing() {}

/// Only an ignored test calls this one.
pub fn ignored() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn takes_the_largest() {
        assert_eq!(largest(1, 3, 2), 3);
        assert_eq!(largest(1, 2, 3), 3);
    }

    #[test]
    fn only_the_last() {
        assert_eq!(largest(0, 0, 1), 1);
    }

    #[test]
    fn counts_evens() {
        assert_eq!(evens(10).count(), 5);
        assert!(FOUR_IS_EVEN && EIGHT == 8);
    }

    #[test]
    fn shouts() {
        assert_eq!(shout("a b"), ["A", "B"]);
        nothing();
    }

    #[test]
    #[should_panic]
    fn panics() {
        checked(11);
    }

    #[test]
    #[should_panic(expected = "too large")]
    fn panics_so() {
        checked(11);
    }

    #[test]
    #[ignore]
    fn is_ignored() {
        assert_eq!(ignored(), 1);
    }
}
