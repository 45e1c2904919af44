"""Every form of a program compiles and does what the program does."""

import re

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


def site_of(code, header=""):
    site = parse_site(code, "S" if header else "", header, frozenset(re.findall(r"\w+", code)))
    assert site is not None, code
    return site


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
