"""A struct or an enum as a derive sees it."""

from __future__ import annotations

from typing import NamedTuple


class Variant(NamedTuple):
    """A variant, or a struct's own fields; `shape` is unit, tuple or named."""

    name: bytes  # empty for a struct
    shape: str
    fields: tuple[bytes, ...]  # names, or 0, 1, 2 ... for a tuple
    types: tuple[bytes, ...]
    default: bool = False

    @property
    def path(self) -> bytes:
        """The path of its constructor."""
        return b"Self::" + self.name if self.name else b"Self"


class Type(NamedTuple):
    """A struct or an enum; a struct is its own only variant."""

    name: bytes
    is_enum: bool
    variants: tuple[Variant, ...]
    declared: tuple[bytes, ...]  # generic parameters as declared, without defaults
    arguments: tuple[bytes, ...]  # the same as arguments
    types: tuple[bytes, ...]  # the names of those that are types
    where: bytes
    cfgs: tuple[bytes, ...]  # `#[cfg(..)]` attributes, which the impl needs as well
    traits: tuple[bytes, ...]  # all derived traits
