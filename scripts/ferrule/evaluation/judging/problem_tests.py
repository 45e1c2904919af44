"""The tests of a problem as a module whose functions a runner can call, and the list of these functions.

The attributes of libtest are removed: without `--test` they would remove the functions. Test functions and the modules
around them become visible. Macros of std are called by their full path, so that no macro of the same name can replace
them. If no function has `#[test]`, `fn main` is the only test.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tree_sitter import Node

from ferrule.rust import syntax
from ferrule.rust.nodes import child_of, parent_of

Edit = tuple[int, int, bytes]  # start, end, new text

# Macros of std that tests use. A macro that the problem defines itself under such a name is left alone.
STD_MACROS = frozenset(
    b"assert assert_eq assert_ne debug_assert debug_assert_eq debug_assert_ne panic unreachable todo unimplemented"
    b" vec format format_args print println eprint eprintln write writeln dbg matches concat stringify line column"
    b" file module_path cfg thread_local".split()
)
LITERALS = ("string_literal", "raw_string_literal")


class ProblemError(ValueError):
    """A problem that cannot be judged, whatever the answer is."""


@dataclass(frozen=True)
class Test:
    path: str  # relative to the module of tests, as in `inner::adds_up`
    should_panic: bool = False
    expected: str = '""'  # a string literal of Rust: the panic message must contain it

    @property
    def name(self) -> str:
        return self.path.removeprefix("tests::")


def edited(source: bytes, edits: Iterable[Edit]) -> bytes:
    """The source after the edits, which must not overlap."""
    parts: list[bytes] = []
    last = 0
    for start, end, new in sorted(edits):
        parts += [source[last:start], new]
        last = end
    return b"".join([*parts, source[last:]])


def leaves(root: Node) -> list[Node]:
    """The tokens of a tree, in order."""
    tokens: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        if node.child_count:
            stack.extend(reversed(node.children))
        else:
            tokens.append(node)
    return tokens


def text_of(source: bytes, node: Node) -> bytes:
    return source[node.start_byte : node.end_byte]


def items(parent: Node) -> Iterator[tuple[list[Node], Node]]:
    """The items below a node, each with the attributes before it."""
    attributes: list[Node] = []
    for child in parent.named_children:
        if child.type == "attribute_item":
            attributes.append(child)
        elif child.kind_id not in syntax.COMMENTS:
            yield attributes, child
            attributes = []


def crate_paths(source: bytes, tokens: list[Node], place: bytes) -> list[Edit]:
    """Edits that turn `crate::x` and `$crate::x` into `place::x`: what was a whole crate is now a module."""
    edits = []
    for at, token in enumerate(tokens[:-1]):
        if tokens[at + 1].type != "::":
            continue
        if text_of(source, token) == b"$crate":
            edits.append((token.start_byte, token.end_byte, place))
        elif token.type == "crate":
            dollar = at and tokens[at - 1].type == "$" and tokens[at - 1].end_byte == token.start_byte
            edits.append((token.start_byte - dollar, token.end_byte, place))
    return edits


def macro_names(source: bytes, root: Node) -> set[bytes]:
    """The names of the macros that are defined anywhere in a text."""
    return set(re.findall(rb"\bmacro_rules!\s*(\w+)", text_of(source, root)))


def std_macros(source: bytes, tokens: list[Node], own: set[bytes]) -> list[Edit]:
    """Edits that turn `assert!` into `::std::assert!`, also in the arguments of other macros."""
    edits = []
    for at, token in enumerate(tokens[:-2]):
        if tokens[at + 1].type != "!" or tokens[at + 2].type not in "([{":
            continue
        before = tokens[at - 1].type if at else ""
        if (
            token.type != "identifier"
            or before in ("::", ".", "$")
            or parent_of(token).type == "token_tree_pattern"
        ):
            continue
        if text_of(source, token) in STD_MACROS - own:
            edits.append((token.start_byte, token.start_byte, b"::std::"))
    return edits


def read_tests(text: str, *, place: bytes, own_macros: set[bytes]) -> tuple[bytes, list[Test]]:
    """The text of the tests, as items of a module at the path `place`, and the list of tests in it.

    `own_macros` are the names of macros that the problem defines outside its tests.
    """
    text = re.sub(r"\A\s*\}", "", text)  # MultiPL-E has the brace here that closes the answer's function
    source = text.encode()
    root = syntax.parse(source)
    if root.has_error:
        raise ProblemError("its tests are no Rust code")
    reader = _Reader(source)
    reader.module(root, "")
    if not reader.tests:
        reader.main(root)
    if not reader.tests:
        raise ProblemError("its tests hold no test: neither a function with #[test] nor `fn main`")
    tokens = leaves(root)
    edits = reader.edits + crate_paths(source, tokens, place)
    edits += std_macros(source, tokens, own_macros | macro_names(source, root))
    return edited(source, edits), reader.tests


class _Reader:
    """Walks the items of a module of tests and collects edits and tests."""

    def __init__(self, source: bytes):
        self.source = source
        self.edits: list[Edit] = []
        self.tests: list[Test] = []

    def module(self, node: Node, path: str) -> None:
        for attributes, item in items(node):
            words = [re.sub(rb"\s+", b"", text_of(self.source, a)) for a in attributes]
            # The condition is true here, but the crate is compiled without `--test`.
            self._drop([a for a, word in zip(attributes, words, strict=True) if word == b"#[cfg(test)]"])
            if item.type == "mod_item" and (body := item.child_by_field_name("body")):
                self._show(item)
                self.module(body, f"{path}{self._name(item)}::")
            elif item.type == "function_item":
                self._function(path + self._name(item), item, attributes, words)
            elif item.type in ("macro_definition", "macro_invocation", "expression_statement"):
                if re.search(rb"#\s*\[\s*test\s*\]", text_of(self.source, item)):
                    raise ProblemError("a macro makes its tests: they cannot be counted")

    def _name(self, item: Node) -> str:
        return text_of(self.source, child_of(item, "name")).decode()

    def _function(self, path: str, item: Node, attributes: list[Node], words: list[bytes]) -> None:
        kinds = [re.match(rb"#\[(?:\w+::)*(\w+)", word) for word in words]
        by_kind = {kind[1]: a for kind, a in zip(kinds, attributes, strict=True) if kind}
        if b"test" not in by_kind:
            return
        modifiers = [child for child in item.children if child.type == "function_modifiers"]
        if any(b"async" in text_of(self.source, child) for child in modifiers):
            raise ProblemError(f"test {path} is async: there is no runtime to run it")
        parameters = child_of(item, "parameters").named_child_count
        if parameters or item.child_by_field_name("type_parameters"):
            raise ProblemError(f"test {path} wants arguments")
        self._drop(by_kind[kind] for kind in (b"test", b"should_panic", b"ignore") if kind in by_kind)
        self._show(item)
        if b"ignore" in by_kind:
            return
        panic = by_kind.get(b"should_panic")
        expected = [node for node in _below(panic) if node.type in LITERALS] if panic else []
        literal = text_of(self.source, expected[0]).decode() if expected else '""'
        self.tests.append(Test(path, panic is not None, literal))

    def main(self, root: Node) -> None:
        """Take `fn main` as the only test."""
        for _, item in items(root):
            if item.type == "function_item" and self._name(item) == "main":
                self._show(item)
                self.tests.append(Test("main"))

    def _drop(self, attributes: Iterable[Node]) -> None:
        self.edits += [(a.start_byte, a.end_byte, b"") for a in attributes]

    def _show(self, item: Node) -> None:
        """Make an item visible in the whole crate."""
        first = item.children[0]
        visible = first.type == "visibility_modifier"
        self.edits.append((first.start_byte, first.end_byte if visible else first.start_byte, b"pub(crate) "))


def _below(node: Node) -> Iterator[Node]:
    """A node and all nodes below it."""
    yield node
    for child in node.children:
        yield from _below(child)
