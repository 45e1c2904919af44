"""A struct or an enum as a derive sees it."""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """A variant, or a struct's own fields; `shape` is unit, tuple or named."""

    name: bytes  # empty for a struct
    shape: str
    fields: tuple[bytes, ...]  # names, or 0, 1, 2 ... of a tuple
    types: tuple[bytes, ...]
    default: bool = False

    @property
    def path(self) -> bytes:
        return b"Self::" + self.name if self.name else b"Self"


class Type(NamedTuple):
    name: bytes
    is_enum: bool
    variants: tuple[Variant, ...]
    declared: tuple[bytes, ...]  # generic parameters as declared, without defaults
    arguments: tuple[bytes, ...]  # the same as arguments
    types: tuple[bytes, ...]  # those that are types
    where: bytes
    cfgs: tuple[bytes, ...]  # `#[cfg(..)]` attributes, which the impl needs, too
    traits: tuple[bytes, ...]  # all that it derives
