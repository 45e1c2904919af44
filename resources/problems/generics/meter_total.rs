//! difficulty: 1
use std::ops::Add;

/// What a counter shows after each of its steps, for steps of any type that can be added.
///
/// The counter begins at `T::default()`. A step that equals `T::default()` is a reset: the counter
/// is back at `T::default()`. Every other step is added to it (the counter on the left, the step on
/// the right). The result has one entry for each step.
///
/// ```text
/// steps 3, 4, 0, 2  ->  3, 7, 0, 2
/// ```
pub fn shown<T>(steps: &[T]) -> Vec<T>
where
    T: Copy + Default + PartialEq + Add<Output = T>,
{
    let mut total = T::default();
    let mut shown = Vec::with_capacity(steps.len());
    for &step in steps {
        total = if step == T::default() {
            step
        } else {
            total + step
        };
        shown.push(total);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Joins digits: adding is not the same from both sides.
    #[derive(Debug, Clone, Copy, PartialEq, Default)]
    struct Digits(u64);

    impl Add for Digits {
        type Output = Digits;

        fn add(self, other: Digits) -> Digits {
            Digits(self.0 * 10 + other.0)
        }
    }

    /// A counter that does not begin at nothing.
    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Level(i32);

    impl Default for Level {
        fn default() -> Level {
            Level(100)
        }
    }

    impl Add for Level {
        type Output = Level;

        fn add(self, other: Level) -> Level {
            Level(self.0 + other.0)
        }
    }

    #[test]
    fn totals_and_resets() {
        assert_eq!(shown(&[3, 4, 0, 2]), [3, 7, 0, 2]);
        assert_eq!(shown(&[0, 0, 5, 5]), [0, 0, 5, 10]);
        assert_eq!(shown(&[1, -1, 6]), [1, 0, 6]);
        assert_eq!(shown(&[250_u8, 5, 0, 200]), [250, 255, 0, 200]);
    }

    #[test]
    fn floats() {
        assert_eq!(shown(&[0.5, 0.25, -0.0, 1.5]), [0.5, 0.75, 0.0, 1.5]);
    }

    #[test]
    fn nothing_and_one() {
        assert_eq!(shown::<u32>(&[]), []);
        assert_eq!(shown(&[8_i64]), [8]);
    }

    #[test]
    fn the_counter_stands_on_the_left() {
        let steps = [Digits(1), Digits(2), Digits(3), Digits(0), Digits(4)];
        assert_eq!(
            shown(&steps),
            [Digits(1), Digits(12), Digits(123), Digits(0), Digits(4)]
        );
    }

    #[test]
    fn it_begins_at_the_default() {
        assert_eq!(shown(&[Level(5), Level(1)]), [Level(105), Level(106)]);
        assert_eq!(
            shown(&[Level(5), Level(100), Level(0)]),
            [Level(105), Level(100), Level(100)]
        );
    }
}
