"""The layout of one answer in a batch: a file with the answer, and a file that the answer cannot affect.

    m3f.rs        mod c81;                        <- first, see below
                  the answer, including the context
    m3f/c81.rs    the clean module: the `use` lines of the prompt; its types, imported from the answer; copies of the
                  prompt's functions, constants and macros; the entry function with the prompt's signature, which
                  calls the answer's; `mod tests { ... }` with the problem's tests; a table of the tests

The clean module is a child of the answer's module, like the module of tests in the benchmarks. So it sees private
items, fields and methods without any change to the answer. The answer could affect it in these ways:
- macros: `macro_rules!` applies to the text after it, so the declaration of the child comes first; also, macros of
  std are called by their full path
- names: everything is imported by its name, so that `struct Vec`, `fn drop`, `mod std` stay in the answer
- types: a result that claims to be equal to everything does not have the type of the prompt's signature
- the names of both modules differ from batch to batch, so that no text can refer to them
- attributes and comments of the file (`#![...]`, `//!`) stay before the declaration; answers with attributes that do
  more than set lints are compiled apart, see `ferrule.evaluation.judging.neighbours`
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
from ferrule.rust.nodes import child_of, parent_of

# Placeholders for names that differ from batch to batch. NUL does not occur in Rust code.
MODULE, CHILD, CRATE, SUITE = "\x00module\x00", "\x00child\x00", "\x00crate\x00", "\x00suite\x00"
REPEATED = frozenset(("use_declaration", "extern_crate_declaration"))
COPIED = frozenset(("function_item", "const_item"))
IMPORTED = frozenset(
    ("struct_item", "enum_item", "union_item", "trait_item", "type_item", "static_item", "mod_item")
)
# What must stay at the top of a file: whitespace, comments, a `#!` line, attributes of the file.
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
    """The code around the answers to a problem. It is the same for all answers except for the names of modules."""

    tests: tuple[Test, ...]
    whole: str  # the clean module with the tests in it
    suite: str  # the tests as a module of a library, or "" if they cannot be compiled without the answer
    link: str  # the clean module that uses `suite`

    def clean_module(self, module: str, child: str, crate: str, suite: str | None) -> str:
        """The text of the clean module `child` of an answer's `module`.

        `crate` is the library with the runner, `suite` its module with the tests of this problem, if it has one.
        """
        text = self.link if suite else self.whole
        return (
            text.replace(MODULE, module)
            .replace(CHILD, child)
            .replace(CRATE, crate)
            .replace(SUITE, suite or "")
        )

    def suite_module(self, name: str) -> str:
        """The text of `suite` as a module called `name`."""
        return self.suite.replace(f"{MODULE}::{CHILD}", name).replace(MODULE, name)


def answer_module(code: str, module: str, child: str) -> str:
    """The answer's file: its text with the declaration of the clean module. Line numbers stay the same if possible."""
    code = code.removeprefix("\ufeff")
    if "crate" in code:
        source = code.encode()
        edits = crate_paths(source, leaves(syntax.parse(source)), f"crate::{module}".encode())
        code = edited(source, edits).decode()
    match = HEAD.match(code)
    assert match is not None, "HEAD also matches the empty text"
    head = match[0]
    at = len(head) if OF_FILE.search(head) else 0
    # If the head ends in a comment without a line end, the declaration would become part of the comment.
    line = "\n" if at and not head.endswith("\n") else ""
    return f"{code[:at]}{line}pub(crate) mod {child}; {code[at:]}"


@functools.lru_cache(4096)
def frame(problem: Problem) -> Frame:
    """The code around the answers to a problem; ProblemError if it has no tests or no entry item."""
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
    prompt_items = list(items(syntax.parse(source)))
    if not prompt_items:
        raise ProblemError("its prompt holds no item")
    *context, (_, entry) = prompt_items
    own_macros = macro_names(source, parent_of(entry))
    body, tests = read_tests(problem.tests, place=f"crate::{MODULE}::{CHILD}".encode(), own_macros=own_macros)
    suite_tests = f"mod tests {{ use super::*;\n{body.decode()}\n}}"
    names: set[str] = set()
    around = _context(source, context, names)
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
    # The tests reach nothing of the answer but the entry function.
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
    """The part of the clean module that comes from the prompt's context; the names that it defines join `names`."""
    uses: list[str] = []
    macros: list[str] = []
    copies: list[str] = []
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
            statics = re.findall(r"\bstatic\s+(\w+)", text_of(source, item).decode())
            uses += [f"use super::{each};" for each in statics]
            names.update(statics)
        if name != "_":
            names.add(name)
    return "\n".join(uses + macros + copies) + "\n"


def _moved(source: bytes, item: Node) -> str:
    """The text of an item, with paths of its crate turned into paths of the answer's module."""
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

    declared: str  # all of it except the body
    arguments: str  # the names of the parameters, as arguments of a call
    call: str  # a call of the answer's function
    pointer: str  # the type of a pointer to the function, or "" if a pointer cannot replace it


def _signature(source: bytes, entry: Node, name: str) -> Signature:
    if entry.type != "function_item" or text_of(source, child_of(entry, "name")).decode() != name:
        raise ProblemError(f"its prompt does not end inside `fn {name}`")
    modifiers_node = next((c for c in entry.children if c.type == "function_modifiers"), None)
    modifiers = text_of(source, modifiers_node).decode() if modifiers_node else ""
    types: list[str] = []
    for child in child_of(entry, "parameters").named_children:
        if child.type == "parameter":
            types.append(_moved(source, child_of(child, "type")))
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
    """The text of a field of a function. `field` is "" for the where clause, which has no field name."""
    node = entry.child_by_field_name(field) if field else None
    if not field:
        node = next((child for child in entry.children if child.type == "where_clause"), None)
    return _moved(source, node) if node else ""


def _turbofish(source: bytes, entry: Node, mentioned: str) -> str:
    """The generic arguments of a call; "" if all of them follow from the arguments or the result.

    `mentioned` is the text of the types of the parameters and the result.
    """
    generics = entry.child_by_field_name("type_parameters")
    if generics is None:
        return ""
    names = [
        text_of(source, child_of(child, "name")).decode()
        for child in generics.named_children
        if child.type in ("type_parameter", "const_parameter")
    ]
    if all(re.search(rf"\b{re.escape(name)}\b", mentioned) for name in names):
        return ""
    return f"::<{', '.join(names)}>"


def _table(tests: list[Test], runner: str) -> str:
    """The table of tests that the runner calls, in their order."""
    rows = [
        f"{runner}::Test {{ run: || {runner}::Outcome::failure(tests::{test.path}()), "
        f"should_panic: {str(test.should_panic).lower()}, expected: {test.expected} }},"
        for test in tests
    ]
    return "\n".join([f"pub const TESTS: &[{runner}::Test] = &[", *rows, "];"])


def root_module(placed: list[tuple[str, str]], crate: str) -> str:
    """The root of a batch: a program that passes the (module, child) of each answer to the runner in `crate`."""
    tables = ", ".join(f"({module}::{child}::connect, {module}::{child}::TESTS)" for module, child in placed)
    lines = [f"extern crate {crate};", f"fn main() {{ {crate}::serve(&[{tables}]) }}"]
    return "\n".join([*lines, *(f"mod {module};" for module, _ in placed)]) + "\n"
