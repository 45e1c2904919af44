use super::*;

#[test]
fn blanks_do_not_matter() {
    assert_eq!(parse_span(" 1 .. 4 ").unwrap(), Span::new(1, 4));
}
