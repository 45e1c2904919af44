//! One function per lint of resources/idioms.tsv, named after it and written so that the lint complains.

use std::collections::HashMap;
use std::io::Write;

pub struct Point {
    x: i32,
    y: i32,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Kind {
    A,
    B,
}

impl Point {
    pub fn use_self(a: &Point) -> Point { Point { x: a.x, y: a.y } }
    pub fn unnecessary_literal_bound(&self) -> &str { "point" }
    pub fn needless_arbitrary_self_type(self: &Self) -> i32 { self.x }
}

pub fn assign_op_pattern(mut a: i32) -> i32 { a = a + 1; a }
pub fn bind_instead_of_map(a: Option<i32>) -> Option<i32> { a.and_then(|x| Some(x + 1)) }
pub fn bool_assert_comparison(a: &[i32]) { assert_eq!(a.is_empty(), true); }
pub fn bool_comparison(a: bool) -> i32 { if a == true { 1 } else { 2 } }
pub fn bool_to_int_with_if(a: bool) -> i32 { if a { 1 } else { 0 } }
pub fn borrow_as_ptr() -> *const i32 { let a = 1; let p = &a as *const i32; p }
pub fn borrow_deref_ref(a: &str) -> &str { &*a }
pub fn byte_char_slices() -> &'static [u8] { &[b'a', b'b', b'c'] }
pub fn bytes_nth(a: &str) -> Option<u8> { a.bytes().nth(3) }
pub fn cast_lossless(a: u8) -> u32 { a as u32 }
pub fn char_lit_as_u8() -> u8 { 'a' as u8 }
pub fn chars_last_cmp(a: &str) -> bool { a.chars().last() == Some('x') }
pub fn chars_next_cmp(a: &str) -> bool { a.chars().next() == Some('x') }
pub fn checked_conversions(a: i64) -> bool { a >= 0 && a <= u32::MAX as i64 }
pub fn clone_on_copy(a: Kind) -> Kind { a.clone() }
pub fn cloned_instead_of_copied(v: &[i32]) -> Vec<i32> { v.iter().cloned().collect() }
pub fn cmp_owned(a: &str) -> bool { a.to_string() == "x" }
pub fn collapsible_else_if(a: bool, b: bool) -> i32 { if a { 1 } else { if b { 2 } else { 3 } } }
pub fn collapsible_if(a: bool, b: bool) -> i32 { if a { if b { return 1; } } 0 }
pub fn collapsible_str_replace(a: &str) -> String { a.replace('a', "x").replace('b', "x") }
pub fn comparison_to_empty(a: &str) -> bool { a == "" }
pub fn deref_addrof(a: i32) -> i32 { *&a }
pub fn double_comparisons(a: i32, b: i32) -> bool { a == b || a < b }
pub fn double_ended_iterator_last(a: &str) -> Option<&str> { a.split(' ').last() }
pub fn drain_collect(b: &mut Vec<i32>) -> Vec<i32> { b.drain(..).collect() }
pub fn duration_subsec(a: std::time::Duration) -> u32 { a.subsec_nanos() / 1_000_000 }
pub fn elidable_lifetime_names<'a>(v: std::slice::Iter<'a, i32>) -> Option<&'a i32> { v.clone().next() }
pub fn enum_glob_use(a: Kind) -> i32 { use Kind::*; match a { A => 1, B => 2 } }
pub fn err_expect(a: Result<i32, i32>) -> i32 { a.err().expect("x") }
pub fn explicit_auto_deref(a: &&&str) -> usize { fn f(s: &str) -> usize { s.len() } f(**a) }
pub fn explicit_into_iter_loop(v: Vec<i32>) -> i32 { let mut s = 0; for x in v.into_iter() { s += x; } s }
pub fn explicit_iter_loop(v: &Vec<i32>) -> i32 { let mut s = 0; for x in v.iter() { s += x; } s }
pub fn explicit_write() { writeln!(std::io::stdout(), "x").unwrap(); }
pub fn extend_with_drain(a: &mut Vec<i32>, b: &mut Vec<i32>) { a.extend(b.drain(..)); }
pub fn filter_map_bool_then(v: Vec<i32>) -> Vec<i32> { v.into_iter().filter_map(|x| x.is_positive().then(|| x + 1)).collect() }
pub fn filter_map_identity(v: Vec<Option<i32>>) -> Vec<i32> { v.into_iter().filter_map(|x| x).collect() }
pub fn filter_map_next(v: &[i32]) -> Option<i32> { v.iter().filter_map(|x| x.checked_add(1)).next() }
pub fn filter_next(v: &[i32]) -> Option<&i32> { v.iter().filter(|x| **x > 1).next() }
pub fn flat_map_identity(v: Vec<Vec<i32>>) -> Vec<i32> { v.into_iter().flat_map(|x| x).collect() }
pub fn flat_map_option(v: &[i32]) -> Vec<i32> { v.iter().flat_map(|x| x.checked_add(1)).collect() }
pub fn for_kv_map(v: &HashMap<i32, i32>) -> i32 { let mut s = 0; for (_, x) in v { s += x; } s }
pub fn get_first(v: &[i32]) -> Option<&i32> { v.get(0) }
pub fn get_last_with_len(v: &Vec<i32>) -> Option<&i32> { v.get(v.len() - 1) }
pub fn get_unwrap(v: &[i32]) -> i32 { *v.get(1).unwrap() }
pub fn identity_op(a: i32) -> i32 { a + 0 }
pub fn implicit_clone(a: &Vec<i32>) -> Vec<i32> { a.to_vec() }
pub fn implicit_saturating_sub(mut a: u32) -> u32 { if a != 0 { a -= 1; } a }
pub fn infallible_destructuring_match() -> i32 { struct W(i32); let w = W(1); let x = match w { W(x) => x }; x }
pub fn int_plus_one(a: i32, b: i32) -> bool { a >= b + 1 }
pub fn into_iter_on_ref(v: &Vec<i32>) -> i32 { v.into_iter().sum() }
pub fn io_other_error() -> std::io::Error { std::io::Error::new(std::io::ErrorKind::Other, "x") }
pub fn iter_cloned_collect(v: &[i32]) -> Vec<i32> { v.iter().cloned().collect::<Vec<i32>>() }
pub fn iter_count(v: &[i32]) -> usize { v.iter().count() }
pub fn iter_kv_map(v: &HashMap<i32, i32>) -> Vec<i32> { v.iter().map(|(k, _)| k + 1).collect() }
pub fn iter_next_slice(v: &[i32]) -> Option<&i32> { v[1..].iter().next() }
pub fn iter_nth(v: &[i32]) -> Option<&i32> { v.iter().nth(3) }
pub fn iter_nth_zero(v: Vec<i32>) -> Option<i32> { v.into_iter().nth(0) }
pub fn iter_overeager_cloned(v: &[String]) -> Option<String> { v.iter().cloned().last() }
pub fn iter_skip_next(mut v: std::ops::Range<i32>) -> Option<i32> { v.by_ref().skip(3).next() }
pub fn len_zero(v: &[i32]) -> bool { v.len() == 0 }
pub fn let_and_return(a: i32) -> i32 { let b = a + 1; b }
pub fn let_unit_value() { let x = println!("x"); }
pub fn manual_abs_diff(a: u32, b: u32) -> u32 { if a > b { a - b } else { b - a } }
pub fn manual_assert(a: i32) { if a > 3 { panic!("too large"); } }
pub fn manual_contains(v: &[i32]) -> bool { v.iter().any(|x| *x == 3) }
pub fn manual_dangling_ptr() -> *const u32 { 4 as *const u32 }
pub fn manual_div_ceil(a: u32, b: u32) -> u32 { (a + (b - 1)) / b }
pub fn manual_filter(a: Option<i32>) -> Option<i32> { match a { Some(x) => { if x > 0 { None } else { Some(x) } } None => None } }
pub fn manual_find(v: &[i32]) -> Option<i32> { for &x in v { if x > 3 { return Some(x); } } None }
pub fn manual_flatten(v: Vec<Option<i32>>) -> i32 { let mut s = 0; for x in v { if let Some(y) = x { s += y; } } s }
pub fn manual_ignore_case_cmp(a: &str, b: &str) -> bool { a.to_ascii_lowercase() == b.to_ascii_lowercase() }
pub fn manual_ilog2(a: u32) -> u32 { 31 - a.leading_zeros() }
pub fn manual_inspect(a: Option<i32>) -> Option<i32> { a.map(|x| { println!("{x}"); x }) }
pub fn manual_instant_elapsed(a: std::time::Instant) -> std::time::Duration { std::time::Instant::now() - a }
pub fn manual_is_ascii_check(a: char) -> bool { ('a'..='z').contains(&a) }
pub fn manual_is_power_of_two(a: u32) -> bool { a.count_ones() == 1 }
pub fn manual_is_variant_and(a: Option<i32>) -> bool { a.map(|x| x > 1).unwrap_or_default() }
pub fn manual_map(a: Option<i32>) -> Option<i32> { match a { Some(x) => Some(x + 1), None => None } }
pub fn manual_next_back(v: &[i32]) -> Option<&i32> { v.iter().rev().next() }
pub fn manual_ok_err(a: Result<i32, i32>) -> Option<i32> { match a { Ok(v) => Some(v), Err(_) => None } }
pub fn manual_ok_or(a: Option<i32>) -> Result<i32, u8> { a.map_or(Err(3), |v| Ok(v)) }
pub fn manual_pattern_char_comparison(a: &str) -> Vec<&str> { a.split(|c| c == '\n' || c == 'X').collect() }
pub fn manual_range_contains(a: i32) -> bool { a >= 3 && a < 7 }
pub fn manual_range_patterns(a: i32) -> bool { matches!(a, 1 | 2 | 3 | 4) }
pub fn manual_rem_euclid(a: i32) -> i32 { ((a % 4) + 4) % 4 }
pub fn manual_repeat_n(s: String) -> Vec<String> { std::iter::repeat(s).take(3).collect() }
pub fn manual_rotate(a: u32) -> u32 { (a << 8) | (a >> 24) }
pub fn manual_saturating_arithmetic(a: u32, b: u32) -> u32 { a.checked_add(b).unwrap_or(u32::MAX) }
pub fn manual_slice_size_calculation(s: &[i32]) -> usize { s.len() * std::mem::size_of::<i32>() }
pub fn manual_split_once(a: &str) -> Option<(&str, &str)> { let mut it = a.splitn(2, '='); let l = it.next()?; let r = it.next()?; Some((l, r)) }
pub fn manual_str_repeat() -> String { std::iter::repeat("x").take(3).collect() }
pub fn manual_string_new() -> String { "".to_string() }
pub fn manual_swap(v: &mut [i32]) { let t = v[0]; v[0] = v[1]; v[1] = t; }
pub fn manual_unwrap_or(a: Option<i32>) -> i32 { match a { Some(x) => x, None => 42 } }
pub fn manual_unwrap_or_default(a: Option<i32>) -> i32 { match a { Some(x) => x, None => 0 } }
pub fn manual_while_let_some(v: &mut Vec<i32>) { while !v.is_empty() { let x = v.pop().unwrap(); println!("{x}"); } }
pub fn map_all_any_identity(v: Vec<i32>) -> bool { v.into_iter().map(|x| x > 1).all(|x| x) }
pub fn map_clone(v: Option<&i32>) -> Option<i32> { v.map(|x| *x) }
pub fn map_entry(m: &mut HashMap<i32, i32>) { if !m.contains_key(&1) { m.insert(1, 2); } }
pub fn map_flatten(v: Option<i32>) -> Option<i32> { v.map(|x| x.checked_add(1)).flatten() }
pub fn map_identity(v: Vec<i32>) -> Vec<i32> { v.into_iter().map(|x| x).collect() }
pub fn map_unwrap_or(a: Option<i32>) -> i32 { a.map(|x| x + 1).unwrap_or(0) }
pub fn match_ref_pats(a: &Option<i32>) -> i32 { match a { &Some(ref x) => x + 1, &None => 0 } }
pub fn match_result_ok(a: Result<i32, i32>) -> i32 { if let Some(x) = a.ok() { x } else { 0 } }
pub fn mem_replace_option_with_none(a: &mut Option<i32>) -> Option<i32> { std::mem::replace(a, None) }
pub fn mem_replace_with_default(a: &mut Vec<i32>) -> Vec<i32> { std::mem::replace(a, Vec::new()) }
pub fn needless_as_bytes(a: &str) -> usize { a.as_bytes().len() }
pub fn needless_bool(a: i32) -> bool { if a > 1 { true } else { false } }
pub fn needless_borrow(a: &str) -> usize { fn f(s: &str) -> usize { s.len() } f(&a) }
pub fn needless_borrowed_reference(v: &[i32]) -> i32 { v.iter().map(|&ref x| x + 1).sum() }
pub fn needless_borrows_for_generic_args(a: String) -> bool { std::path::Path::new("x").join(&"y").exists() }
pub fn needless_character_iteration(a: &str) -> bool { a.chars().all(|c| c.is_ascii()) }
pub fn needless_collect(v: &[i32]) -> usize { v.iter().map(|x| x + 1).collect::<Vec<_>>().len() }
pub fn needless_else(a: bool) { if a { println!("x"); } else { } }
pub fn needless_lifetimes<'a>(a: &'a str) -> &'a str { a }
pub fn needless_match(a: Option<i32>) -> Option<i32> { match a { Some(x) => Some(x), None => None } }
pub fn needless_option_as_deref(a: Option<&i32>) -> i32 { let b = a.as_deref(); b.map_or(0, |x| *x) }
pub fn needless_option_take(a: Option<&i32>) -> Option<&i32> { a.as_ref().take().copied() }
pub fn needless_parens_on_range_literals() -> i32 { let mut s = 0; for i in (0)..10 { s += i; } s }
pub fn needless_question_mark(a: Option<i32>) -> Option<i32> { Some(a?) }
pub fn needless_return(a: i32) -> i32 { return a + 1; }
pub fn needless_splitn(a: &str) -> Option<&str> { a.splitn(2, '=').next() }
pub fn neg_multiply(a: i32) -> i32 { a * -1 }
pub fn obfuscated_if_else(a: bool) -> i32 { a.then_some(1).unwrap_or(2) }
pub fn ok_expect(a: Result<i32, i32>) -> i32 { a.ok().expect("x") }
pub fn op_ref(a: &str, b: &str) -> bool { &a.len() == &b.len() }
pub fn option_as_ref_cloned(a: &Option<String>) -> Option<String> { a.as_ref().cloned() }
pub fn option_as_ref_deref(a: Option<String>) -> usize { let b = a.as_ref().map(String::as_str); b.unwrap_or("x").len() }
pub fn option_map_or_none(a: Option<i32>) -> Option<i32> { a.map_or(None, |x| Some(x + 1)) }
pub fn or_then_unwrap(a: Option<i32>) -> i32 { a.or(Some(3)).unwrap() }
pub fn partialeq_to_none(a: Option<i32>) -> bool { a == None }
pub fn print_literal() { println!("{}", "x"); }
pub fn print_with_newline() { print!("x\n"); }
pub fn println_empty_string() { println!(""); }
pub fn ptr_as_ptr(a: *const u8) -> *const i32 { a as *const i32 }
pub fn ptr_cast_constness(a: *const u8) -> *mut u8 { a as *mut u8 }
pub fn ptr_eq(a: &i32, b: &i32) -> bool { a as *const i32 == b as *const i32 }
pub fn ptr_offset_with_cast(a: *const u8, n: usize) -> *const u8 { unsafe { a.offset(n as isize) } }
pub fn question_mark(a: Option<i32>) -> Option<i32> { let x = match a { Some(x) => x, None => return None }; Some(x + 1) }
pub fn range_plus_one(n: usize) -> usize { let mut s = 0; for i in 0..n + 1 { s += i; } s }
pub fn redundant_clone(n: i32) -> (String, i32) { let a = n.to_string(); (a.clone(), n) }
pub fn redundant_closure(v: Vec<i32>) -> Vec<String> { fn show(a: i32) -> String { a.to_string() } v.into_iter().map(|a| show(a)).collect() }
pub fn redundant_closure_call(a: i32) -> i32 { let b = (|| a + 1)(); b }
pub fn redundant_closure_for_method_calls(v: &[Point]) -> i32 { v.iter().map(|p| p.needless_arbitrary_self_type()).sum() }
pub fn redundant_else(v: &[i32]) -> i32 { for x in v { if *x > 1 { continue; } else { println!("{x}"); } } 0 }
pub fn redundant_field_names(x: i32, y: i32) -> Point { Point { x: x, y: y } }
pub fn redundant_pattern_matching(a: Option<i32>) -> i32 { if let Some(_) = a { 1 } else { 2 } }
pub fn redundant_slicing(a: &[i32]) -> &[i32] { &a[..] }
pub fn redundant_static_lifetimes() -> i32 { const A: &'static str = "x"; A.len() as i32 }
pub fn repeat_once(a: &str) -> String { a.repeat(1) }
pub fn result_map_or_into_option(a: Result<i32, i32>) -> Option<i32> { a.map_or(None, Some) }
pub fn search_is_some(v: &[i32]) -> bool { v.iter().find(|x| **x > 3).is_some() }
pub fn semicolon_if_nothing_returned(v: &mut Vec<i32>) {
    v.push(1);
    v.clear()
}
pub fn single_char_add_str(a: &mut String) { a.push_str("x"); }
pub fn single_char_pattern(a: &str) -> bool { a.contains("x") }
pub fn single_match(a: Option<i32>) { match a { Some(x) => println!("{x}"), _ => () } }
pub fn stable_sort_primitive(v: &mut Vec<i32>) { v.sort(); }
pub fn string_extend_chars(a: &mut String, b: &str) { a.extend(b.chars()); }
pub fn string_lit_as_bytes() -> &'static [u8] { "abc".as_bytes() }
pub fn to_string_in_format_args(a: &[i32]) { println!("{}", a.len().to_string()); }
pub fn toplevel_ref_arg() -> i32 { let ref a = 3; *a }
pub fn trim_split_whitespace(a: &str) -> Vec<&str> { a.trim().split_whitespace().collect() }
pub fn uninlined_format_args(a: i32, b: &str) -> String { format!("{} and {}", a, b) }
pub fn unnecessary_cast(a: i32) -> i32 { a as i32 }
pub fn unnecessary_fallible_conversions(a: u8) -> u32 { a.try_into().unwrap() }
pub fn unnecessary_first_then_check(v: &[i32]) -> bool { v.first().is_some() }
pub fn unnecessary_fold(v: &[i32]) -> i32 { v.iter().fold(0, |a, x| a + x) }
pub fn unnecessary_join(v: &[String]) -> String { v.iter().map(|s| s.to_uppercase()).collect::<Vec<String>>().join("") }
pub fn unnecessary_lazy_evaluations(a: Option<i32>) -> i32 { a.unwrap_or_else(|| 3) }
pub fn unnecessary_map_or(a: Option<i32>) -> bool { a.map_or(false, |x| x == 5) }
pub fn unnecessary_mut_passed() -> usize { fn f(s: &[i32]) -> usize { s.len() } let mut v = vec![1]; v.push(2); f(&mut v) }
pub fn unnecessary_semicolon(a: i32) -> i32 { if a > 1 { println!("x"); }; a }
pub fn unnecessary_sort_by(v: &mut Vec<Point>) { v.sort_by(|a, b| a.x.cmp(&b.x)); }
pub fn unnecessary_to_owned(a: &str) -> usize { fn f(s: &str) -> usize { s.len() } f(&a.to_string()) }
pub fn unneeded_wildcard_pattern(a: (i32, i32, i32)) -> i32 { let (x, _, ..) = a; x }
pub fn unnested_or_patterns(a: Option<i32>) -> bool { match a { Some(1) | Some(2) => true, _ => false } }
pub fn unused_enumerate_index(v: std::ops::Range<i32>) -> i32 { let mut s = 0; for (_, x) in v.enumerate() { s += x; } s }
pub fn unused_unit(a: i32) -> () { println!("{a}"); }
pub fn unwrap_or_default(a: Option<Vec<i32>>) -> Vec<i32> { a.unwrap_or_else(Vec::new) }
pub fn useless_asref(a: &str) -> usize { fn f(s: &str) -> usize { s.len() } f(a.as_ref()) }
pub fn useless_conversion(a: String) -> String { String::from(a) }
pub fn useless_format() -> String { format!("hello") }
pub fn useless_vec() -> i32 { let v = vec![1, 2, 3]; v.iter().sum() }
pub fn while_let_on_iterator(v: &mut std::vec::IntoIter<i32>) -> i32 { let mut s = 0; while let Some(x) = v.next() { s += x; } s }
pub fn write_with_newline(mut w: impl Write) { write!(w, "x\n").unwrap(); }
pub fn zero_ptr() -> *const u8 { 0 as *const u8 }
