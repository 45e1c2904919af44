"""Values and traits that cannot be shared as their author thought: trait objects, and what crosses threads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ferrule.rust.function_tree import Site
from ferrule.rust.nodes import child_of
from ferrule.transforms.mutations.mutation_operator import Mutation, in_head, operator, over, put

# Traits of which there are no trait objects.
NOT_DYN = (
    b"Clone Copy Default PartialEq Eq PartialOrd Ord Hash Sized FromStr FromIterator From TryFrom Sum Product Hasher"
).split()


@operator("E0038", signature=True)
def trait_object_of_any_trait(site: Site) -> Iterator[Mutation]:
    """Asked for a trait object of a trait that cannot be one."""
    for node in site.typed_parameters:
        kind = child_of(node, "type")
        name = site.text(kind).removeprefix(b"&").removeprefix(b"mut ").strip()
        bounds = (
            re.search(rb"\b" + re.escape(name) + rb"\s*:\s*([\w:<>, +']+)", site.code)
            if re.fullmatch(rb"[A-Z]\w?", name)
            else None
        )
        outer = (
            re.search(r"\b" + re.escape(name.decode()) + r"\s*:\s*([\w:<>, +']+)", site.header)
            if not bounds and re.fullmatch(rb"[A-Z]\w?", name)
            else None
        )
        said = bounds[1] if bounds else outer[1].encode() if outer else b""
        for bound in re.findall(rb"[A-Z]\w*", said):
            if bound in NOT_DYN:
                yield in_head(site, put(kind, b"&dyn " + bound))
                break


@operator("E0277")
def rc_across_threads(site: Site) -> Iterator[Mutation]:
    """Shared a value between threads through `Rc`, which only one thread may have."""
    if not re.search(rb"\bspawn\b|\bscope\b", site.code):
        return
    for match in re.finditer(rb"\b(?:std::sync::)?Arc::(?:new|clone)\b", site.code[site.body.start_byte :]):
        start = site.body.start_byte + match.start()
        new = (
            match[0].replace(b"std::sync::Arc", b"std::rc::Rc").replace(b"Arc::", b"std::rc::Rc::")
            if b"std::sync" not in match[0]
            else match[0].replace(b"std::sync::Arc", b"std::rc::Rc")
        )
        yield over(start, start + len(match[0]), new)


@operator("E0277")
def cell_across_threads(site: Site) -> Iterator[Mutation]:
    """Protected a value that threads share by a `RefCell` instead of a `Mutex`."""
    if not re.search(rb"\bspawn\b|\bscope\b", site.code):
        return
    for match in re.finditer(rb"\b(?:Mutex|RwLock)::new\b", site.code[site.body.start_byte :]):
        start = site.body.start_byte + match.start()
        yield over(start, start + len(match[0]), b"std::cell::RefCell::new")


@operator("E0277")
def drop_send(site: Site) -> Iterator[Mutation]:
    """Forgot that what goes to another thread has to be `Send` or `Sync`."""
    for match in re.finditer(rb"\s*\+\s*(?:Send|Sync)\b|\b(?:Send|Sync)\s*\+\s*", site.head):
        yield Mutation("", match.start(), match.end(), b"", signature=True)
