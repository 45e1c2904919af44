"""Borrows that overlap, or that outlive what they point to."""

import itertools
import re

from ferrule.transforms.mutations.mutation_operator import cut, in_head, insert, operator, over, put, span


@operator("E0499", "E0502")
def same_reference_twice(site):
    """Passed the same thing twice, once of it mutably."""
    for call in site.nodes("call_expression"):
        arguments = [n for n in site.arguments(call) if n.type == "reference_expression"]
        for a, b in itertools.pairwise(arguments):
            if site.text(a).startswith(b"&mut") or site.text(b).startswith(b"&mut"):
                yield put(b.child_by_field_name("value"), site.text(a.child_by_field_name("value")))


@operator("E0499")
def split_by_hand(site):
    """Borrowed two halves of a slice mutably instead of splitting it."""
    for node in site.nodes("let_declaration"):
        value = node.child_by_field_name("value")
        parts = site.method(value) if value is not None and value.type == "call_expression" else None
        if parts and site.text(parts[1]) == b"split_at_mut":
            base, at = site.text(parts[0]), site.text(parts[2])[1:-1]
            yield put(value, b"(&mut " + base + b"[.." + at + b"], &mut " + base + b"[" + at + b"..])")


@operator("E0502", "E0499", "E0506")
def change_while_iterating(site):
    """Changed a collection while walking over it."""
    for node in site.nodes("for_expression"):
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        if value.type != "range_expression" or pattern.type != "identifier":
            continue
        match = re.fullmatch(rb"0\s*\.\.\s*([\w.]+)\.len\(\)", site.text(value))
        if match:
            changed = (
                re.escape(match[1]) + rb"(?:\[[^\]]*\]\s*=[^=]|\.(?:push|swap|remove|insert|pop|truncate)\()"
            )
            if re.search(changed, site.text(node.child_by_field_name("body"))):
                yield span(
                    pattern,
                    value,
                    b"(" + site.text(pattern) + b", _) in " + match[1] + b".iter().enumerate()",
                )


MUTATES = (
    b"push push_str insert remove clear truncate extend pop swap retain reserve set_len drain append resize "
    b"extend_from_slice push_back pop_front sort advance entry get_mut iter_mut"
).split()


@operator("E0502", "E0506", "E0499", "E0505")
def reference_held_too_long(site):
    """Kept a reference to a value that changes before the reference is used again."""
    for node in site.nodes("let_declaration"):
        pattern, value = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        if (
            pattern.type not in ("identifier", "tuple_struct_pattern")
            or value is None
            or node.parent.type != "block"
        ):
            continue
        if value.type == "unary_expression" and site.text(value).startswith(b"*"):
            yield put(value, b"&" + site.text(value))
        parts = site.method(value) if value.type == "call_expression" else None
        if parts and site.text(parts[1]) in (
            b"to_vec",
            b"to_string",
            b"to_owned",
            b"clone",
            b"collect",
            b"copied",
            b"cloned",
        ):
            if parts[0].type in ("index_expression", "field_expression", "identifier"):
                yield put(value, b"&" + site.text(parts[0]))
        if value.type in ("index_expression", "field_expression") and site.used_after(
            site.text(pattern), node.end_byte
        ):
            base = site.text(value).split(b"[")[0]
            written = re.escape(base) + rb"(?:\[[^\]]*\])?(?:\.\w+)?\s*(?:[-+*/|&^]|<<|>>)?=[^=]"
            calls = re.escape(base) + rb"\.(?:" + b"|".join(MUTATES) + rb")\("
            if re.search(written + b"|" + calls, site.code[node.end_byte :]):
                yield put(value, b"&" + site.text(value))


@operator("E0597", "E0716", "E0425")
def owner_dropped_in_block(site):
    """Let the owner of borrowed data end with an inner block."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for first, second in itertools.pairwise(statements):
            if first.type != "let_declaration" or second.type != "let_declaration":
                continue
            name, value = first.child_by_field_name("pattern"), second.child_by_field_name("value")
            if (
                name.type != "identifier"
                or value is None
                or second.child_by_field_name("alternative") is not None
                or site.used_after(site.text(name), second.end_byte)
            ):
                continue
            word = re.escape(site.text(name))
            borrowed = (
                rb"&(?:mut )?"
                + word
                + rb"\b|\b"
                + word
                + rb"\.(?:iter|iter_mut|as_\w+|chars|bytes|trim\w*|split\w*|lines|lock|borrow\w*|drain|get\w*|keys|values)\("
            )
            if re.search(borrowed, site.text(value)):
                column = site.code.rfind(b"\n", 0, second.start_byte) + 1
                margin = re.match(rb"\s*", site.code[column : second.start_byte])[0]
                inner = margin + b"    "
                text = (
                    b"{\n"
                    + inner
                    + site.text(first)
                    + b"\n"
                    + inner
                    + site.text(value)
                    + b"\n"
                    + margin
                    + b"}"
                )
                yield span(
                    first,
                    second,
                    site.code[second.start_byte : value.start_byte]
                    + text
                    + site.code[value.end_byte : second.end_byte],
                )


@operator("E0515", "E0106", "E0308")
def reference_to_local(site):
    """Returned a reference to a value that ends with the function."""
    tail = site.tail(site.body)
    kind = site.text(site.returns)
    borrowed = {b"String": b"&str", b"PathBuf": b"&Path"}
    if kind.startswith(b"Vec<"):
        borrowed[kind] = b"&[" + kind[4:-1] + b"]"
    if tail is not None and tail.type == "identifier" and site.text(tail) in site.bindings:
        new = borrowed.get(kind)
        if (
            new is None
            and site.returns is not None
            and site.returns.type in ("type_identifier", "generic_type")
            and kind[:6] not in (b"Option", b"Result")
            and kind not in (b"Self",)
        ):
            new = b"&" + kind
        if new and b"&" in site.head:
            between = site.code[site.returns.end_byte : tail.start_byte]
            yield in_head(site, span(site.returns, tail, new + between + b"&" + site.text(tail)))


@operator("E0515")
def reference_to_clone(site):
    """Returned a reference to a clone made on the spot."""
    tail = site.tail(site.body)
    if tail is not None and tail.type == "reference_expression" and site.text(site.returns).startswith(b"&"):
        value = tail.child_by_field_name("value")
        if value.type in ("field_expression", "index_expression", "identifier"):
            yield insert(value.end_byte, b".clone()")
    if (
        tail is not None
        and tail.type == "call_expression"
        and site.text(site.returns).startswith((b"&", b"impl Iterator"))
    ):
        parts = site.method(tail)
        if parts and parts[0].type == "field_expression":
            yield insert(parts[0].end_byte, b".clone()")


@operator("E0373", "E0597")
def drop_move(site):
    """Forgot `move` on a closure that outlives the function's variables."""
    for node in site.nodes("closure_expression", "async_block", "gen_block"):
        for child in node.children:
            if child.type == "move":
                yield cut(child.start_byte, child.end_byte + 1)


@operator("E0515", "E0597")
def closure_returns_local(site):
    """Returned a reference to a value made inside a closure."""
    for _call, _receiver, name, arguments in site.method_calls:
        if name in (b"map", b"filter_map", b"and_then", b"unwrap_or_else", b"map_or"):
            closures = [n for n in arguments.named_children if n.type == "closure_expression"]
            for closure in closures:
                body = closure.child_by_field_name("body")
                parts = site.method(body) if body.type == "call_expression" else None
                if parts and site.text(parts[1]) in (
                    b"to_string",
                    b"to_owned",
                    b"to_vec",
                    b"collect",
                    b"clone",
                ):
                    yield insert(body.start_byte, b"&")


READS = frozenset(
    b"len is_empty get iter first last contains contains_key capacity as_slice as_ref keys values peek".split()
)


@operator("E0502", "E0499", "E0506", "E0503")
def field_kept_in_variable(site):
    """Took a reference to a field once, at the start, although the field changes before the last use."""
    if site.text(site.self_parameter) != b"&mut self":
        return
    start = site.body.start_byte + 1
    for node in site.nodes("field_expression"):
        name = site.text(node.child_by_field_name("field"))
        if (
            site.text(node) != b"self." + name
            or name in site.bindings
            or not re.fullmatch(rb"[a-z_]\w*", name)
        ):
            continue
        path = re.escape(site.text(node))
        calls = rb"\.(?:" + b"|".join(MUTATES) + rb")\("
        written = (
            path + rb"(?:(?:\[[^\]]*\])?\s*(?:[-+*/|&^]|<<|>>)?=[^=]|" + calls + rb")|&mut " + path + rb"\b"
        )
        read = path + rb"\.(?:" + b"|".join(sorted(READS)) + rb")\("
        before, after = site.code[start : node.start_byte], site.code[node.start_byte : site.end]
        margin = re.match(rb"\s*", before)[0]
        if b"\n" not in margin:
            continue
        if re.match(read, after) and re.search(written, before):
            text = margin + b"let " + name + b" = &" + site.text(node) + b";" + before + name
            yield over(start, node.end_byte, text)
        elif re.match(path + calls, after) and re.search(written + b"|" + read, before):
            text = margin + b"let " + name + b" = &mut " + site.text(node) + b";" + before + name
            yield over(start, node.end_byte, text)
