"""Texts that spell a value of another type are converted if the models want that type.

Snakemake hands over what is nested in a value of `--config` as texts: `behaviour={run: false}` arrives as the text
`false`. In files it happens too: YAML takes `1e-4` for a text. What is wanted as text stays text, also `1.10` or `true`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from ferrule.workflow.configuration.shapes import plain, type_below

NOT_COMMANDED = object()  # marks a key that `--config` does not have

BOOLEANS = {
    word: value
    for name, value in (("true", True), ("false", False))
    for word in (name, name.title(), name.upper())
}
NULLS = ("null", "Null", "NULL", "~")
INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30}(?:_[0-9]{1,30})*)")
NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def converted(value: Any, annotation: Any, commanded: Any = NOT_COMMANDED) -> Any:
    """`value` as the type that it spells. A mapping is changed in place; any other value is returned unchanged.

    `commanded` is the part of `--config` at this place. Only there may `null` be meant where a text is allowed as well,
    since a file says with quotes what is text.
    """
    kind, nullable = plain(annotation)
    if isinstance(value, dict):
        for key, item in value.items():
            if (below := type_below(kind, key)) is not None:
                value[key] = converted(item, below, part_of(commanded, [key]))
        return value
    if isinstance(value, list) and get_origin(kind) is list:
        return [converted(item, get_args(kind)[0], commanded) for item in value]
    return scalar(value, kind, nullable, by_hand=commanded is not NOT_COMMANDED)


def part_of(commanded: Any, path: Iterable) -> Any:
    """What `--config` has at a path of keys."""
    for key in path:
        commanded = commanded.get(key, NOT_COMMANDED) if isinstance(commanded, Mapping) else NOT_COMMANDED
    return commanded


def scalar(value: Any, kind: Any, nullable: bool, by_hand: bool) -> Any:
    known = get_args(kind) if get_origin(kind) is Literal else ()
    kind = type(known[0]) if known else kind
    if isinstance(value, float) and kind is int and value.is_integer():
        return int(value)
    if not isinstance(value, str) or value in known:
        return value
    if nullable and (by_hand or kind is not str or known):
        if value in NULLS or (by_hand and value in ("", "None")):
            return None
    if kind is bool or True in known:
        return BOOLEANS.get(value, value)
    if kind in (int, float) and INTEGER.fullmatch(value):
        return int(value)
    if kind is float and NUMBER.fullmatch(value):
        return float(value)
    return value
