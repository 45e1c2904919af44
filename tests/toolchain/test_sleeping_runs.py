"""Runs of tests that sleep at the same time: when they do, when they must not, and whom they are kept from disturbing."""

import subprocess
from pathlib import Path

import pytest

from ferrule.compiler.baseline_tests import NoVerdict, Runs, lanes_of
from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.test_runs import KILLED, Program, Run

MANIFEST = '[package]\nname = "sleeper"\nversion = "0.1.0"\nedition = "2021"\n'
# `seen`: whether another run makes the flag while this one sleeps. The flag is in the folder that all runs of a command share.
LIB = """
#![cfg(test)]
use std::{env, fs, path::PathBuf, thread::sleep, time::Duration};

fn shared(name: &str) -> PathBuf {
    env::temp_dir().parent().unwrap().join(name)
}

fn seen() -> bool {
    (0..40).any(|_| {
        sleep(Duration::from_millis(20));
        shared("flag").exists()
    })
}

#[test]
fn flags() {
    fs::write(shared("flag"), "").unwrap();
}

#[test]
fn sleeps() {
    assert!(seen());
}

#[test]
fn listens() {
    let _socket = std::os::unix::net::UnixListener::bind(shared("socket")).unwrap();
    assert!(!seen());
}

#[test]
fn writes() {
    let _file = fs::File::create("/tmp/file-of-the-test").unwrap();
    assert!(!seen());
}

#[test]
fn has_a_child() {
    let mut child = std::process::Command::new("/bin/sleep").arg("5").spawn().unwrap();
    let seen = seen();
    child.kill().unwrap();
    assert!(!seen);
}

#[test]
fn has_many_threads() {
    for _ in 0..20 {
        std::thread::spawn(|| sleep(Duration::from_secs(5)));
    }
    assert!(!seen());
}

#[test]
fn has_much_memory() {
    let memory = std::hint::black_box(vec![1u8; 100 << 20]);
    assert!(!seen());
    assert_eq!(memory[7], 1);
}

#[test]
fn naps() {
    sleep(Duration::from_millis(200));
}

#[test]
fn is_alone() {
    // Nothing is open while it sleeps: only running it twice shows that it cannot run beside itself.
    let path = PathBuf::from("/tmp/is-alone");
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    sleep(Duration::from_millis(200));
    fs::remove_file(&path).unwrap();
}

#[test]
fn is_stuck() {
    let (sender, receiver) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || receiver.recv());
    thread.join().unwrap().unwrap();
    drop(sender);
}

#[test]
fn is_woken() {
    let thread = std::thread::spawn(std::thread::park);
    let waking = thread.thread().clone();
    std::thread::spawn(move || {
        sleep(Duration::from_millis(300));
        waking.unpark();
    });
    thread.join().unwrap();
}

#[test]
fn kills_its_parent() {
    let parent = std::os::unix::process::parent_id().to_string();
    let _ = std::process::Command::new("/bin/kill").args(["-9", &parent]).status();
    sleep(Duration::from_secs(60));
}
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    source: Path = tmp_path_factory.mktemp("sleeping") / "sleeper"
    (source / "src").mkdir(parents=True)
    (source / "Cargo.toml").write_text(MANIFEST)
    (source / "src/lib.rs").write_text(LIB)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=source, check=True)
    with BuiltTests(source, ".", [dict(kind=["lib"], name="sleeper", path="src/lib.rs")]) as build:
        assert not build.build(300, None, bootstrap=False)
        yield build


def program(built: BuiltTests) -> Program:
    [only] = built.programs
    return only


def ended(built: BuiltTests, *tests: str, lanes: int) -> list[str]:
    """How runs of these tests end."""
    runs = [Run(program(built), (test,)) for test in tests]
    return [result.ended for result in Runs(built, 60, 5).run(runs, lanes=lanes)]


def test_a_run_starts_while_another_sleeps(built):
    assert ended(built, "sleeps", "flags", lanes=2) == ["ok", "ok"]


def test_with_one_lane_each_waits_for_the_one_before(built):
    assert ended(built, "sleeps", "flags", "sleeps", lanes=1) == ["failed", "ok", "ok"]


@pytest.mark.parametrize("test", ["listens", "writes", "has_a_child", "has_many_threads", "has_much_memory"])
def test_nothing_starts_beside_a_run_that_holds_what_another_may_need(built, test):
    assert ended(built, test, "flags", lanes=8) == ["ok", "ok"]


def test_as_many_runs_as_lanes(built):
    """Two sleep in two lanes; the flag comes too late for the first."""
    assert ended(built, "sleeps", "sleeps", "flags", lanes=2)[0] == "failed"
    assert ended(built, "sleeps", "sleeps", "flags", lanes=3) == ["ok", "ok", "ok"]


def test_a_test_that_cannot_run_beside_itself_takes_away_the_lanes(built):
    runs = Runs(built, 60, 5)
    assert lanes_of(runs, []) == lanes_of(runs, [(program(built), "naps")]) == built.lanes > 1
    assert lanes_of(runs, [(program(built), "naps"), (program(built), "is_alone")]) == 1


def test_who_ends_the_others_is_the_one_to_blame(built):
    tests = ["naps", "naps", "kills_its_parent", "naps"]
    runs = [Run(program(built), (test,)) for test in tests]
    results = Runs(built, 60, 5).run(runs, lanes=8)
    assert [result.code for result in results] == [0, 0, KILLED, 0]


def test_a_run_that_hangs_does_not_keep_the_others_from_running(built):
    patience = dict(has_a_child=0.2, sleeps=0.2, naps=5)
    runs = [Run(program(built), (test,), patience=seconds) for test, seconds in patience.items()]
    assert [result.ended for result in Runs(built, 60, 5).run(runs, lanes=8)] == ["timeout", "timeout", "ok"]


def test_a_deadlock_ends_at_once(built):
    """It has a minute to wait, and is asleep far less."""
    tests = [Run(program(built), (test,), patience=60) for test in ("is_stuck", "is_woken")]
    stuck, woken = Runs(built, 200, 5).run(tests, lanes=1)
    assert (stuck.ended, woken.ended) == ("timeout", "ok")
    assert stuck.waited < 30


def test_out_of_time(built):
    with pytest.raises(NoVerdict, match="take too long"):
        Runs(built, 0, 5).run([Run(program(built), ("naps",))])
