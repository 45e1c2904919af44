"""Resolving and downloading: real cargo against a registry on loopback, local folders, and what is wrong with either."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest
from registry import Registry, pack
from steps import config, run_script

from ferrule.crates import archive
from ferrule.workflow.crate_inputs import licence_refusal

BASE = Path(__file__).parents[2]
CRATES = BASE / "tests" / "data" / "crates"


@pytest.fixture
def registry(tmp_path):
    with Registry(tmp_path / "registry") as registry:
        registry.add_folder(CRATES / "tidy", "tidy", "0.1.0")
        registry.add_folder(CRATES / "counter", "counter", "2.3.4")
        yield registry


LICENCES = ["MIT", "Apache-2.0"]


def fetch(tmp_path, crate, source="", home=None, allowed=LICENCES, **limits):
    """Run the scripts as the rules do; returns (exit code, crate.json or None, log, folder)."""
    out = tmp_path / "out" / crate.replace("/", "_")
    environment = {"CARGO_HOME": home} if home else {}
    resolved, refused, log = out / "resolved.json", "", ""
    if not source:
        done = run_script("resolve", "--crate", crate, "--out", resolved, env=environment)
        log = done.stderr
        if done.returncode:
            return done.returncode, None, log, out / "source"
        refused = licence_refusal(resolved, allowed)
    done = run_script(
        "download",
        "--crate",
        crate,
        "--source",
        source,
        "--resolved",
        "" if source else resolved,
        "--refused",
        refused,
        *config(crates=limits),
        "--json",
        out / "crate.json",
        "--archive",
        out / "archive.crate",
        "--folder",
        out / "source",
        env=environment,
    )
    row = json.loads((out / "crate.json").read_text()) if (out / "crate.json").exists() else None
    return done.returncode, row, log + done.stderr, out / "source"


def archive_of(folder) -> bytes:
    return (folder.parent / "archive.crate").read_bytes()


def files_in(folder) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def reason(tmp_path, *arguments, **keywords):
    """The reason of a crate that must fail as a row, with nothing left in its folder."""
    code, row, log, folder = fetch(tmp_path, *arguments, **keywords)
    assert code == 0, log
    assert row["status"] == "failed"
    assert list(folder.iterdir()) == []
    assert archive_of(folder) == b""
    assert row["crate"] in log
    return row["reason"]


def test_from_the_registry(tmp_path, registry):
    code, row, log, folder = fetch(tmp_path, "tidy@0.1.0", home=registry.cargo_home())
    assert code == 0, log
    assert (row["status"], row["version"], row["edition"], row["license"]) == (
        "ok",
        "0.1.0",
        "2021",
        "MIT OR Apache-2.0",
    )
    assert row["lock"] == "resolved"
    assert (folder / "Cargo.lock").exists()
    assert (folder / "src/lib.rs").read_bytes() == (CRATES / "tidy/src/lib.rs").read_bytes()
    assert {t["path"] for t in row["targets"]} == {"src/lib.rs", "tests/whole.rs"}


def test_without_a_version_the_newest_stable_that_this_toolchain_builds(tmp_path, registry):
    for version, how in [
        ("0.2.0", {}),
        ("0.3.0-beta.1", {}),
        ("0.4.0", dict(rust_version="1.999")),
        ("0.5.0", dict(yanked=True)),
    ]:
        copy = tmp_path / version
        shutil.copytree(CRATES / "tidy", copy)
        manifest = (copy / "Cargo.toml").read_text().replace("0.1.0", version)
        (copy / "Cargo.toml").write_text(manifest)
        registry.add_folder(copy, "tidy", version, **how)
    _, row, log, _ = fetch(tmp_path, "tidy", home=registry.cargo_home())
    assert row["version"] == "0.2.0", log


def test_unknown_crate_and_version(tmp_path, registry):
    home = registry.cargo_home()
    assert "no crate named `nothere`" in reason(tmp_path, "nothere@1.0.0", home=home)
    assert "has no version 9.9.9" in reason(tmp_path, "tidy@9.9.9", home=home)


def test_yanked_version(tmp_path, registry):
    registry.add_folder(CRATES / "counter", "gone", "1.0.0", yanked=True)
    assert "yanked" in reason(tmp_path, "gone@1.0.0", home=registry.cargo_home())


def test_wrong_checksum(tmp_path, registry):
    registry.add("wrong", "1.0.0", pack(CRATES / "counter", "wrong", "1.0.0"), checksum="0" * 64)
    assert "checksum" in reason(tmp_path, "wrong@1.0.0", home=registry.cargo_home())


def test_a_file_in_cargos_cache_that_was_tampered_with(tmp_path, registry):
    home = registry.cargo_home()
    assert fetch(tmp_path, "tidy@0.1.0", home=home)[1]["status"] == "ok"
    (cached,) = Path(home).glob("registry/cache/*/tidy-0.1.0.crate")
    cached.write_bytes(pack(CRATES / "broken", "tidy", "0.1.0"))
    assert "checksum" in reason(tmp_path, "tidy@0.1.0", home=home)


def test_licence_is_refused_before_anything_is_unpacked(tmp_path, registry):
    copy = tmp_path / "copy"
    shutil.copytree(CRATES / "counter", copy)
    (copy / "Cargo.toml").write_text(
        (copy / "Cargo.toml").read_text().replace('"MIT"', '"GPL-3.0-only"').replace("2.3.4", "3.0.0")
        + '[dependencies]\ntidy = "0.1"\n'
    )
    registry.add_folder(copy, "counter", "3.0.0")
    registry.requests.clear()
    code, row, _, folder = fetch(tmp_path, "counter@3.0.0", home=registry.cargo_home(), allowed=["MIT"])
    assert (code, row["status"]) == (0, "refused")
    assert row["reason"].startswith("licence: ") and "GPL-3.0-only" in row["reason"]
    assert list(folder.iterdir()) == []
    assert archive_of(folder) == b""
    assert not any("tidy" in path for path in registry.requests), "a dependency was asked for"
    assert {key: row[key] for key in ("name", "version", "license", "source")} == dict(
        name="counter", version="3.0.0", license="GPL-3.0-only", source="registry"
    )
    # Allowed after all, it is unpacked, and its dependency is asked for.
    code, row, log, folder = fetch(
        tmp_path, "counter@3.0.0", home=registry.cargo_home(), allowed=["GPL-3.0-only"]
    )
    assert (code, row["status"]) == (0, "ok"), log
    assert (folder / "src/lib.rs").exists() and archive_of(folder)
    assert any("tidy" in path for path in registry.requests)


def test_the_archive_of_a_registry_crate_has_the_checksum_of_the_index(tmp_path, registry):
    _, row, log, folder = fetch(tmp_path, "tidy@0.1.0", home=registry.cargo_home())
    (entry,) = registry.index["tidy"]
    assert row["sha256"] == entry["cksum"], log
    assert hashlib.sha256(archive_of(folder)).hexdigest() == entry["cksum"]


def test_the_archive_of_a_local_folder_has_the_same_bytes_twice_and_the_same_files(tmp_path):
    _, row, log, folder = fetch(tmp_path, "counter@2.3.4", CRATES / "counter")
    assert row["status"] == "ok", log
    first, files = archive_of(folder), files_in(folder)
    copy = tmp_path / "elsewhere"
    shutil.copytree(CRATES / "counter", copy, copy_function=shutil.copyfile)  # with other times
    again = fetch(tmp_path / "again", "counter@2.3.4", copy)[3]
    assert archive_of(again) == first
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    archive.unpack(folder.parent / "archive.crate", unpacked, max_bytes=10**6, max_files=100)
    files.pop("Cargo.lock")  # made afterwards
    assert files_in(unpacked) == files != {}


def test_a_crate_over_a_limit_fails_and_leaves_nothing(tmp_path, registry):
    home = registry.cargo_home()
    assert "more than 2 files" in reason(tmp_path, "tidy@0.1.0", home=home, max_files=2)
    assert "MB" in reason(tmp_path, "tidy@0.1.0", home=home, max_unpacked_mb=0.0001)
    assert "more than 1 files" in reason(tmp_path, "counter@2.3.4", CRATES / "counter", max_files=1)


def test_no_network_is_the_machines_fault(tmp_path, registry):
    home = registry.cargo_home()
    registry.server.shutdown()
    registry.server.server_close()
    code, row, log, _ = fetch(tmp_path, "tidy@0.1.0", home=home)
    registry.__exit__ = lambda *error: None
    assert (code, row) == (1, None)
    assert "tidy@0.1.0: the registry cannot be reached" in log
    assert "Traceback" not in log


def test_no_network_for_the_download_is_the_machines_fault_too(tmp_path, registry):
    """What `resolve` left in cargo's cache is gone by then."""
    resolved = tmp_path / "resolved.json"
    environment = {"CARGO_HOME": registry.cargo_home()}
    assert run_script("resolve", "--crate", "tidy", "--out", resolved, env=environment).returncode == 0
    shutil.rmtree(Path(environment["CARGO_HOME"]) / "registry")
    registry.server.shutdown()
    registry.server.server_close()
    out = [
        "--json",
        tmp_path / "crate.json",
        "--archive",
        tmp_path / "a.crate",
        "--folder",
        tmp_path / "source",
    ]
    done = run_script("download", "--crate", "tidy", "--resolved", resolved, *out, env=environment)
    assert done.returncode == 1 and "tidy: the registry cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr and not (tmp_path / "crate.json").exists()


def test_local_folder_and_crate_file(tmp_path):
    _, row, _, folder = fetch(tmp_path, "counter@2.3.4", CRATES / "counter")
    assert (row["status"], row["source"]) == ("ok", "folder")
    (tmp_path / "c.crate").write_bytes(pack(CRATES / "counter", "counter", "2.3.4"))
    _, row, _, folder = fetch(tmp_path, "counter", tmp_path / "c.crate")
    assert (row["status"], row["source"], row["version"]) == ("ok", "file", "2.3.4")
    assert (folder / "src/lib.rs").exists()


def test_from_a_folder_of_vendored_crates(tmp_path):
    vendored, home = tmp_path / "vendored", tmp_path / "home"
    shutil.copytree(CRATES / "tidy", vendored / "tidy-0.1.0")
    listed = {"src/stats.rs": hashlib.sha256((CRATES / "tidy/src/stats.rs").read_bytes()).hexdigest()}
    (vendored / "tidy-0.1.0/.cargo-checksum.json").write_text(
        json.dumps(dict(files=listed, package="12" * 32))
    )
    home.mkdir()
    (home / "config.toml").write_text(
        f'[source.crates-io]\nreplace-with = "folder"\n[source.folder]\ndirectory = "{vendored}"\n'
    )
    _, row, log, folder = fetch(tmp_path, "tidy@0.1.0", home=str(home))
    assert (row["status"], row["sha256"]) == ("ok", "12" * 32), log
    assert (folder / "src/stats.rs").exists()
    (vendored / "tidy-0.1.0/src/stats.rs").write_text("pub fn other() {}\n")
    assert "checksum: src/stats.rs" in reason(tmp_path, "tidy@0.1.0", home=str(home))
    assert "no version 7.7.7" in reason(tmp_path, "tidy@7.7.7", home=str(home))


def test_workspace_member_brings_its_workspace(tmp_path):
    _, row, log, folder = fetch(tmp_path, "member", CRATES / "space/member")
    assert row["status"] == "ok", log
    assert (row["package"], row["version"], row["edition"], row["license"]) == (
        "member",
        "0.7.1",
        "2021",
        "MIT",
    )
    assert (folder / "member2/src/lib.rs").exists()
    assert [t["path"] for t in row["targets"]] == ["src/lib.rs"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "no Cargo.toml"),
        ({"Cargo.toml": "[package\nname = 1"}, "Cargo.toml:"),
        ({"Cargo.toml": b"\xff\xfe\x00"}, "Cargo.toml:"),
        ({"Cargo.toml": "[workspace]\n"}, "name one of its members"),
        (
            {"Cargo.toml": '[package]\nname = "other"\nversion = "1.0.0"\n', "src/lib.rs": ""},
            "the manifest says `other`",
        ),
        (
            {"Cargo.toml": '[package]\nname = "bad"\nversion = "1.0.0"\n', "src/lib.rs": ""},
            "the manifest says 1.0.0",
        ),
        ({"Cargo.toml": '[package]\nname = "bad"\nversion = "x.y"\n', "src/lib.rs": ""}, "cargo:"),
        ({"Cargo.toml": '[package]\nname = "bad"\nversion = "2.0.0"\n'}, "cargo:"),
        (
            {
                "Cargo.toml": '[package]\nname = "bad"\nversion = "2.0.0"\n[dependencies]\nx = { path = "../x" }\n',
                "src/lib.rs": "",
            },
            "cargo:",
        ),
    ],
)
def test_what_is_wrong_with_a_local_crate_is_named(tmp_path, files, expected):
    source = tmp_path / "bad"
    source.mkdir()
    for name, text in files.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    found = reason(tmp_path, "bad@2.0.0", source)
    assert expected in found
    assert str(tmp_path) not in found


def test_the_crates_own_cargo_settings_are_gone_before_cargo_runs(tmp_path):
    source = tmp_path / "evil"
    shutil.copytree(CRATES / "counter", source)
    (source / ".cargo").mkdir()
    mark = tmp_path / "ran"
    (tmp_path / "wrapper").write_text(f'#!/bin/sh\ntouch {mark}\nexec "$@"\n')
    (tmp_path / "wrapper").chmod(0o755)
    (source / ".cargo/config.toml").write_text(
        f'[build]\nrustc-wrapper = "{tmp_path}/wrapper"\nrustc = "{tmp_path}/wrapper"\n'
    )
    (source / "rust-toolchain.toml").write_text(f'[toolchain]\npath = "{tmp_path}"\n')
    _, row, log, folder = fetch(tmp_path, "counter@2.3.4", source)
    assert row["status"] == "ok", log
    assert len(row["left_out"]) == 2
    assert not (folder / ".cargo").exists()
    assert not mark.exists()
