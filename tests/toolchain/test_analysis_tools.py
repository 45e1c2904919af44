"""The tools of the analysis where they need cargo, a database in git or the sandbox."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from registry import Registry

from analysis import deny, geiger, outdated

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/tools"
TIDY = ROOT / "tests/data/crates/tidy"
CRATE = dict(
    crate="demo@1.2.3", name="demo", version="1.2.3", status="ok", reason="", package=".", license="MIT"
)


@pytest.mark.parametrize("mode", ["bubblewrap", "none"])
def test_what_geiger_says_of_a_crate_that_does_not_build(mode, tmp_path):
    """No folder in it, which would be another one every time, and not how rustc was called."""
    said = "error: could not compile x (lib at $PWD)\n\nCaused by:\n  process didn't exit successfully: \\`rustc -C a=1\\`"
    tool = script(tmp_path / "cargo-geiger", f"cat >&2 <<EOF\n{said}\nEOF\ntest -f Cargo.toml && exit 1")
    sections = {"crates": {}, "sandbox": {"mode": mode}}
    arguments = SimpleNamespace(tool=tool, version="0.13.0", config=sections)
    told = geiger.measure(CRATE, TIDY, arguments)
    assert (told["status"], told["reason"]) == ("failed", "could not compile x (lib at ...)")


@pytest.mark.parametrize(("fetch", "status"), [("touch @", "ok"), ("exit 1", "unavailable")])
def test_geiger_gets_the_sources_of_other_platforms_once(fetch, status, tmp_path, monkeypatch):
    """A stand-in for cargo-geiger that works once cargo has fetched, and one for cargo."""
    fetched, bin = tmp_path / "fetched", tmp_path / "bin"
    bin.mkdir()
    report = (DATA / "geiger.json").read_text()
    script(
        tmp_path / "cargo-geiger",
        f"""test -e {fetched} || {{ echo "error: failed to download x" >&2; exit 1; }}
        cat <<'EOF'\n{report}\nEOF""",
    )
    script(bin / "cargo", f'test "$*" = "fetch --locked --quiet" && {fetch}'.replace("@", str(fetched)))
    monkeypatch.setenv("PATH", f"{bin}:{os.environ['PATH']}")
    arguments = SimpleNamespace(
        tool=str(tmp_path / "cargo-geiger"),
        version="0.13.0",
        config={"crates": {}, "sandbox": {"mode": "none"}},
    )
    told = geiger.measure(CRATE, TIDY, arguments)
    assert told["status"] == status, told["reason"]
    assert told["figures"].get("unsafe") == (2047 if status == "ok" else None)


def test_outdated_asks_the_registry_even_offline_and_names_no_folder(tmp_path, monkeypatch):
    """An old index would say that nothing is newer; a reason with a temporary folder would differ every time."""
    monkeypatch.setenv("CARGO_NET_OFFLINE", "true")
    tool = script(
        tmp_path / "cargo-outdated",
        """[ "$CARGO_NET_OFFLINE" = false ] && echo "error: in '$TMPDIR/cargo-outdatedXyZ' no network" >&2; exit 101""",
    )
    arguments = SimpleNamespace(tool=tool, version="0.19.0")
    told = outdated.measure(CRATE, TIDY, arguments)
    assert (told["status"], told["reason"]) == ("unavailable", "in '...' no network")


def git(folder, *words):
    command = ["git", "-C", folder, "-c", "user.name=x", "-c", "user.email=x@y", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def database(tmp_path):
    """An advisory database with one advisory, against `counter` below 3, on a branch of its own name."""
    folder = tmp_path / "advisories"
    file = folder / "crates" / "counter" / "RUSTSEC-2099-0001.md"
    file.parent.mkdir(parents=True)
    file.write_text(
        '```toml\n[advisory]\nid = "RUSTSEC-2099-0001"\npackage = "counter"\ndate = "2099-01-01"\n'
        'cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"\n[versions]\npatched = [">= 3.0.0"]\n```\n\n'
        "# It counts too far\n\nFar too far.\n"
    )
    subprocess.run(["git", "init", "--quiet", "--initial-branch", "work", folder], check=True)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "one")
    return folder


# A stand-in that clones as cargo-deny does and gives what it was told to give.
CLONES = """for last; do case $previous in --manifest-path) manifest=$last;; esac; previous=$last; done
test -f "$manifest" || { echo "no $manifest"; exit 1; }
git clone --quiet --depth=1 --branch main https://advisories.invalid/db clone && cat clone/crates/*/*.md > @
cat %s >&2; exit 1"""


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def run_deny(tool, database, crate=CRATE, source=TIDY, allowed=("MIT", "Apache-2.0", "Unicode-3.0")):
    sections = {
        "crates": {"features": "default"},
        "gates": {"allowed_licenses": list(allowed)},
        "tools": {"advisory_db": str(database)},
    }
    arguments = SimpleNamespace(tool=str(tool), version="0.20.2", config=sections)
    return deny.measure(crate, Path(source), arguments)


def test_deny_sees_what_is_checked_out_in_the_database(tmp_path, database, monkeypatch):
    """Not its newest commit and not its branch `main`; and a source given relative to here is found."""
    first = git(database, "rev-parse", "HEAD")
    (database / "crates/counter/RUSTSEC-2099-0001.md").write_text("another")
    git(database, "commit", "--quiet", "--all", "--message", "two")
    git(database, "branch", "main")
    git(database, "checkout", "--quiet", "--detach", first)
    seen = tmp_path / "seen"
    text = CLONES.replace("@", str(seen)) % (DATA / "deny.jsonl")
    monkeypatch.chdir(TIDY.parent)
    told = run_deny(script(tmp_path / "cargo-deny", text), database, source="tidy")
    assert told["status"] == "ok", told["reason"]
    assert told["figures"]["database"] == first
    assert "It counts too far" in seen.read_text()
    git(database, "checkout", "--quiet", "main")
    assert run_deny(tmp_path / "cargo-deny", database)["figures"]["database"] != first
    assert seen.read_text() == "another"


def test_a_database_may_be_shallow_or_bare(tmp_path, database):
    seen = tmp_path / "seen"
    tool = script(tmp_path / "cargo-deny", CLONES.replace("@", str(seen)) % (DATA / "deny.jsonl"))
    git(database, "commit", "--quiet", "--allow-empty", "--message", "two")
    for name, how in (("shallow", "--depth=1"), ("bare", "--bare")):
        git(tmp_path, "clone", "--quiet", how, database.as_uri(), tmp_path / name)
        told = run_deny(tool, tmp_path / name)
        assert told["status"] == "ok", told["reason"]
        assert "It counts too far" in seen.read_text()
        seen.unlink()


@pytest.mark.parametrize("kind", ["missing", "no clone", "no commit"])
def test_a_folder_that_is_no_database_is_unavailable(kind, tmp_path):
    folder = tmp_path / "database"
    if kind != "missing":
        folder.mkdir()
    if kind == "no commit":
        subprocess.run(["git", "init", "--quiet", folder], check=True)
    told = run_deny(script(tmp_path / "cargo-deny", "exit 1"), folder)
    assert (told["status"], told["reason"]) == (
        "unavailable",
        "tools.advisory_db is not a git clone with a commit in it",
    )


def test_the_reason_of_a_database_that_cannot_be_read_names_no_folder(tmp_path, database):
    log = (
        """printf '{"type":"log","fields":{"level":"ERROR","message":"no\\\\ntoml in %s/x.md"}}' "$PWD" >&2"""
    )
    told = run_deny(script(tmp_path / "cargo-deny", log), database)
    assert (told["status"], told["reason"]) == ("unavailable", "no toml in .../x.md")


@pytest.mark.slow  # builds cargo-deny, unless PATH or `snakemake tools` has it: four minutes of processor time
def test_the_real_cargo_deny_finds_an_advisory_in_a_local_database(tmp_path, database, monkeypatch):
    tool, record = ROOT / "results/tools/bin/cargo-deny", ROOT / "results/tools/cargo-deny.json"
    if not tool.exists():
        subprocess.run(
            [
                sys.executable,
                ROOT / "scripts/tools/install_tool.py",
                "--tool",
                "cargo-deny",
                "--version",
                "0.20.2",
                "--out",
                tool,
                "--record",
                record,
            ],
            env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
            check=True,
        )
    crate = tmp_path / "crate"
    (crate / "src").mkdir(parents=True)
    (crate / "src/lib.rs").touch()
    manifest = '[package]\nname = "demo"\nversion = "1.2.3"\nedition = "2021"\nlicense = "MIT"\n[workspace]\n'
    (crate / "Cargo.toml").write_text(f'{manifest}[dependencies]\ncounter = "2"\n')
    with Registry(tmp_path / "registry") as registry:
        registry.add_folder(ROOT / "tests/data/crates/counter", "counter", "2.3.4")
        monkeypatch.setenv("CARGO_HOME", registry.cargo_home())
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=crate, check=True)
    told = run_deny(tool, database, source=crate)
    assert told["status"] == "ok", told["reason"]
    assert told["figures"]["worst"] == "critical"
    assert [(f["id"], f["category"], f["message"]) for f in told["findings"]] == [
        ("RUSTSEC-2099-0001", "vulnerability", "counter@2.3.4: It counts too far")
    ]
    refused = run_deny(tool, database, source=crate, allowed=["Zlib"])
    assert refused["figures"]["by_kind"] == dict(vulnerability=1, rejected=2)
    # Only for the tests of the crate: not a dependency of what is taken from it.
    (crate / "Cargo.toml").write_text(f'{manifest}[dev-dependencies]\ncounter = "2"\n')
    assert run_deny(tool, database, source=crate)["figures"]["worst"] == "none"
