"""Which groups of features an answer uses beyond plain computing: files, process, network, threads, unsafe, ...

    groups(code, Table("resources/policy.tsv")) -> ["process", "threads"]

The groups are a property of the answer, reported next to the verdict, which does not depend on them. The sandbox is
what prevents harm. Paths are resolved (ferrule.rust.paths); strings and comments never count. The table says what
belongs to which group: the longest path decides, and an empty group allows.
"""

from __future__ import annotations

import csv
from pathlib import Path as File

from ferrule.rust.lexer import STRING, WORD, Token
from ferrule.rust.paths import Path, Paths

COLUMNS = ["kind", "what", "group", "why"]


class Table:
    """The groups of paths, methods, macros and words, read from a file of tab-separated values with COLUMNS.

    ValueError names the file and what is wrong with it.
    """

    def __init__(self, file: str | File):
        self.paths: dict[Path, str] = {}
        self.macros: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.methods: dict[str, tuple[Path, str]] = {}
        with open(file, encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            if rows.fieldnames != COLUMNS:
                raise ValueError(f"{file}: its columns are not {', '.join(COLUMNS)}")
            for row in rows:
                self.add(row["kind"], row["what"], row["group"], f"{file}:{rows.line_num}")

    def add(self, kind: str, what: str, group: str, place: str) -> None:
        if kind == "path":
            self.paths[tuple(what.split("::"))] = group
        elif kind == "method":
            path, _, name = what.partition(".")
            self.methods[name] = (tuple(path.split("::")), group)
        elif kind in ("macro", "word"):
            (self.macros if kind == "macro" else self.words)[what] = group
        else:
            raise ValueError(f"{place}: there is no kind {kind!r}; it is path, method, macro or word")

    def of_path(self, path: Path) -> str:
        """The group of the longest prefix of a path that is in the table; "" if none is, or if it is allowed."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.paths:
                return self.paths[path[:length]]
        return ""

    def of_call(self, path: Path) -> str:
        """The group of a macro call, by the macro's name, if the path can mean the built-in macro."""
        return self.macros.get(path[-1], "") if path[0] == "std" or len(path) == 1 else ""


def groups(code: str, rules: Table) -> list[str]:
    """The groups that the code uses, sorted."""
    return groups_of(Paths(code), rules)


def groups_of(paths: Paths, rules: Table) -> list[str]:
    used: set[str] = set()
    for path, called in paths.resolved:
        used.add(rules.of_call(path) if called else rules.of_path(path))
        if not called and path[0] == "std" and len(path) == 2 and path[1] != "env":
            used.add(rules.macros.get(path[1], ""))  # `use std::include_str as read;`
    used |= {rules.words[word] for word in rules.words.keys() & paths.words}
    used |= methods(rules, paths)
    fragments = paths.from_fragments()
    for path, group in rules.paths.items():
        if len(path) == 2 and path[0] == "std" and path[1] in fragments:
            used.add(group)
    used |= {group for name, group in rules.macros.items() if name in fragments}
    if any(foreign(paths.tokens, at) for at in range(len(paths.tokens) - 1)):
        used.add("ffi")
    return sorted(used - {""})


def methods(rules: Table, paths: Paths) -> set[str]:
    """The groups of called methods. A method counts if the code also names the type it may belong to."""
    called = {
        paths.tokens[at + 1].text for at, token in enumerate(paths.tokens[:-1]) if token.text == "."
    } & rules.methods.keys()
    owners = {rules.methods[name][0] for name in called}
    named = {owner for owner in owners for path, _ in paths.resolved if path[: len(owner)] == owner}
    return {rules.methods[name][1] for name in called if rules.methods[name][0] in named}


def foreign(tokens: list[Token], at: int) -> bool:
    """Whether `extern` begins a block of foreign functions or a function for foreign code here; not `extern crate`."""
    token, following = tokens[at], tokens[at + 1]
    if token.kind != WORD or token.text != "extern":
        return False
    return following.kind == STRING or following.text in ("{", "fn")
