"""Strings and formatting macros: arguments outside the format string, strings made in a roundabout way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.rewrites.rewrite_entry import Edit, Place, rewrite
from ferrule.transforms.rewrites.statement_position import (
    accumulate,
    comments_within,
    fresh,
    has_word,
    put,
    seat_of,
)

# The position of the format string among the arguments of a macro.
FORMAT_AT = {
    b"format": 0,
    b"print": 0,
    b"println": 0,
    b"eprint": 0,
    b"eprintln": 0,
    b"panic": 0,
    b"unreachable": 0,
    b"todo": 0,
    b"unimplemented": 0,
    b"format_args": 0,
    b"write": 1,
    b"writeln": 1,
    b"assert": 1,
    b"debug_assert": 1,
    b"assert_eq": 2,
    b"assert_ne": 2,
    b"debug_assert_eq": 2,
    b"debug_assert_ne": 2,
}
ESCAPE = rb"\\u\{[^}]*\}|\\."
PLACEHOLDER = re.compile(
    rb"(?P<skip>\{\{|\}\}|" + ESCAPE + rb")|\{(?P<name>[^{}:]*)(?P<spec>:[^{}]*)?\}", re.DOTALL
)


Tokens = list[Node]  # of one argument of a macro


def macros(site: Site, *names: bytes) -> Iterator[tuple[Node, bytes, list[Tokens]]]:
    """(call, name, arguments) of every call of these macros."""
    for call in site.nodes("macro_invocation"):
        name = site.text(child_of(call, "macro"))
        tokens = next((n for n in call.children if n.type == "token_tree"), None)
        if name not in names or tokens is None or comments_within(site, call):
            continue
        parts: list[Tokens] = [[]]
        for token in tokens.children[1:-1]:
            if token.type == ",":
                parts.append([])
            else:
                parts[-1].append(token)
        if not parts[-1]:
            parts.pop()
        yield call, name, parts


def part_text(site: Site, part: Tokens) -> bytes:
    return site.code[part[0].start_byte : part[-1].end_byte]


def splits_well(site: Site, parts: list[Tokens]) -> bool:
    """Whether every comma separates two arguments: none belongs to a generic type or a closure."""
    return all(part and not re.search(rb"<|\|", part_text(site, part)) for part in parts)


@rewrite("Write the variables inside the format string.")
def inline_format_args_out(site: Site) -> Iterator[Place]:
    for _, name, parts in macros(site, *FORMAT_AT):
        at = FORMAT_AT[name]
        if len(parts) <= at or len(parts[at]) != 1:
            continue
        literal, rest = parts[at][0], parts[at + 1 :]
        if literal.type != "string_literal":
            continue
        outlined = _outlined(site, site.text(literal), rest)
        if outlined is None:
            continue
        text, arguments = outlined
        end = rest[-1][-1].end_byte if rest else literal.end_byte
        yield (Edit(literal.start_byte, end, b", ".join([text, *arguments])),)


def _outlined(site: Site, literal: bytes, parts: list[Tokens]) -> tuple[bytes, list[bytes]] | None:
    """The format string with `{}` for each variable named in it, and all arguments in their new order."""
    explicit = [part_text(site, part) for part in parts if part]
    if len(explicit) != len(parts) or (parts and not splits_well(site, parts)):
        return None
    named = {text.split(b"=")[0].strip() for text in explicit if re.match(rb"[a-z_]\w*\s*=[^=]", text)}
    positional = [text for text in explicit if not re.match(rb"[a-z_]\w*\s*=[^=]", text)]
    if explicit != positional + explicit[len(positional) :]:
        return None
    order: list[bytes] = []
    pieces: list[bytes] = []
    last = moved = used = 0
    for match in PLACEHOLDER.finditer(literal):
        if match["skip"]:
            continue
        name, spec = match["name"].strip(), match["spec"] or b""
        if b"$" in spec or b"*" in spec or name.isdigit():
            return None
        if not name:
            if used == len(positional):
                return None
            order.append(positional[used])
            used += 1
        elif name not in named:
            if not re.fullmatch(rb"[a-z_]\w*", name):
                return None
            order.append(name)
            pieces += [literal[last : match.start()], b"{" + spec + b"}"]
            last = match.end()
            moved += 1
    if not moved or used != len(positional):
        return None
    return b"".join([*pieces, literal[last:]]), order + explicit[len(positional) :]


@rewrite("Use `writeln!` or `println!` for the line break.")
def writeln_to_write(site: Site) -> Iterator[Place]:
    for call, name, parts in macros(site, b"writeln", b"println", b"eprintln"):
        at = FORMAT_AT[name]
        edit = put(child_of(call, "macro"), name.removesuffix(b"ln"))
        if len(parts) == at:
            if parts and not splits_well(site, parts):
                continue
            tokens = next(n for n in call.children if n.type == "token_tree")
            start = parts[-1][-1].end_byte if parts else tokens.start_byte + 1
            yield (edit, Edit(start, tokens.end_byte - 1, b', "\\n"' if parts else b'"\\n"'))
        elif len(parts[at]) == 1 and parts[at][0].type == "string_literal":
            if at and not splits_well(site, parts[:at]):
                continue
            end = parts[at][0].end_byte - 1
            yield (edit, Edit(end, end, b"\\n"))


@rewrite("Write a text without arguments with `write_str`.")
def write_str_to_macro(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        arguments = site.arguments(call)
        if name != b"write_str" or len(arguments) != 1 or comments_within(site, call):
            continue
        if receiver.type not in ("identifier", "field_expression", "self"):
            continue
        text, value = site.text(receiver), site.text(arguments[0])
        if arguments[0].type == "string_literal":
            if b"{" not in value and b"}" not in value:
                yield (put(call, b"write!(" + text + b", " + value + b")"),)
        elif arguments[0].type in ("identifier", "field_expression", "self"):
            yield (put(call, b"write!(" + text + b', "{}", ' + value + b")"),)


@rewrite("Turn a value into a `String` with `to_string`.")
def to_string_to_format(site: Site) -> Iterator[Place]:
    for call, receiver, name, arguments in site.method_calls:
        if name != b"to_string" or arguments.named_child_count or site.is_const:
            continue
        text = site.text(receiver)
        if receiver.type in ("string_literal", "raw_string_literal") or b"\n" in text or len(text) > 40:
            continue
        if receiver.type in ("identifier", "self", "field_expression", "call_expression", "index_expression"):
            if b'"' not in text and b"{" not in text:
                yield (put(call, b'format!("{}", ' + text + b")"),)


@rewrite("Make an empty `String` with `String::new`.")
def string_new_to_empty_literal(site: Site) -> Iterator[Place]:
    if site.is_const:
        return
    for call in site.nodes("call_expression"):
        if site.text(call) == b"String::new()" and site.inside(call, "const_item", "static_item") is None:
            yield (put(call, b'"".to_string()'),)


@rewrite("Make a `Vec` of known elements with `vec!` instead of pushing them one by one.")
def vec_macro_to_push(site: Site) -> Iterator[Place]:
    for call, _, parts in macros(site, b"vec"):
        seat = seat_of(site, call, leading=False)
        if seat is None or not 1 <= len(parts) <= 6 or not splits_well(site, parts):
            continue
        tokens = site.text(next(n for n in call.children if n.type == "token_tree"))
        if any(token.type == ";" for part in parts for token in part):
            continue
        name = seat.name if seat.kind == "let" else fresh(site, b"items", b"result", b"list")
        if name is None or has_word(tokens, name) or b"?" in tokens:
            continue
        pushed = b"\n".join(name + b".push(" + part_text(site, part) + b");" for part in parts)
        yield accumulate(site, seat, b"Vec::new()", pushed, name)
