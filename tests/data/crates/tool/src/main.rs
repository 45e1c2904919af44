//! A crate with binaries and no library.

/// Adds up the numbers among the arguments and leaves out whatever is none.
fn sum(arguments: impl Iterator<Item = String>) -> i64 {
    let mut total = 0;
    for argument in arguments {
        if let Ok(number) = argument.parse::<i64>() {
            total += number;
        }
    }
    total
}

fn main() {
    println!("{}", sum(std::env::args().skip(1)));
}
