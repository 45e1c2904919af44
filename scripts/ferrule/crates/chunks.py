"""Chunks: every item of a file as a row, with its documentation, span and context.

`chunk_file` walks a file's items once and appends one row per item as a tuple, because dicts would cost
as much as the parse. Function bodies are not walked unless their text says that a function stands
inside. Offsets are bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tree_sitter import Node

from ferrule.core.reasons import ChunkReason
from ferrule.core.schemas import CHUNKS, identity
from ferrule.rust.cfg import test_only
from ferrule.rust.documentation import doc_text
from ferrule.rust.syntax import ATTRIBUTE, BLOCK, COMMENTS, KIND_OF, kind_ids

# What an item is called inside an impl or a trait.
INSIDE = {
    "function": "method",
    "type": "associated",
    "associated_type": "associated",
    "const": "associated",
}
VISIBILITY = kind_ids("visibility_modifier")
PUBLIC_KINDS = frozenset(
    "function method struct enum union trait module type const static macro associated".split()
)

NAME = {
    "function": re.compile(rb"\bfn\s+(?:r#)?(\w+)"),
    "method": re.compile(rb"\bfn\s+(?:r#)?(\w+)"),
    "signature": re.compile(rb"\bfn\s+(?:r#)?(\w+)"),
    "struct": re.compile(rb"\bstruct\s+(?:r#)?(\w+)"),
    "enum": re.compile(rb"\benum\s+(?:r#)?(\w+)"),
    "union": re.compile(rb"\bunion\s+(?:r#)?(\w+)"),
    "trait": re.compile(rb"\btrait\s+(?:r#)?(\w+)"),
    "module": re.compile(rb"\bmod\s+(?:r#)?(\w+)"),
    "type": re.compile(rb"\btype\s+(?:r#)?(\w+)"),
    "associated": re.compile(rb"\b(?:type|const)\s+(?:r#)?(\w+)"),
    "associated_type": re.compile(rb"\btype\s+(?:r#)?(\w+)"),  # outside a trait: parses, and means nothing
    "const": re.compile(rb"\bconst\s+(?:r#)?(\w+)"),
    "static": re.compile(rb"\bstatic\s+(?:mut\s+)?(?:r#)?(\w+)"),
    "macro": re.compile(rb"macro_rules!\s*(?:r#)?(\w+)"),
}
NESTED_FUNCTION = re.compile(rb"fn\s+(?:r#)?[A-Za-z_]")
UNSAFE = re.compile(rb"\bunsafe\b")
BLANKS = re.compile(r"\s+")
TEST_ATTRIBUTE = re.compile(rb"#\s*\[\s*(?:\w+\s*::\s*)*(?:test|bench|test_case|rstest|quickcheck)\s*[\](]")


@dataclass
class Figures:
    """Counts over one file, or a sum of them; `unsafe_items` are blocks, functions, impls, traits."""

    functions: int = 0
    methods: int = 0
    types: int = 0
    impls: int = 0
    traits: int = 0
    unsafe_items: int = 0
    public_items: int = 0
    documented_items: int = 0

    def add(self, other: Figures) -> None:
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Chunks:
    """Rows of `ferrule.core.schemas.CHUNKS` as tuples, grown item by item, with the limits that give `reason`."""

    crate: str
    max_lines: int = 200
    max_chars: int = 8000
    rows: list[tuple] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def columns(self) -> dict[str, tuple]:
        return dict(
            zip(CHUNKS.names, zip(*self.rows, strict=True) if self.rows else ((),) * len(CHUNKS), strict=True)
        )


def chunk_file(chunks: Chunks, file: str, source: bytes, root: Node, path: str = "") -> None:
    """Append every item of a parsed file to `chunks`; `path` is the file's module path ("a::b")."""
    _Walk(chunks, file, source).items(root, path, "", "", "", False, False)


class _Walk:
    """One pass over one file. A class only to keep what every call needs at hand."""

    def __init__(self, chunks: Chunks, file: str, source: bytes):
        self.chunks, self.file, self.source = chunks, file, source
        self.has_unsafe = b"unsafe" in source

    def items(self, parent, path, owner, header, place, test, nested) -> None:
        """`place` says what `parent` is: "impl", "trait impl", "trait" or "" (a module, a body)."""
        source = self.source
        pending: list[bytes] = []  # comments and attributes above the next item
        attributes: list[bytes] = []
        outer = -1
        for node in parent.children:
            kind_id = node.kind_id
            if kind_id in COMMENTS or kind_id in ATTRIBUTE:
                text = source[node.start_byte : node.end_byte]
                if kind_id in ATTRIBUTE:
                    attributes.append(text)
                elif text.startswith((b"///", b"/**")):
                    pending.append(text)
                elif text.startswith((b"//!", b"/*!")):
                    continue
                if outer < 0 and (attributes or pending):
                    outer = node.start_byte
                continue
            kind = KIND_OF.get(kind_id)
            if kind is not None:
                self.item(node, kind, path, owner, header, place, test, nested, pending, attributes, outer)
            if outer >= 0:
                pending, attributes, outer = [], [], -1

    def item(self, node, kind, path, owner, header, place, test, nested, docs, attributes, outer) -> None:
        source, start, end = self.source, node.start_byte, node.end_byte
        attribute_text = b"\n".join(attributes) if attributes else b""
        if attribute_text and not test and (b"test" in attribute_text or b"bench" in attribute_text):
            test = bool(TEST_ATTRIBUTE.search(attribute_text)) or any(map(test_only, attributes))
        last = node.child(node.child_count - 1)
        body = last.start_byte if last is not None and last.kind_id in BLOCK else -1

        if place:
            kind = INSIDE.get(kind, kind)
        if kind in ("impl", "foreign", "import"):
            name = header_text = ""
            if kind == "impl":
                header_text = BLANKS.sub(" ", source[start : body if body >= 0 else end].decode()).strip()
                name = owner_name(header_text)
        else:
            match = NAME[kind].search(source, start, end)
            name = match[1].decode() if match else ""

        first = node.child(0)
        visibility = ""
        if first is not None and first.kind_id in VISIBILITY:
            visibility = source[first.start_byte : first.end_byte].decode()

        documentation = doc_text(docs) if docs else ""
        self.count(kind, place, visibility, test, documentation, attribute_text)
        unsafe = 0
        if self.has_unsafe and source.find(b"unsafe", start, end) >= 0:
            unsafe = len(UNSAFE.findall(source, start, end))
        if kind in ("function", "method", "impl", "trait") and not test and unsafe:
            # An impl or trait counts its own keyword only: its functions count themselves.
            head = source[start : body if body >= 0 else end]
            own = len(UNSAFE.findall(head)) if kind in ("impl", "trait") else unsafe
            self.chunks.figures.unsafe_items += own

        if kind not in ("foreign", "signature") and not (kind == "module" and body < 0):
            self.row(
                node,
                kind,
                name,
                owner,
                header,
                path,
                start,
                end,
                outer,
                body,
                visibility,
                documentation,
                attribute_text,
                unsafe,
                nested,
                test,
            )

        if kind == "impl" and body >= 0:
            inside = "trait impl" if " for " in header_text.split("{")[0] else "impl"
            self.items(last, path, name, header_text, inside, test, nested)
        elif kind == "trait" and body >= 0:
            head_text = BLANKS.sub(" ", source[start:body].decode()).strip()
            self.items(last, path, name, head_text, "trait", test, nested)
        elif kind == "module" and body >= 0:
            self.items(last, f"{path}::{name}" if path else name, "", "", "", test, nested)
        elif kind in ("function", "method") and body >= 0:
            if NESTED_FUNCTION.search(source, body, end):
                self.nested(last, path, test)
        elif kind in ("const", "static") and NESTED_FUNCTION.search(source, start, end):
            self.nested(node, path, test)  # `const _: () = { impl ... };`

    def nested(self, block: Node, path: str, test: bool) -> None:
        """Items inside a body: any block in it may hold them, so its whole tree is looked at."""
        stack = [block]
        while stack:
            node = stack.pop()
            children = node.children
            if node.kind_id in BLOCK and any(child.kind_id in KIND_OF for child in children):
                self.items(node, path, "", "", "", test, True)
            # What `items` has walked is not walked again; macro arguments are not syntax.
            stack.extend(c for c in children if c.kind_id not in KIND_OF and c.type != "token_tree")

    def row(
        self,
        node,
        kind,
        name,
        owner,
        header,
        path,
        start,
        end,
        outer,
        body,
        visibility,
        documentation,
        attributes,
        unsafe,
        nested,
        test,
    ) -> None:
        code = self.source[start:end].decode()
        lines = code.count("\n") + 1
        reason: str = ""
        if test:
            reason = ChunkReason.TEST_CODE
        elif node.has_error:
            reason = ChunkReason.PARSE_ERROR
        elif lines > self.chunks.max_lines:
            reason = ChunkReason.TOO_MANY_LINES
        elif len(code) > self.chunks.max_chars:
            reason = ChunkReason.TOO_MANY_CHARS
        elif nested:
            reason = ChunkReason.NESTED
        elif b"automatically_derived" in attributes:
            reason = ChunkReason.GENERATED
        if reason in (ChunkReason.TOO_MANY_LINES, ChunkReason.TOO_MANY_CHARS) and kind in ("impl", "module"):
            code = ""  # its items are rows of their own
        crate, file = self.chunks.crate, self.file
        row = (
            identity(crate, file, start, end, kind),
            crate,
            file,
            kind,
            name,
            owner,
            header,
            path,
            start,
            end,
            outer if outer >= 0 else start,
            body,
            visibility,
            documentation,
            attributes.decode(errors="replace"),
            code,
            unsafe,
            nested,
            test,
            b"automatically_derived" in attributes,
            reason,
        )
        self.chunks.rows.append(row)

    def count(self, kind, place, visibility, test, documentation, attributes) -> None:
        if test:
            return
        figures = self.chunks.figures
        if kind == "function":
            figures.functions += 1
        elif kind == "method":
            figures.methods += 1
        elif kind in ("struct", "enum", "union", "type"):
            figures.types += 1
        elif kind == "impl":
            figures.impls += 1
        elif kind == "trait":
            figures.traits += 1
        exported = visibility == "pub" or (kind == "macro" and b"macro_export" in attributes)
        if exported and kind in PUBLIC_KINDS and b"doc(hidden)" not in attributes:
            figures.public_items += 1
            if documentation or re.search(rb"\bdoc\s*=", attributes):
                figures.documented_items += 1


ANGLES = re.compile(r"<[^<>]*>")
OWNER = re.compile(r"(?:^|[\s&(])(?:mut\s+|dyn\s+|'\w+\s+)*((?:\w+::)*\w+)")


def owner_name(header: str) -> str:
    """The name of the type that an impl is for: `impl<T> fmt::Display for a::B<T> where ..` -> B."""
    text = re.sub(r"^(?:default\s+)?(?:unsafe\s+)?impl\b", "", header)
    text = _without_angles(text).split(" where ")[0]
    if " for " in text:
        text = text.rsplit(" for ", 1)[1]
    match = OWNER.search(text.strip())
    return match[1].rsplit("::", 1)[-1] if match else text.strip()


def _without_angles(text: str) -> str:
    """Drop everything between angle brackets; the arrows `->` and `=>` do not count as brackets."""
    text = text.replace("->", "").replace("=>", "")
    while "<" in text:
        shorter = ANGLES.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text
