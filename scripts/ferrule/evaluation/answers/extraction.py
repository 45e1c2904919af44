"""Extraction of the answer from a completion, in whatever form the model gave it.

    answer = take(problem, completion)

A text without fences is read as items that define the entry item, else as a continuation of the prompt, else as
items between prose. In a text with fences the answer is the first fence that defines the entry item, with what it
needs from the other fences; else a fence that can be the inside of the entry item; else the text outside the fences.

Answers are never repaired. An answer that stops inside a bracket, a string or a statement is `cut_off`, and its code
is used as it is. There are two exceptions. An unfinished item is left out if it follows a complete entry item in a
bare continuation: the model was stopped there, as the benchmark's stop words would have done. A complete `fn main`,
`#[cfg(test)]` item or `#[test]` function is left out as well: nothing calls it, and its errors are not those of the
entry item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.core.reasons import NoAnswer
from ferrule.evaluation.answers.answer import Answer
from ferrule.evaluation.answers.assembly import Layout, Parts, layout
from ferrule.evaluation.answers.continuation import (
    closes_cleanly,
    level,
    made_of_statements,
    prose,
    stands_cleanly,
    tail_is_unfinished,
)
from ferrule.evaluation.answers.fence_dependencies import borrow, left_aside
from ferrule.evaluation.answers.methods import from_impl
from ferrule.evaluation.problems.problem import CRATE_TASK, Problem
from ferrule.rust.fences import Fence, answer_start, fences
from ferrule.rust.items import Code, Item

MAX_BYTES = 100_000
NO_TEXT = re.compile("[\0\ud800-\udfff]")
INNER_DOC = re.compile(r"[ \t]*(?://![^\n]*|/\*![\s\S]*?\*/)\n?")
# A line between prose where an item may begin.
ITEM_LINE = re.compile(
    r"^[ \t]*(?:(?:pub|fn|use|struct|enum|union|impl|trait|mod|type|const|static|async|unsafe|extern|macro_rules)\b"
    r"|\#!?\[)",
    re.M,
)
COMMENT_LINES = re.compile(r"(?:^[ \t]*//[^\n]*\n)++\Z", re.M)
MOST_READ = (
    4 * MAX_BYTES
)  # characters that the search for items between prose may read, some of them repeatedly


def take(problem: Problem, completion: str, max_bytes: int = MAX_BYTES) -> Answer:
    """The answer in a completion. Never raises: if there is no answer, its `reason` says why."""
    if len(completion) > max_bytes:
        return Answer(reason=NoAnswer.TOO_LONG)
    if NO_TEXT.search(completion):
        return Answer(reason=NoAnswer.BAD_TEXT)
    if len(completion.encode()) > max_bytes:
        return Answer(reason=NoAnswer.TOO_LONG)
    if not completion.strip("\ufeff \t\r\n"):
        return Answer(reason=NoAnswer.EMPTY)
    start = answer_start(completion)
    if start < 0:
        return Answer(reason=NoAnswer.ONLY_THOUGHTS)
    answer = Reader(layout(problem), completion).answer(start)
    if answer.reason and problem.kind == CRATE_TASK and (method := from_impl(completion, problem.entry)):
        return Reader(layout(problem), method).answer(0)
    return answer


class Reader:
    """One completion of one problem."""

    def __init__(self, layout: Layout, text: str):
        self.layout, self.text = layout, text
        self.signature = False  # the entry item was met without a body
        self.read: dict[Fence, Code] = {}

    def answer(self, start: int) -> Answer:
        whole = Code(self.text, start)
        fenced = fences(self.text, start)
        if not fenced:
            return self.plain(whole, "") or self.nothing(whole)
        return (
            self.not_fenced_after_all(whole)
            or self.in_fences(fenced)
            or self.bodies(fenced)
            or self.plain(Code(self.text, start, fenced[0].outside), "")
            or self.between_prose(start, len(self.text))
            or self.nothing(whole)
        )

    def nothing(self, whole: Code) -> Answer:
        if self.signature:
            return Answer(reason=NoAnswer.SIGNATURE_ONLY)
        return Answer(reason=NoAnswer.NO_CODE if prose(whole) else NoAnswer.NO_ENTRY)

    # Text without fences

    def plain(self, code: Code, place: str) -> Answer | None:
        """The answer in a text or a part of it: items, a continuation of the prompt, or prose with items."""
        if not code.count:
            return None
        items, at = code.all_items()
        stop, end = level(code)
        if self.entry(code, items):
            # A function of the same name may be nested in the entry item. Then the text closes one more brace later.
            nested = end == "closed" and at < stop and closes_cleanly(self.layout, code, stop)
            return self.closed(code, stop, place) if nested else self.whole(code, items, at, place)
        if end == "closed" and closes_cleanly(self.layout, code, stop):
            return self.closed(code, stop, place)
        fits = made_of_statements(self.layout, code, items, at)
        if end == "level" and fits and stands_cleanly(self.layout, code):
            return self.body(code, place)
        if not place and (answer := self.between_prose(code.start, code.end)):
            return answer
        if not fits or prose(code, stop + 1 if end == "closed" else None):
            return None
        # Code with errors: it is the answer as it is.
        if end == "closed":
            return self.closed(code, stop, place)
        if end == "broken" or (end == "level" and not tail_is_unfinished(self.layout, code)):
            return self.body(code, place)
        return self.cut(code, place)

    def entry(self, code: Code, items: list[Item]) -> Item | None:
        """The first complete entry item, else the first unfinished one. One without a body does not count."""
        unfinished = None
        for item in items:
            if not self.layout.is_entry(code, item):
                continue
            if not item.body or (not item.whole and item.body + 1 >= code.count):
                self.signature = True
            elif item.whole:
                return item
            else:
                unfinished = unfinished or item
        return unfinished

    def between_prose(self, start: int, end: int) -> Answer | None:
        """The first run of items that defines the entry item, wherever it begins."""
        word = "impl" if self.layout.kind == "impl" else rf"fn\s+(?:r\#)?{re.escape(self.layout.entry)}"
        places = [match.start() for match in re.finditer(rf"\b{word}\b", self.text[start:end])]
        at, read = start, 0
        while places and read < MOST_READ and (line := ITEM_LINE.search(self.text, at, end)):
            if line.start() > start + places[-1]:
                break
            read += end - line.start()
            comments = COMMENT_LINES.search(self.text, at, line.start())
            code = Code(self.text, comments.start() if comments else line.start(), end)
            items, rest = code.all_items()
            if self.entry(code, items):
                return self.whole(code, items, rest, "_in_prose")
            at = max([line.end(), *(item.end for item in items if item.whole)])
        return None

    # Text with fences

    def not_fenced_after_all(self, whole: Code) -> Answer | None:
        """A continuation of the prompt up to a fence that closes it, or code with fences inside its strings."""
        items, at = whole.all_items()
        if at == whole.count and self.entry(whole, items):
            return self.whole(whole, items, at, "")
        stop, end = level(whole)
        if end == "closed" and closes_cleanly(self.layout, whole, stop):
            return self.closed(whole, stop, "")
        fits = made_of_statements(self.layout, whole, items, at)
        if end == "level" and fits and stands_cleanly(self.layout, whole):
            return self.body(whole, "")
        return None

    def in_fences(self, all_fences: list[Fence]) -> Answer | None:
        """The first fence that defines the whole entry item, else the first that has its beginning."""
        unfinished = None
        for fence in by_language(all_fences):
            items, _ = self.code(fence).all_items()
            entry = self.entry(self.code(fence), items)
            if entry and entry.whole:
                return self.fenced(fence, all_fences)
            unfinished = unfinished or (entry and fence)
        return self.fenced(unfinished, all_fences) if unfinished else None

    def fenced(self, fence: Fence, all_fences: list[Fence]) -> Answer:
        code = self.code(fence)
        return self.whole(code, *code.all_items(), "_in_fence", self.others(all_fences, fence))

    def bodies(self, all_fences: list[Fence]) -> Answer | None:
        """The first fence that can be the inside of the entry item."""
        for fence in by_language(all_fences):
            code = self.code(fence)
            fits = made_of_statements(self.layout, code, *code.all_items())
            stop, end = level(code)
            if end == "closed" and closes_cleanly(self.layout, code, stop):
                return self.closed(code, stop, "_in_fence", self.others(all_fences, fence))
            if end == "level" and fits and code.count and stands_cleanly(self.layout, code):
                return self.body(code, "_in_fence", self.others(all_fences, fence))
        # No fence fits: the first that is marked as Rust is the answer, with its errors.
        first = next((fence for fence in all_fences if fence.rust), None)
        if first is None:
            return None
        code = self.code(first)
        return self.plain(code, "_in_fence") if code.count and not prose(code) else None

    def code(self, fence: Fence) -> Code:
        if fence not in self.read:
            self.read[fence] = Code(self.text, fence.start, fence.end)
        return self.read[fence]

    def others(self, all_fences: list[Fence], chosen: Fence) -> list[Code]:
        """The other fences, in the order in which they are searched for what the chosen one lacks.

        The fences before it come first, the nearest of them at the start.
        """
        here = all_fences.index(chosen)
        return [self.code(each) for each in all_fences[:here][::-1] + all_fences[here + 1 :] if each.rust]

    # The answers

    def whole(
        self, code: Code, items: list[Item], at: int, place: str, others: list[Code] | None = None
    ) -> Answer:
        """The answer made of `items`, of which one is the entry item."""
        parts = Parts(self.layout)
        begin = self.head(code, items[0], parts)
        borrowed = borrow(parts, code, others or [])
        for item in items:
            start = max(item.start, begin)
            if item.whole and left_aside(item, self.layout):
                continue
            if not item.whole:
                parts.add(start, item.end, self.text[start : item.end])
            elif text := parts.defined.missing(code, item):
                parts.add(start, item.end, text[start - item.start :])
        rest = at < code.count
        if place == "_in_fence" and rest:  # a fence is code to its end
            parts.add(items[-1].end, code.end, self.text[items[-1].end : code.end])
        shape = "function" if len(items) == 1 and not borrowed else "file"
        place = place or ("_in_prose" if rest else "")
        cut_off = not items[-1].whole and not items[-1].broken
        return Answer(shape + place, parts.module(), parts.taken(self.text), cut_off=cut_off)

    def head(self, code: Code, item: Item, parts: Parts) -> int:
        """Put inner attributes and docs at the head of the module. The result is where the rest begins."""
        end = code.tokens[item.first - 1].end if item.first else code.start
        for doc in INNER_DOC.finditer(self.text, end, code.tokens[item.first].start):
            end = doc.end()
        if end > code.start:
            parts.head.append(self.text[code.start : end])
            parts.spans.append((code.start, end))
        return end

    def closed(self, code: Code, stop: int, place: str, others: list[Code] | None = None) -> Answer:
        """The answer that continues the prompt up to the brace `stop`; complete items after it are kept."""
        parts = Parts(self.layout)
        end = code.tokens[stop].end
        parts.add(code.start, end, self.text[code.start : end])
        if others:
            parts.texts.append("\n")
            borrow(parts, code, others)
        for item in code.items(stop + 1, end)[0]:
            if item.kind == "call" and item.name.endswith(";"):
                break  # `assert_eq!(..);` is a statement, so an example or a program follows
            if not item.whole or left_aside(item, self.layout) or self.again(item):
                continue
            if text := parts.defined.missing(code, item):
                parts.add(item.start, item.end, text)
            parts.defined.add(code, item)
        return Answer("body_closed" + place, parts.continued(), parts.taken(self.text))

    def again(self, item: Item) -> bool:
        """Whether this is the entry function a second time: models start again if nothing stops them."""
        return self.layout.kind == "function" and item.kind == "fn" and item.name == self.layout.entry

    def body(self, code: Code, place: str, others: list[Code] | None = None) -> Answer:
        """The answer that is the whole inside of the entry item; the closing brace is added."""
        parts = Parts(self.layout)
        parts.add(code.start, code.end, self.text[code.start : code.end].rstrip() + "\n}\n")
        borrow(parts, code, others or [])
        return Answer("body" + place, parts.continued(), parts.taken(self.text))

    def cut(self, code: Code, place: str) -> Answer:
        """The answer that stops inside the entry item."""
        parts = Parts(self.layout)
        parts.add(code.start, code.end, self.text[code.start : code.end])
        return Answer("body" + place, parts.continued(), parts.taken(self.text), cut_off=True)


def by_language(all_fences: list[Fence]) -> Iterator[Fence]:
    """The fences marked as Rust or not marked, then the others, as models also name wrong languages."""
    yield from (fence for fence in all_fences if fence.rust)
    yield from (fence for fence in all_fences if not fence.rust)
