//! difficulty: 3
/// Something that measured levels, one after the other.
pub trait Gauge {
    fn levels(&self) -> Vec<i32>;

    /// What is subtracted from each level to get the true one.
    fn offset(&self) -> i32 {
        0
    }
}

/// What people want to know of a gauge.
pub trait Summary {
    fn highest(&self) -> Option<i64>;
    fn span(&self) -> Option<i64>;
    fn turns(&self) -> usize;
}

// entry
/// Gives every gauge the summary of its true levels (level minus offset, which may need 64 bits).
///
/// - `highest`: the highest true level; `None` without levels.
/// - `span`: the highest minus the lowest true level; `None` without levels.
/// - `turns`: how often the levels turn: how many of them are higher than both neighbours, or lower
///   than both. The first and the last level have one neighbour only and are never counted.
///
/// ```text
/// levels 5 2 2 1 4 3 and offset 1: highest 4, span 4, turns 2 (at the levels 1 and 4)
/// ```
impl<G: Gauge + ?Sized> Summary for G {
    fn highest(&self) -> Option<i64> {
        let highest = self.levels().into_iter().max()?;
        Some(i64::from(highest) - i64::from(self.offset()))
    }

    fn span(&self) -> Option<i64> {
        let levels = self.levels();
        let lowest = levels.iter().min()?;
        let highest = levels.iter().max()?;
        Some(i64::from(*highest) - i64::from(*lowest))
    }

    fn turns(&self) -> usize {
        let turn = |three: &&[i32]| {
            three[0].cmp(&three[1]) == three[2].cmp(&three[1]) && three[0] != three[1]
        };
        self.levels().windows(3).filter(turn).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pole(Vec<i32>);

    impl Gauge for Pole {
        fn levels(&self) -> Vec<i32> {
            self.0.clone()
        }
    }

    struct Float {
        level: i32,
        offset: i32,
    }

    impl Gauge for Float {
        fn levels(&self) -> Vec<i32> {
            vec![self.level, self.level.saturating_add(1)]
        }

        fn offset(&self) -> i32 {
            self.offset
        }
    }

    impl Gauge for str {
        fn levels(&self) -> Vec<i32> {
            self.bytes().map(i32::from).collect()
        }

        fn offset(&self) -> i32 {
            i32::from(b'a')
        }
    }

    #[test]
    fn levels_without_an_offset() {
        let pole = Pole(vec![5, 2, 2, 1, 4, 3]);
        assert_eq!(pole.highest(), Some(5));
        assert_eq!(pole.span(), Some(4));
        assert_eq!(pole.turns(), 2);
    }

    #[test]
    fn an_offset_moves_the_highest_only() {
        let float = Float {
            level: 10,
            offset: 3,
        };
        assert_eq!(float.highest(), Some(8));
        assert_eq!(float.span(), Some(1));
        assert_eq!(
            Float {
                level: i32::MAX,
                offset: -1
            }
            .highest(),
            Some(1 << 31)
        );
        assert_eq!(
            Pole(vec![i32::MIN, i32::MAX, 0]).span(),
            Some((1 << 32) - 1)
        );
    }

    #[test]
    fn no_levels() {
        let pole = Pole(vec![]);
        assert_eq!(pole.highest(), None);
        assert_eq!(pole.span(), None);
        assert_eq!(pole.turns(), 0);
        assert_eq!(Pole(vec![-7]).highest(), Some(-7));
        assert_eq!(Pole(vec![-7]).span(), Some(0));
    }

    #[test]
    fn turns() {
        assert_eq!(Pole(vec![1, 2]).turns(), 0);
        assert_eq!(Pole(vec![1, 2, 1]).turns(), 1);
        assert_eq!(Pole(vec![2, 1, 2]).turns(), 1);
        assert_eq!(Pole(vec![1, 2, 3]).turns(), 0);
        assert_eq!(Pole(vec![3, 2, 1]).turns(), 0);
        assert_eq!(Pole(vec![2, 2, 2]).turns(), 0);
        assert_eq!(Pole(vec![1, 2, 2, 1]).turns(), 0);
        assert_eq!(Pole(vec![1, 9, 1, 9, 1]).turns(), 3);
    }

    #[test]
    fn gauges_without_a_size() {
        assert_eq!("face".highest(), Some(5));
        assert_eq!("face".span(), Some(5));
        assert_eq!("face".turns(), 1);
        let gauges: Vec<Box<dyn Gauge>> = vec![
            Box::new(Pole(vec![4])),
            Box::new(Float {
                level: 6,
                offset: 2,
            }),
        ];
        let highest: Vec<Option<i64>> = gauges
            .iter()
            .map(|gauge| gauge.as_ref().highest())
            .collect();
        assert_eq!(highest, [Some(4), Some(5)]);
    }
}
