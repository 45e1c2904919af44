"""Code that does not parse: brackets, commas, semicolons, quotes, confused symbols."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of, parent_of
from ferrule.transforms.mutations.mutation_operator import Mutation, cut, operator, over, put


@operator("syntax", syntax=True)
def drop_semicolon(site: Site) -> Iterator[Mutation]:
    """Forgot a semicolon."""
    for block in site.nodes("block"):
        statements = site.statements(block)
        for node, following in itertools.pairwise(statements):
            text = site.text(node)
            if site.text(following)[:1] in (b"*", b"&", b"-", b"(", b"[", b"|", b"<"):
                continue  # without the semicolon, the two parse as one expression
            inner = (
                node.named_children[0]
                if node.type == "expression_statement" and node.named_children
                else node
            )
            if (
                text.endswith(b";")
                and not text.endswith(b"};")
                and inner.type
                in ("let_declaration", "call_expression", "assignment_expression", "compound_assignment_expr")
            ):
                yield cut(node.end_byte - 1, node.end_byte)


@operator("syntax", syntax=True)
def drop_comma(site: Site) -> Iterator[Mutation]:
    """Forgot a comma."""
    for node in site.nodes("arguments", "parameters", "field_initializer_list", "tuple_expression"):
        parts = node.named_children
        for a, b in itertools.pairwise(parts):
            if (
                site.between(a, b).strip() == b","
                and site.text(b)[:1] not in (b"(", b"[", b"-", b"&", b"*", b"|", b"<")
                and site.between(a, b) != b","
                and b.type
                not in (
                    "unary_expression",
                    "reference_expression",
                    "tuple_expression",
                    "array_expression",
                    "closure_expression",
                )
            ):
                yield cut(a.end_byte, a.end_byte + 1)
                break


@operator("syntax", phase="tokens")
def drop_closing_bracket(site: Site) -> Iterator[Mutation]:
    """Forgot a closing bracket."""
    for node in site.nodes("arguments", "index_expression"):
        if site.text(node).endswith((b")", b"]")):
            yield cut(node.end_byte - 1, node.end_byte)


@operator("syntax", syntax=True)
def fat_arrow_return(site: Site) -> Iterator[Mutation]:
    """Wrote => for the -> of a return type."""
    if site.returns is not None:
        at = site.code.index(b"->", site.parameters.end_byte)
        yield over(at, at + 2, b"=>")


@operator("syntax", syntax=True)
def thin_arrow_in_match(site: Site) -> Iterator[Mutation]:
    """Wrote -> for the => of a match arm."""
    for node in site.nodes("match_arm"):
        arrow = next((c for c in node.children if c.type == "=>"), None)
        if arrow is not None:
            yield put(arrow, b"->")


@operator("syntax", syntax=True)
def colon_for_return(site: Site) -> Iterator[Mutation]:
    """Wrote a colon before the return type."""
    if site.returns is not None:
        yield over(site.parameters.end_byte, site.returns.start_byte, b": ")


@operator("syntax", syntax=True)
def drop_in(site: Site) -> Iterator[Mutation]:
    """Wrote a loop as in other languages, with a colon for `in`."""
    for node in site.nodes("for_expression"):
        keyword = next((c for c in node.children if c.type == "in"), None)
        if keyword is not None:
            yield put(keyword, b":")


@operator("syntax", syntax=True)
def else_if_in_one_word(site: Site) -> Iterator[Mutation]:
    """Wrote elif or elseif."""
    for node in site.nodes("else_clause"):
        inner = node.named_children[-1]
        if inner.type == "if_expression":
            yield over(node.start_byte, inner.start_byte + 2, b"elif")


@operator("syntax", syntax=True)
def word_operator(site: Site) -> Iterator[Mutation]:
    """Wrote `and`, `or` or `not` as words."""
    for node in site.nodes("binary_expression"):
        left, right = child_of(node, "left"), child_of(node, "right")
        mark = site.between(left, right)
        word = {b" && ": b" and ", b" || ": b" or "}.get(mark)
        if word:
            yield over(left.end_byte, right.start_byte, word)


@operator("syntax", syntax=True)
def increment(site: Site) -> Iterator[Mutation]:
    """Wrote ++ or --."""
    for node in site.nodes("compound_assignment_expr"):
        left, right = child_of(node, "left"), child_of(node, "right")
        mark = site.between(left, right).strip()
        if (
            site.text(right) == b"1"
            and mark in (b"+=", b"-=")
            and parent_of(node).type == "expression_statement"
        ):
            yield put(node, site.text(left) + mark[:1] * 2)


@operator("syntax", syntax=True)
def ternary(site: Site) -> Iterator[Mutation]:
    """Wrote a conditional expression as in C."""
    for node in site.nodes("if_expression"):
        condition, then = child_of(node, "condition"), child_of(node, "consequence")
        otherwise = node.child_by_field_name("alternative")
        if (
            otherwise is None
            or condition.type.startswith("let")
            or b"\n" in site.text(node)
            or otherwise.named_children[0].type != "block"
        ):
            continue
        a, b = site.tail(then), site.tail(otherwise.named_children[0])
        if a is not None and b is not None and then.named_child_count == 1:
            yield put(node, site.text(condition) + b" ? " + site.text(a) + b" : " + site.text(b))


@operator("E0765", "syntax", phase="tokens")
def unterminated_string(site: Site) -> Iterator[Mutation]:
    """Forgot the closing quote of a string."""
    for node in site.nodes("string_literal"):
        if site.text(node).endswith(b'"') and not site.text(node).startswith(b"r"):
            yield cut(node.end_byte - 1, node.end_byte)


@operator("E0762", "E0763", "syntax", phase="tokens")
def unterminated_char(site: Site) -> Iterator[Mutation]:
    """Forgot the closing quote of a character."""
    for node in site.nodes("char_literal"):
        text = site.text(node)
        if not text.lstrip(b"b'")[:1].isalpha():
            yield cut(node.end_byte - 1, node.end_byte)


@operator("syntax", syntax=True)
def let_without_equals(site: Site) -> Iterator[Mutation]:
    """Wrote := for the = of a let."""
    for node in site.nodes("let_declaration"):
        mark = next((c for c in node.children if c.type == "="), None)
        if (
            mark is not None
            and node.child_by_field_name("type") is None
            and child_of(node, "pattern").type == "identifier"
        ):
            yield put(mark, b":=")


@operator("syntax", syntax=True)
def keyword_as_name(site: Site) -> Iterator[Mutation]:
    """Used a keyword as a variable's name."""
    keywords = {
        b"kind": b"type",
        b"ty": b"type",
        b"matched": b"match",
        b"matches": b"match",
        b"reference": b"ref",
        b"typ": b"type",
        b"module": b"mod",
        b"structure": b"struct",
        b"function": b"fn",
        b"item": b"type",
        b"input": b"in",
        b"moved": b"move",
        b"value": b"type",
    }
    for name, nodes in sorted(site.bindings.items()):
        if name in keywords and parent_of(nodes[0]).type == "let_declaration":
            yield put(nodes[0], keywords[name])


@operator("syntax", syntax=True)
def mut_before_let(site: Site) -> Iterator[Mutation]:
    """Put `mut` in the wrong place."""
    for node in site.nodes("let_declaration"):
        mut = next((c for c in node.children if c.type == "mutable_specifier"), None)
        if mut is not None:
            yield over(node.start_byte, mut.end_byte, b"mut let")
    if site.self_parameter is not None and site.text(site.self_parameter) == b"&mut self":
        yield put(site.self_parameter, b"mut &self")


@operator("syntax", syntax=True)
def drop_fn(site: Site) -> Iterator[Mutation]:
    """Wrote another language's keyword for fn."""
    at = site.fn_at
    yield over(at, at + 2, b"func" if b"self" in site.head else b"function")


@operator("syntax", syntax=True)
def turbofish_without_colons(site: Site) -> Iterator[Mutation]:
    """Forgot the :: of a turbofish."""
    for node in site.nodes("generic_function"):
        arguments = child_of(node, "type_arguments")
        at = site.code.rfind(b"::", node.start_byte, arguments.start_byte)
        if at > 0 and not re.search(rb"\w", site.code[at + 2 : arguments.start_byte]):
            yield cut(at, at + 2)
