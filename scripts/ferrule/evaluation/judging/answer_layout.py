"""How one answer lies in a batch: two files, of which one is the answer and the other is out of its reach.

    m3f.rs        mod c81;                        <- first, see below
                  the answer, context included
    m3f/c81.rs    the clean module: the `use` lines of the prompt, its types out of the answer, its own copies of
                  the prompt's functions, constants and macros; the entry function with the prompt's signature,
                  which calls the answer's; `mod tests { ... }` with the problem's tests; a table of them

The clean module is a child of the answer's, as the module of tests is in the benchmarks: it sees private items,
fields and methods without any change to the answer. What the answer could do to it:
- macros: `macro_rules!` reaches what follows it in the text, so the declaration of the child comes first; std's
  macros are called by their full path besides
- names: nothing is imported but by name, so that `struct Vec`, `fn drop`, `mod std` stay in the answer
- types: a result that claims to be equal to everything does not have the type of the prompt's signature
- the names of both modules are different in every batch, so that no text can refer to them
- attributes and comments that belong to the file (`#![...]`, `//!`) stay before the declaration; those that could
  do more than set lints are compiled apart, see `ferrule.evaluation.judging.neighbours`
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from tree_sitter import Node

from ferrule.evaluation.judging.pinned_types import pins
from ferrule.evaluation.judging.problem_tests import (
    ProblemError,
    Test,
    crate_paths,
    edited,
    items,
    leaves,
    macro_names,
    read_tests,
    text_of,
)
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust import syntax

# What stands for names that differ from batch to batch; Rust knows no such character.
MODULE, CHILD, CRATE, SUITE = "\x00module\x00", "\x00child\x00", "\x00crate\x00", "\x00suite\x00"
REPEATED = frozenset(("use_declaration", "extern_crate_declaration"))
COPIED = frozenset(("function_item", "const_item"))
IMPORTED = frozenset(
    ("struct_item", "enum_item", "union_item", "trait_item", "type_item", "static_item", "mod_item")
)
# What has to stay at the top of a file: blanks, comments, a `#!` line, attributes of the file.
HEAD = re.compile(
    r"""(?:\#![^\[\n][^\n]*\n)?
    (?: \s+ | //[^\n]*(?:\n|\Z)
      | /\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*]|\*(?!/))*\*/)*+\*/      # comments in comments: one deep
      | \#!\s*\[(?:"(?:[^"\\]|\\[\s\S])*+"|\[[^\]]*\]|[^\]"\[])*+\]
    )*+""",
    re.VERBOSE,
)
OF_FILE = re.compile(r"#!\s*\[|^\s*//!|/\*!|\A#!", re.MULTILINE)


@dataclass(frozen=True)
class Frame:
    """What surrounds the answers to a problem, the same for all of them up to the names of modules."""

    tests: tuple[Test, ...]
    whole: str  # the clean module with the tests in it
    suite: str  # a module of a library with the tests, where they can be apart from the answer, or ""
    link: str  # the clean module that goes with it

    def clean_module(self, module: str, child: str, crate: str, suite: str | None) -> str:
        """`crate` is the library with the runner, `suite` its module with the tests of this problem, if any."""
        text = self.link if suite else self.whole
        return (
            text.replace(MODULE, module)
            .replace(CHILD, child)
            .replace(CRATE, crate)
            .replace(SUITE, suite or "")
        )

    def suite_module(self, name: str) -> str:
        return self.suite.replace(f"{MODULE}::{CHILD}", name).replace(MODULE, name)


def answer_module(code: str, module: str, child: str) -> str:
    """The answer's file: its own text, on its own lines, with the declaration of the clean module in it."""
    code = code.removeprefix("\ufeff")
    if "crate" in code:
        source = code.encode()
        edits = crate_paths(source, leaves(syntax.parse(source)), f"crate::{module}".encode())
        code = edited(source, edits).decode()
    head = HEAD.match(code)[0]
    at = len(head) if OF_FILE.search(head) else 0
    # A comment that the text ends in would swallow the declaration.
    line = "\n" if at and not head.endswith("\n") else ""
    return f"{code[:at]}{line}pub(crate) mod {child}; {code[at:]}"


@functools.lru_cache(4096)
def frame(problem: Problem) -> Frame:
    """The clean module of a problem; ProblemError where it has no tests or no entry item."""
    try:
        return _frame(problem)
    except ProblemError as error:
        raise ProblemError(f"problem {problem.id}: {error}") from None


def unusable(problem: Problem) -> str:
    """Why no answer to a problem can be judged, or ""."""
    try:
        frame(problem)
    except ProblemError as error:
        return str(error)
    return ""


def _frame(problem: Problem) -> Frame:
    source = f"{problem.prompt}\n}}".encode()
    found = list(items(syntax.parse(source)))
    if not found:
        raise ProblemError("its prompt holds no item")
    *context, (_, entry) = found
    own_macros = macro_names(source, entry.parent)
    body, tests = read_tests(problem.tests, place=f"crate::{MODULE}::{CHILD}".encode(), own_macros=own_macros)
    suite_tests = f"mod tests {{ use super::*;\n{body.decode()}\n}}"
    around = _context(source, context, names := set())
    around += "".join(f"use super::{name};\n" for name in problem.names if name not in names)
    shim = _signature(source, entry, problem.entry) if problem.kind == "function" else None
    calls = f"{shim.declared} {{ {shim.call} }}" if shim else ""
    whole = [
        around,
        calls,
        pins(problem),
        suite_tests,
        _table(tests, f"crate::{CRATE}"),
        "pub(crate) fn connect() {}",
    ]
    if not shim or not shim.pointer or re.search(r"\b(?:super|self|crate)\b", around):
        return Frame(tuple(tests), "\n".join(whole), "", "")
    # Nothing of the answer's but the entry function is in reach of the tests.
    suite = [
        around,
        f"pub static ENTRY: ::std::sync::OnceLock<{shim.pointer}> = ::std::sync::OnceLock::new();",
        f"{shim.declared} {{ (ENTRY.get().unwrap())({shim.arguments}) }}",
        suite_tests,
        _table(tests, "crate"),
    ]
    place = f"crate::{CRATE}::{SUITE}"
    link = [
        around,
        calls,
        f"pub(crate) use {place}::TESTS;",
        f"pub(crate) fn connect() {{ let _ = {place}::ENTRY.set({problem.entry}); }}",
    ]
    return Frame(tuple(tests), *("\n".join(text) for text in (whole, suite, link)))


def _context(source: bytes, context: list[tuple[list[Node], Node]], names: set[str]) -> str:
    """What the clean module has of the prompt's context; the names that it defines join `names`."""
    uses, macros, copies = [], [], []
    for attributes, item in context:
        node = item.child_by_field_name("name")
        name = text_of(source, node).decode() if node else ""
        if item.type in REPEATED:
            uses.append(_moved(source, item))
        elif item.type in IMPORTED:
            uses.append(f"use super::{name};")
        elif item.type in COPIED:
            kept = [_moved(source, a) for a in attributes if b"no_mangle" not in text_of(source, a)]
            copies.append("\n".join([*kept, _moved(source, item)]))
        elif item.type == "macro_definition":
            macros.append(_moved(source, item))
        elif item.type in ("macro_invocation", "expression_statement"):  # thread_local! { static X ... }
            made = re.findall(r"\bstatic\s+(\w+)", text_of(source, item).decode())
            uses += [f"use super::{each};" for each in made]
            names.update(made)
        if name != "_":
            names.add(name)
    return "\n".join(uses + macros + copies) + "\n"


def _moved(source: bytes, item: Node) -> str:
    """The text of an item; what it says of its crate, it says of the answer's module."""
    tokens = leaves(item)
    place = f"crate::{MODULE}".encode()
    edits = [
        (start - item.start_byte, end - item.start_byte, new)
        for start, end, new in crate_paths(source, tokens, place)
    ]
    return edited(text_of(source, item), edits).decode()


@dataclass(frozen=True)
class Signature:
    """The entry function as the prompt declares it."""

    declared: str  # all but the body
    arguments: str  # as they are passed on
    call: str  # of the answer's function
    pointer: str  # its type as a pointer, or "" where a pointer cannot stand for it


def _signature(source: bytes, entry: Node, name: str) -> Signature:
    node = entry.child_by_field_name("name")
    if entry.type != "function_item" or text_of(source, node).decode() != name:
        raise ProblemError(f"its prompt does not end inside `fn {name}`")
    modifiers = next((c for c in entry.children if c.type == "function_modifiers"), None)
    modifiers = text_of(source, modifiers).decode() if modifiers else ""
    types = []
    for child in entry.child_by_field_name("parameters").named_children:
        if child.type == "parameter":
            types.append(_moved(source, child.child_by_field_name("type")))
        elif child.type != "attribute_item" and child.kind_id not in syntax.COMMENTS:
            raise ProblemError(f"`fn {name}` has a parameter that cannot be passed on")
    parameters = ", ".join(f"__a{number}: {type_}" for number, type_ in enumerate(types))
    arguments = ", ".join(f"__a{number}" for number in range(len(types)))
    generics, result, where = (_field(source, entry, kind) for kind in ("type_parameters", "return_type", ""))
    arrow = f" -> {result}" if result else ""
    call = f"super::{name}{_turbofish(source, entry, ' '.join([*types, result]))}({arguments})"
    call += ".await" if "async" in modifiers else ""
    call = f"unsafe {{ {call} }}" if "unsafe" in modifiers else call
    pointer = f"fn({', '.join(types)}){arrow}"
    if re.fullmatch(r"<(\s*'\w+\s*,?)+>", generics):
        pointer = f"for{generics} {pointer}"
    elif generics:
        pointer = ""
    if modifiers or where or re.search(r"\bimpl\b", pointer):
        pointer = ""
    return Signature(
        f"{modifiers} fn {name}{generics}({parameters}){arrow} {where}", arguments, call, pointer
    )


def _field(source: bytes, entry: Node, field: str) -> str:
    """The text of a field of a function; the where clause has no field name."""
    node = entry.child_by_field_name(field) if field else None
    if not field:
        node = next((child for child in entry.children if child.type == "where_clause"), None)
    return _moved(source, node) if node else ""


def _turbofish(source: bytes, entry: Node, mentioned: str) -> str:
    """The generic arguments, where one of them follows neither from the arguments nor from the result."""
    generics = entry.child_by_field_name("type_parameters")
    if generics is None:
        return ""
    nodes = [
        child.child_by_field_name("name")
        for child in generics.named_children
        if child.type in ("type_parameter", "const_parameter")
    ]
    names = [text_of(source, node).decode() for node in nodes]
    if all(re.search(rf"\b{re.escape(name)}\b", mentioned) for name in names):
        return ""
    return f"::<{', '.join(names)}>"


def _table(tests: list[Test], runner: str) -> str:
    """The tests as the runner calls them, in their order."""
    rows = [
        f"{runner}::Test {{ run: || {runner}::Outcome::failure(tests::{test.path}()), "
        f"should_panic: {str(test.should_panic).lower()}, expected: {test.expected} }},"
        for test in tests
    ]
    return "\n".join([f"pub const TESTS: &[{runner}::Test] = &[", *rows, "];"])


def root_module(placed: list[tuple[str, str]], crate: str) -> str:
    """The root of a batch of (module, child) that runs with a library."""
    tables = ", ".join(f"({module}::{child}::connect, {module}::{child}::TESTS)" for module, child in placed)
    lines = [f"extern crate {crate};", f"fn main() {{ {crate}::serve(&[{tables}]) }}"]
    return "\n".join([*lines, *(f"mod {module};" for module, _ in placed)]) + "\n"
