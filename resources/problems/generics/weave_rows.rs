//! difficulty: 3
/// Weaves threads into rows of `N`: the first `N` threads are the first row, and so on.
///
/// Returns the full rows and the threads that are left over behind the last of them, in order. If
/// `N` is 0 there are no rows, and all threads are left over. Threads are of any type: they may
/// have no copy and no default, and need not be comparable.
///
/// ```text
/// threads 1 2 3 4 5 with N = 2: rows [1, 2] [3, 4], left over 5
/// ```
pub fn weave<T, const N: usize>(threads: Vec<T>) -> (Vec<[T; N]>, Vec<T>) {
    let mut rows = Vec::new();
    let mut left = Vec::new();
    for thread in threads {
        left.push(thread);
        if left.len() == N {
            rows.extend(<[T; N]>::try_from(std::mem::take(&mut left)).ok());
        }
    }
    (rows, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A thread that can be told apart, but not copied, compared or made out of nothing.
    struct Thread(u32);

    fn threads(count: u32) -> Vec<Thread> {
        (1..=count).map(Thread).collect()
    }

    fn numbers<const N: usize>(count: u32) -> (Vec<Vec<u32>>, Vec<u32>) {
        let (rows, left): (Vec<[Thread; N]>, Vec<Thread>) = weave(threads(count));
        let number = |thread: &Thread| thread.0;
        (
            rows.iter()
                .map(|row| row.iter().map(number).collect())
                .collect(),
            left.iter().map(number).collect(),
        )
    }

    #[test]
    fn rows_and_what_is_left() {
        assert_eq!(numbers::<2>(5), (vec![vec![1, 2], vec![3, 4]], vec![5]));
        assert_eq!(numbers::<3>(5), (vec![vec![1, 2, 3]], vec![4, 5]));
        assert_eq!(numbers::<4>(3), (vec![], vec![1, 2, 3]));
    }

    #[test]
    fn nothing_left() {
        assert_eq!(numbers::<2>(4), (vec![vec![1, 2], vec![3, 4]], vec![]));
        assert_eq!(numbers::<1>(2), (vec![vec![1], vec![2]], vec![]));
        assert_eq!(numbers::<6>(6), (vec![vec![1, 2, 3, 4, 5, 6]], vec![]));
    }

    #[test]
    fn no_threads() {
        assert_eq!(numbers::<3>(0), (vec![], vec![]));
        assert_eq!(numbers::<0>(0), (vec![], vec![]));
    }

    #[test]
    fn rows_of_nothing() {
        assert_eq!(numbers::<0>(2), (vec![], vec![1, 2]));
    }

    #[test]
    fn arrays_of_texts() {
        let words: Vec<String> = "a b c d e".split(' ').map(str::to_string).collect();
        let second = words[1].as_ptr();
        let (rows, left): (Vec<[String; 2]>, Vec<String>) = weave(words);
        assert_eq!(rows, [["a", "b"], ["c", "d"]]);
        assert_eq!(rows[0][1].as_ptr(), second);
        assert_eq!(left, ["e"]);
    }
}
