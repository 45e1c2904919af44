"""Crates that attack whoever builds them: nothing gets out, each has a status, the others are unharmed."""

import contextlib
import functools
import io
import json
import os
import secrets
import socket
import tarfile
import threading
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from registry import Registry, pack

# Found in a file, in the environment or by the network, it would be the proof of an escape.
SECRET = f"secret-{secrets.token_hex(8)}"

MANIFEST = '[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\nlicense = "MIT"\n'
LIB = """//! A crate that looks harmless.

/// Adds two numbers, which is all that a crate like this one ever seems to do.
pub fn add(left: u64, right: u64) -> u64 {
    let sum = left.wrapping_add(right);
    sum
}
"""
# ESCAPED in a log is the proof; an attack that is refused lets the build go on. One crate tries all of these.
REFUSED = {
    "reads_home": """
        for path in [CANARY, "/root/.bashrc", "/etc/passwd", "/etc/hostname", CREDENTIALS] {
            if let Ok(text) = std::fs::read_to_string(path) {
                if text.contains("secret-") || path.starts_with("/etc") { panic!("ESCAPED: read {path}") }
            }
        }
        if let Ok(home) = std::env::var("HOME") {
            if std::fs::read_dir(&home).map(|d| d.count()).unwrap_or(0) > 50 { panic!("ESCAPED: home") }
        }""",
    "reads_environment": """
        let all: String = std::env::vars().map(|(k, v)| format!("{k}={v};")).collect();
        let first = std::fs::read("/proc/1/environ").unwrap_or_default();
        if (all + &String::from_utf8_lossy(&first)).contains("secret-") { panic!("ESCAPED: environment") }""",
    "opens_a_socket": """
        if std::net::TcpStream::connect_timeout(&ADDRESS.parse().unwrap(), std::time::Duration::from_secs(2)).is_ok() {
            panic!("ESCAPED: network")
        }""",
    "writes_to_the_source": """
        for path in ["src/lib.rs", "Cargo.toml", "/src/new", "/usr/bin/new", "/rust/new", "/dev/shm/new"] {
            if std::fs::write(path, "pwned").is_ok() { panic!("ESCAPED: wrote {path}") }
        }""",
    "leaves_a_daemon": """
        // With cargo's pipes still open, cargo would wait for it, and the time limit end both.
        use std::process::Stdio;
        std::process::Command::new("/usr/bin/setsid").args(["sh", "-c", "exec sleep 7654321"])
            .stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();""",
    "links_out": """
        let out = std::env::var("OUT_DIR").unwrap();
        let _ = std::fs::remove_file(format!("{out}/link.rs"));
        std::os::unix::fs::symlink(CANARY, format!("{out}/link.rs")).unwrap();
        if std::fs::read_to_string(format!("{out}/link.rs")).is_ok() { panic!("ESCAPED: link") }""",
}
# Each of these spoils its own build: a crate for each.
SPOILED = {
    "forks_without_end": """
        loop { let _ = std::process::Command::new("/bin/sh").args(["-c", "sleep 60"]).spawn(); }""",
    "fills_the_disk": """
        use std::io::Write;
        for n in 0.. {
            let mut file = std::fs::File::create(format!("/tmp/fill{n}")).expect("full");
            for _ in 0..16 { file.write_all(&vec![7u8; 1 << 20]).expect("No space left on device") }
        }""",
    "fills_the_memory": """
        let mut all: Vec<Vec<u8>> = Vec::new();
        loop { all.push(vec![1u8; 1 << 24]); std::hint::black_box(&all); }""",
    "prints_without_end": """
        loop { println!("cargo:warning={}", "x".repeat(1 << 16)); eprintln!("{}", "y".repeat(1 << 16)); }""",
    "loops_for_ever": "loop { std::hint::spin_loop() }",
    "sleeps_for_ever": "loop { std::thread::sleep(std::time::Duration::from_secs(1000)) }",
    "kills_its_parents": """
        for pid in 1..64 { let _ = std::process::Command::new("/bin/kill").args(["-9", &pid.to_string()]).status(); }""",
}
BUILD = {
    "looks_around": "".join(f"\n    {{ // {name}{body}\n    }}" for name, body in REFUSED.items())
} | SPOILED
# (status of clippy and of the judge, words in the reason)
EXPECTED = {
    "looks_around": ("ok", ""),
    "forks_without_end": ("failed", "processes"),
    "fills_the_disk": ("failed", "disk"),
    "fills_the_memory": ("memory", "memory"),
    # cargo keeps what a build script prints in its memory; what a macro prints goes straight through.
    "prints_without_end": ("memory", "memory"),
    "macro_prints": ("output", "output"),
    "loops_for_ever": ("timeout", "time"),
    "sleeps_for_ever": ("timeout", "time"),
    "kills_its_parents": ("failed", ""),
    "includes_a_file": ("failed", "couldn't read"),
    "macro_reads": ("ok", ""),
    "wraps_rustc": ("ok", ""),
    "picks_a_toolchain": ("ok", ""),
}
# Attacks of which another is an example: `make test-all` has them, in a run of their own.
REST = {
    "prints_without_end",
    "sleeps_for_ever",
    "kills_its_parents",
    "macro_reads",
    "picks_a_toolchain",
    "noise",
    "nothere",
    # As the fetching of crates has them: tests/unit/test_archive.py and tests/toolchain/test_fetch.py.
    "bomb",
    "wrong",
}
REST_TOO = pytest.param("rest", marks=pytest.mark.slow)
IN_BOTH_RUNS = pytest.mark.parametrize("attacked", ["first", REST_TOO], indirect=True)
IN_THE_FIRST = pytest.mark.parametrize("attacked", ["first"], indirect=True)
LIMITS = dict(
    wall_seconds=16, cpu_seconds=4, memory_mb=1024, tmp_mb=300, processes=64, file_mb=256, output_mb=8
)


def write_crate(folder: Path, name: str, files: dict[str, str]) -> Path:
    for path, text in ({"Cargo.toml": MANIFEST.format(name=name), "src/lib.rs": LIB} | files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def write_attacks(folder: Path, canary: Path, address: str, mark: Path) -> list[tuple[str, str, str]]:
    crates = []
    consts = f'const CANARY: &str = "{canary}";\nconst ADDRESS: &str = "{address}";\nconst CREDENTIALS: &str = "{canary.parent}/cargo-home/credentials.toml";\n'
    for name, body in BUILD.items():
        build = f"#![allow(dead_code)]\n{consts}\nfn main() {{\n{body}\n}}\n"
        write_crate(folder / name, name, {"build.rs": build})
        crates.append(name)
    write_crate(
        folder / "includes_a_file",
        "includes_a_file",
        {"src/lib.rs": LIB + f'pub const STOLEN: &str = include_str!("{canary}");\n'},
    )
    for name, what in {
        "macro_reads": f'if std::fs::read_to_string("{canary}").is_ok() {{ panic!("ESCAPED: macro") }}',
        "macro_prints": 'loop { eprintln!("{}", "z".repeat(1 << 16)) }',
    }.items():
        macro = (
            "extern crate proc_macro;\nuse proc_macro::TokenStream;\n"
            "/// Gives its input back, after it has had a look around on the machine it runs on.\n#[proc_macro]\n"
            f"pub fn look(input: TokenStream) -> TokenStream {{\n    {what}\n    #[allow(unreachable_code)]\n    input\n}}\n"
        )
        inner = {
            "Cargo.toml": MANIFEST.format(name="inner_macro") + "[lib]\nproc-macro = true\n",
            "src/lib.rs": macro,
        }
        write_crate(folder / name / "inner", "inner_macro", inner)
        depends = '[dependencies]\ninner_macro = { path = "inner" }\n[workspace]\nmembers = ["inner"]\n'
        outer = {
            "Cargo.toml": MANIFEST.format(name=name) + depends,
            "src/lib.rs": LIB + "inner_macro::look! { pub fn made() -> u8 { 1 } }\n",
        }
        write_crate(folder / name, name, outer)
    (folder / "looks_around/src/stolen.rs").symlink_to(canary)
    (folder / "looks_around/outside").symlink_to("/etc")
    wrapper = folder / "wrapper"
    wrapper.write_text(f'#!/bin/sh\ntouch "{mark}"\nexec "$@"\n')
    wrapper.chmod(0o755)
    write_crate(
        folder / "wraps_rustc",
        "wraps_rustc",
        {
            ".cargo/config.toml": f'[build]\nrustc-wrapper = "{wrapper}"\nrustc = "{wrapper}"\n'
            f'[target.x86_64-unknown-linux-gnu]\nrunner = "{wrapper}"\nlinker = "{wrapper}"\n'
            f'[registry]\nglobal-credential-providers = ["cargo:token-from-stdout {wrapper}"]\n'
        },
    )
    write_crate(
        folder / "picks_a_toolchain",
        "picks_a_toolchain",
        {"rust-toolchain.toml": f'[toolchain]\npath = "{folder}"\n'},
    )
    names = [
        *crates,
        "includes_a_file",
        "macro_reads",
        "macro_prints",
        "wraps_rustc",
        "picks_a_toolchain",
    ]
    return [(name, "", str(folder / name)) for name in names]


def write_archives(folder: Path) -> list[tuple[str, str, str]]:
    plain = write_crate(folder / "plain", "climbs", {})
    crates = []

    def archive(name, members):
        path = folder / f"{name}.crate"
        with tarfile.open(path, "w:gz") as tar:
            for file in sorted(p for p in plain.rglob("*") if p.is_file()):
                tar.add(file, f"{name}-0.1.0/{file.relative_to(plain)}")
            for info, data in members:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
        crates.append((name, "", str(path)))

    def link(name, target, kind=tarfile.SYMTYPE):
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, target
        return info, b""

    archive("climbs", [(tarfile.TarInfo("climbs-0.1.0/../../../climbed"), b"x")])
    archive(
        "links",
        [
            link("links-0.1.0/src/a.rs", "/etc/passwd"),
            link("links-0.1.0/dir", "/tmp"),
            (tarfile.TarInfo("links-0.1.0/dir/through"), b"x"),
        ],
    )
    archive("bomb", [(tarfile.TarInfo("bomb-0.1.0/zeros"), b"\0" * 30_000_000)])
    (folder / "noise.crate").write_bytes(os.urandom(5000))
    return [*crates, ("noise", "", str(folder / "noise.crate"))]


@pytest.fixture(scope="module")
def attack(tmp_path_factory, workflow_in):
    """attack("rest"): the workflow after a run on the attacks of `REST`; attack("first"): on all others."""
    return functools.cache(lambda which: run_attacks(which, tmp_path_factory, workflow_in))


@pytest.fixture
def attacked(request, attack):
    return attack(request.param)


def run_attacks(which, tmp_path_factory, workflow_in):
    folder = tmp_path_factory.mktemp("hostile")
    workflow = workflow_in(folder / "workflow")
    canary, mark = folder / "canary.rs", folder / "mark"
    canary.write_text(f"// {SECRET}\n")
    knocked = []
    with socket.create_server(("127.0.0.1", 0)) as listener, Registry(folder) as registry:
        listener.settimeout(0.2)
        over = threading.Event()

        def listen():
            while not over.is_set():
                with contextlib.suppress(TimeoutError):
                    knocked.append(listener.accept())

        listening = threading.Thread(target=listen)
        listening.start()
        crates = write_attacks(folder / "crates", canary, f"127.0.0.1:{listener.getsockname()[1]}", mark)
        crates += write_archives(folder / "archives")
        registry.add("wrong", "1.0.0", pack(folder / "archives/plain", "wrong", "1.0.0"), checksum="0" * 64)
        crates += [("wrong", "1.0.0", ""), ("nothere", "1.0.0", "")]
        crates = [crate for crate in crates if (crate[0] in REST) == (which == "rest")]
        crates += [("counter", "2.3.4", "tests/data/crates/counter")]
        home = registry.cargo_home()
        (Path(home) / "credentials.toml").write_text(f'[registry]\ntoken = "{SECRET}"\n')
        config = {"sandbox": LIMITS, "crates": {"max_unpacked_mb": 20}, "gates": {"min_documented": 0.0}}
        run = workflow.run(
            crates=crates, config=config, env={"FERRULE_TEST_SECRET": SECRET, "CARGO_HOME": home}
        )
        over.set()
        listening.join()
    workflow.outcome, workflow.knocked, workflow.mark, workflow.folder = run, knocked, mark, folder
    return workflow


def loaded(workflow, crate, name):
    return json.loads((workflow.path / f"results/crates/{crate}/{name}.json").read_text())


@IN_BOTH_RUNS
def test_the_run_goes_on_and_the_others_are_unharmed(attacked):
    assert attacked.outcome.returncode == 0, attacked.outcome.output
    assert loaded(attacked, "counter@2.3.4", "verdict")["accepted"]
    assert pq.read_table(attacked.path / "results/crates/counter@2.3.4/candidates.parquet").num_rows
    assert (attacked.path / "results/dataset/train.jsonl").read_text()


def in_its_run(name: str, *more):
    """Parameters of a test: the run in which the attack is, the attack, what is said of it."""
    rest = name.partition("@")[0] in REST
    return pytest.param(
        "rest" if rest else "first", name, *more, id=name, marks=[pytest.mark.slow] if rest else []
    )


@pytest.mark.parametrize(("attacked", "name"), [in_its_run(name) for name in EXPECTED], indirect=["attacked"])
def test_each_attack_has_its_status(attacked, name):
    status, words = EXPECTED[name]
    assert loaded(attacked, name, "crate")["status"] == "ok"
    for tool in ("clippy", "judge"):
        found = loaded(attacked, name, tool)
        assert found["status"] == status, (tool, found["status"], found["reason"])
        assert words in found["reason"], (tool, found["reason"])
    assert loaded(attacked, name, "verdict")["accepted"] == (status == "ok")


@pytest.mark.parametrize(
    ("attacked", "name", "status", "words"),
    [
        in_its_run("climbs", "failed", "leaves the crate's folder"),
        in_its_run("bomb", "failed", "max_unpacked_mb"),
        in_its_run("noise", "failed", "archive"),
        in_its_run("wrong@1.0.0", "failed", "checksum"),
        in_its_run("nothere@1.0.0", "failed", "no crate named"),
    ],
    indirect=["attacked"],
)
def test_each_bad_archive_has_its_status(attacked, name, status, words):
    row = loaded(attacked, name, "crate")
    assert row["status"] == status
    assert words in row["reason"]
    assert not loaded(attacked, name, "verdict")["accepted"]
    for tool in ("clippy", "judge"):
        assert loaded(attacked, name, tool)["status"] == "failed"


@IN_THE_FIRST
def test_links_in_archives_are_left_out(attacked):
    row = loaded(attacked, "links", "crate")
    # `links` was packed with another crate's manifest: it is refused by its name, after a safe unpacking.
    assert row["status"] == "failed"
    left_out = loaded(attacked, "looks_around", "crate")["left_out"]
    assert [line.split(":")[0] for line in left_out] == ["outside", "src/stolen.rs"]


@IN_BOTH_RUNS
def test_nothing_got_out(attacked):
    assert attacked.knocked == []
    assert not attacked.mark.exists(), "a crate's own wrapper was run"
    assert not list(attacked.folder.glob("**/climbed")) and not (attacked.folder.parent / "climbed").exists()
    for path in attacked.path.joinpath("results").rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            assert SECRET.encode() not in data, path
            assert b"ESCAPED" not in data or "/source" in path.as_posix() or path.suffix == ".parquet", path
        assert not path.is_symlink(), path


@IN_BOTH_RUNS
def test_no_process_is_left(attacked):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if b"7654321" in _read(p)]
        if not left:
            return
        time.sleep(0.1)
    raise AssertionError(left)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@IN_THE_FIRST
def test_their_rows_are_marked_as_what_they_are(attacked):
    """Attacks that were refused leave a crate like any other: it is judged, and nothing of it was changed."""
    assert "pwned" not in (attacked.path / "results/crates/looks_around/source/src/lib.rs").read_text()
    assert loaded(attacked, "looks_around", "judge")["live"] == 1
