"""A function with a gap gives the missing part.

Holes follow the syntax: statements of a block, the value of a `let` or of a match arm, a condition,
the arguments of a call. The row keeps prefix and suffix apart, so that a trainer can render them
with the tokens of its own model. Functions with documentation enough for code_generation are left
to it: the same code is not asked for twice.
"""

from __future__ import annotations

from tree_sitter import Node

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import choose
from ferrule.rust import syntax
from ferrule.tasks import code_generation
from ferrule.tasks.context import Crate
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, context_drop, fenced, names, placed

NAME = "fill_in_middle"
HOLE = "<MISSING>"
MIN_CHARS, MAX_CHARS = 16, 800
MIN_AROUND = 60  # characters that must stay, or there is nothing to go by

# node kind -> (field that may be taken out, what the hole is called)
VALUES = {
    "let_declaration": ("value", "let_value"),
    "match_arm": ("value", "match_arm"),
    "if_expression": ("condition", "condition"),
    "while_expression": ("condition", "condition"),
    "for_expression": ("value", "iterated"),
    "closure_expression": ("body", "closure_body"),
    "return_expression": (None, "returned"),
    "assignment_expression": ("right", "assigned"),
}


def make(row: dict, crate: Crate, settings: Settings, others: frozenset[str] = frozenset()) -> Draft | Drop:
    if drop := common_drop(row):
        return drop
    if code_generation.NAME in others:
        return Drop(MakeReason.SERVES_CODE_GENERATION)
    # A method keeps its place in the file, since it is shown inside its impl: the hole's lines fit there.
    margin = " " * row["margin"] if row["header"] else ""
    text = (row["code"] if margin else syntax.dedent(row["code"], row["margin"])).encode()
    by_kind: dict[str, list[tuple[int, int]]] = {}
    found = holes(text)
    # Where a test notices a change inside of a hole, that hole is proved: such holes come first.
    noticed = places_noticed(row, text)
    proved = [hole for hole in found if any(hole[1] <= place < hole[2] for place in noticed)]
    for kind, start, end in proved or found:
        if MIN_CHARS <= end - start <= MAX_CHARS and len(text) - (end - start) >= MIN_AROUND:
            by_kind.setdefault(kind, []).append((start, end))
    if not by_kind:
        return Drop(MakeReason.NO_HOLE)
    # First the kind, then the place: statements are many and would drown the rest.
    kind = sorted(by_kind)[choose(settings.seed, row["id"], "hole kind") % len(by_kind)]
    start, end = by_kind[kind][choose(settings.seed, row["id"], "hole") % len(by_kind[kind])]
    context = crate.context(row, settings.max_context_chars)
    if drop := context_drop(context, settings):
        return drop
    prefix, gen, suffix = text[:start].decode(), text[start:end].decode(), text[end:].decode()
    shown = placed(row, context, prefix + HOLE + suffix, margin)
    return Draft(
        gen=gen,
        values=names(row) | dict(code=fenced(shown)),
        variant=kind,
        prefix=prefix,
        suffix=suffix,
        kind="proved" if proved else "",
    )


def places_noticed(row: dict, text: bytes) -> list[int]:
    """Offsets in the function at which a wrong form differs that its tests notice; none if its text has moved."""
    code = row["code"].encode()
    if code != text:
        return []
    killed = [m["text"].encode() for m in row.get("mutants") or () if m["outcome"] == "killed"]
    return sorted({first_difference(code, wrong) for wrong in killed})


def first_difference(one: bytes, other: bytes) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def holes(text: bytes) -> list[tuple[str, int, int]]:
    """(kind, start, end) of every part of a function that may be taken out, in order."""
    found: list[tuple[str, int, int]] = []
    root = syntax.parse(text)
    function = next((node for node in root.children if node.type == "function_item"), None)
    body = function.child_by_field_name("body") if function else None
    if body is None or root.has_error:
        return []
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type == "block":
            found += statement_runs(node, whole=node.id == body.id)
        elif node.type in VALUES:
            field, kind = VALUES[node.type]
            inner = node.child_by_field_name(field) if field else _last_named(node)
            if inner is not None and inner.type not in ("block", "string_literal", "integer_literal"):
                found.append((kind, inner.start_byte, inner.end_byte))
        elif node.type == "call_expression":
            arguments = node.child_by_field_name("arguments")
            if arguments is not None and arguments.named_child_count:
                found.append(("arguments", arguments.start_byte + 1, arguments.end_byte - 1))
        # A macro's arguments are tokens, not syntax; nested functions are left whole.
        stack += [c for c in reversed(node.children) if c.type not in ("token_tree", "function_item")]
    # A hole must not begin or end in a blank: nobody can tell how many there were.
    return [h for h in found if not text[h[1] : h[1] + 1].isspace() and not text[h[2] - 1 : h[2]].isspace()]


def statement_runs(block: Node, whole: bool) -> list[tuple[str, int, int]]:
    """Runs of one to four statements; of the outermost block never all of them."""
    statements = [
        c
        for c in block.named_children
        if not c.type.endswith("comment")
        and c.type not in ("inner_attribute_item", "attribute_item", "use_declaration")
    ]
    runs = []
    for first in range(len(statements)):
        for last in range(first, min(first + 4, len(statements))):
            if whole and last - first + 1 == len(statements):
                continue
            runs.append(("statements", statements[first].start_byte, statements[last].end_byte))
    return runs


def _last_named(node: Node) -> Node | None:
    return node.named_child(node.named_child_count - 1) if node.named_child_count else None
