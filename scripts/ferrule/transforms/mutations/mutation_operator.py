"""How a mutation is defined and registered, and the misspellings that several operators use."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of


class Mutation(NamedTuple):
    """`text` in place of bytes [start, end) of the function's own text."""

    operator: str
    start: int
    end: int
    text: bytes
    signature: bool = False  # changes what callers or other functions see
    syntax: bool = False  # breaks the parsing of the file


Mutator = Callable[[Site], Iterator[Mutation]]


class Operator(NamedTuple):
    """An entry of the catalogue: the mutator, the error codes it aims at, and the person's mistake."""

    function: Mutator
    aims: tuple[str, ...]
    mistake: str
    signature: bool
    phase: str  # of all its mutations (ferrule.transforms.error_injection); empty if it depends on the place


OPERATORS: dict[str, Operator] = {}

# `weight` prefers operators that aim at scarce codes. Few real functions offer a place for a borrow error,
# while nearly every function has a name to misspell.
SCARCE = frozenset(
    "E0505 E0597 E0716 E0373 E0503 E0382 E0499 E0502 E0506 E0515 E0521 E0621 E0713 lifetime".split()
)
PLENTIFUL = frozenset(
    "E0425 E0308 E0599 E0061 E0433 E0449 E0379 E0015 E0615 E0609 E0618 E0423 E0277 E0004 E0053 E0422 E0424"
    " E0403 E0121 E0596 E0405 E0220".split()
)


def weight(aims: tuple[str, ...]) -> int:
    """How much an operator with these aims is preferred when operators are chosen."""
    if SCARCE & set(aims):
        return 1000 if aims[0] in SCARCE else 100
    return 1 if aims[0] in PLENTIFUL else 10


def operator(
    *aims: str, signature: bool = False, syntax: bool = False, phase: str = ""
) -> Callable[[Mutator], Mutator]:
    """Register a mutator in the catalogue under its own name; its docstring describes the mistake."""

    def register(function: Mutator) -> Mutator:
        phase_of_all = phase or ("syntax" if syntax else "")
        mistake = function.__doc__ or ""
        OPERATORS[function.__name__] = Operator(function, aims, mistake, signature, phase_of_all)
        return function

    return register


def put(node: Node, text: bytes) -> Mutation:
    """`text` in place of a node."""
    return Mutation("", node.start_byte, node.end_byte, text)


def over(start: int, end: int, text: bytes) -> Mutation:
    """`text` in place of bytes [start, end)."""
    return Mutation("", start, end, text)


def span(first: Node, last: Node, text: bytes) -> Mutation:
    """`text` in place of everything from `first` to `last`."""
    return Mutation("", first.start_byte, last.end_byte, text)


def cut(start: int, end: int) -> Mutation:
    """Nothing in place of bytes [start, end)."""
    return Mutation("", start, end, b"")


def insert(at: int, text: bytes) -> Mutation:
    """`text` before byte `at`."""
    return Mutation("", at, at, text)


def name_of(call: Node) -> Node:
    """The node of the name in a method call."""
    function = child_of(call, "function")
    if function.type == "generic_function":
        function = child_of(function, "function")
    return child_of(function, "field")


def leading_space(text: bytes) -> bytes:
    """The whitespace at the start of a text."""
    return text[: len(text) - len(text.lstrip())]


def in_head(site: Site, mutation: Mutation) -> Mutation:
    """The mutation, marked as one of the signature if it lies before the body."""
    return mutation._replace(signature=mutation.start < site.body.start_byte)


# --- misspellings -----------------------------------------------------------------------------------

NAME = re.compile(rb"[A-Za-z_]\w+")
# Two common spellings of one word; people write the other one by habit.
HABITS = [
    tuple(pair.encode().split(b"/"))
    for pair in "index/idx length/len buffer/buf position/pos previous/prev current/cur value/val "
    "string/str count/cnt message/msg result/res offset/off source/src element/elem number/num "
    "start/begin end/stop iterator/iter argument/arg character/ch pointer/ptr left/lhs right/rhs".split()
]


def misspelt(word: bytes, site: Site) -> bytes | None:
    """`word` as someone writes it from memory: plural for singular, abbreviated, two letters swapped.

    Never a name that the file already has; None if there is no such misspelling.
    """
    for guess in _guesses(word):
        if guess != word and NAME.fullmatch(guess) and not site.known(guess):
            return guess
    return None


def _guesses(word: bytes) -> Iterator[bytes]:
    parts = word.split(b"_")
    for i, part in enumerate(parts):
        for long, short in HABITS:
            if part in (long, short):
                yield b"_".join([*parts[:i], short if part == long else long, *parts[i + 1 :]])
    if len(parts) > 2 and all(parts):
        yield b"_".join(parts[:-1])
    if len(word) > 3 and word.endswith(b"s") and not word.endswith(b"ss"):
        yield word[:-1]
    elif (
        # Nobody writes the plural of a type or a trait: no `Results`, no `Clones`.
        len(word) > 2
        and (word.isupper() or (word[-1:].islower() and not word[:1].isupper()))
        and word[-1:].lower() not in (b"s", b"x", b"h", b"y", b"z")
    ):
        yield word + (b"S" if word.isupper() else b"s")
    if len(parts) == 2 and all(parts):
        yield b"_".join(reversed(parts))
    doubled = re.search(rb"([a-z])\1", word)
    if doubled:
        yield word[: doubled.start()] + word[doubled.start() + 1 :]
    if len(word) > 4:
        for at in range(len(word) - 3, 0, -1):
            if word[at] != word[at + 1] and word[at : at + 2].isalpha():
                yield word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]
                break


# --- number types -----------------------------------------------------------------------------------

# A type that people confuse with this one.
OTHER_WIDTH = {
    b"usize": b"u32",
    b"u32": b"usize",
    b"u64": b"usize",
    b"u8": b"u32",
    b"u16": b"u32",
    b"i32": b"usize",
    b"isize": b"i32",
    b"i64": b"i32",
    b"u128": b"u64",
    b"f64": b"f32",
    b"f32": b"f64",
    b"i8": b"i32",
    b"i16": b"i32",
}
