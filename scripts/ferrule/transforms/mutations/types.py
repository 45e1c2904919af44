"""Values of the wrong type: strings, literals, references, annotations."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import INTEGERS, PRIMITIVES, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import OTHER_WIDTH, Mutation, cut, insert, operator, put


@operator("E0308", "E0277", "E0599")
def drop_to_string(site: Site) -> Iterator[Mutation]:
    """Used a &str where a String is needed."""
    for call, receiver, name, arguments in site.method_calls:
        if (
            name in (b"to_string", b"to_owned", b"into", b"to_vec", b"into_boxed_str", b"to_path_buf")
            and site.text(arguments) == b"()"
        ):
            yield cut(receiver.end_byte, call.end_byte)
    for call, argument in site.calls_of(b"String::from", b"Cow::Borrowed", b"Cow::Owned", b"PathBuf::from"):
        yield put(call, site.text(argument))


@operator("E0308")
def string_for_str(site: Site) -> Iterator[Mutation]:
    """Made a String where a &str is needed."""
    for node in site.nodes("string_literal"):
        if parent_of(node).type in ("arguments", "match_arm", "block") and not site.text(node).startswith(
            b"b"
        ):
            yield insert(node.end_byte, b".to_string()")


@operator("E0308", "E0277")
def char_for_str(site: Site) -> Iterator[Mutation]:
    """Mixed up 'x' and "x"."""
    for node in site.nodes("char_literal"):
        text = site.text(node)
        if text.startswith(b"b'"):
            yield cut(node.start_byte, node.start_byte + 1)
        elif b'"' not in text and b"\\" not in text:
            yield put(node, b'"' + text[1:-1] + b'"')


@operator("E0308")
def str_for_bytes(site: Site) -> Iterator[Mutation]:
    """Forgot the b before a byte string."""
    for node in site.nodes("string_literal"):
        if site.text(node).startswith(b'b"') and b"\\x" not in site.text(node):
            yield cut(node.start_byte, node.start_byte + 1)


@operator("E0308", "E0277")
def float_for_integer(site: Site) -> Iterator[Mutation]:
    """Wrote a float where an integer is needed."""
    for node in site.nodes("integer_literal"):
        if site.text(node) in (b"0", b"1", b"2", b"10", b"100") and parent_of(node).type in (
            "binary_expression",
            "arguments",
            "compound_assignment_expr",
        ):
            yield insert(node.end_byte, b".0")


@operator("E0308", "E0277")
def integer_for_float(site: Site) -> Iterator[Mutation]:
    """Wrote an integer where a float is needed."""
    for node in site.nodes("float_literal"):
        text = site.text(node)
        if text.endswith(b".0") and parent_of(node).type != "field_expression":
            yield put(node, text[:-2])


@operator("E0308", "E0369", "E0277", "E0368")
def drop_deref(site: Site) -> Iterator[Mutation]:
    """Forgot that the value is behind a reference."""
    for node in site.nodes("unary_expression"):
        if site.text(node).startswith(b"*"):
            yield cut(node.start_byte, node.start_byte + 1)


@operator("E0614")
def deref_of_value(site: Site) -> Iterator[Mutation]:
    """Dereferenced a value that is not a reference."""
    for name, kind in site.parameter_types.items():
        if kind in PRIMITIVES:
            for use in site.uses.get(name, ())[:2]:
                if parent_of(use).type in ("arguments", "binary_expression", "let_declaration"):
                    yield insert(use.start_byte, b"*")


@operator("E0308")
def drop_reference(site: Site) -> Iterator[Mutation]:
    """Passed the value where a reference to it is needed."""
    for node in site.nodes("reference_expression"):
        if parent_of(node).type == "arguments" and b"mut" not in site.text(node)[:5]:
            yield cut(node.start_byte, child_of(node, "value").start_byte)


@operator("E0308")
def extra_reference(site: Site) -> Iterator[Mutation]:
    """Used a reference where the value itself is needed."""
    for node in site.nodes("identifier", "field_expression"):
        if parent_of(node).type in ("field_initializer", "arguments") and site.text(node)[:1].islower():
            if node.type != "identifier" or parent_of(node).type != "arguments":
                yield insert(node.start_byte, b"&")


@operator("E0308", "E0277", "E0600")
def number_for_condition(site: Site) -> Iterator[Mutation]:
    """Used a number as a condition."""
    for node in site.nodes("binary_expression"):
        left, right = child_of(node, "left"), child_of(node, "right")
        if parent_of(node).type in ("if_expression", "while_expression") and site.text(right) == b"0":
            if site.between(left, right).strip() in (b"!=", b">"):
                yield cut(left.end_byte, node.end_byte)


@operator("E0308", "E0369", "E0277")
def drop_len(site: Site) -> Iterator[Mutation]:
    """Compared the collection itself instead of its length."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"len", b"count") and parent_of(call).type in (
            "binary_expression",
            "arguments",
            "range_expression",
        ):
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0600")
def negate_collection(site: Site) -> Iterator[Mutation]:
    """Negated a collection or an Option instead of asking whether it is empty."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"is_empty", b"is_none", b"is_some") and parent_of(call).type == "unary_expression":
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0308")
def assignment_in_condition(site: Site) -> Iterator[Mutation]:
    """Wrote = for ==."""
    for node in site.nodes("binary_expression"):
        left, right = child_of(node, "left"), child_of(node, "right")
        if site.between(left, right).strip() == b"==" and left.type in (
            "identifier",
            "field_expression",
            "index_expression",
        ):
            if parent_of(node).type in ("if_expression", "while_expression"):
                at = site.code.index(b"==", left.end_byte)
                yield cut(at, at + 1)


@operator("E0308", signature=True)
def wrong_return_type(site: Site) -> Iterator[Mutation]:
    """Declared another return type than the body has."""
    wrong = OTHER_WIDTH | {b"&str": b"String", b"String": b"&'static str"}
    if site.returns is not None and site.text(site.returns) in wrong:
        yield put(site.returns, wrong[site.text(site.returns)])


@operator("E0308", signature=True)
def drop_return_type(site: Site) -> Iterator[Mutation]:
    """Forgot the return type."""
    if site.returns is not None:
        yield cut(site.parameters.end_byte, site.returns.end_byte)


@operator("E0308", "E0277", signature=True)
def wrong_parameter_type(site: Site) -> Iterator[Mutation]:
    """Declared a parameter with a number type of another width."""
    for parameter in site.typed_parameters:
        kind = child_of(parameter, "type")
        if site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0308")
def wrong_let_type(site: Site) -> Iterator[Mutation]:
    """Annotated a variable with a number type of another width."""
    for node in site.nodes("let_declaration"):
        kind = node.child_by_field_name("type")
        if kind is not None and site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0308", "E0277")
def compare_with_some(site: Site) -> Iterator[Mutation]:
    """Compared a plain value with an Option."""
    for node in site.nodes("binary_expression"):
        right = child_of(node, "right")
        mark = site.between(child_of(node, "left"), right).strip()
        if mark in (b"==", b"!=") and right.type in (
            "char_literal",
            "integer_literal",
            "identifier",
            "string_literal",
        ):
            if not site.text(right)[:1].isupper():
                yield put(right, b"Some(" + site.text(right) + b")")


@operator("E0689")
def receiver_without_type(site: Site) -> Iterator[Mutation]:
    """Called a method of a number literal whose type is not yet known."""
    for call, receiver, name, arguments in site.method_calls:
        inner = [n for n in arguments.named_children if n.type in ("float_literal", "integer_literal")]
        simple = receiver.type in ("identifier", "field_expression")
        if name in (b"max", b"min", b"hypot", b"copysign", b"atan2") and len(inner) == 1 and simple:
            if not any(c in site.text(inner[0]) for c in b"uif_"):
                yield put(call, site.text(inner[0]) + b"." + name + b"(" + site.text(receiver) + b")")
        if receiver.type in ("float_literal", "integer_literal"):
            digits = site.text(receiver)
            for suffix in (*INTEGERS, b"f32", b"f64"):
                if digits.endswith(suffix):
                    yield put(receiver, digits.removesuffix(suffix).rstrip(b"_"))
                    break


@operator("E0308", "E0277")
def arithmetic_across_types(site: Site) -> Iterator[Mutation]:
    """Wrote a number with the wrong type suffix."""
    for node in site.nodes("integer_literal", "float_literal"):
        text = site.text(node)
        for suffix, wrong in OTHER_WIDTH.items():
            if text.endswith(suffix) and not text.startswith(b"0x"):
                yield put(node, text.removesuffix(suffix) + wrong)
                break
