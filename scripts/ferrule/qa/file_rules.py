"""Which files of a repository are asked about, and why one is left out.

rules = FileRules(excluded=[".png"], vendored=["vendor"], max_bytes=5_000_000, max_line=2_000)
rules.by_name(entry)                        # (reason, detail) without a look at the content; ("", "") to go on
rules.by_content(path, content)             # the same with it
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ferrule.core.reasons import RepositoryFileReason as Reason
from ferrule.crates.licence_files import FILE_NAME, SHIPPED_TEXT
from ferrule.crates.source_files import GENERATED
from ferrule.qa.git import Entry

LFS = b"version https://git-lfs.github.com/spec/"
# Written by tools, whatever they say in their first lines.
GENERATED_NAMES = re.compile(
    r"(?:^|/)(?:cargo\.lock|package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|uv\.lock"
    r"|pipfile\.lock|gemfile\.lock|composer\.lock|go\.sum|flake\.lock|bun\.lockb?|[^/]*\.min\.(?:js|css)|[^/]*\.map"
    r"|[^/]*\.pb\.go|[^/]*_pb2(?:_grpc)?\.py)$",
    re.I,
)
LONGEST_NAME = 1024  # bytes of a path


@dataclass(frozen=True)
class FileRules:
    """`excluded` are endings of names, `vendored` names of folders; both without regard to case."""

    excluded: Iterable[str]
    vendored: Iterable[str]
    max_bytes: int
    max_line: int
    endings: tuple[str, ...] = field(init=False)
    folders: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "endings", tuple(ending.lower() for ending in self.excluded))
        object.__setattr__(self, "folders", frozenset(name.lower() for name in self.vendored))

    def by_name(self, entry: Entry) -> tuple[str, str]:
        if entry.kind == "symlink":
            return Reason.SYMLINK, ""
        if entry.kind == "submodule":
            return Reason.SUBMODULE, entry.oid
        path = shown_path(entry.path)
        if path.encode() != entry.path or len(entry.path) > LONGEST_NAME:
            return Reason.UNUSABLE_NAME, "not printable text" if len(path) <= LONGEST_NAME else "too long"
        lower = path.lower()
        name = PurePosixPath(path).name
        if lower.endswith(self.endings):
            return Reason.EXCLUDED, PurePosixPath(lower).suffix or name
        if found := next((part for part in lower.split("/")[:-1] if part in self.folders), None):
            return Reason.VENDORED, found
        if entry.size > self.max_bytes:
            return Reason.FILE_TOO_BIG, f"{entry.size} bytes"
        if not entry.size:
            return Reason.EMPTY, ""
        if GENERATED_NAMES.search(path):
            return Reason.GENERATED, name
        if FILE_NAME.search(name) and not SHIPPED_TEXT.search(name):
            return Reason.LICENCE_TEXT, ""
        return "", ""

    def by_content(self, content: bytes) -> tuple[str, str]:
        if content.startswith(LFS):
            return Reason.LFS_POINTER, ""
        if b"\0" in content[:8192]:
            return Reason.BINARY, ""
        if not content.strip():
            return Reason.EMPTY, ""
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            return Reason.NOT_UTF8, f"byte {error.start}"
        if "\0" in text:
            return Reason.BINARY, ""
        longest = max(map(len, content.split(b"\n")))
        # Bytes are an upper bound for characters.
        if longest > self.max_line and (longest := max(map(len, text.split("\n")))) > self.max_line:
            return Reason.LINE_TOO_LONG, f"{longest} characters"
        head = content[:2000]
        if b"enerated" in head or b"odify" in head.lower():
            if found := GENERATED.search(head):
                return Reason.GENERATED, found[0].decode(errors="replace")
        return "", ""


def shown_path(path: bytes) -> str:
    """A path as one line of text: bytes that are not UTF-8 and unprintable characters as escapes."""
    text = path.decode(errors="backslashreplace")
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )
