"""Option and Result: combinators written out as a match, or as the older chain of calls.

If the text does not show whether a receiver is an Option or a Result, the rewrite guesses. A wrong guess
costs one check: a match on the wrong variants does not compile.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.rewrites.expressions import (
    Applied,
    applied,
    below,
    closure,
    comfortable,
    error_name,
    heads_a_block,
    holds,
    is_pure,
    loses_comment,
    match,
    put,
    supplied,
    unused_beside,
    value_name,
    wrapped,
)
from ferrule.transforms.rewrites.option_result.wrappers import expected_wrapper, wrapper_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite

UNCLEAR = ("block", "token_tree", "closure_expression")  # a name inside may mean something else
GOOD = {b"Option": b"Some", b"Result": b"Ok"}


def calls(site: Site, *names: bytes, count: int = 1) -> Iterator[tuple[Node, Node, list[Node]]]:
    """(call, receiver, arguments) of the calls of these methods that a match can replace."""
    for call, receiver, name, _ in site.method_calls:
        if name in names and comfortable(site, call) and heads_a_block(receiver):
            arguments = site.arguments(call)
            if len(arguments) == count and not loses_comment(call, receiver, *arguments):
                yield call, receiver, arguments


def kind_of(site: Site, receiver: Node, call: Node | None = None) -> bytes:
    """Option, Result or `other`; a guess if the text does not show it.

    `call` is of the same kind as its receiver.
    """
    expected = expected_wrapper(site, call) if call is not None else None
    if expected in (b"Option", b"Result"):
        return expected
    known = wrapper_of(site, receiver) or expected
    if known or call is None:
        return known or b"Option"
    return b"Result" if b"Result" in site.head and b"Option" not in site.head else b"Option"


def bad_arm(site: Site, kind: bytes, value: bytes | None = None) -> tuple[bytes, bytes]:
    """The arm for None, or for an error that is discarded; without a value, None and errors are passed on."""
    if kind == b"Option":
        return b"None", value or b"None"
    if value is not None:
        return b"Err(_)", value
    name = error_name(site)
    return b"Err(" + name + b")", b"Err(" + name + b")"


def good_arm(kind: bytes, pattern: bytes, value: bytes) -> tuple[bytes, bytes]:
    return GOOD[kind] + b"(" + pattern + b")", value


def mapped(site: Site, argument: Node) -> Applied | None:
    """The function applied to the value inside a Some or Ok."""
    return applied(site, argument, unused_beside(site, site.text(argument), b"value", b"val", b"v"))


@rewrite("Use `map` instead of matching and wrapping the value again.")
def map_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"map"):
        kind, done = kind_of(site, receiver, call), mapped(site, argument)
        if kind in GOOD and done:
            value = wrapped(site, GOOD[kind], done.text, done.body)
            if value:
                arms = good_arm(kind, done.pattern, value), bad_arm(site, kind)
                yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `and_then` instead of matching and passing the failure on.")
def and_then_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"and_then"):
        kind, done = kind_of(site, receiver, call), mapped(site, argument)
        if kind in GOOD and done:
            arms = good_arm(kind, done.pattern, done.text), bad_arm(site, kind)
            yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `ok_or` or `ok_or_else` to turn the Option into a Result.")
def ok_or_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"ok_or", b"ok_or_else"):
        error, name = error_value(site, call, argument), value_name(site, call)
        if error is not None:
            arms = (b"Some(" + name + b")", b"Ok(" + name + b")"), (b"None", b"Err(" + error + b")")
            yield put(call, match(site.text(receiver), *arms))


def error_value(site: Site, call: Node, argument: Node) -> bytes | None:
    """The error of `ok_or(error)` or `ok_or_else(|| error)`, if it may be evaluated later or not at all."""
    if method_name(site, call) == b"ok_or":
        return site.text(argument) if is_pure(site, argument) else None
    value = supplied(site, argument)
    parts = closure(site, argument)
    if value is None or parts is None or parts.body.type != "block":
        return value
    tail = site.tail(parts.body)  # nobody writes `Err({ x })`
    if tail is None or len(site.statements(parts.body)) != 1 or loses_comment(parts.body, tail):
        return None
    return site.text(tail)


def method_name(site: Site, call: Node) -> bytes:
    """The name of the method that is called."""
    parts = site.method(call)
    assert parts is not None, "the node is a method call"
    return site.text(parts.name)


@rewrite("Use `ok` to turn the Result into an Option.")
def ok_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, _ in calls(site, b"ok", count=0):
        name = value_name(site, call)
        if parent_of(call).type != "expression_statement":
            arms = (b"Ok(" + name + b")", b"Some(" + name + b")"), (b"Err(_)", b"None")
            yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `map_err` to change the error.")
def map_err_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"map_err"):
        done = applied(site, argument, error_name(site))
        name = value_name(site, call)
        value = wrapped(site, b"Err", done.text, done.body) if done else None
        if done and value:
            arms = good_arm(b"Result", name, b"Ok(" + name + b")"), (b"Err(" + done.pattern + b")", value)
            yield put(call, match(site.text(receiver), *arms))


@rewrite("Use `or_else` (or `or`) for the second attempt.")
def or_else_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"or_else", b"or"):
        name, kind = value_name(site, call), wrapper_of(site, receiver) or expected_wrapper(site, call)
        if kind is None or kind not in GOOD:
            continue  # many types have an `or` of their own
        if method_name(site, call) == b"or":
            second = bad_arm(site, kind, site.text(argument)) if is_pure(site, argument) else None
        elif kind == b"Option":
            value = supplied(site, argument)
            second = (b"None", value) if value is not None else None
        else:
            done = applied(site, argument, error_name(site))
            second = (b"Err(" + done.pattern + b")", done.text) if done else None
        if second:
            good = good_arm(kind, name, GOOD[kind] + b"(" + name + b")")
            yield put(call, match(site.text(receiver), good, second))


@rewrite("Use `filter` on the Option.")
def filter_to_match(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"filter"):
        known = wrapper_of(site, receiver) or expected_wrapper(site, call)
        parts = closure(site, argument) if known == b"Option" else None
        if parts is None or len(parts.patterns) != 1 or any(n.type in UNCLEAR for n in below(parts.body)):
            continue
        condition = _guard(site, parts.patterns[0], parts.body)
        if condition:
            name = site.text(parts.patterns[0]).lstrip(b"&")
            some = b"Some(" + name + b")"
            arms = (some + b" if " + condition, some), (b"_", b"None")
            yield put(call, match(site.text(receiver), *arms))


def _guard(site: Site, pattern: Node, body: Node) -> bytes | None:
    """The condition of a `filter`, whose closure takes a reference, rewritten for the value itself."""
    if pattern.type == "reference_pattern" and pattern.named_children[0].type == "identifier":
        return site.text(body)
    if pattern.type != "identifier":
        return None
    name, last = site.text(pattern), body.start_byte
    parts: list[bytes] = []
    for use in site.uses.get(name, ()):
        if not (body.start_byte <= use.start_byte < body.end_byte):
            continue
        parent = parent_of(use)
        if parent.type == "field_expression" and parent.child_by_field_name("value") == use:
            continue
        starred = parent.type == "unary_expression" and site.text(parent).startswith(b"*")
        if not starred and parent.type != "arguments":
            return None
        start = parent.start_byte if starred else use.start_byte
        parts += [site.code[last:start], name if starred else b"&" + name]
        last = use.end_byte
    return b"".join([*parts, site.code[last : body.end_byte]])


@rewrite("Use `then` or `then_some` instead of an if with `None`.")
def bool_then_to_if(site: Site) -> Iterator[Place]:
    for call, receiver, (argument,) in calls(site, b"then", b"then_some"):
        if method_name(site, call) == b"then":
            parts = closure(site, argument)
            if parts is None or parts.patterns:
                continue
            body = parts.body
        elif is_pure(site, argument):
            body = argument
        else:
            continue
        value = wrapped(site, b"Some", site.text(body), body)
        if value is not None:
            if holds(site, receiver):
                continue  # an `if` releases it before the block
            condition = site.text(receiver)
            if receiver.type == "parenthesized_expression":
                condition = condition[1:-1]
            block = value if value.startswith(b"{") else b"{ " + value + b" }"
            if not (
                receiver.type == "parenthesized_expression" and not heads_a_block(receiver.named_children[0])
            ):
                yield put(call, b"if " + condition + b" " + block + b" else { None }")


@rewrite("Use `if let` to test for the variant and take the value out at once.")
def if_let_to_unwrap(site: Site) -> Iterator[Place]:
    """Only for a variable that owns its Option: `unwrap` on a borrowed one would move the value out."""
    for node in site.nodes("if_expression"):
        condition, block = child_of(node, "condition"), child_of(node, "consequence")
        if condition.type != "let_condition" or loses_comment(condition):
            continue
        value, pattern = child_of(condition, "value"), child_of(condition, "pattern")
        if value.type != "identifier" or pattern.type != "tuple_struct_pattern" or not owned(site, value):
            continue
        kind, *inner = pattern.named_children
        if site.text(kind) == b"Some" and len(inner) == 1 and inner[0].type == "identifier":
            option = site.text(value)
            taken = b"{\nlet " + site.text(inner[0]) + b" = " + option + b".unwrap();"
            test = Edit(condition.start_byte, condition.end_byte, option + b".is_some()")
            yield (test, Edit(block.start_byte, block.start_byte + 1, taken))


def owned(site: Site, variable: Node) -> bool:
    """Whether the text shows that the variable is an Option, and not a reference to one."""
    name = site.text(variable)
    if wrapper_of(site, variable) != b"Option":
        return False
    if name in site.parameter_types:
        return not site.parameter_types[name].startswith(b"&")
    kind = parent_of(site.bindings[name][0]).child_by_field_name("type")
    return kind is None or not site.text(kind).startswith(b"&")
