"""The sandbox, with real bubblewrap: what ends a command, what is left of it, and what it can reach."""

import importlib.util
import os
import resource
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson
import pytest
from steps import config

from ferrule.core.yaml_files import read_yaml
from ferrule.sandbox import cargo_view, setup
from ferrule.sandbox import session as sandbox
from ferrule.sandbox.session import Limits, Outcome, Session, Unavailable, run

SCRIPTS = Path(__file__).parents[2] / "scripts"
SELF_TEST = SCRIPTS / "tools" / "check_sandbox.py"

# Does one bad thing, named by its first argument. The last argument marks it in the list of processes.
HELPER = r"""
use std::{env, fs, hint, io::Write, net, process, thread, time::{Duration, Instant}};
const MB: usize = 1 << 20;
fn main() {
    let words: Vec<String> = env::args().collect();
    let number = || words[2].parse::<usize>().unwrap();
    let me = |what: &str, n: &str| process::Command::new(&words[0]).args([what, n, words.last().unwrap()]).spawn();
    match words[1].as_str() {
        "sleep" => {}
        "burn" => { let start = Instant::now(); while start.elapsed().as_secs_f64() * 10.0 < number() as f64 { hint::spin_loop() } return }
        "grow" => { let held = hint::black_box(vec![1u8; number() * MB]); thread::sleep(Duration::from_secs(60)); drop(held); }
        "hoard" => { for _ in 0..number() { me("grow", "60").unwrap(); } }
        "flood" => loop { std::io::stdout().write_all(&[b'x'; 65536]).unwrap() },
        "fork" => loop { me("sleep", "0").unwrap(); },
        "bomb" => loop { let _ = me("sleep", "0"); },
        "fill" => { let mut file = fs::File::create("/tmp/full").unwrap(); for _ in 0..number() { file.write_all(&vec![1; MB]).unwrap(); } }
        "connect" => { net::TcpStream::connect(("127.0.0.1", number() as u16)).unwrap(); return }
        "orphan" => { process::Command::new("setsid").args(["-f", &words[0], "sleep", words.last().unwrap()]).status().unwrap(); return }
        _ => panic!(),
    }
    thread::sleep(Duration::from_secs(60));
}
"""


@pytest.fixture(scope="module")
def helper(tmp_path_factory):
    folder = tmp_path_factory.mktemp("helper")
    (folder / "helper.rs").write_text(HELPER)
    subprocess.run(["rustc", "--edition=2021", "helper.rs"], cwd=folder, check=True)
    (folder / "helper").chmod(0o755)
    return folder / "helper"


@pytest.fixture(scope="module")
def self_test():
    spec = importlib.util.spec_from_file_location("self_test", SELF_TEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    folder.chmod(0o755)
    return folder


@pytest.fixture
def marker():
    return f"ferrule-{secrets.token_hex(8)}"


def processes(marker):
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if marker in file.read_text(errors="replace"):
                found.append(file)
        except OSError:
            continue
    return found


ENDS = {
    "wall": (["sleep", "0"], Limits(wall_seconds=0.4), "timeout", "wall time: over 0.4 s"),
    "cpu": (["burn", "500"], Limits(cpu_seconds=1), "timeout", "CPU time: over 1 s"),
    "memory of one": (["grow", "400"], Limits(memory_mb=256), "memory", "memory: over 256 MB in one process"),
    "memory of all": (
        ["hoard", "8"],
        Limits(memory_mb=256),
        "memory",
        "memory: over 256 MB in all processes and /tmp",
    ),
    "memory in /tmp": (
        ["fill", "300"],
        Limits(memory_mb=256),
        "memory",
        "memory: over 256 MB in all processes and /tmp",
    ),
    "output": (["flood"], Limits(output_mb=2), "output", "output: over 2 MB"),
    "forks": (["fork"], Limits(processes=32), "failed", "processes: over 32"),
    "fork bomb": (["bomb"], Limits(processes=32), "failed", "processes: over 32"),
    "disk": (["fill", "60"], Limits(tmp_mb=20), "failed", "disk: /tmp is full (20 MB)"),
    "file": (["fill", "60"], Limits(file_mb=5), "failed", "file size: over 5 MB"),
}


@pytest.mark.parametrize("case", ENDS)
def test_each_limit_is_named_and_leaves_no_process(case, helper, source, marker):
    words, limits, status, reason = ENDS[case]
    with Session(source, limits=limits, readonly={helper: "/helper"}) as session:
        outcome = session.run(["/helper", *words, marker])
        assert (outcome.status, outcome.reason) == (status, reason)
        assert not processes(marker)
        again = session.run(["true"])
        assert again == outcome if outcome.code is None else again.status == "ok"


BUILDS = {
    "std::process::exit(0)": (Limits(), "ok", ""),
    "loop {}": (Limits(cpu_seconds=1), "timeout", "CPU time: over 1 s"),
    "drop(vec![1u8; 700 << 20])": (Limits(memory_mb=600), "memory", "memory: over 600 MB in one process"),
    'std::fs::write("/tmp/x", vec![1; 60 << 20]).unwrap()': (
        Limits(file_mb=40),
        "failed",
        "file size: over 40 MB",
    ),
    "std::process::exit(9)": (Limits(), "failed", "exit code 101"),
}


@pytest.mark.parametrize("body", BUILDS)
def test_a_limit_is_named_when_cargo_reports_it(body, self_test):
    limits, status, reason = BUILDS[body]
    with self_test.crate() as folder:
        (folder / "build.rs").write_text(f"fn main() {{ {body} }}")
        outcome = run(["cargo", "check", "--offline", "--message-format=json"], source=folder, limits=limits)
    assert (outcome.status, outcome.reason) == (status, reason)


def test_cpu_limit_holds_for_a_process_that_ignores_the_warning(helper, source):
    command = ["sh", "-c", 'trap "" XCPU; exec /helper burn 500']
    outcome = run(command, source=source, limits=Limits(cpu_seconds=1), readonly={helper: "/helper"})
    assert (outcome.status, outcome.reason) == ("timeout", "CPU time: over 1 s")


def test_wall_time_of_one_command(source):
    with Session(source) as session:
        assert session.run(["sleep", "20"], wall_seconds=0.2).reason == "wall time: over 0.2 s"


def test_a_detached_process_ends_with_its_command(helper, source, marker):
    with Session(source, readonly={helper: "/helper"}) as session:
        assert session.run(["/helper", "orphan", marker]).status == "ok"
        deadline = time.monotonic() + 60
        while processes(marker) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not processes(marker)
        bomb = session.run(["sh", "-c", f"bomb() {{ bomb | bomb & }}; : {marker}; bomb"])
        assert bomb.status in ("ok", "failed")
    assert not processes(marker)


def test_nothing_is_left_when_the_caller_is_killed(helper, source, marker):
    code = (
        "import sys; from pathlib import Path; from ferrule.sandbox.session import run\n"
        "run(['/helper', 'hoard', '2', sys.argv[3]], source=Path(sys.argv[1]), readonly={Path(sys.argv[2]): '/helper'})"
    )
    temporary = source.parent / "temporary"
    temporary.mkdir()
    caller = subprocess.Popen(
        [sys.executable, "-c", code, source, helper, marker],
        env=os.environ | {"PYTHONPATH": SCRIPTS, "TMPDIR": temporary},
    )
    deadline = time.monotonic() + 60
    while (
        len(processes(marker)) < 4 and time.monotonic() < deadline
    ):  # the caller, the helper, its two children
        time.sleep(0.02)
    assert len(processes(marker)) >= 4
    caller.send_signal(signal.SIGKILL)
    caller.wait()
    while processes(marker) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not processes(marker)
    assert not list(temporary.iterdir())


def test_a_session_sees_what_the_caller_writes_and_keeps_tmp(source):
    (source / "member").mkdir()
    file = source / "member" / "file"
    file.write_text("one")
    with Session(source, package="member") as session:
        assert session.run(["cat", "file"]).stdout == b"one"
        assert session.run(["cp", "file", "/tmp/kept"]).status == "ok"
        file.unlink()
        file.write_text("two")
        (source / "new").write_text("three")
        outcome = session.run(["cat", "file", "../new", "/tmp/kept", f"{session.source_inside}/member/file"])
        assert outcome.stdout == b"twothreeonetwo"
        assert session.run(["sh", "-c", "cat"]).stdout == b""  # standard input is empty


def test_arguments_arrive_as_they_are(source):
    odd = ["a b", "it's", 'say "x"', "$HOME `id` \\", "two\nlines\n", "", "-n", "ünï", "*"]
    outcome = run(["printf", "%s\\0", *odd], source=source)
    assert outcome.stdout.decode().split("\0")[:-1] == odd


def test_stdout_and_stderr_of_a_failed_command(source):
    with Session(source) as session:
        outcome = session.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
        assert outcome == Outcome("failed", 3, "exit code 3", b"out\n", b"err\n")
        assert session.run(["sh", "-c", "kill -SEGV $$"]).reason == "ended by SIGSEGV"
        assert session.run(["true"]) == Outcome("ok", 0)
        many = session.run(["sh", "-c", "yes 0123456 | head -c 3000000 | tee /dev/stderr"])
        assert (len(many.stdout), len(many.stderr)) == (3000000, 65536)


def test_a_command_that_is_not_there(source):
    outcome = run(["cargo-none"], source=source)
    assert (outcome.status, outcome.reason) == (
        "unavailable",
        "failed to execute cargo-none: No such file or directory",
    )


def test_quoted_source_is_not_taken_for_a_limit(source):
    said = "error: x\n12 |  Cannot allocate memory, No space left on device\n   | ^^^ (signal: 24)\n"
    outcome = run(["sh", "-c", 'printf "%s" "$1" >&2; exit 101', "sh", said], source=source)
    assert (outcome.status, outcome.reason) == ("failed", "exit code 101")
    said = '{"message":"failed to write x: No space left on device (os error 28)"}'
    outcome = run(["sh", "-c", 'printf "%s" "$1"; exit 101', "sh", said], source=source)
    assert outcome.reason == "disk: /tmp is full (3072 MB)"


# --- what can be reached ----------------------------------------------------------------------------


def test_the_environment_is_ours_alone(source, monkeypatch):
    secret = secrets.token_hex(8)
    monkeypatch.setenv("FERRULE_SECRET", secret)
    with Session(source, environment={"CARGO_BUILD_JOBS": "2", "LANG": "C"}) as session:
        names = {line.split("=")[0] for line in session.run(["env"]).stdout.decode().splitlines()}
        seen = session.run(["sh", "-c", "cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline"])
    assert names <= {*setup.variables("", ""), "CARGO_BUILD_JOBS", "PWD", "OLDPWD", "SHLVL", "_"}
    assert seen.status == "ok"
    assert secret.encode() not in seen.stdout


def test_no_network_no_home_no_identity(helper, source, marker):
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        Session(source, readonly={helper: "/helper"}) as session,
    ):
        socket.create_connection(server.getsockname(), timeout=5).close()
        assert session.run(["/helper", "connect", str(server.getsockname()[1]), marker]).status == "failed"
        assert session.run(["test", "-e", str(Path.home())]).code == 1
        assert session.run(["test", "-e", str(helper)]).code == 1
        assert session.run(["cat", "/etc/passwd"]).code == 1
        assert session.run(["id", "-u"]).stdout == b"65534\n"
        assert session.run(["uname", "-n"]).stdout == b"sandbox\n"
        assert session.run(["unshare", "-U", "true"]).status == "failed"


@pytest.mark.parametrize(
    "place", ["/", "/dev", "/dev/shm", "/etc", "/rust", "/src", "/usr", "/tmp/cargo/registry"]
)
def test_nothing_can_be_written_but_tmp(place, source, tmp_path, monkeypatch):
    (tmp_path / "cargo" / "registry").mkdir(parents=True)
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    source.chmod(0o777)
    outcome = run(["sh", "-c", f"echo x > /tmp/file && echo x > {place}/file"], source=source)
    assert outcome.status == "failed"
    assert b"Read-only" in outcome.stderr or b"Permission denied" in outcome.stderr
    assert not list(source.iterdir())


def test_of_cargo_home_only_the_registry_and_the_mirrors(source, tmp_path, monkeypatch):
    home, vendor = tmp_path / "cargo", tmp_path / "vendor"
    (home / "registry").mkdir(parents=True)
    (home / "credentials.toml").write_text('token = "SECRET"')
    vendor.mkdir()
    (vendor / "crate").write_text("code")
    for folder in (vendor, home / "registry"):
        folder.chmod(0o755)
    (home / "config.toml").write_text("""
        [source.crates-io]
        replace-with = "mirror"
        [source.mirror]
        registry = "sparse+https://user:SECRET@example.org/index/"
        [source."odd \\"name"]
        directory = "vendor"
        [registries.ours]
        index = "https://SECRET@example.org/git"
        token = "SECRET"
        credential-provider = "SECRET"
        [registry]
        token = "SECRET"
        [build]
        rustc-wrapper = "SECRET"
        [http]
        proxy = "SECRET"
    """)
    text, folders = cargo_view.sanitised_config(home)
    assert text == (
        '[source."crates-io"]\nreplace-with = "mirror"\n'
        '[source."mirror"]\nregistry = "sparse+https://example.org/index/"\n'
        f'[source."odd \\"name"]\ndirectory = "{vendor}"\n'
        '[registries."ours"]\nindex = "https://example.org/git"\n'
    )
    assert folders == [vendor]
    monkeypatch.setenv("CARGO_HOME", str(home))
    with Session(source) as session:
        assert session.run(["cat", "/tmp/cargo/config.toml"]).stdout.decode() == text
        assert session.run(["cat", f"{vendor}/crate"]).stdout == b"code"
        assert session.run(["ls", "/tmp/cargo"]).stdout.split() == [b"config.toml", b"registry"]
        assert session.run(["cargo", "--version"]).status == "ok"


# --- the caller's side ------------------------------------------------------------------------------


def cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize("limits", [Limits(), Limits(wall_seconds=2)], ids=["closed", "killed"])
@pytest.mark.parametrize("mode", ["bubblewrap", "none"])
def test_cpu_time_used_inside_is_the_callers(mode, limits, helper, source, marker):
    before = cpu()
    with Session(source, mode=mode, limits=limits, readonly={helper: "/helper"}) as session:
        assert session.run([session.inside(helper), "burn", "10", marker]).reason in (
            "",
            "wall time: over 2 s",
        )
    assert (
        cpu() - before > 0.15
    )  # lost, it would be 0.02; a busy machine gives the burner less than it asks for


def test_other_children_keep_their_exit_status(source):
    with Session(source):
        other = subprocess.Popen(["sh", "-c", "exit 7"])
        time.sleep(0.05)
    assert other.wait() == 7


def test_mode_none_has_the_same_interface(helper, source, marker):
    limits = Limits(memory_mb=256, output_mb=2)
    options = dict(limits=limits, mode="none", readonly={helper: "/helper"}, environment={"EXTRA": "1"})
    with Session(source, **options) as session:
        assert session.source_inside == source
        assert session.run(["pwd"]).stdout.decode().strip() == str(source)
        assert b"EXTRA=1" in session.run(["env"]).stdout
        assert session.run(["sh", "-c", "exit 3"]).reason == "exit code 3"
        assert session.run(["cargo", "--version"]).status == "ok"
        assert session.run([session.inside(helper), "grow", "400", marker]).status == "memory"
        outcome = session.run([session.inside(helper), "hoard", "1", marker], wall_seconds=0.5)
        assert outcome.reason == "wall time: over 0.5 s"
        assert session.run(["true"]) == outcome
    assert not processes(marker)
    assert run([str(helper), "flood", marker], source=source, **options).status == "output"
    with pytest.raises(ValueError, match="bubblewrap or none"):
        Session(source, mode="docker")


def test_without_a_sandbox_the_message_says_what_to_do(source, monkeypatch, request):
    setup.toolchain()
    tmp_path = Path(tempfile.mkdtemp())  # one that root's plain uid can reach
    request.addfinalizer(lambda: shutil.rmtree(tmp_path))
    tmp_path.chmod(0o755)
    (tmp_path / "bwrap").write_text("#!/bin/sh\necho bwrap: Creating new namespace failed >&2; exit 1\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(
        Unavailable, match=r"Creating new namespace failed.*user namespaces.*sandbox.mode: none"
    ):
        run(["true"], source=source)
    (tmp_path / "bwrap").unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"apt-get install bubblewrap.*sandbox.mode: none"):
        run(["true"], source=source)


# --- the self-test ----------------------------------------------------------------------------------


def test_self_test_proves_the_sandbox(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(SCRIPTS)}
    for mode in ("bubblewrap", "none"):
        command = [sys.executable, SELF_TEST, *config(sandbox={"mode": mode}), "--out", tmp_path / mode]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert "your own rights" in done.stderr
    result = orjson.loads((tmp_path / "bubblewrap").read_bytes())
    assert (result["mode"], result["cargo"], set(result["escapes"].values())) == (
        "bubblewrap",
        "works",
        {"refused"},
    )
    assert set(orjson.loads((tmp_path / "none").read_bytes())["escapes"].values()) == {"not protected"}


def test_self_test_would_notice_an_escape(self_test):
    with (
        self_test.crate() as folder,
        self_test.canaries(folder) as attempts,
        Session(folder, mode="none") as session,
    ):
        harmless = [attempt for attempt in attempts if attempt[0] in ("read", "connect")]
        (folder / "attempt").write_text("".join(f"{line}\n" for attempt in harmless for line in attempt))
        self_test.check(session.run(["cargo", "check", "--offline"]))
        escaped = session.run(["sh", "-c", "cat $TMPDIR/escaped"]).stdout.decode().split()
    assert set(escaped) == {"read_home", "read_tmp", "network"}


def test_self_test_passes_for_an_ordinary_user(tmp_path):
    """As root: everything it needs is bound to where an ordinary uid, which it then becomes, can reach it."""
    if os.geteuid() != 0:
        return  # the test above has shown it
    own, stage = tmp_path / "own", tmp_path / "stage"
    stage.mkdir()
    own.mkdir()
    own.chmod(0o777)
    binds = [Path(sys.base_prefix), Path(orjson.__file__).parents[1], SCRIPTS, setup.toolchain(), own]
    pairs = [word for number, place in enumerate(binds) for word in (place, str(number))]
    user = [
        "env",
        "PATH=/mnt/3/bin:/usr/bin:/bin",
        "PYTHONPATH=/mnt/1:/mnt/2",
        "HOME=/mnt/4",
        "TMPDIR=/mnt/4",
    ]
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
            *user,
            python,
            "/mnt/2/tools/check_sandbox.py",
            "--out",
            "/mnt/4/sandbox.json",
        ],
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert (own / "sandbox.json").stat().st_uid == 54321
    assert set(orjson.loads((own / "sandbox.json").read_bytes())["escapes"].values()) == {"refused"}


def test_limits_have_the_defaults_of_the_configuration():
    config = read_yaml(SCRIPTS.parent / "config" / "config.yaml")["sandbox"]
    assert config.pop("mode") == "bubblewrap"
    assert sandbox.Limits(**config) == Limits()
