"""Runs of Snakemake that are forked from a process that has loaded it: a start takes a second less.

server = Snakemake()                 # starts the process
done = server.run(["-n"], cwd=folder, env=os.environ)
done.returncode, done.stdout, done.stderr

The process has loaded what Snakemake imports and nothing of ours, so that a run has the code of its own folder.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path


class Snakemake:
    """The client's side; one run at a time."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: list[str], cwd: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess:
        with self.lock, tempfile.TemporaryDirectory(prefix="ferrule-snakemake-") as folder:
            out, err = (str(Path(folder) / name) for name in ("out", "err"))
            request = {"arguments": arguments, "cwd": str(cwd), "env": dict(env), "out": out, "err": err}
            print(json.dumps(request), file=self.process.stdin, flush=True)
            code = int(self.process.stdout.readline())
            said = [Path(path).read_text(errors="replace") for path in (out, err)]
        return subprocess.CompletedProcess(["snakemake", *arguments], code, *said)

    def close(self) -> None:
        self.process.communicate()


def serve() -> None:
    """Answer each line of JSON with the exit status of its run, until there are no more."""
    import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import snakemake.cli
    import snakemake.persistence.file
    import snakemake.report.html_reporter  # noqa: F401

    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if not pid:
            start(**json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


def start(arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Become `python -m snakemake` with these arguments: SystemExit ends this process as it would end that one."""
    from snakemake.cli import main

    for number, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, out, os.O_WRONLY | os.O_CREAT),
        (2, err, os.O_WRONLY | os.O_CREAT),
    ):
        file = os.open(path, flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.argv = ["snakemake", *arguments]
    main(arguments)
    sys.exit(0)


if __name__ == "__main__":
    serve()
