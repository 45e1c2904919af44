//! difficulty: 2
/// A pattern card of a loom. Every card exists once.
#[derive(Debug)]
pub struct Card {
    pub holes: Vec<u8>,
}

/// A loom: the card that it runs now, and the ones that ran before, the oldest first. `depth` says
/// how many of those it can hold.
#[derive(Debug, Default)]
pub struct Loom {
    pub running: Option<Card>,
    pub earlier: Vec<Card>,
    pub depth: usize,
}

// entry
/// Two methods that move cards in and out of a loom; each card is always in exactly one place.
///
/// `pub fn load(&mut self, card: Card) -> Option<Card>`: `card` becomes the running one. The card
/// that was running, if any, goes to the end of `earlier`. If `earlier` then holds more than
/// `depth` cards, its oldest card (one, not more) leaves the loom and is returned; otherwise `None`
/// is.
///
/// `pub fn undo(&mut self) -> Option<Card>`: the latest of the earlier cards becomes the running
/// one again, and the card that was running, if any, leaves the loom and is returned. With no
/// earlier card nothing changes and `None` is returned.
///
/// A loom of depth 1 that loads the cards a, b and c returns `None`, `None` and a; `undo` then
/// returns c, with b running.
impl Loom {
    pub fn load(&mut self, card: Card) -> Option<Card> {
        self.earlier.extend(self.running.replace(card));
        if self.earlier.len() > self.depth {
            Some(self.earlier.remove(0))
        } else {
            None
        }
    }

    pub fn undo(&mut self) -> Option<Card> {
        let card = self.earlier.pop()?;
        self.running.replace(card)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(mark: u8) -> Card {
        Card { holes: vec![mark] }
    }

    fn mark(card: Option<Card>) -> Option<u8> {
        card.map(|card| card.holes[0])
    }

    fn marks(loom: &Loom) -> (Option<u8>, Vec<u8>) {
        (
            loom.running.as_ref().map(|card| card.holes[0]),
            loom.earlier.iter().map(|card| card.holes[0]).collect(),
        )
    }

    #[test]
    fn the_oldest_leaves_when_the_stack_is_too_deep() {
        let mut loom = Loom {
            depth: 2,
            ..Loom::default()
        };
        assert_eq!(mark(loom.load(card(1))), None);
        assert_eq!(marks(&loom), (Some(1), vec![]));
        assert_eq!(mark(loom.load(card(2))), None);
        assert_eq!(mark(loom.load(card(3))), None);
        assert_eq!(marks(&loom), (Some(3), vec![1, 2]));
        assert_eq!(mark(loom.load(card(4))), Some(1));
        assert_eq!(marks(&loom), (Some(4), vec![2, 3]));
    }

    #[test]
    fn depth_zero_hands_back_what_ran() {
        let mut loom = Loom::default();
        assert_eq!(mark(loom.load(card(1))), None);
        assert_eq!(mark(loom.load(card(2))), Some(1));
        assert_eq!(marks(&loom), (Some(2), vec![]));
        assert_eq!(mark(loom.undo()), None);
        assert_eq!(marks(&loom), (Some(2), vec![]));
    }

    #[test]
    fn undo_goes_back_card_by_card() {
        let mut loom = Loom {
            depth: 5,
            ..Loom::default()
        };
        for number in 1..=3 {
            loom.load(card(number));
        }
        assert_eq!(mark(loom.undo()), Some(3));
        assert_eq!(marks(&loom), (Some(2), vec![1]));
        assert_eq!(mark(loom.undo()), Some(2));
        assert_eq!(mark(loom.undo()), None);
        assert_eq!(marks(&loom), (Some(1), vec![]));
    }

    #[test]
    fn undo_without_a_running_card() {
        let mut loom = Loom {
            running: None,
            earlier: vec![card(7), card(8)],
            depth: 2,
        };
        assert_eq!(mark(loom.undo()), None);
        assert_eq!(marks(&loom), (Some(8), vec![7]));
    }

    #[test]
    fn only_one_card_leaves_at_a_time() {
        let mut loom = Loom {
            running: None,
            earlier: vec![card(1), card(2), card(3)],
            depth: 1,
        };
        assert_eq!(mark(loom.load(card(4))), Some(1));
        assert_eq!(marks(&loom), (Some(4), vec![2, 3]));
    }

    #[test]
    fn cards_are_moved() {
        let mut loom = Loom {
            depth: 1,
            ..Loom::default()
        };
        let first = card(1);
        let holes = first.holes.as_ptr();
        loom.load(first);
        loom.load(card(2));
        assert_eq!(
            loom.load(card(3)).map(|card| card.holes.as_ptr()),
            Some(holes)
        );
    }
}
