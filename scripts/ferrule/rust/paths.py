"""The paths that a text of Rust speaks of, resolved through its `use` declarations.

By tokens, so that whitespace, comments and raw identifiers make no difference, and macros count too.
Scopes are not looked at: an alias holds in the whole text. `core` and `alloc` read as `std`. The cost grows with
the length of the text and no faster, whatever the text: it was written by a model, or by somebody who cheats.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ferrule.rust.lexer import CLOSE, MARK, OPEN, WORD, Token, lex, partners
from ferrule.rust.uses import LONGEST, Leaf, leaves

Path = tuple[str, ...]
STD = frozenset(("std", "core", "alloc"))
HERE = frozenset(("self", "crate", "super", "Self"))
MEANINGS = 64  # of one name; honest code has one or two
GLOBS = 16  # that are followed, the shortest first: those nearest to `std::*`
ROUNDS = 4  # `use std::*; use process::*;`: each glob may need the one before


class Paths:
    """All paths of a text, and how they can be understood."""

    def __init__(self, code: str):
        self.tokens = lex(code)
        self.closes = partners(self.tokens)
        # Behind the last token, so that a look ahead needs no check.
        self.tokens += [Token(MARK, "", len(code), len(code))] * 4
        self.words = {token.text for token in self.tokens if token.kind == WORD}
        declared = list(self.declared()) if "use" in self.words or "extern" in self.words else []
        self.imported: set[Path] = {leaf.path for leaf in declared}
        self.written: set[tuple[Path, bool]] = set()  # (path, is it called as a macro?)
        self.read_paths()
        names = Names(declared)
        self.resolved: set[tuple[Path, bool]] = set()
        for path in self.imported:
            self.resolved |= {(meaning, False) for meaning in names.meanings(path)}
        for path, called in self.written:
            self.resolved |= {(meaning, called) for meaning in names.meanings(path)}

    def declared(self) -> Iterator[Leaf]:
        """What `use` declarations and `extern crate` bring in."""
        tokens, at = self.tokens, 0
        while at < len(tokens) - 4:
            word, following = tokens[at], tokens[at + 1]
            at += 1
            if word.kind != WORD:
                continue
            if word.text == "use" and (following.kind == WORD or following.text in ("::", "{")):
                start = at
                while tokens[at].kind in (WORD, OPEN, CLOSE) or tokens[at].text in ("::", ",", "*"):
                    at += 1
                yield from leaves(tokens[start:at])
            elif word.text == "extern" and following.text == "crate" and tokens[at + 2].text == "as":
                yield Leaf((tokens[at + 1].text,), tokens[at + 3].text)

    def read_paths(self) -> None:
        tokens, at = self.tokens, 0
        while at < len(tokens):
            if tokens[at].kind != WORD:
                at += 1
                continue
            path = [tokens[at].text]
            while tokens[at + 1].text == "::" and tokens[at + 2].kind == WORD:
                at += 2
                if len(path) < LONGEST:
                    path.append(tokens[at].text)
            # `a != b` does not call a macro: a call has its brackets behind the mark.
            called = tokens[at + 1].text == "!" and tokens[at + 2].kind in (OPEN, WORD)
            self.written.add((tuple(path), called))
            at += 1

    def from_fragments(self) -> set[str]:
        """Words given to macros, where the text has macros that put paths or calls together out of fragments."""
        tokens = self.tokens
        if not any(self.pieced(at) for at in range(len(tokens) - 4)):
            return set()
        words: set[str] = set()
        inside = 0  # only brackets behind `name!` or `macro_rules! name`
        for at, token in enumerate(tokens):
            if token.kind == OPEN:
                inside += bool(inside or "!" in (tokens[at - 1].text, tokens[at - 2].text))
            elif token.kind == CLOSE and inside:
                inside -= 1
            elif inside and token.kind == WORD:
                words.add(token.text)
        return words

    def pieced(self, at: int) -> bool:
        """Does a path, a macro's name or an attribute here come out of a macro's parameters?"""
        tokens = self.tokens
        match tokens[at].text:
            case "::":  # $a::b, a::$b, $($part)::*
                last = tokens[at + 1].text in ("*", "+") and tokens[at - 1].text == ")"
                return last or "$" in (tokens[at + 1].text, tokens[at - 2].text)
            case "!":  # $name!(..)
                return tokens[at - 2].text == "$"
            case "[":  # #[$name]
                return tokens[at + 1].text == "$" and tokens[at - 1].text == "#"
        return False

    def attributes(self) -> Iterator[tuple[bool, int]]:
        """(inner, number of the token that names it) of all attributes, those in `cfg_attr` and `unsafe(..)` too."""
        tokens = self.tokens
        for at in range(len(tokens) - 4):
            if tokens[at].text != "#":
                continue
            inner = tokens[at + 1].text == "!"
            if tokens[at + 1 + inner].text != "[":
                continue
            waiting = [at + 2 + inner]
            while waiting:
                name = waiting.pop()
                yield inner, name
                if tokens[name].text in ("cfg_attr", "unsafe") and tokens[name + 1].text == "(":
                    waiting += self.arguments(name + 1)[tokens[name].text == "cfg_attr" :]

    def arguments(self, opening: int) -> list[int]:
        """Where the arguments between these brackets begin."""
        at, end = opening + 1, self.closes[opening]
        begins = [at]
        while at < end:
            if self.tokens[at].text == ",":
                begins.append(at + 1)
            elif self.tokens[at].kind == OPEN:
                at = max(at, self.closes[at])
            at += 1
        return begins


class Names:
    """What the names that a text imports stand for, through chains of aliases and globs."""

    def __init__(self, declared: list[Leaf]):
        self.known: dict[str, set[Path]] = defaultdict(set)
        self.globs: set[Path] = set()
        aliases = {(leaf.name, plain(leaf.path)) for leaf in declared if leaf.name not in ("*", "_")}
        aliases = {(name, path) for name, path in aliases if path and path != (name,)}
        stars = {plain(leaf.path) for leaf in declared if leaf.name == "*"} - {()}
        self.named = {name for name, _ in aliases}
        self.users: dict[str, list[tuple[str, Path]]] = defaultdict(list)
        for name, path in sorted(aliases):
            self.users[path[0]].append((name, path[1:]))
        for name, path in sorted(aliases):
            self.learn(name, path)
        for _ in range(ROUNDS if stars else 0):
            before = len(self.globs)
            found = {meaning for path in stars for meaning in self.meanings(path)}
            self.globs = set(sorted(found, key=lambda path: (len(path), path))[:GLOBS])
            for name, path in sorted(aliases):
                if path[0] not in self.named and path[0] not in STD:
                    for inside in sorted(self.globs):
                        self.learn(name, inside + path)
            if len(self.globs) == before:
                break

    def learn(self, name: str, path: Path) -> None:
        """`name` stands for `path`, and so does what is named after `name`."""
        waiting = [(name, path)]
        while waiting:
            name, path = waiting.pop()
            # A path that begins with an alias is followed when the alias is known.
            if path[0] in self.named and path[0] not in STD:
                continue
            known = self.known[name]
            if path in known or len(known) >= MEANINGS or len(path) > LONGEST:
                continue
            known.add(path)
            waiting += [(user, path + rest) for user, rest in self.users[name] if user != name]

    def meanings(self, path: Path) -> set[Path]:
        path = plain(path)
        if not path:
            return set()
        found = {path}
        if path[0] in self.known:
            found |= {target + path[1:] for target in self.known[path[0]]}
        if path[0] not in STD:
            found |= {inside + path for inside in self.globs if inside[0] in STD}
        return found | {("std", *path[1:]) for path in found if path[0] in STD}


def plain(path: Path) -> Path:
    """Without `self::`, `super::`, `crate::` in front."""
    start = 0
    while start < len(path) and path[start] in HERE:
        start += 1
    return path[start:]
