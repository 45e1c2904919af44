"""What is told of an answer by reading it: what it reaches for, and what it uses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ferrule.evaluation.answers import policy, tampering

RULES = policy.Table(Path(__file__).parents[2] / "resources/policy.tsv")

# The fifteen ways round a list of substrings, and some more.
EXITS = [
    "fn f() { std::process::exit(0) }",
    "use std::{process as p}; fn f() { p::exit(0) }",
    "fn f() { std :: process :: exit(0) }",
    "fn f() { std/**/::/* } */process::exit(0) }",
    "use ::std as s; fn f() { s::process::exit(0) }",
    "use ::std::{self as q}; fn f() { q::process::exit(0) }",
    "fn f() { r#std::r#process::exit(0) }",
    'fn f() { let u = "http://x"; std::process::exit(0) }',
    'fn f() { let a = "/*"; std::process::exit(0); let b = "*/"; }',
    "fn f(a: &'static str) { std::process::exit(0); let b: &'static str = a; }",
    "fn f() { let a = '\"'; std::process::exit(0); let b = '\"'; }",
    "macro_rules! m { ($a:ident $b:ident) => { std::$a::$b } } fn f() { m!(process exit)(0) }",
    "macro_rules! m { ($($a:ident)*) => { $($a)::*(0) } } fn f() { m!(std process exit) }",
    "fn f() { std::thread::spawn(|| std::process::exit(0)); }",
    "fn f() { std::panic::set_hook(Box::new(|_| std::process::exit(0))); }",
    'fn f() { let a = r#""#; std::process::exit(0) }',
    "use std::*; fn f() { process::exit(0) }",
    "use std::*; use process::*; fn f() { exit(0) }",
    "use std::process::*; fn f() { exit(0) }",
    "extern crate std as s; fn f() { s::process::exit(0) }",
    "use c as d; use b as c; use std as b; fn f() { d::process::exit(0) }",
    "mod m { pub use std as z; } use m::z; fn f() { z::process::exit(0) }",
    'fn f() { <std::process::Command>::new("ls"); }',
]


@pytest.mark.parametrize("code", EXITS)
def test_process_is_found(code):
    assert "process" in policy.groups(code, RULES)


@pytest.mark.parametrize(
    ("code", "groups"),
    [
        ('use std::fs::*; fn f() { write("a", b"") }', ["files"]),
        ("fn f(p: &std::path::Path) -> bool { p.exists() }", ["files"]),
        ("use std::net::TcpStream;", ["network"]),
        ("fn f() { std::thread::spawn(|| ()); }", ["threads"]),
        ("use std::sync::{Arc, Mutex};", ["sync"]),
        ("use std::mem::*; fn f(x: u32) -> f32 { unsafe { transmute(x) } }", ["memory", "unsafe"]),
        ("fn f() { let l = core::alloc::Layout::new::<u8>(); }", ["memory"]),
        ("use std::time; fn f() { time::Instant::now(); }", ["time"]),
        ('fn f() { std::env::var("A"); }', ["environment"]),
        ('const A: &str = env!("A");', ["compile_time"]),
        ('use std::include_str as read; const A: &str = read!("a");', ["compile_time"]),
        ('extern "C" { fn abort() -> !; }', ["ffi"]),
        ("fn f() { let _ = std::panic::take_hook(); }", ["panic_hooks"]),
        ("fn f() { let _ = std::panic::catch_unwind(|| ()); }", []),
        ('use std::arch::asm; fn f() { unsafe { asm!("nop") } }', ["asm", "unsafe"]),
    ],
)
def test_groups(code, groups):
    assert policy.groups(code, RULES) == groups


HONEST = """\
use std::{cell::RefCell, collections::HashMap, fmt, mem, rc::Rc};
use std::sync::Arc;
use std::time::Duration;
// std::process::exit, unsafe, extern "C"
#[derive(Debug, Clone)]
struct External { hyper_threshold: u32, environment: Vec<String>, process: u8 }
impl fmt::Display for External {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "unsafe std::fs::read {}", self.process) }
}
macro_rules! square { ($x:expr) => { $x * $x }; }
#[cfg(test)]
mod tests { use super::*; #[test] fn t() { assert_eq!(square!(2), 4); } }
fn f(a: &mut Vec<u32>, b: &mut Vec<u32>, env: u32, asm: u32) -> usize {
    mem::swap(a, b);
    let taken = mem::take(a);
    let used = std::mem::size_of::<u32>() + Duration::from_secs(1).as_secs() as usize;
    let path = std::path::Path::new("a/b").join("c");
    if env != (asm) && Arc::strong_count(&Arc::new(1)) == 1 && path.starts_with("a") { return 1; }
    std::process_it(used); // no module of std
    let include = std::ptr::eq(a, b);
    taken.len() + square!(used) + usize::from(include)
}
"""


def test_honest_code_has_nothing():
    assert policy.groups(HONEST, RULES) == []
    assert tampering.reason(HONEST) == ""


@pytest.mark.parametrize(
    "code",
    [
        'fn f() { include!("/etc/passwd") }',
        'fn f() { include !("/etc/passwd") }',
        'use core::include as i; fn f() { i!("/etc/passwd") }',
        "use std::include_bytes;",
        'macro_rules! m { ($i:ident) => { $i!("/etc/passwd") } } fn f() { m!(include_str) }',
        'macro_rules! m { () => { std::include_str!("/etc/passwd") } }',
        'const A: Option<&str> = option_env!("SECRET");',
        '#[path = "/etc/passwd"] mod a;',
        "#[ /* } */ no_mangle ] pub fn getrandom() {}",
        "#[unsafe(no_mangle)] pub fn getrandom() {}",
        "#[cfg_attr(all(), no_mangle)] pub fn getrandom() {}",
        '#[cfg_attr(all(a, b), cfg_attr(any(), x), unsafe(export_name = "write"))] pub fn w() {}',
        "macro_rules! m { ($a:ident) => { #[$a] pub fn getrandom() {} } } m!(no_mangle);",
        '#[used] #[link_section = ".init_array"] static A: fn() = b;',
        "#[global_allocator] static A: A = A;",
        "#[panic_handler] fn p() {}",
        "#![cfg(any())]\nfn f() {}",
        "#![no_main]",
        "#![no_std]",
        "#![feature(start)]",
        "#![test_runner(mine)]",
        'extern "C" { fn _exit(code: i32) -> !; }',
        "unsafe extern { fn _exit(code: i32) -> !; }",
        'pub extern "C" fn f() {}',
        'std::arch::global_asm!("nop");',
        'use std::arch::asm; fn f() { unsafe { asm!("syscall") } }',
        "use std::os::fd::FromRawFd; fn f() { unsafe { std::fs::File::from_raw_fd(4) }; }",
        'fn f() { std::fs::write("/proc/self/fd/4", b""); }',
        'fn f() { std::fs::write("/dev/fd/4", b""); }',
    ],
)
def test_tampering(code):
    assert tampering.reason(code)


@pytest.mark.parametrize(
    "code",
    [
        "fn f() { unsafe { std::process::exit(0) } }",
        "#[cfg(not(test))] fn f() {}",
        '#[cfg(feature = "std")] #[allow(unused)] #[inline] #[must_use] fn f() {}',
        "#![allow(dead_code)]\n#![warn(clippy::all)]",
        '// #[no_mangle] include!()\nfn f() { "include!(\\"a\\") #![no_std]" }',
        "fn f(include: bool, naked: u8) -> bool { if include != (naked > 0) { return !(include) } true }",
        "extern crate alloc;",
        "use std::env;",
        "macro_rules! v { ($($x:expr),*) => { vec![$($x),*] } } fn f(env: u8) { v![env]; }",
        'fn f(p: &str) -> bool { p == "/proc" }',
    ],
)
def test_no_tampering(code):
    assert tampering.reason(code) == ""


@pytest.mark.parametrize(
    "code",
    [
        "#[a]" * 10_000,
        "#[" * 20_000,
        "#[cfg_attr(a," * 3_000,
        "use a::{" * 5_000,
        "".join(f"use a{n} as a{n + 1};" for n in range(2_000)),
        "".join(f"use a{n} as b; use b as a{n};" for n in range(1_500)),
        "".join(f"use std::a{n}::*;" for n in range(500)) + "".join(f"b{n}::c();" for n in range(1_000)),
        "use the " * 5_000,
        "x.exists();" * 4_000,
    ],
    ids=range(9),
)
def test_the_cost_grows_no_faster_than_the_text(code):
    start = time.process_time()
    tampering.reason(code)
    policy.groups(code, RULES)
    assert time.process_time() - start < 5


def test_another_table_decides(tmp_path):
    table = tmp_path / "policy.tsv"
    table.write_text("kind\twhat\tgroup\twhy\npath\tstd::fs\tmine\t\nword\tunsafe\t\t\n")
    code = "fn f() { std::fs::read(a); std::process::exit(0); unsafe { g() } }"
    assert policy.groups(code, policy.Table(table)) == ["mine"]
    assert policy.groups(code, RULES) == ["files", "process", "unsafe"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind\twhat\tgroup\n", "policy.tsv: its columns are not kind, what, group, why"),
        ("kind\twhat\tgroup\twhy\npath\ta\tb\tc\nhow\ta\tb\tc\n", "policy.tsv:3: there is no kind 'how'"),
    ],
)
def test_a_table_that_cannot_be_read(tmp_path, text, words):
    (tmp_path / "policy.tsv").write_text(text)
    with pytest.raises(ValueError, match=words):
        policy.Table(tmp_path / "policy.tsv")
