"""Features of a problem that make its verdicts depend on more than the answer.

They are found in tokens, so names in comments do not count.
"""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from ferrule.core.reasons import WeakSpot
from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.code_tokens import tokens
from ferrule.rust.nodes import child_of, text_of
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS, parse

# Sequences of tokens in the prompt, the reference or the tests, by the weak spot that they show.
SPOTS = {
    # Ids of threads are not here: tests may compare them.
    WeakSpot.RANDOMNESS: ("rand ::", "thread_rng", "ThreadRng", "RandomState", "getrandom", "fastrand"),
    WeakSpot.CLOCK: ("Instant", "SystemTime", "UNIX_EPOCH", "sleep", "sleep_ms"),
    WeakSpot.NETWORK: (
        "TcpStream",
        "TcpListener",
        "UdpSocket",
        "UnixStream",
        "UnixListener",
        "UnixDatagram",
        "ToSocketAddrs",
    ),
    WeakSpot.FILES: (
        "std :: fs",
        "fs ::",
        "File ::",
        "OpenOptions",
        "stdin",
        "std :: env",
        "env ::",
        "std :: process",
        "Command",
    ),
}
ASSERTING = frozenset("assert assert_eq assert_ne assert_matches panic unreachable should_panic".split())


def spots(problem: Problem) -> list[str]:
    """The weak spots of a problem, sorted: keys of SPOTS, and `no_assertion` if a test asserts nothing."""
    texts = [f" {' '.join(tokens(text))} " for text in (problem.prompt + problem.reference, problem.tests)]
    spots = {
        spot for spot, signs in SPOTS.items() if any(f" {sign} " in text for sign in signs for text in texts)
    }
    if idle_tests(problem.tests):
        spots.add(WeakSpot.NO_ASSERTION)
    return sorted(spots)


def idle_tests(tests: str) -> list[str]:
    """The names of tests that assert nothing, not even through a helper; `tests` if there is no test."""
    code = {name: set(tokens(text)) for name, _, text in functions(tests)}
    asserting = {name for name, words in code.items() if words & ASSERTING}
    grown = True
    while grown:
        callers = {name for name, words in code.items() if words & asserting} - asserting
        asserting |= callers
        grown = bool(callers)
    names = [name for name, is_test, _ in functions(tests) if is_test]
    return [name for name in names if name not in asserting] if names else ["tests"]


def functions(tests: str) -> Iterator[tuple[str, bool, str]]:
    """(name, whether it is a test, text with its attributes) of the functions and macros of a test module."""
    source = tests.encode()
    stack: list[Node] = [parse(source)]
    while stack:
        node = stack.pop()
        if node.type in ("function_item", "macro_definition"):
            start = outer_start(node)
            attributes = tokens(source[start : node.start_byte].decode())
            name = text_of(child_of(node, "name")).decode()
            yield name, "test" in attributes, source[start : node.end_byte].decode()
        else:
            stack.extend(reversed(node.named_children))


def outer_start(node: Node) -> int:
    """The offset where the attributes and comments above an item start."""
    before = node.prev_named_sibling
    while before is not None and (before.kind_id in ATTRIBUTE or before.kind_id in COMMENTS):
        node, before = before, before.prev_named_sibling
    return node.start_byte
