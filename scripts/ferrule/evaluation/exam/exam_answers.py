"""The answers that the exam has judged: a problem's reference, whole, emptied, and with its tests in other orders."""

from __future__ import annotations

from dataclasses import replace

from tree_sitter import Node

from ferrule.core.schemas import choose
from ferrule.evaluation.exam.weak_spots import functions, outer_start
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.syntax import parse

OTHER_ORDERS = 2  # besides the order in which the tests are written
# Each map that was made before gives the next one another seed: orders of maps differ, as they do between processes.
HASHED = ("HashMap", "HashSet", "RandomState")
MORE_MAPS = " let _ = [(); {0}].map(|()| ::std::collections::hash_map::RandomState::new());"


def whole(problem: Problem, completion: str) -> Submission:
    return Submission(problem, problem.prompt + completion)


def with_body(problem: Problem, body: str) -> Submission:
    """The reference with `body` in place of what the entry function, or every method of the entry impl, does."""
    code = (problem.prompt + problem.reference).encode()
    for block in reversed(entry_bodies(problem)):
        code = code[: block.start_byte] + f"{{ {body} }}".encode() + code[block.end_byte :]
    return Submission(problem, code.decode())


def entry_bodies(problem: Problem) -> list[Node]:
    """The bodies of the entry function, or of the entry impl's methods, in prompt and reference.

    Further items of the reference are left alone: tests may need them.
    """
    start = len(problem.prompt.encode())
    found: list[Node] = []
    stack = [parse((problem.prompt + problem.reference).encode())]
    while stack:
        node = stack.pop()
        body = node.child_by_field_name("body")
        if node.type == "function_item" and body is not None:
            found.append(body)
        elif node.start_byte < start:
            stack.extend(reversed([child for child in node.named_children if child.end_byte > start]))
    if problem.kind == "function":
        return [body for body in found if body.start_byte < start]
    return [body for body in found if body.parent.parent.type == "declaration_list"]


def orders_of(problem: Problem) -> list[Submission]:
    """The reference in the other orders: where there is nothing to be ordered, the same once more."""
    return [in_order(problem, number) for number in range(1, OTHER_ORDERS + 1)]


def in_order(problem: Problem, number: int) -> Submission:
    """The reference with its tests in another order, the last first or mixed, and with other seeds of hash maps."""
    tests = problem.tests.encode()
    spans = test_spans(problem.tests)
    texts = [tests[start:end] for start, end in spans]
    mixed = (
        texts[::-1]
        if number == 1
        else sorted(texts, key=lambda text: choose(number, problem.id, text.decode()))
    )
    for (start, end), text in reversed(list(zip(spans, mixed, strict=True))):
        tests = tests[:start] + text + tests[end:]
    code = problem.prompt + problem.reference
    if any(name in code or name in problem.tests for name in HASHED):
        code = more_maps(code, entry_bodies(problem), number)
    # The comment makes it another submission, where nothing else does.
    return Submission(replace(problem, tests=tests.decode()), f"{code}\n// order {number}\n")


def test_spans(tests: str) -> list[tuple[int, int]]:
    """Where each test function stands, with its attributes."""
    source = tests.encode()
    names = [name for name, is_test, _ in functions(tests) if is_test]
    nodes = [node for node in parse(source).named_children if node.type == "function_item"]
    own = [node for node in nodes if node.child_by_field_name("name").text.decode() in names]
    return [(outer_start(node), node.end_byte) for node in own]


def more_maps(code: str, bodies: list[Node], number: int) -> str:
    source = code.encode()
    for body in reversed(bodies):
        at = body.start_byte + 1
        source = source[:at] + MORE_MAPS.format(number).encode() + source[at:]
    return source.decode()
