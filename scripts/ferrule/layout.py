"""Functions as rustfmt lays them out, many in one call.

A text that a program has put together is laid out as its crate's authors would have it: by rustfmt,
with the crate's own rustfmt.toml, inside the sandbox. Functions that rustfmt would change as they
stand are known by that too: a rewritten form of such a function would differ in more than the rewrite.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ferrule import sandbox, syntax

FILE = "ferrule_layout.rs"


class Text(NamedTuple):
    """An item as it stands in its file: `margin` blanks before it, inside an impl if it is a `method`."""

    code: bytes
    margin: int
    method: bool


class NoRustfmt(Exception):
    """The toolchain has no rustfmt: a broken machine, not a bad crate."""


def rustfmt(session: sandbox.Session, texts: list[Text], edition: str) -> list[bytes | None]:
    """Each text as rustfmt would write it, its first line without the margin; None where it gave none.

    Writes one file into the session's package folder for the time of the call.
    """
    if not texts:
        return []
    path = Path(session.source) / session.package / FILE
    wrapped = [_wrap(text) for text in texts]
    path.write_bytes(b"\n\n".join(w for w in wrapped))
    try:
        done = session.run(["rustfmt", "--edition", edition, "--quiet", "--emit", "stdout", FILE])
    finally:
        path.unlink()
    if done.status == "unavailable" or b"is not installed" in done.stderr:
        raise NoRustfmt("rustfmt is not installed: `rustup component add rustfmt`")
    # `--emit stdout` begins with the file's name and an empty line.
    _, _, out = done.stdout.partition(b"\n\n")
    items = [n for n in syntax.parse(out).named_children if "comment" not in n.type]
    if len(items) != len(texts):
        if len(texts) == 1:
            return [None]
        # One that rustfmt cannot read hides the others: halve until it stands alone.
        middle = len(texts) // 2
        return rustfmt(session, texts[:middle], edition) + rustfmt(session, texts[middle:], edition)
    return [_unwrap(out, item, text) for item, text in zip(items, texts, strict=True)]


def _levels(text: Text) -> int:
    """How many blocks stand around the item: as many as its margin is wide, and the impl of a method."""
    return max(text.margin // 4, 1 if text.method else 0)


def _wrap(text: Text) -> bytes:
    levels = _levels(text)
    modules = levels - text.method
    head = b"mod m { " * modules + (b"impl T { " if text.method else b"")
    return head + b"\n" + b" " * text.margin + text.code + b"\n" + b"}" * levels


def _unwrap(out: bytes, item, text: Text) -> bytes | None:
    for _ in range(_levels(text)):
        inside = [n for n in item.child_by_field_name("body").named_children if "comment" not in n.type]
        if len(inside) != 1:
            return None
        item = inside[0]
    return out[item.start_byte : item.end_byte]
