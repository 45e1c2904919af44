//! difficulty: 2

use std::error::Error;

// entry
/// Tells an error and all its causes (`source`, the source of that, and so on) in one line: the messages in order,
/// the error itself first, with `" <- "` between them.
///
/// Libraries often repeat a message one level down. So a message is left out if it is the same as the message of
/// the error directly above it in the chain (whether that one was left out or not), or if it is empty. The message
/// of the error itself is always told, even if it is empty.
///
/// An error with the messages `a`, `b`, `b`, `a` in its chain gives `a <- b <- a`.
pub fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut above = text.clone();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !message.is_empty() && message != above {
            text.push_str(" <- ");
            text.push_str(&message);
        }
        above = message;
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[derive(Debug)]
    struct Level {
        message: &'static str,
        below: Option<Box<Level>>,
    }

    impl fmt::Display for Level {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.message)
        }
    }

    impl Error for Level {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.below.as_deref().map(|below| below as &(dyn Error + 'static))
        }
    }

    fn told(messages: &[&'static str]) -> String {
        let mut below = None;
        for message in messages.iter().rev() {
            below = Some(Box::new(Level { message, below }));
        }
        explain(below.expect("a message").as_ref())
    }

    #[test]
    fn one_message() {
        assert_eq!(told(&["no signal"]), "no signal");
        assert_eq!(told(&[""]), "");
        assert_eq!(explain(&"x".parse::<u8>().unwrap_err()), "invalid digit found in string");
    }

    #[test]
    fn all_causes_in_order() {
        assert_eq!(told(&["no order", "no signal"]), "no order <- no signal");
        assert_eq!(told(&["a", "b", "c", "d"]), "a <- b <- c <- d");
    }

    #[test]
    fn repeated_messages_are_told_once() {
        assert_eq!(told(&["a", "a"]), "a");
        assert_eq!(told(&["a", "b", "b", "a"]), "a <- b <- a");
        assert_eq!(told(&["a", "a", "a", "b"]), "a <- b");
        assert_eq!(told(&["a", "b", "a", "b"]), "a <- b <- a <- b");
    }

    #[test]
    fn empty_messages_are_left_out() {
        assert_eq!(told(&["a", "", "b"]), "a <- b");
        assert_eq!(told(&["a", "", "a"]), "a <- a");
        assert_eq!(told(&["", "b"]), " <- b");
        assert_eq!(told(&["", "", "b", ""]), " <- b");
    }
}
