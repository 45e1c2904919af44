"""Functions behind switches: each function of a crate can be removed, or replaced by a rewrite, at run time.

So one build serves all of them. The text of every function keeps its place; this is inserted:

    pub fn double(x: u32) -> u32 {crate::__switch::stop(7);if crate::__switch::no_form(8,9){
        x * 2
    } else if crate::__switch::on(8) { x + x } else { x << 1 }}

Switch 7 removes the function (it panics); switches 8 and 9 run a rewrite instead of its body. The module `__switch`
(switch.rs) goes to the end of each crate root. In a const function the switch must be const as well, which
needs two unstable features; RUSTC_BOOTSTRAP allows them for a named crate.
"""

from __future__ import annotations

import bisect
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tree_sitter import Node

from ferrule.compiler.cargo_check import FileEdit
from ferrule.compiler.judge import Function, first_statement, is_const
from ferrule.rust import syntax
from ferrule.rust.nodes import child_of, descendants

MODULE = Path(__file__).with_name("switch.rs").read_text()
CONST_PART = Path(__file__).with_name("switch_const.rs").read_text()
FEATURES = b"#![feature(core_intrinsics, const_eval_select)] "

# What rustfmt may change in a signature: whitespace, and the comma after the last parameter.
LAYOUT = re.compile(rb"\s+|,(?=\s*[)>\]{])")
# The forms of a generic function are compiled once for each of its instances, of which there may be hundreds: in
# similar, ten forms of three functions took three quarters of the build. Characters of all its forms together, at most;
# one form it always has.
MOST_GENERIC = 8000
METHOD = b"impl X {"  # a method's header is legal only inside an impl
CLOSURE = syntax.kind_ids("closure_expression", "async_block")
TYPE_PARAMETER = syntax.kind_ids("type_parameter")
HIDDEN_TYPE = syntax.kind_ids("abstract_type")  # `impl Trait`
# What may precede everything else in a file: a byte order mark and a shebang line.
TOP = re.compile(rb"(?:\xef\xbb\xbf)?(?:#!(?!\s*\[)[^\n]*\n)?")


@dataclass(frozen=True)
class Form:
    """A rewrite of a function: `text` replaces bytes [start, end) of the function's file."""

    chunk: str
    rewrite: str
    start: int
    end: int
    text: str


@dataclass(eq=False)
class Switched:
    """A function and the number of its switch. `reason` says why it has none after all."""

    function: Function
    number: int
    const: bool
    # The rewrites by the numbers of their switches, each with the text between the braces of its body.
    forms: dict[int, tuple[Form, bytes]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Piece:
    """Text inserted at `at`, for a function, or for one of its rewrites if `form` is not 0."""

    at: int
    text: bytes
    owner: Switched | None = None
    form: int = 0


class Switches:
    """The switches of a crate. Call `take_out` for what does not compile, then `edits` again."""

    def __init__(
        self,
        originals: Callable[[str], bytes],
        roots: list[str],
        functions: list[Function],
        forms: list[Form],
        *,
        every_form: bool = False,
    ) -> None:
        """`originals(file)` gives a file's bytes; `roots` are the crate roots that get the module.

        Unless `every_form` is asked for, forms are left out that will hardly compile, or cost too much.
        """
        self.originals, self.roots = originals, list(roots)
        self.refused: dict[Form, str] = {}
        by_chunk: dict[str, list[Form]] = defaultdict(list)
        for form in forms:
            by_chunk[form.chunk].append(form)
        self.functions: list[Switched] = []
        number = 0
        for function in sorted(functions, key=lambda f: (f.file, f.start, f.id)):
            text = originals(function.file)
            const = is_const(text, function)
            number += 1
            switched = Switched(function, number, const)
            self.functions.append(switched)
            asked = by_chunk[function.id]
            selection = Selection(text[function.start : function.end]) if asked and not every_form else None
            for form in asked:
                body, reason = body_of(form, text, function)
                reason = reason or (selection.reason(body) if selection else "")
                if reason:
                    self.refused[form] = reason
                else:
                    number += 1
                    switched.forms[number] = (form, body)
        self.count = number
        self.additions: list[tuple[str, Piece]] = []  # by file; further text, which belongs to no function
        self.pieces: dict[
            str, list[tuple[int, int, Piece]]
        ] = {}  # where the last `edits` put them: start, end, piece

    @property
    def uses_const(self) -> bool:
        return any(s.const and not s.reason for s in self.functions)

    def edits(self) -> dict[str, list[FileEdit]]:
        """The insertions by file, in order. Remembers where each one ends up, for `owner_of`."""
        by_file: dict[str, list[Piece]] = defaultdict(list)
        const = self.uses_const
        for root in self.roots:
            if const:
                by_file[root].append(Piece(top_of(self.originals(root)), FEATURES))
        for switched in self.functions:
            if not switched.reason:
                by_file[switched.function.file] += self._pieces(switched)
        module = MODULE.replace("COUNT", str(self.count + 1))
        module = module.replace("    // CONST\n", CONST_PART if const else "")
        for root in self.roots:
            by_file[root].append(Piece(len(self.originals(root)), module.encode()))
        for file, piece in self.additions:
            by_file[file].append(piece)
        self.pieces = {}
        for file, pieces in by_file.items():
            pieces.sort(
                key=lambda piece: piece.at
            )  # stable: in an empty body the head stays before the rewrites
            placed, shift = [], 0
            for piece in pieces:
                placed.append((piece.at + shift, piece.at + shift + len(piece.text), piece))
                shift += len(piece.text)
            self.pieces[file] = placed
        return {file: [(p.at, p.at, p.text) for _, _, p in placed] for file, placed in self.pieces.items()}

    def _pieces(self, switched: Switched) -> Iterator[Piece]:
        function, const = switched.function, b"const_" if switched.const else b""
        call = b"crate::__switch::" + const
        head = b"%sstop(%d);" % (call, switched.number)
        if switched.forms:
            # The original comes first, so that its lines keep their numbers.
            head += b"if %sno_form(%d,%d){" % (call, min(switched.forms), max(switched.forms))
        yield Piece(first_statement(self.originals(function.file), function), head, switched)
        numbers = list(switched.forms)
        for number in numbers:
            _, body = switched.forms[number]
            last = number == numbers[-1]
            condition = b"else {" if last else b"else if %son(%d) {" % (call, number)
            text = (b"}" if number == numbers[0] else b"") + condition + body + b"}"
            yield Piece(function.end - 1, text, switched, number)

    def owner_of(self, file: str, at: int) -> tuple[Switched, int] | None:
        """The function to blame for an error at byte `at` of the compiled text, and its rewrite's number or 0."""
        placed = self.pieces.get(file, [])
        last = bisect.bisect_right(placed, at, key=lambda entry: entry[0]) - 1
        if last >= 0 and at < placed[last][1]:
            piece = placed[last][2]
            return (piece.owner, piece.form) if piece.owner else None
        original = at - sum(end - start for start, end, _ in placed[: last + 1])
        around = [
            s
            for s in self.functions
            if not s.reason and s.function.file == file and s.function.start <= original < s.function.end
        ]
        inner = max(around, key=lambda s: s.function.start, default=None)
        return (inner, 0) if inner else None

    def take_out(self, switched: Switched, form: int, reason: str = "no_switch") -> None:
        """Remove the switch of a rewrite; with form 0 those of all rewrites, or the function's if it has none."""
        numbers = [form] if form else list(switched.forms)
        for number in numbers:
            self.refused[switched.forms.pop(number)[0]] = reason
        if not numbers:
            switched.reason = reason

    def leave_out_const(self) -> bool:
        """Remove the switches of every const function and its rewrites; returns whether there was one."""
        const = [s for s in self.functions if s.const and not s.reason]
        for switched in const:
            for number in list(switched.forms):
                self.take_out(switched, number, "const_fn")
            switched.reason = "const_fn"
        return bool(const)


def top_of(source: bytes) -> int:
    """Where attributes of a crate may begin in its root file."""
    top = TOP.match(source)
    assert top is not None, "the pattern matches an empty text"
    return top.end()


class Selection:
    """Which forms of one function are built."""

    def __init__(self, original: bytes) -> None:
        function = function_in(original)
        returned = function.child_by_field_name("return_type") if function else None
        self.hides_type = contains(returned, HIDDEN_TYPE)
        self.hides_closure = self.hides_type and ends_with_closure(function)
        self.left = MOST_GENERIC if function and is_generic(function) else math.inf
        self.has_form = False

    def reason(self, body: bytes) -> str:
        """Why this form is left out; empty if it is built."""
        # No two closures have the same type, so `impl Trait` cannot stand for this one and another.
        if self.hides_closure or (
            self.hides_type and ends_with_closure(function_in(b"fn f() {" + body + b"}"))
        ):
            return "no_switch"
        self.left -= len(body)
        if self.left < 0 and self.has_form:
            return "budget"
        self.has_form = True
        return ""


def body_of(form: Form, source: bytes, function: Function) -> tuple[bytes, str]:
    """The text between the braces of the rewritten function, or the reason why it cannot have a switch."""
    text = source[function.start : form.start] + form.text.encode() + source[form.end : function.end]
    node = function_in(text)
    if node is None:
        return b"", "no_switch"
    body = child_of(node, "body")
    begin, start, end = (at - len(METHOD) for at in (node.start_byte, body.start_byte, body.end_byte))
    if LAYOUT.sub(b"", text[begin:start]) != LAYOUT.sub(b"", source[function.start : function.body]):
        return b"", "other_signature"
    moved = Function("", "", begin, end, start)
    return text[first_statement(text, moved) : end - 1], ""


def function_in(text: bytes) -> Node | None:
    """The syntax of a function; None if the text is anything else. Its bytes begin at len(METHOD)."""
    root = syntax.parse(METHOD + text + b"\n}")
    item = root.named_children[0] if root.named_child_count else None
    impl_body = item.child_by_field_name("body") if item is not None and not root.has_error else None
    members = impl_body.named_children if impl_body else []
    functions = [node for node in members if node.type == "function_item"]
    return functions[0] if len(functions) == 1 and functions[0].child_by_field_name("body") else None


def ends_with_closure(function: Node | None) -> bool:
    """Whether the last expression or statement of the function's body holds a closure."""
    inside = child_of(function, "body").named_children if function else []
    last = next((node for node in reversed(inside) if node.kind_id not in syntax.COMMENTS), None)
    return contains(last, CLOSURE)


def is_generic(function: Node) -> bool:
    """Whether the function itself has type parameters, or arguments of type `impl Trait`."""
    named = contains(function.child_by_field_name("type_parameters"), TYPE_PARAMETER)
    return named or contains(function.child_by_field_name("parameters"), HIDDEN_TYPE)


def contains(node: Node | None, kinds: frozenset[int]) -> bool:
    """Whether the node or a node inside it is of one of these kinds."""
    return node is not None and any(inner.kind_id in kinds for inner in descendants(node))
