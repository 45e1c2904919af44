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
import json
import os
import pickle
import select
import shutil
import socket
import sys
from pathlib import Path

PATH = "\N{WHITE SQUARE}a rule file"  # in place of its path, in what is kept
KINDS_OF_PLUGINS = ("executor", "logger", "report", "scheduler", "storage")


class Snakemake:
    """The side of the tests."""

    def __init__(self) -> None:
        import subprocess
        import tempfile

        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-snakemake-")
        self.socket = f"{self.folder.name}/socket"
        self.command = f'"{sys.executable}" -I -S "{__file__}" ask "{self.socket}"'
        self.process = subprocess.Popen(
            [sys.executable, __file__, "serve", self.folder.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout.readline() == b"ready\n"

    def run(self, arguments, cwd, env):
        from subprocess import CompletedProcess

        out, err = (Path(self.folder.name) / name for name in ("out", "err"))
        code = Started(self.socket, arguments, str(cwd), dict(env), str(out), str(err)).wait()
        said = [path.read_text(errors="replace") for path in (out, err)]
        return CompletedProcess(["snakemake", *arguments], code, *said)

    def start(self, arguments, cwd, env):
        """In a group of processes of its own, what it prints dropped."""
        return Started(self.socket, arguments, str(cwd), dict(env), os.devnull, os.devnull, group=True)

    def close(self) -> None:
        self.process.communicate()
        self.folder.cleanup()


class Started:
    """A run whose output goes to two files: what subprocess.Popen has of it that tests use."""

    def __init__(self, address, arguments, cwd, env, out, err, group=False):
        self.returncode = None
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(address)
        request = {"arguments": arguments, "cwd": cwd, "env": env, "out": out, "err": err, "group": group}
        self.connection.sendall(json.dumps(request).encode() + b"\n")
        self.answers = self.connection.makefile()
        self.pid = int(self.answers.readline())

    def wait(self, timeout=None) -> int:
        from subprocess import TimeoutExpired

        if self.returncode is None:
            if not select.select([self.connection], [], [], timeout)[0]:
                raise TimeoutExpired("snakemake", timeout)
            self.returncode = int(self.answers.readline())
            self.answers.close()
            self.connection.close()
        return self.returncode

    def poll(self) -> int | None:
        from subprocess import TimeoutExpired

        with contextlib.suppress(TimeoutExpired):
            return self.wait(0)


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


def listen(folder: Path, begin) -> None:
    """Fork a process for each request, which `begin` turns into what was asked for; until stdin is closed."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection:
                if not os.fork():
                    listener.close()
                    answer(connection, begin)
            # Those who waited for runs that are over: their processor time counts as the tests'.
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass


def answer(connection: socket.socket, begin) -> None:
    """Begin a run, say its process's number and, at its end, its status. Returns in the run's process only."""
    with connection.makefile() as request:
        asked = json.loads(request.readline())
    group = asked.pop("group")
    pid = os.fork()
    if not pid:
        connection.close()
        begin(**asked)
    if group:
        os.setpgid(pid, pid)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(f"{code}\n".encode())
    os._exit(0)


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


def start(arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Become `python -m snakemake` with these arguments: SystemExit ends this process as it would end that one."""
    from snakemake.cli import main

    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, writing), (2, err, writing)):
        file = os.open(path, flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    sys.path[0] = cwd
    sys.executable = (
        shutil.which("python", path=env.get("PATH")) or sys.executable
    )  # which the rules' jobs run under
    sys.argv = ["snakemake", *arguments]
    main(arguments)


if __name__ == "__main__":
    what, place, *words = sys.argv[1:]
    if what == "serve":
        serve(Path(place))
    else:
        mine = f"/proc/{os.getpid()}/fd"
        sys.exit(Started(place, words, str(Path.cwd()), dict(os.environ), f"{mine}/1", f"{mine}/2").wait())
