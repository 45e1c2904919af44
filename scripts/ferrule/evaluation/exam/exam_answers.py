"""The answers that the exam sends to the judge: variants of a problem's reference.

These are the reference unchanged, with empty bodies, and with the tests in other orders.
"""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from ferrule.core.schemas import choose
from ferrule.evaluation.exam.weak_spots import functions, outer_start
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.nodes import child_of, parent_of, text_of
from ferrule.rust.syntax import parse

OTHER_ORDERS = 2  # in addition to the order in which the tests are written
# Every new map changes the seed of the next one. So with more maps the iteration orders differ, as between processes.
HASHED = ("HashMap", "HashSet", "RandomState")
MORE_MAPS = " let _ = [(); {0}].map(|()| ::std::collections::hash_map::RandomState::new());"


def whole(problem: Problem, completion: str) -> Submission:
    """The prompt with a completion, as an answer."""
    return Submission(problem, problem.prompt + completion)


def with_body(problem: Problem, body: str) -> Submission:
    """The reference with `body` as the body of the entry function, or of every method of the entry impl."""
    code = (problem.prompt + problem.reference).encode()
    for block in reversed(entry_bodies(problem)):
        code = code[: block.start_byte] + f"{{ {body} }}".encode() + code[block.end_byte :]
    return Submission(problem, code.decode())


def entry_bodies(problem: Problem) -> list[Node]:
    """The bodies of the entry function, or of the entry impl's methods, in prompt and reference.

    Further items of the reference are not included: tests may need them.
    """
    start = len(problem.prompt.encode())
    bodies: list[Node] = []
    stack = [parse((problem.prompt + problem.reference).encode())]
    while stack:
        node = stack.pop()
        body = node.child_by_field_name("body")
        if node.type == "function_item" and body is not None:
            bodies.append(body)
        elif node.start_byte < start:
            stack.extend(reversed([child for child in node.named_children if child.end_byte > start]))
    if problem.kind == "function":
        return [body for body in bodies if body.start_byte < start]
    return [body for body in bodies if parent_of(parent_of(body)).type == "declaration_list"]


def orders_of(problem: Problem) -> list[Submission]:
    """The reference with its tests in each of the other orders. With fewer than two tests these are plain repetitions."""
    return [in_order(problem, number) for number in range(1, OTHER_ORDERS + 1)]


def in_order(problem: Problem, number: int) -> Submission:
    """The reference with its tests in another order, and with other seeds of hash maps.

    Order 1 is the reverse of the written order; the others are random orders.
    """
    tests = problem.tests.encode()
    spans = test_spans(problem.tests)
    texts = [tests[start:end] for start, end in spans]
    reordered = (
        texts[::-1]
        if number == 1
        else sorted(texts, key=lambda text: choose(number, problem.id, text.decode()))
    )
    for (start, end), text in reversed(list(zip(spans, reordered, strict=True))):
        tests = tests[:start] + text + tests[end:]
    code = problem.prompt + problem.reference
    if any(name in code or name in problem.tests for name in HASHED):
        code = more_maps(code, entry_bodies(problem), number)
    # The comment makes it a distinct submission even if nothing else has changed.
    return Submission(replace(problem, tests=tests.decode()), f"{code}\n// order {number}\n")


def test_spans(tests: str) -> list[tuple[int, int]]:
    """The span of each top-level test function, with its attributes."""
    source = tests.encode()
    names = [name for name, is_test, _ in functions(tests) if is_test]
    nodes = [node for node in parse(source).named_children if node.type == "function_item"]
    test_nodes = [node for node in nodes if text_of(child_of(node, "name")).decode() in names]
    return [(outer_start(node), node.end_byte) for node in test_nodes]


def more_maps(code: str, bodies: list[Node], number: int) -> str:
    """The code with `number` more hash maps created at the start of each body."""
    source = code.encode()
    for body in reversed(bodies):
        at = body.start_byte + 1
        source = source[:at] + MORE_MAPS.format(number).encode() + source[at:]
    return source.decode()
