"""From what a model wrote to a function that can stand behind a switch in the crate, or the reason why it cannot.

    found = answer_function(task, text)
    found.form          # what ferrule.compiler.function_switches takes; None if there is a reason
    found.status, found.reason

An answer is one function with helpers, in any form that the evaluator understands: alone or in an impl block, as the
inside of the function, in a fence, between prose. Helpers become items inside the function, so that they reach nothing
else. What would reach further, or would read the hidden code, is refused here: attributes of the crate, tests, macros
that read files, impls for the crate's own types, unsafe code in a function that needs none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from ferrule.compiler.function_switches import LAYOUT, Form
from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.evaluation.answers import tampering
from ferrule.evaluation.answers.answer import Answer
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.answers.methods import name_of
from ferrule.evaluation.judging.neighbours import apart
from ferrule.evaluation.problems.problem import CRATE_TASK, Problem
from ferrule.rust import syntax
from ferrule.rust.code_tokens import tokens
from ferrule.rust.lexer import WORD, lex

MAX_BYTES = 100_000
# Names of what the build adds to the crate, and attributes that make tests.
OURS = re.compile(r"\b__(?:switch|runner)\b")
TESTS = re.compile(r"#\s*\[\s*(?:\w+\s*::\s*)*(?:test|test_case|bench)\b")
MACRO = re.compile(rb"macro_rules!\s*(\w+)")
RISKY = re.compile(rb"\b(?:unsafe\b|include(?:_str|_bytes)?!|option_env!|env!)")
HELPERS = {
    "function_item", "struct_item", "enum_item", "union_item", "trait_item", "impl_item", "const_item",
    "static_item", "type_item", "use_declaration", "macro_definition",
}  # fmt: skip


@dataclass(frozen=True)
class AnswerFunction:
    """An answer ready to be built, or a status and a reason."""

    form: Form | None
    status: str = ""
    reason: str = ""
    code: str = ""  # what was taken from the text


def answer_function(
    task: TaskRow, text: str, name: str, source: bytes, forbidden: frozenset[str]
) -> AnswerFunction:
    """The function in an answer. `name` names the form, `source` is the text of the task's file.

    `forbidden` are macros of the crate whose expansion has unsafe code or reads files.
    """
    # A JSON string may hold half of a surrogate pair, which no Rust file can.
    text = text.encode(errors="replace").decode()
    if len(text.encode()) > MAX_BYTES:
        return refused(AnswerStatus.NO_ANSWER, "too_long")
    answer = extracted(task, text)
    if answer.reason:
        return refused(AnswerStatus.NO_ANSWER, answer.reason)
    code = answer.code
    if why := OURS.search(code) or TESTS.search(code):
        return refused(AnswerStatus.TAMPERING, f"it has {why[0]}", code)
    if reason := tampering.reason(code):
        return refused(AnswerStatus.TAMPERING, reason, code)
    words = {token.text for token in lex(code) if token.kind == WORD}
    if not task["unsafe"] and ("unsafe" in words or forbidden & words):
        return refused(
            AnswerStatus.COMPILE_ERROR, "unsafe code, which the function of the crate does not need", code
        )
    if apart(code):
        return refused(AnswerStatus.COMPILE_ERROR, "it would change code outside of the function", code)
    if task["kind"] == "rewrite" and tokens(code) == tokens(task["before"]):
        return refused(AnswerStatus.FAILED, "it is the function of the prompt, unchanged", code)
    head = source[task["start"] : task["body"] + 1]
    body, reason = body_behind(head.decode(), code, task["entry"])
    if reason:
        return refused(AnswerStatus.COMPILE_ERROR, reason, code)
    chunk = f"{task['file']}:{task['start']}"
    return AnswerFunction(
        Form(chunk, name, task["start"], task["end"], head.decode() + body + "}"), code=code
    )


def refused(status: str, reason: str, code: str = "") -> AnswerFunction:
    return AnswerFunction(None, status, reason, code)


def extracted(task: TaskRow, text: str) -> Answer:
    """The answer's items: the entry function and what it brings along."""
    return take(Problem("", task["prefix"] or head_of(task), task["entry"], "", kind=CRATE_TASK), text)


def head_of(task: TaskRow) -> str:
    """The function up to the brace of its body."""
    reference = task["reference"].encode()
    return reference[: task["body"] + 1 - task["start"]].decode()


def body_behind(head: str, code: str, entry: str) -> tuple[str, str]:
    """The text that goes behind the original's `{`: helpers, then the answer's body; or the reason why there is none."""
    # A method's header is legal only inside an impl, a helper's impl only outside.
    source = code.encode()
    items = items_of(source)
    if items is None:
        return "", "it does not parse"
    entries = [node for node in items if node.type == "function_item" and name_of(source, node) == entry]
    if not entries:
        return "", "no function of that name"
    function = entries[0]
    body = function.child_by_field_name("body")
    if body is None:
        return "", "the function has no body"
    bindings = renamed_parameters(head, source, function)
    if bindings is None:
        return "", "another signature than the crate's"
    helpers = [
        source[node.start_byte : node.end_byte].decode()
        for node in items
        if node is not function and node.type in HELPERS | {"attribute_item"}
    ]
    inside = source[body.start_byte + 1 : body.end_byte - 1].decode()
    return "\n".join([*helpers, *bindings, inside]) + "\n", ""


def items_of(source: bytes) -> list[Node] | None:
    """The items of a text, methods among them; None if it does not parse."""
    root = syntax.parse(source)
    return None if root.has_error else list(root.named_children)


@lru_cache(maxsize=4096)
def header(head: str) -> tuple[str, list[tuple[str, str]]] | None:
    """A function's header without its parameters' patterns, and (pattern, type) of each parameter."""
    text = (head.rstrip().removesuffix("{") + "{}").encode()
    root = syntax.parse(text)
    function = next((node for node in root.named_children if node.type == "function_item"), None)
    if function is None:
        return None
    parameters = function.child_by_field_name("parameters")
    if parameters is None:
        return None
    found: list[tuple[str, str]] = []
    for child in parameters.named_children:
        words = text[child.start_byte : child.end_byte].decode()
        pattern = child.child_by_field_name("pattern")
        kind = child.child_by_field_name("type")
        if pattern is not None and kind is not None:
            names = (text[node.start_byte : node.end_byte].decode() for node in (pattern, kind))
            mutable = any(each.type == "mutable_specifier" for each in child.children)
            one, other = names
            found.append((f"mut {one}" if mutable else one, squeezed(other)))
        elif child.type not in ("line_comment", "block_comment", "attribute_item"):
            found.append((squeezed(words), ""))
    start = next(
        (c.end_byte for c in function.children if c.type == "visibility_modifier"), function.start_byte
    )
    before = text[start : parameters.start_byte].decode()
    after = text[parameters.end_byte : -2].decode()
    return squeezed(before) + "()" + squeezed(after), found


def squeezed(text: str) -> str:
    """Without what rustfmt may change."""
    return LAYOUT.sub(b"", text.encode()).decode()


def renamed_parameters(head: str, source: bytes, function: Node) -> list[str] | None:
    """`let` statements that give the answer's parameters their values; None if its signature differs."""
    body = function.child_by_field_name("body")
    assert body is not None, "the caller has looked"
    theirs = header(source[function.start_byte : body.start_byte + 1].decode())
    ours = header(head)
    if theirs is None or ours is None or theirs[0] != ours[0] or len(theirs[1]) != len(ours[1]):
        return None
    lets = []
    for (pattern, kind), (original, original_kind) in zip(theirs[1], ours[1], strict=True):
        if kind != original_kind:
            return None
        if pattern == original:
            continue
        name = original.removeprefix("mut ")
        if not kind or not re.fullmatch(r"(?:r#)?\w+", name):
            return None
        lets.append(f"let {pattern} = {name};")
    return lets


def risky_macros(package: Path) -> frozenset[str]:
    """The crate's macros whose text has unsafe code or reads files: an answer could use them to do so."""
    found: set[str] = set()
    for file in sorted(package.rglob("*.rs")):
        source = file.read_bytes()
        if b"macro_rules!" not in source:
            continue
        stack = [syntax.parse(source)]
        while stack:
            node = stack.pop()
            if node.type != "macro_definition":
                stack.extend(node.named_children)
            elif RISKY.search(text := source[node.start_byte : node.end_byte]) and (
                name := MACRO.match(text)
            ):
                found.add(name[1].decode())
    return frozenset(found)
