"""Names that do not resolve: misspelt, out of scope, without their path."""

import itertools
import re

from ferrule.transforms.mutations.mutation_operator import cut, in_head, misspelt, operator, put, span

FORMAT_MACROS = frozenset(
    b"format print println eprint eprintln write writeln panic assert assert_eq assert_ne debug_assert "
    b"debug_assert_eq unreachable todo".split()
)


@operator("E0425")
def misspell_variable(site):
    """Wrote a variable's name from memory."""
    for name in sorted(site.uses):
        guess = misspelt(name, site)
        if guess:
            yield put(site.uses[name][-1], guess)


@operator("E0425")
def misspell_in_format(site):
    """Wrote a variable's name from memory in a formatting macro."""
    for macro in site.nodes("macro_invocation"):
        if site.text(macro.child_by_field_name("macro")) not in FORMAT_MACROS:
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
def misspell_binding(site):
    """Named a variable otherwise where it is bound than where it is used."""
    for name in sorted(site.bindings):
        nodes = site.bindings[name]
        if len(nodes) == 1 and nodes[0].type == "identifier" and site.uses.get(name):
            guess = misspelt(name, site)
            if guess:
                yield put(nodes[0], guess)


@operator("E0425")
def misspell_function(site):
    """Wrote a function's name from memory."""
    for call in site.nodes("call_expression"):
        function = call.child_by_field_name("function")
        name = site.text(function)
        if function.type == "identifier" and name[:1].islower() and name not in site.bindings:
            guess = misspelt(name, site)
            if guess:
                yield put(function, guess)


@operator("E0425", "E0531", "E0433")
def misspell_constant(site):
    """Wrote a constant's name from memory."""
    for node in site.nodes("identifier"):
        name = site.text(node)
        if (
            name.isupper()
            and len(name) > 3
            and node.parent.type not in ("const_item", "static_item", "const_parameter")
        ):
            if node.parent.type not in ("match_pattern", "or_pattern", "macro_invocation"):
                guess = name[:-1] if name.endswith(b"S") else name + b"S"
                if not site.known(guess):
                    yield put(node, guess)


@operator("E0425", "E0599")
def use_before_let(site):
    """Used a variable one statement before it is declared."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if first.type != "let_declaration" or second.type not in (
                "let_declaration",
                "expression_statement",
            ):
                continue
            pattern = first.child_by_field_name("pattern")
            names = [n for n in site.bindings if pattern.type == "identifier" and site.text(pattern) == n]
            word = names and re.compile(rb"(?<![\w.:])" + names[0] + rb"\b")
            if (
                word
                and len(site.bindings[names[0]]) == 1
                and word.search(site.text(second))
                and site.text(second).endswith(b";")
            ):
                gap = site.between(first, second)
                if not gap.strip():
                    text = site.text(second) + gap + site.text(first)
                    yield span(first, second, text)


@operator("E0425")
def drop_let(site):
    """Assigned to a variable that was never declared."""
    for node in site.nodes("let_declaration"):
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        plain = pattern.type == "identifier" and node.child_by_field_name("type") is None
        if plain and value is not None and node.child_by_field_name("alternative") is None:
            if len(site.bindings[site.text(pattern)]) == 1 and site.uses.get(site.text(pattern)):
                yield cut(node.start_byte, pattern.start_byte)


@operator("E0425")
def scope_too_small(site):
    """Declared a variable inside a block and used it after its end."""
    for node in site.nodes("let_declaration"):
        pattern = node.child_by_field_name("pattern")
        name = site.text(pattern)
        block, around = node.parent, node.parent.parent
        if block.type != "block" or around.type not in (
            "if_expression",
            "for_expression",
            "while_expression",
            "loop_expression",
            "unsafe_block",
        ):
            if pattern.type == "identifier" and len(site.bindings[name]) == 1:
                statements = site.statements(block)
                at = next((i for i, s in enumerate(statements) if s == node), -1)
                following = statements[at + 1] if 0 <= at < len(statements) - 1 else None
                inner = (
                    following.named_children[0]
                    if following is not None and following.type == "expression_statement"
                    else None
                )
                if inner is not None and inner.type in (
                    "for_expression",
                    "while_expression",
                    "loop_expression",
                ):
                    loop = inner.child_by_field_name("body")
                    if (
                        site.used_after(name, following.end_byte)
                        and not site.between(node, following).strip()
                    ):
                        line = site.code.rfind(b"\n", 0, loop.end_byte)
                        margin = re.match(rb"\s*", site.code[line + 1 :])[0]
                        head = site.code[following.start_byte : loop.start_byte + 1]
                        text = (
                            head
                            + b"\n"
                            + margin
                            + b"    "
                            + site.text(node)
                            + site.code[loop.start_byte + 1 : following.end_byte]
                        )
                        yield span(node, following, text)


@operator("E0425", "E0599")
def drop_self(site):
    """Forgot `self.` before a field or a method, as in languages where it is implied."""
    for node in site.nodes("field_expression"):
        value = node.child_by_field_name("value")
        if value.type == "self" and node.child_by_field_name("field").type == "field_identifier":
            name = site.text(node.child_by_field_name("field"))
            if name not in site.bindings:
                yield cut(node.start_byte, node.child_by_field_name("field").start_byte)


@operator("E0425")
def drop_self_type(site):
    """Called a function of the type without naming the type."""
    for node in site.nodes("scoped_identifier"):
        path = node.child_by_field_name("path")
        if (
            path is not None
            and site.text(path) in (b"Self", site.owner.encode())
            and node.parent.type in ("call_expression", "arguments")
        ):
            yield cut(node.start_byte, node.child_by_field_name("name").start_byte)


@operator("E0424", "E0425", signature=True)
def drop_self_parameter(site):
    """Forgot the self parameter of a method."""
    if site.self_parameter is not None and b"self" in site.text(site.body):
        for start, end in site.items(site.parameters):
            if start == site.self_parameter.start_byte:
                yield cut(start, end)


@operator("E0433", "E0412", "E0425", phase="paths")
def misspell_type(site):
    """Wrote a type's name from memory."""
    seen = set()
    for node in site.nodes("type_identifier"):
        name = site.text(node)
        if (
            len(name) > 2
            and name not in seen
            and name != b"Self"
            and node.parent.type not in ("trait_bounds", "type_parameter")
        ):
            seen.add(name)
            guess = misspelt_type(name, site)
            if guess:
                yield in_head(site, put(node, guess))


def misspelt_type(name: bytes, site):
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
def misspell_path(site):
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


@operator("E0433", phase="paths")
def drop_crate(site):
    """Left out `crate::`, `self::`, `super::` or `std::` at the start of a path."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path = node.child_by_field_name("path")
        if path is not None and site.text(path) in (b"crate", b"super", b"self", b"std", b"core", b"alloc"):
            if node.parent.type in ("scoped_identifier", "scoped_type_identifier"):
                yield cut(node.start_byte, node.child_by_field_name("name").start_byte)


@operator("E0425", "E0412", "E0433", phase="paths")
def drop_module(site):
    """Used a function or type of another module without its path or an import."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        last = site.text(path).split(b"::")[-1] if path is not None else b""
        if last[:1].islower() and node.parent.type not in (
            "scoped_identifier",
            "scoped_type_identifier",
            "use_declaration",
            "macro_invocation",
        ):
            if last not in (
                b"self",
                b"u8",
                b"f64",
                b"usize",
                b"u32",
                b"u64",
            ) and not node.parent.type.startswith("use"):
                yield in_head(site, cut(node.start_byte, name.start_byte))


@operator("E0432", "E0433", phase="imports")
def misspell_import(site):
    """Imported a name that the module does not have."""
    for node in site.nodes("use_declaration"):
        words = [
            n for n in site.by_type.get("identifier", ()) if node.start_byte < n.start_byte < node.end_byte
        ]
        if words:
            guess = misspelt(site.text(words[-1]), site)
            if guess:
                yield put(words[-1], guess)


@operator("E0433", "E0425", "E0412", phase="paths")
def drop_import(site):
    """Forgot the import inside the function."""
    for node in site.nodes("use_declaration"):
        if node.parent.type == "block":
            yield cut(node.start_byte, node.end_byte)


@operator("E0411", "E0433")
def self_outside_impl(site):
    """Wrote Self in a function that belongs to no type."""
    if not site.header and site.returns is not None and site.returns.type == "type_identifier":
        yield in_head(site, put(site.returns, b"Self"))


@operator("E0425", "E0531", "E0422")
def drop_enum(site):
    """Named an enum's variant without the enum."""
    for node in site.nodes("scoped_identifier", "scoped_type_identifier"):
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
        if (
            path is not None
            and site.text(path).split(b"::")[-1][:1].isupper()
            and site.text(name)[:1].isupper()
        ):
            if node.parent.type in (
                "tuple_struct_pattern",
                "struct_pattern",
                "call_expression",
                "arguments",
                "struct_expression",
                "block",
            ):
                yield cut(node.start_byte, name.start_byte)


@operator("E0599")
def misspell_variant(site):
    """Named a variant or an associated item that the type does not have."""
    seen = set()
    for node in site.nodes("scoped_identifier"):
        path, name = node.child_by_field_name("path"), node.child_by_field_name("name")
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
def misspell_label(site):
    """Jumped to a label that is not there."""
    for node in site.nodes("break_expression", "continue_expression"):
        for label in node.named_children:
            if label.type == "label":
                for loop in site.nodes("for_expression", "while_expression", "loop_expression"):
                    own = next(
                        (c for c in loop.children if c.type == "label" and site.text(c) == site.text(label)),
                        None,
                    )
                    if own is not None:
                        yield cut(
                            loop.start_byte,
                            next(c for c in loop.children if c.type in ("for", "while", "loop")).start_byte,
                        )
