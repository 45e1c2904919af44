"""Harms a job of the workflow, at a rule by name. The harness copies it to scripts/sitecustomize.py of a workflow.

Python loads it at every start. FERRULE_FAULT is "RULE HARM [NUMBER]":

    kill_job 2    SIGKILL to the job itself, just before the second of its files gets its final name
    kill_run 1    SIGKILL to Snakemake at that moment; the job goes on alone
    kill_all 1    SIGKILL to both
    fill          the file system of results/ is full from now on
    read_only     the file system of results/ is read-only from now on
"""

import ctypes
import errno
import os
import signal
import sys
from pathlib import Path

BIND, READ_ONLY_AGAIN = 0x1000, 0x1000 | 0x20 | 0x1  # MS_BIND; with MS_REMOUNT and MS_RDONLY


def main() -> None:
    rule, _, harm = os.environ.get("FERRULE_FAULT", "").partition(" ")
    if not rule or not any(word.endswith(f"/{rule}.py") for word in sys.orig_argv):
        return
    name, _, number = harm.partition(" ")
    if name == "fill":
        fill(Path("results/filler"))
    elif name == "read_only":
        # Over itself, because what somebody is writing to cannot be made read-only.
        mount = ctypes.CDLL(None).mount
        if mount(b"results", b"results", None, BIND, None) or mount(
            None, b"results", None, READ_ONLY_AGAIN, None
        ):
            sys.exit("results/ cannot be made read-only")
    else:
        kill_at_rename(int(number), run=name != "kill_job", job=name != "kill_run")


def fill(file: Path) -> None:
    with open(file, "wb", buffering=0) as out:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    out.write(b"\0" * size)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


def kill_at_rename(number: int, *, run: bool, job: bool) -> None:
    seen = 0

    def look(event: str, arguments: tuple) -> None:
        nonlocal seen
        if (
            event != "os.rename"
            or Path.cwd() / "results" not in (Path.cwd() / os.fsdecode(arguments[1])).parents
        ):
            return
        seen += 1
        if seen == number:
            if run:
                os.kill(snakemake(), signal.SIGKILL)
            if job:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)


def snakemake() -> int:
    """The process id of the nearest ancestor that is Snakemake."""
    process = os.getpid()
    while process > 1:
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
        program, *words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        if b"python" in program and any(b"snakemake" in word for word in words[:2]):
            return process
    raise RuntimeError("no ancestor of this job is Snakemake")


main()
