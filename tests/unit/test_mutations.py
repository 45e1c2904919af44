"""The catalogue of mutations by its examples, and what holds for every mutation of every function."""

import re
from pathlib import Path

import pytest

from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.rust.function_tree import parse_site
from ferrule.transforms.mutations.mutation_catalogue import OPERATORS, mutations

CRATES = Path(__file__).parents[1] / "data" / "crates"
IMPL, TRAIT, GENERIC = "impl S", "impl T for S", "impl<'a, T> S<'a, T>"

# Operator | header | a function in which «before|after» marks what changes.
EXAMPLES = r"""
assigned_while_borrowed | | fn f(mut n: u8) -> u8 {\n    «n += 1;\n    g(n|let before = &n;\n    n += 1;\n    g(*before»)\n}
cell_across_threads | | fn f() { let m = «Mutex::new|std::cell::RefCell::new»(1); spawn(m); }
drop_send | | fn f<T: Show« + Send|»>(x: T) { spawn(x) }
dropped_while_iterated | | fn f(v: Vec<u8>) {\n    for x in v.iter() {\n        g(x);«|\n        drop(v);»\n    }\n}
moved_while_viewed | | fn f(s: String) {\n    let t = s.trim();«|\n    let owned = s;»\n    g(t);\n}
rc_across_threads | | fn f() { let m = «Arc::new|std::rc::Rc::new»(1); spawn(move || m); }
reference_into_temporary | | fn f(n: u8) {\n    let s = n.to_string()«|.as_str()»;\n    g(s.len());\n}
reference_out_of_block | | fn f(n: u8) {\n    let s = «make(n)|{\n        let value = make(n);\n        &value\n    }»;\n    g(s.len());\n}
trait_object_of_any_trait | | fn f<T: Clone>(x: «T|&dyn Clone») {}
used_while_mutably_borrowed | | fn f(mut n: u8) {\n    «g(n);\n    n|let counter = &mut n;\n    g(n);\n    *counter» += 1;\n}
ambiguous_associated_type | | fn f<I: Iterator>(i: I) -> Option<«I|Iterator»::Item> { i.last() }
arithmetic_across_types | | fn f(x: u64) -> u64 { x + «1u64|1usize» }
array_for_vec | | fn f(n: usize) -> Vec<u8> { «vec!|»[0; n] }
array_length | | fn f() -> [u8; 3] { [1, 2«, 3|»] }
assignment_in_condition | | fn f(n: u8) -> bool { if n «=|»= 1 { true } else { false } }
await_outside_async | | fn f(mut i: I) -> Option<u8> { i.next()«|.await» }
bound_twice | | fn f((a, «b|a»): (u8, u8)) -> u8 { a + b }
break_outside_loop | | fn f(n: u8) -> u8 { if n > 1 { «return n|break n»; } 0 }
break_with_value | | fn f(v: &[u8]) -> u8 { for x in v { «return *x|break *x»; } 0 }
call_in_const | | fn f(v: &[u8]) -> usize { «let|const» n: usize = v.len(); n }
call_of_field | impl S | fn f(&self) -> u8 { self.n«|()» }
call_of_value | | fn f(b: bool) -> Option<u8> { match b { _ => None«|()» } }
cast_for_from | | fn f(x: u8) -> Id { «Id::from(x)|x as Id» }
cast_of_reference | | fn f(x: &u8) -> u32 { «*|»x as u32 }
cast_to_bool | | fn f(x: u8) -> bool { «x != 0|x as bool» }
cast_to_char | | fn f(x: u32) -> char { x as «u8|u32» as char }
cast_to_slice | impl S | fn f(&self) -> &str { «self.s.as_str()|self.s as str» }
change_while_iterating | | fn f(v: &mut Vec<u8>) { for «i in 0..v.len()|(i, _) in v.iter().enumerate()» { v[i] = 1; } }
char_for_str | | fn f(s: &str) -> bool { s.contains(«'x'|"x"») }
closure_argument_count | | fn f() -> u8 { let add = |a: u8, b: u8| a + b; add(1«, 2|») }
closure_parameter_count | | fn f(v: &[u8]) { v.iter().enumerate().for_each(|«(i, x)|i, x»| g(i, x)); }
closure_returns_local | | fn f(v: &[S]) -> Vec<S> { v.iter().map(|x| «|&»x.clone()).collect() }
collect_too_early | | fn f(v: &[u8]) { for x in v.iter().rev()«|.collect()» { g(x); } }
colon_for_return | | fn f()« -> |: »u8 { 1 }
compare_with_some | | fn f(x: u8) -> bool { x == «1|Some(1)» }
deref_of_value | | fn f(x: u8) -> bool { «|*»x == 1 }
deref_pattern | | fn f(v: &[u8]) -> u8 { v.iter().map(|«&|»x| x).sum() }
drop_annotation | | fn f(v: &[u8]) -> usize { let w«: Vec<_>|» = v.iter().collect(); w.len() }
drop_argument | | fn f() -> u8 { g(1«, 2|») }
drop_arm | | fn f(x: bool) -> u8 { match x { true => 1,« false => 0|» } }
drop_as_ref | | fn f(x: &Option<S>) -> usize { x«.as_ref()|».map_or(0, S::len) }
drop_associated_path | impl T for S | fn f(&self) -> Option<«Self::|»Item> { None }
drop_async | | «async |»fn f() { g().await }
drop_await | | async fn f() { g()«.await|» }
drop_bound | | fn f<T«: Clone|»>(x: &T) -> T { x.clone() }
drop_captured_lifetime | | fn f<'a>(v: &'a [u8]) -> impl Iterator<Item = u8>« + 'a|» { v.iter().copied() }
drop_cast | | fn f(x: u8) -> u32 { x« as u32|» }
drop_clone | impl S | fn f(&self) -> String { self.s«.clone()|» }
drop_closing_bracket | | fn f() -> u8 { g(1«)|» }
drop_comma | | fn f() -> u8 { g(1«,|» 2) }
drop_crate | | fn f() { «std::|»mem::drop(1) }
drop_deref | | fn f(x: &u8) -> u8 { «*|»x }
drop_dyn | | fn f(x: &«dyn |»Show) { x.show() }
drop_else | | fn f(x: bool) -> u8 { if x { 1 }« else { 2 }|» }
drop_enum | | fn f(x: E) -> u8 { match x { «E::|»A(n) => n } }
drop_field | | fn f(a: u8, b: u8) -> P { P { a«, b|» } }
drop_final_ok | | fn f() -> Result<(), E> { g()?; «Ok(())|» }
drop_fn | | «fn|function» f() -> u8 { 1 }
drop_import | | fn f() { «use std::mem;|» mem::drop(1) }
drop_in | | fn f(v: &[u8]) { for x «in|:» v { g(x); } }
drop_initializer | | fn f() -> u8 { let mut n« = 0|»; n += 1; n }
drop_iter | | fn f(v: &[u8]) -> u8 { v«.iter()|».sum() }
drop_len | | fn f(v: &[u8]) -> bool { v«.len()|» > 1 }
drop_let | | fn f(x: u8) -> u8 { «let |»y = x + 1; y }
drop_module | | fn f() -> u8 { «util::|»one() }
drop_move | | fn f(n: u8) -> impl Fn() -> u8 { «move |»|| n }
drop_mut | | fn f() -> u8 { let «mut |»n = 0; n += 1; n }
drop_ok | | fn f() -> Result<u8, E> { «Ok(1)|1» }
drop_parameter_lifetime | | fn f<'a>(x: &«'a |»str, y: &str) -> &'a str { x }
drop_question_mark | | fn f() -> Option<u8> { let x = g()«?|»; Some(x) }
drop_ref_pattern | | fn f(x: &Option<S>) { if let Some(«ref |»s) = *x { s.go(); } }
drop_reference | | fn f(s: String) { g(«&|»s) }
drop_rest_pattern | | fn f(p: P) -> u8 { let P { a«, ..|» } = p; a }
drop_return | | fn f(n: u8) -> u8 { if n > 1 { «return n;|n» } 0 }
drop_return_lifetime | | fn f<'a>(x: &'a str, y: &str) -> &«'a |»str { x }
drop_return_type | | fn f()« -> u8|» { 1 }
drop_self | impl S | fn f(&self) -> u8 { «self.|»n }
drop_self_parameter | impl S | fn f(«&self|») -> u8 { self.n }
drop_self_type | impl S | fn f() -> u8 { «Self::|»g() }
drop_semicolon | | fn f() -> u8 { g()«;|» 1 }
drop_some | | fn f() -> Option<u8> { «Some(1)|1» }
drop_some_pattern | | fn f(x: Option<u8>) -> u8 { match x { «Some(1)|1» => 1, _ => 0 } }
drop_take | impl S | fn f(&mut self) -> Option<u8> { self.next«.take()|» }
drop_to_string | | fn f() -> String { "a"«.to_string()|» }
drop_too_early | | fn f(s: S) { «s.go(); drop(s);|drop(s); s.go();» }
drop_tuple_field | impl S | fn f(&self) -> u8 { self«.0|» }
drop_turbofish | | fn f(s: &str) -> bool { s.parse«::<u8>|»().is_ok() }
drop_type_arguments | | fn f() -> Option«<u8>|» { None }
drop_type_binding | | fn f() -> Box<dyn Iterator«<Item = u8>|»> { g() }
drop_type_parameter | | fn f<«T, |»U>(t: T, u: U) {}
drop_type_parameters | | fn f«<T>|»(t: T) -> T { t }
drop_unsafe | | fn f(p: *const u8) -> u8 { «unsafe |»{ *p } }
drop_unwrap | | fn f(x: Option<u8>) -> u8 { x«.unwrap()|» }
drop_where | | fn f<T>(t: &T) -> T «where T: Clone|» { t.clone() }
else_if_in_one_word | | fn f(n: u8) { if n > 1 { g() } «else if|elif» n > 0 { h() } }
empty_branch | | fn f(x: bool) -> u8 { match x { true => 1, false => «0|{}» } }
explicit_drop | | fn f(s: S) { «drop(s)|s.drop()»; }
extra_argument | impl S | fn f(&self, x: u8) -> u8 { self.g(«|x») }
extra_mut_self | impl T for S | fn f(«&self|&mut self») -> u8 { 1 }
extra_question_mark | | fn f(v: &[u8]) -> u8 { let n = v.first()«|?»; *n.unwrap() }
extra_reference | impl S | fn f(&self) -> u8 { g(«|&»self.n) }
extra_reference_pattern | | fn f(v: &[S]) -> bool { v.iter().any(|«|&»x| x.ok()) }
extra_type_argument | | fn f() -> Option<u8«|, u8»> { None }
fat_arrow_return | | fn f() «->|=>» u8 { 1 }
field_of_primitive | | fn f(n: u8) -> u8 { n«|.0» }
field_twice | | fn f(a: u8, b: u8) -> P { P { a, b«|, a» } }
float_for_integer | | fn f(n: u8) -> u8 { n + 1«|.0» }
function_for_method | impl S | fn f(&self) -> u8 { «self.g|Self::g»() }
function_with_self | impl T for S | fn f(«|&self, »n: u8) -> S { S(n) }
guard_on_last_arm | | fn f(x: u8) -> u8 { match x { n if n > 1 => 1, n«| if !(n > 1)» => n } }
increment | | fn f(mut n: u8) { «n += 1|n++»; }
index_of_other_type | | fn f(v: &[u8], i: usize) -> u8 { v[i«| as u32»] }
index_of_tuple | | fn f(p: (u8, u8)) -> u8 { p«.0|[0]» }
index_with_reference | | fn f(v: &[u8], i: usize) -> u8 { v[«|&»i] }
integer_for_float | | fn f(x: f64) -> f64 { x * «2.0|2» }
into_iter_for_iter | impl S | fn f(&self) -> usize { self.v.«iter|into_iter»().count() }
iter_for_iter_mut | impl S | fn f(&mut self) { for x in self.v.«iter_mut|iter»() { *x = 1; } }
jump_in_closure | | fn f(v: &[u8]) { v.iter().for_each(|x| { if *x > 1 { «return|continue»; } g(x) }); }
keyword_as_name | | fn f() -> u8 { let «kind|type» = 1; kind }
let_without_equals | | fn f() -> u8 { let n «=|:=» 1; n }
lifetime_after_type | | fn f(x: Cow<«'static, str|str, 'static»>) {}
lifetime_of_impl_again | impl<'a> S<'a> | fn f«|<'a>»(&'a self) {}
literal_out_of_range | | fn f() -> u8 { g(«|-»1) }
loop_by_value | impl S | fn f(&self) { for x in «&|»self.v { g(x); } }
loop_over_number | | fn f(n: u8) { for i in «0..|»n { g(i); } }
make_const | | «|const »fn f() -> u8 { g() }
map_for_and_then | | fn f(x: Option<u8>) -> Option<u8> { x.«and_then|map»(g) }
match_by_value | impl S | fn f(&self) -> u8 { match «&|»self.e { E::A(s) => s.n() } }
method_for_function | impl S | fn f(&self) -> u8 { «Self::g|self.g»() }
method_of_another_language | | fn f(v: &[u8]) -> usize { v.«len|size»() }
method_without_call | | fn f(v: &[u8]) -> usize { v.len«()|» }
method_without_self | impl T for S | fn f(«&self|») -> u8 { 1 }
misspell_associated_type | | fn f<I: Iterator>(i: I) -> Option<I::«Item|Element»> { i.last() }
misspell_binding | | fn f(«index|idx»: usize) -> usize { index }
misspell_constant | | fn f() -> u8 { «LIMIT|LIMITS» }
misspell_field | impl S | fn f(&self) -> u8 { self.«value|val» }
misspell_function | | fn f() -> u8 { «next_index|next_idx»() }
misspell_import | | fn f() { use std::«cell|cells»; cell::go() }
misspell_in_format | | fn f(value: u8) { println!("{}", «value|val») }
misspell_initializer | | fn f() -> P { P { «length|len»: 1 } }
misspell_label | | fn f() { «'rows: |»loop { break 'rows; } }
misspell_lifetime | | fn f<'a>(x: &'a str) -> &«'a|'b» str { x }
misspell_method | | fn f(v: V) -> u8 { v.«item_count|item_cnt»() }
misspell_path | | fn f() -> V { «Vec|Vector»::new() }
misspell_pattern_field | | fn f(p: P) -> u8 { let P { «value|val: value» } = p; value }
misspell_struct | | fn f() -> Point { «Point|Ponit» { x: 1 } }
misspell_trait | | fn f<T: «Clone|Cloneable»>(t: T) {}
misspell_type | | fn f(x: «String|Str») {}
misspell_variable | | fn f(length: u8) -> u8 { «length|len» }
misspell_variant | | fn f() -> E { E::«First|Fisrt» }
move_into_variable | | fn f(s: S) { let t = «&|»s; g(t); g(&s) }
mut_before_let | | fn f() -> u8 { «let mut|mut let» n = 1; n += 1; n }
negate_collection | | fn f(s: &str) -> bool { !s«.is_empty()|» }
negate_unsigned | | fn f(n: u8) -> u8 { g(«|-»n) }
negate_wrongly | | fn f(b: bool) -> bool { «!b|-b» }
number_for_condition | | fn f(n: u8) { if n« != 0|» { g() } }
other_generics | impl T for S | fn f«|<T>»(&self) {}
other_parameter_count | impl T for S | fn f(&self«, n: u8|») -> u8 { n }
other_parameter_type | impl T for S | fn f(&self, n: «|&»u8) -> u8 { n }
other_return_type | impl T for S | fn f(&self) -> «u8|Option<u8>» { 1 }
own_lifetime_for_self | impl<'a> S<'a> | fn f(&self) -> &«|'a »str { &self.s }
owner_dropped_in_block | | fn f() -> usize { «let s = g(); let t = s.as_str();|let t = {\n    let s = g();\n    s.as_str()\n};» t.len() }
parameter_of_impl_again | impl<T> S<T> | fn f«|<T>»(&self, x: T) {}
parameter_twice | | fn f(a: u8, «b|a»: u8) -> u8 { a + b }
pattern_field_count | | fn f(x: E) -> u8 { match x { E::A(n«|, _») => n } }
pattern_with_fields | | fn f(x: Option<u8>) -> u8 { match x { None«|(_)» => 1, Some(n) => n } }
pattern_without_fields | | fn f(x: Option<u8>) -> u8 { match x { Some«(_)|» => 1, None => 0 } }
placeholder_in_signature | | fn f(x: &«u8|_») -> u8 { *x }
placeholder_lifetime | | fn f<'a>(x: &'a str, y: &str) -> &«'a|'_» str { x }
pub_in_trait_impl | impl T for S | «|pub »fn f(&self) {}
question_mark_across | | fn f(x: Option<u8>) -> Result<u8, E> { let n = x«.ok_or(E)|»?; Ok(n) }
question_mark_for_unwrap | | fn f(x: Option<u8>) -> u8 { x«.unwrap()|?» }
range_without_end | | fn f(v: &[u8]) -> &[u8] { &v[1..«|=»] }
receiver_without_type | | fn f(x: f64) -> f64 { «x.max(0.0)|0.0.max(x)» }
reference_held_too_long | | fn f(x: &mut u8) -> u8 { let old = «*x|&*x»; *x += 1; old }
reference_to_clone | impl S | fn f(&self) -> &str { &self.s«|.clone()» }
reference_to_local | | fn f(x: &str) -> «String { let s = x.into(); s|&str { let s = x.into(); &s» }
refutable_let | | fn f(x: Option<u8>) -> u8 { let Some(n) = x« else { return 0 }|»; n }
return_without_value | | fn f(n: u8) -> u8 { if n > 1 { return« n|»; } 0 }
reversed_range | | fn f(x: u8) -> bool { match x { «1..=9|9..=1» => true, _ => false } }
same_reference_twice | impl S | fn f(&mut self) { std::mem::swap(&mut self.a, &mut «self.b|self.a») }
scope_too_small | | fn f(v: &[u8]) -> u8 { «let mut n = 0; for x in v {\n  n += x;\n}|for x in v {\n    let mut n = 0;\n  n += x;\n}» n }
self_outside_impl | | fn f() -> «Point|Self» { g() }
semicolon_after_tail | | fn f() -> u8 { g()«|;» }
shared_borrow | | fn f(mut v: V) { g(&«mut |»v) }
shared_parameter | | fn f(v: &«mut |»V) { v.push(1) }
shared_self | impl S | fn f(&«mut |»self) { self.n = 1; }
shorthand_of_missing | | fn f() -> P { P { n«: one()|» } }
signature_without_result | | fn f() -> «Option<u8>|u8» { let n = g()?; Some(n) }
slice_pattern_length | | fn f([a«, b|»]: [u8; 2]) -> u8 { a }
slice_pattern_on_owner | | fn f(v: Vec<u8>) -> u8 { match v«.as_slice()|» { [a] => *a, _ => 0 } }
some_for_ok | | fn f() -> Option<u8> { «Some|Ok»(1) }
split_by_hand | | fn f(v: &mut [u8]) { let (a, b) = «v.split_at_mut(1)|(&mut v[..1], &mut v[1..])»; g(a, b) }
static_lifetime | impl S | fn f(&self) -> &«|'static »str { &self.s }
str_for_bytes | | fn f() -> &'static [u8] { «b|»"x" }
string_for_str | | fn f() { g("x"«|.to_string()») }
struct_as_call | | fn f(a: u8) -> P { «P { a, b: 1 }|P(a, 1)» }
swap_arguments | | fn f(x: u8) -> u8 { g(«x, 1|1, x») }
swapped_assignment | impl S | fn f(&mut self) { «self.n = 1|1 = self.n»; }
ternary | | fn f(x: bool) -> u8 { «if x { 1 } else { 2 }|x ? 1 : 2» }
thin_arrow_in_match | | fn f(x: bool) -> u8 { match x { true «=>|->» 1, _ => 0 } }
tuple_field_out_of_range | | fn f(p: (u8, u8)) -> u8 { p.«1|2» }
tuple_pattern_length | | fn f(p: (u8, u8)) -> u8 { let (a, b«|, _») = p; a + b }
tuple_too_short | | fn f() -> (u8, u8, u8) { (1, 2«, 3|») }
turbofish_without_colons | | fn f(s: &str) -> bool { s.parse«::|»<u8>().is_ok() }
type_for_trait | | fn f(s: impl «Into<String>|String») {}
type_parameter_twice | | fn f<T, «U|T»>(t: T, u: U) {}
unbound_in_alternative | | fn f(x: E) -> u8 { match x { E::A(n) \| E::B(«n|_») => n } }
undeclared_lifetime | | fn f«<'a>|»(x: &'a str) -> &'a str { x }
unsized_return | | fn f() -> «Box<dyn Show>|dyn Show» { g() }
unsized_value | | fn f(s: «&str|str») {}
unterminated_char | | fn f() -> char { '.«'|» }
unterminated_string | | fn f() -> &'static str { "a«"|» }
unwrap_of_value | | fn f(v: &[u8]) -> usize { v.len()«|.unwrap()» }
use_before_let | | fn f(x: u8) -> u8 { «let n = x + 1; g(n);|g(n); let n = x + 1;» n }
use_in_loop | | fn f(s: S) { g(«|move »|| s.len()); s.go() }
while_let_to_for | | fn f(mut i: I) { «while let Some(x) = i.next()|for x in i» { g(x, &mut i); } }
while_true_for_loop | | fn f() -> u8 { «loop|while true» { break 1; } }
word_operator | | fn f(a: bool, b: bool) -> bool { a« && | and »b }
wrap_in_some | | fn f(n: u8) -> u8 { «n|Some(n)» }
wrong_cast | | fn f(n: u8) -> usize { n as «usize|u32» }
wrong_let_type | | fn f() -> u64 { let n: «u64|usize» = 1; n }
wrong_lifetime | | fn f<'a, 'b>(x: &'a str, y: &'b str) -> &«'a|'b» str { x }
wrong_parameter_type | | fn f(n: «usize|u32») -> usize { n }
wrong_return_type | | fn f(n: usize) -> «usize|u32» { n }
wrong_turbofish_count | | fn f() -> usize { size_of::<u8«|, _»>() }
wrong_type_binding | | fn f(v: &[u8]) -> impl Iterator<Item = «&u8|u8»> { v.iter() }
wrong_wrapper_pattern | | fn f(x: Option<u8>) -> u8 { match x { «Some|Ok»(n) => n, None => 0 } }
borrow_by_value_self | impl S | fn f(«self|&self») -> V { self.v }
bound_without_brackets | | fn f(x: &«(dyn Show + Send)|dyn Show + Send») {}
field_kept_in_variable | impl S | fn f(&mut self) -> usize {«\n  self.v.push(1);\n  self.v|\n  let v = &self.v;\n  self.v.push(1);\n  v».len()\n}
consume_before_use | impl S | fn f(&self) -> usize { self.m.«keys|into_keys»().count() }
"""


def example(line: str):
    """(operator, header, text before, (start, end, new text))."""
    name, header, text = (
        (part.strip() for part in line.split(" | ", 2))
        if " | | " not in line
        else (line.split(" | | ")[0].strip(), "", line.split(" | | ", 1)[1].strip())
    )
    text = text.replace("\\n", "\n").replace("\\|", "\0")
    mark = re.search(r"«(.*?)»", text, re.DOTALL)
    old, new = mark[1].split("|", 1)
    text_before = (text[: mark.start()] + old + text[mark.end() :]).replace("\0", "|")
    return name, header, text_before, (mark.start(), mark.start() + len(old), new.encode())


@pytest.mark.parametrize("line", EXAMPLES.strip().splitlines(), ids=lambda line: line.split(" ")[0])
def test_example(line):
    name, header, text, expected = example(line)
    site = parse_site(text, "S" if header else "", header, ())
    made = [m for m in mutations(site) if m.operator == name]
    assert expected in [(m.start, m.end, m.text) for m in made]


def test_every_operator_has_an_example_and_a_sentence():
    assert {line.split(" ")[0] for line in EXAMPLES.strip().splitlines()} == set(OPERATORS)
    for operator in OPERATORS.values():
        assert operator.aims and operator.mistake.endswith(".")


def functions():
    for path in sorted(CRATES.rglob("*.rs")):
        chunks = syntax_chunks(path.read_bytes())
        for row in chunks:
            if row["kind"] in ("function", "method") and row["body"] >= 0:
                yield row
    for line in EXAMPLES.strip().splitlines():
        _, header, text, _ = example(line)
        yield dict(code=text, owner="S" if header else "", header=header)


def syntax_chunks(source: bytes) -> list[dict]:
    chunks = Chunks("c@1")
    chunk_file(chunks, "src/lib.rs", source, syntax.parse(source))
    return [
        dict(zip(chunks.columns, values, strict=True))
        for values in zip(*chunks.columns.values(), strict=True)
    ]


# Here tree-sitter and rustc differ on what parses: `1..=` without an end, `parse<u8>()`, `let a := b`, `let type`.
LENIENT = {"keyword_as_name", "range_without_end", "turbofish_without_colons", "let_without_equals"}


def test_every_mutation_stays_inside_changes_the_text_and_says_whether_it_parses():
    count = 0
    for row in functions():
        site = parse_site(row["code"], row["owner"], row["header"], ())
        if site is None:
            continue
        made = mutations(site)
        assert made == mutations(parse_site(row["code"], row["owner"], row["header"], ()))
        assert [m.operator for m in made] == sorted(m.operator for m in made)
        for m in made:
            count += 1
            assert 0 <= m.start <= m.end <= len(site.code)
            text = site.code[: m.start] + m.text + site.code[m.end :]
            assert text.split() != site.code.split()
            text.decode()
            if m.operator not in LENIENT:
                assert syntax.parse(b"impl X {" + text + b"\n}").has_error == m.syntax, (
                    m.operator,
                    text.decode(),
                )
    assert count > 1000
