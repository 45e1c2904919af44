"""The type, the keys and their names at a place in the configuration, read from the models.

A place is a path of keys and list positions, `("gates", "allowed_licenses", 2)`; dotted, `gates.allowed_licenses[2]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ferrule.workflow.configuration.base import Section

Key = str | int


def plain(annotation: Any) -> tuple[Any, bool]:
    """A type without its limits and without null, and whether null is allowed: `(int, True)` of `Positive | None`."""
    nullable = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            (annotation,) = (each for each in get_args(annotation) if each is not NoneType)
            nullable = True
        else:
            return annotation, nullable


def is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Section)


def type_below(annotation: Any, key: Any) -> Any:
    """The type of the value of a key or list item; None for a key that the models do not have."""
    kind, _ = plain(annotation)
    if is_section(kind):
        field = kind.model_fields.get(key)
        return field.annotation if field else getattr(kind, "named", None)
    if get_origin(kind) is dict:
        return get_args(kind)[1]
    return get_args(kind)[0] if get_origin(kind) is list else None


def type_at(root: Any, path: Iterable[Any]) -> Any:
    """The type at a path below `root`; None where there is no such place."""
    for key in path:
        if root is None:
            return None
        root = type_below(root, key)
    return root


def keys_of(annotation: Any) -> list[str]:
    kind, _ = plain(annotation)
    return list(kind.model_fields) if is_section(kind) else []


def leaves(annotation: Any, where: str = "") -> Iterator[str]:
    """The dotted keys of a section and of the sections in it; names of the user's own are not keys."""
    kind, _ = plain(annotation)
    for key in keys_of(kind):
        path, below = join(where, key), kind.model_fields[key].annotation
        yield from leaves(below, path) if keys_of(below) else [path]


def expected(annotation: Any) -> str:
    """`an integer or null`: the type in words."""
    kind, nullable = plain(annotation)
    if is_section(kind):
        kind = dict
    if get_origin(kind) is Literal:
        kind = type(get_args(kind)[0])
    names = {
        int: "an integer",
        float: "a number",
        str: "text",
        bool: "true or false",
        list: "a list",
        dict: "keys and values",
    }
    return names[get_origin(kind) or kind] + (" or null" if nullable else "")


def choices(annotation: Any) -> tuple:
    """The values of a type that has only a few, null among them; none of any other type."""
    kind, nullable = plain(annotation)
    return (*get_args(kind), *([None] if nullable else [])) if get_origin(kind) is Literal else ()


def dotted(path: Iterable[Any]) -> str:
    text = ""
    for part in path:
        if type(part) is int:
            text = f"{text}[{part}]"
        else:  # a key in which a line ends would break a message in two
            text = join(text, str(part) if str(part).isprintable() else repr(part))
    return text


def join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
