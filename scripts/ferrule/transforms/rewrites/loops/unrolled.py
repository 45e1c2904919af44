"""The loop that replaces a chain: its stages as nested statements."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tree_sitter import Node

from ferrule.rust import syntax
from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, text_of
from ferrule.transforms.rewrites.loops.chains import LONG, Chain, item_name, source_text
from ferrule.transforms.rewrites.loops.closures import Step, bound_names, by_value
from ferrule.transforms.rewrites.statement_position import has_word

COMMENT = re.compile(rb"//|/\*")

# Expressions that need no parentheses after a `!`.
TIGHT = frozenset(
    "call_expression identifier field_expression macro_invocation parenthesized_expression index_expression "
    "boolean_literal".split()
)


@dataclass
class Unrolled:
    """A loop under construction: its text so far, and how the current item is bound or computed."""

    site: Site
    chain: Chain
    opened: bytes = b""
    closers: int = 0  # braces to close
    pending: Callable[[bytes], bytes] | None = None  # the text that binds the item, given its pattern
    direct: bytes | None = None  # the item as an expression, as long as it is not bound
    named: bytes | None = None  # the pattern that binds the item

    def bind(self, pattern: bytes) -> bool:
        """Bind the item to this pattern; returns False if that is not possible."""
        if self.pending is not None:
            self.opened += self.pending(pattern)
            self.pending, self.direct, self.named = None, None, pattern
        elif pattern != self.named:
            if self.named is None or not re.fullmatch(rb"[a-z]\w*", self.named):
                return False
            self.opened += b"let " + pattern + b" = " + self.named + b";\n"
            self.named = pattern
        return True

    def value(self, *avoid: bytes) -> bytes | None:
        """The item as an expression. If it has no name, it gets one that is not in `avoid`."""
        if self.direct is not None:
            return self.direct
        if self.pending is not None:
            name = item_name(self.site, self.chain, *avoid)
            if name is None or has_word(self.opened, name):
                return None
            self.bind(name)
        named = self.named
        assert named is not None, "an item is an expression, or bound, or about to be bound"
        plain = re.fullmatch(rb"[a-z]\w*|\((?:[a-z]\w*, )+[a-z]\w*\)", named)
        return named if plain and b"_" not in re.split(rb"\W+", named) else None

    def enter(self, head: bytes) -> None:
        """Open a block."""
        self.opened += head
        self.closers += 1

    def close(self, inner: bytes) -> bytes:
        """The text of the loop with `inner` as its innermost statements."""
        return self.opened + inner + b"\n}" * self.closers


def unroll(
    site: Site, chain: Chain, last: Step | None = None, *, by_reference: bool = False
) -> Unrolled | None:
    """The loop with all stages of the chain written out. `last` is the consumer's own closure."""
    source = source_text(site, chain, by_reference)
    if source is None or not apart(chain, last):
        return None
    loop = Unrolled(site, chain)
    loop.closers = 1
    loop.pending = lambda pattern: b"for " + pattern + b" in " + source + b" {\n"
    for at, (kind, step) in enumerate(chain.stages):
        following = next_name(chain, at, last)
        if kind in (b"filter", b"take_while", b"inspect"):
            done = _by_reference_stage(site, loop, kind, step, following)
        else:
            done = _by_value_stage(loop, kind, step, following)
        if not done:
            return None
    return loop


def next_name(chain: Chain, at: int, last: Step | None) -> bytes | None:
    """The name that the next step gives the item of stage `at`, if its pattern is a plain name."""
    later = [step for _, step in chain.stages[at + 1 :]] + ([last] if last else [])
    if later and re.fullmatch(rb"&?[a-z]\w*", later[0].pattern):
        return later[0].pattern.lstrip(b"&")
    return None


def apart(chain: Chain, last: Step | None) -> bool:
    """Whether no name that a step binds shadows one that a later step takes from outside."""
    steps = [step for _, step in chain.stages] + ([last] if last else [])
    for at, step in enumerate(steps):
        if b"*" in step.names:
            return False
        for later in steps[at + 1 :]:
            text = later.statements + later.value + later.path
            if any(has_word(text, name) and not has_word(later.pattern, name) for name in step.names):
                return False
    return True


def _by_reference_stage(site: Site, loop: Unrolled, kind: bytes, step: Step, following: bytes | None) -> bool:
    """`filter`, `take_while`: the closure takes a reference to the item, the loop has the item itself."""
    if kind == b"inspect":
        return False
    if step.path:
        name = following if loop.named is None else loop.named
        if name is None or not loop.bind(name):
            name = loop.value()
        if name is None or not re.fullmatch(rb"[a-z]\w*", name):
            return False
        test = step.path + b"(&" + name + b")"
    else:
        condition = condition_by_value(site, step, following)
        if condition is None or step.statements:
            return False
        pattern, test = condition
        if loop.named is not None and pattern != loop.named:
            return False
        if not loop.bind(pattern):
            return False
    if kind == b"take_while":
        if any(stage == b"flat_map" for stage, _ in loop.chain.stages):
            return False
        loop.opened += b"if " + negated(test) + b" {\nbreak;\n}\n"
    else:
        loop.enter(b"if " + test + b" {\n")
    return True


def condition_by_value(site: Site, step: Step, following: bytes | None) -> tuple[bytes, bytes] | None:
    """(pattern, condition) of a closure that takes a reference, for a loop that has the item itself."""
    node = step.patterns[-1]
    text = site.text(node)
    renamed: dict[bytes, bytes] = {}
    references: frozenset[bytes] = frozenset()
    if node.type == "reference_pattern":
        if b"mut " in text:
            return None
        pattern = site.text(node.named_children[-1])
    elif node.type == "identifier":
        pattern, references = text, frozenset([text])
    elif node.type == "_":
        pattern = text
    elif node.type in ("tuple_pattern", "tuple_struct_pattern") and not re.search(
        rb"&|\b(?:mut|ref)\b", text
    ):
        pattern, references = text, bound_names(site, node)
    else:
        return None
    if step.tail is None or step.tail.type in LONG:
        return None
    if following and following != pattern and re.fullmatch(rb"[a-z]\w*", pattern):
        if has_word(step.value, following):
            return None
        renamed, pattern = {pattern: following}, following
    test = by_value(site, step.tail, references, renamed)
    if test is None:
        return None
    return pattern, bracketed(step.tail, test)


def bracketed(node: Node, test: bytes) -> bytes:
    """A condition as it may be written after `if`: with parentheses if it has a struct literal."""
    stack = [node]
    while stack:
        inner = stack.pop()
        if inner.type == "struct_expression":
            return b"(" + test + b")"
        if inner.type not in ("parenthesized_expression", "arguments", "block", "token_tree"):
            stack.extend(inner.children)
    return test


def parsed(text: bytes) -> Node | None:
    """The expression as a tree of its own; None if it does not parse."""
    root = syntax.parse(b"const C: T = " + text + b";")
    return None if root.has_error else root.named_children[0].child_by_field_name("value")


def tight(text: bytes) -> bytes:
    """The expression as it may be written before `?` or after `!`."""
    node = parsed(text)
    return text if node is not None and node.type in TIGHT else b"(" + text + b")"


def negated(test: bytes) -> bytes:
    """The negation of a condition."""
    node = parsed(test)
    if node is None or COMMENT.search(test):
        return b"!(" + test + b")"
    if node.type == "unary_expression" and node.children[0].type == "!":
        return text_of(node.named_children[0])
    operator = node.child_by_field_name("operator") if node.type == "binary_expression" else None
    if operator is not None and operator.type in ("==", "!="):
        opposite = b" != " if operator.type == "==" else b" == "
        return text_of(child_of(node, "left")) + opposite + text_of(child_of(node, "right"))
    return b"!" + tight(test)


def _by_value_stage(loop: Unrolled, kind: bytes, step: Step, following: bytes | None) -> bool:
    """`map`, `filter_map`, `flat_map`: the closure takes the item itself."""
    if step.path:
        item = loop.value()
        if item is None:
            return False
        body = step.path + b"(" + item + b")"
    else:
        if not loop.bind(step.pattern) or step.tail is None:
            return False
        loop.opened += step.statements
        body = step.value
    loop.named = None
    if kind == b"map":
        loop.direct = body
        loop.pending = lambda pattern: b"let " + pattern + b" = " + body + b";\n"
        return True
    if step.statements or (step.tail is not None and step.tail.type in LONG):
        return False
    if kind == b"flat_map":
        loop.closers += 1
        loop.pending = lambda pattern: b"for " + pattern + b" in " + body + b" {\n"
    else:
        loop.closers += 1
        loop.pending = lambda pattern: b"if let Some(" + pattern + b") = " + body + b" {\n"
    return True
