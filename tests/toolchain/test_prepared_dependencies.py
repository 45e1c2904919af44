"""The copy of a crate's compiled dependencies: made once, taken by every later step, never believed when it is damaged."""

import os

import pytest
from crate_with_dependencies import fetch, fill, write_crate
from registry import Registry

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.judge import Judge
from ferrule.compiler.prepared_dependencies import HEADER, Prepared
from ferrule.crates import cargo
from ferrule.sandbox.session import Session

TARGETS = [dict(kind=["lib"], name="whole", path="src/lib.rs")]
PARTS = 3
ALL = PARTS + 1  # one has a build script


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The crate; CARGO_HOME is that of its registry for as long as the tests of this module run."""
    folder = tmp_path_factory.mktemp("prepared")
    with Registry(folder / "registry") as registry, pytest.MonkeyPatch.context() as patch:
        fill(registry, folder / "parts", PARTS)
        patch.setenv("CARGO_HOME", registry.cargo_home())
        crate = write_crate(folder / "source", PARTS)
        fetch(crate, os.environ["CARGO_HOME"])
        yield crate


def compiled(source, file, kind=Judge) -> int:
    """How many targets of dependencies a first check compiles."""
    with kind(source, ".", TARGETS, prepared=file) as compiler:
        if kind is Judge:
            compiler.baseline()
        else:
            assert compiler.build(60, None, False) == []
        return compiler.prepared.built


def test_dependencies_are_compiled_once_for_checks_and_once_for_tests(source, tmp_path):
    file = tmp_path / "whole.tar"
    assert [compiled(source, file) for _ in range(3)] == [ALL, 0, 0]
    assert compiled(source, file, BuiltTests) == PARTS


@pytest.mark.parametrize("damage", ["cut_off", "changed", "empty", "deleted"])
def test_a_damaged_copy_is_made_again(source, tmp_path, capsys, damage):
    file = tmp_path / "whole.tar"
    compiled(source, file)
    whole = file.read_bytes()
    if damage == "deleted":
        file.unlink()
    else:
        middle = len(whole) // 2
        changed = {
            "cut_off": whole[:middle],
            "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            "empty": b"",
        }
        file.write_bytes(changed[damage])
    capsys.readouterr()
    assert compiled(source, file) == ALL
    assert ("damaged" in capsys.readouterr().err) == (damage != "deleted")
    assert compiled(source, file) == 0


def test_a_copy_of_another_toolchain_is_not_used(source, tmp_path, capsys, monkeypatch):
    file = tmp_path / "whole.tar"
    compiled(source, file)
    real = cargo.toolchain()
    monkeypatch.setattr(cargo, "toolchain", lambda: real | {"version": "rustc 0.0.0"})
    capsys.readouterr()
    assert compiled(source, file) == ALL
    assert "of another toolchain or lock file" in capsys.readouterr().err


def test_the_copy_has_nothing_of_the_crate_itself(source, tmp_path):
    # Whether cargo compiles it again would else depend on the times of its files.
    file = tmp_path / "whole.tar"
    compiled(source, file)
    names = file.read_bytes()[HEADER:]
    assert b".fingerprint/part-0-" in names and b".fingerprint/whole-" not in names


def test_a_crate_without_dependencies_leaves_no_copy(tmp_path):
    crate = write_crate(tmp_path / "source", 1)
    (crate / "Cargo.lock").write_text('version = 4\n[[package]]\nname = "whole"\nversion = "1.0.0"\n')
    assert Prepared(tmp_path / "whole.tar", crate, "default").file is None


def test_a_full_disk_costs_only_the_copy(source, tmp_path, capsys, monkeypatch):
    # The disk is full as soon as the sandbox sends the copy.
    real = Session.run

    def run(self, argv, *, stdout=None, **how):
        return real(self, argv, stdout=open("/dev/full", "wb", buffering=0) if stdout else None, **how)

    monkeypatch.setattr(Session, "run", run)
    file = tmp_path / "whole.tar"
    assert compiled(source, file) == ALL
    assert "not written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
