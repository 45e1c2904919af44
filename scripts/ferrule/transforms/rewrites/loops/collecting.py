"""Chains that fill a collection, written out as loops that push."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import parent_of
from ferrule.transforms.rewrites.loops.chains import Chain, chains, follow
from ferrule.transforms.rewrites.loops.for_loops import declared
from ferrule.transforms.rewrites.loops.iterators import variable, wanted_type
from ferrule.transforms.rewrites.loops.unrolled import tight, unroll
from ferrule.transforms.rewrites.rewrite_entry import Place, rewrite
from ferrule.transforms.rewrites.statement_position import Seat, accumulate, braced, has_word, put, seat_of

RESULTS = (b"result", b"items", b"output", b"results", b"collected")

# Types whose `extend` pushes one item after the other, or initial values of such a type.
GROWS_BY_PUSH = re.compile(
    rb"(?:&mut )?(?:\w+::)*(?:Vec|String|PathBuf|BinaryHeap|SmallVec|ArrayVec)\b|vec!|.*\.(?:to_vec|to_string|to_owned)\(\)$",
    re.DOTALL,
)


@rewrite("Build the collection with iterator adaptors and `collect` instead of a loop that pushes.")
def collect_to_loop(site: Site) -> Iterator[Place]:
    for chain in chains(site, b"collect", 0):
        seat = seat_of(site, chain.call)
        if seat is None:
            continue
        kind = wanted_type(site, chain, seat)
        name = variable(site, chain, seat, *RESULTS)
        fallible = re.fullmatch(rb"(?:\w+::)*(Result|Option)<((?:\w+::)*(?:Vec|String)\b.*)>", kind)
        if name is None:
            continue
        if fallible:
            yield from _collect_fallible(site, chain, seat, name, fallible[1], fallible[2])
            continue
        target = collection(kind)
        loop = unroll(site, chain) if target else None
        if target is None or loop is None:
            continue
        value = loop.value(name)
        inner = _added(name, target, value) if value else None
        if inner:
            new = annotated_start(target, kind, seat)
            yield accumulate(site, seat, new, loop.close(inner), name)


def collection(kind: bytes) -> bytes | None:
    """The path of a collection's type, without its arguments; None for types that are not written out."""
    match = re.match(rb"((?:\w+::)*(?:Vec|String|VecDeque|HashMap|HashSet|BTreeSet))(?:<|$)", kind)
    return match[1] if match else None


def annotated_start(target: bytes, kind: bytes, seat: Seat) -> bytes:
    """`Vec::new()`, with the type arguments of the turbofish if there is no annotation."""
    written = re.search(rb"<(.*)>$", kind, re.DOTALL)
    if seat.kind in ("let", "lead") and not seat.annotation and written and b"_" not in written[1].split():
        if not re.search(rb"\b_\b", written[1]):
            return target + b"::<" + written[1] + b">::new()"
    return target + b"::new()"


def _added(name: bytes, target: bytes, value: bytes) -> bytes | None:
    """The statement that adds a value to the collection."""
    last = target.split(b"::")[-1]
    if last == b"HashMap":
        pair = re.fullmatch(rb"\((.*)\)", value, re.DOTALL)
        if pair is None or not _balanced(pair[1]) or not _is_pair(pair[1]):
            return None
        return name + b".insert(" + pair[1] + b");"
    method = {b"VecDeque": b"push_back", b"HashSet": b"insert", b"BTreeSet": b"insert"}.get(last, b"push")
    return name + b"." + method + b"(" + value + b");"


def _is_pair(text: bytes) -> bool:
    """Whether the text is two expressions with a comma between them."""
    depth, commas = 0, 0
    for char in text:
        depth += (char in b"([{") - (char in b")]}")
        commas += char == ord(",") and depth == 0
    return commas == 1 and not text.rstrip().endswith(b",") and b"<" not in text and b"|" not in text


def _collect_fallible(
    site: Site, chain: Chain, seat: Seat, name: bytes, wrapper: bytes, kind: bytes
) -> Iterator[Place]:
    """`collect` into a Result or an Option that the function returns: `?` on each item, `Ok` at the end."""
    target = collection(kind)
    if seat.kind not in ("value", "return") or not target or site.is_async:
        return
    if site.text(site.returns) != wrapper + b"<" + kind + b">":
        return
    loop = unroll(site, chain)
    value = loop.value(name) if loop else None
    if loop is None or value is None or re.match(rb"\s*(?:if|match|unsafe|\{)", value):
        return
    plain = re.fullmatch(rb"(?:Ok|Some)\((.*)\)", value, re.DOTALL)
    item = plain[1] if plain and _balanced(plain[1]) else tight(value) + b"?"
    inner = _added(name, target, item)
    done = {b"Result": b"Ok", b"Option": b"Some"}[wrapper] + b"(" + name + b")"
    if inner is None:
        return
    text = b"let mut " + name + b" = " + target + b"::new();\n" + loop.close(inner) + b"\n"
    if seat.kind == "return":
        yield (put(seat.statement, text + b"return " + done + b";"),)
    else:
        yield (put(seat.statement, braced(seat, text + done)),)


def _balanced(text: bytes) -> bool:
    """Whether every bracket is closed, and none is closed that was not opened."""
    depth = 0
    for char in text:
        depth += (char in b"([{") - (char in b")]}")
        if depth < 0:
            return False
    return depth == 0


@rewrite("Hand the whole iterator to `extend` instead of pushing item by item in a loop.")
def extend_to_loop(site: Site) -> Iterator[Place]:
    for call, receiver, name, _ in site.method_calls:
        arguments, statement = site.arguments(call), parent_of(call)
        if name != b"extend" or len(arguments) != 1 or statement.type != "expression_statement":
            continue
        if receiver.type not in ("identifier", "field_expression") or site.is_const:
            continue
        target, argument = site.text(receiver), arguments[0]
        if not re.fullmatch(rb"\w+(?:\.\w+)*", target) or not site.text(statement).endswith(b";"):
            continue
        kind = declared(site, target)
        if kind and not GROWS_BY_PUSH.match(kind):
            continue
        if argument.type not in ("call_expression", "identifier", "reference_expression"):
            continue
        chain = _followed(site, call, argument)
        loop = unroll(site, chain) if chain and not has_word(site.text(argument), target) else None
        value = loop.value() if loop else None
        if loop and value:
            yield (put(statement, loop.close(target + b".push(" + value + b");")),)


def _followed(site: Site, call: Node, argument: Node) -> Chain | None:
    """The chain of the argument, unless it ends in a method that returns a collection."""
    chain = follow(site, call, argument, [])
    if chain is None or chain.stages or argument.type != "call_expression":
        return chain
    parts = site.method(argument)
    return chain if parts and site.text(parts.name) not in (b"clone", b"unwrap", b"collect") else None
