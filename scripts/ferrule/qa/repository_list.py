"""The list of repositories: read, checked, and cut down to what the configuration asks for.

    for repository in read_repositories("config/repos.tsv"):
        repository.name                         # owner/name as one word: dtolnay--semver
        repository.address                      # https://..., ssh://..., owner@host:path, or an absolute folder
        repository.ref                          # branch, tag or commit; empty for the repository's own head

A plain list with one address a line is read too. ConfigError names file and line of everything that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ferrule.core.errors import ConfigError

COLUMNS = ["address", "ref", "license"]
# user@host:path, as ssh and git write it; no colon before the first slash of a plain path.
SCP = re.compile(r"(?:[A-Za-z0-9_.-]+@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!//)[^\s:]+")
# git's own rules for names of refs, without what no branch should be called.
REF = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|\.lock(?:/|$)))[^\x00-\x20\x7f~^:?*\[\\]+(?<![/.])")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True)
class Repository:
    """One line of the list. `license` is the user's own word, for a repository whose files say nothing."""

    name: str
    address: str
    ref: str = ""
    license: str = ""

    @property
    def folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return transport(self.address) == "file"


def read_repositories(path: str | Path, names: Iterable[str] = ()) -> list[Repository]:
    """The repositories of the list at `path`, in its order; with `names`, only these (by name or by address)."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError([f"{path}: no such file; qa.repositories names the list of repositories"]) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: not UTF-8 text"]) from None
    found: list[Repository] = []
    problems: list[str] = []
    lines: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        cells = [cell.strip() for cell in re.sub(r"(^|\s)#.*", "", line).rstrip().split("\t")]
        if cells == [""] or cells[0].lower() == "address":
            continue
        repository, wrong = read_line(cells, Path(path).parent)
        if repository and (twin := lines.setdefault(repository.name, number)) != number:
            wrong = f"{repository.name} is already on line {twin}"
        if wrong:
            problems.append(f"{path}:{number}: {wrong}")
        elif repository:
            found.append(repository)
    wanted = list(names)
    known = {each: repository for repository in found for each in (repository.name, repository.address)}
    problems += [f"qa.names: {name} is not in {path}" for name in wanted if name not in known]
    if problems:
        raise ConfigError(problems)
    if wanted:
        found = list(dict.fromkeys(known[name] for name in wanted))
    return found


def read_line(cells: list[str], base: Path) -> tuple[Repository | None, str]:
    """The repository of one line, or what is wrong with the line."""
    if len(cells) > len(COLUMNS):
        return (
            None,
            f"{len(cells)} columns, expected at most {len(COLUMNS)} ({', '.join(COLUMNS)}, with tabs)",
        )
    address, ref, license = (cells + ["", ""])[:3]
    if wrong := wrong_address(address):
        return None, wrong
    if ref and not REF.fullmatch(ref):
        return None, f"{ref!r} is not a branch, tag or commit"
    name = name_of(address)
    if not NAME.fullmatch(name):
        return None, f"{address!r} has no name at its end"
    return Repository(name, address, ref, license), ""


def transport(address: str) -> str:
    """https, ssh, file, or the scheme that is not understood."""
    if "://" in address:
        return urlsplit(address).scheme.lower()
    if address.startswith(("/", "./", "../")) or not SCP.fullmatch(address):
        return "file"
    return "ssh"


def wrong_address(address: str) -> str:
    """What is wrong with an address; empty if it can be used."""
    kind = transport(address)
    if not address.isprintable() or address.startswith("-") or "::" in address:
        return f"{address!r} is not an address of a repository"
    if kind not in ("https", "ssh", "file"):
        return f"{address!r}: the transport {kind} is not used; give an https or ssh address, or a folder"
    if kind == "file":
        return ""
    try:
        parts = urlsplit(address) if "://" in address else None
        if parts and (parts.password or (kind == "https" and parts.username)):
            # The message leaves out the address: it holds a password.
            return "an address with a user or a password in it; leave it to git's credential helper"
        if parts and (not parts.hostname or parts.hostname.startswith("-") or parts.query or parts.fragment):
            return f"{address!r} is not an address of a repository"
    except ValueError:
        return f"{address!r} is not an address of a repository"
    return ""


def name_of(address: str) -> str:
    """The last two parts of the path as one word; of a folder the last one."""
    if transport(address) == "file":
        path = Path(unquote(urlsplit(address).path) if "://" in address else address).absolute()
        last = path.parent.name if path.name == ".git" else path.name
        return re.sub(r"[^A-Za-z0-9._-]", "-", last.removesuffix(".git"))
    path_text = urlsplit(address).path if "://" in address else address.partition(":")[2]
    parts = [part for part in path_text.removesuffix("/").removesuffix(".git").split("/") if part]
    return "--".join(re.sub(r"[^A-Za-z0-9._-]", "-", part) for part in parts[-2:])


def folder_of(address: str) -> Path:
    """The folder of a `file` address."""
    return Path(unquote(urlsplit(address).path) if "://" in address else address)


def files_of_refs(repository: Repository) -> list[str]:
    """The files of a local repository that change with what its ref is at; none for a commit."""
    if COMMIT.fullmatch(repository.ref):
        return []
    top = folder_of(repository.address)
    home = top / ".git" if (top / ".git").is_dir() else top
    names = ["packed-refs", f"refs/heads/{repository.ref}", f"refs/tags/{repository.ref}"]
    if not repository.ref:
        head = home / "HEAD"
        said = head.read_text(errors="replace").strip() if head.is_file() else ""
        branch = said.removeprefix("ref: ")
        names = ["HEAD", "packed-refs", *([branch] if branch != said and REF.fullmatch(branch) else [])]
    return [str(home / name) for name in names if (home / name).is_file()]
