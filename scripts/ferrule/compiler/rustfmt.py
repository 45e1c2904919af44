"""Format many functions with one call of rustfmt.

Generated code is formatted as in its crate: rustfmt runs inside the sandbox, with the crate's own
rustfmt.toml. This also shows which functions of the crate rustfmt would change. A rewrite of such a function
would differ from it in more than the rewrite.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ferrule.rust import syntax
from ferrule.rust.nodes import child_of
from ferrule.sandbox import session as sandbox

FILE = "ferrule_layout.rs"
BETWEEN = b"\n\nconst BETWEEN_TWO_TEXTS: () = ();\n\n"


class Text(NamedTuple):
    """An item as in its file: indented by `margin` spaces, and inside an impl if it is a `method`."""

    code: bytes
    margin: int
    method: bool


class NoRustfmt(Exception):
    """The toolchain has no rustfmt. This is a problem of the machine, not of the crate."""


def rustfmt(session: sandbox.Session, texts: list[Text], edition: str) -> list[bytes | None]:
    """Each text formatted by rustfmt, its first line without the margin; None if rustfmt cannot read it.

    During the call there is an extra file in the session's package folder.
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
        # One text that rustfmt cannot read spoils the whole file: halve the list until it is alone.
        middle = len(texts) // 2
        return rustfmt(session, texts[:middle], edition) + rustfmt(session, texts[middle:], edition)
    return [_unwrap(part, text) for part, text in zip(parts, texts, strict=True)]


def _levels(text: Text) -> int:
    """The number of blocks to wrap around the item: one per four spaces, and at least the impl of a method."""
    return max(text.margin // 4, 1 if text.method else 0)


def _wrap(text: Text) -> bytes:
    levels = _levels(text)
    head = b"mod m { " * (levels - text.method) + (b"impl T { " if text.method else b"")
    return head + b"\n" + b" " * text.margin + text.code + b"\n" + b"}" * levels


def _unwrap(out: bytes, text: Text) -> bytes:
    block = syntax.parse(out)
    for _ in range(_levels(text)):
        block = child_of(block.named_children[0], "body")
    items = block.named_children
    return out[items[0].start_byte : items[-1].end_byte].rstrip()
