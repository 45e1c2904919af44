"""Items of a crate written another way: laid out, judged, and one form chosen of several."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ferrule.compiler.judge import Function, Judge, Replacement
from ferrule.compiler.rustfmt import Text, rustfmt
from ferrule.core.schemas import choose
from ferrule.rust.syntax import indentation


@dataclass
class Form:
    """An item written another way; `reason` says why it is not usable."""

    row: dict  # of CHUNKS
    function: Function
    rewrite: str
    direction: str
    text: bytes
    places: int
    advice: str
    reason: str = ""
    detail: str = ""


def lay_out(judge: Judge, found: list[Form], edition: str) -> None:
    """Lay every form out as rustfmt does; items that are not laid out so as they stand are left out."""
    originals = {form.function.id: form for form in found}
    texts = [text_of(form, original(judge, form.function), judge) for form in originals.values()]
    formatted = rustfmt(judge.session, texts, edition)
    stable = {
        id for id, text, laid in zip(originals, texts, formatted, strict=True) if laid == text.code.rstrip()
    }
    texts = [text_of(form, form.text, judge) for form in found]
    for form, laid in zip(found, rustfmt(judge.session, texts, edition), strict=True):
        if form.function.id not in stable or laid is None:
            form.reason = "not_formatted"
        elif laid == original(judge, form.function):
            form.reason = "same_text"
        form.text = laid or form.text


def original(judge: Judge, function: Function) -> bytes:
    return judge.original(function.file)[function.start : function.end]


def text_of(form: Form, code: bytes, judge: Judge) -> Text:
    margin = indentation(judge.original(form.row["file"]), form.function.start)
    return Text(code, margin, form.row["kind"] == "method")


def quota(found: list[Form], most: int, seed: int) -> list[Form]:
    """Of each rewrite the forms of at most so many items, chosen by hash: some apply to nearly every function."""
    ranks: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for form in found:
        if not form.reason:
            ranks[form.rewrite].add((choose(seed, form.function.id, form.rewrite, "quota"), form.function.id))
    taken = {(name, id) for name, ranked in ranks.items() for _, id in sorted(ranked)[:most]}
    return [form for form in found if form.reason or (form.rewrite, form.function.id) in taken]


def judge_forms(judge: Judge, found: list[Form]) -> None:
    """Ask the compiler; single places only where the form with all of them does not compile."""
    by_rewrite: dict[tuple[str, str], list[Form]] = defaultdict(list)
    for form in found:
        if not form.reason:
            by_rewrite[form.function.id, form.rewrite].append(form)
    first = [same[0] for same in by_rewrite.values()]
    ask(judge, first)
    others = []
    for same in by_rewrite.values():
        if same[0].reason:
            others += same[1:]
        else:
            for form in same[1:]:
                form.reason = "all_places_compile"
    ask(judge, others)


def ask(judge: Judge, asked: list[Form]) -> None:
    replacements = [
        Replacement(str(number), form.function, form.function.start, form.function.end, form.text)
        for number, form in enumerate(asked)
    ]
    for form, verdict in zip(asked, judge.judge(replacements), strict=True):
        if not verdict.compiles:
            form.reason = verdict.reason or "does_not_compile"
            form.detail = "; ".join(sorted({d.rendered.split("\n")[0] for d in verdict.diagnostics}))[:300]


def chosen(found: list[Form]) -> list[Form]:
    """One form per item and rewrite: a usable one if there is any, else the first with its reason."""
    by_rewrite: dict[tuple[str, str], list[Form]] = defaultdict(list)
    for form in found:
        by_rewrite[form.function.id, form.rewrite].append(form)
    return [min(same, key=lambda form: bool(form.reason)) for same in by_rewrite.values()]
