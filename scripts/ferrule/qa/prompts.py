"""The prompts of resources/qa/prompts.yaml: which questions a piece gets, and the requests that ask them.

    prompts = Prompts.read("resources/qa/prompts.yaml")
    prompts.chosen(question_id, "rust", kinds=["purpose", "usage"], per_piece=1, seed=0)    # ["usage"]
    script = prompts.script(question, structured="schema", seed=0)
    script.messages([])                         # of the first turn
    script.messages(["its raw answer"])        # of the follow-up

A request depends on the code, its context, the language and the item's name: not on the path, the repository or the
commit. So a moved file asks nothing again.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ferrule.core.schemas import choose
from ferrule.core.yaml_files import read_yaml
from ferrule.qa.languages import described

SCHEMA = {
    "type": "object",
    "properties": {"question": {"type": "string"}, "answer": {"type": "string"}},
    "required": ["question", "answer"],
    "additionalProperties": False,
}
RESPONSE_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "question_and_answer", "strict": True, "schema": SCHEMA},
}
KEYS = {"system", "system_text", "shape", "kinds"}
KIND_KEYS = {"task", "questions", "follow_ups", "languages"}
ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class PromptError(ValueError):
    """The file of prompts cannot be used; the message names the file and the entry."""


@dataclass(frozen=True)
class Script:
    """A question with its follow-ups: what is asked turn by turn."""

    system: str
    turns: tuple[str, ...]  # the user's messages
    wordings: tuple[str, ...]  # the questions of plain text; the tasks of structured answers

    def messages(self, answers: list[str]) -> list[dict[str, str]]:
        """The messages of the turn after `answers`, which are the raw answers to the turns before it."""
        found = [{"role": "system", "content": self.system}]
        for number, answer in enumerate(answers):
            found.append({"role": "user", "content": self.turns[number]})
            found.append({"role": "assistant", "content": answer})
        return [*found, {"role": "user", "content": self.turns[len(answers)]}]


class Prompts:
    """The prompts of a file. PromptError for one that lacks something or has what nothing reads."""

    def __init__(self, values: dict[str, Any], place: str):
        self.values, self.place = values, place
        if not isinstance(values, dict) or values.keys() != KEYS:
            raise PromptError(f"{place}: expected the keys {', '.join(sorted(KEYS))}")
        self.kinds: dict[str, dict] = values["kinds"]
        for name, kind in self.kinds.items():
            self._check(name, kind)

    @classmethod
    def read(cls, path: str | Path) -> Prompts:
        try:
            return cls(read_yaml(path), str(path))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise PromptError(f"{path} cannot be read: {error}") from None

    def chosen(
        self, identity: str, language: str, kinds: list[str], per_piece: int | None, seed: int
    ) -> list[str]:
        """The kinds of question that a piece gets, in the order of `kinds`: `per_piece` of those that fit."""
        if unknown := [kind for kind in kinds if kind not in self.kinds]:
            raise PromptError(
                f"qa.kinds: {unknown[0]} is not in {self.place}, which has {', '.join(self.kinds)}"
            )
        fit = [kind for kind in kinds if language in (self.kinds[kind].get("languages") or [language])]
        ranked = sorted(fit, key=lambda kind: choose(seed, "kind", identity, kind))
        taken = set(ranked[:per_piece])
        return [kind for kind in fit if kind in taken]

    def script(self, question: dict, structured: str, seed: int) -> Script:
        """What is asked for a row of QUESTIONS. `structured`: schema, prompt or text."""
        kind = self.kinds[question["kind"]]
        values = {name: question[name] for name in ("language", "name", "kind")}
        values["what"] = described(question["language"])
        code = shown_code(question)
        turns, wordings = [], []
        for number, entry in enumerate([kind, *(kind.get("follow_ups") or [])]):
            if structured == "text":
                words = entry["questions"]
                wording = self._render(
                    words[choose(seed, "wording", question["id"], number) % len(words)], values
                )
                turns.append(f"{wording}\n\n{code}" if not number else wording)
            else:
                wording = self._render(entry["task"], values)
                turns.append(
                    "\n\n".join([wording, *([code] if not number else []), self.values["shape"].strip()])
                )
            wordings.append(wording)
        system = self.values["system_text" if structured == "text" else "system"].strip()
        return Script(system, tuple(turns), tuple(wordings))

    def _render(self, template: str, values: dict[str, str]) -> str:
        try:
            return compiled(template).render(values).strip()
        except TemplateError as error:
            raise PromptError(f"{self.place}: {error} in {template[:80]!r}") from None

    def _check(self, name: str, kind: Any) -> None:
        where = f"{self.place}: kinds.{name}"
        if not isinstance(kind, dict) or kind.keys() - KIND_KEYS or not {"task", "questions"} <= kind.keys():
            raise PromptError(f"{where}: expected task and questions, and perhaps follow_ups and languages")
        for entry in [kind, *(kind.get("follow_ups") or [])]:
            if not entry.get("task") or not entry.get("questions"):
                raise PromptError(f"{where}: a task and at least one question are needed, in follow_ups too")
            for template in [entry["task"], *entry["questions"]]:
                self._render(template, dict(language="rust", what="Rust code", name="f", kind=name))


@functools.cache
def compiled(template: str) -> Template:
    return ENVIRONMENT.from_string(template)


def shown_code(question: dict) -> str:
    """The code in a fence that it cannot close, with its context before it."""
    fence = "```"
    text = question["code"] + question["context"]
    while fence in text:
        fence += "`"
    tag = question["language"] if question["language"] != "text" else ""
    parts = []
    if question["context"]:
        parts.append(
            f"It uses these definitions:\n\n{fence}{tag}\n{question['context']}\n{fence}\n\nThe code:"
        )
    parts.append(f"{fence}{tag}\n{question['code']}\n{fence}")
    return "\n\n".join(parts)


def user_turn(question: str, row: dict) -> str:
    """The first user turn of a conversation: the question and the code that it is about."""
    return f"{question}\n\n{shown_code(row)}"
