//! difficulty: 3
use std::any::Any;

// entry
/// The only thing of type `T` in a tool box that holds things of any type.
///
/// If there is exactly one, that thing itself is returned; otherwise the error says how many there
/// are (0, 2 or more). Only things of the very type `T` count.
pub fn only<T: Any>(tools: &[Box<dyn Any>]) -> Result<&T, usize> {
    let mut found = None;
    let mut count = 0;
    for tool in tools.iter().filter_map(|tool| tool.downcast_ref()) {
        found = Some(tool);
        count += 1;
    }
    match found {
        Some(tool) if count == 1 => Ok(tool),
        _ => Err(count),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Hammer(u32);

    #[derive(Debug, PartialEq)]
    struct Saw {
        teeth: u32,
    }

    fn tools() -> Vec<Box<dyn Any>> {
        vec![
            Box::new(Saw { teeth: 40 }),
            Box::new(3_u32),
            Box::new(Hammer(2)),
            Box::new("string"),
            Box::new(Saw { teeth: 50 }),
            Box::new(Saw { teeth: 60 }),
            Box::new(4_u32),
        ]
    }

    #[test]
    fn exactly_one() {
        let tools = tools();
        let hammer: Result<&Hammer, usize> = only(&tools);
        assert_eq!(hammer, Ok(&Hammer(2)));
        let text: Result<&&str, usize> = only(&tools);
        assert_eq!(text, Ok(&"string"));
    }

    #[test]
    fn several() {
        let tools = tools();
        let saw: Result<&Saw, usize> = only(&tools);
        assert_eq!(saw, Err(3));
        let number: Result<&u32, usize> = only(&tools);
        assert_eq!(number, Err(2));
    }

    #[test]
    fn none() {
        let tools = tools();
        let number: Result<&i32, usize> = only(&tools);
        assert_eq!(number, Err(0));
        let text: Result<&String, usize> = only(&tools);
        assert_eq!(text, Err(0));
        let boxed: Result<&Box<dyn Any>, usize> = only(&tools);
        assert!(matches!(boxed, Err(0)));
        let hammer: Result<&Hammer, usize> = only(&[]);
        assert_eq!(hammer, Err(0));
    }

    #[test]
    fn at_the_ends() {
        let tools: Vec<Box<dyn Any>> = vec![Box::new(1_u8), Box::new('x'), Box::new(2_i8)];
        let first: Result<&u8, usize> = only(&tools);
        let last: Result<&i8, usize> = only(&tools);
        assert_eq!((first, last), (Ok(&1), Ok(&2)));
    }

    #[test]
    fn the_thing_itself() {
        let tools = tools();
        let found: Result<&Hammer, usize> = only(&tools);
        let place: *const dyn Any = tools[2].as_ref();
        assert!(std::ptr::addr_eq(found.unwrap(), place));
    }
}
