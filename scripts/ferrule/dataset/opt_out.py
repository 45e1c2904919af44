"""The opt-out list: crates, repositories and authors that must not be in a dataset.

A TSV file, kind and value on a line, separated by a tab; further columns, empty lines and `#` comments are
ignored. Kinds and what they match:

crate       a crate's name, all its versions; `-` and `_` are the same
repository  a repository's address, in any spelling (https, git@, with or without .git)
author      a name, an e-mail address or both (`Name <address>`), as in the manifest's `authors`; also the
            owner in the address of a repository

Case does not matter. Any other line is an error with file and line: a wish that was
mistyped must not be ignored in silence.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from ferrule.dataset.repositories import repository_key

KINDS = ("crate", "repository", "author")
CRATE = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
MAIL = re.compile(r"<([^<>]*)>")


class OptOut:
    """Answers for a crate whether it is on the list, with kind and line: `author, line 3`."""

    def __init__(self, lines: dict[str, dict[str, int]] | None = None):
        self.lines = lines or {kind: {} for kind in KINDS}

    def __bool__(self) -> bool:
        return any(self.lines.values())

    def crate(self, name: str) -> str:
        return self._answer("crate", [crate_key(name)])

    def repository(self, address: str | None) -> str:
        key = repository_key(address)
        return self._answer("repository", [key]) or self._answer("author", owners(key))

    def authors(self, names: Iterable[str]) -> str:
        return self._answer("author", [key for name in names for key in author_keys(name)])

    def _answer(self, kind: str, keys: Iterable[str]) -> str:
        lines = sorted(self.lines[kind][key] for key in keys if key in self.lines[kind])
        return f"{kind}, line {lines[0]}" if lines else ""


def read(path: str | os.PathLike) -> OptOut:
    lines: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text") from None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        kind, tab, rest = line.partition("\t")
        kind, value = kind.strip().lower(), rest.split("\t")[0].split(" #")[0].strip()
        if problem := problem_of(kind, tab, value):
            raise ValueError(f"{path}:{number}: {problem}")
        for key in keys_of(kind, value):
            lines[kind].setdefault(key, number)
    return OptOut(lines)


def problem_of(kind: str, tab: str, value: str) -> str:
    """What is wrong with a line. The value is not repeated: it may be a person's name."""
    if not tab:
        return "no tab: a line is kind, tab, value"
    if kind not in KINDS:
        return f"the kind is {kind!r}, not {', '.join(KINDS[:-1])} or {KINDS[-1]}"
    if not value:
        return f"no value after {kind}"
    if kind == "crate" and not CRATE.fullmatch(value):
        return "not a crate's name"
    if kind == "repository" and repository_key(value).count("/") < 2:
        return "not a repository's address: it has no owner and name after the host"
    return ""


def keys_of(kind: str, value: str) -> list[str]:
    if kind == "crate":
        return [crate_key(value)]
    if kind == "repository":
        return [repository_key(value)]
    # An address and a name in one entry mean one person: each alone identifies that person, too.
    return author_keys(value)


def crate_key(name: str) -> str:
    return name.lower().replace("_", "-")


def author_keys(author: str) -> list[str]:
    """`Jane Doe <jane@x.org>` by her name and by her address."""
    mail = MAIL.search(author)
    parts = [MAIL.sub("", author), mail[1] if mail else ""]
    return [key for part in parts if (key := " ".join(part.lower().split()))]


def owners(key: str) -> list[str]:
    """`host/owner/name`: the owner alone, and with the host."""
    parts = key.split("/")
    return [parts[1], f"{parts[0]}/{parts[1]}"] if len(parts) >= 3 else []
