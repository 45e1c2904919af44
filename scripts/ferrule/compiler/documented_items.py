"""How many of a library's public items are documented, as rustc sees them.

    reports = judge.baseline(LINT)
    count_documented(judge, reports)      # Documented(public=12, documented=9)

rustc's lint `missing_docs` knows what users of the library can reach: not `pub` items of private modules, but items that
are re-exported; nothing that is `doc(hidden)`. The check of the unchanged crate reports what lacks documentation. Another
one, with the doc comments taken out, reports every item that could have some. Fields and variants do not count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ferrule.compiler.cargo_check import FileEdit
from ferrule.compiler.cargo_messages import RustcMessage, compiler_messages, is_of_lint
from ferrule.compiler.judge import Judge
from ferrule.rust.lexer import CHARACTER, LINE_COMMENT, QUOTED, RAW_QUOTED, comment_end

LINT = "missing_docs"
# Parts of a type: many authors describe them where the type is described, and a large struct would outweigh the rest.
MEMBERS = ("a struct field", "a variant")
TEXT = re.compile(
    rf"[bc]?{RAW_QUOTED} | [bc]?{QUOTED} | {CHARACTER} | (?P<line>{LINE_COMMENT}) | (?P<block>/\*)"
    r" | (?P<attribute>\#!?\s*\[\s*doc\s*=)",
    re.VERBOSE,
)
DOC_LINE = re.compile(r"///(?!/)|//!")
DOC_BLOCK = re.compile(r"/\*\*(?![*/])|/\*!")


@dataclass(frozen=True)
class Documented:
    """Items that the users of a library can reach, and those of them with documentation."""

    public: int
    documented: int


def count_documented(judge: Judge, reports: list[RustcMessage]) -> Documented | None:
    """The figures of the library; None if there is none, or if it does not compile without its documentation.

    `reports` are those of LINT about the unchanged library.
    """
    if not judge.has_lib:
        return None
    judge.restore()
    judge.write({file: edits for file in _files(judge) if (edits := doc_edits(judge.original(file)))})
    every = _reports(judge)
    judge.restore()
    if every is None:
        return None
    return Documented(_items(every), max(_items(every) - _items(reports), 0))


def _files(judge: Judge) -> list[str]:
    """The package's source files: examples and tests are not part of the library, but do no harm."""
    root = judge.folder / judge.package
    return sorted(str(path.relative_to(root)) for path in root.rglob("*.rs") if "target" not in path.parts)


def _reports(judge: Judge) -> list[RustcMessage] | None:
    """What the lint reports in a check of the library with its files in their current state."""
    argv = ["cargo", "rustc", "--lib", "--profile", "check", "--quiet", "--locked", "--offline"]
    argv += ["--all-features"] * (judge.features == "all") + ["--message-format=json"]
    # The attributes of the crate may allow or deny the lint: neither counts.
    outcome = judge.session.run([*argv, "--", "--force-warn", LINT])
    if outcome.status != "ok":
        return None
    messages = [entry["message"] for entry in compiler_messages(outcome.stdout)]
    return [message for message in messages if is_of_lint(message, LINT)]


def _items(reports: list[RustcMessage]) -> int:
    """How many of the reports are about items that count."""
    return sum(not report["message"].endswith(MEMBERS) for report in reports)


def doc_edits(source: bytes) -> list[FileEdit]:
    """Edits that take all doc comments out of a file, those in the arguments of macros too; lines stay lines."""
    text = source.decode("utf-8", "surrogateescape")
    found: list[tuple[int, int]] = []
    at = 0
    while match := TEXT.search(text, at):
        start, at = match.span()
        if match["line"] is not None:
            if DOC_LINE.match(text, start):
                found.append((start, at))
        elif match["block"] is not None:
            at = comment_end(text, start, len(text))
            if at < 0:
                break
            if DOC_BLOCK.match(text, start):
                found.append((start, at))
        elif match["attribute"] is not None:
            at = _attribute_end(text, start)
            found.append((start, at))
    return [
        (
            len(text[:start].encode("utf-8", "surrogateescape")),
            len(text[:end].encode("utf-8", "surrogateescape")),
            b"\n" * text.count("\n", start, end),
        )
        for start, end in found
    ]


def _attribute_end(text: str, start: int) -> int:
    """Where an attribute ends: after the bracket that closes its first one."""
    depth, at = 0, start
    pattern = re.compile(rf"[bc]?{RAW_QUOTED} | [bc]?{QUOTED} | [\[\]]", re.VERBOSE)
    while match := pattern.search(text, at):
        at = match.end()
        depth += (match[0] == "[") - (match[0] == "]")
        if not depth:
            return at
    return len(text)
