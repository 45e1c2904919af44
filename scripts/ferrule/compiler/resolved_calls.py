"""Which function each call of a crate means, as rustc resolves it.

    for call in resolve_calls(judge, functions): ...     # after `judge.baseline()`

A name says little: `.get(...)` may be a map's, a slice's or the crate's own. rustc knows, and prints it: in the MIR of a
function every called or passed function is a constant whose type names it in full, with the place of its name in the
source. One check prints the MIR of the whole library. Its format is not stable (`-Z mir-include-spans`), so
RUSTC_BOOTSTRAP allows it for this crate; where it cannot be read, no call is resolved and context falls back on names.
"""

from __future__ import annotations

import bisect
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ferrule.compiler.judge import Function, Judge

# In the sandbox: of the MIR only the lines that say which function stands where.
SCRIPT = """file=$TMPDIR/calls.mir
"$@" -- --emit=mir="$file" -Zmir-opt-level=0 -Zmir-include-spans=yes -Ztrim-diagnostic-paths=no >/dev/null
# rustc may end with an error once the file is whole: it misses the MIR of dependencies that were only checked.
test -s "$file" || exit 1
# The MIR has the bytes of constants in it: to grep it is text all the same.
export LC_ALL=C
# Between the place of a constant and its type there may be a line about types that the author wrote.
grep -a -e '// + span: ' -e '// + const_: Const { ty: .*fn(' "$file"
rm -f "$file"
exit 0
"""
SPAN = re.compile(r"// \+ span: ([^:\n]+): ?(\d+):(\d+): ?(\d+):(\d+)")
WORD = re.compile(rb"(?:r#)?([A-Za-z_]\w*)(?:\s*::\s*<.*)?$", re.DOTALL)


@dataclass(frozen=True, order=True)
class Call:
    """A function named in the body of another one: `start` to `end` is the name in the file, `path` what it means."""

    chunk: str
    start: int
    end: int
    name: str
    path: str  # `std::vec::Vec::<T>::push`, `<T as graph::Visit>::next`, `shapes::area`


def resolve_calls(judge: Judge, functions: list[Function]) -> list[Call]:
    """The calls in these functions of the library, in order; none if rustc does not tell."""
    if not judge.has_lib:
        return []
    judge.restore()
    argv = ["cargo", "rustc", "--lib", "--profile", "check", "--quiet", "--locked", "--offline"]
    argv += ["--all-features"] * (judge.features == "all")
    judge.allow_unstable(True)
    outcome = judge.session.run(["sh", "-c", SCRIPT, "sh", *argv])
    judge.allow_unstable(False)
    if outcome.status != "ok":
        print(f"calls are not resolved: {outcome.reason}")
        return []
    by_file: dict[str, list[Function]] = defaultdict(list)
    for function in functions:
        by_file[function.file].append(function)
    for found in by_file.values():
        found.sort(key=lambda f: f.start)
    calls = set()
    lines: dict[str, list[int]] = {}
    for file, place, path in mentions(outcome.stdout.decode(errors="replace")):
        if file not in by_file:
            continue
        source = judge.original(file)
        if file not in lines:
            lines[file] = [0, *(match.end() for match in re.finditer(rb"\n", source))]
        start, end = (offset(source, lines[file], *position) for position in place)
        word = WORD.match(source[start:end].rpartition(b"::")[2].strip()) or WORD.search(source[start:end])
        if word is None:
            continue
        # A function inside another one is a part of that one's text, so both call what it calls.
        for owner in around(by_file[file], start):
            calls.add(Call(owner.id, start, end, word[1].decode(), path))
    return sorted(calls)


def mentions(text: str) -> Iterator[tuple[str, tuple[tuple[int, int], tuple[int, int]], str]]:
    """(file, (begin, end), path) of each function that the filtered MIR names; places are line and column."""
    file, place = "", None
    for line in text.splitlines():
        if span := SPAN.search(line):
            file = span[1]
            place = (int(span[2]), int(span[3])), (int(span[4]), int(span[5]))
        elif place and "const_: Const { ty: " in line:
            if path := definition_in(line):
                yield file, place, path
            place = None


def definition_in(line: str) -> str:
    """The path between the braces of a function's type: `fn(u8) -> u8 {shapes::area}, val: ...`."""
    end = line.rfind("}, val: ")
    if end < 0:
        return ""
    depth = 0
    for at in range(end, -1, -1):
        depth += (line[at] == "}") - (line[at] == "{")
        if not depth:
            return line[at + 1 : end]
    return ""


def offset(source: bytes, lines: list[int], line: int, column: int) -> int:
    """The byte offset of a line and a column, which counts characters from 1."""
    begin = lines[line - 1] if line <= len(lines) else len(source)
    end = lines[line] if line < len(lines) else len(source)
    text = source[begin:end].decode(errors="replace")
    return begin + len(text[: column - 1].encode())


def around(functions: list[Function], at: int) -> list[Function]:
    """The functions, sorted by their start, in which a place lies."""
    last = bisect.bisect_right(functions, at, key=lambda f: f.start)
    return [function for function in functions[:last] if at < function.end]


# --- what a path says -------------------------------------------------------------------------------


def plain(path: str) -> str:
    """A path without generic arguments: `Vec::<T>::push` is `Vec::push`, `slice::<impl [T]>::iter` stays one."""
    text, depth, at = "", 0, 0
    while at < len(path):
        char = path[at]
        if char == "<" and not path.startswith("<impl", at):
            depth += 1
        elif char == ">" and depth and path[at - 1] not in "-=":
            depth -= 1
        elif not depth:
            text += char
        at += 1
    return re.sub(r"(?:::)+", "::", text).strip(":")


def receiver_and_trait(path: str) -> tuple[str, str]:
    """(`T`, `graph::Visit`) of `<T as graph::Visit>::next`; empty texts for a path without a trait."""
    if not path.startswith("<"):
        return "", ""
    depth = 0
    for at, char in enumerate(path):
        depth += (char == "<") - (char == ">" and path[at - 1] not in "-=")
        if not depth:
            inner = path[1:at]
            break
    else:
        return "", ""
    level = 0
    for at in range(len(inner)):
        level += (inner[at] == "<") - (inner[at] == ">" and inner[at - 1] not in "-=")
        if not level and inner.startswith(" as ", at):
            return inner[:at], inner[at + 4 :]
    return inner, ""
