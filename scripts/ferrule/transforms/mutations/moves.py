"""Values used after they were moved, or moved out of what is only borrowed."""

import itertools
import re

from ferrule.transforms.mutations.mutation_operator import cut, insert, operator, put, span


@operator("E0382", "E0507", "E0308")
def drop_clone(site):
    """Forgot to clone what is used again or only borrowed."""
    for call, receiver, name, arguments in site.method_calls:
        if name in (b"clone", b"cloned", b"copied") and site.text(arguments) == b"()":
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0507")
def drop_take(site):
    """Moved a field out of a borrowed value instead of taking it."""
    for call, receiver, name, arguments in site.method_calls:
        if name == b"take" and site.text(arguments) == b"()":
            yield cut(receiver.end_byte, call.end_byte)
    for call in site.nodes("call_expression"):
        function = site.text(call.child_by_field_name("function")).split(b"::")
        if function[-1] in (b"take", b"replace") and b"mem" in function:
            first = site.arguments(call)[0]
            if first.type == "reference_expression":
                yield put(call, site.text(first.child_by_field_name("value")))
            elif first.type in ("identifier", "self"):
                yield put(call, b"*" + site.text(first))


@operator("E0507", "E0382", "E0308")
def drop_as_ref(site):
    """Forgot to borrow what is inside an Option before using it."""
    for call, receiver, name, _arguments in site.method_calls:
        if name in (b"as_ref", b"as_mut", b"as_deref", b"as_deref_mut", b"by_ref", b"borrow", b"borrow_mut"):
            yield cut(receiver.end_byte, call.end_byte)


@operator("E0507", "E0382", "E0308")
def match_by_value(site):
    """Matched on the value behind a reference instead of a reference to it."""
    for node in site.nodes("reference_expression"):
        if node.parent.type in ("match_expression", "let_condition"):
            yield cut(node.start_byte, node.child_by_field_name("value").start_byte)


@operator("E0507", "E0382")
def drop_ref_pattern(site):
    """Forgot `ref` in a pattern that matches behind a reference."""
    for node in site.nodes("ref_pattern"):
        yield cut(node.start_byte, node.named_children[-1].start_byte)


@operator("E0507", "E0382", "E0277")
def loop_by_value(site):
    """Looped over the collection itself, which moves it."""
    for node in site.nodes("for_expression"):
        value = node.child_by_field_name("value")
        if value.type == "reference_expression":
            yield cut(value.start_byte, value.child_by_field_name("value").start_byte)
        elif value.type == "call_expression" and site.method(value):
            receiver, name, arguments = site.method(value)
            if site.text(name) in (b"iter", b"iter_mut") and site.text(arguments) == b"()":
                yield cut(receiver.end_byte, value.end_byte)


@operator("E0382", "E0507")
def into_iter_for_iter(site):
    """Consumed a collection that is needed again."""
    for call, receiver, name, arguments in site.method_calls:
        if (
            name == b"iter"
            and receiver.type in ("identifier", "field_expression")
            and site.text(arguments) == b"()"
        ):
            field = call.child_by_field_name("function").child_by_field_name("field")
            yield put(field, b"into_iter")


@operator("E0382", "E0505")
def while_let_to_for(site):
    """Looped over an iterator by value that the loop or what follows still needs."""
    for node in site.nodes("while_expression"):
        condition = node.child_by_field_name("condition")
        if condition.type != "let_condition":
            continue
        pattern, value = condition.child_by_field_name("pattern"), condition.child_by_field_name("value")
        parts = site.method(value) if value.type == "call_expression" else None
        if (
            parts is None
            or pattern.type != "tuple_struct_pattern"
            or not site.text(pattern).startswith(b"Some(")
        ):
            continue
        receiver, name = parts[0], site.text(parts[1])
        if receiver.type not in ("identifier", "field_expression") or len(pattern.named_children) != 2:
            continue
        inner, keyword = (
            site.text(pattern.named_children[-1]),
            next(c for c in node.children if c.type == "while"),
        )
        again = re.search(rb"\b" + re.escape(site.text(receiver)) + rb"\b", site.code[condition.end_byte :])
        if name == b"next" and again:
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver))
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver) + b".by_ref()")
        if name in (b"pop", b"pop_front") and again:
            yield span(keyword, condition, b"for " + inner + b" in " + site.text(receiver) + b".drain(..)")


@operator("E0382")
def move_into_variable(site):
    """Kept a value under a second name and went on with the first."""
    for node in site.nodes("reference_expression"):
        value = node.child_by_field_name("value")
        if (
            node.parent.type == "let_declaration"
            and value.type == "identifier"
            and site.used_after(site.text(value), node.end_byte)
        ):
            yield cut(node.start_byte, value.start_byte)


@operator("E0382")
def consume_before_use(site):
    """Turned a value into another by value and used the first afterwards."""
    swaps = {
        b"as_bytes": b"into_bytes",
        b"as_slice": b"into_boxed_slice",
        b"iter_mut": b"into_iter",
        b"keys": b"into_keys",
        b"values": b"into_values",
    }
    for call, receiver, name, _arguments in site.method_calls:
        if name in swaps and receiver.type in ("identifier", "field_expression"):
            field = call.child_by_field_name("function").child_by_field_name("field")
            yield put(field, swaps[name])


@operator("E0505", "E0382")
def drop_too_early(site):
    """Dropped a value one statement before its last use."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if (
                site.text(second).startswith(b"drop(")
                and site.text(first).endswith(b";")
                and not site.between(first, second).strip()
            ):
                yield span(first, second, site.text(second) + site.between(first, second) + site.text(first))


@operator("E0382")
def use_in_loop(site):
    """Forgot to clone a value that every turn of a loop or call of a closure needs."""
    for closure in site.nodes("closure_expression"):
        if not site.text(closure).startswith(b"move") and closure.parent.type == "arguments":
            captured = [
                n
                for n in site.uses
                if re.search(rb"(?<![\w.])" + n + rb"\b", site.text(closure.child_by_field_name("body")))
            ]
            if any(
                site.used_after(n, closure.end_byte) and site.bindings[n][0].start_byte < closure.start_byte
                for n in captured
            ):
                yield insert(closure.start_byte, b"move ")
