"""The scripts that rules run, found by their name alone: a test need not know in which folder one is."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"


def script(name: str) -> Path:
    """The one file scripts/*/`name`.py."""
    (path,) = SCRIPTS.glob(f"*/{name}.py")
    return path


def run_script(
    name: str, *arguments, env: dict[str, str] | None = None, **more
) -> subprocess.CompletedProcess:
    """Run a script as its rule would; what it prints is in the result."""
    return subprocess.run(
        [sys.executable, script(name), *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(SCRIPTS)} | (env or {}),
        capture_output=True,
        text=True,
        **more,
    )


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
