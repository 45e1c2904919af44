"""The rewrites of Option, Result and patterns: by examples, and by compiling and running every form of a program."""

import re

import pytest

from ferrule.rust import syntax
from ferrule.rust.function_tree import parse_site
from ferrule.sandbox import session as sandbox
from ferrule.transforms.rewrites import arithmetic, branches, conditions, matches, matching, spelling
from ferrule.transforms.rewrites.option_result import combinators, defaults, early_returns, option_methods
from ferrule.transforms.rewrites.rewrite_catalogue import REWRITES, forms

MODULES = (
    arithmetic,
    branches,
    conditions,
    defaults,
    early_returns,
    matches,
    matching,
    option_methods,
    combinators,
    spelling,
)
MINE = {n for n, r in REWRITES.items() if r.function.__module__ in [m.__name__ for m in MODULES]}

# Rewrite | header | a function in which «original⇒longer form» marks what changes.
EXAMPLES = r"""
and_then_to_match | | fn f(o: Option<&str>) -> Option<u8> { «o.and_then(|s| g(s))⇒match o { Some(s) => g(s), None => None, }» }
and_then_to_match | | fn f(s: &str) -> Result<u8, E> { «s.parse().and_then(g)⇒match s.parse() { Ok(value) => g(value), Err(err) => Err(err), }» }
and_to_nested_if | | fn f(a: u8) { «if (a > 1 || a == 0) && a < 5 { g(); }⇒if a > 1 || a == 0 { if a < 5 { g(); } }» }
as_deref_to_map | | fn f(o: &Option<String>) -> Option<&str> { o.«as_deref()⇒as_ref().map(|x| &**x)» }
bool_then_to_if | | fn f(a: u8) -> Option<u8> { «(a > 1).then(|| a - 1)⇒if a > 1 { Some(a - 1) } else { None }» }
bool_then_to_if | | fn f(a: bool) -> Option<u8> { «a.then_some(1)⇒if a { Some(1) } else { None }» }
compound_assignment_to_assignment | | fn f(a: &[u8]) { let mut n = 0; n «+= a.len() * 2⇒= n + (a.len() * 2)»; }
compound_assignment_to_assignment | | fn f(n: &mut u8) { *n «<<= 1⇒= *n << 1»; }
condition_to_if_else | | fn f(a: u8) -> bool { «a > 1⇒if a > 1 { true } else { false }» }
copied_to_map | | fn f(a: &[u8]) -> Option<u8> { a.first().«copied()⇒map(|&x| x)» }
copied_to_map | | fn f(a: &[S]) -> Option<S> { a.first().«cloned()⇒map(|x| x.clone())» }
else_if_to_nested_if | | fn f(a: u8) { if a > 5 { g() } else «if a > 1 { h() }⇒{ if a > 1 { h() } }» }
expect_to_match | | fn f(a: &[u8]) -> u8 { let x = «a.first().expect("one")⇒match a.first() { Some(x) => x, None => panic!("one"), }»; *x }
expect_to_match | | fn f(s: &str) -> u8 { «s.parse::<u8>().expect("one")⇒match s.parse::<u8>() { Ok(value) => value, Err(err) => panic!("one: {err:?}"), }» }
field_shorthand_to_full | | fn f(a: u8) -> S { S { a«⇒: a» } }
filter_to_match | | fn f(s: &str) -> Option<&str> { «s.strip_prefix("a").filter(|r| !r.is_empty())⇒match s.strip_prefix("a") { Some(r) if !r.is_empty() => Some(r), _ => None, }» }
filter_to_match | | fn f(o: Option<u8>) -> Option<u8> { «o.filter(|x| *x > 3 && ok(x))⇒match o { Some(x) if x > 3 && ok(&x) => Some(x), _ => None, }» }
filter_to_match | | fn f(o: Option<u8>) -> Option<u8> { «o.filter(|&x| x > 3)⇒match o { Some(x) if x > 3 => Some(x), _ => None, }» }
if_let_to_match | | fn f(o: Option<u8>) { «if let Some(x) = o { g(x); }⇒match o { Some(x) => { g(x); }, None => {}, }» }
if_let_to_match | | fn f(t: T) -> u8 { «if let T::Leaf(n) = t { n } else { 0 }⇒match t { T::Leaf(n) => n, _ => 0, }» }
if_let_to_match | | fn f(o: Option<u8>) -> u8 { «if let Some(1) = o { 2 } else if g() { 3 } else { 4 }⇒match o { Some(1) => 2, _ => { if g() { 3 } else { 4 } }, }» }
if_let_to_unwrap | | fn f(o: Option<&str>) { if «let Some(s) = o {⇒o.is_some() { let s = o.unwrap();» g(s); } }
is_empty_to_length | | fn f(s: &str) -> bool { «!s.is_empty()⇒s.len() > 0» }
is_empty_to_length | | fn f(s: &[u8]) { if «s.is_empty()⇒s.len() == 0» { g(); } }
is_some_and_to_map_or | | fn f(o: Option<u8>) -> bool { o.«is_some_and(|x| x > 1)⇒map_or(false, |x| x > 1)» }
is_some_and_to_map_or | | fn f(o: Option<u8>) -> bool { o.«is_none_or(|x| x > 1)⇒map_or(true, |x| x > 1)» }
is_some_and_to_match | | fn f(o: Option<u8>) -> bool { «o.is_some_and(|x| x > 1)⇒match o { Some(x) => x > 1, None => false, }» }
is_some_to_if_let | | fn f(s: &[u8]) { if «s.first().is_none()⇒let None = s.first()» { g(); } }
is_some_to_matches | impl S | fn f(&self) -> bool { !«self.next.is_some()⇒matches!(self.next, Some(_))» }
let_else_to_match | | fn f(o: Option<u8>) -> u8 { let «Some(x) = o else { return 0; }⇒x = match o { Some(x) => x, None => return 0, }»; x }
let_else_to_match | | fn f(s: S) -> u8 { let «S::Pair(a, mut b) = s else { return 0; }⇒(a, mut b) = match s { S::Pair(a, b) => (a, b), _ => return 0, }»; b += a; b }
let_to_late_initialisation | | fn f(a: bool) { let x« = if⇒ ; if» a { «1⇒x = 1;» } else { «2⇒x = 2;» }«;⇒» g(x); }
let_to_late_initialisation | | fn f(a: u8) { let x: u8« = match⇒ ; match» a { 1 => «g()⇒x = g()», 2 => return, _ => { «h(a)⇒x = h(a);» } }«;⇒» g(x); }
map_err_question_mark_to_match | | fn f(s: &str) -> Result<u8, E> { let n = «s.parse().map_err(|_| E::Bad)?⇒match s.parse() { Ok(n) => n, Err(_) => return Err(E::Bad), }»; Ok(n) }
map_err_question_mark_to_match | | fn f(s: &str) -> Result<(), E> { «g(s).map_err(E::from)?;⇒if let Err(err) = g(s) { return Err(E::from(err)); }» Ok(()) }
map_err_to_match | | fn f(s: &str) -> Result<u8, E> { «s.parse().map_err(|e| E::Bad(e))⇒match s.parse() { Ok(value) => Ok(value), Err(e) => Err(E::Bad(e)), }» }
map_or_else_to_match | | fn f(o: Option<u8>) -> u8 { «o.map_or_else(|| g(), |x| x + 1)⇒match o { Some(x) => x + 1, None => g(), }» }
map_or_else_to_match | | fn f(s: &str) -> u8 { «s.parse::<u8>().map_or_else(|e| g(e), |x| x)⇒match s.parse::<u8>() { Ok(x) => x, Err(e) => g(e), }» }
map_or_to_map_unwrap_or | | fn f(o: Option<u8>) -> u8 { o.«map_or(0, |x| x + 1)⇒map(|x| x + 1).unwrap_or(0)» }
map_or_to_match | | fn f(o: Option<&str>) -> usize { «o.map_or(0, str::len)⇒match o { Some(value) => value.len(), None => 0, }» }
map_to_match | | fn f(o: Option<u8>) -> Option<u8> { «o.map(|x| x + 1)⇒match o { Some(x) => Some(x + 1), None => None, }» }
map_to_match | | fn f(s: &str) -> Result<N, E> { «g(s).map(N::new)⇒match g(s) { Ok(value) => Ok(N::new(value)), Err(err) => Err(err), }» }
map_to_match | | fn f(o: Option<u8>) -> Option<u8> { «o.map(|x| { g(); x })⇒match o { Some(x) => { g(); Some(x) }, None => None, }» }
map_with_default_to_match | | fn f(o: Option<u8>) -> u8 { «o.map(|x| x + 1).unwrap_or(0)⇒match o { Some(x) => x + 1, None => 0, }» }
matches_to_if_let | | fn f(o: T) { if «matches!(o, T::A | T::B)⇒let T::A | T::B = o» { g(); } }
matches_to_match | | fn f(c: char) -> bool { «matches!(c, 'a'..='z' | '_')⇒match c { 'a'..='z' | '_' => true, _ => false, }» }
matches_to_match | | fn f(o: Option<u8>) -> bool { «matches!(o, Some(n) if n > 1)⇒match o { Some(n) if n > 1 => true, _ => false, }» }
min_to_if | | fn f(v: &[u8], n: usize) -> usize { «v.len().min(n)⇒if v.len() < n { v.len() } else { n }» }
ok_or_question_mark_to_let_else | | fn f(a: &[u8]) -> Result<u8, E> { «let x = a.first().ok_or(E::Empty)?;⇒let Some(x) = a.first() else { return Err(E::Empty); };» Ok(*x) }
ok_or_question_mark_to_match | | fn f(a: &[u8]) -> Result<u8, E> { let x = «a.first().ok_or_else(|| E::new())?⇒match a.first() { Some(x) => x, None => return Err(E::new()), }»; Ok(*x) }
ok_or_to_match | | fn f(a: &[u8]) -> Result<&u8, E> { «a.first().ok_or(E::Empty)⇒match a.first() { Some(value) => Ok(value), None => Err(E::Empty), }» }
ok_to_match | | fn f(s: &str) -> Option<u8> { «s.parse().ok()⇒match s.parse() { Ok(value) => Some(value), Err(_) => None, }» }
or_else_to_match | | fn f(a: &[u8]) -> Option<&u8> { «a.get(3).or_else(|| a.first())⇒match a.get(3) { Some(value) => Some(value), None => a.first(), }» }
or_pattern_to_arms | | fn f(c: u8) -> u8 { match c { «1 | 2 => 3,⇒1 => 3, 2 => 3,» _ => 4 } }
question_mark_to_if_let | | fn f() -> Result<(), E> { «g()?;⇒if let Err(err) = g() { return Err(err); }» Ok(()) }
question_mark_to_if_let | | fn f() -> Option<()> { «g()?;⇒if g().is_none() { return None; }» Some(()) }
question_mark_to_let_else | | fn f() -> Option<u8> { «let mut x = g()?;⇒let Some(mut x) = g() else { return None; };» x += 1; Some(x) }
question_mark_to_match | | fn f() -> io::Result<u8> { let x = «g()?⇒match g() { Ok(x) => x, Err(err) => return Err(err), }»; Ok(x) }
question_mark_to_match | | fn f(err: u8) -> Result<u8, Box<dyn Error>> { let x: u8 = «g()?⇒match g() { Ok(x) => x, Err(e) => return Err(e.into()), }»; Ok(x) }
question_mark_to_match | | fn f(s: &str) -> Result<u8, Error> { let x = «s.parse()?⇒match s.parse() { Ok(x) => x, Err(err) => return Err(err.into()), }»; Ok(x) }
question_mark_to_match | | fn f(s: &str) -> Result<u8, ParseIntError> { let x = «s.parse()?⇒match s.parse() { Ok(x) => x, Err(err) => return Err(err), }»; Ok(x) }
question_mark_to_match | | fn f(s: &str) -> IResult<u8, E> { let x = «digit.parse(s)?⇒match digit.parse(s) { Ok(x) => x, Err(err) => return Err(err), }»; Ok(x) }
question_mark_to_match | | fn f() -> Option<u8> { let x = «g()?⇒match g() { Some(x) => x, None => return None, }»; Some(x) }
range_contains_to_comparison | | fn f(a: u8) -> bool { «(1..=9).contains(&a)⇒a >= 1 && a <= 9» }
range_contains_to_comparison | | fn f(a: &u8) -> bool { !«(1..9).contains(a)⇒(*a >= 1 && *a < 9)» }
saturating_sub_to_if | | fn f(n: u8) -> u8 { «n.saturating_sub(2)⇒if n > 2 { n - 2 } else { 0 }» }
range_contains_to_comparison | | fn f(a: u8, b: bool) -> bool { «(1..).contains(&a)⇒(a >= 1)» == b }
self_type_to_name | impl Point | fn f(&self, o: &«Self⇒Point») -> «Self⇒Point» { «Self⇒Point»::new(o.x) }
swap_to_temporary | | fn f(v: &mut Vec<u8>, i: usize) { «v.swap(i, 0);⇒let tmp = v[i]; v[i] = v[0]; v[0] = tmp;» }
tail_expression_to_return | | fn f(a: u8) -> u8 { «a + 1⇒return a + 1;» }
take_to_replace | impl S | fn f(&mut self) -> Option<u8> { «self.next.take()⇒std::mem::replace(&mut self.next, None)» }
unwrap_or_default_to_match | | fn f(o: Option<u8>) -> u8 { «o.unwrap_or_default()⇒match o { Some(value) => value, None => Default::default(), }» }
unwrap_or_else_to_match | | fn f(o: Option<Vec<u8>>) -> Vec<u8> { «o.unwrap_or_else(Vec::new)⇒match o { Some(value) => value, None => Vec::new(), }» }
unwrap_or_else_to_match | | fn f(s: &str) -> u8 { «s.parse().unwrap_or_else(|e| g(e))⇒match s.parse() { Ok(value) => value, Err(e) => g(e), }» }
unwrap_or_to_match | | fn f(s: &str) -> u8 { let n = «s.parse().unwrap_or(0)⇒match s.parse() { Ok(n) => n, Err(_) => 0, }»; n }
while_let_to_loop | | fn f(v: &mut Vec<u8>) { 'a: «while let Some(x) = v.pop() {⇒loop { let x = match v.pop() { Some(x) => x, None => break, };» if x > 1 { break 'a; } } }
while_let_to_loop | | fn f(s: &S) { «while let Some(x) = s.lock().pop() { g(x); }⇒loop { match s.lock().pop() { Some(x) => { g(x); }, None => break, } }» }
"""

# Rewrite | header | a function that it must leave alone.
LEFT_ALONE = r"""
and_then_to_match | | fn f(o: Option<u8>) -> Option<u8> { o.and_then(|x| { if x > 1 { return None; } Some(x) }) }
bool_then_to_if | | fn f(a: bool, v: &[u8]) -> Option<u8> { a.then_some(v[0]) }
compound_assignment_to_assignment | | fn f(s: &mut S) { let mut t = s.total(); t += 1; }
compound_assignment_to_assignment | | fn f() { let mut n = 0; n += { n = 3; 1 }; }
copied_to_map | | fn f(a: &[u8]) -> Option<u8> { a.first() /* one */ .copied() }
expect_to_match | | fn f(o: Option<u8>) -> u8 { o.expect("{}") }
expect_to_match | | fn f(s: S) -> u8 { s.expect("one") }
filter_to_match | | fn f(v: Vec<u8>) -> impl Iterator<Item = u8> { v.into_iter().filter(|x| *x > 3) }
filter_to_match | | fn f(o: Option<u8>) -> Option<u8> { o.filter(|x| x == &3) }
bool_then_to_if | | fn f(s: &S) -> Option<u8> { s.queue.lock().is_empty().then(|| s.queue.lock().len()) }
is_some_to_if_let | | fn f(w: &Weak<S>) { if w.upgrade().is_some() { g(w); } }
let_else_to_match | | fn f(s: &S) { let Some(x) = s.cell.borrow_mut().pop() else { s.cell.borrow_mut().push(1); return; }; g(x); }
saturating_sub_to_if | | fn f(n: i8, m: i8) -> i8 { n.saturating_sub(m) }
self_type_to_name | impl Point | fn f() { struct S; impl S { fn new() -> Self { S } } S::new(); }
filter_to_match | | fn f(o: Option<T>) -> Option<T> { o.filter(|x| matches!(**x, T::A)) }
if_let_to_match | | fn f(o: Option<u8>) { if let Some(x) = o /* one */ { g(x); } }
if_let_to_match | | fn f(s: &S) { if let Some(x) = s.cell.borrow_mut().pop() { g(x); } else { s.more(); } }
if_let_to_unwrap | | fn f(o: &mut Option<String>) { if let Some(s) = o { s.clear(); } }
is_empty_to_length | impl S | fn f(&self) -> bool { self.is_empty() }
is_some_to_if_let | | fn f(s: &S) { if s.cell.borrow().is_some() { s.cell.borrow_mut().take(); } }
let_to_late_initialisation | | fn f(x: u8) { let x = if x > 1 { x } else { 2 }; g(x); }
map_err_question_mark_to_match | | fn f() -> Result<u8, E> { let g = || { let n = h().map_err(|_| E)?; Ok(n) }; g() }
map_or_to_match | | fn f(o: Option<u8>) -> u8 { o.map_or(g(), |x| x + 1) }
map_to_match | | fn f(o: Option<u8>) -> Option<u8> { let mut n = 1; let r = o.map(move |x| { n += 1; x + n }); g(n); r }
map_to_match | | fn f(o: Option<u8>) -> Option<u8> { o.map(|x| Some(x?).unwrap()) }
map_to_match | | fn f(o: Option<u8>) -> Option<u8> { o.map(/* one */ |x| x + 1) }
map_to_match | | fn f(o: Option<u8>) -> Option<Option<u8>> { o.map(|x| { try_it!(x?); Some(x) }) }
map_to_match | | fn f(v: &[u8]) -> Vec<u8> { let w = v.iter().map(|x| x + 1); w.collect() }
matches_to_if_let | | fn f(s: &S) { if matches!(s.lock().kind(), K::A) { s.lock().go(); } }
matches_to_match | | fn f(c: char) -> bool { matches!(c, 'a' /* one */ | 'b') }
min_to_if | | fn f(a: f64, b: f64) -> f64 { a.min(b) }
min_to_if | | fn f(a: u8) -> u8 { a.min(next()) }
ok_or_question_mark_to_let_else | | fn f(a: &[u8]) -> Result<u8, E> { let x = a.first().ok_or(g())?; Ok(*x) }
ok_or_question_mark_to_let_else | | fn f() -> Result<u8, E> { let x = loop { break g() }.ok_or(E)?; async { let y = h().ok_or(E)?; Ok(y) }; Ok(x) }
or_pattern_to_arms | | fn f(c: u8) -> u8 { match c { 1 /* one */ | 2 => 3, _ => 4 } }
question_mark_to_if_let | | fn f() -> Result<(), E> { let go = || { g()?; Ok(()) }; go() }
question_mark_to_let_else | | fn f() -> Option<u8> { let x = match g() { _ => h(1) }?; Some(x) }
question_mark_to_let_else | | fn f() -> Option<u8> { let x: u8 = g()?; Some(x) }
question_mark_to_match | | fn f() -> Poll<Result<u8, E>> { let x = g()?; x }
question_mark_to_match | | fn f() -> Result<u8, E> { let x = async { let y = g()?; Ok(y) }; h(x) }
question_mark_to_match | | fn f() -> Result<u8, E> { let x = g() /* one */ ?; Ok(x) }
range_contains_to_comparison | | fn f(a: u8) -> bool { (g()..=h()).contains(&a) }
self_type_to_name | impl<T> List<T> | fn f() -> Self { Self::new() }
self_type_to_name | impl Iterator for S | fn f() -> Option<Self::Item> { None }
swap_to_temporary | impl Heap | fn f(&mut self, i: usize) { self.swap(i, 0); }
take_to_replace | | fn f(v: &[u8]) -> V { v.iter().take(2) }
unwrap_or_to_match | | fn f(o: Option<u8>, v: &[u8]) -> u8 { o.unwrap_or(v[0]) }
"""


def rows(text):
    for line in text.strip().splitlines():
        name, header, code = line.split("|", 2)
        yield name.strip(), header.strip(), code.strip()


def sides(code):
    """The two texts of an example."""
    return tuple(re.sub(r"«(.*?)⇒(.*?)»", rf"\{side}", code) for side in (1, 2))


def squeezed(text):
    """Without what rustfmt decides: blanks, and commas before a closing bracket."""
    return re.sub(r",(?=[})\]])", "", re.sub(r"\s+", "", text))


def site_of(code, header=""):
    site = parse_site(code, "S" if header else "", header, frozenset(re.findall(r"\w+", code)))
    assert site is not None, code
    return site


@pytest.mark.parametrize("name,header,code", list(rows(EXAMPLES)))
def test_writes_the_idiom_out(name, header, code):
    before, after = sides(code)
    found = [form.text.decode() for form in forms(site_of(before, header)) if form.rewrite == name]
    assert squeezed(after) in map(squeezed, found), found


@pytest.mark.parametrize("name,header,code", list(rows(LEFT_ALONE)))
def test_leaves_alone_what_it_cannot_prove(name, header, code):
    site = site_of(code, header)
    assert not list(REWRITES[name].function(site))


def test_every_entry_has_an_example():
    assert {name for name, _, _ in rows(EXAMPLES)} == MINE
    assert len(MINE) > 35
    for name in MINE:
        assert re.fullmatch(r"[A-Z].*[.]", REWRITES[name].advice), name


# A program whose `check` fails if one of its functions does something else.
PROGRAM = r"""
use std::cell::{Cell, RefCell};
use std::collections::HashMap;

#[derive(Debug, Clone, PartialEq)]
pub enum Fault { Empty, Bad(String), Parse(std::num::ParseIntError) }
impl From<std::num::ParseIntError> for Fault { fn from(e: std::num::ParseIntError) -> Fault { Fault::Parse(e) } }

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point { x: i32, y: i32 }
impl Point {
    fn new(x: i32, y: i32) -> Self { Self { x, y } }
    fn scaled(&self, by: i32) -> Self { Self::new(self.x * by, self.y * by) }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Shape { Dot, Line(i32), Rect { w: i32, h: i32 }, Pair(i32, i32) }
use Shape::*;

pub struct Queue { next: Option<u8>, seen: RefCell<Vec<u8>>, count: Cell<usize> }
impl Queue {
    fn pop(&mut self) -> Option<u8> {
        let now = self.next.take();
        if self.next.is_some() { return None; }
        self.count.set(self.count.get() + 1);
        now
    }
    fn drain(&self) -> u32 {
        let mut sum = 0u32;
        while let Some(x) = self.seen.borrow_mut().pop() { sum = sum * 10 + u32::from(x); }
        sum
    }
    fn spill(&self) -> usize {
        if let Some(x) = self.seen.borrow().first() { usize::from(*x) } else { self.count.get() }
    }
}

fn half(n: i32) -> Option<i32> { if n % 2 == 0 { Some(n / 2) } else { None } }
fn quarter(n: i32) -> Option<i32> { half(n).and_then(|n| half(n)) }
fn halved(n: i32) -> Option<String> { half(n).map(|n| { let n = n + 1; n.to_string() }) }
fn number(s: &str) -> Result<i32, Fault> { s.trim().parse::<i32>().map_err(|e| Fault::Bad(e.to_string())) }
fn twice(s: &str) -> Result<i32, Fault> { number(s).map(|n| n * 2) }
fn sum(a: &str, b: &str) -> Result<i32, Fault> {
    let a = number(a)?;
    let total = a + number(b).and_then(|b| if b < 0 { Err(Fault::Empty) } else { Ok(b) })?;
    check_even(total)?;
    Ok(total)
}
fn check_even(n: i32) -> Result<(), Fault> { if n % 2 == 0 { Ok(()) } else { Err(Fault::Bad(n.to_string())) } }
fn converted(s: &str) -> Result<i32, Fault> { let n: i32 = s.parse()?; Ok(n) }
fn boxed(s: &str) -> Result<i32, Box<dyn std::error::Error>> { let n: i32 = s.parse()?; Ok(n + 1) }
fn first_two(v: &[u8]) -> Option<(u8, u8)> {
    let mut a = v.first().copied()?;
    a += 1;
    let b = *v.get(1)?;
    v.get(2)?;
    Some((a, b))
}
fn inner(v: &[i32]) -> Option<i32> {
    let all = |w: &[i32]| -> Option<i32> { let a = w.first()?; Some(a + 1) };
    all(v).or_else(|| v.last().copied())
}
fn required(v: &[i32]) -> Result<i32, Fault> {
    let a = v.first().ok_or(Fault::Empty)?;
    let mut b = *v.get(1).ok_or_else(|| Fault::Bad(v.len().to_string()))?;
    b += a;
    Ok(b)
}
fn required_last(v: &[i32]) -> Result<&i32, Fault> { v.last().ok_or(Fault::Empty) }
fn checked(s: &str) -> Result<i32, Fault> {
    let n = s.parse::<i32>().map_err(|_| Fault::Bad(s.to_string()))?;
    check_even(n).map_err(|e| Fault::Bad(format!("{e:?}")))?;
    Ok(n)
}
fn parsed(s: &str) -> Option<u8> { s.parse().ok() }
fn or_zero(s: &str) -> i32 { let n = s.parse().unwrap_or(0); n + 1 }
fn or_length(s: &str) -> usize { s.parse().unwrap_or_else(|_| s.len()) }
fn or_default(o: Option<Vec<u8>>) -> Vec<u8> { o.unwrap_or_default() }
fn or_made(o: Option<Vec<u8>>) -> Vec<u8> { o.unwrap_or_else(Vec::new) }
fn width(o: Option<&str>) -> usize { o.map_or(7, str::len) }
fn either_way(s: &str) -> String { s.parse::<i32>().map_or_else(|e| e.to_string(), |n| (n + 1).to_string()) }
fn length(o: Option<&str>) -> usize { o.map(|s| s.len() * 2).unwrap_or(3) }
fn long(o: Option<&str>) -> bool { o.is_some_and(|s| s.len() > 3) }
fn kept(o: Option<i32>) -> Option<i32> { o.filter(|n| *n > 3 && n.count_ones() > 1) }
fn must(v: &[i32]) -> i32 { let x = v.first().expect("a first one"); *x }
fn named(o: &Option<String>) -> Option<&str> { o.as_deref() }
fn flag(n: i32) -> Option<i32> { (n > 3).then(|| n - 3) }
fn shout(o: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(s) = o { out.push_str(s); out.push('!'); }
    out
}
fn sized(s: &str, v: &[u8]) -> i32 { if s.is_empty() || !v.is_empty() { 1 } else { 2 } }
fn absent_or_long(o: Option<&str>) -> bool { o.is_none_or(|s| s.len() > 3) }
fn parses_small(s: &str) -> bool { s.parse::<i32>().is_ok_and(|n| n < 10) }
fn second_try(s: &str) -> Result<i32, Fault> { number(s).or_else(|e| if s.is_empty() { Err(e) } else { number(&s[1..]) }) }
fn numbered(s: &str) -> i32 { s.parse::<i32>().map_or(-1, |n| n + 1) }
fn lengths(o: Option<&str>) -> Vec<u8> { o.map(|s| s.as_bytes().to_vec()).unwrap_or_else(Vec::new) }
fn least(v: &mut [u8]) -> usize {
    let last = v.len().saturating_sub(1);
    if v.len() > 1 { v.swap(0, last); }
    let most = last.max(1);
    most.min(v.len())
}
fn cloned(v: &[String]) -> Option<String> { v.first().cloned() }
fn kind(s: &Shape) -> bool { matches!(s, Line(n) if *n > 1) || matches!(s, Dot) }
fn is_line(s: &Shape) -> bool { matches!(s, Line(_) | Pair(..)) }
fn letter(c: char) -> bool { let yes = matches!(c, 'a'..='z' | '_'); yes }
fn area(s: &Shape) -> i32 {
    let Rect { w, h } = s else { return -1; };
    let Some(x) = half(*w) else { panic!("odd") };
    x * h
}
fn pair(s: Shape) -> i32 { let Pair(a, mut b) = s else { return 0; }; b += a; b * a }
fn code(s: &Shape) -> i32 { match s { Dot | Rect { .. } => 1, Line(n) | Pair(n, _) => *n } }
fn first_line(s: &Shape, others: &[Shape]) -> i32 {
    if let Line(n) = s { *n } else if let Some(o) = others.first() { code(o) } else { -2 }
}
fn counted(words: &[&str]) -> HashMap<String, u32> {
    let mut found = HashMap::new();
    let mut left = words.to_vec();
    let mut rounds: u32 = 0;
    'outer: while let Some(w) = left.pop() {
        rounds += 1 + w.len() as u32;
        if w.is_empty() { continue; }
        while let Some((a, b)) = w.split_once('-') {
            if a.is_empty() && b.len() > 1 { break 'outer; }
            *found.entry(a.to_string()).or_insert(0) += rounds;
            break;
        }
    }
    found
}
fn grade(n: i32) -> &'static str {
    let word = if n > 8 { "good" } else if n > 4 { let w = "fair"; w } else { "poor" };
    let other: &str = match n { 0 => "none", n if n < 0 => return "less", _ => { word } };
    other
}
fn within(n: i32, x: &f64) -> bool { (1..10).contains(&n) && !(0.0..=1.0).contains(x) }
fn guarded(n: i32, log: &mut Vec<i32>) -> i32 {
    if n > 1 && n < 9 { log.push(n); } else if n > 20 { log.push(-n); } else { log.push(0); }
    if n % 2 == 0 && half(n).is_some() { log.push(1); }
    log.len() as i32
}

pub fn check() {
    assert_eq!(Point::new(1, 2).scaled(3), Point { x: 3, y: 6 });
    let mut q = Queue { next: Some(4), seen: RefCell::new(vec![1, 2, 3]), count: Cell::new(0) };
    assert_eq!((q.spill(), q.pop(), q.pop(), q.count.get()), (1, Some(4), None, 2));
    assert_eq!((q.drain(), q.drain(), q.spill()), (321, 0, 2));
    assert_eq!((quarter(8), quarter(6), quarter(3)), (Some(2), None, None));
    assert_eq!((halved(8), halved(3)), (Some("5".to_string()), None));
    assert_eq!((twice(" 4 "), twice("-")), (Ok(8), Err(Fault::Bad("invalid digit found in string".into()))));
    assert_eq!((sum("1", "3"), sum("1", "-3")), (Ok(4), Err(Fault::Empty)));
    assert_eq!((sum("1", "2"), sum("", "2").is_err()), (Err(Fault::Bad("3".into())), true));
    assert_eq!((converted("3"), boxed("3").ok(), boxed("").is_err()), (Ok(3), Some(4), true));
    assert!(matches!(converted("x"), Err(Fault::Parse(_))));
    assert_eq!((first_two(&[1, 2, 3]), first_two(&[1, 2]), first_two(&[])), (Some((2, 2)), None, None));
    assert_eq!((inner(&[4]), inner(&[])), (Some(5), None));
    assert_eq!((required(&[1, 2]), required(&[])), (Ok(3), Err(Fault::Empty)));
    assert_eq!((required(&[1]), required_last(&[1]), required_last(&[])), (Err(Fault::Bad("1".into())), Ok(&1), Err(Fault::Empty)));
    assert_eq!((checked("4"), checked("x")), (Ok(4), Err(Fault::Bad("x".into()))));
    assert_eq!(checked("3"), Err(Fault::Bad("Bad(\"3\")".into())));
    assert_eq!((parsed("7"), parsed("700")), (Some(7), None));
    assert_eq!((or_zero("4"), or_zero("x"), or_length("9"), or_length("abc")), (5, 1, 9, 3));
    assert_eq!((or_default(None), or_default(Some(vec![1])), or_made(None), or_made(Some(vec![2]))), (vec![], vec![1], vec![], vec![2]));
    assert_eq!((width(None), width(Some("ab")), length(None), length(Some("ab"))), (7, 2, 3, 4));
    assert_eq!((either_way("4"), either_way("").as_str()), ("5".to_string(), "cannot parse integer from empty string"));
    assert_eq!((long(None), long(Some("abc")), long(Some("abcd"))), (false, false, true));
    assert_eq!((kept(Some(5)), kept(Some(8)), kept(Some(3)), kept(None)), (Some(5), None, None, None));
    assert_eq!((must(&[3]), named(&Some("a".into())), named(&None)), (3, Some("a"), None));
    let said = std::panic::catch_unwind(|| must(&[])).unwrap_err();
    let said = said.downcast_ref::<&str>().map(|s| s.to_string()).or(said.downcast_ref::<String>().cloned());
    assert_eq!(said.as_deref(), Some("a first one"));
    assert_eq!((flag(5), flag(3), shout(None), shout(Some("a"))), (Some(2), None, String::new(), "a!".to_string()));
    assert_eq!((cloned(&["a".to_string()]), cloned(&[])), (Some("a".to_string()), None));
    assert_eq!([sized("", &[1]), sized("a", &[]), sized("a", &[1]), sized("", &[])], [1, 2, 1, 1]);
    assert_eq!([None, Some("abc"), Some("abcd")].map(absent_or_long), [true, false, true]);
    assert_eq!(["3", "30", "x"].map(parses_small), [true, false, false]);
    assert_eq!((second_try("x4"), second_try("5"), second_try("").is_err()), (Ok(4), Ok(5), true));
    assert_eq!((numbered("x"), numbered("3"), lengths(None), lengths(Some("a"))), (-1, 4, vec![], vec![97]));
    let mut bytes = [1, 2, 3];
    assert_eq!((least(&mut bytes), least(&mut []), least(&mut [1]), bytes), (2, 0, 1, [3, 2, 1]));
    let shapes = [Dot, Line(1), Line(2), Rect { w: 4, h: 3 }, Pair(5, 6)];
    assert_eq!(shapes.each_ref().map(kind), [true, false, true, false, false]);
    assert_eq!(shapes.each_ref().map(is_line), [false, true, true, false, true]);
    assert_eq!(shapes.each_ref().map(area), [-1, -1, -1, 6, -1]);
    assert_eq!(shapes.each_ref().map(code), [1, 1, 2, 1, 5]);
    assert_eq!(shapes.clone().map(pair), [0, 0, 0, 0, 55]);
    assert_eq!(shapes.each_ref().map(|s| first_line(s, &shapes[4..])), [5, 1, 2, 5, 5]);
    assert_eq!(first_line(&Dot, &[]), -2);
    assert_eq!(['a', '_', 'A'].map(letter), [true, true, false]);
    let found = counted(&["-xx", "b-1", "", "a-", "c", "a-b"]);
    assert_eq!(found, HashMap::from([("a".to_string(), 4 + 9), ("b".to_string(), 14)]));
    assert_eq!([-1, 0, 3, 5, 9].map(grade), ["less", "none", "poor", "fair", "good"]);
    assert_eq!([within(1, &2.0), within(9, &1.0), within(10, &2.0), within(0, &2.0)], [true, false, false, false]);
    let mut log = vec![];
    assert_eq!([2, 30, 9, 5, 4].map(|n| guarded(n, &mut log)), [2, 4, 5, 6, 8]);
    assert_eq!(log, [2, 1, -30, 1, 0, 5, 4, 1]);
}
"""


def functions(program):
    """(node, header) of every function of the program but `check`."""
    for item in syntax.parse(program).named_children:
        if item.type == "function_item" and item.child_by_field_name("name").text != b"check":
            yield item, ""
        elif item.type == "impl_item":
            header = item.text.split(b"{")[0].decode().strip()
            yield from ((n, header) for n in item.child_by_field_name("body").named_children)


def rewritten_programs():
    """The program with one form of each function at a time, until all forms were in; and which rewrites were."""
    program = PROGRAM.encode()
    of_function = [(node, forms(site_of(node.text.decode(), header))) for node, header in functions(program)]
    of_function = [(node, [form for form in found if form.rewrite in MINE]) for node, found in of_function]
    programs = []
    for turn in range(max(len(found) for _, found in of_function)):
        parts, last = [], 0
        for node, found in of_function:
            if turn < len(found):
                parts += [program[last : node.start_byte], found[turn].text]
                last = node.end_byte
        programs.append(b"".join([*parts, program[last:]]))
    return programs, {form.rewrite for _, found in of_function for form in found}


def test_every_form_of_a_program_compiles_and_does_the_same(tmp_path):
    programs, used = rewritten_programs()
    assert used == MINE
    text = b"#![allow(warnings)]\n" + b"".join(
        b"mod form_%d {%b}\n" % (i, program) for i, program in enumerate([PROGRAM.encode(), *programs])
    )
    calls = b"".join(b"form_%d::check();" % i for i in range(len(programs) + 1))
    tmp_path.chmod(0o755)
    (tmp_path / "forms.rs").write_bytes(text + b"fn main() {" + calls + b"}\n")
    with sandbox.Session(tmp_path) as session:
        command = "rustc --edition 2021 -C debuginfo=0 -o /tmp/forms forms.rs && /tmp/forms"
        done = session.run(["sh", "-c", command])
    assert done.status == "ok", done.stderr.decode()[:6000]
