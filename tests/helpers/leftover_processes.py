"""What a test left running: other tests run at the same time, so only this process's own descendants count."""

from __future__ import annotations

import ctypes

import psutil

PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Let processes whose parent ended become children of this one, where `descendants` finds them."""
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError("prctl refused PR_SET_CHILD_SUBREAPER")


def descendants(*marks: str) -> dict[int, str]:
    """Command lines by process id, of the running descendants whose command line contains one of `marks`."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            command = " ".join(process.cmdline())
        except psutil.Error:  # ended meanwhile, or a zombie
            continue
        if any(mark in command for mark in marks):
            found[process.pid] = command
    return found
