"""Whole impl blocks and small modules as items of their own, for code_generation and explanations.

    for row in chosen_blocks(chunks, read, verdicts, settings): ...
    code_generation(row, crate, settings)

A module is an inline one, or a file without the tests at its end. A prompt shows the block with all its docs, cut to
its signatures; the answer is the block without doc comments. Its functions were judged one by
one: the compiler reads every body, and the crate still checks with the bodies cut away. So the prompt
promises nothing that is not there, and recheck.py can put both texts into the crate.

Only the configured share of the blocks is chosen, by a hash. A function inside a block that has a row gives no
row of code_generation or fill_in_middle: no code is the answer twice.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator

from ferrule.core.reasons import MakeReason
from ferrule.core.schemas import CHUNKS, choose, identity
from ferrule.rust import item_text, syntax
from ferrule.rust.documentation import doc_text, explanation, prose, visible
from ferrule.rust.lexer import NOT_CODE
from ferrule.rust.signatures import brief_docs, definition, impl_head, indented
from ferrule.rust.syntax import COMMENTS, dedent
from ferrule.tasks.answer_checks import only_forwards, weak_explanation
from ferrule.tasks.context import TYPES, Context, Crate
from ferrule.tasks.explanations import documented_drop
from ferrule.tasks.task import Draft, Drop, Settings, common_drop, context_drop, fenced
from ferrule.tasks.whole_modules import FUNCTIONS, without_tests

MODULES = ("file", "module")
LARGEST = 0.65  # of a block's code: a function that has more of it is nearly all that the block asks for
WRITTEN = 0.2  # least part of a block's code that is in bodies: the rest is in the prompt already
MAX_TYPE_DOCS = (
    1200  # characters of the documentation of the block's type or trait; more is cut to a paragraph
)
DECLARED = re.compile(r" {4}(?:unsafe |async |const )*(?:fn|type|const) (\w+)")
INNER_DOC = re.compile(rb"//!|/\*!")


def chosen_blocks(
    chunks: list[dict], read: Callable[[str], bytes], verdicts: dict[str, dict], settings: Settings
) -> list[dict]:
    """The rows of the chosen blocks, a block before those inside it. `read(file)` gives a file's bytes.

    `verdicts` are those of functions by chunk id; the rows of functions have `tests` (`chunk_facts`).
    """
    shares = {kind: settings.blocks.get(share, 0) for kind, share in KINDS.items()}
    if not any(shares.values()):
        return []
    by_file: dict[str, list[dict]] = defaultdict(list)
    for row in chunks:
        by_file[row["file"]].append(row)
    rows = []
    for file, items in sorted(by_file.items()):
        source = read(file)
        for kind, item, start, end in spans(items, source, shares):
            id = identity(item["crate"], file, start, end, "block", kind)
            if choose(settings.seed, id, "block") < shares[kind] * 2**64:
                rows.append(block_row(id, kind, item, items, source, start, end, verdicts))
    return sorted(rows, key=lambda row: (row["file"], row["start"], -row["end"]))


KINDS = {"impl": "impls", "module": "modules", "file": "modules"}


def spans(items: list[dict], source: bytes, shares: dict[str, float]) -> Iterator[tuple[str, dict, int, int]]:
    """(kind, its chunk, start, end) of the blocks of a file; the chunk of a file is its first."""
    for item in items:
        wanted = item["kind"] in ("impl", "module") and shares[item["kind"]]
        if wanted and item["body"] >= 0 and not item["reason"]:
            yield item["kind"], item, item["start"], item["end"]
    if shares["file"]:
        root = syntax.parse(source)
        end, _ = without_tests(root, source)
        start = first_line(root, source)
        if start < end:
            yield "file", items[0], start, end


def first_line(root, source: bytes) -> int:
    """Where a file begins when the comments above everything else, such as its licence, are left out."""
    for node in root.children:
        text = source[node.start_byte : node.end_byte]
        if node.kind_id in COMMENTS and not item_text.DOC.match(text):
            blank_line_follows = re.match(rb"[ \t]*\n?[ \t]*\n", source[node.end_byte :])
            if blank_line_follows or node.next_sibling is None or node.next_sibling.kind_id in COMMENTS:
                continue
        return node.start_byte
    return len(source)


def block_row(
    id: str,
    kind: str,
    item: dict,
    items: list[dict],
    source: bytes,
    start: int,
    end: int,
    verdicts: dict[str, dict],
) -> dict:
    """A row like a chunk's, with what the makers below ask."""
    inside = [i for i in items if start <= i["outer"] and i["end"] <= end and i["id"] != item["id"]]
    inside += [item] if kind == "file" and start <= item["outer"] and item["end"] <= end else []
    functions = [i for i in inside if i["kind"] in FUNCTIONS and i["body"] >= 0 and not i["nested"]]
    known = [verdicts.get(function["id"]) for function in functions]
    text = source[start:end]
    bodies = [(f["body"] - start, f["end"] - start) for f in functions]
    above = source[item["outer"] : start] if kind != "file" else b""
    own_docs = "\n\n".join(filter(None, (item["docs"] if kind != "file" else "", inner_docs(text, kind))))
    header = one_line(source[start : item["body"]]) if kind == "impl" else ""
    of_type, of_trait = type_and_trait(header)
    covered = [function.get("tests") for function in functions]
    return dict.fromkeys(CHUNKS.names, "") | dict(
        id=id,
        chunk="" if kind == "file" else item["id"],
        crate=item["crate"],
        file=item["file"],
        kind=kind,
        name=item["file"] if kind == "file" else item["name"],
        owner=item["name"] if kind == "impl" else "",
        header=header,
        self_type=of_type,
        trait=of_trait,
        path="::".join(filter(None, (item["path"], item["name"]))) if kind == "module" else item["path"],
        start=start,
        end=end,
        outer=start,
        body=-1,
        docs="\n\n".join(filter(None, [own_docs, *(i["docs"] for i in inside)])),
        attributes=item["attributes"] if kind != "file" else "",
        code=text.decode(),
        unsafe=len(re.findall(rb"\bunsafe\b", text)),
        nested=False,
        test=False,
        generated=False,
        margin=syntax.indentation(source, start),
        above=above.decode(errors="replace"),
        broken=[],
        rewritten=[],
        tests=sorted({test for tests in covered for test in tests or ()}),
        covered=all(covered),
        own_docs=own_docs,
        functions=functions,
        inside=frozenset(i["id"] for i in inside),
        calls=[call for f in functions for call in f["calls"]]
        if all(f.get("calls") is not None for f in functions)
        else None,
        cut=item_text.cut(text, bodies).decode(),
        given=item_text.without_docs(item_text.cut(text, bodies, b"{}")).decode(),
        defines=[NOT_CODE.sub(" ", i["code"]) for i in inside if i["kind"] in TYPES],
        live=sum(bool(verdict and verdict["compiles"]) for verdict in known),
        checks_cut=sum(bool(verdict and verdict["cut"]) for verdict in known),
        unread=any(i["reason"] == "parse_error" for i in inside),
        tests_inside=sum(i["test"] for i in inside),
    )


def one_line(text: bytes) -> str:
    return re.sub(r"\s+", " ", text.decode()).strip()


def type_and_trait(header: str) -> tuple[str, str]:
    """`unsafe impl<T> From<T> for &[T]` -> `&[T]`, `From<T>`; an impl of no trait has an empty one."""
    root = syntax.parse(f"{header} {{}}".encode())
    block = next((node for node in root.children if node.type == "impl_item"), None)
    fields = [block.child_by_field_name(name) if block else None for name in ("type", "trait")]
    of_type, of_trait = (one_line(field.text or b"") if field else "" for field in fields)
    return of_type, of_trait


def inner_docs(text: bytes, kind: str) -> str:
    """The `//!` documentation at the start of a file, or after the brace of a module."""
    root = syntax.parse(text)
    if kind == "file":
        parent = root
    else:
        bodies = (child for node in root.children for child in node.children)
        parent = next((node for node in bodies if node.type == "declaration_list"), root)
    comments = [text[n.start_byte : n.end_byte] for n in parent.children if n.kind_id in COMMENTS]
    found = [
        comment.replace(b"!", b"/" if comment[:2] == b"//" else b"*", 1)
        for comment in comments
        if INNER_DOC.match(comment)
    ]
    return doc_text(found)


# --- the two kinds of task ------------------------------------------------------------------------


def code_generation(row: dict, crate: Crate, settings: Settings) -> Draft | Drop:
    if drop := hidden_or_old(row) or unsuitable(row, settings) or too_little_to_write(row, settings):
        return drop
    context = surroundings(row, crate, settings.max_context_chars)
    if drop := documentation_drop(row, context, settings) or context_drop(context, settings):
        return drop
    if row["kind"] == "impl" and not row["covered"]:
        # Its documentation says too little about one method or another: readers found every third of them wrong.
        return Drop(MakeReason.NO_TESTS)
    docs = comment(outer_docs(row))
    shown = item_text.without_hidden_lines(row["cut"].encode()).decode()
    code = "\n".join(filter(None, (docs, dedent(shown, row["margin"]))))
    return draft_of(row, context, code, answer(row), before=row["cut"])


def explanations(row: dict, crate: Crate, settings: Settings) -> Draft | Drop:
    if drop := hidden_or_old(row) or unsuitable(row, settings):
        return drop
    said = explanation(row["own_docs"])
    if drop := documented_drop(row["own_docs"], said, settings):
        return drop
    context = crate.context_of_type(row)
    if why := weak_explanation(said, f"{context.before()}\n{answer(row)}"):
        return Drop(MakeReason.WEAK_EXPLANATION, why)
    return draft_of(row, context, answer(row), said)


MAKERS = {"code_generation": code_generation, "explanations": explanations}


def draft_of(row: dict, context: Context, code: str, gen: str, before: str | None = None) -> Draft:
    return Draft(
        gen=gen,
        values=dict(name=row["trait"] or row["name"], owner=row["self_type"], code=shown(row, context, code)),
        variant="module" if row["kind"] in MODULES else "impl",
        # An explanation is one, whatever it explains.
        kind=("module" if row["kind"] in MODULES else "impl") if before is not None else "",
        before=before,
        # All functions, or the block as a whole is not: some could be anything and no test would fail.
        verdict="" if row["covered"] else "compiles",
        wording="trait_impl" if row["trait"] else row["kind"],
    )


def shown(row: dict, context: Context, code: str) -> str:
    """The code of a prompt. What is around a file is apart from it, or it would look like a part."""
    if not context.size:
        return fenced(code)
    if row["kind"] != "file":
        return fenced(f"{context.before()}\n\n{code}")
    parts = (f"// Elsewhere in the crate\n\n{context.before()}", f"// {row['name']}\n\n{code}")
    return "\n\n".join(map(fenced, parts))


def answer(row: dict) -> str:
    return dedent(item_text.without_docs(row["code"].encode()).decode(), row["margin"])


def outer_docs(row: dict) -> str:
    """The docs above a block; those inside it are in its text."""
    lines = [line.strip().encode() for line in row["above"].split("\n")]
    return visible(doc_text([line for line in lines if line.startswith(b"///")]))


# --- which blocks -------------------------------------------------------------------------------


def hidden_or_old(row: dict) -> Drop | None:
    """As for a function; none of its functions may be deprecated."""
    old = any("deprecated" in function["attributes"] for function in row["functions"])
    return common_drop(row) or (Drop(MakeReason.DEPRECATED) if old else None)


def unsuitable(row: dict, settings: Settings) -> Drop | None:
    """What neither kind of task wants."""
    count, lines = len(row["functions"]), answer(row).count("\n") + 1
    if row["unread"]:
        return Drop(MakeReason.PARSE_ERROR)
    if row["tests_inside"]:
        return Drop(MakeReason.HOLDS_TESTS, f"{row['tests_inside']} items")
    if not count:
        return Drop(MakeReason.NO_FUNCTION)
    if lines > settings.blocks["max_lines"]:
        return Drop(MakeReason.BLOCK_TOO_LONG, f"{lines} lines")
    if row["live"] < count:
        return Drop(MakeReason.PARTLY_LIVE, f"{row['live']} of {count} functions")
    return None


def too_little_to_write(row: dict, settings: Settings) -> Drop | None:
    count, whole = len(row["functions"]), code_size(row["code"])
    if row["checks_cut"] < count:
        return Drop(MakeReason.CUT_DOES_NOT_CHECK, f"{count - row['checks_cut']} of {count} functions")
    largest = max(code_size(function["code"]) for function in row["functions"])
    if count < 2 or largest > LARGEST * whole:
        return Drop(MakeReason.MOSTLY_ONE_FUNCTION, f"{largest} of {whole} characters")
    written = whole - code_size(row["cut"])
    if written < max(WRITTEN * whole, settings.min_code_chars):
        return Drop(MakeReason.TRIVIAL_BODY, f"{written} of {whole} characters")
    if all(map(only_forwards, row["functions"])):
        return Drop(MakeReason.TRIVIAL_BODY, "its functions only forward")
    return None


def code_size(text: str) -> int:
    """Characters of code: no comments, no whitespace."""
    return len("".join(item_text.without_comments(text.encode()).decode().split()))


def documentation_drop(row: dict, context: Context, settings: Settings) -> Drop | None:
    """At least half of the functions say what they do; those of a trait's impl need not, its trait does."""
    own = [function for function in row["functions"] if " for " not in function["header"]]
    documented = sum(bool(function["docs"].strip()) for function in own)
    if 2 * documented < len(own):
        return Drop(MakeReason.UNDOCUMENTED, f"{documented} of {len(own)} functions")
    lines = (line.strip() for item in context.items for line in item.split("\n"))
    said = len(prose(row["docs"])) + sum(len(line) for line in lines if line.startswith("///"))
    if said < 2 * settings.min_doc_chars:
        return Drop(MakeReason.DOCUMENTATION_TOO_SHORT, f"{said} characters")
    return None


# --- what is around it ----------------------------------------------------------------------------


def surroundings(row: dict, crate: Crate, room: int) -> Context:
    """The context of a block. Its type, and its trait if that is the crate's own, are shown with their docs."""
    context = crate.context(row, room)
    if row["kind"] != "impl":
        context.imports = []  # they are in the block
    if context.siblings:  # of another impl with the same header
        inner = "\n".join(map(indented, context.siblings))
        context.items.append(f"{impl_head(row['header'])}{{\n{inner}\n}}")
        context.siblings = []
    code = NOT_CODE.sub(" ", row["code"])
    trait = row["trait"].partition("<")[0].rsplit("::", 1)[-1]
    for name in filter(None, (row["owner"], trait)):
        found = crate.resolve(name, row, {})
        texts = [definition(found, code, comments) for comments in (True, False)] if found else []
        text = next((one for one in texts if one in context.items), "")
        if not found or not text:
            continue
        bare = definition(found, code)
        shown = documented_trait(bare, found) if found["kind"] == "trait" else flushed(text, found)
        docs = comment(brief(found["docs"]))
        context.items[context.items.index(text)] = f"{docs}\n{shown}" if docs else shown
    return context


def flushed(text: str, item: dict) -> str:
    """The definition without the docs above it, which the block's prompt shows in full."""
    above = brief_docs(item["docs"])
    return text.removeprefix(above)


def documented_trait(text: str, trait: dict) -> str:
    """The excerpt of a trait with the first paragraph of each item's docs above the item."""
    docs = {name: brief(said).split("\n\n")[0] for name, said in item_text.item_docs(trait["code"].encode())}
    lines = []
    for line in text.split("\n"):
        item = DECLARED.match(line)
        if item and docs.get(item[1]):
            lines.append(indented(comment(docs[item[1]])))
        lines.append(line)
    return "\n".join(lines)


def brief(docs: str) -> str:
    """Documentation without examples and link definitions; if that is long, its first paragraph."""
    said = explanation(docs)
    return said if len(said) <= MAX_TYPE_DOCS else said.split("\n\n")[0]


def comment(said: str) -> str:
    return "\n".join(f"/// {line}".rstrip() for line in said.split("\n")) if said else ""
