"""Which crates the code names that `cargo test` compiles, as far as that can be read without a compiler.

    names = CompiledNames(package, manifest, features="default").names({"proptest", "serde"})

Comments do not count, nor does what `#[cfg(...)]` leaves out for certain: with the features and on the machine of the
build. Where it is not certain, as inside a macro, a name counts.
"""

from __future__ import annotations

import bisect
import functools
import re
import subprocess
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from tree_sitter import Node

from ferrule.rust.cfg import never
from ferrule.rust.lexer import NOT_CODE
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, MODULE_NAME, kind_ids, parse

NOT_TESTS = ("benches", "examples")
INNER = kind_ids("inner_attribute_item")
MODULE = kind_ids("mod_item")
CONDITION = re.compile(rb"\bcfg\s*\(")
NAMED = re.compile(r'\b(\w+)\s*(?:::|!)|\b(?:use|crate)\s+(\w+)|"(\w+)(?:::\w+)*"')
A_PATH = re.compile(r'"\w+(?:::\w+)*"')
FEATURE = re.compile(r'\bfeature\s*=\s*"[^"]*"')
# Options of which the ones that rustc prints are set and no others.
OF_THE_MACHINE = re.compile(r"unix|windows|panic|target_\w+")
# Options that are not set when tests are built by cargo.
NOT_HERE = frozenset(("doc", "doctest", "miri"))
# Options that rustc sets by flags, and predicates of newer compilers.
OF_THE_COMPILER = frozenset(
    "accessible debug_assertions fmt_debug overflow_checks proc_macro relocation_model sanitize true ub_checks version".split()
)
ROOTS = frozenset(("lib.rs", "main.rs", "mod.rs"))


class CompiledNames:
    """The sources of one package as `cargo test` compiles them with some features: default or all."""

    def __init__(
        self, package: Path, manifest: dict[str, Any], features: str, without: Container[str] = ()
    ) -> None:
        """Files of `without`, by their path in the package, do not count."""
        self.package = package
        self.features = default_features(manifest) if features == "default" else None
        self.has_script = bool(manifest["package"].get("build", (package / "build.rs").is_file()))
        self.files = [path for path in sorted(package.rglob("*.rs")) if self._counts(path, without)]

    def names(self, wanted: Iterable[str]) -> set[str]:
        """Those of the wanted names that the sources use."""
        wanted = set(wanted)
        if not wanted:
            return set()
        some = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(name.encode()) for name in sorted(wanted)))
        texts = {path: path.read_bytes() for path in self.files}
        if not any(some.search(text) for text in texts.values()):
            return set()
        declared, left_out = set[Path](), set[Path]()
        kept = {path: self._compiled(path, text, declared, left_out) for path, text in texts.items()}
        gone = left_out - declared
        found: set[str] = set()
        for path, text in kept.items():
            if some.search(text) and not any(
                path == file or file.with_suffix("") in path.parents for file in gone
            ):
                found |= wanted & names_in(text.decode(errors="replace"))
        return found

    def _counts(self, path: Path, without: Container[str]) -> bool:
        inside = path.relative_to(self.package)
        return inside.parts[0] not in NOT_TESTS and inside.as_posix() not in without

    def _compiled(self, path: Path, text: bytes, declared: set[Path], left_out: set[Path]) -> bytes:
        """The text without what is left out; the files of its `mod` declarations go to one of the sets."""
        conditions = [match.start() for match in CONDITION.finditer(text)]
        if not conditions:
            return text
        parts, at = [], 0
        for node, out in self._items(parse(text), text, conditions):
            if node.kind_id in MODULE and node.child_by_field_name("body") is None:
                name = MODULE_NAME.search(text, node.start_byte, node.end_byte)
                (left_out if out else declared).update(files_of(path, name[1].decode()) if name else ())
            if out:
                parts.append(text[at : node.start_byte])
                at = node.end_byte
        return b"\n".join([*parts, text[at:]])

    def _items(self, parent: Node, text: bytes, conditions: list[int]) -> Iterator[tuple[Node, bool]]:
        """What can have an attribute, in order, and whether it is left out. Without conditions inside, not what is in it."""
        off = False
        for node in parent.named_children:
            if node.kind_id in ATTRIBUTE:
                off |= self._off(node, text)
            elif node.kind_id in INNER:
                if self._off(node, text):
                    yield parent, True
                    return
            elif node.kind_id not in COMMENTS:
                yield node, off
                first = bisect.bisect_left(conditions, node.start_byte)
                if not off and first < len(conditions) and conditions[first] < node.end_byte:
                    yield from self._items(node, text, conditions)
                off = False

    def _off(self, attribute: Node, text: bytes) -> bool:
        return never(text[attribute.start_byte : attribute.end_byte], self._option)

    def _option(self, name: str, value: str | None) -> bool | None:
        if name == "feature":
            return None if self.features is None else value in self.features
        if OF_THE_MACHINE.fullmatch(name):
            return (name if value is None else f'{name}="{value}"') in printed_options()
        if name == "test":
            return True
        # Nobody else can set an option of the crate's own: cargo's configuration has no flags here.
        return False if name in NOT_HERE or (not self.has_script and name not in OF_THE_COMPILER) else None


def names_in(text: str) -> set[str]:
    """The first names of the paths, imports and macro calls in code, and of paths in strings: `with = "serde_bytes"`."""
    code = NOT_CODE.sub(lambda match: match[0] if A_PATH.fullmatch(match[0]) else " ", text)
    return {name for names in NAMED.findall(FEATURE.sub(" ", code)) for name in names}


def files_of(path: Path, name: str) -> list[Path]:
    """Where `mod name;` of a file may be. It is its first place that counts for what is below it."""
    beside, below = path.parent, path.with_suffix("")
    folders = [beside] if path.name in ROOTS else [below, beside]
    return [folder / f"{name}{end}" for folder in folders for end in (".rs", "/mod.rs")]


def default_features(manifest: dict[str, Any]) -> set[str]:
    """The features that are on by default, with those that they enable."""
    declared, on = manifest.get("features", {}), set[str]()
    waiting = ["default"]
    while waiting:
        name = waiting.pop()
        if name not in on:
            on.add(name)
            # `dep:x` enables no feature; `x/y` enables the optional dependency x, and `x?/y` does not.
            parts = [
                part for part in declared.get(name, ()) if not part.startswith("dep:") and "?/" not in part
            ]
            waiting += [part.split("/")[0] for part in parts]
    return on


@functools.cache
def printed_options() -> frozenset[str]:
    """The options that rustc sets on this machine, as `--print cfg` names them."""
    done = subprocess.run(["rustc", "--print", "cfg"], capture_output=True, text=True, check=True)
    return frozenset(done.stdout.split())
