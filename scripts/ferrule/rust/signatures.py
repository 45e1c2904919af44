"""Rust text cut down to what a reader of a prompt needs: signatures, definitions, imports.

Rows are chunks (`ferrule.core.schemas.CHUNKS`). Nothing here decides what is shown; `ferrule.tasks.context` does.
"""

from __future__ import annotations

import re
from itertools import zip_longest

from ferrule.rust import syntax
from ferrule.rust.item_text import item_docs

WORD = re.compile(r"\b[A-Za-z_]\w*\b")
COMMENT = re.compile(r"[ \t]*(?<![:\"])//[^\n]*")
KEPT_ATTRIBUTES = re.compile(r"#\[(?:derive|repr)\([^\]]*\)\]")  # what code that uses a type has to know
MAX_DEFINITION_LINES = 40
MAX_SHOWN_LINES = 8  # of a function that has no documentation: its body says what it does
MOST_VARIANTS, OTHER_VARIANTS = 10, 4  # an enum with more is shown with those in use and so many others
MAX_BRIEF_DOCS = 500  # characters of the first paragraph of an item's documentation
# Of a function that the answer calls, for what it expects is often said further down: characters and paragraphs.
MAX_TOLD_DOCS, MAX_PARAGRAPHS = 900, 4


def use_leaves(code: str) -> list[tuple[str, str]]:
    """(path, name in scope) for every leaf of a `use` statement: `use a::{b, c as d};` ..."""
    text = re.sub(r"\s+", " ", COMMENT.sub("", code))
    text = re.sub(r"^(?:pub(?:\([^)]*\))? )?use ", "", text).rstrip("; ")
    leaves: list[tuple[str, str]] = []

    def walk(text: str, prefix: str) -> None:
        text = text.strip()
        brace = text.find("{")
        if brace >= 0:
            inner_prefix = prefix + text[:brace].strip()
            for part in split_at_commas(text[brace + 1 : text.rfind("}")]):
                walk(part, inner_prefix)
            return
        path, _, alias = text.partition(" as ")
        path = (prefix + path.strip()).removesuffix("::self")
        if path:
            leaves.append((path, alias.strip() or path.split("::")[-1]))

    walk(text, "")
    return leaves


def split_at_commas(text: str, opening: str = "{", closing: str = "}") -> list[str]:
    """Split at commas outside brackets; `->` closes no bracket."""
    parts, depth, last = [], 0, 0
    for i, char in enumerate(text):
        depth += (char in opening) - (char in closing and text[i - 1 : i + 1] != "->")
        if char == "," and not depth:
            parts.append(text[last:i])
            last = i + 1
    return [part for part in [*parts, text[last:]] if part.strip()]


def head(row: dict) -> str:
    """A function's text up to its body, comments taken out, the margin of its first line removed."""
    text = row["code"].encode()[: row["body"] - row["start"]].decode() if row["body"] >= 0 else row["code"]
    lines = COMMENT.sub("", text).rstrip().splitlines()
    return "\n".join(lines[:1] + unmargined([line for line in lines[1:] if line.strip()]))


def signature(row: dict) -> str:
    """One declaration with the first sentence of its documentation above it."""
    first = row["docs"].strip().split("\n\n")[0].replace("\n", " ").strip()
    first = re.split(r"(?<=[.!?]) ", first)[0]
    docs = f"/// {first}\n" if 0 < len(first) <= 160 and not first.startswith("#") else ""
    return docs + without_body(row)


def explained(row: dict) -> str:
    """A function that the answer calls: with its documentation up to the first section or example, or with its body if there is none."""
    docs = brief_docs(row["docs"], most=MAX_TOLD_DOCS, paragraphs=MAX_PARAGRAPHS)
    if not row["docs"].strip() and row["body"] >= 0:
        whole = flush(row)
        if whole.count("\n") < MAX_SHOWN_LINES and len(whole) <= MAX_BRIEF_DOCS:
            return whole
    return docs + without_body(row) if docs else signature(row)


def without_body(row: dict) -> str:
    text = head(row)
    return f"{text} {{ /* ... */ }}" if "\n" not in text else f"{text}\n{{ /* ... */ }}"


def definition(row: dict, code: str, comments: bool = False) -> str:
    """A type, constant or function as a reader needs it: no long tables; with `comments` those of a type and its parts."""
    kind = row["kind"]
    if kind == "function":
        return explained(row)
    if kind in ("const", "static"):
        text = flush(row)
        docs = brief_docs(row["docs"]) if comments else ""
        return docs + (
            text
            if text.count("\n") < 4 and len(text) < 400
            else text.split("=", 1)[0].rstrip() + " = /* ... */;"
        )
    if kind == "trait":
        docs = brief_docs(row["docs"]) if comments else ""
        return docs + trait_excerpt(row, code, comments)
    attributes = "\n".join(KEPT_ATTRIBUTES.findall(row["attributes"]))
    # A field or variant that is there in some configurations alone keeps the attribute that says so.
    text = re.sub(r"^[ \t]*#\[(?!cfg\()[^\n]*\]\n", "", flush(row, comments), flags=re.MULTILINE)
    if kind == "enum":
        text = enum_excerpt(text, code)
    lines = text.splitlines()
    if comments and len(lines) > MAX_DEFINITION_LINES:
        return definition(row, code)
    if len(lines) > MAX_DEFINITION_LINES:
        text = "\n".join([*lines[: MAX_DEFINITION_LINES - 2], "    // ...", lines[-1]])
    text = f"{attributes}\n{text}" if attributes else text
    return (brief_docs(row["docs"]) if comments else "") + text


def enum_excerpt(text: str, code: str) -> str:
    """An enum; of one with many variants those that `code` names, and a few others."""
    source = text.encode()
    variants: list[tuple[str, int, int]] = []  # name, from the end of the one before, to its comma
    for body in (c for node in syntax.parse(source).children for c in node.children):
        if body.type != "enum_variant_list":
            continue
        begin = body.start_byte + 1
        nodes = [node for node in body.named_children if node.type == "enum_variant"]
        for node, after in zip_longest(nodes, nodes[1:]):
            gap = source[node.end_byte : after.start_byte if after else body.end_byte]
            line_end = gap.find(b"\n")
            end = node.end_byte + (line_end if line_end >= 0 else gap.find(b",") + 1)
            name = node.child_by_field_name("name")
            variants.append((source[name.start_byte : name.end_byte].decode() if name else "", begin, end))
            begin = end
    if len(variants) <= MOST_VARIANTS:
        return text
    named = set(WORD.findall(code))
    others = [name for name, *_ in variants if name not in named][:OTHER_VARIANTS]
    kept = b"".join(source[a:b] for name, a, b in variants if name in named or name in others)
    first, last = variants[0][1], variants[-1][2]
    rest = source[last:] if source.startswith(b"\n", last) else b"\n" + source[last:].lstrip()
    return (source[:first] + kept + b"\n    // ..." + rest).decode()


def brief_docs(docs: str, most: int = MAX_BRIEF_DOCS, paragraphs: int = 1) -> str:
    """The first paragraphs of documentation as doc comments with a line feed, before any section, example or table.

    Nothing if the first one is longer than `most`; of further ones as many as there is room for.
    """
    told: list[str] = []
    for paragraph in docs.strip().split("\n\n")[:paragraphs]:
        size = sum(map(len, told)) + len(paragraph)
        if not paragraph or paragraph.lstrip().startswith(("#", "```", "|")) or size > most:
            break
        told.append(paragraph)
    lines = "\n\n".join(told).split("\n") if told else []
    return "".join(f"/// {line}".rstrip() + "\n" for line in lines)


def in_trait(row: dict) -> bool:
    """Whether a method's row stands in the trait itself, with a body of its own there."""
    return bool(re.match(r"(?:pub(?:\([^)]*\))? )?(?:unsafe )?(?:auto )?trait\b", row["header"]))


# A type may have a semicolon or braces in it: `[u8; 4]`, `ArrayVec<u8, { N + 1 }>`.
TRAIT_ITEM = re.compile(
    r"^ {2,4}((?:unsafe |async |const )*(?:fn|type|const) (\w+)(?:[^;{\[]|\[[^\]]*\]|\{[^{};]*\}(?=\s*[>,]))*)[;{]",
    re.MULTILINE,
)


def trait_items(row: dict, code: str) -> list[tuple[str, str]]:
    """(name, declaration) of those of a trait's items that `code` mentions."""
    mentioned = set(WORD.findall(code))
    found = TRAIT_ITEM.finditer(flush(row))
    # The pattern may still cut a declaration off: leave it out.
    whole = (item for item in found if all(item[1].count(a) == item[1].count(b) for a, b in ("()", "[]")))
    whole = (item for item in whole if item[1].count("<") == item[1].replace("->", "").count(">"))
    return [(item[2], f"{item[1].strip()};") for item in whole if item[2] in mentioned]


def trait_excerpt(row: dict, code: str, comments: bool = False) -> str:
    """A trait with those of its items that `code` mentions; with `comments` what they are documented as."""
    header = impl_head(re.sub(r"\s+", " ", flush(row).partition("{")[0]).strip())
    said = dict(item_docs(row["code"].encode())) if comments else {}
    inner = "".join(
        "".join(f"    {line}\n" for line in brief_docs(said.get(name, "")).splitlines())
        + f"    {declaration}\n"
        for name, declaration in trait_items(row, code)
    )
    return f"{header}{{\n{inner}    // ...\n}}" if inner else f"{header}{{ /* ... */ }}"


def flush(row: dict, comments: bool = False) -> str:
    """The item's text without its margin; comments go unless they are wanted."""
    text = row["code"] if comments else COMMENT.sub("", row["code"])
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = [line.rstrip() for line in text.rstrip().splitlines() if line.strip()]
    return "\n".join(lines[:1] + unmargined(lines[1:], like_last=True))


def unmargined(lines: list[str], like_last: bool = False) -> list[str]:
    """Take the common margin off; `like_last`: the last line (a closing brace) sets it."""
    full = [line for line in lines if line.strip()]
    if not full:
        return lines
    measured = full[-1:] if like_last else full
    margin = min(len(line) - len(line.lstrip()) for line in measured)
    return [line[margin:] if line[:margin].strip() == "" else line.lstrip() for line in lines]


def indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.split("\n"))


def in_impl(header: str, siblings: list[str], inner: str, margin: str = "") -> str:
    """`inner` (a method) inside its impl, after the sibling declarations that it needs.

    With a `margin` all lines of `inner` but the first already stand as far in as they should.
    """
    if not header:
        return inner
    parts = [indented(sibling) for sibling in siblings] + [margin + inner if margin else indented(inner)]
    return f"{impl_head(header)}{{\n" + "\n\n".join(parts) + "\n}"


def impl_head(header: str) -> str:
    """An impl's or trait's header as rustfmt would set it, ready for its brace."""
    start, where, bounds = header.partition(" where ")
    if not where:
        return f"{header} "
    lines = "".join(f"    {bound.strip()},\n" for bound in split_at_commas(bounds, "<([{", ">)]}"))
    return f"{start}\nwhere\n{lines}"
