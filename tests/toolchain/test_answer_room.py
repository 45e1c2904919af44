"""The room for answers, with real programs in it that do one bad thing each, and what the next run finds."""

import os
import resource
import secrets
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from ferrule.sandbox import answer_room, setup
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.answer_room import Room, RoomFell, driver
from ferrule.sandbox.setup import Unavailable

ROOT = Path(__file__).parents[2]
ATTACKS = ROOT / "tests" / "data" / "room" / "attacks.c"
LIMITS = JudgeLimits(cpu_seconds=1, wall_seconds=20, idle_seconds=1, memory_mb=256, tmp_mb=8, processes=16)

# As answers are built: with the shared library, whose allocator and stack guard have words of their own.
IN_RUST = """
use std::{fs::File, io::{Read, Write}, os::fd::FromRawFd};
fn deeper(n: u64) -> u64 { let frame = std::hint::black_box([n; 512]); deeper(n + 1) + frame[3] }
fn main() {
    let (mut word, mut report) = (String::new(), unsafe { File::from_raw_fd(4) });
    unsafe { File::from_raw_fd(3) }.read_to_string(&mut word).unwrap();
    match word.as_str() {
        "memory" => { let mut all = vec![]; loop { all.push(vec![1u8; 10 << 20]) } }
        "stack" => { report.write_all(&[deeper(0) as u8]).unwrap() }
        "panic" => panic!("as it should"),
        "threads" => {
            let all: Vec<_> = (0..8).map(|n| std::thread::spawn(move || vec![n; 100000].len())).collect();
            let sum: usize = all.into_iter().map(|each| each.join().unwrap()).sum();
            write!(report, "{sum}").unwrap()
        }
        _ => write!(report, "{word}").unwrap(),
    }
}
"""


@pytest.fixture(scope="module")
def libraries():
    done = subprocess.run(["rustc", "--print", "target-libdir"], capture_output=True, text=True, check=True)
    return [Path(done.stdout.strip())]


@pytest.fixture(scope="module")
def attacks(tmp_path_factory):
    file = tmp_path_factory.mktemp("attacks") / "attacks"
    subprocess.run(["cc", "-O1", "-w", "-o", file, ATTACKS], check=True)
    return file.read_bytes()


@pytest.fixture(scope="module")
def in_rust(tmp_path_factory):
    folder = tmp_path_factory.mktemp("in_rust")
    (folder / "main.rs").write_text(IN_RUST)
    command = ["rustc", "-Cprefer-dynamic", "-Cstrip=debuginfo", "-Awarnings", "main.rs"]
    subprocess.run(command, cwd=folder, check=True)
    return (folder / "main").read_bytes()


@pytest.fixture(scope="module")
def shared(libraries):
    """One room for most tests: what one run does to it, the next would notice."""
    with Room(libraries=libraries) as room:
        yield room


@pytest.fixture
def room(shared, attacks):
    shared.load(attacks)
    yield shared
    assert shared.run(b"tmp", LIMITS).report == b"0"


@pytest.fixture(scope="module")
def plain(libraries, attacks):
    with Room(libraries=libraries, mode="none") as room:
        room.load(attacks)
        yield room


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def named(mark):
    """Processes on this machine that took this name."""
    found = []
    for file in Path("/proc").glob("[0-9]*/comm"):
        try:
            found += [file] if file.read_text().strip() == mark else []
        except OSError:
            continue
    return found


def children_cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# what it does: report, code, signal, limit
ENDS = {
    "hello": (b"hello", 0, None, ""),
    "nap": (b"awake", 0, None, ""),
    "close": (b"", 0, None, ""),
    "garbage": (b"\xff\0\n\xfe", 0, None, ""),
    "exit": (b"", 3, None, ""),
    "abort": (b"", None, signal.SIGABRT, ""),
    "suicide": (b"", None, signal.SIGKILL, ""),
    "stack": (b"", None, signal.SIGSEGV, ""),
    "daemon": (b"gone", 0, None, ""),
    "kill_all": (b"alive", 0, None, ""),
    "kill_parent": (b"alive", 0, None, ""),
    "bomb": (b"15", 0, None, ""),
    "calls": (b"done", 0, None, ""),
    "loop": (b"", None, signal.SIGXCPU, "cpu"),
    "stubborn": (b"", None, signal.SIGKILL, "cpu"),
    "many_loops": (b"", None, signal.SIGKILL, "cpu"),
    "sleep": (b"", None, signal.SIGKILL, "idle"),
    "stop": (b"", None, signal.SIGKILL, "idle"),
    "flood_output": (b"", None, signal.SIGKILL, "output"),
    "hoard": (b"", None, signal.SIGKILL, "memory"),
    "fill": (b"filled", 0, None, "files"),
    "files": (b"filled", 0, None, "files"),
    "big": (b"", None, signal.SIGXFSZ, "files"),
}


@pytest.mark.parametrize("attack", ENDS)
def test_a_run_ends_as_it_should_and_leaves_nothing(attack, room):
    mark = secrets.token_hex(7)
    ended = room.run(f"{attack} {mark}".encode(), LIMITS)
    assert (ended.report, ended.code, ended.signal, ended.limit) == ENDS[attack]
    assert not named(mark)
    assert not children(room.inner)
    assert room.run(b"hello", LIMITS).report == b"hello"


def test_a_report_that_floods_is_cut_and_named(room):
    ended = room.run(b"flood_report", LIMITS)
    assert (len(ended.report), ended.limit, ended.code) == (65536, "output", None)


def test_wall_time_ends_what_uses_a_little_all_the_time(room):
    assert room.run(b"drip", replace(LIMITS, wall_seconds=3, idle_seconds=1)).limit == "wall"


def test_the_end_of_what_was_said_is_kept(room):
    ended = room.run(b"print", LIMITS)
    assert ended.said == "".join(f"{number:09}\n" for number in range(1000))[-4096:]
    assert room.run(b"print", replace(LIMITS, output_kb=9)).limit == "output"


def test_messages_of_any_size_that_a_pipe_holds(room):
    assert room.run(b"x" * 59000, LIMITS).report == b"59000"
    with pytest.raises(ValueError, match="at most 65536"):
        room.run(b"x" * 65537, LIMITS)


def test_what_a_run_can_see(room):
    seen = [room.run(b"describe", LIMITS).report.decode() for _ in range(3)]
    assert seen[0] == seen[1] == seen[2]  # addresses and process ids too
    *lines, last = seen[0].splitlines()
    assert lines == [
        *(f"file {number}" for number in range(5)),
        "LD_LIBRARY_PATH=/libraries/0:/libraries/system",
        "TMPDIR=/tmp",
        "LANG=C.UTF-8",
        "RUST_BACKTRACE=0",
        "MALLOC_ARENA_MAX=2",
    ]
    assert last.startswith("pid 2, parent 1,")


def test_the_tmp_of_a_run_is_its_own(room):
    assert room.run(b"leave", LIMITS).report == b"left"
    assert room.run(b"tmp", LIMITS).report == b"0"


def test_limits_as_rust_programs_meet_them(shared, in_rust):
    shared.load(in_rust)
    assert shared.run(b"hello", LIMITS).report == b"hello"
    assert shared.run(b"threads", LIMITS).report == b"800000"
    memory = shared.run(b"memory", LIMITS)
    assert (memory.signal, memory.limit) == (signal.SIGABRT, "memory")
    stack = shared.run(b"stack", LIMITS)
    assert (stack.signal, stack.limit) == (
        signal.SIGSEGV,
        "",
    )  # std finds the main thread's stack by way of /proc
    panic = shared.run(b"panic", LIMITS)
    assert panic.code == 101 and "as it should" in panic.said


def test_cpu_time_is_told_and_counts_as_our_childrens(libraries, attacks):
    before = children_cpu()
    with Room(libraries=libraries) as room:
        room.load(attacks)
        ends = [room.run(b"burn", LIMITS), room.run(b"burning_daemon", LIMITS)]
        ends.append(room.run(b"burning_daemon", replace(LIMITS, wall_seconds=0.45)))
    assert [ended.limit for ended in ends] == ["", "", "wall"]
    assert all(
        60 <= ended.cpu_ms < 500 for ended in ends
    )  # the machine may be busy: not all get to their 300
    assert children_cpu() - before >= sum(ended.cpu_ms for ended in ends) / 1000


@pytest.mark.parametrize("victim", ["driver", "sandbox"])
def test_a_room_that_is_killed_falls_and_opens_again(victim, libraries, attacks):
    mark = secrets.token_hex(7)
    with Room(libraries=libraries) as room:
        room.load(attacks)
        pid = room.inner if victim == "driver" else room.process.pid
        timer = threading.Timer(0.3, os.kill, (pid, signal.SIGKILL))
        timer.start()
        with pytest.raises(RoomFell, match="the room ended with"):
            room.run(f"burning_daemon {mark}".encode(), LIMITS)
        with pytest.raises(RoomFell, match="load a program first"):
            room.run(b"hello", LIMITS)
        assert not named(mark)
        assert not Path(f"/proc/{pid}").exists()
        room.load(attacks)
        assert room.run(b"hello", LIMITS).report == b"hello"


def test_closing_ends_a_run_under_way(libraries, attacks, monkeypatch):
    """As when the caller is interrupted: nothing stays behind, and what it used is counted."""
    mark, before = secrets.token_hex(7), children_cpu()
    with Room(libraries=libraries) as room:
        assert not Path(room.folder.name).exists()  # nor of a caller that is killed
        room.load(attacks)
    room_alone = children_cpu() - before
    with Room(libraries=libraries) as room:
        room.load(attacks)
        monkeypatch.setattr("ferrule.sandbox.answer_room.SLACK", 0.8 - LIMITS.wall_seconds)
        with pytest.raises(RoomFell, match="does not answer within"):
            room.run(f"loop {mark}".encode(), replace(LIMITS, cpu_seconds=5))
        assert not named(mark)
    assert children_cpu() - before - 2 * room_alone >= 0.08


def test_a_program_that_the_machine_killed_is_not_blamed(libraries, attacks, monkeypatch):
    with Room(libraries=libraries) as room:
        room.load(attacks)
        assert room.run(b"suicide", LIMITS).signal == signal.SIGKILL
        monkeypatch.setattr("ferrule.sandbox.answer_room._oom_kills", lambda: "oom_kill 99999")
        with pytest.raises(RoomFell, match="memory ran out"):
            room.run(b"suicide", LIMITS)


SLOW_CLOSE = """
#define _GNU_SOURCE
#include <unistd.h>
static int slow_close(int file) { usleep(50000); return close(file); }
#define close slow_close
"""


def test_a_program_that_ends_before_its_driver_watches_it(libraries, attacks, monkeypatch, tmp_path):
    """A busy machine may stop the driver just after it has started a run; here it sleeps there.

    It is not static either, as on machines that have no static C library.
    """
    (tmp_path / "slow.h").write_text(SLOW_CLOSE)
    command = ["cc", "-O0", "-include", tmp_path / "slow.h", "-o", tmp_path / "driver", answer_room.SOURCE]
    subprocess.run(command, check=True)
    monkeypatch.setattr(answer_room, "driver", (tmp_path / "driver").read_bytes)
    with Room(libraries=libraries) as room:
        room.load(attacks)
        assert room.run(b"hello", LIMITS).report == b"hello"
        assert room.run(b"abort", LIMITS).signal == signal.SIGABRT


AS_USER = """
import sys
from pathlib import Path
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.answer_room import Room
with Room(libraries=[Path(sys.argv[1])]) as room:
    room.load(Path(sys.argv[2]).read_bytes())
    for word in ("describe", "bomb", "fill", "calls", "tmp"):
        ended = room.run(word.encode(), JudgeLimits(tmp_mb=8, processes=16))
        print(word, ended.limit, ended.report.split(b"\\n")[0].decode())
"""


def test_an_ordinary_user_has_the_same_room(libraries, attacks, tmp_path):
    """As root: everything it needs is bound to where an ordinary uid, which it then becomes, can reach it."""
    if os.geteuid() != 0:
        return  # all tests above have shown it
    stage = tmp_path / "stage"
    stage.mkdir()
    (tmp_path / "attacks").write_bytes(attacks)
    (tmp_path / "attacks").chmod(0o644)
    binds = [Path(sys.base_prefix), Path(orjson.__file__).parents[1], ROOT, *libraries, tmp_path / "attacks"]
    pairs = [word for number, place in enumerate(binds) for word in (place, str(number))]
    python = f"/mnt/0/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    done = subprocess.run(
        [
            "unshare",
            "-m",
            "sh",
            "-c",
            setup.AS_ROOT,
            "sh",
            "54321",
            "/mnt",
            stage,
            *pairs,
            "--",
            "env",
            "PATH=/usr/bin:/bin",
            "PYTHONPATH=/mnt/1:/mnt/2/scripts",
            python,
            "-c",
            AS_USER,
            "/mnt/3",
            "/mnt/4",
        ],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "describe  file 0",
        "bomb  15",
        "fill files filled",
        "calls  done",
        "tmp  0",
    ]


def test_what_is_no_program_is_not_blamed_on_an_answer(libraries, attacks):
    with Room(libraries=libraries) as room:
        room.load(b"nothing that runs")
        with pytest.raises(RoomFell, match="the program does not start: Exec format error"):
            room.run(b"hello", LIMITS)
        room.load(attacks)
        assert room.run(b"hello", LIMITS).report == b"hello"


def test_a_machine_without_a_compiler_says_so(libraries, monkeypatch, tmp_path):
    driver.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="no C compiler"), Room(libraries=libraries):
        pass


PLAIN = "hello calls close exit abort daemon loop sleep flood_output hoard big".split()


@pytest.mark.parametrize("attack", PLAIN)
def test_without_namespaces_the_limits_are_the_same(attack, plain):
    mark = secrets.token_hex(7)
    ended = plain.run(f"{attack} {mark}".encode(), LIMITS)
    assert (ended.report, ended.code, ended.signal, ended.limit) == ENDS[attack]
    assert not named(mark)


def test_without_namespaces_tmp_is_emptied(plain, tmp_path):
    plain.run(b"leave", LIMITS)
    assert not list(Path(plain.folder.name, "tmp").iterdir())
