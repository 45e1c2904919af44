"""git, for repositories of strangers: what is fetched is read from the object store and never checked out.

    store = Store.open(folder)                  # a bare repository without hooks, made if it is not there
    commit = store.fetch(repository)            # one commit, shallow; Unfetched says why there is none
    for entry in store.entries(commit): ...     # path, mode, object, size
    for oid, content in store.contents(oids): ...

Without a work tree no symbolic link is followed, no `.git` file, filter (LFS), submodule, hook or attribute has an
effect, and any file name is harmless. Addresses and credentials are those of the user's git configuration.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ferrule.core.reasons import RepositoryReason
from ferrule.qa.repository_list import Repository, folder_of, transport

SECONDS = 3600  # for one fetch
TRIES = 3  # of a fetch that the network broke off
FIRST_WAIT = 2.0  # seconds before the second try; doubled for the third
OPTIONS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.alternateRefsCommand": "true",
    "fetch.recurseSubmodules": "false",
    "fetch.writeCommitGraph": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "http.lowSpeedLimit": "1000",
    "http.lowSpeedTime": "60",
}
# Variables of git that say how to reach a server; all others would change what a command does.
KEPT = re.compile(
    r"GIT_(?:SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|SSL_.*|PROXY_.*|HTTP_.*|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM"
    r"|EXEC_PATH)"
)
# What git says, and what it means for the repository. The rest is about the network: worth another try.
SAID: list[tuple[re.Pattern[str], RepositoryReason]] = [
    (
        re.compile(r"couldn't find remote ref|not our ref|no such ref|unadvertised object", re.I),
        RepositoryReason.UNKNOWN_REF,
    ),
    (re.compile(r"returned error: 30[1278]|unable to update url base", re.I), RepositoryReason.MOVED),
    (
        re.compile(
            r"repository .*not found|returned error: (?:403|404|410)|does not exist|does not appear to be a git"
            r"|could not read (?:username|password)|authentication failed|permission denied|access denied",
            re.I,
        ),
        RepositoryReason.GONE,
    ),
    (re.compile(r"dubious ownership|unsafe repository", re.I), RepositoryReason.OTHER_OWNER),
    (re.compile(r"no space left|disk quota", re.I), RepositoryReason.DISK_FULL),
]
REDIRECTED = re.compile(r"^warning: redirecting to (\S+)", re.M)


class Unfetched(Exception):
    """A repository that cannot be had: a reason of the vocabulary and what git said."""

    def __init__(self, reason: RepositoryReason, detail: str):
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason, self.detail = reason, detail


class Unreachable(RuntimeError):
    """The network failed. This says nothing about the repository: run again."""


@dataclass(frozen=True)
class Entry:
    """A file of a commit. `path` is as git has it; `size` is in bytes, 0 for a submodule."""

    path: bytes
    mode: str
    oid: str
    size: int

    @property
    def kind(self) -> str:
        return {"120000": "symlink", "160000": "submodule"}.get(self.mode, "file")


class Store:
    """A bare repository of ours in `folder`."""

    def __init__(self, folder: Path):
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> Store:
        """The repository in `folder`. One that was cut off while it was made is made again."""
        if not (folder / "HEAD").is_file():
            folder.mkdir(parents=True, exist_ok=True)
            run(["init", "--bare", "--quiet", "--template=", str(folder)], "file")
        return cls(folder)

    def fetch(self, repository: Repository, seconds: float = SECONDS, first_wait: float = FIRST_WAIT) -> str:
        """The commit that the repository's ref is at, after a shallow fetch of it.

        Raises Unfetched for a repository that is not there, and Unreachable if the network fails in every try.
        """
        kind = transport(repository.address)
        address = repository.address
        if kind == "file":
            address = f"file://{checked_folder(folder_of(repository.address))}"
        ref = repository.ref or "HEAD"
        for lock in self.folder.rglob("*.lock"):  # of a fetch that was killed: nobody else works here
            lock.unlink()
        arguments = ["fetch", "--no-progress", "--depth=1", "--no-tags", "--force", "--no-recurse-submodules"]
        arguments += ["--update-shallow", "--", address, f"+{ref}:refs/ferrule/snapshot"]
        for tried in range(1, TRIES + 1):
            try:
                done = run(arguments, kind, self.folder, seconds=seconds, check=False)
            except subprocess.TimeoutExpired:
                raise Unreachable(
                    f"{repository.address}: not fetched within {seconds:.0f} s; run again"
                ) from None
            if done.returncode == 0:
                break
            said = done.stderr.decode(errors="replace").strip()
            for pattern, reason in SAID:
                if pattern.search(said):
                    raise Unfetched(reason, last_line(said))
            if kind == "file":
                raise Unfetched(RepositoryReason.BROKEN, last_line(said))
            if tried == TRIES:
                raise Unreachable(
                    f"{repository.address} cannot be reached ({last_line(said)}): check the network and git's"
                    " configuration, then run again"
                )
            time.sleep(first_wait * 2 ** (tried - 1))
        told = REDIRECTED.search(done.stderr.decode(errors="replace"))
        if told and plain(told[1]) != plain(repository.address):
            raise Unfetched(RepositoryReason.MOVED, f"it is at {told[1]} now; put that address into the list")
        return self.commit()

    def commit(self) -> str:
        """The commit of the last fetch. Unfetched if the ref is not a commit."""
        done = run(
            ["rev-parse", "--verify", "--quiet", "refs/ferrule/snapshot^{commit}"],
            "file",
            self.folder,
            check=False,
        )
        if done.returncode:
            raise Unfetched(RepositoryReason.EMPTY, "no commit in it")
        return done.stdout.decode().strip()

    def entries(self, commit: str) -> Iterator[Entry]:
        """Every file of a commit, in git's order (that of the paths' bytes)."""
        arguments = ["ls-tree", "-r", "-z", "--long", "--full-tree", commit]
        for record in run(arguments, "file", self.folder).stdout.split(b"\0"):
            if record:
                head, _, path = record.partition(b"\t")
                mode, _, oid, size = head.decode().split()
                yield Entry(path, mode, oid, int(size) if size != "-" else 0)

    def contents(self, oids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """The objects' contents, one after the other. RuntimeError names one that is not there."""
        command = ["git", "-C", str(self.folder), "cat-file", "--batch", "--buffer"]
        with tempfile.TemporaryFile() as names:
            names.write("".join(f"{oid}\n" for oid in oids).encode())
            names.seek(0)
            with subprocess.Popen(
                command, stdin=names, stdout=subprocess.PIPE, env=environment("file")
            ) as process:
                assert process.stdout
                while head := process.stdout.readline():
                    oid, *rest = head.decode().split()
                    if rest[:1] != ["blob"]:
                        process.kill()
                        raise RuntimeError(
                            f"{self.folder}: no file {oid}; delete the folder and run snakemake again"
                        )
                    content = process.stdout.read(int(rest[1]))
                    process.stdout.read(1)
                    yield oid, content


def run(
    arguments: list[str],
    kind: str,
    folder: Path | None = None,
    *,
    seconds: float | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """git with our options. `kind` is the only transport that it and its children may use."""
    command = ["git", *(word for key, value in OPTIONS.items() for word in ("-c", f"{key}={value}"))]
    command += ["-C", str(folder)] if folder else []
    done = subprocess.run(
        command + arguments,
        env=environment(kind),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=seconds,
        start_new_session=True,  # ssh must not ask for a passphrase on the terminal
    )
    if check and done.returncode:
        raise RuntimeError(f"git {arguments[0]}: {last_line(done.stderr.decode(errors='replace'))}")
    return done


def environment(kind: str) -> dict[str, str]:
    """The environment of git: the user's, without the variables that point at another repository."""
    values = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("GIT_") or KEPT.fullmatch(name)
    }
    return values | {
        "GIT_ALLOW_PROTOCOL": kind,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }


def checked_folder(path: Path) -> Path:
    """The git folder of a local repository. Unfetched for one whose objects are elsewhere.

    A `.git` file, a linked folder and borrowed objects can point anywhere on the machine, so they are not followed.
    """
    if not path.is_dir():
        raise Unfetched(RepositoryReason.GONE, f"there is no folder {path}")
    top = path.resolve()
    inner = top / ".git"
    if inner.is_symlink() or inner.is_file():
        raise Unfetched(
            RepositoryReason.POINTS_ELSEWHERE,
            f"{inner} is not a folder; name the repository that it points at",
        )
    home = inner if inner.is_dir() else top
    if not (home / "HEAD").is_file() or not (home / "objects").is_dir():
        raise Unfetched(
            RepositoryReason.GONE,
            f"{path} is not a git repository; `git init`, `git add` and `git commit` make one",
        )
    pointers = ["objects/info/alternates", "objects/info/http-alternates", "commondir"]
    links = [
        name
        for name in ("objects", "objects/pack", "objects/info", "refs", "packed-refs", "HEAD")
        if (home / name).is_symlink()
    ]
    if found := [name for name in pointers if (home / name).exists()] + links:
        raise Unfetched(
            RepositoryReason.POINTS_ELSEWHERE, f"{home / found[0]} borrows from elsewhere; clone it in full"
        )
    return home


def plain(address: str) -> str:
    """An address without what makes no difference."""
    return address.lower().removesuffix("/").removesuffix(".git").removesuffix("/")


def last_line(text: str) -> str:
    """What git said last, without its advice."""
    lines = [line for line in text.splitlines() if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    return (lines or text.splitlines() or ["no message"])[-1][:300]
