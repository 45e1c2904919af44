#[test]
fn display() {
    assert_eq!(tidy::Span::new(1, 3).to_string(), "1..3");
}
