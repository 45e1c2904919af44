"""A small crate with tasks, as `snakemake tasks` leaves one for a grader: functions, macros and tests to attack."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ferrule.core.files import write_json
from ferrule.core.schemas import TaskRow
from ferrule.crates import cargo
from ferrule.grading.answer_functions import head_of

LIBRARY = """//! Sums, levels and counters.
use std::cell::Cell;
use std::sync::atomic::{AtomicI64, Ordering};

/// How often `counted` was called.
pub static CALLS: AtomicI64 = AtomicI64::new(0);

thread_local! {
    pub static LAST: Cell<i64> = const { Cell::new(0) };
}

/// Runs an expression in an unsafe block.
macro_rules! trusted {
    ($value:expr) => {
        unsafe { $value }
    };
}

/// The text of a file.
#[allow(unused_macros)]
macro_rules! text_of {
    ($file:expr) => {
        include_str!($file)
    };
}

/// The sum of all values; 0 if there is none.
pub fn total(values: &[i64]) -> i64 {
    let mut sum = 0;
    for value in values {
        sum += helper(*value);
    }
    sum
}

fn helper(value: i64) -> i64 {
    value
}

/// Adds one to the calls.
pub fn counted(value: i64) -> i64 {
    CALLS.fetch_add(1, Ordering::SeqCst);
    LAST.with(|last| last.set(value));
    value + 1
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level(pub i64);

impl Level {
    /// The level raised by a number.
    pub fn raised(self, by: i64) -> Level {
        Level(self.0 + by)
    }

    /// The first byte of a slice that has one.
    pub fn first(bytes: &[u8]) -> u8 {
        assert!(!bytes.is_empty());
        trusted!(*bytes.get_unchecked(0))
    }
}

impl std::fmt::Display for Level {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} m", self.0)
    }
}

/// `total` is not called by the tests of this one.
pub fn twice(value: i64) -> i64 {
    value * 2
}

pub fn nothing() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some() {
        assert_eq!(total(&[1, 2, 3]), 6);
    }

    #[test]
    fn negative() {
        assert!(total(&[-5, 2]) == -3);
    }

    #[test]
    fn one() {
        assert_eq!(total(&[7]), 7);
    }

    #[test]
    fn doubled() {
        assert_eq!(twice(4), 8);
    }

    #[test]
    fn up() {
        assert_eq!(Level(2).raised(3), Level(5));
        assert_eq!(Level(2).to_string(), "2 m");
        assert_eq!(Level::first(b"ab"), b'a');
    }

    #[test]
    fn counts() {
        let before = CALLS.load(Ordering::SeqCst);
        assert_eq!(counted(1), 2);
        assert!(CALLS.load(Ordering::SeqCst) > before);
        nothing();
    }

    #[test]
    #[should_panic(expected = "is_empty")]
    fn no_byte() {
        Level::first(b"");
    }
}
"""
INTEGRATION = """use demo::{total, Level};

#[test]
fn outside() {
    assert_eq!(total(&[2, 2]), 4);
    assert_eq!(Level(1).raised(1).0, 2);
}
"""
FAIL_TO_PASS = {
    "total": ["--lib tests::negative", "--lib tests::one", "--lib tests::some", "--test outside outside"],
    "twice": ["--lib tests::doubled"],
    "raised": ["--lib tests::up", "--test outside outside"],
    "counted": ["--lib tests::counts"],
    "first": ["--lib tests::no_byte", "--lib tests::up"],
}
TARGETS = [
    dict(kind=["lib"], name="demo", path="src/lib.rs"),
    dict(kind=["test"], name="outside", path="tests/outside.rs"),
]


def write_crate(folder: Path, library: str = LIBRARY, version: str = "0.1.0", edition: str = "2021") -> Path:
    """The crate's folder as a grader wants it: crate.json and source."""
    source = folder / "source"
    (source / "src").mkdir(parents=True)
    (source / "tests").mkdir()
    (source / "src/lib.rs").write_text(library)
    (source / "tests/outside.rs").write_text(INTEGRATION)
    (source / "Cargo.toml").write_text(
        f'[package]\nname = "demo"\nversion = "{version}"\nedition = "{edition}"\n'
    )
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=source, check=True)
    write_json(folder / "crate.json", dict(name="demo", version=version, package=".", targets=TARGETS))
    return folder


def task(name: str, library: str = LIBRARY, **changed: object) -> TaskRow:
    """The task that asks for a function of the crate."""
    source = library.encode()
    start = source.index(b"pub fn " + name.encode() + b"(")
    body = source.index(b"{", start)
    margin = source[source.rindex(b"\n", 0, start) + 1 : start]
    end = source.index(b"\n" + margin + b"}", body) + len(margin) + 2
    code = source[start:end].decode()
    row = TaskRow(
        id=name,
        kind="docs",
        split="heldout",
        crate="demo",
        version="0.1.0",
        sha256="0" * 64,
        repository="",
        commit="",
        license="MIT",
        edition="2021",
        published=None,
        features=str(changed.get("features", "default")),
        rustc=str(changed.get("rustc") or cargo.toolchain()["version"]),
        file="src/lib.rs",
        start=start,
        end=end,
        body=body,
        entry=name,
        messages=[dict(role="user", content=f"Write `{name}`.")],
        prefix="",
        suffix="",
        before="",
        stub=source[start : body + 1].decode() + " todo!() }",
        reference=code,
        fail_to_pass=FAIL_TO_PASS[name],
        pass_to_pass=["--lib tests::doubled"] if name != "twice" else ["--lib tests::one"],
        strength="strong",
        killed=4,
        tried=4,
        repeats=4,
        default="fails",
        empty="does_not_compile",
        unsafe="trusted!" in code,
        cpu_seconds=2,
        lines=1,
        context_chars=100,
        calls=0,
        branches=0,
    )
    row.update(changed)  # type: ignore[typeddict-item]
    assert row["reference"].startswith(head_of(row))
    return row


ALL = list(FAIL_TO_PASS)
