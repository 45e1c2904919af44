//! A crate that never compiled.

/// Gives a number that is not the type it promises to be, on purpose.
pub fn wrong(values: &[u8]) -> String {
    let total: usize = values.iter().map(|v| *v as usize).sum();
    total
}
