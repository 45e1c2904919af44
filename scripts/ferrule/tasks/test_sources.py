"""The text of a crate's own tests, found by the arguments with which `cargo test` runs them.

    sources = TestSources(chunks, read, targets)
    sources.find("--lib tree::tests::balances")     # a TestCode, or None

A test that a macro makes has no text of its own, and one whose helpers are long or stand in another file cannot be shown:
both are None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ferrule.core.schemas import CHUNKS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.rust.lexer import NOT_CODE
from ferrule.rust.signatures import WORD, use_leaves
from ferrule.rust.syntax import dedent

HELPERS = ("function", "const", "static", "struct", "enum", "type", "macro")
MOST_HELPERS = 1500  # characters of what a test needs of its module
MOST_LINES = 60  # of one test
WITHOUT = re.compile(r"#\[\s*(?:ignore|should_panic|cfg)\b")
# What a person cannot see, or what is not the same on every machine.
OUTSIDE = re.compile(
    r"\b(?:include_str|include_bytes|env)!|\bFile::|\bfs::|\bCommand\b|\bTcp|\bUdp|\bInstant\b|\bthread::sleep"
)


@dataclass(frozen=True)
class TestCode:
    """A test function with its attributes, the helpers of its module, and its place."""

    argument: str
    name: str
    code: str
    helpers: str
    imports: str
    file: str
    start: int  # of its attributes
    end: int
    inline: bool  # in a module of the crate, not in a file under tests/

    __test__ = False  # it is not a test of ours

    @property
    def size(self) -> int:
        return len(self.code) + len(self.helpers)

    def names(self, function: str) -> bool:
        """Whether the code of the test, or of a helper of it, names a function."""
        code = NOT_CODE.sub(" ", f"{self.helpers}\n{self.code}")
        return bool(re.search(rf"\b{re.escape(function)}\b", code))

    def shown(self) -> str:
        """All that belongs to it, imports first."""
        return "\n\n".join(filter(None, (self.imports, self.helpers, self.code)))


class TestSources:
    """The tests of one crate. `read(file)` gives the bytes of a file of the package."""

    __test__ = False

    def __init__(self, chunks: list[dict], read: Callable[[str], bytes], targets: Iterable[dict]) -> None:
        self.read = read
        self.inside = index(chunks)
        self.files = {target["name"]: target["path"] for target in targets if "test" in target["kind"]}
        self.known: dict[str, TestCode | None] = {}
        self.targets: dict[str, dict[tuple[str, str], list[dict]]] = {}

    def find(self, argument: str) -> TestCode | None:
        if argument not in self.known:
            self.known[argument] = self._find(argument)
        return self.known[argument]

    def _find(self, argument: str) -> TestCode | None:
        target, _, path = argument.rpartition(" ")
        kind, _, name = target.partition(" ")
        rows = self._of_target(name) if kind == "--test" else self.inside
        module, _, function = path.rpartition("::")
        found = [row for row in rows.get((module, function), ()) if row["kind"] == "function" and row["test"]]
        if len(found) != 1 or "test" not in found[0]["attributes"]:
            return None
        return self._code(argument, found[0], rows, inline=kind != "--test")

    def _of_target(self, name: str) -> dict[tuple[str, str], list[dict]]:
        if name not in self.targets:
            self.targets[name] = index(self._parsed(self.files[name])) if name in self.files else {}
        return self.targets[name]

    def _parsed(self, file: str) -> list[dict]:
        try:
            source = self.read(file)
            source.decode()
        except (OSError, UnicodeDecodeError):
            return []
        chunks = Chunks("tests")
        chunk_file(chunks, file, source, syntax.parse(source))
        columns = [chunks.columns[name] for name in CHUNKS.names]
        return [dict(zip(CHUNKS.names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _code(self, argument: str, row: dict, rows: dict, inline: bool) -> TestCode | None:
        if WITHOUT.search(row["attributes"]) or row["code"].count("\n") >= MOST_LINES:
            return None
        source = self.read(row["file"])
        start = first_attribute(source, row)
        code = dedent(source[start : row["end"]].decode(), syntax.indentation(source, start))
        if OUTSIDE.search(code):
            return None
        around = [
            r
            for (path, _), found in rows.items()
            if path == row["path"]
            for r in found
            if r["file"] == row["file"]
        ]
        # Items beside a test in the crate's own module are what it tests, and not helpers.
        helpers = needed(row, [one for one in around if one["test"] or not inline])
        text = "\n\n".join(dedent(one["code"], syntax.indentation(source, one["start"])) for one in helpers)
        if len(text) > MOST_HELPERS or OUTSIDE.search(text):
            return None
        words = set(WORD.findall(code + text))
        imports = "\n".join(
            dedent(one["code"], syntax.indentation(source, one["start"]))
            for one in around
            if one["kind"] == "import" and imported(one["code"], words)
        )
        return TestCode(argument, row["name"], code, text, imports, row["file"], start, row["end"], inline)


def index(rows: Iterable[dict]) -> dict[tuple[str, str], list[dict]]:
    """Rows by module path and name."""
    found: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        if row["kind"] in (*HELPERS, "import") and not row["nested"]:
            found.setdefault((row["path"], row["name"]), []).append(row)
    return found


def first_attribute(source: bytes, row: dict) -> int:
    """Where the attributes of a function begin, below its docs."""
    above = source[row["outer"] : row["start"]]
    mark = re.search(rb"(?m)^[ \t]*(#\[)", b"\n" + above if not above.startswith(b"\n") else above)
    if mark is None:
        return row["start"]
    shift = 0 if above.startswith(b"\n") else 1
    return row["outer"] + mark.start(1) - shift


def needed(row: dict, around: list[dict]) -> list[dict]:
    """The items of a test's module that it uses, and those that they use, in the order of the file."""
    helpers = [one for one in around if one["kind"] in HELPERS and one["name"] != row["name"]]
    plain = [one for one in helpers if not (one["kind"] == "function" and "test" in one["attributes"])]
    chosen: dict[str, dict] = {}
    todo = [row]
    while todo:
        words = set(WORD.findall(NOT_CODE.sub(" ", todo.pop()["code"])))
        for one in plain:
            if one["name"] in words and one["id"] not in chosen:
                chosen[one["id"]] = one
                todo.append(one)
    return sorted(chosen.values(), key=lambda one: one["start"])


def imported(code: str, words: set[str]) -> bool:
    return any(name in words or name == "*" for _, name in use_leaves(code))


def enough(
    tests: list[TestCode], killed_by: dict[str, set[str]], least: float, most: int, room: int
) -> list[TestCode]:
    """Few short tests that together kill at least `least` mutants; none if `most` tests of `room` characters cannot."""
    chosen: list[TestCode] = []
    dead: set[str] = set()
    left = sorted(tests, key=lambda test: (test.size, test.argument))
    while len(dead) < least and len(chosen) < most:
        best = max(left, key=lambda test: (len(killed_by[test.argument] - dead), -test.size), default=None)
        if best is None or not killed_by[best.argument] - dead:
            return []
        left.remove(best)
        dead |= killed_by[best.argument]
        chosen.append(best)
    return chosen if len(dead) >= least and sum(test.size for test in chosen) <= room else []
