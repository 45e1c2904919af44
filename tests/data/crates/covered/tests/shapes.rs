use std::cell::Cell;

use covered::shapes::{Area, Guard, Square};

#[test]
fn squares() {
    assert_eq!(Square(3).area(), 9);
}

#[test]
fn doubles() {
    assert_eq!(Square::unit().double(), 2);
}

#[test]
fn compares_in_a_thread() {
    let side = std::thread::spawn(|| Square(1).larger(&Square(2)).0);
    assert_eq!(side.join().unwrap(), 2);
}

// With `drop` gone, the second panic comes while the first is under way: the process dies.
#[test]
fn counts_in_drop() {
    let gone = Cell::new(0);
    {
        let _outer = Guard(&gone);
        let _inner = Guard(&gone);
    }
    assert_eq!(gone.get(), 2);
}

#[test]
fn asks_a_guard() {
    let gone = Cell::new(0);
    assert!(!Guard(&gone).any());
}

// Panics with and without `drop`.
#[test]
#[should_panic]
fn panics_after_drop() {
    let gone = Cell::new(0);
    drop(Guard(&gone));
    panic!("as it should");
}
