//! difficulty: 1

use std::cell::Cell;
use std::ops::Deref;

/// A document of an archive that counts how often it is read.
pub struct Metered<T> {
    pub content: Box<T>,
    pub reads: Cell<u8>,
    /// While this is set, nothing is counted.
    pub paused: Cell<bool>,
}

impl<T> Metered<T> {
    pub fn new(content: T) -> Self {
        Metered { content: Box::new(content), reads: Cell::new(0), paused: Cell::new(false) }
    }
}

// entry
/// Dereferences to the content itself, not to its box. Each time adds 1 to `reads`, unless counting is paused;
/// `reads` stays at 255 once it is there.
impl<T> Deref for Metered<T> {
    type Target = T;

    fn deref(&self) -> &T {
        if !self.paused.get() {
            self.reads.set(self.reads.get().saturating_add(1));
        }
        &self.content
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_content() {
        let letter = Metered::new(String::from("Dear Ida"));
        assert_eq!(letter.len(), 8);
        assert!(letter.starts_with("Dear"));
        assert_eq!(*letter, "Dear Ida");
        let text: &str = &letter;
        assert_eq!(text, "Dear Ida");
        assert_eq!(letter.reads.get(), 4);
    }

    #[test]
    fn points_to_the_same_place() {
        let map = Metered::new([1u64, 2, 3]);
        let inside: &[u64; 3] = &map;
        assert!(std::ptr::eq(inside, map.content.as_ref()));
        assert_eq!(map.reads.get(), 1);
        assert_eq!(map[2], 3);
        assert_eq!(map.reads.get(), 2);
    }

    #[test]
    fn fields_are_not_read() {
        let note = Metered::new(7);
        assert_eq!(note.reads.get(), 0);
        assert_eq!(*note.content, 7);
        assert_eq!(note.reads.get(), 0);
    }

    #[test]
    fn counting_can_be_paused() {
        let note = Metered::new(7);
        assert_eq!(*note, 7);
        note.paused.set(true);
        assert_eq!(*note + *note, 14);
        assert_eq!(note.reads.get(), 1);
        note.paused.set(false);
        assert_eq!(*note, 7);
        assert_eq!(note.reads.get(), 2);
    }

    #[test]
    fn counts_up_to_the_limit() {
        let note = Metered::new(1u32);
        assert_eq!((0..254).map(|_| *note).sum::<u32>(), 254);
        assert_eq!(note.reads.get(), 254);
        assert_eq!(*note, 1);
        assert_eq!(note.reads.get(), 255);
        assert_eq!(*note + *note, 2);
        assert_eq!(note.reads.get(), 255);
    }
}
