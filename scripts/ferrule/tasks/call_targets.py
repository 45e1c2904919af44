"""Which chunk of the crate a call means, from the path that rustc gives it (`ferrule.compiler.resolved_calls`)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping

from ferrule.compiler.resolved_calls import plain, receiver_and_trait

IMPL = re.compile(r"<impl (.*)>")
STANDARD = frozenset(("std", "core", "alloc"))
LAST_WORD = re.compile(r"([A-Za-z_]\w*)\W*$")


class Targets:
    """The functions and traits of a crate by what paths call them; `by_name` has its free items, `methods` the others.

    `modules` are the names of top-level modules, with chunks or without.
    """

    def __init__(
        self,
        by_name: Mapping[str, list[dict]],
        methods: Mapping[str, list[dict]],
        modules: frozenset[str] = frozenset(),
    ) -> None:
        self.by_name = by_name
        self.inherent: dict[tuple[str, str], list[dict]] = defaultdict(list)
        self.local = set(modules - STANDARD)  # first names of paths into the crate
        for rows in (*by_name.values(), *methods.values()):
            for row in rows:
                self.local.add(row["path"].split("::")[0] if row["path"] else row["owner"] or row["name"])
        for name, rows in methods.items():
            for row in rows:
                if " for " not in row["header"]:
                    self.inherent[row["owner"], name].append(row)

    def own(self, path: str) -> bool:
        """Whether a path leads into this crate."""
        return plain(path).split("::")[0].strip("&") in self.local

    def find(self, call: dict) -> tuple[bool, dict | None]:
        """(whether the function is the crate's own, its chunk or the trait that declares it where that is known)."""
        receiver, trait = receiver_and_trait(call["path"])
        if trait:
            if not self.own(trait):
                return False, None
            name = plain(trait).rpartition("::")[2]
            traits = [row for row in self.by_name.get(name, ()) if row["kind"] == "trait"]
            return True, self._by_module(traits, plain(trait).rpartition("::")[0])
        path = plain(call["path"])
        if receiver or not self.own(path):
            return bool(receiver and self.own(receiver)), None
        head, _, name = path.rpartition("::")
        impl = IMPL.search(call["path"])
        owner = plain(impl[1].partition(" for ")[0]) if impl else head
        last = LAST_WORD.search(owner.rpartition("::")[2])
        methods = self.inherent.get((last[1], name), []) if last else []
        if methods:
            return True, self._by_module(methods, owner.rpartition("::")[0]) or methods[0]
        functions = [row for row in self.by_name.get(name, ()) if row["kind"] == "function"]
        return True, self._by_module(functions, head)

    @staticmethod
    def _by_module(rows: list[dict], module: str) -> dict | None:
        same = [row for row in rows if row["path"] == module]
        found = same or (rows if len(rows) == 1 else [])
        return found[0] if found else None
