"""Errors that several packages raise or catch."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

SHOWN = 50  # problems named; a long list can have thousands


class ConfigError(Exception):
    """The configuration or the list of crates cannot be used; the text has one line per problem."""

    def __init__(self, problems: Iterable[str]):
        every = list(problems)
        more = [f"and {len(every) - SHOWN} more problems of this kind"] if len(every) > SHOWN else []
        self.problems = every[:SHOWN] + more
        super().__init__("\n".join(self.problems))


class MissingPackages(RuntimeError):
    """Something that only the training packages have; the message says how to get them."""


class UnreadableFile(ValueError):
    """A file of the workflow that is cut off or damaged. It is built again where it is missing."""

    def __init__(self, path: str | os.PathLike, why: str):
        super().__init__(f"{os.fspath(path)}: {why}; delete the file and run the same command again")


# What a person can do about an error of the operating system, by its number.
REMEDIES = {
    errno.ENOSPC: "the disk is full; free some space and run the same command again",
    errno.EDQUOT: "the quota of the disk is used up; free some space and run the same command again",
    errno.EROFS: "the file system is read-only; make it writable, or work in another folder",
    errno.EACCES: "permission denied; give yourself the right to it, then run the same command again",
    errno.EPERM: "permission denied; give yourself the right to it, then run the same command again",
}


def in_one_line(error: BaseException) -> str | None:
    """What to print of an error that a person can correct; None for one that is a fault of the program."""
    if isinstance(error, UnreadableFile):
        return str(error)
    if isinstance(error, OSError) and (remedy := REMEDIES.get(error.errno or 0)):
        place = error.filename2 or error.filename
        return f"{os.fsdecode(place)}: {remedy}" if isinstance(place, (str, bytes)) else remedy
    return None


LEAST = 2**20  # bytes; a disk with less free space is full


def disk_fault(place: str | os.PathLike) -> str | None:
    """What is wrong with the disk on which `place` is, or would be. A job whose log is there too cannot say it."""
    folder = Path(place)
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if os.statvfs(folder).f_flag & os.ST_RDONLY:
        return f"{folder}: {REMEDIES[errno.EROFS]}"
    if shutil.disk_usage(folder).free < LEAST:
        return f"{folder}: {REMEDIES[errno.ENOSPC]}"
    return None
