"""Rewritten items of a crate: format them, judge them, and choose one form of several."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass

from ferrule.compiler.judge import Function, Judge, Replacement
from ferrule.compiler.rustfmt import Text, rustfmt
from ferrule.core.reasons import RewriteReason
from ferrule.core.schemas import ChunkRow, choose
from ferrule.rust.syntax import indentation


@dataclass
class Form:
    """A rewritten item. `reason` says why it is not usable; the other fields are as in `RewriteRow`."""

    row: ChunkRow
    function: Function
    rewrite: str
    direction: str
    text: bytes
    places: int
    advice: str
    reason: str = ""
    detail: str = ""


def read_cosmetic(path: str) -> frozenset[str]:
    """The rewrites and lints after which code reads a little nicer and teaches nothing: resources/cosmetic.tsv."""
    with open(path, encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return frozenset(row["rewrite"] for row in rows)


def lay_out(judge: Judge, forms: list[Form], edition: str) -> None:
    """Format every form with rustfmt. Forms of items that rustfmt would change are rejected."""
    originals = {form.function.id: form for form in forms}
    texts = [text_of(form, original(judge, form.function), judge) for form in originals.values()]
    results = rustfmt(judge.session, texts, edition)
    stable = {
        id
        for id, text, formatted in zip(originals, texts, results, strict=True)
        if formatted == text.code.rstrip()
    }
    texts = [text_of(form, form.text, judge) for form in forms]
    for form, formatted in zip(forms, rustfmt(judge.session, texts, edition), strict=True):
        if form.function.id not in stable or formatted is None:
            form.reason = RewriteReason.NOT_FORMATTED
        elif formatted == original(judge, form.function):
            form.reason = RewriteReason.SAME_TEXT
        form.text = formatted or form.text


def original(judge: Judge, function: Function) -> bytes:
    """The function's text in the unchanged crate."""
    return judge.original(function.file)[function.start : function.end]


def text_of(form: Form, code: bytes, judge: Judge) -> Text:
    margin = indentation(judge.original(form.row["file"]), form.function.start)
    return Text(code, margin, form.row["kind"] == "method")


def quota(forms: list[Form], most: int, seed: int) -> list[Form]:
    """Keep the forms of at most `most` items per rewrite, chosen by hash. Forms with a reason stay as well.

    Some rewrites apply to nearly every function.
    """
    ranks: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for form in forms:
        if not form.reason:
            ranks[form.rewrite].add((choose(seed, form.function.id, form.rewrite, "quota"), form.function.id))
    taken = {(name, id) for name, ranked in ranks.items() for _, id in sorted(ranked)[:most]}
    return [form for form in forms if form.reason or (form.rewrite, form.function.id) in taken]


def judge_forms(judge: Judge, forms: list[Form]) -> None:
    """Compile the forms.

    Those of single places are compiled only if the form with all places does not compile.
    """
    by_rewrite: dict[tuple[str, str], list[Form]] = defaultdict(list)
    for form in forms:
        if not form.reason:
            by_rewrite[form.function.id, form.rewrite].append(form)
    ask(judge, [alternatives[0] for alternatives in by_rewrite.values()])
    single_places: list[Form] = []
    for first, *rest in by_rewrite.values():
        if first.reason:
            single_places += rest
        else:
            for form in rest:
                form.reason = RewriteReason.ALL_PLACES_COMPILE
    ask(judge, single_places)


def ask(judge: Judge, forms: list[Form]) -> None:
    """Give every form that does not compile its reason and the errors."""
    replacements = [
        Replacement(str(number), form.function, form.function.start, form.function.end, form.text)
        for number, form in enumerate(forms)
    ]
    for form, verdict in zip(forms, judge.judge(replacements), strict=True):
        if not verdict.compiles:
            form.reason = verdict.reason or RewriteReason.DOES_NOT_COMPILE
            form.detail = "; ".join(sorted({d.rendered.split("\n")[0] for d in verdict.diagnostics}))[:300]


def chosen(forms: list[Form]) -> list[Form]:
    """One form per item and rewrite: the first usable one, or else the first one with its reason."""
    by_rewrite: dict[tuple[str, str], list[Form]] = defaultdict(list)
    for form in forms:
        by_rewrite[form.function.id, form.rewrite].append(form)
    return [min(alternatives, key=lambda form: bool(form.reason)) for alternatives in by_rewrite.values()]
