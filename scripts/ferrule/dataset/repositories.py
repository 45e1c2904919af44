"""Which crates belong together: those of one name and those of one repository.

Crates of one repository (x, x-derive, x-macros) quote each other and share helpers. On two sides of a
split they would let a model be tested on what it was trained on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# What forges put between a repository's address and a place inside it.
INSIDE = re.compile(r"/(?:-/)?(?:tree|blob|src|raw|commits?|releases)/.*$")


def repository_key(address: str | None) -> str:
    """One spelling of a repository's address: `git@Host:Owner/Name.git` is `host/owner/name`."""
    text = (address or "").strip().lower()
    text = text.split("#")[0].split("?")[0].removeprefix("git+")
    text = re.sub(r"^[a-z][a-z0-9+.-]*://", "", text)
    text = re.sub(r"^[^/@]*@", "", text).removeprefix("www.")
    text = re.sub(r"^([^/:]+):(?:\d+/)?", r"\1/", text)  # git@host:owner, host:443/owner
    text = INSIDE.sub("", text)
    return text.rstrip("/").removesuffix(".git").rstrip("/")


class Groups:
    """Union-find over names; every name ends in the group of its smallest member."""

    def __init__(self) -> None:
        self.parent: dict[str, str] = {}

    def find(self, name: str) -> str:
        root = name
        while (above := self.parent.setdefault(root, root)) != root:
            root = above
        while self.parent[name] != root:  # shorten the way for the next time
            self.parent[name], name = root, self.parent[name]
        return root

    def join(self, names: Iterable[str]) -> str:
        """Put all these into one group; gives its name."""
        first, *others = sorted({self.find(name) for name in names})
        for other in others:
            self.parent[other] = first
        return first
