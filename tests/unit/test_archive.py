"""Archives that a stranger packed."""

import gzip
import io
import tarfile

import pytest

from ferrule.crates import archive
from ferrule.crates.cargo import CrateError


def pack(path, members):
    """members: (name, content) for files, (name, type, linkname) for others."""
    with tarfile.open(path, "w:gz") as tar:
        for name, *rest in members:
            info = tarfile.TarInfo(name)
            if len(rest) == 1:
                info.size = len(rest[0])
                tar.addfile(info, io.BytesIO(rest[0]))
            else:
                info.type, info.linkname = rest
                tar.addfile(info)
    return path


def unpack(path, folder, max_bytes=10_000, max_files=50):
    folder.mkdir()
    return archive.unpack(path, folder, max_bytes, max_files)


def files(folder):
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if not p.is_dir())


def test_regular_files_are_unpacked_and_nothing_else(tmp_path):
    crate = pack(
        tmp_path / "a.crate",
        [
            ("a-1/Cargo.toml", b"x"),
            ("a-1/src/lib.rs", b"y"),
            ("a-1/.cargo/config.toml", b"[build]\nrustc-wrapper='/bin/evil'"),
            ("a-1/sub/.cargo/config", b"z"),
            ("a-1/rust-toolchain.toml", b"z"),
            ("a-1/sub/rust-toolchain", b"z"),
            ("a-1/link", tarfile.SYMTYPE, "/etc/passwd"),
            ("a-1/hard", tarfile.LNKTYPE, "a-1/Cargo.toml"),
            ("a-1/fifo", tarfile.FIFOTYPE, ""),
            ("a-1/device", tarfile.CHRTYPE, ""),
        ],
    )
    left_out = unpack(crate, tmp_path / "out")
    assert files(tmp_path / "out") == ["Cargo.toml", "src/lib.rs"]
    assert len(left_out) == 8


@pytest.mark.parametrize(
    "name", ["a-1/../../escaped", "/etc/escaped", "a-1/..", "a-1/x/../../../escaped", "a\\..\\b"]
)
def test_a_name_that_leaves_the_folder_refuses_the_crate(tmp_path, name):
    crate = pack(tmp_path / "a.crate", [("a-1/Cargo.toml", b"x"), (name, b"evil")])
    with pytest.raises(CrateError, match="leaves the crate's folder"):
        unpack(crate, tmp_path / "out")
    assert not (tmp_path / "escaped").exists()


def test_a_size_bomb_is_stopped_at_the_limit(tmp_path):
    crate = pack(tmp_path / "a.crate", [("a-1/zeros", b"\0" * 5_000_000)])
    with pytest.raises(CrateError, match="max_unpacked_mb"):
        unpack(crate, tmp_path / "out")


def test_a_bomb_in_the_headers_is_stopped_too(tmp_path):
    with tarfile.open(tmp_path / "a.crate", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("a-1/x")
        info.pax_headers = {"comment": "x" * 5_000_000}
        tar.addfile(info, io.BytesIO(b""))
    with pytest.raises(CrateError, match="archive"):
        unpack(tmp_path / "a.crate", tmp_path / "out")


def test_too_many_files(tmp_path):
    crate = pack(tmp_path / "a.crate", [(f"a-1/{i}", b"") for i in range(60)])
    with pytest.raises(CrateError, match="max_files"):
        unpack(crate, tmp_path / "out")


def test_one_name_as_file_and_folder(tmp_path):
    crate = pack(tmp_path / "a.crate", [("a-1/x", b"1"), ("a-1/x/y", b"2")])
    with pytest.raises(CrateError, match="both a file and a folder"):
        unpack(crate, tmp_path / "out")


@pytest.mark.parametrize(
    "damage",
    [b"", b"no archive", gzip.compress(b"x" * 2000, mtime=0), None],
    ids=["empty", "no archive", "no tar in it", "cut"],
)
def test_damaged_archives_are_named(tmp_path, damage):
    whole = pack(tmp_path / "whole.crate", [("a-1/Cargo.toml", b"x" * 4000)]).read_bytes()
    (tmp_path / "a.crate").write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    with pytest.raises(CrateError, match="archive"):
        unpack(tmp_path / "a.crate", tmp_path / "out")


def test_a_folder_is_copied_by_the_same_rules(tmp_path):
    source = tmp_path / "source"
    for name in (
        "Cargo.toml",
        "src/lib.rs",
        ".cargo/config.toml",
        "rust-toolchain",
        "target/debug/x",
        ".git/HEAD",
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("x")
    (source / "link").symlink_to("/etc/passwd")
    (source / "outside").symlink_to("/etc")
    left_out = archive.copy_folder(source, tmp_path / "out", 10_000, 50)
    assert files(tmp_path / "out") == ["Cargo.toml", "src/lib.rs"]
    assert [line.split(":")[0] for line in left_out] == [
        ".cargo/config.toml",
        "link",
        "outside",
        "rust-toolchain",
    ]
    with pytest.raises(CrateError, match="max_unpacked_mb"):
        archive.copy_folder(source, tmp_path / "small", 1, 50)
