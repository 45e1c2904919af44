"""The quality of answers, apart from whether they are correct: clippy, idioms, documentation, shape.

    rows = quality_of(["fn f() {}", Answer(code, prompt="...", compiles=True)], Options(threads=2))

One row per answer, in their order. No figure here excludes an answer from anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ferrule.evaluation.quality import idioms
from ferrule.evaluation.quality.answer_clippy import Clippy, Finding, Options, Source, lint
from ferrule.evaluation.quality.answer_documentation import documented, documented_share
from ferrule.evaluation.quality.answer_shape import prompt_match, shape
from ferrule.evaluation.quality.quality_types import ClippyColumns, Quality
from ferrule.rust import prefilter
from ferrule.rust.answer_tree import Own, own_part

__all__ = ["Answer", "Options", "quality_of"]

DEFAULT = Options()


@dataclass(frozen=True)
class Answer:
    """An answer to measure. If `compiles` is None, clippy determines it."""

    code: str
    prompt: str = ""  # what `code` repeats from it is not counted
    instruction: str = ""  # what the model got in addition to the prompt
    edition: str = "2021"
    crates: tuple[str, ...] = ()
    compiles: bool | None = None
    needs_main: bool = False  # the problem asks for a whole program


def quality_of(answers: Sequence[str | Answer], options: Options = DEFAULT) -> list[Quality]:
    """The quality of each answer. A str is an answer without a prompt."""
    measured = [Answer(answer) if isinstance(answer, str) else answer for answer in answers]
    linted = [number for number, answer in enumerate(measured) if answer.compiles is not False]
    groups: dict[str, str] = {}
    findings: dict[int, Finding] = {}
    if linted:
        with Clippy(options) as clippy:
            groups = clippy.groups()
        sources = [Source(a.code, a.edition, a.crates) for a in (measured[number] for number in linted)]
        findings = dict(zip(linted, lint(sources, options), strict=True))
    return [row_of(answer, findings.get(number), groups) for number, answer in enumerate(measured)]


def row_of(answer: Answer, finding: Finding | None, groups: dict[str, str]) -> Quality:
    own = own_part(answer.code, answer.prompt)
    compiles = answer.compiles
    if compiles is None:
        assert finding is not None, "clippy runs on every answer of which this is not known"
        compiles = finding.compiles
    return {
        "compiles": compiles,
        **clippy_columns(own, finding, groups),
        "idiomatic": idioms.text_score(own.text),
        "idiomatic_syntax": idioms.syntax_score(own),
        "documented": documented(own),
        "documented_items": documented_share(own),
        **shape(own),
        "prompt_match": prompt_match(own, f"{answer.prompt}\n{answer.instruction}"),
        "prefilter": prefilter.reason(own.text, needs_main=answer.needs_main),
    }


def clippy_columns(own: Own, finding: Finding | None, groups: dict[str, str]) -> ClippyColumns:
    if finding is None or finding.warnings is None:
        reason = finding.reason if finding else "not linted, as it does not compile"
        return {"clippy": None, "lints": {}, "clippy_warnings": None, "clippy_reason": reason}
    lints = Counter(warning.lint for warning in finding.warnings if own.wrote(warning.start))
    by_group: Counter[str] = Counter()
    for name, count in lints.items():
        by_group[groups.get(name, "other")] += count
    return {
        "clippy": dict(sorted(by_group.items())),
        "lints": dict(sorted(lints.items())),
        "clippy_warnings": sum(lints.values()),
        "clippy_reason": "",
    }
