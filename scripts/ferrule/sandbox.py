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
import functools
import json
import os
import pwd
import random
import re
import resource
import selectors
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

POLL = 0.15  # seconds between two looks at memory and processes
MB = 1024 * 1024
HALLS = ("/mnt", "/srv", "/run", "/media")  # root lays out what the sandbox binds in one of these

# Runs one command line after the other; commands come and exit codes go through the socket on fd 0.
DRIVER = """nl='
'; echo ready >&0; while IFS= read -r line; do eval "$line"; echo "$code" >&0; done"""

# As root: make what is bound reachable for a plain uid, in a mount namespace of its own; become that uid.
AS_ROOT = """set -e; uid=$1 hall=$2 stage=$3; shift 3
mount -t tmpfs -o mode=0755,size=1m tmpfs "$stage"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir "$stage/$2"; else : > "$stage/$2"; fi
    mount --rbind "$1" "$stage/$2"; shift 2
done; shift
mount --move "$stage" "$hall"
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs env -i "$@" """


class Unavailable(RuntimeError):
    """This machine has no sandbox; the message says what to do."""


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
        self, source: Path, *, limits: Limits = Limits(), mode: str = "bubblewrap", package: str = ".",  # noqa: B008
        readonly: dict[Path, str] | None = None, environment: dict[str, str] | None = None,
    ):  # fmt: skip
        if mode not in ("bubblewrap", "none"):
            raise ValueError(f"sandbox mode {mode!r}: it is bubblewrap or none")
        self.source, self.limits, self.mode, self.package = Path(source).resolve(), limits, mode, package
        self.readonly, self.environment = dict(readonly or {}), dict(environment or {})
        self.source_inside = Path("/src") if mode == "bubblewrap" else self.source
        self.process: subprocess.Popen | None = None
        self.inner = 0  # the sandbox's own first process
        self.ended: Outcome | None = None  # what ended the session

    def inside(self, host: Path) -> str:
        """Where a path given as `readonly` is for the commands."""
        return self.readonly[host] if self.mode == "bubblewrap" else str(host)

    def __enter__(self) -> Session:
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: `inner` comes to us when bwrap ends
        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-sandbox-")
        self.socket, theirs = socket.socketpair()
        pass_fds: list[int] = []
        try:
            command, environment = (self._bubblewrap if self.mode == "bubblewrap" else self._plain)(pass_fds)
            self.process = subprocess.Popen(
                command, cwd="/", env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                pass_fds=pass_fds, start_new_session=True,
            )  # fmt: skip
            theirs.close()
            if self.socket.recv(6) != b"ready\n":
                self.process.kill()
                raise Unavailable(_advice(self.process.stderr.read().decode(errors="replace")))
            if self.mode == "bubblewrap":
                self.inner = _children(self.process.pid)[0]
                Path(self.folder.name).rmdir()  # its mount has moved on; nothing stays if we are killed
        except BaseException:
            self.__exit__()
            raise
        finally:
            theirs.close()
            for fd in pass_fds:
                os.close(fd)
        self.pipes = {self.process.stdout.fileno(): bytearray(), self.process.stderr.fileno(): bytearray()}
        self.selector = selectors.DefaultSelector()
        for fd in (self.socket.fileno(), *self.pipes):
            os.set_blocking(fd, False)
            self.selector.register(fd, selectors.EVENT_READ)
        return self

    def __exit__(self, *error) -> None:
        self._kill()
        self.socket.close()
        if hasattr(self, "selector"):
            self.selector.close()
        with suppress(FileNotFoundError):
            self.folder.cleanup()

    def _kill(self) -> None:
        """End everything inside and wait until it is gone; its CPU time then counts as our children's."""
        if self.process is None or self.process.returncode is not None:
            return
        # First what runs, then the driver by itself: a namespace that is shot as a whole loses count of its CPU time.
        driver = [*self._own(), *_children(self.inner)][-1]
        for pid, _ in _tree(driver)[1:]:
            _signal(pid)
        self.socket.close()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(GRACE)
        for pid in self._own():
            _signal(pid)
        if self.mode == "none":
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.inner:
            with suppress(ChildProcessError):  # its end is the end of the process namespace
                os.waitpid(self.inner, 0)

    # --- one command ------------------------------------------------------------------------------

    def run(self, argv: list[str], *, wall_seconds: float | None = None) -> Outcome:
        """Run `argv` in the package's folder. Once a limit has ended the session, that outcome again."""
        if self.ended:
            return self.ended
        for buffer in self.pipes.values():
            buffer.clear()
        started = time.monotonic()
        wall = self.limits.wall_seconds if wall_seconds is None else wall_seconds
        try:
            self.socket.setblocking(True)
            self.socket.sendall(self._line(argv))
            self.socket.setblocking(False)
            code, end = self._follow(started, wall)
        except OSError:
            code, end = None, ("failed", "the sandbox ended before the command did")
        if end:
            self._kill()
        stdout, stderr = (bytes(buffer) for buffer in self.pipes.values())
        status, reason = end or self._verdict(code, stdout[-MB:], stderr[-MB:], time.monotonic() - started)
        outcome = Outcome(status, code, reason, stdout, stderr[-65536:])
        if end:
            self.ended = outcome
        return outcome

    def _line(self, argv: list[str]) -> bytes:
        limits = self.limits
        caps = {
            "cpu": (resource.RLIMIT_CPU, limits.cpu_seconds), "as": (resource.RLIMIT_AS, limits.memory_mb * MB),
            "fsize": (resource.RLIMIT_FSIZE, limits.file_mb * MB), "nofile": (resource.RLIMIT_NOFILE, 4096),
            "core": (resource.RLIMIT_CORE, 0),
        }  # fmt: skip
        if self.mode == "bubblewrap":  # two more: the sandbox's own
            caps["nproc"] = (resource.RLIMIT_NPROC, limits.processes + 2)
        words = ["prlimit"]
        for name, (kind, value) in caps.items():
            hard = resource.getrlimit(kind)[1]  # what the caller may not exceed, the sandbox may not either
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            # SIGXCPU first, which says what it was; SIGKILL a second later.
            words.append(f"--{name}={value}:{value + 1}" if name == "cpu" and hard != value else f"--{name}={value}")
        command = " ".join(shlex.quote(word) for word in [*words, "--", *map(str, argv)]).replace("\n", "'\"$nl\"'")
        folder = shlex.quote(str(self.source_inside / self.package))
        # What a command leaves running ends with it. Inside, -1 is every process of the sandbox.
        tidy = "kill -s KILL -- -1 2>/dev/null;" if self.mode == "bubblewrap" else ""
        return f"(cd {folder} && exec {command}) </dev/null; code=$?; {tidy}\n".encode()

    def _follow(self, started: float, wall: float) -> tuple[int | None, tuple[str, str] | None]:
        """Read what the command prints until it ends (its code) or a limit is hit (status, reason)."""
        limits, answer, size, crowded = self.limits, b"", 0, 0
        look = started + POLL
        while True:
            for key, _ in self.selector.select(0 if answer else POLL):
                if key.fd == self.socket.fileno():
                    answer = self.socket.recv(100)
                    if not answer:
                        raise ConnectionResetError
                elif data := os.read(key.fd, 65536):
                    self.pipes[key.fd] += data
                    size += len(data)
                    break
            else:
                if answer:  # the command has ended and its pipes are empty
                    return int(answer), None
            if size > limits.output_mb * MB:
                return None, ("output", f"output: over {limits.output_mb} MB")
            now = time.monotonic()
            if now - started > wall:
                return None, ("timeout", f"wall time: over {wall:g} s")
            if now < look:
                continue
            look = now + POLL
            tree = _tree(self.process.pid)
            if sum(_resident(pid) for pid, _ in tree) + self._tmp_used() > limits.memory_mb * MB:
                return None, ("memory", f"memory: over {limits.memory_mb} MB, all processes and /tmp together")
            own = 3 if self.inner else 1  # bwrap twice and the driver
            crowded = crowded + 1 if sum(threads for _, threads in tree) - own >= limits.processes - 1 else 0
            if crowded == 2:
                return None, ("failed", f"processes: over {limits.processes}")

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
            return "ok", ""
        # Lines of source that the compiler quotes say nothing about us.
        said = b"\n".join(line for line in stderr.splitlines() if not re.match(rb"\s*\d*\s*\|", line))
        said += b"\n".join(re.findall(rb'"message":"[^"\\]*\(os error \d+\)', stdout))
        cause = code - 128 if code > 128 else 0
        if code == 127 and b"prlimit: failed to execute" in said:
            return "unavailable", said.decode(errors="replace").strip().replace("prlimit: ", "")
        if cause == signal.SIGXCPU or b"SIGXCPU" in said:
            return "timeout", f"CPU time: over {limits.cpu_seconds} s"
        if cause == signal.SIGKILL or b"signal: 9, SIGKILL" in said:
            if seconds >= limits.cpu_seconds:
                return "timeout", f"CPU time: over {limits.cpu_seconds} s"
            return "memory", "memory: killed by signal 9, as Linux does when the machine's memory runs out"
        if MEMORY.search(said):
            return "memory", f"memory: over {limits.memory_mb} MB in one process"
        if cause == signal.SIGXFSZ or b"SIGXFSZ" in said or b"File too large" in said:
            return "failed", f"file size: over {limits.file_mb} MB"
        if b"No space left on device" in said or self._tmp_used() >= limits.tmp_mb * MB:
            return "failed", f"disk: /tmp is full ({limits.tmp_mb} MB)"
        if b"Resource temporarily unavailable" in said or b"Cannot fork" in said:
            return "failed", f"processes: over {limits.processes}"
        if cause in set(signal.Signals):
            return "failed", f"ended by {signal.Signals(cause).name}"
        return "failed", f"exit code {code}"

    # --- starting ---------------------------------------------------------------------------------

    def _bubblewrap(self, pass_fds: list[int]) -> tuple[list[str], dict[str, str]]:
        bwrap = shutil.which("bwrap")
        if not bwrap:
            raise Unavailable(
                "bubblewrap is not installed: apt-get install bubblewrap (or dnf, pacman, conda-forge), version 0.8 "
                "or newer. Without it foreign code runs only if you ask for it: sandbox.mode: none"
            )
        home, (config, mirrors) = cargo_home(), sanitised_config(cargo_home())
        binds = {toolchain(): "/rust", self.source: "/src"}
        if (home / "registry").is_dir():
            binds[(home / "registry").resolve()] = "/tmp/cargo/registry"
        binds |= {folder: str(folder) for folder in mirrors} | {Path(host).resolve(): to for host, to in self.readonly.items()}
        staged: dict[Path, str] = {}
        prefix: list[str] = []
        if os.geteuid() == 0:
            hall = next((hall for hall in HALLS if Path(hall).is_dir()), None)
            if hall is None or self.source.stat().st_mode & 0o5 != 0o5:
                raise Unavailable(
                    f"run as root, the sandbox needs {self.source} to be readable to every user: chmod -R o+rX it"
                    if hall else f"run as root, the sandbox needs one of the folders {', '.join(HALLS)}: mkdir /mnt"
                )  # fmt: skip
            staged = {host: f"{hall}/{number}" for number, host in enumerate(binds)}
            pairs = [word for host, place in staged.items() for word in (str(host), Path(place).name)]
            prefix = ["unshare", "-m", "sh", "-c", AS_ROOT, "sh", str(_free_uid()), hall, self.folder.name, *pairs, "--"]
        room = [
            bwrap, "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session",
            "--uid", "65534", "--gid", "65534", "--hostname", "sandbox", "--cap-drop", "ALL",
            "--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
        ]  # fmt: skip
        for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):  # links into /usr, or real on some hosts
            place = Path("/", name)
            if place.is_symlink():
                room += ["--symlink", str(place.readlink()), str(place)]
            elif place.is_dir():
                room += ["--ro-bind", str(place), str(place)]
        for private in {home, Path.home()}:
            if private.is_relative_to("/usr") and private != Path("/usr"):  # CARGO_HOME of the rust images
                room += ["--tmpfs", str(private), "--remount-ro", str(private)]
        room += ["--proc", "/proc", "--dev", "/dev", "--size", str(self.limits.tmp_mb * MB), "--tmpfs", "/tmp"]
        room += ["--dir", "/tmp/cargo"]
        for host, place in binds.items():
            room += ["--ro-bind", staged.get(host, str(host)), place]
        if config:
            pass_fds.append(fd := os.memfd_create("config"))
            os.pwrite(fd, config.encode(), 0)
            room += ["--file", str(fd), "/tmp/cargo/config.toml"]
        room += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/src"]
        for name, value in self._variables("/rust", "/tmp").items():
            room += ["--setenv", name, value]
        return [*prefix, *room, "sh", "-c", DRIVER], {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"} if prefix else {}

    def _plain(self, pass_fds: list[int]) -> tuple[list[str], dict[str, str]]:
        folder, home = Path(self.folder.name), cargo_home()
        (folder / "cargo").mkdir()
        if (home / "registry").is_dir():
            (folder / "cargo" / "registry").symlink_to(home / "registry")
        (folder / "cargo" / "config.toml").write_text(sanitised_config(home)[0])
        return ["sh", "-c", DRIVER], self._variables(str(toolchain()), str(folder))

    def _variables(self, rust: str, tmp: str) -> dict[str, str]:
        return {
            "PATH": f"{rust}/bin:/usr/bin:/bin", "HOME": tmp, "TMPDIR": tmp, "CARGO_HOME": f"{tmp}/cargo",
            "CARGO_TARGET_DIR": f"{tmp}/target", "CARGO_NET_OFFLINE": "true", "CARGO_INCREMENTAL": "0",
            "CARGO_TERM_COLOR": "never", "RUST_BACKTRACE": "0", "LANG": "C.UTF-8",
        } | self.environment  # fmt: skip


MEMORY = re.compile(
    rb"^memory allocation of \d+ bytes failed|^LLVM ERROR: out of memory|out of memory allocating \d+"
    rb"|Cannot allocate memory|virtual memory exhausted|std::bad_alloc",
    re.MULTILINE,
)


def _advice(said: str) -> str:
    said = " ".join(said.split()) or "it said nothing"
    if "nknown option" in said:
        return f"bubblewrap is too old, version 0.8 or newer is needed ({said}); conda-forge has one"
    return (
        f"no sandbox on this machine: {said}. Allow user namespaces (sysctl user.max_user_namespaces, "
        "kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0; in Docker --cap-add "
        "SYS_ADMIN and --security-opt seccomp=unconfined, apparmor=unconfined, systempaths=unconfined), or let "
        "foreign code run with your own rights: sandbox.mode: none"
    )


# --- what the host has ------------------------------------------------------------------------------


@functools.cache
def toolchain() -> Path:
    """The folder of the Rust toolchain in use."""
    try:
        done = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"rustc does not run ({error}); install Rust with rustup") from None
    return Path(done.stdout.strip()).resolve()


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").absolute()


def sanitised_config(home: Path) -> tuple[str, list[Path]]:
    """The mirrors of the user's cargo configuration, without secrets, and the folders they name."""
    file = next((home / name for name in ("config", "config.toml") if (home / name).is_file()), None)
    config = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    kept = {"source": ("replace-with", "registry", "local-registry", "directory"), "registries": ("index",)}
    lines, folders = [], []
    for section, keys in kept.items():
        for name, table in config.get(section, {}).items():
            lines.append(f"[{section}.{json.dumps(name)}]")
            for key in keys:
                value = table.get(key)
                if not isinstance(value, str):
                    continue
                if key in ("local-registry", "directory"):  # relative to the folder that holds .cargo
                    folder = (home.parent / value).resolve()
                    folders += [folder] if folder.is_dir() else []
                    value = str(folder)
                elif key != "replace-with":
                    value = re.sub(r"//[^/@]*@", "//", value)
                lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    return "".join(f"{line}\n" for line in lines), folders


def _free_uid() -> int:
    """A uid that nobody has: the kernel counts processes per uid, so each sandbox gets its own."""
    while True:
        uid = random.SystemRandom().randrange(40000, 60000)
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
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
    with suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/statm") as file:
        _, resident, shared, *_ = map(int, file.read().split())
        return (resident - shared) * resource.getpagesize()
    return 0
