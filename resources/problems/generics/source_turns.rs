//! difficulty: 2
/// Something that gives things, one at a time, until it has none for the moment.
pub trait Source {
    type Thing;

    fn pull(&mut self) -> Option<Self::Thing>;
}

/// Two sources that take turns; `right_turn` says whose turn it is.
#[derive(Debug)]
pub struct Turns<A, B> {
    pub left: A,
    pub right: B,
    pub right_turn: bool,
}

// entry
/// Makes one source out of two that give things of the same type.
///
/// A pull asks the source whose turn it is; if that has nothing the other one is asked, and if that
/// has nothing either there is nothing. The other source is not asked unless it is needed. After
/// every pull, whatever came of it, it is the other one's turn.
impl<A, B> Source for Turns<A, B>
where
    A: Source,
    B: Source<Thing = A::Thing>,
{
    type Thing = A::Thing;

    fn pull(&mut self) -> Option<Self::Thing> {
        self.right_turn = !self.right_turn;
        if self.right_turn {
            self.left.pull().or_else(|| self.right.pull())
        } else {
            self.right.pull().or_else(|| self.left.pull())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its texts from the last to the first, and counts how often it was asked.
    struct Basket {
        texts: Vec<String>,
        asked: u32,
    }

    impl Source for Basket {
        type Thing = String;

        fn pull(&mut self) -> Option<String> {
            self.asked += 1;
            self.texts.pop()
        }
    }

    /// Gives as many marks as its number says.
    struct Marks(u32);

    impl Source for Marks {
        type Thing = String;

        fn pull(&mut self) -> Option<String> {
            self.0 = self.0.checked_sub(1)?;
            Some(format!("mark {}", self.0))
        }
    }

    fn basket(texts: &[&str]) -> Basket {
        Basket {
            texts: texts.iter().rev().map(|text| text.to_string()).collect(),
            asked: 0,
        }
    }

    fn drained(source: &mut impl Source<Thing = String>) -> Vec<String> {
        std::iter::from_fn(|| source.pull()).collect()
    }

    #[test]
    fn taking_turns() {
        let mut turns = Turns {
            left: basket(&["a", "b"]),
            right: Marks(2),
            right_turn: false,
        };
        assert_eq!(drained(&mut turns), ["a", "mark 1", "b", "mark 0"]);
        let mut turns = Turns {
            left: basket(&["a", "b"]),
            right: Marks(2),
            right_turn: true,
        };
        assert_eq!(drained(&mut turns), ["mark 1", "a", "mark 0", "b"]);
    }

    #[test]
    fn the_other_one_stands_in() {
        let mut turns = Turns {
            left: basket(&["a"]),
            right: Marks(3),
            right_turn: false,
        };
        assert_eq!(drained(&mut turns), ["a", "mark 2", "mark 1", "mark 0"]);
        let mut turns = Turns {
            left: basket(&["a", "b", "c"]),
            right: Marks(0),
            right_turn: true,
        };
        assert_eq!(drained(&mut turns), ["a", "b", "c"]);
    }

    #[test]
    fn the_turn_passes_after_every_pull() {
        let mut turns = Turns {
            left: basket(&["a", "b"]),
            right: Marks(0),
            right_turn: true,
        };
        assert_eq!(turns.pull().as_deref(), Some("a"));
        assert!(!turns.right_turn);
        turns.right = Marks(1);
        assert_eq!(turns.pull().as_deref(), Some("b"));
        assert!(turns.right_turn);
        assert_eq!(turns.pull().as_deref(), Some("mark 0"));
        assert_eq!(turns.pull(), None);
        assert!(turns.right_turn);
        turns.left = basket(&["c"]);
        turns.right = Marks(1);
        assert_eq!(turns.pull().as_deref(), Some("mark 0"));
    }

    #[test]
    fn nobody_is_asked_without_need() {
        let mut turns = Turns {
            left: basket(&["a"]),
            right: basket(&["b"]),
            right_turn: false,
        };
        assert_eq!(turns.pull().as_deref(), Some("a"));
        assert_eq!((turns.left.asked, turns.right.asked), (1, 0));
        assert_eq!(turns.pull().as_deref(), Some("b"));
        assert_eq!((turns.left.asked, turns.right.asked), (1, 1));
        assert_eq!(turns.pull(), None);
        assert_eq!((turns.left.asked, turns.right.asked), (2, 2));
    }

    #[test]
    fn turns_of_turns() {
        let inner = Turns {
            left: Marks(1),
            right: basket(&["x", "y"]),
            right_turn: true,
        };
        let mut outer = Turns {
            left: inner,
            right: basket(&["1", "2"]),
            right_turn: false,
        };
        assert_eq!(drained(&mut outer), ["x", "1", "mark 0", "2", "y"]);
    }
}
