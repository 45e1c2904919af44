"""Functions as rustfmt lays them out, many in one call.

A text that a program has put together is laid out as its crate's authors would have it: by rustfmt,
with the crate's own rustfmt.toml, inside the sandbox. Functions that rustfmt would change as they
stand are known by that too: a rewritten form of such a function would differ in more than the rewrite.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ferrule.rust import syntax
from ferrule.sandbox import session as sandbox

FILE = "ferrule_layout.rs"
BETWEEN = b"\n\nconst BETWEEN_TWO_TEXTS: () = ();\n\n"


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
    path.write_bytes(BETWEEN.join(_wrap(text) for text in texts))
    try:
        done = session.run(["rustfmt", "--edition", edition, "--quiet", "--emit", "stdout", FILE])
    finally:
        path.unlink()
    if done.status == "unavailable" or b"is not installed" in done.stderr:
        raise NoRustfmt("rustfmt is not installed: `rustup component add rustfmt`")
    parts = done.stdout.split(BETWEEN.strip())
    if len(parts) != len(texts) or done.status != "ok":
        if len(texts) == 1:
            return [None]
        # One that rustfmt cannot read hides the others: halve until it stands alone.
        middle = len(texts) // 2
        return rustfmt(session, texts[:middle], edition) + rustfmt(session, texts[middle:], edition)
    return [_unwrap(part, text) for part, text in zip(parts, texts, strict=True)]


def _levels(text: Text) -> int:
    """How many blocks stand around the item: as many as its margin is wide, and the impl of a method."""
    return max(text.margin // 4, 1 if text.method else 0)


def _wrap(text: Text) -> bytes:
    levels = _levels(text)
    head = b"mod m { " * (levels - text.method) + (b"impl T { " if text.method else b"")
    return head + b"\n" + b" " * text.margin + text.code + b"\n" + b"}" * levels


def _unwrap(out: bytes, text: Text) -> bytes:
    inside = syntax.parse(out)
    for _ in range(_levels(text)):
        inside = inside.named_children[0].child_by_field_name("body")
    items = inside.named_children
    return out[items[0].start_byte : items[-1].end_byte].rstrip()
