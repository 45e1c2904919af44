"""Names that do not resolve because they are misspelled."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    cut,
    in_head,
    misspelt,
    operator,
    put,
)

FORMAT_MACROS = frozenset(
    b"format print println eprint eprintln write writeln panic assert assert_eq assert_ne debug_assert "
    b"debug_assert_eq unreachable todo".split()
)


@operator("E0425")
def misspell_variable(site: Site) -> Iterator[Mutation]:
    """Wrote a variable's name from memory."""
    for name in sorted(site.uses):
        guess = misspelt(name, site)
        if guess:
            yield put(site.uses[name][-1], guess)


@operator("E0425")
def misspell_in_format(site: Site) -> Iterator[Mutation]:
    """Wrote a variable's name from memory in a formatting macro."""
    for macro in site.nodes("macro_invocation"):
        if site.text(child_of(macro, "macro")) not in FORMAT_MACROS:
            continue
        tree = macro.named_children[-1]
        children = tree.children
        for before, node, after in zip(children, children[1:], children[2:], strict=False):
            if (
                node.type == "identifier"
                and site.text(node) in site.bindings
                and site.text(before) in (b",", b"(")
            ):
                guess = misspelt(site.text(node), site)
                if guess and site.text(after) in (b",", b")", b"."):
                    yield put(node, guess)


@operator("E0425")
def misspell_binding(site: Site) -> Iterator[Mutation]:
    """Gave a variable another name in its declaration than in its uses."""
    for name in sorted(site.bindings):
        nodes = site.bindings[name]
        if len(nodes) == 1 and nodes[0].type == "identifier" and site.uses.get(name):
            guess = misspelt(name, site)
            if guess:
                yield put(nodes[0], guess)


@operator("E0425")
def misspell_function(site: Site) -> Iterator[Mutation]:
    """Wrote a function's name from memory."""
    for call in site.nodes("call_expression"):
        function = child_of(call, "function")
        name = site.text(function)
        if function.type == "identifier" and name[:1].islower() and name not in site.bindings:
            guess = misspelt(name, site)
            if guess:
                yield put(function, guess)


@operator("E0425", "E0531", "E0433")
def misspell_constant(site: Site) -> Iterator[Mutation]:
    """Wrote a constant's name from memory."""
    for node in site.nodes("identifier"):
        name = site.text(node)
        if (
            name.isupper()
            and len(name) > 3
            and parent_of(node).type not in ("const_item", "static_item", "const_parameter")
        ):
            if parent_of(node).type not in ("match_pattern", "or_pattern", "macro_invocation"):
                guess = name[:-1] if name.endswith(b"S") else name + b"S"
                if not site.known(guess):
                    yield put(node, guess)


@operator("E0433", "E0412", "E0425", phase="paths")
def misspell_type(site: Site) -> Iterator[Mutation]:
    """Wrote a type's name from memory."""
    seen = set()
    for node in site.nodes("type_identifier"):
        name = site.text(node)
        if (
            len(name) > 2
            and name not in seen
            and name != b"Self"
            and parent_of(node).type not in ("trait_bounds", "type_parameter")
        ):
            seen.add(name)
            guess = misspelt_type(name, site)
            if guess:
                yield in_head(site, put(node, guess))


def misspelt_type(name: bytes, site: Site) -> bytes | None:
    """A type's or module's name as someone writes it from memory."""
    familiar = {
        b"Vec": b"Vector",
        b"String": b"Str",
        b"HashMap": b"Hashmap",
        b"Ordering": b"Order",
        b"usize": b"uint",
    }
    guess = familiar.get(name) or misspelt(name, site)
    return guess if guess and not site.known(guess) else None


@operator("E0433")
def misspell_path(site: Site) -> Iterator[Mutation]:
    """Wrote a type's or module's name from memory in a path."""
    seen = set()
    for node in site.nodes("scoped_identifier"):
        path = node.child_by_field_name("path")
        if path is not None and path.type == "identifier" and site.text(path) not in seen:
            seen.add(site.text(path))
            guess = (
                misspelt_type(site.text(path), site)
                if site.text(path) not in (b"std", b"core", b"alloc")
                else None
            )
            if guess:
                yield put(path, guess)


@operator("E0432", "E0433", phase="imports")
def misspell_import(site: Site) -> Iterator[Mutation]:
    """Imported a name that the module does not have."""
    for node in site.nodes("use_declaration"):
        names = [n for n in site.nodes("identifier") if node.start_byte < n.start_byte < node.end_byte]
        if names:
            guess = misspelt(site.text(names[-1]), site)
            if guess:
                yield put(names[-1], guess)


@operator("E0599")
def misspell_variant(site: Site) -> Iterator[Mutation]:
    """Named a variant or an associated item that the type does not have."""
    seen = set()
    for node in site.nodes("scoped_identifier"):
        path, name = node.child_by_field_name("path"), child_of(node, "name")
        if (
            path is not None
            and site.text(path).split(b"::")[-1][:1].isupper()
            and site.text(node) not in seen
        ):
            seen.add(site.text(node))
            guess = misspelt(site.text(name), site)
            if guess:
                yield put(name, guess)


@operator("E0426")
def misspell_label(site: Site) -> Iterator[Mutation]:
    """Jumped to a label that does not exist."""
    jumps = site.nodes("break_expression", "continue_expression")
    used = {site.text(n) for jump in jumps for n in jump.named_children if n.type == "label"}
    for loop in site.nodes("for_expression", "while_expression", "loop_expression"):
        if any(c.type == "label" and site.text(c) in used for c in loop.children):
            keyword = next(c for c in loop.children if c.type in ("for", "while", "loop"))
            yield cut(loop.start_byte, keyword.start_byte)
