"""The rewrites of Option, Result and patterns: by examples, and by compiling and running every form of a program."""

import re

import pytest

from ferrule.rust.function_tree import parse_site
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
