"""Runs that are forked from a process which has loaded the packages that they need: each start costs less CPU.

    class Answers(ForkServer): ...      # a helper whose script understands `serve FOLDER` and calls listen()
    server = Answers()                  # starts `python HELPER serve FOLDER`
    run = ForkedRun(server.socket, ["-n"], cwd, os.environ, out="/tmp/out", err="/tmp/err")
    run.pid, run.poll(), run.wait(timeout)
    server.close()

What a run needs is sent over a socket as one line of JSON. Two lines come back: the number of its process and, at its end,
its status.
"""

import contextlib
import json
import os
import select
import socket
import sys
from pathlib import Path


class ForkServer:
    """A process that runs a helper's script with `serve` and a folder of its own, until close()."""

    def __init__(self, script: str) -> None:
        import subprocess
        import tempfile

        self.temporary = tempfile.TemporaryDirectory(prefix=f"ferrule-{Path(script).stem}-")
        self.folder = Path(self.temporary.name)
        self.socket = str(self.folder / "socket")
        self.prepare()
        self.process = subprocess.Popen(
            [sys.executable, script, "serve", str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout.readline() == b"ready\n"

    def prepare(self) -> None:
        """Write what the process finds in its folder."""

    def close(self) -> None:
        self.process.communicate()
        self.temporary.cleanup()


class ForkedRun:
    """A run whose output is appended to two files: what subprocess.Popen has of it that tests use."""

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
                raise TimeoutExpired("the forked run", timeout)
            self.returncode = int(self.answers.readline())
            self.answers.close()
            self.connection.close()
        return self.returncode

    def poll(self) -> int | None:
        from subprocess import TimeoutExpired

        with contextlib.suppress(TimeoutExpired):
            return self.wait(0)


def run_here(address: str, arguments: list[str]) -> int:
    """The status of a run with this process's folder, environment and output."""
    mine = f"/proc/{os.getpid()}/fd"
    return ForkedRun(address, arguments, str(Path.cwd()), dict(os.environ), f"{mine}/1", f"{mine}/2").wait()


def listen(folder: Path, begin) -> None:
    """Fork a process for each request, where `begin(arguments)` becomes what was asked for; until stdin is closed."""
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
    pid = os.fork()
    if not pid:
        connection.close()
        enter(asked["cwd"], asked["env"], asked["out"], asked["err"])
        begin(asked["arguments"])
    if asked["group"]:
        os.setpgid(pid, pid)
    with contextlib.suppress(BrokenPipeError):
        connection.sendall(f"{pid}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        connection.sendall(f"{code}\n".encode())
    os._exit(0)


def enter(cwd: str, env: dict[str, str], out: str, err: str) -> None:
    """Give this process the folder, environment and output of a run."""
    # Both outputs may be one file, which each would otherwise begin at its start.
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, writing), (2, err, writing)):
        file = os.open(path, flags, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
