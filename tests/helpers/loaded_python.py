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
import sys
from pathlib import Path

from forked_runs import ForkServer, listen, run_here

SCRIPTS = "scripts/train/*.py | scripts/compare/generate_samples.py"
PYTHON = """#!/bin/sh
case "$1" in
{scripts}) exec "{python}" -E -s "{helper}" ask "{folder}" "$@" ;;
esac
exec "{python}" "$@"
"""
# What the packages read while they are loaded.
READ_EARLY = ("HF_", "HUGGINGFACE", "TRANSFORMERS_", "CUDA")


class LoadedPython(ForkServer):
    """The side of the tests."""

    def __init__(self) -> None:
        super().__init__(__file__)

    def prepare(self) -> None:
        names = {"scripts": SCRIPTS, "python": sys.executable, "helper": __file__, "folder": self.folder}
        (self.folder / "python").write_text(PYTHON.format(**names))
        (self.folder / "python").chmod(0o755)
        (self.folder / "early.json").write_text(json.dumps(early()))


def early() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith(READ_EARLY)}


def ask(folder: Path, words: list[str]) -> int:
    """The status of a job that is run in the process's stead; it does not return where that cannot be."""
    if early() != json.loads((folder / "early.json").read_text()):
        os.execv(sys.executable, [sys.executable, *words])
    return run_here(str(folder / "socket"), words)


def serve(folder: Path) -> None:
    for name in ("pandas", "pyarrow.parquet", "trl", "loaded_stack"):
        importlib.import_module(name)
    gc.freeze()
    listen(folder, become)


def become(arguments: list[str]) -> None:
    """Become `python` with these arguments, the first of which is a script."""
    import torch

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    sys.argv = arguments
    sys.path[:1] = [
        str(Path(arguments[0]).parent),
        *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)),
    ]
    runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    what, place, *rest = sys.argv[1:]
    if what == "serve":
        serve(Path(place))
    else:
        sys.exit(ask(Path(place), rest))
