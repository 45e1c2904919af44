"""Runs of Snakemake that are forked from a process that has loaded it: each start takes two seconds of CPU less.

server = Snakemake()                 # starts the process
done = server.run(["-n"], cwd=folder, env=os.environ)
done.returncode, done.stdout, done.stderr
server.command                       # what a shell types instead of `snakemake`

running = server.start([], cwd=folder, env=os.environ)   # in a group of its own, not waited for
running.pid, running.poll(), running.wait(timeout)

The process has loaded what Snakemake imports and nothing of ours, so that a run has the code of its own folder.
What Snakemake makes of a rule file is kept by the file's text, for the copies of the checkout have the same rule files.
"""

import contextlib
import gc
import hashlib
import importlib
import os
import pickle
import shutil
import sys
from pathlib import Path

from forked_runs import ForkedRun, ForkServer, listen, run_here

PATH = "\N{WHITE SQUARE}a rule file"  # in place of its path, in what is kept
KINDS_OF_PLUGINS = ("executor", "logger", "report", "scheduler", "storage")


class Snakemake(ForkServer):
    """The side of the tests."""

    def __init__(self) -> None:
        super().__init__(__file__)
        self.command = f'"{sys.executable}" -E -s -S "{__file__}" ask "{self.socket}"'

    def run(self, arguments, cwd, env):
        from subprocess import CompletedProcess

        out, err = (self.folder / name for name in ("out", "err"))
        for path in (out, err):
            path.write_text("")
        code = ForkedRun(self.socket, arguments, str(cwd), dict(env), str(out), str(err)).wait()
        said = [path.read_text(errors="replace") for path in (out, err)]
        return CompletedProcess(["snakemake", *arguments], code, *said)

    def start(self, arguments, cwd, env):
        """In a group of processes of its own, what it prints dropped."""
        return ForkedRun(self.socket, arguments, str(cwd), dict(env), os.devnull, os.devnull, group=True)


def serve(folder: Path) -> None:
    """Answer requests until the tests are over, which closes stdin."""
    with contextlib.suppress(ImportError):  # Snakemake loads it where it is: with the training packages
        import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import smart_open  # noqa: F401  loaded with the first file that is read
    import snakemake.cli
    import snakemake.persistence.file
    import snakemake.report.html_reporter
    import yaml

    yaml.FullLoader = getattr(yaml, "CFullLoader", yaml.FullLoader)  # which Snakemake reads settings with
    for kind in KINDS_OF_PLUGINS:  # each goes through all installed packages, once
        registry = importlib.import_module(f"snakemake_interface_{kind}_plugins.registry")
        getattr(registry, f"{kind.capitalize()}PluginRegistry")()
    snakemake.workflow.parse = kept(snakemake.workflow.parse, folder / "parsed")
    gc.freeze()  # a run's garbage collector need not go through what is loaded here

    listen(folder, start)


def kept(parse, folder: Path):
    """Snakemake's `parse`, which asks `folder` first; a rule file's own path is the only other thing in its result."""
    folder.mkdir()

    def parse_or_look_up(path, workflow, linemap, overwrite_shellcmd=None, rulecount=0):
        here = str(path.get_path_or_uri(secret_free=True))
        text = Path(here).read_bytes()
        name = hashlib.sha256(f"{overwrite_shellcmd} {rulecount} ".encode() + text).hexdigest()
        if (folder / name).exists():
            code, lines, rules = pickle.loads((folder / name).read_bytes())
            linemap.update(lines)
            return code.replace(PATH, here), rules
        code, rules = parse(path, workflow, linemap, overwrite_shellcmd, rulecount)
        unfinished = folder / f"{name}-{os.getpid()}"
        unfinished.write_bytes(pickle.dumps((code.replace(here, PATH), linemap, rules)))
        unfinished.rename(folder / name)
        return code, rules

    return parse_or_look_up


def start(arguments: list[str]) -> None:
    """Become `python -m snakemake` with these arguments: SystemExit ends this process as it would end that one."""
    from snakemake.cli import main

    sys.path[0] = str(Path.cwd())
    # Which the rules' jobs run under.
    sys.executable = shutil.which("python", path=os.environ.get("PATH")) or sys.executable
    sys.argv = ["snakemake", *arguments]
    main(arguments)


if __name__ == "__main__":
    what, place, *words = sys.argv[1:]
    if what == "serve":
        serve(Path(place))
    else:
        sys.exit(run_here(place, words))
