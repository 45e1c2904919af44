"""A room in which compiled answers run, one program at a time and each run on its own.

    with Room(libraries=[folder_of_libstd]) as room:
        room.load(program)                       # the bytes of an executable file
        ended = room.run(b"message", limits)     # ended.report is what it wrote to file 4

A room is one sandbox with the driver of run_answers.c in it; a run costs one start of the program
and little more. What holds for a run, for root and for ordinary users alike:
- it sees the C library, the libraries given, and nothing else: no /proc, no /sys, no /dev but null, no network
- it gets file 0 empty, 1 and 2 for what it says, 3 with the message, 4 for its report; four variables
- it can write only to /tmp, which is its own; nothing it leaves, processes included, is there for the next
- it has no rights, cannot gain any, and the rarer system calls fail (run_answers_filter.h)
- addresses and process ids are the same in every run
- CPU time, time asleep, memory, output, report and /tmp are limited; `Ended.limit` names what ended it

What is not covered: faults of the kernel; processes are counted per room from Linux 5.14 on, before that all of
a user's count; the clock, which differs from run to run; CPU time of children that
a program does not wait for, which counts only while they live. Mode "none" is for machines without user
namespaces and protects from nothing: limits hold, and processes are ended with the run as far as they
have not been hidden.
"""

from __future__ import annotations

import ctypes
import functools
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ferrule.sandbox import setup as setup
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import MEMORY
from ferrule.sandbox.setup import Unavailable

SOURCE = Path(__file__).with_name("run_answers.c")
GRACE = 2.0  # seconds that the driver gets to end by itself
SLACK = 30  # seconds over the limit of wall time in which the driver has to answer
MOST_MESSAGE = 65536

# As in run_answers.c: struct request and struct reply, the kinds of request, `stopped`, `failed`.
REQUEST = struct.Struct("=2I8i")
REPLY = struct.Struct("=5i2I4xq")
LOAD, RUN = 1, 2
STOPPED = ["", "cpu", "wall", "idle", "memory", "output"]
STEPS = [
    "",
    "no process",
    "no /tmp of its own",
    "rights not given up",
    "no filter of system calls",
    "the program does not start",
    "the program cannot be held",
]


class RoomFell(RuntimeError):
    """The room itself is gone, which says nothing about the program in it; `load` opens a new one."""


@dataclass(frozen=True)
class Ended:
    """How a run ended. Of `code` and `signal` one is None."""

    report: bytes  # what it wrote to file 4, at most 64 kB
    code: int | None
    signal: int | None
    cpu_ms: float  # of all its processes
    limit: str  # "", cpu, wall, idle, memory, output (a report that is too long too), files (/tmp is full)
    said: str  # the last 4 kB of stdout and stderr


class Room:
    """`libraries` are folders with the shared libraries of Rust that programs need. Not for several threads."""

    def __init__(self, *, libraries: list[Path], mode: str = "bubblewrap"):
        if mode not in ("bubblewrap", "none"):
            raise ValueError(f"sandbox mode {mode!r}: it is bubblewrap or none")
        self.libraries, self.mode = [Path(folder).resolve() for folder in libraries], mode
        self.uid = (
            setup.free_uid() if mode == "bubblewrap" and os.geteuid() == 0 else None
        )  # whom root becomes
        self.process: subprocess.Popen | None = None
        self.inner = 0  # the process that bubblewrap left in charge inside: the driver

    def __enter__(self) -> Room:
        self._open()
        return self

    def __exit__(self, *error) -> None:
        self._close()

    def load(self, program: bytes) -> None:
        """The program of the runs to come."""
        if self.process is None:
            self._open()
        self._ask(REQUEST.pack(LOAD, len(program), *[0] * 8) + program, SLACK)

    def run(self, message: bytes, limits: JudgeLimits) -> Ended:
        """One run of the program, which finds `message` in file 3."""
        if len(message) > MOST_MESSAGE:
            raise ValueError(f"a message of {len(message)} bytes: at most {MOST_MESSAGE} fit into a pipe")
        numbers = (
            limits.cpu_seconds,
            int(limits.wall_seconds * 1000),
            int(limits.idle_seconds * 1000),
            limits.memory_mb,
            limits.output_kb,
            limits.tmp_mb,
            limits.processes,
            limits.stack_mb,
        )
        request = REQUEST.pack(RUN, len(message), *numbers) + message
        status, stopped, full, cpu_us, report, said = self._ask(request, limits.wall_seconds + SLACK)
        if self.mode == "none":
            self._clear_tmp()
        elif status == -1 and not stopped:  # nothing in there can do that
            self._close()
            raise RoomFell("the process that keeps a run was killed")
        code = signal_number = None
        if stopped or status == -1:
            signal_number = int(signal.SIGKILL)
        elif os.WIFSIGNALED(status):
            signal_number = os.WTERMSIG(status)
            if signal_number == signal.SIGKILL and self.oom_kills != _oom_kills():
                self._close()
                raise RoomFell("the machine's memory ran out")
        else:
            code = os.WEXITSTATUS(status)
        limit = STOPPED[stopped] or _limit(code, signal_number, cpu_us / 1e6, bool(full), said, limits)
        return Ended(report, code, signal_number, cpu_us / 1000, limit, said.decode(errors="replace"))

    # --- the driver -------------------------------------------------------------------------------

    def _ask(self, request: bytes, seconds: float) -> tuple[int, int, int, int, bytes, bytes]:
        """What the driver answers: status, stopped, full, cpu_us, report, said."""
        if self.process is None:
            raise RoomFell("no room is open: load a program first")
        self.socket.settimeout(seconds)
        try:
            self.socket.sendall(request)
            failed, error, status, stopped, full, reported, said_size, cpu_us = REPLY.unpack(
                self._receive(REPLY.size)
            )
            report, said = self._receive(reported), self._receive(said_size)
        except TimeoutError:
            self._close()
            raise RoomFell(f"the driver does not answer within {seconds:g} s") from None
        except OSError:
            raise RoomFell(self._close()) from None
        except BaseException:  # what was asked is still under way
            self._close()
            raise
        if failed:
            self._close()
            raise RoomFell(f"{STEPS[failed]}: {os.strerror(error)}")
        return status, stopped, full, cpu_us, report, said

    def _receive(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            part = self.socket.recv(size - len(parts))
            if not part:
                raise ConnectionResetError("it has ended")
            parts += part
        return bytes(parts)

    def _open(self) -> None:
        # PR_SET_CHILD_SUBREAPER: what outlives bubblewrap is then ours to wait for.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-room-")
        self.socket, theirs = socket.socketpair()
        try:
            with theirs:
                self.process = subprocess.Popen(
                    self._command(Path(self.folder.name)),
                    cwd="/",
                    env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                )
            self._ask(b"", SLACK)  # it answers once it is ready
            self.oom_kills = _oom_kills()
            if self.mode == "bubblewrap":
                self.inner = int(
                    Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
                )
                self.folder.cleanup()  # what is bound from it stays in the room; a killed caller leaves nothing
        except RoomFell as fell:
            raise Unavailable(setup.advice(str(fell))) from None
        except BaseException:
            self._close()
            raise

    def _close(self) -> str:
        """End everything, wait until it is gone, so that its CPU time counts as our children's; its last words."""
        process, self.process = self.process, None
        self.socket.close()  # the driver ends with it, and takes a run with it
        said = b""
        if process:
            try:
                _, said = process.communicate(timeout=GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                _, said = process.communicate()
            with suppress(ChildProcessError):
                if self.inner and os.waitpid(self.inner, os.WNOHANG) == (0, 0):
                    os.kill(self.inner, signal.SIGKILL)
                    os.waitpid(self.inner, 0)
            self.inner = 0
        self.folder.cleanup()
        words = " ".join(said.decode(errors="replace").split())
        return words or (f"the room ended with {process.returncode}" if process else "")

    def _command(self, folder: Path) -> list[str]:
        program, tmp = folder / "driver", folder / "tmp"
        program.write_bytes(driver())
        program.chmod(0o755)
        tmp.mkdir()
        if self.mode == "none":
            return [str(program), "none", str(tmp), ":".join(map(str, self.libraries))]
        bwrap = setup.installed()
        files = system_libraries(
            next(file for folder in self.libraries for file in folder.glob("libstd-*.so"))
        )
        inside = [f"/libraries/{number}" for number in range(len(self.libraries))]
        binds = [(program, "/driver"), *zip(self.libraries, inside, strict=True), *files.items()]
        prefix = []
        if self.uid:
            prefix, binds = setup.as_root(self.uid, self.libraries[0], str(tmp), binds)
        room = [
            bwrap,
            "--unshare-all",
            "--unshare-user",
            "--disable-userns",
            "--die-with-parent",
            "--new-session",
            "--as-pid-1",
            "--uid",
            "65534",
            "--gid",
            "65534",
            "--hostname",
            "room",
            # What the driver needs to give every run namespaces of its own; the run itself has nothing.
            "--cap-drop",
            "ALL",
            "--cap-add",
            "CAP_SYS_ADMIN",
            "--setenv",  # for a driver that is not static; a run has an environment of its own
            "LD_LIBRARY_PATH",
            "/libraries/system",
            "--dir",
            "/tmp",
            "--proc",
            "/proc",
            "--dev-bind",
            "/dev/null",
            "/dev/null",
        ]
        for host, place in binds:
            room += ["--ro-bind", str(host), place]
        room += [
            "--remount-ro",
            "/",
            "--chdir",
            "/",
            "/driver",
            "bubblewrap",
            "/tmp",
            ":".join([*inside, "/libraries/system"]),
        ]
        return [*prefix, *room]

    def _clear_tmp(self) -> None:
        tmp = Path(self.folder.name, "tmp")
        if not tmp.is_dir() or any(tmp.iterdir()):
            shutil.rmtree(tmp, ignore_errors=True)
            tmp.mkdir(exist_ok=True)


def _limit(
    code: int | None, number: int | None, cpu: float, full: bool, said: bytes, limits: JudgeLimits
) -> str:
    """The limit behind the end of a program that ended by itself."""
    over = cpu > limits.cpu_seconds + 0.5  # as in check_clocks of run_answers.c
    if over or number == signal.SIGXCPU or (number == signal.SIGKILL and cpu >= limits.cpu_seconds):
        return "cpu"
    if full or number == signal.SIGXFSZ:
        return "files"
    if code != 0 and MEMORY.search(said):
        return "memory"
    return ""


def _oom_kills() -> str:
    """How many processes this machine has killed because its memory ran out."""
    with suppress(OSError):
        return "".join(re.findall(r"^oom_kill .*", Path("/proc/vmstat").read_text(), re.MULTILINE))
    return ""


@functools.cache
def driver() -> bytes:
    """The driver for this machine, compiled."""
    compiler = shutil.which("cc")
    if not compiler:
        raise Unavailable(
            "no C compiler: apt-get install gcc (or dnf, pacman); Rust needs it as well, to link"
        )
    with tempfile.TemporaryDirectory(prefix="ferrule-room-") as folder:
        # It waits and counts: optimized code would save less than the compiler takes for it.
        command = [compiler, "-O0", "-o", f"{folder}/driver", str(SOURCE)]
        # A static program is cheaper to fork; not every machine has the C library for it.
        for options in (["-static"], []):
            done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return Path(folder, "driver").read_bytes()
    raise Unavailable(f"the C compiler fails on {SOURCE.name}: {done.stderr.strip()}")


@functools.cache
def system_libraries(library: Path) -> dict[Path, str]:
    """What the dynamic linker loads for Rust's library: where it is, and where it is in a room."""
    done = subprocess.run(["ldd", str(library)], capture_output=True, text=True, check=False)
    found = {}
    for name, path in re.findall(r"^\s+(?:(\S+) => )?(/\S+) \(0x", done.stdout, re.MULTILINE):
        # The linker itself has no name of its own here, and is looked for where it is.
        found[Path(path).resolve()] = f"/libraries/system/{name}" if name else path
        if name == "libc.so.6":
            for other in ("libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"):
                if (Path(path).parent / other).exists():
                    found[(Path(path).parent / other).resolve()] = f"/libraries/system/{other}"
    if not any(place.endswith("/libc.so.6") for place in found.values()):
        raise Unavailable(
            f"ldd does not say which C library {library.name} needs: {done.stdout}{done.stderr}"
        )
    return found
