"""A fixed prompt gives a whole file, or a whole inline module of a file that is too long: phase 1.

The rows that it takes are not chunks of the table but made here, by `whole_rows`: a file from its first to its
last item, test code at its end left out, as its author wrote it. A file whose tests stand anywhere else is
dropped: nothing is cut out of the middle. Where a compiler judged the crate, it must have read every function.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import CHUNKS, identity
from ferrule.crates.chunks import TEST_ATTRIBUTE
from ferrule.rust import syntax
from ferrule.rust.cfg import test_only
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, dedent
from ferrule.tasks.context import Crate
from ferrule.tasks.task import PLACEHOLDER, TOO_LONG, TOO_MANY_LINES, Draft, Drop, Settings

NAME = "modules"
WHOLE = ("file", "module")
FUNCTIONS = ("function", "method")
INNER_DOCS = re.compile(r"^//!(.*)$", re.MULTILINE)


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    """`row` is one of `whole_rows`. The prompt is the same for all: there are no values to fill in."""
    if not fits(row["code"]):
        return Drop(
            MakeReason.GEN_TOO_LONG, f"{len(row['code'])} characters, {row['code'].count(chr(10)) + 1} lines"
        )
    if row["unread"]:
        return Drop(MakeReason.PARSE_ERROR)
    if row["tests_inside"]:
        return Drop(MakeReason.HOLDS_TESTS, f"{row['tests_inside']} items")
    if not row["functions"]:
        return Drop(MakeReason.NO_FUNCTION)
    if PLACEHOLDER.search(row["code"]):
        return Drop(MakeReason.PLACEHOLDER)
    if row["live"] is not None and row["live"] < max(row["judged"], 1):
        return Drop(MakeReason.PARTLY_LIVE, f"{row['live']} of {row['judged']} functions")
    return Draft(gen=dedent(row["code"], row["margin"]), values={}, wording=row["kind"])


def whole_rows(
    chunks: list[dict], read: Callable[[str], bytes], verdicts: dict[str, dict] | None = None
) -> list[dict]:
    """A row for every file of `chunks`; for a file that is too long one for each inline module that is not.

    `verdicts` are those of functions by chunk id; None where no compiler was asked.
    """
    by_file: dict[str, list[dict]] = defaultdict(list)
    for row in chunks:
        by_file[row["file"]].append(row)
    whole = []
    for file, items in sorted(by_file.items()):
        source = read(file)
        root = syntax.parse(source)
        end, inside = without_tests(root, source)
        start = len(source) - len(source.removeprefix(b"\xef\xbb\xbf").lstrip())
        row = row_of("file", items[0], items, source, start, end, verdicts)
        row |= dict(unread=root.has_error, tests_inside=row["tests_inside"] or inside)
        if fits(row["code"]):
            whole.append(row)
            continue
        modules, last = [], -1
        for item in sorted(items, key=lambda item: item["outer"]):
            if item["kind"] != "module" or item["reason"] or item["nested"] or item["outer"] < last:
                continue
            inner = row_of("module", item, items, source, item["outer"], item["end"], verdicts)
            if fits(inner["code"]):
                modules.append(inner)
                last = item["end"]  # it already contains its inner items
        # Without a module of its own the file is dropped for its length, like every answer that is too long.
        whole += modules or [row]
    return whole


def fits(code: str) -> bool:
    return len(code) <= TOO_LONG and code.count("\n") + 1 <= TOO_MANY_LINES


def row_of(kind, item, items, source: bytes, start: int, end: int, verdicts) -> dict:
    """A row like a chunk's, for bytes [start, end) of a file, with what `make` asks."""
    inside = [i for i in items if start <= i["outer"] and i["end"] <= end]
    functions = [i for i in inside if i["kind"] in FUNCTIONS and i["body"] >= 0 and not i["test"]]
    answers = [verdicts[i["id"]] for i in functions if i["id"] in verdicts] if verdicts is not None else []
    live = None if verdicts is None else sum(bool(answer["compiles"]) for answer in answers)
    code = source[start:end].decode(errors="replace")
    documented = [match.strip() for match in INNER_DOCS.findall(code)] + [i["docs"] for i in inside]
    return dict.fromkeys(CHUNKS.names, "") | dict(
        id=identity(item["crate"], item["file"], start, end, kind),
        crate=item["crate"],
        file=item["file"],
        kind=kind,
        name=item["name"] if kind == "module" else item["file"],
        path=item["path"],
        start=start,
        end=end,
        outer=start,
        body=-1,
        docs="\n".join(filter(None, documented)),
        code=code,
        unsafe=sum(i["unsafe"] for i in functions),
        nested=False,
        test=False,
        generated=False,
        margin=syntax.indentation(source, start),
        above="",
        broken=[],
        rewritten=[],
        tests=[],
        functions=len(functions),
        judged=len(answers),
        live=live,
        unread=any(i["reason"] == "parse_error" for i in inside),
        tests_inside=sum(i["test"] for i in inside),
    )


def without_tests(root, source: bytes) -> tuple[int, int]:
    """Where a file ends when the test code at its end is left out, and how much test code is before that."""
    tests, end, begin, attributes = 0, 0, -1, []
    trailing: list[int] = []  # where each of the test items at the end begins
    for node in root.children:
        text = source[node.start_byte : node.end_byte]
        if node.kind_id in COMMENTS or node.kind_id in ATTRIBUTE:
            begin = node.start_byte if begin < 0 else begin
            if node.kind_id in ATTRIBUTE:
                attributes.append(text)
            elif text.startswith((b"//!", b"/*!")):
                begin = -1
            continue
        if node.type == "inner_attribute_item":
            tests += test_only(text)  # #![cfg(test)]: all of it is for the tests
            begin = -1
        elif any(map(test_only, attributes)) or TEST_ATTRIBUTE.search(b"\n".join(attributes)):
            trailing.append(node.start_byte if begin < 0 else begin)
        elif node.is_named:
            tests += len(trailing)
            trailing, end = [], node.end_byte
        attributes, begin = [], -1
    if not trailing:
        return len(source.rstrip()), tests
    return max(end, len(source[: trailing[0]].rstrip())), tests
