"""The JSON messages of cargo and rustc, as far as they are read here (`cargo --message-format=json`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired, TypedDict

import orjson


class Expansion(TypedDict):
    """The macro call that a span comes from."""

    span: RustcSpan


class RustcSpan(TypedDict):
    """Bytes [byte_start, byte_end) of a file. The last two keys are set in the span of a suggestion."""

    file_name: str
    byte_start: int
    byte_end: int
    is_primary: bool
    label: str | None
    expansion: NotRequired[Expansion | None]
    suggested_replacement: str | None
    suggestion_applicability: str | None


class ErrorCode(TypedDict):
    """`code` is an error code (E0308) or the name of a lint."""

    code: str


class RustcNote(TypedDict):
    """A note or a suggestion of a message."""

    spans: list[RustcSpan]


class RustcMessage(TypedDict):
    """An error or a warning."""

    level: str
    message: str
    code: ErrorCode | None
    spans: list[RustcSpan]
    children: list[RustcNote]
    rendered: str | None


class CargoTarget(TypedDict):
    """A target as cargo names it."""

    name: str
    kind: list[str]
    src_path: str


class CompilerMessage(TypedDict):
    """A message of rustc, and the target that it compiled."""

    target: CargoTarget
    message: RustcMessage


class Profile(TypedDict):
    """`test` says whether the target was built as a test program."""

    test: bool


class Artifact(TypedDict):
    """A file that cargo built, or found ready if `fresh`. `executable` is None for a library."""

    package_id: str
    fresh: bool
    target: CargoTarget
    profile: Profile
    executable: str | None


def compiler_messages(stdout: bytes) -> Iterator[CompilerMessage]:
    """rustc's messages in the output of cargo, in the order printed."""
    for line in stdout.splitlines():
        if line.startswith(b'{"reason":"compiler-message"'):
            yield orjson.loads(line)


def artifacts(stdout: bytes) -> Iterator[Artifact]:
    """The files that cargo built, in the order printed."""
    for line in stdout.splitlines():
        if line.startswith(b'{"reason":"compiler-artifact"'):
            yield orjson.loads(line)


def is_of_lint(message: RustcMessage, lint: str) -> bool:
    """Whether the message is a report of this lint."""
    return message["code"] is not None and message["code"]["code"] == lint
