"""Crates whose tests misbehave: each named, nothing accepted, nothing left running, and it ends by itself."""

import subprocess
import time
from pathlib import Path

import pytest
from leftover_processes import adopt_orphans, descendants

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.judge import Function
from ferrule.compiler.test_coverage import Behaviour, Findings
from ferrule.core.schemas import CHUNKS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.sandbox import session

MANIFEST = '[package]\nname = "hostile"\nversion = "0.1.0"\nedition = "2021"\nlicense = "MIT"\n'
LIB = """//! Two functions, each with a test.
use std::sync::atomic::{AtomicU32, Ordering};

static STATE: AtomicU32 = AtomicU32::new(0);

/// Remembers a number.
pub fn set(number: u32) -> u32 {
    STATE.store(number, Ordering::SeqCst);
    number
}

/// Gives the number back.
pub fn get() -> u32 {
    STATE.load(Ordering::SeqCst)
}

/// Goes round and round, and for ever if it is not told when to stop.
pub fn turns(limit: u32) -> u32 {
    let mut turns = 0;
    while turns != limit {
        turns = after(turns);
    }
    turns
}

fn after(turns: u32) -> u32 {
    turns + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good() {
        GOOD
    }

    BODY
}
"""
LIMITS = session.Limits(memory_mb=1024, tmp_mb=512, processes=64, file_mb=64, output_mb=16)
# For the build and all runs of a crate. A first run has a tenth of it, so that those that hang do not take long.
WALL_SECONDS = 60
# The test named `bad`, and why it is set aside.
BAD = {
    "hangs": ("loop { std::thread::sleep(std::time::Duration::from_secs(1)); }", "takes too long"),
    "spins": ("loop { std::hint::black_box(1); }", "takes too long"),
    "fails": ("assert_eq!(set(1), 2);", "fails"),
    "prints": (
        "use std::io::Write; loop { std::io::stderr().write_all(&[b'x'; 65536]).unwrap(); }",
        "prints too much",
    ),
    "prints_captured": (
        'loop { println!("{}", "x".repeat(65536)); }',
        "takes too much memory, takes too long",
    ),
    "connects": ('std::net::TcpStream::connect("1.1.1.1:80").unwrap();', "fails"),
    "writes_outside": ('std::fs::write("/usr/written", "x").unwrap();', "fails"),
    "writes_into_its_source": ('std::fs::write("src/lib.rs", "x").unwrap();', "fails"),
    "aborts": ("std::process::abort();", "ends the program"),
    "overflows": ("fn f(n: u64) -> u64 { std::hint::black_box(f(n + 1) + 1) } f(0);", "ends the program"),
    "exits": ("std::process::exit(3);", "ends the program"),
    "forks_without_end": (
        'for _ in 0..1000 { std::process::Command::new("/bin/sleep").arg("98765").spawn().unwrap(); }',
        "fails",
    ),
    "kills_all": (
        'std::process::Command::new("/bin/sh").args(["-c", "kill -9 0; kill -9 -1"]).status().unwrap(); '
        "std::thread::sleep(std::time::Duration::from_secs(60));",
        "ends the program",
    ),
}


def examine(
    folder: Path, tests: str, good: str = "assert_eq!(turns(3), 3);", **options
) -> tuple[Findings, dict[str, str]]:
    """The findings, and the chunk id of each function."""
    source = folder / "source"
    (source / "src").mkdir(parents=True)
    (source / "Cargo.toml").write_text(MANIFEST)
    lib = LIB.replace("BODY", tests).replace("GOOD", good)
    (source / "src/lib.rs").write_text(lib)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=source, check=True)
    chunks = Chunks("hostile@0.1.0")
    chunk_file(chunks, "src/lib.rs", lib.encode(), syntax.parse(lib.encode()))
    rows = [dict(zip(CHUNKS.names, row, strict=True)) for row in chunks.rows]
    functions = [
        Function(r["id"], r["file"], r["start"], r["end"], r["body"])
        for r in rows
        if r["kind"] == "function" and not r["test"]
    ]
    targets = [dict(kind=["lib"], name="hostile", path="src/lib.rs")]
    with BuiltTests(source, ".", targets, limits=LIMITS) as build:
        findings = Behaviour(
            build, functions, **dict(wall_seconds=WALL_SECONDS, run_seconds=2) | options
        ).examine()
    return findings, {r["name"]: r["id"] for r in rows if not r["test"]}


@pytest.fixture(autouse=True)
def nothing_left():
    """No process of a test is left when it is over, and none takes long to end."""
    started = time.monotonic()
    adopt_orphans()
    yield
    assert time.monotonic() - started < 2 * WALL_SECONDS
    assert not descendants("/deps/hostile-", "98765")


@pytest.mark.parametrize("name", BAD)
def test_a_bad_test_is_set_aside_and_the_others_count(name, tmp_path):
    body, why = BAD[name]
    findings, ids = examine(tmp_path, f"#[test] fn bad() {{ {body} }}")
    assert findings.status == "ok", findings.reason
    [(test, reason)] = findings.reach.set_aside.items()
    # On a busy machine the time may be over before the memory is.
    assert test == "--lib tests::bad" and reason.removesuffix(" alone") in why.split(", ")
    assert findings.coverage[ids["turns"]].arguments == ["--lib tests::good"]
    # What `bad` would have reached is not known where it did not come to an end.
    expected = (None, "too_expensive") if "long" in reason else (False, "")
    assert (findings.coverage[ids["get"]].covered, findings.coverage[ids["get"]].reason) == expected


def test_a_crate_without_a_test_that_passes_has_no_verdict(tmp_path):
    findings, _ = examine(tmp_path, "#[test] fn bad() { panic!() }", good="panic!();")
    assert (findings.status, findings.reason) == (
        "failed",
        "no test is left: --lib tests::bad fails alone, --lib tests::good fails alone",
    )
    assert len(findings.coverage) == 4
    assert all(c.covered is None and c.reason == "no_verdict" for c in findings.coverage.values())


SLOW = """
    // About a second of computing.
    fn compute() { for n in 0..60_000_000u32 { std::hint::black_box(n); } }
    #[test]
    fn slow() { compute(); assert_eq!(set(7), 7); }
    #[test]
    fn slow_as_well() { compute(); set(8); assert_eq!(get(), 8); }
"""


def test_tests_over_the_budget_are_set_aside(tmp_path):
    findings, ids = examine(tmp_path, SLOW, cpu_seconds=0.5)
    assert findings.status == "ok", findings.reason
    assert set(findings.reach.set_aside) == {"--lib tests::slow", "--lib tests::slow_as_well"}
    assert findings.coverage[ids["turns"]].arguments == ["--lib tests::good"]
    assert {(c.covered, c.reason) for c in map(findings.coverage.get, (ids["set"], ids["get"]))} == {
        (None, "too_expensive")
    }
    whole, ids = examine(tmp_path / "whole", SLOW)
    assert whole.reach.set_aside == {}
    assert whole.coverage[ids["get"]].arguments == ["--lib tests::slow_as_well"]


ORDER = """
    #[test]
    fn a_sets() { assert_eq!(set(7), 7); }
    #[test]
    fn b_gets() { std::thread::sleep(std::time::Duration::from_millis(50)); assert_eq!(get(), 7); }
"""


def test_a_test_that_needs_another_is_set_aside(tmp_path):
    findings, ids = examine(tmp_path, ORDER)
    assert findings.status == "ok"
    assert list(findings.reach.set_aside) == ["--lib tests::b_gets"]
    assert findings.coverage[ids["set"]].arguments == ["--lib tests::a_sets"]
    assert findings.coverage[ids["get"]].covered is None
    assert findings.coverage[ids["get"]].reason == "not_repeatable"


RANDOM = """
    #[test]
    fn bad() {
        use std::hash::{BuildHasher, RandomState};
        for _ in 0..3 {
            if RandomState::new().hash_one(1) % 2 == 0 { set(1); } else { get(); }
        }
    }
    #[test]
    fn tossed() {
        use std::hash::{BuildHasher, RandomState};
        assert!(RandomState::new().hash_one(7) % 64 != 64);
        if RandomState::new().hash_one(1) % 2 == 0 { set(1); }
    }
"""


def test_random_tests_are_set_aside_and_say_the_same_twice(tmp_path):
    said = []
    for name in ("one", "two"):
        findings, ids = examine(tmp_path / name, RANDOM)
        assert findings.status == "ok"
        said.append(
            (findings.reach.set_aside, [findings.coverage[ids[f]].arguments for f in ("set", "get", "turns")])
        )
    assert said[0] == said[1]
    assert "--lib tests::tossed" in said[0][0]


CHILDREN = """
    fn sleepers() -> usize {
        let all = std::fs::read_dir("/proc").unwrap().flatten();
        all.filter(|p| std::fs::read_to_string(p.path().join("cmdline")).unwrap_or_default().contains("98765")).count()
    }

    // Passes without `get`, unless the run before, without `set`, has left something.
    #[test]
    fn alert() {
        let _ = std::panic::catch_unwind(get);
        assert_eq!(sleepers(), 0);
    }

    #[test]
    fn bad() {
        std::thread::sleep(std::time::Duration::from_millis(200));
        std::process::Command::new("/usr/bin/setsid").args(["/bin/sleep", "98765"]).spawn().unwrap();
        assert_eq!(set(3), 3);
    }
"""


def test_children_do_not_outlive_their_run(tmp_path):
    findings, ids = examine(tmp_path, CHILDREN)
    assert findings.status == "ok", findings.reason
    assert findings.coverage[ids["set"]].arguments == ["--lib tests::bad"]
    assert findings.coverage[ids["get"]].covered is False


FILES = """
    #[test]
    fn bad() {
        let file = std::env::temp_dir().join("mark");
        std::fs::File::create_new(&file).unwrap();
        std::fs::create_dir_all(std::env::temp_dir().join("deep/er")).unwrap();
        assert_eq!(set(3), 3);
    }
"""


def test_what_a_test_leaves_in_its_folder_is_gone(tmp_path):
    findings, ids = examine(tmp_path, FILES)
    assert findings.status == "ok", findings.reason
    assert (findings.reach.set_aside, findings.coverage[ids["set"]].covered) == ({}, True)


WAITS = """
    #[test]
    fn waits() {
        // Without `get` it waits for ever.
        let done = std::sync::Arc::new(AtomicU32::new(0));
        let theirs = done.clone();
        std::thread::spawn(move || { get(); theirs.store(1, Ordering::SeqCst); });
        while done.load(Ordering::SeqCst) == 0 { std::thread::yield_now(); }
    }
"""


def test_a_removal_that_hangs_says_nothing(tmp_path):
    findings, ids = examine(tmp_path, WAITS)
    assert findings.status == "ok", findings.reason
    assert (findings.coverage[ids["get"]].covered, findings.coverage[ids["get"]].reason) == (None, "timeout")
    assert findings.coverage[ids["turns"]].covered is True


def test_tests_that_do_not_compile(tmp_path):
    findings, _ = examine(tmp_path, "#[test] fn bad() { nowhere(); }")
    assert findings.status == "failed" and "E0425" in findings.reason
    assert all(c.reason == "no_verdict" for c in findings.coverage.values())


def test_out_of_time_is_said(tmp_path):
    slow = "".join(
        f"#[test] fn slow{n}() {{ std::thread::sleep(std::time::Duration::from_millis(250)); set({n}); }}\n"
        for n in range(6)
    )
    findings, _ = examine(tmp_path, slow, wall_seconds=4)
    assert findings.status == "timeout" and "too long" in findings.reason
    # All or none: which half would depend on the machine.
    assert all(c.covered is None for c in findings.coverage.values())


LEAVES = """
    #[test]
    fn bad() { std::process::exit(0); }
    #[test]
    fn hidden() { assert_eq!(set(1), 2); }
"""


def test_a_test_that_ends_the_process_well_hides_no_other(tmp_path):
    findings, ids = examine(tmp_path, LEAVES)
    assert findings.reach.set_aside == {
        "--lib tests::bad": "ends the program alone",
        "--lib tests::hidden": "fails alone",
    }
    # In the order of `cargo test`, `hidden` might have passed.
    assert findings.coverage[ids["set"]].reason == "not_repeatable"
