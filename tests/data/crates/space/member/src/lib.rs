//! A workspace member whose version, edition, licence and dependency come from the workspace.

/// Doubles a number with the help of the other member, as often as it is told to.
pub fn doubled(number: u64, times: u32) -> u64 {
    let mut result = number;
    for _ in 0..times {
        result = member2::twice(result);
    }
    result
}
