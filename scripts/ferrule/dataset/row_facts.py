"""What the mix has to know of a row to choose well: numbers and flags instead of texts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ferrule.core.yaml_files import read_yaml
from ferrule.rust.code_tokens import is_name, tokens
from ferrule.rust.fences import code_of

COLUMNS = [
    "gen",
    "_id",
    "_task_type",
    "_source_crate",
    "_source_file",
    "_start",
    "_error_code",
    "_variant",
    "_kind",
    "_diagnostic",
    "_before",
    "_verdict",
    "_mutants",
]
# Of rows whose source does not say it.
USUAL_KIND = {"code_generation": "docs", "error_fixing": "compile_error", "explanations": "code"}
GRAM = 3  # tokens of a run that two answers have in common
FUNCTION = re.compile(
    r"(?:^|\n)\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:const|async|unsafe|extern(?:\s*\"\w+\")?)\s+)*fn\s+\w"
)
# A line that rustc prints below `help:` as it should be: `12 +     let x = y.clone();`
SHOWN_FIX = re.compile(r"^\s*\d+ (?:\+|~) (.*)$")
PLAIN_LINE = re.compile(r"^\s*(?:\d+ )?\| (.*)$")
MARKS = re.compile(r"^\s*\|[ +~^-]*[+~][ +~^-]*$")


@dataclass(frozen=True, slots=True)
class Facts:
    """`shape` is the same for answers that differ in names only, `answer` for equal ones."""

    id: str
    task: str
    crate: str
    kind: str  # `_kind`: the part of the task's rows that it is counted in
    facet: str  # error code or rewrite: they take turns
    group: str  # of an error, see resources/error_groups.yaml
    item: str  # whose function it is
    shape: bytes
    answer: bytes
    one_line: bool  # a function whose body is one line
    prints_fix: bool  # rustc's help has the answer in it
    proven: bool  # a test notices when it is done wrong
    grams: frozenset[int]  # of code; a text has none


def facts_of(row: dict, groups: Groups) -> Facts:
    """The facts of a row with COLUMNS."""
    task, gen = row["_task_type"], row["gen"]
    prose = task == "explanations"
    code = code_of(gen)
    words = gen.lower().split() if prose else tokens(code)
    body = words if prose else body_of(words)
    variant = row["_variant"] or ""
    error = row["_error_code"] or "syntax"
    kind = row["_kind"] or USUAL_KIND.get(task, "")
    compile_error = task == "error_fixing" and kind == "compile_error"
    function = not prose and FUNCTION.match(code) is not None
    return Facts(
        id=row["_id"],
        task=task,
        crate=row["_source_crate"] or "",
        kind=kind,
        facet=error if compile_error else variant if task == "transformations" else "",
        group=groups.of(error, variant) if compile_error else "",
        item=f"{row['_source_file']}:{row['_start']}",
        shape=digest(body if prose else renamed(body)),
        answer=digest(gen.split()),
        one_line=function and body_lines(code) <= 1,
        prints_fix=compile_error and prints_fix(row["_diagnostic"] or "", row["_before"] or "", code),
        proven=row["_verdict"] == "tested" and bool(row["_mutants"] and row["_mutants"][0]),
        grams=frozenset() if prose else grams(words),
    )


def digest(words: list[str]) -> bytes:
    return hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=12).digest()


def renamed(words: list[str]) -> list[str]:
    """The tokens with every name numbered in the order of its first use."""
    known: dict[str, str] = {}
    return [known.setdefault(word, f"\1{len(known)}") if is_name(word) else word for word in words]


def body_of(words: list[str]) -> list[str]:
    """The tokens of a function's body; of anything else all of them."""
    depth = 0
    for at, word in enumerate(words):
        depth += (word in "([") - (word in ")]") if len(word) == 1 else 0
        if word == "{" and not depth and "fn" in words[:at]:
            return words[at:]
    return words


def body_lines(code: str) -> int:
    """Lines of a function's body that hold code; a body on the line of its head is one."""
    lines = [line.strip() for line in code.strip().split("\n")]
    opening = next((at for at, line in enumerate(lines) if line.endswith("{")), None)
    if opening is None:
        return 1
    return sum(bool(line) and not line.startswith("//") for line in lines[opening + 1 : -1])


def grams(words: list[str]) -> frozenset[int]:
    return frozenset(hash_of(words[at : at + GRAM]) for at in range(len(words) - GRAM + 1))


def hash_of(words: list[str]) -> int:
    return int.from_bytes(
        hashlib.blake2b("\0".join(words).encode("utf-8", "replace"), digest_size=6).digest(), "big"
    )


def prints_fix(diagnostic: str, before: str, after: str) -> bool:
    """Whether a suggestion of rustc has every line of the answer that differs from the broken form."""
    shown: set[str] = set()
    suggesting = False
    previous = ""
    for line in diagnostic.split("\n"):
        if line.startswith(("help:", "error", "warning", "note:")):
            suggesting = line.startswith("help:")
        elif suggesting:
            if match := SHOWN_FIX.match(line):
                shown.add(squeezed(match[1]))
            elif MARKS.match(line) and (plain := PLAIN_LINE.match(previous)):
                shown.add(squeezed(plain[1]))
        previous = line
    if not shown:
        return False
    had = {squeezed(line) for line in before.split("\n")}
    new = {squeezed(line) for line in after.split("\n")} - had - {""}
    return bool(new) and new <= shown


def squeezed(line: str) -> str:
    return "".join(line.split())


class Groups:
    """Groups of compile errors with their shares: resources/error_groups.yaml."""

    def __init__(self, entries: list[dict]) -> None:
        self.shares = {entry["group"]: entry["share"] for entry in entries}
        self.most = {entry["group"]: entry["most"] for entry in entries if "most" in entry}
        self.by_operator = {name: e["group"] for e in entries for name in e.get("operators", ())}
        self.by_code: dict[str, str] = {}
        for entry in entries:
            for code in entry.get("codes", ()):
                self.by_code.setdefault(code, entry["group"])

    def of(self, code: str, operator: str) -> str:
        return self.by_operator.get(operator) or self.by_code.get(code, "other")


@cache
def read_groups(path: str | Path) -> Groups:
    return Groups(read_yaml(path))
