"""Unpacking what a stranger packed: regular files below one folder, and not too much of them."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, cast

from ferrule.crates.cargo import CrateError

# Both change what cargo and rustup run: a wrapper, a linker, another toolchain.
UNWANTED_FOLDERS = frozenset({".cargo"})
UNWANTED_FILES = frozenset({"rust-toolchain", "rust-toolchain.toml"})
BUILD_FOLDERS = frozenset({"target", ".git", ".hg", ".svn", "node_modules"})


class Budget:
    """How many bytes and files a crate may still take."""

    def __init__(self, max_bytes: int, max_files: int):
        self.max_bytes, self.max_files = max_bytes, max_files
        self.bytes = self.files = 0

    def file(self) -> None:
        self.files += 1
        if self.files > self.max_files:
            raise CrateError(f"archive: more than {self.max_files} files (crates.max_files)")

    def take(self, count: int) -> None:
        self.bytes += count
        if self.bytes > self.max_bytes:
            limit = self.max_bytes // 1_000_000
            raise CrateError(f"archive: unpacks to more than {limit} MB (crates.max_unpacked_mb)")


class _Capped:
    """A reader that gives up once too much came out of the compressor, headers included."""

    def __init__(self, stream: gzip.GzipFile, limit: int):
        self.stream, self.left, self.limit = stream, limit, limit

    def read(self, size: int = -1) -> bytes:
        data = self.stream.read(min(size, 1 << 20) if size >= 0 else 1 << 20)
        self.left -= len(data)
        if self.left < 0:
            raise CrateError(
                f"archive: unpacks to more than {self.limit // 1_000_000} MB (crates.max_unpacked_mb)"
            )
        return data


def unwanted(path: PurePosixPath) -> bool:
    return bool(UNWANTED_FOLDERS & set(path.parts)) or path.name in UNWANTED_FILES


def unpack(crate_file: Path, folder: Path, max_bytes: int, max_files: int) -> list[str]:
    """Unpack a `.crate` into `folder`, its top folder taken off. Returns what was left out, and why.

    Links, devices, `.cargo/` and toolchain files are left out; a name that would leave the folder,
    too many bytes or files, or a damaged archive is a CrateError.
    """
    budget = Budget(max_bytes, max_files)
    left_out: list[str] = []
    try:
        with gzip.open(crate_file) as unzipped:
            stream = _Capped(unzipped, max_bytes + 1024 * max_files)
            with tarfile.open(fileobj=cast(IO[bytes], stream), mode="r|", bufsize=1 << 16) as members:
                for member in members:
                    _unpack_member(members, member, folder, budget, left_out)
    except (tarfile.TarError, gzip.BadGzipFile, EOFError, zlib.error, UnicodeError) as error:
        raise CrateError(f"archive: cannot be read ({type(error).__name__}: {error})") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise CrateError(
            f"archive: one name is both a file and a folder ({Path(error.filename).name})"
        ) from None
    return sorted(left_out)


def _unpack_member(
    members: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, budget: Budget, left_out: list[str]
) -> None:
    budget.file()
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or "\0" in member.name:
        raise CrateError(f"archive: the entry {member.name[:80]!r} leaves the crate's folder")
    inner = PurePosixPath(*path.parts[1:])
    if member.isdir() or not inner.parts:
        return
    if not member.isreg():
        left_out.append(f"{inner}: not a regular file")
    elif unwanted(inner):
        left_out.append(f"{inner}: would change the toolchain")
    else:
        budget.take(member.size)
        target = folder / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        data = members.extractfile(member)
        assert data is not None, "a regular file has content"
        with data, open(target, "xb") as out:
            shutil.copyfileobj(data, out, 1 << 20)


def copy_folder(source: Path, folder: Path, max_bytes: int, max_files: int) -> list[str]:
    """Copy a local crate's regular files into `folder` under the same rules as `unpack`."""
    budget = Budget(max_bytes, max_files)
    left_out: list[str] = []
    for root, folders, files in os.walk(source):
        here = PurePosixPath(Path(root).relative_to(source).as_posix())
        folders[:] = sorted(d for d in folders if d not in BUILD_FOLDERS)
        for name in sorted(folders):
            if (Path(root) / name).is_symlink():
                left_out.append(f"{here / name}: not a regular file")
        for name in sorted(files):
            path, inner = Path(root) / name, here / name
            budget.file()
            if path.is_symlink() or not path.is_file():
                left_out.append(f"{inner}: not a regular file")
            elif unwanted(inner):
                left_out.append(f"{inner}: would change the toolchain")
            else:
                budget.take(path.stat().st_size)
                target = folder / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    return sorted(left_out)


def pack(folder: Path, archive: Path, name: str) -> None:
    """Pack a folder's regular files as a `.crate`, the same bytes wherever and whenever it is done."""
    with (
        open(archive, "wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w") as members,
    ):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
            member.size = path.stat().st_size
            with open(path, "rb") as data:
                members.addfile(member, data)
