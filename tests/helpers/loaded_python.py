"""A `python` for the jobs of training workflows: a process that has loaded the training packages is forked for each.

    loaded = LoadedPython()      # starts the process
    loaded.folder                # has a `python`; put it first into PATH
    loaded.close()

Loading the packages takes five seconds of CPU a job. The process has nothing of ours loaded, so that a job has the code of
its own folder. Other scripts, and jobs with other settings of the hub than it was started with, get the usual Python.
"""

import gc
import importlib
import json
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

from snakemake_server import Started, listen

SCRIPTS = "scripts/train/*.py | scripts/compare/generate_samples.py"
PYTHON = """#!/bin/sh
case "$1" in
{scripts}) exec "{python}" -E -s "{helper}" ask "{folder}" "$@" ;;
esac
exec "{python}" "$@"
"""
# What the packages read while they are loaded.
READ_EARLY = ("HF_", "HUGGINGFACE", "TRANSFORMERS_", "CUDA")


class LoadedPython:
    """The side of the tests."""

    def __init__(self) -> None:
        self.temporary = tempfile.TemporaryDirectory(prefix="ferrule-python-")
        self.folder = Path(self.temporary.name)
        names = {"scripts": SCRIPTS, "python": sys.executable, "helper": __file__, "folder": self.folder}
        (self.folder / "python").write_text(PYTHON.format(**names))
        (self.folder / "python").chmod(0o755)
        (self.folder / "early.json").write_text(json.dumps(early()))
        self.process = subprocess.Popen(
            [sys.executable, __file__, "serve", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout.readline() == b"ready\n"

    def close(self) -> None:
        self.process.communicate()
        self.temporary.cleanup()


def early() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(READ_EARLY)}


def ask(folder: Path, words: list[str]) -> int:
    """The status of a job that is run in the process's stead; it does not return where that cannot be."""
    if early() != json.loads((folder / "early.json").read_text()):
        os.execv(sys.executable, [sys.executable, *words])
    mine = f"/proc/{os.getpid()}/fd"
    return Started(
        str(folder / "socket"), words, str(Path.cwd()), dict(os.environ), f"{mine}/1", f"{mine}/2"
    ).wait()


def serve(folder: Path) -> None:
    for name in ("pandas", "pyarrow.parquet", "trl", "loaded_stack"):
        importlib.import_module(name)
    gc.freeze()
    listen(folder, become)


def become(arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Become `python` with these arguments, the first of which is a script."""
    import torch

    # Both may be one file, which each would begin at its start.
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY), (2, err, os.O_WRONLY)):
        file = os.open(path, flags | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    torch.set_num_threads(int(env.get("OMP_NUM_THREADS", "1")))
    sys.argv = arguments
    sys.path[:1] = [
        str(Path(arguments[0]).parent),
        *filter(None, env.get("PYTHONPATH", "").split(os.pathsep)),
    ]
    runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    if what == "serve":
        serve(Path(place))
    else:
        sys.exit(ask(Path(place), rest))
