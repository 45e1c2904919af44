"""The scripts that rules run, found by their name alone: a test need not know in which folder one is."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import resource
import subprocess
import sys
import traceback
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"


def script(name: str) -> Path:
    """The one file scripts/*/`name`.py."""
    (path,) = SCRIPTS.glob(f"*/{name}.py")
    return path


def run_script(
    name: str, *arguments, env: dict[str, str] | None = None, **more
) -> subprocess.CompletedProcess:
    """Run a script in a process of its own, as its rule would; what it prints is in the result."""
    return subprocess.run(
        [sys.executable, script(name), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)} | (env or {}),
        capture_output=True,
        text=True,
        **more,
    )


def run_here(name: str, *arguments, cwd: Path | None = None) -> subprocess.CompletedProcess:
    """Run a script's main() in this process, which saves a start; the result is as `run_script` has it.

    Not for a script that is killed, or that reads the environment while it is imported.
    """
    path = script(name)
    main = importlib.import_module(f"{path.parent.name}.{name}").main
    argv = [str(path), *map(str, arguments)]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with (
        contextlib.chdir(cwd or Path.cwd()),
        mock.patch.object(sys, "argv", argv),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=err)
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except Exception:
            traceback.print_exc(file=err)
            code = 1
    return subprocess.CompletedProcess(argv, code, out.getvalue(), err.getvalue())


def config(**sections: dict) -> list[str]:
    """The option `--config` with these sections of the configuration."""
    return ["--config", json.dumps(sections)]


def cpu_seconds() -> float:
    """Of this process and of its children that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def step(name: str, *arguments) -> float:
    """CPU seconds of a script that must succeed."""
    start = cpu_seconds()
    done = run_script(name, *arguments)
    assert done.returncode == 0, done.stderr
    return cpu_seconds() - start
