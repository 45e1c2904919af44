"""Runs of Snakemake that are forked from a process that has loaded it: each start takes two seconds of CPU less.

server = Snakemake()                 # starts the process
done = server.run(["-n"], cwd=folder, env=os.environ)
done.returncode, done.stdout, done.stderr
server.command                       # what a shell types instead of `snakemake`

The process has loaded what Snakemake imports and nothing of ours, so that a run has the code of its own folder.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import socket
import sys
from pathlib import Path


class Snakemake:
    """The side of the tests; one run at a time."""

    def __init__(self) -> None:
        import subprocess
        import tempfile

        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-snakemake-")
        self.socket = f"{self.folder.name}/socket"
        self.command = f'"{sys.executable}" -I -S "{__file__}" ask "{self.socket}"'
        self.process = subprocess.Popen(
            [sys.executable, __file__, "serve", self.socket], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.process.stdout.readline() == b"ready\n"

    def run(self, arguments, cwd, env):
        from subprocess import CompletedProcess

        out, err = (Path(self.folder.name) / name for name in ("out", "err"))
        code = ask(self.socket, arguments, str(cwd), dict(env), str(out), str(err))
        said = [path.read_text(errors="replace") for path in (out, err)]
        return CompletedProcess(["snakemake", *arguments], code, *said)

    def close(self) -> None:
        self.process.communicate()
        self.folder.cleanup()


def ask(address: str, arguments: list[str], cwd: str, env: dict[str, str], out: str, err: str) -> int:
    """The exit status of a run whose output goes to these files."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        request = {"arguments": arguments, "cwd": cwd, "env": env, "out": out, "err": err}
        connection.sendall(json.dumps(request).encode() + b"\n")
        with connection.makefile() as answer:
            return int(answer.readline())


def serve(address: str) -> None:
    """Answer requests until the tests are over, which closes stdin."""
    with contextlib.suppress(ImportError):  # Snakemake loads it where it is: with the training packages
        import pandas  # noqa: F401
    import pydantic  # noqa: F401
    import smart_open  # noqa: F401  loaded with the first file that is read
    import snakemake.cli
    import snakemake.persistence.file
    import snakemake.report.html_reporter  # noqa: F401

    for kind in ("executor", "scheduler", "report"):  # each goes through all installed packages, once
        registry = importlib.import_module(f"snakemake_interface_{kind}_plugins.registry")
        getattr(registry, f"{kind.capitalize()}PluginRegistry")()
    gc.freeze()  # a run's garbage collector need not go through what is loaded here

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listener, sys.stdin], [], [])[0]:
            connection, _ = listener.accept()
            with connection, connection.makefile() as request:
                line = request.readline()
                pid = os.fork()
                if not pid:
                    start(**json.loads(line))
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                connection.sendall(f"{code}\n".encode())


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
    sys.argv = ["snakemake", *arguments]
    main(arguments)


if __name__ == "__main__":
    what, address, *words = sys.argv[1:]
    if what == "serve":
        serve(address)
    else:
        mine = f"/proc/{os.getpid()}/fd"
        sys.exit(ask(address, words, str(Path.cwd()), dict(os.environ), f"{mine}/1", f"{mine}/2"))
