"""What the models object to, in plain words, each led by the key that it is about."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple, get_origin

from pydantic_core import ErrorDetails

from ferrule.workflow.configuration.base import PATTERNS, Section
from ferrule.workflow.configuration.shapes import (
    choices,
    dotted,
    expected,
    join,
    keys_of,
    leaves,
    plain,
    type_at,
)

LONGEST = 200  # characters of a value that a message shows


class Problem(NamedTuple):
    path: tuple  # of keys, as text, and of list positions
    text: str
    about: Literal["unknown key", "missing key", "value"] = "value"

    @property
    def line(self) -> str:
        return f"{dotted(self.path) or 'the configuration'}: {self.text}"

    @property
    def place(self) -> tuple[list[str], int, str]:
        """The order of problems: unknown keys of a section, then missing keys, then values."""
        path = [f"{part:06}" if isinstance(part, int) else part for part in self.path]
        if self.about == "value":
            return path, 0, ""
        return (path[:-1], 1, path[-1]) if self.about == "unknown key" else (path[:-1], 2, "")


def explain(error: ErrorDetails, root: type[Section]) -> Problem:
    """An error of pydantic. `root` is the model that it looked at."""
    path, kind, value, context = error["loc"], error["type"], error["input"], error.get("ctx", {})
    if path[-1:] == ("[key]",):
        name = value if isinstance(value, str) else show(value)
        return Problem((*named(path[:-2], root), name), explain_name(value, kind, context))
    text = explain_value(path, root, kind, value, context)
    return Problem(named(path, root), text, ABOUT.get(kind, "value"))


ABOUT: dict[str, Literal["unknown key", "missing key"]] = {
    "extra_forbidden": "unknown key",
    "invalid_key": "unknown key",
    "missing": "missing key",
}


def explain_value(path: tuple, root: type[Section], kind: str, value: Any, context: dict) -> str:
    wanted = type_at(root, path)
    if kind == "invalid_key" and wanted:
        return explain_name(path[-1], kind, context)
    if kind in ("extra_forbidden", "invalid_key"):
        return f"there is no such key{suggest_key(path, root)}"
    if kind == "missing":
        return f"missing: {description(path, root)}"
    known = choices(wanted)
    if kind == "literal_error" and not (all_whole(known) and not is_whole(value)):
        listed = ", ".join(map(show_bare, known))
        return f"expected one of {listed}, got {show(value)}{suggest_word(value, known)}"
    if kind == "string_pattern_mismatch":
        return f"expected {PATTERNS[context['pattern']]}, got {show(value)}"
    if kind in LIMITS:
        return LIMITS[kind].format(value=show(value), **{key: number(each) for key, each in context.items()})
    return f"expected {expected(wanted)}, got {show(value)}"


def all_whole(values: tuple) -> bool:
    return bool(values) and all(map(is_whole, values))


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


LIMITS = {
    "greater_than_equal": "{value} is too small, the least is {ge}",
    "less_than_equal": "{value} is too large, the most is {le}",
    "greater_than": "{value} is too small, it must be above {gt}",
    "less_than": "{value} is too large, it must be below {lt}",
    "finite_number": "{value} is not a number that can be used",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "given_twice": "given twice: {items}",
}


def explain_name(name: Any, kind: str, context: dict) -> str:
    """A key that is a name of the user's own."""
    if kind == "string_pattern_mismatch":
        return f"expected {PATTERNS[context['pattern']]}"
    return f"expected text as a name, got {show(name)}; put it in quotes"


def missing(config: Any, model: type[Section], path: tuple = ()) -> Iterator[Problem]:
    """Keys that have a default in config.yaml, and are not there: that file has been changed, or replaced."""
    for key, field in model.model_fields.items() if isinstance(config, dict) else ():
        kind, _ = plain(field.annotation)
        if key not in config:
            yield Problem((*path, key), "missing; config/config.yaml has its default", about="missing key")
        elif keys_of(kind) and not getattr(kind, "may_lack_keys", False):
            yield from missing(config[key], kind, (*path, key))


def description(path: tuple, root: type[Section]) -> str:
    section, _ = plain(type_at(root, path[:-1]))
    return section.model_fields[path[-1]].description


def named(path: tuple, root: type[Section]) -> tuple:
    """The path with every key as text, so that only positions in lists are numbers."""
    return tuple(
        key if isinstance(key, str) or get_origin(plain(type_at(root, path[:at]))[0]) is list else show(key)
        for at, key in enumerate(path)
    )


def suggest_key(path: tuple, root: type[Section]) -> str:
    """` (did you mean ...?)`: a key beside it that looks alike, or the same key further down or in another section."""
    *above, key = path
    where, section, key = dotted(above), type_at(root, above), str(key)
    siblings = keys_of(section)
    close = difflib.get_close_matches(key, siblings, 1)
    close = close or [name for name in siblings if len(key) > 2 and key in name]
    if close:
        return f" (did you mean {join(where, close[0])}?)"
    for paths in (leaves(section, where), leaves(root)):
        by_name = {path.rpartition(".")[2]: path for path in reversed(list(paths))}  # the first one of a name
        if close := difflib.get_close_matches(key, by_name, 1, cutoff=0.85):
            return f" (did you mean {by_name[close[0]]}?)"
    return ""


def suggest_word(value: Any, known: Any) -> str:
    close = difflib.get_close_matches(str(value), [word for word in known if isinstance(word, str)], 1)
    return f" (did you mean {close[0]}?)" if close else ""


def show(value: Any) -> str:
    """A value as YAML spells it."""
    for constant, name in ((None, "null"), (True, "true"), (False, "false")):
        if value is constant:
            return name
    text = str(value) if isinstance(value, datetime.date) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."


def show_bare(value: Any) -> str:
    return value if isinstance(value, str) else show(value)


def number(value: Any) -> Any:
    """A limit as one writes it: 1 rather than 1.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
