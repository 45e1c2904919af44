//! difficulty: 1
//! edition: 2018

// entry
/// Says who is waiting at a library desk, from the numbers that they drew, in order of the queue:
///
/// ```text
/// nobody is waiting
/// 7 is waiting
/// 7 before 9
/// 7 before 9, with 3 between     (three or more people: the first and the last one, and how many are between)
/// everybody holds 7              (two or more people, where the first and the last number are the same)
/// ```
pub fn describe_queue(numbers: &[u32]) -> String {
    match numbers {
        [] => "nobody is waiting".to_string(),
        [only] => format!("{} is waiting", only),
        [first, .., last] if first == last => format!("everybody holds {}", first),
        [first, last] => format!("{} before {}", first, last),
        [first, between @ .., last] => {
            format!("{} before {}, with {} between", first, last, between.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_queues() {
        assert_eq!(describe_queue(&[]), "nobody is waiting");
        assert_eq!(describe_queue(&[7]), "7 is waiting");
        assert_eq!(describe_queue(&[0]), "0 is waiting");
        assert_eq!(describe_queue(&[7, 9]), "7 before 9");
        assert_eq!(describe_queue(&[9, 7]), "9 before 7");
    }

    #[test]
    fn long_queues() {
        assert_eq!(describe_queue(&[7, 8, 9]), "7 before 9, with 1 between");
        assert_eq!(describe_queue(&[7, 1, 2, 3, 9]), "7 before 9, with 3 between");
        assert_eq!(describe_queue(&[12, 12, 12, 13]), "12 before 13, with 2 between");
    }

    #[test]
    fn same_numbers_at_both_ends() {
        assert_eq!(describe_queue(&[4, 4]), "everybody holds 4");
        assert_eq!(describe_queue(&[4, 5, 4]), "everybody holds 4");
        assert_eq!(describe_queue(&[4, 5, 6, 4]), "everybody holds 4");
        assert_eq!(describe_queue(&[4, 4, 5]), "4 before 5, with 1 between");
    }
}
