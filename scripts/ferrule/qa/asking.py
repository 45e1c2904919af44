"""Which requests are still to be sent, and the result of each question.

    work = Work(questions, prompts, cache, options)
    for turn, outcome in client.outcomes(work): # an iterator of requests, which grows by follow-ups
        work.take(turn, outcome)
    work.turns()                                # rows of TURNS

A request that is in the cache is not sent. Of requests that are alike, one is sent. A follow-up is asked when the turn
before it has an answer that was not cut off; it depends on the raw answer and not on how answers are read.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ferrule.core.reasons import QuestionReason
from ferrule.core.schemas import choose
from ferrule.llm.errors import LLMError, NoAnswer, Refused
from ferrule.llm.requests import Answer, request_key
from ferrule.qa.answer_cache import AnswerCache, CachedAnswer, now
from ferrule.qa.languages import order
from ferrule.qa.prompts import RESPONSE_FORMAT, Prompts, Script

MANY_FAILURES = (
    20  # requests that fail one after the other, without an answer in between: the server is broken
)
TOO_LONG = re.compile(
    r"context[_ ](?:length|size|window|limit)|exceeds? the (?:available )?context|maximum context|too many tokens"
    r"|prompt is too long|input (?:is )?too long",
    re.I,
)


@dataclass(frozen=True)
class AskOptions:
    """What a request has besides its messages. `structured`: schema, prompt or text."""

    model: str
    structured: str
    max_tokens: int
    temperature: float
    seed: int


@dataclass(eq=False)
class Conversation:
    """A question with its answers so far, and why there are no more."""

    question: dict
    script: Script
    answers: list[CachedAnswer] = field(default_factory=list)
    reason: str = ""
    detail: str = ""
    failed_at: str = ""

    @property
    def done(self) -> bool:
        return bool(self.reason) or len(self.answers) == len(self.script.turns) or self.cut

    @property
    def cut(self) -> bool:
        """Whether the last answer was cut off: nothing follows from half an answer."""
        return bool(self.answers) and self.answers[-1].finish_reason == "length"

    def __str__(self) -> str:
        question = self.question
        place = f"{question['repository']}/{question['path']}"
        return f"{place} ({question['kind']}{f', turn {len(self.answers) + 1}' if self.answers else ''})"


class Work:
    """An iterator of (conversation, request). It may have more after `take`."""

    def __init__(self, questions: list[dict], prompts: Prompts, cache: AnswerCache, options: AskOptions):
        self.cache, self.options = cache, options
        distinct = {
            row["id"]: row for row in reversed(questions)
        }  # the same piece in two repositories is one
        self.conversations = [
            Conversation(row, prompts.script(row, options.structured, options.seed))
            for row in questions
            if distinct[row["id"]] is row
        ]
        self.asked = self.cached = 0
        self.stopped = ""  # why nothing more is asked
        self.failures = 0  # one after the other
        self.ready: deque[Conversation] = deque()
        self.under_way: dict[str, list[Conversation]] = {}
        for conversation in self.conversations:
            self._advance(conversation)

    def __iter__(self) -> Iterator[tuple[Conversation, dict[str, Any]]]:
        return self

    def __next__(self) -> tuple[Conversation, dict[str, Any]]:
        while self.ready and not self.held():
            conversation = self.ready.popleft()
            key, request = self.request(conversation)
            if key in self.under_way:
                self.under_way[key].append(conversation)
            elif self.cache.get(key):
                self._advance(conversation)
            else:
                self.under_way[key] = [conversation]
                return conversation, request
        raise StopIteration

    def held(self) -> bool:
        """Whether nothing is asked for now. A subclass may have more reasons."""
        return bool(self.stopped)

    def request(self, conversation: Conversation) -> tuple[str, dict[str, Any]]:
        """The key and the body of the next request of a conversation: the first try that was not given up."""
        options, turn = self.options, len(conversation.answers)
        body: dict[str, Any] = {
            "model": options.model,
            "messages": conversation.script.messages([answer.text for answer in conversation.answers]),
            "max_tokens": options.max_tokens,
            "temperature": options.temperature,
        }
        if options.structured == "schema":
            body["response_format"] = RESPONSE_FORMAT
        attempt = 0
        while True:
            # The id depends on the piece alone, so that the same piece in two places is one request.
            body["seed"] = choose(options.seed, "answer", conversation.question["id"], turn, attempt) % 2**31
            key = request_key(body)
            if key not in self.cache.given_up:
                return key, body
            attempt += 1

    def take(self, conversation: Conversation, outcome: Answer | LLMError) -> list[Conversation]:
        """Take over the outcome of a request, for all conversations that wait for it; returns those."""
        key, request = self.request(conversation)
        waiting = self.under_way.pop(key)
        if isinstance(outcome, Answer):
            self.cache.add(key, request, outcome)
            self.asked += 1
            self.failures = 0
            for each in waiting:
                self._advance(each, first=True)
            return waiting
        reason, detail, fatal = what_failed(outcome)
        self.failures += reason != QuestionReason.PROMPT_TOO_LONG
        if fatal or self.failures >= MANY_FAILURES:
            self.stopped = self.stopped or detail
        for each in waiting:
            each.reason, each.detail, each.failed_at = reason, detail, now()
        return waiting

    def _advance(self, conversation: Conversation, first: bool = False) -> None:
        """Take answers from the cache as far as they go; the next request then waits to be sent."""
        while not conversation.done:
            key, _ = self.request(conversation)
            answer = self.cache.get(key)
            if answer is None:
                # A follow-up comes before new questions, while the server still has the messages before it.
                (self.ready.appendleft if first else self.ready.append)(conversation)
                return
            if not first:
                self.cached += 1
            first = False
            conversation.answers.append(answer)

    @property
    def finished(self) -> int:
        return sum(conversation.done for conversation in self.conversations)

    def turns(self) -> list[dict]:
        """The rows of TURNS, in the order of the questions."""
        rows = []
        for conversation in self.conversations:
            question = conversation.question["id"]
            for number, answer in enumerate(conversation.answers):
                rows.append(
                    dict(
                        id=question,
                        turn=number,
                        key=answer.key,
                        wording=conversation.script.wordings[number],
                        text=answer.text,
                        finish_reason=answer.finish_reason,
                        prompt_tokens=answer.prompt_tokens,
                        tokens=answer.tokens,
                        at=answer.at,
                        reason="",
                        detail="",
                    )
                )
            if not conversation.done or conversation.reason:
                number = len(conversation.answers)
                rows.append(
                    dict(
                        id=question,
                        turn=number,
                        key=self.request(conversation)[0],
                        wording=conversation.script.wordings[number],
                        text="",
                        finish_reason="",
                        prompt_tokens=None,
                        tokens=None,
                        at=conversation.failed_at,
                        reason=conversation.reason or QuestionReason.NOT_ASKED,
                        detail=conversation.detail,
                    )
                )
        return rows


def what_failed(error: LLMError) -> tuple[QuestionReason, str, bool]:
    """(reason, detail, whether every other request would fail in the same way)."""
    detail = str(error)
    if isinstance(error, Refused):
        if error.status in (400, 413, 422) and TOO_LONG.search(detail):
            return QuestionReason.PROMPT_TOO_LONG, detail, False
        return QuestionReason.REFUSED, detail, error.status in (401, 402, 403, 404)
    if isinstance(error, NoAnswer):
        return QuestionReason.NO_ANSWER, detail, not error.reached
    return QuestionReason.NO_ANSWER, detail, True


def chosen(questions: list[dict], limit: int | None, seed: int) -> list[dict]:
    """`limit` questions: Rust first, the repositories in turn, within one by hash. All of them in their own order."""
    if limit is None or len(questions) <= limit:
        return questions
    by_repository: dict[str, list[dict]] = defaultdict(list)
    for row in questions:
        by_repository[row["repository"]].append(row)
    ranks: dict[int, tuple[int, int, str]] = {}
    for name, rows in by_repository.items():
        ordered = sorted(rows, key=lambda row: (order(row["language"]), choose(seed, "limit", row["id"])))
        ranks |= {id(row): (order(row["language"]), place, name) for place, row in enumerate(ordered)}
    taken = {id(row) for row in sorted(questions, key=lambda row: ranks[id(row)])[:limit]}
    return [row for row in questions if id(row) in taken]
