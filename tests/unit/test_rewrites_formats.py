"""Formatting macros and strings in the longer form: examples and what must be left alone."""

import pytest
from rewrite_examples import check_example, entries_of, read_examples

from ferrule.transforms.rewrites import formats

ENTRIES = entries_of(formats)

EXAMPLES = read_examples(r"""
inline_format_args_out | fn f() -> String { format!("{x} {y:>4}") } ==> fn f() -> String { format!("{} {:>4}", x, y) }
inline_format_args_out | fn f() { write!(w, "{x} {} {y:?}", a.b()) } ==> fn f() { write!(w, "{} {} {:?}", x, a.b(), y) }
inline_format_args_out | fn f() { assert!(a < b, "{{{a}}} \u{7d} {n}", n = 1) } ==> fn f() { assert!(a < b, "{{{}}} \u{7d} {n}", a, n = 1) }
inline_format_args_out | fn f() { assert_eq!(a, b, "at {i}"); } ==> fn f() { assert_eq!(a, b, "at {}", i); }
inline_format_args_out | fn f() { println!("{x:.n$}") } ==> nothing
inline_format_args_out | fn f() { println!("{x} {0}", y) } ==> nothing
inline_format_args_out | fn f() { println!("{{x}} {}", y) } ==> nothing
inline_format_args_out | fn f() { println!("{x}" /* why */) } ==> nothing
inline_format_args_out | fn f() { println!("{x} {} {}", a::<B, C>(), d) } ==> nothing
inline_format_args_out | fn f() { println!("{n}", n = 1) } ==> nothing
inline_format_args_out | fn f() { other!("{n}") } ==> nothing
writeln_to_write | fn f() { writeln!(w, "{} a", b)?; } ==> fn f() { write!(w, "{} a\n", b)?; }
writeln_to_write | fn f() { writeln!(w)?; println!(); } ==> fn f() { write!(w, "\n")?; print!("\n"); }
writeln_to_write | fn f() { writeln!(w, r"\")?; } ==> nothing
write_str_to_macro | fn f() -> R { w.write_str("a \"b\"") } ==> fn f() -> R { write!(w, "a \"b\"") }
write_str_to_macro | fn f() -> R { self.0.write_str(name) } ==> fn f() -> R { write!(self.0, "{}", name) }
write_str_to_macro | fn f() -> R { w.write_str("{}") } ==> nothing
write_str_to_macro | fn f() -> R { w.write_str(g(&mut w)) } ==> nothing
to_string_to_format | fn f() -> String { x.name().to_string() } ==> fn f() -> String { format!("{}", x.name()) }
to_string_to_format | fn f() -> String { "a".to_string() } ==> nothing
to_string_to_format | fn f() -> String { x.to_string(radix) } ==> nothing
string_new_to_empty_literal | fn f() -> String { String::new() } ==> fn f() -> String { "".to_string() }
string_new_to_empty_literal | const fn f() -> String { String::new() } ==> nothing
vec_macro_to_push | fn f() { let v = vec![a, g(b, c)]; } ==> fn f() { let mut v = Vec::new(); v.push(a); v.push(g(b, c)); }
vec_macro_to_push | fn f() -> Vec<u8> { vec![1] } ==> fn f() -> Vec<u8> { let mut items = Vec::new(); items.push(1); items }
vec_macro_to_push | fn f() { let v = vec![0; n]; } ==> nothing
vec_macro_to_push | fn f() { let v = vec![v, w]; } ==> nothing
vec_macro_to_push | fn f() { let v = vec![|a, b| a, g]; } ==> nothing
vec_macro_to_push | fn f() { h(vec![1]); } ==> nothing
""")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example[0])
def test_example(example):
    check_example(ENTRIES, *example)


def test_every_entry_has_an_example():
    assert {name for name, _, _, after in EXAMPLES if after != "nothing"} == ENTRIES
