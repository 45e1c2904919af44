"""Calls: arguments, methods, fields."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.rust.function_tree import COMMENTS, PRIMITIVES, Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import (
    Mutation,
    cut,
    insert,
    misspelt,
    operator,
    over,
    put,
)


@operator("E0061", "E0107")
def drop_argument(site: Site) -> Iterator[Mutation]:
    """Forgot an argument."""
    for call in site.nodes("call_expression"):
        spans = list(site.items(child_of(call, "arguments")))
        function = site.text(child_of(call, "function"))
        if spans and function not in (b"Some", b"Ok", b"Err", b"Box::new") and b"#[" not in site.text(call):
            yield cut(*spans[-1])


@operator("E0061")
def extra_argument(site: Site) -> Iterator[Mutation]:
    """Passed one argument too many."""
    for _, receiver, _, arguments in site.method_calls:
        parameters = sorted(site.parameter_types)
        passed = [site.text(n) for n in arguments.named_children]
        extra = next((p for p in parameters if p not in passed), None)
        if extra and receiver.type == "self" and b"," not in site.text(arguments)[-40:].rstrip(b") \n")[-1:]:
            yield insert(arguments.end_byte - 1, b", " + extra if passed else extra)
    for call in site.nodes("call_expression"):
        if site.text(child_of(call, "function")).endswith(b"::new") and not site.arguments(call):
            name = next(iter(sorted(site.parameter_types)), None)
            if name:
                yield insert(call.end_byte - 1, name)


@operator("E0308")
def swap_arguments(site: Site) -> Iterator[Mutation]:
    """Passed two arguments in the wrong order."""
    for call in site.nodes("call_expression"):
        arguments = site.arguments(call)
        if len(arguments) == 2 and arguments[0].type != arguments[1].type and b"//" not in site.text(call):
            first, second = arguments
            text = site.text(second) + site.between(first, second) + site.text(first)
            yield over(first.start_byte, second.end_byte, text)


@operator("E0599")
def misspell_method(site: Site) -> Iterator[Mutation]:
    """Wrote a method's name from memory."""
    for call, _, name, _ in site.method_calls:
        guess, function = misspelt(name, site), child_of(call, "function")
        if guess and function.type == "field_expression":
            yield put(child_of(function, "field"), guess)


# Names of the same methods in other languages, or on other types of the standard library.
ELSEWHERE = {
    b"len": b"size",
    b"push": b"append",
    b"push_str": b"append",
    b"is_empty": b"empty",
    b"contains": b"includes",
    b"unwrap_or": b"or_default",
    b"to_string": b"to_str",
    b"iter": b"each",
    b"map": b"select",
    b"starts_with": b"has_prefix",
    b"ends_with": b"has_suffix",
    b"trim": b"strip",
    b"get": b"at",
    b"insert": b"put",
    b"remove": b"delete",
    b"pop": b"pop_back",
    b"to_ascii_lowercase": b"to_lower",
    b"to_lowercase": b"to_lower",
    b"contains_key": b"has_key",
    b"extend": b"add_all",
    b"collect": b"to_list",
    b"is_some": b"is_ok",
    b"is_none": b"is_err",
    b"is_ok": b"is_some",
    b"is_err": b"is_none",
    b"ok_or": b"ok_or_err",
    b"min": b"minimum",
    b"max": b"maximum",
    b"find": b"index_of",
    b"abs": b"absolute",
    b"sqrt": b"square_root",
    b"as_str": b"to_str",
    b"as_bytes": b"bytes_slice",
    b"clear": b"empty",
    b"enumerate": b"with_index",
    b"get_mut": b"at_mut",
    b"chars": b"characters",
    b"split_at": b"split_off_at",
    b"push_back": b"enqueue",
    b"pop_front": b"dequeue",
    b"any": b"some",
    b"all": b"every",
}


@operator("E0599")
def method_of_another_language(site: Site) -> Iterator[Mutation]:
    """Called a method by its name in another language or on another type."""
    for call, _, name, _ in site.method_calls:
        function = child_of(call, "function")
        if name in ELSEWHERE and function.type == "field_expression" and not site.known(ELSEWHERE[name]):
            yield put(child_of(function, "field"), ELSEWHERE[name])


@operator("E0599")
def drop_iter(site: Site) -> Iterator[Mutation]:
    """Called an iterator's method on the collection itself."""
    for call, receiver, name, arguments in site.method_calls:
        if (
            name in (b"iter", b"into_iter", b"chars", b"bytes", b"iter_mut", b"lines")
            and site.text(arguments) == b"()"
        ):
            if parent_of(call).type == "field_expression":
                yield cut(receiver.end_byte, call.end_byte)


@operator("E0615", "E0616")
def method_without_call(site: Site) -> Iterator[Mutation]:
    """Left out the parentheses of a method call."""
    for call, _, _, arguments in site.method_calls:
        if site.text(arguments) == b"()" and child_of(call, "function").type == "field_expression":
            yield cut(arguments.start_byte, arguments.end_byte)


@operator("E0599")
def call_of_field(site: Site) -> Iterator[Mutation]:
    """Called a field as if it were a method."""
    for node in site.nodes("field_expression"):
        parent = parent_of(node)
        if child_of(node, "field").type == "field_identifier" and child_of(node, "value").type == "self":
            assigned = parent.type in ("assignment_expression", "compound_assignment_expr")
            if parent.type != "call_expression" and not assigned:
                yield insert(node.end_byte, b"()")


@operator("E0618", "E0599")
def call_of_value(site: Site) -> Iterator[Mutation]:
    """Called something that is not a function."""
    for node in site.nodes("identifier", "scoped_identifier"):
        text = site.text(node)
        last = text.split(b"::")[-1]
        if parent_of(node).type in (
            "arguments",
            "block",
            "match_arm",
            "field_initializer",
            "let_declaration",
            "return_expression",
        ):
            if last in site.uses and site.binds(node):
                continue
            if (last[:1].isupper() and len(last) > 1) or (
                last in site.bindings and node in site.uses.get(last, ())[:1]
            ):
                if not (
                    parent_of(node).type == "let_declaration"
                    and parent_of(node).child_by_field_name("pattern") == node
                ):
                    yield insert(node.end_byte, b"()")


@operator("E0609")
def misspell_field(site: Site) -> Iterator[Mutation]:
    """Wrote a field's name from memory."""
    for node in site.nodes("field_expression"):
        field = child_of(node, "field")
        if (
            parent_of(node).type not in ("call_expression", "generic_function")
            and field.type == "field_identifier"
        ):
            guess = misspelt(site.text(field), site)
            if guess:
                yield put(field, guess)


@operator("E0609")
def tuple_field_out_of_range(site: Site) -> Iterator[Mutation]:
    """Counted the fields of a tuple from one."""
    for node in site.nodes("field_expression"):
        field = child_of(node, "field")
        if field.type == "integer_literal" and site.text(field) in (b"0", b"1"):
            yield put(field, b"%d" % (int(site.text(field)) + 1))


@operator("E0308", "E0609", "E0277", "E0599", "E0369")
def drop_tuple_field(site: Site) -> Iterator[Mutation]:
    """Used the wrapper where the value inside is needed."""
    for node in site.nodes("field_expression"):
        if child_of(node, "field").type == "integer_literal":
            yield cut(child_of(node, "value").end_byte, node.end_byte)


@operator("E0610")
def field_of_primitive(site: Site) -> Iterator[Mutation]:
    """Took a value of a primitive type for a struct or a newtype."""
    for name, kind in sorted(site.parameter_types.items()):
        if kind in PRIMITIVES:
            for use in site.uses.get(name, ())[:1]:
                if parent_of(use).type not in ("field_expression", "shorthand_field_initializer"):
                    yield insert(use.end_byte, b".0")


@operator("E0608")
def index_of_tuple(site: Site) -> Iterator[Mutation]:
    """Indexed a tuple or an iterator with brackets."""
    for node in site.nodes("field_expression"):
        field = child_of(node, "field")
        if field.type == "integer_literal":
            yield over(child_of(node, "value").end_byte, node.end_byte, b"[" + site.text(field) + b"]")
    for call, receiver, name, arguments in site.method_calls:
        if name in (b"nth", b"get", b"get_mut") and arguments.named_child_count == 1:
            yield over(receiver.end_byte, call.end_byte, b"[" + site.text(arguments)[1:-1] + b"]")


@operator("E0040", "E0599")
def explicit_drop(site: Site) -> Iterator[Mutation]:
    """Called the destructor as a method."""
    for call, argument in site.calls_of(b"drop", b"mem::drop", b"std::mem::drop"):
        if argument.type in ("identifier", "field_expression", "self"):
            yield put(call, site.text(argument) + b".drop()")


@operator("E0277")
def index_of_other_type(site: Site) -> Iterator[Mutation]:
    """Indexed with a number that is not a usize."""
    for node in site.nodes("index_expression"):
        index = node.named_children[-1]
        if index.type == "integer_literal" and site.text(index).isdigit():
            yield insert(index.end_byte, b"u32")
        elif index.type == "identifier":
            yield insert(index.end_byte, b" as u32")
        elif index.type == "call_expression" and site.text(index).endswith((b".index()", b".into()")):
            parts = site.method(index)
            assert parts is not None, "`.index()` ends a method call"
            yield cut(parts.receiver.end_byte, index.end_byte)


@operator("E0057")
def closure_argument_count(site: Site) -> Iterator[Mutation]:
    """Called a closure with one argument too few."""
    for node in site.nodes("let_declaration"):
        value, pattern = node.child_by_field_name("value"), child_of(node, "pattern")
        if value is not None and value.type == "closure_expression" and pattern.type == "identifier":
            for call in site.nodes("call_expression"):
                if site.text(child_of(call, "function")) == site.text(pattern):
                    for start, end in list(site.items(child_of(call, "arguments")))[-1:]:
                        yield cut(start, end)


@operator("E0593", "E0057")
def closure_parameter_count(site: Site) -> Iterator[Mutation]:
    """Gave a closure another number of parameters than its caller passes."""
    for node in site.nodes("closure_parameters"):
        parameters = [n for n in node.named_children if n.type not in COMMENTS]
        if len(parameters) == 1 and parameters[0].type == "tuple_pattern":
            yield put(parameters[0], site.text(parameters[0])[1:-1].strip())
        elif len(parameters) == 2 and b":" not in site.text(node):
            yield put(node, b"|(" + site.text(node)[1:-1] + b")|")
        elif len(parameters) == 1 and parameters[0].type == "identifier":
            yield insert(node.start_byte + 1, b"i, ") if not site.known(b"i") else put(node, b"||")


@operator("E0599", "E0034")
def method_for_function(site: Site) -> Iterator[Mutation]:
    """Called an associated function as a method of self."""
    for node in site.nodes("scoped_identifier"):
        if (
            site.text(node.child_by_field_name("path")) == b"Self"
            and parent_of(node).type == "call_expression"
            and site.self_parameter is not None
        ):
            if site.text(child_of(node, "name"))[:1].islower():
                yield put(node, b"self." + site.text(child_of(node, "name")))


@operator("E0425", "E0061")
def function_for_method(site: Site) -> Iterator[Mutation]:
    """Called a method as an associated function, without self."""
    for call, receiver, name, _arguments in site.method_calls:
        function = child_of(call, "function")
        if receiver.type == "self" and function.type == "field_expression":
            yield put(function, b"Self::" + name)
