"""A locked room for foreign code: build scripts, procedural macros, tests, what a model wrote.

    with Session(crate_folder) as session:                      # or run(argv, source=...) for one command
        outcome = session.run(["cargo", "check", "--offline"])  # /src is the crate, /tmp/target is kept

What is covered, for root and for ordinary users alike (bubblewrap; root first becomes a plain uid):
- no network, not even this machine's own; no socket, process or semaphore of the host
- no home, no environment, no credentials; of cargo's home only the registry and its mirrors' addresses
- nothing can be written but /tmp, a tmpfs of `tmp_mb`; source, toolchain and /usr are read-only
- wall time, CPU time and memory of a process, memory of all of them with /tmp, processes and threads,
  size of a file, size of the output; the limit that ends a command is named in `Outcome.reason`
- nothing is left running: a killed sandbox, or a killed caller, takes every process with it

What is not covered:
- faults of the kernel; what /proc tells of the hardware; names of host folders in /proc/self/mountinfo
- what one command of a session leaves in /tmp for the next; a crate may lie about itself, not about others
- CPU time of all processes together: it is at most wall time times cores
- secrets in /usr or in the source folder itself: both can be read inside
- mode "none": a convenience for machines without user namespaces, which protects from nothing. Time,
  memory, file size and output are limited; a process that detaches itself may survive

Linux counts processes per sandbox from 5.14 on; older kernels count all of the user's. A session dies
with the thread that opened it. Called as root, the source must be readable to every user.
"""

from __future__ import annotations

import ctypes
import os
import re
import resource
import selectors
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ferrule.core.reasons import Status
from ferrule.sandbox import setup as setup
from ferrule.sandbox.cargo_view import index_entries
from ferrule.sandbox.setup import MB, Unavailable

__all__ = ["Limits", "Outcome", "Session", "Unavailable", "run"]

POLL = 0.15  # seconds between two looks at memory and processes
GRACE = 0.5  # seconds that a sandbox gets to end by itself once all commands in it are dead

# What a program says when memory ran out: the allocators of Rust and C++, LLVM, the C library, constants in rustc.
MEMORY = re.compile(
    rb"^\s*memory allocation of \d+ bytes failed|^\s*LLVM ERROR: out of memory|out of memory allocating \d+"
    rb"|Cannot allocate memory|virtual memory exhausted|std::bad_alloc|failed to map segment from shared object"
    rb"|tried to allocate more memory than available to compiler",
    re.MULTILINE,
)

# Runs one command line after the other; commands come and exit codes go through the socket on fd 0.
DRIVER = """nl='
'; echo ready >&0; while IFS= read -r line; do eval "$line"; echo "$code" >&0; done"""


@dataclass(frozen=True)
class Limits:
    wall_seconds: float = 600  # one command
    cpu_seconds: int = 600  # one process
    memory_mb: int = 4096  # address space of one process; also all processes and /tmp together
    tmp_mb: int = 3072  # /tmp
    processes: int = 256  # processes and threads at once
    file_mb: int = 1024  # the largest file
    output_mb: int = 128  # stdout and stderr of one command


@dataclass(frozen=True)
class Outcome:
    """`status` is ok, failed, timeout, memory, output or unavailable (the command is not there)."""

    status: str
    code: int | None
    reason: str = ""
    stdout: bytes = b""
    stderr: bytes = b""  # its last 64 kB


def run(argv: list[str], *, source: Path, **options) -> Outcome:
    """One command in a sandbox of its own; `options` are those of Session."""
    with Session(source, **options) as session:
        return session.run(argv)


class Session:
    """One sandbox for several commands. `source` is /src inside and shows what the caller writes there.

    `package` is the folder below it that commands run in; `readonly` maps more host paths to paths
    inside; `environment` adds variables. `source_inside` is where the source is for the commands.
    """

    def __init__(
        self,
        source: Path,
        *,
        limits: Limits = Limits(),
        mode: str = "bubblewrap",
        package: str = ".",
        readonly: dict[Path, str] | None = None,
        environment: dict[str, str] | None = None,
    ):
        if mode not in ("bubblewrap", "none"):
            raise ValueError(f"sandbox mode {mode!r}: it is bubblewrap or none")
        self.source, self.limits, self.mode, self.package = Path(source).resolve(), limits, mode, package
        # Whom root becomes.
        self.uid = setup.free_uid() if mode == "bubblewrap" and os.geteuid() == 0 else None
        self.readonly, self.environment = dict(readonly or {}), dict(environment or {})
        self.source_inside = Path("/src") if mode == "bubblewrap" else self.source
        self.process: subprocess.Popen[bytes] | None = None
        self.inner = self.driver = 0  # process ids: the first one inside, and the one that starts commands
        self.ended: Outcome | None = None  # what ended the session

    def inside(self, host: Path) -> str:
        """Where a path given as `readonly` is for the commands."""
        return self.readonly[host] if self.mode == "bubblewrap" else str(host)

    def __enter__(self) -> Session:
        # PR_SET_CHILD_SUBREAPER: `inner` outlives bwrap and is then ours to wait for.
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-sandbox-")
        self.socket, theirs = socket.socketpair()
        pass_fds: list[int] = []
        try:
            command, environment = self._command(pass_fds)
            self.process = process = subprocess.Popen(
                command,
                cwd="/",
                env=environment,
                stdin=theirs.fileno(),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=pass_fds,
                start_new_session=True,
            )
            theirs.close()
            assert process.stdout and process.stderr, "both are pipes"
            if self.uid:  # so that /dev/stdout and /dev/stderr can be opened inside
                for pipe in (process.stdout, process.stderr):
                    os.fchown(pipe.fileno(), self.uid, self.uid)
            if self.socket.recv(6) != b"ready\n":
                process.kill()
                raise Unavailable(setup.advice(process.stderr.read().decode(errors="replace")))
            self.driver = process.pid
            if self.mode == "bubblewrap":
                self.inner = _children(process.pid)[0]
                self.driver = _children(self.inner)[0]
                Path(self.folder.name).rmdir()  # the mount on it has moved on; a killed caller leaves nothing
        except BaseException:
            self.__exit__()
            raise
        finally:
            theirs.close()
            for fd in pass_fds:
                os.close(fd)
        self.pipes = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
        self.selector = selectors.DefaultSelector()
        for fd in (self.socket.fileno(), *self.pipes):
            self.selector.register(fd, selectors.EVENT_READ)
        return self

    def __exit__(self, *error: object) -> None:
        self._kill()
        self.socket.close()
        if hasattr(self, "selector"):
            self.selector.close()
        with suppress(FileNotFoundError):
            self.folder.cleanup()

    def _command(self, pass_fds: list[int]) -> tuple[list[str], dict[str, str]]:
        """What starts the driver, and with which environment."""
        driver = ["sh", "-c", DRIVER]
        index = index_entries(self.source / "Cargo.lock")
        if self.mode == "none":
            setup.plain(Path(self.folder.name), index)
            return driver, setup.variables(str(setup.toolchain()), self.folder.name) | self.environment
        room = setup.bubblewrap(
            self.source,
            index=index,
            uid=self.uid,
            stage=self.folder.name,
            tmp_mb=self.limits.tmp_mb,
            readonly=self.readonly,
            variables=setup.variables("/rust", "/tmp") | self.environment,
            pass_fds=pass_fds,
        )
        # /proc/1/environ inside shows what bubblewrap was started with: nothing. Root drops this later.
        return [*room, *driver], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} if self.uid else {}

    def _kill(self) -> None:
        """End everything inside and wait until it is gone; its CPU time then counts as our children's."""
        if self.process is None or self.process.returncode is not None:
            return
        # First the commands, so that the driver ends by itself: a sandbox killed at one blow loses its CPU time.
        for pid, _ in _tree(self.driver)[1:] if self.driver else ():
            _kill(pid)
        self.socket.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        if self.process.returncode is None:
            self.process.kill()
            self.process.wait()
        if self.mode == "none":
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # the end of `inner` is the end of its process namespace
            if self.inner and os.waitpid(self.inner, os.WNOHANG) == (0, 0):
                _kill(self.inner)
                os.waitpid(self.inner, 0)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()

    def cpu_seconds(self) -> float:
        """The CPU time of all commands so far, with their processes that were waited for."""
        try:
            fields = Path(f"/proc/{self.driver}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")

    # --- one command ------------------------------------------------------------------------------

    def run(
        self, argv: list[str], *, wall_seconds: float | None = None, stdout: BinaryIO | None = None
    ) -> Outcome:
        """Run `argv` in the package's folder. Once a limit has ended the session, that outcome again.

        `stdout`: a file for what it prints, at most as much as /tmp may hold, instead of `Outcome.stdout`.
        """
        if self.ended:
            return self.ended
        for buffer in self.pipes.values():
            buffer.clear()
        started = time.monotonic()
        wall = self.limits.wall_seconds if wall_seconds is None else wall_seconds
        try:
            self.socket.sendall(self._line(argv))
            code, end = self._follow(started, wall, stdout)
        except (OSError, ValueError):  # the driver was killed, or made to say nonsense
            code, end = None, (Status.FAILED, "the sandbox ended before the command did")
        if end:
            self._kill()
        printed, errors = (bytes(buffer) for buffer in self.pipes.values())
        status, reason = end or self._verdict(
            code or 0, printed[-MB:], errors[-MB:], time.monotonic() - started
        )
        outcome = Outcome(status, code, reason, printed, errors[-65536:])
        if end:
            self.ended = outcome
        return outcome

    def _line(self, argv: list[str]) -> bytes:
        limits = self.limits
        caps = {
            "cpu": (resource.RLIMIT_CPU, limits.cpu_seconds),
            "as": (resource.RLIMIT_AS, limits.memory_mb * MB),
            "fsize": (resource.RLIMIT_FSIZE, limits.file_mb * MB),
            "nofile": (resource.RLIMIT_NOFILE, 4096),
            "core": (resource.RLIMIT_CORE, 0),
        }
        if self.mode == "bubblewrap":  # two more: the sandbox's own
            caps["nproc"] = (resource.RLIMIT_NPROC, limits.processes + 2)
        words = ["prlimit"]
        for name, (kind, value) in caps.items():
            hard = resource.getrlimit(kind)[1]  # what the caller may not exceed, the sandbox may not either
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # SIGXCPU first, which says what it was; SIGKILL a second later.
            soft = f"{value}:" if name == "cpu" and hard != value else ""
            words.append(f"--{name}={soft}{value + bool(soft)}")
        command = shlex.join([*words, "--", *map(str, argv)]).replace("\n", "'\"$nl\"'")
        folder = shlex.quote(str(self.source_inside / self.package))
        # What a command leaves running ends with it. Inside, -1 is every process of the sandbox.
        tidy = "while kill -s KILL -- -1 2>/dev/null; do :; done" if self.mode == "bubblewrap" else ""
        return f"(cd {folder} && exec {command}) </dev/null; code=$?; {tidy}\n".encode()

    def _follow(
        self, started: float, wall: float, stdout: BinaryIO | None
    ) -> tuple[int | None, tuple[str, str] | None]:
        """Read what the command prints until it ends (its code) or a limit is hit (status, reason)."""
        limits, answer, size, crowded = self.limits, b"", 0, 0
        output_mb = limits.tmp_mb if stdout else limits.output_mb
        to_file = next(iter(self.pipes)) if stdout else -1
        look = started + POLL
        while True:
            for key, _ in self.selector.select(0 if answer else POLL):
                if key.fd == self.socket.fileno():
                    answer = self.socket.recv(100)
                    if not answer:
                        raise ConnectionResetError
                elif data := os.read(key.fd, 65536):
                    if stdout and key.fd == to_file:
                        stdout.write(data)
                    else:
                        self.pipes[key.fd] += data
                    size += len(data)
                    break
            else:
                if answer:  # the command has ended and its pipes are empty
                    return int(answer), None
            if size > output_mb * MB:
                return None, (Status.OUTPUT, f"output: over {output_mb} MB")
            now = time.monotonic()
            if now - started > wall:
                return None, (Status.TIMEOUT, f"wall time: over {wall:g} s")
            if now < look:
                continue
            look = now + POLL
            tree = _tree(self.process.pid) if self.process else []
            if sum(_resident(pid) for pid, _ in tree) + self._tmp_used() > limits.memory_mb * MB:
                return None, (Status.MEMORY, f"memory: over {limits.memory_mb} MB in all processes and /tmp")
            own = 3 if self.inner else 1  # bwrap twice and the driver
            crowded = crowded + 1 if sum(threads for _, threads in tree) - own >= limits.processes - 1 else 0
            if crowded == 2:
                return None, (Status.FAILED, f"processes: over {limits.processes}")

    def _tmp_used(self) -> int:
        with suppress(OSError):
            if self.inner:
                tmp = os.statvfs(f"/proc/{self.inner}/root/tmp")
                return (tmp.f_blocks - tmp.f_bfree) * tmp.f_frsize
        return 0

    def _verdict(self, code: int, stdout: bytes, stderr: bytes, seconds: float) -> tuple[str, str]:
        """What an exit code means, with the words of what was printed where a limit is behind it."""
        limits = self.limits
        if code == 0:
            return Status.OK, ""
        # Lines of source that the compiler quotes say nothing about us.
        said = b"\n".join(line for line in stderr.splitlines() if not re.match(rb"\s*\d*\s*\|", line))
        said += b"\n".join(
            re.findall(rb'"message":"[^"\\]*(?:\(os error \d+\)|available to compiler)', stdout)
        )
        signals = [int(number) for number in re.findall(rb"\(signal: (\d+)", said)]  # cargo, of what it ran
        cause = code - 128 if code > 128 else (signals or [0])[0]
        if code == 127 and b"prlimit: failed to execute" in said:
            return Status.UNAVAILABLE, said.decode(errors="replace").strip().replace("prlimit: ", "")
        if cause == signal.SIGXCPU or (cause == signal.SIGKILL and seconds >= limits.cpu_seconds):
            return Status.TIMEOUT, f"CPU time: over {limits.cpu_seconds} s"
        if cause == signal.SIGKILL:
            return (
                Status.MEMORY,
                "memory: killed by signal 9, as Linux does when the machine's memory runs out",
            )
        if MEMORY.search(said):
            return Status.MEMORY, f"memory: over {limits.memory_mb} MB in one process"
        if cause == signal.SIGXFSZ or b"File too large" in said:
            return Status.FAILED, f"file size: over {limits.file_mb} MB"
        if b"No space left on device" in said or self._tmp_used() >= limits.tmp_mb * MB:
            return Status.FAILED, f"disk: /tmp is full ({limits.tmp_mb} MB)"
        if b"Resource temporarily unavailable" in said or b"Cannot fork" in said:
            return Status.FAILED, f"processes: over {limits.processes}"
        if cause in set(signal.Signals):
            return Status.FAILED, f"ended by {signal.Signals(cause).name}"
        return Status.FAILED, f"exit code {code}"


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def _tree(pid: int) -> list[tuple[int, int]]:
    """`pid` and everything below it, each with its number of threads."""
    found, todo = [], [pid]
    while todo:
        pid = todo.pop()
        with suppress(FileNotFoundError, ProcessLookupError):
            found.append((pid, len(os.listdir(f"/proc/{pid}/task"))))  # noqa: PTH208
            todo += _children(pid)
    return found


def _resident(pid: int) -> int:
    """Bytes that only this process holds; what it shares (code, /tmp) counts elsewhere or not at all."""
    with suppress(FileNotFoundError, ProcessLookupError):
        _, resident, shared, *_ = map(int, Path(f"/proc/{pid}/statm").read_text().split())
        return (resident - shared) * resource.getpagesize()
    return 0


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
