"""Values of the wrong type: casts, wrappers, literals, references."""

from ferrule.rust.function_tree import INTEGERS, PRIMITIVES
from ferrule.transforms.mutations.mutation_operator import cut, insert, operator, put

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


@operator("E0308", "E0277")
def drop_cast(site):
    """Forgot that Rust converts between number types only when told to."""
    for node in site.nodes("type_cast_expression"):
        value = node.child_by_field_name("value")
        if site.text(node.child_by_field_name("type")) in PRIMITIVES and value.type not in (
            "integer_literal",
        ):
            yield cut(value.end_byte, node.end_byte)


@operator("E0308", "E0277")
def wrong_cast(site):
    """Converted to a number type of another width than the one needed."""
    for node in site.nodes("type_cast_expression"):
        kind = node.child_by_field_name("type")
        if site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0604", "E0606")
def cast_to_char(site):
    """Cast a number wider than u8 to char."""
    for node in site.nodes("type_cast_expression"):
        kind, value = node.child_by_field_name("type"), node.child_by_field_name("value")
        if site.text(kind) == b"char" and value.type == "type_cast_expression":
            yield put(value.child_by_field_name("type"), b"u32")
    for call, argument in site.calls_of(b"char::from_u32", b"char::from", b"std::char::from_u32"):
        if argument.type in ("identifier", "integer_literal", "field_expression"):
            yield put(call, site.text(argument) + b" as char")


@operator("E0054")
def cast_to_bool(site):
    """Cast a number to bool, as other languages let one."""
    for node in site.nodes("binary_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        simple = left.type in ("identifier", "field_expression", "call_expression", "index_expression")
        if (
            site.text(right) == b"0"
            and site.code[left.end_byte : right.start_byte].strip() == b"!="
            and simple
        ):
            if site.stands_open(node):
                yield put(node, site.text(left) + b" as bool")


@operator("E0605")
def cast_for_from(site):
    """Used `as` for a conversion that only From or a constructor makes."""
    for call in site.nodes("call_expression"):
        function = call.child_by_field_name("function")
        if function.type == "scoped_identifier" and site.text(function.child_by_field_name("name")) in (
            b"from",
            b"new",
        ):
            arguments = site.arguments(call)
            path = function.child_by_field_name("path")
            if (
                len(arguments) == 1
                and path is not None
                and path.type == "identifier"
                and site.stands_open(call)
            ):
                if arguments[0].type in ("identifier", "field_expression", "integer_literal"):
                    yield put(call, site.text(arguments[0]) + b" as " + site.text(path))


@operator("E0606")
def cast_of_reference(site):
    """Cast the reference instead of the value behind it."""
    for node in site.nodes("type_cast_expression"):
        value = node.child_by_field_name("value")
        if site.text(node.child_by_field_name("type")) in INTEGERS and site.stands_open(node):
            if value.type == "identifier" or (value.type == "field_expression" and site.stands_open(node)):
                yield insert(node.start_byte, b"&")
            elif value.type == "unary_expression" and site.text(value).startswith(b"*"):
                yield cut(value.start_byte, value.start_byte + 1)


@operator("E0308", "E0277", "E0599")
def drop_to_string(site):
    """Gave a &str where a String is wanted."""
    for call, receiver, name, arguments in site.method_calls:
        if (
            name in (b"to_string", b"to_owned", b"into", b"to_vec", b"into_boxed_str", b"to_path_buf")
            and site.text(arguments) == b"()"
        ):
            yield cut(receiver.end_byte, call.end_byte)
    for call, argument in site.calls_of(b"String::from", b"Cow::Borrowed", b"Cow::Owned", b"PathBuf::from"):
        yield put(call, site.text(argument))


@operator("E0308")
def string_for_str(site):
    """Made a String where a &str is wanted."""
    for node in site.nodes("string_literal"):
        if node.parent.type in ("arguments", "match_arm", "block") and not site.text(node).startswith(b"b"):
            yield insert(node.end_byte, b".to_string()")


@operator("E0308", "E0277")
def char_for_str(site):
    """Mixed up 'x' and "x"."""
    for node in site.nodes("char_literal"):
        text = site.text(node)
        if text.startswith(b"b'"):
            yield cut(node.start_byte, node.start_byte + 1)
        elif b'"' not in text and b"\\" not in text:
            yield put(node, b'"' + text[1:-1] + b'"')


@operator("E0308")
def str_for_bytes(site):
    """Forgot the b before a byte string."""
    for node in site.nodes("string_literal"):
        if site.text(node).startswith(b'b"') and b"\\x" not in site.text(node):
            yield cut(node.start_byte, node.start_byte + 1)


@operator("E0308", "E0277")
def float_for_integer(site):
    """Wrote a float where an integer is wanted."""
    for node in site.nodes("integer_literal"):
        if site.text(node) in (b"0", b"1", b"2", b"10", b"100") and node.parent.type in (
            "binary_expression",
            "arguments",
            "compound_assignment_expr",
        ):
            yield insert(node.end_byte, b".0")


@operator("E0308", "E0277")
def integer_for_float(site):
    """Wrote an integer where a float is wanted."""
    for node in site.nodes("float_literal"):
        text = site.text(node)
        if text.endswith(b".0") and node.parent.type != "field_expression":
            yield put(node, text[:-2])


@operator("E0308", "E0369", "E0277", "E0368")
def drop_deref(site):
    """Forgot that the value stands behind a reference."""
    for node in site.nodes("unary_expression"):
        if site.text(node).startswith(b"*"):
            yield cut(node.start_byte, node.start_byte + 1)


@operator("E0614")
def deref_of_value(site):
    """Dereferenced what is no reference."""
    for name, kind in site.parameter_types.items():
        if kind in PRIMITIVES:
            for use in site.uses.get(name, ())[:2]:
                if use.parent.type in ("arguments", "binary_expression", "let_declaration"):
                    yield insert(use.start_byte, b"*")


@operator("E0308")
def drop_reference(site):
    """Gave the value where a reference to it is wanted."""
    for node in site.nodes("reference_expression"):
        if node.parent.type == "arguments" and b"mut" not in site.text(node)[:5]:
            yield cut(node.start_byte, node.child_by_field_name("value").start_byte)


@operator("E0308")
def extra_reference(site):
    """Gave a reference where the value itself is wanted."""
    for node in site.nodes("identifier", "field_expression"):
        if node.parent.type in ("field_initializer", "arguments") and site.text(node)[:1].islower():
            if node.type != "identifier" or node.parent.type != "arguments":
                yield insert(node.start_byte, b"&")


@operator("E0308", "E0277", "E0600")
def number_for_condition(site):
    """Took a number for a truth value."""
    for node in site.nodes("binary_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if node.parent.type in ("if_expression", "while_expression") and site.text(right) == b"0":
            if site.between(left, right).strip() in (b"!=", b">"):
                yield cut(left.end_byte, node.end_byte)


@operator("E0308", "E0369", "E0277")
def drop_len(site):
    """Compared the collection itself instead of its length."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"len", b"count") and call.parent.type in (
            "binary_expression",
            "arguments",
            "range_expression",
        ):
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0600")
def negate_collection(site):
    """Tested a collection for truth instead of asking whether it is empty."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"is_empty", b"is_none", b"is_some") and call.parent.type == "unary_expression":
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0308")
def assignment_in_condition(site):
    """Wrote = for ==."""
    for node in site.nodes("binary_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if site.between(left, right).strip() == b"==" and left.type in (
            "identifier",
            "field_expression",
            "index_expression",
        ):
            if node.parent.type in ("if_expression", "while_expression"):
                at = site.code.index(b"==", left.end_byte)
                yield cut(at, at + 1)


@operator("E0308", signature=True)
def wrong_return_type(site):
    """Declared a return type that is not what the body gives."""
    if site.returns is not None and site.text(site.returns) in OTHER_WIDTH:
        yield put(site.returns, OTHER_WIDTH[site.text(site.returns)])
    elif site.returns is not None and site.text(site.returns) == b"&str":
        yield put(site.returns, b"String")
    elif site.returns is not None and site.text(site.returns) == b"String":
        yield put(site.returns, b"&'static str")


@operator("E0308", signature=True)
def drop_return_type(site):
    """Forgot the return type."""
    if site.returns is not None:
        yield cut(site.parameters.end_byte, site.returns.end_byte)


@operator("E0308", "E0277", signature=True)
def wrong_parameter_type(site):
    """Declared a parameter with a number type of another width."""
    for parameter in site.typed_parameters:
        kind = parameter.child_by_field_name("type")
        if site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0308")
def wrong_let_type(site):
    """Annotated a variable with a number type of another width."""
    for node in site.nodes("let_declaration"):
        kind = node.child_by_field_name("type")
        if kind is not None and site.text(kind) in OTHER_WIDTH:
            yield put(kind, OTHER_WIDTH[site.text(kind)])


@operator("E0308", "E0277")
def compare_with_some(site):
    """Compared a plain value with one in an Option."""
    for node in site.nodes("binary_expression"):
        right = node.child_by_field_name("right")
        mark = site.between(node.child_by_field_name("left"), right).strip()
        if mark in (b"==", b"!=") and right.type in (
            "char_literal",
            "integer_literal",
            "identifier",
            "string_literal",
        ):
            if not site.text(right)[:1].isupper():
                yield put(right, b"Some(" + site.text(right) + b")")


@operator("E0689")
def receiver_without_type(site):
    """Called a method of a literal number whose type is not yet known."""
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
def arithmetic_across_types(site):
    """Added a plain number to one of another type: wrote the wrong suffix."""
    for node in site.nodes("integer_literal", "float_literal"):
        text = site.text(node)
        for suffix, other in OTHER_WIDTH.items():
            if text.endswith(suffix) and not text.startswith(b"0x"):
                yield put(node, text.removesuffix(suffix) + other)
                break


@operator("E0620")
def cast_to_slice(site):
    """Cast to an unsized slice or str instead of borrowing it."""
    for call, receiver, name, _ in site.method_calls:
        if name in (b"as_str", b"as_bytes", b"as_slice") and receiver.type in (
            "identifier",
            "field_expression",
        ):
            if site.stands_open(call):
                yield cut(receiver.end_byte, call.end_byte)
                kind = b"str" if name == b"as_str" else b"[u8]"
                yield put(call, site.text(receiver) + b" as " + kind)
