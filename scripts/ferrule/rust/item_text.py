"""The text of an item that contains others, an impl block or a module: without its docs, or cut to its signatures.

Texts are UTF-8 bytes and offsets are into them. Doc comments in the arguments of macros are left as they are: there
they are tokens, and may mean something to the macro.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust import syntax
from ferrule.rust.documentation import FENCE, doc_text
from ferrule.rust.syntax import ATTRIBUTE, COMMENTS

STUB = b"{ todo!() }"  # in place of a body: it has every type, and is legal in const functions
DOC = re.compile(rb"///(?!/)|//!|/\*\*(?![*/])|/\*!")
LINE_DOC = re.compile(rb"[ \t]*(?:///(?!/)|//!)(.*)")
HIDDEN = re.compile(r"\s*#(?: |$)")


def comments(text: bytes) -> list[tuple[int, int]]:
    """Spans of the comments, in order; those in the arguments of macros are not among them."""
    spans = []
    nodes = [syntax.parse(text)]
    while nodes:
        node = nodes.pop()
        if node.kind_id in COMMENTS:
            spans.append((node.start_byte, node.end_byte))
        elif node.type != "token_tree":
            nodes.extend(node.children)
    return sorted(spans)


def doc_lines(text: bytes) -> list[tuple[int, int]]:
    """Spans of the doc comments, in order: whole lines with their line feed, where nothing else is on them."""
    return [whole_lines(text, start, end) for start, end in comments(text) if DOC.match(text, start)]


def item_docs(block: bytes) -> Iterator[tuple[str, str]]:
    """(name, documentation) of what is declared in a trait or impl; of what has none, an empty text."""
    bodies = (child for node in syntax.parse(block).children for child in node.children)
    for body in bodies:
        docs: list[bytes] = []
        for node in body.children if body.type == "declaration_list" else ():
            text = block[node.start_byte : node.end_byte]
            if node.kind_id in COMMENTS:
                docs += [text] if DOC.match(text) else []
            elif node.kind_id not in ATTRIBUTE and node.is_named:
                name = node.child_by_field_name("name")
                if name is not None:
                    yield block[name.start_byte : name.end_byte].decode(), doc_text(docs)
                docs = []


def whole_lines(text: bytes, start: int, end: int) -> tuple[int, int]:
    while end > start and text[end - 1 : end].isspace():  # the parser counts the line feed of some comments
        end -= 1
    line = text.rfind(b"\n", 0, start) + 1
    after = text.find(b"\n", end)
    after = len(text) if after < 0 else after
    if text[line:start].strip() or text[end:after].strip():
        return start, end
    return line, min(after + 1, len(text))


def without_comments(text: bytes) -> bytes:
    """The text without any comment; those in the arguments of macros stay."""
    return cut(text, comments(text), b"")


def without_docs(text: bytes) -> bytes:
    """The text without its doc comments. No blank line is left at its start or after its first brace."""
    bare = cut(text, doc_lines(text), b"").strip(b"\n")
    return re.sub(rb"\A([^\n]*\{)\n(?:[ \t]*\n)+", rb"\1\n", bare)


def without_hidden_lines(text: bytes) -> bytes:
    """The text without the lines of its doctests that a rendered page hides (`/// # use a::b;`)."""
    hidden: list[tuple[int, int]] = []
    fence, last = "", -1
    for start, end in doc_lines(text):
        line = LINE_DOC.fullmatch(text[start:end].rstrip(b"\n"))
        if start != last:
            fence = ""  # the documentation of another item
        last = end
        if line is None:
            continue
        said = line[1].decode(errors="replace")
        mark = FENCE.match(said)
        if mark and (not fence or said.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif fence and HIDDEN.match(said):
            hidden.append((start, end))
    return cut(text, hidden, b"")


def cut(text: bytes, spans: list[tuple[int, int]], stub: bytes = STUB) -> bytes:
    """The text with `stub` in place of each span, such as a body from its brace to its brace. Spans do not overlap."""
    parts, last = [], 0
    for start, end in sorted(spans):
        parts += [text[last:start], stub]
        last = end
    return b"".join((*parts, text[last:]))
