"""The catalogue of mutations: how people break Rust functions, one operator per mistake.

    site = sites_parse(code, owner, header, names)
    for mutation in mutations(site): ...

One module per family; an operator is a generator from a `Site` to mutations, registered by
`@operator(codes ...)` under its own name. Adding one to a module is all that it takes, with an example
in tests/unit/test_mutations.py. Which errors really come of a mutation, the compiler says (`ferrule.judge`).
"""

from __future__ import annotations

from collections.abc import Iterable

from ferrule import syntax
from ferrule.mutations import (  # noqa: F401 (imported for their entries)
    aggregates,
    borrows,
    calls,
    consts,
    control,
    generics,
    lifetimes,
    moves,
    mutability,
    parsing,
    patterns,
    results,
    traits,
    types,
    unresolved,
)
from ferrule.mutations.site import OPERATORS, Mutation, Operator, Site

__all__ = ["OPERATORS", "Mutation", "Operator", "Site", "mutations", "sites_parse"]


def sites_parse(code: str, owner: str, header: str, names: Iterable[str]) -> Site | None:
    """A function's text as a site, or None where it does not parse alone."""
    text = code.encode()
    root = syntax.parse(text)
    function = root.named_children[0] if root.named_child_count == 1 else None
    if root.has_error or function is None or function.type != "function_item":
        return None
    if function.child_by_field_name("body") is None:
        return None
    return Site(text, function, owner, header, frozenset(names))


def mutations(site: Site) -> list[Mutation]:
    """Every mutation that applies, by operator and place; none that changes only blanks."""
    found = {}
    for name in sorted(OPERATORS):
        made = {
            (m.start, m.end, m.text): m
            for m in OPERATORS[name].function(site)
            # A trait's own signature shows its faults in the impls, not in the function.
            if changes(site.code, m) and not (m.signature and site.in_trait)
        }
        found |= {(m.operator, *key): m for key, m in sorted(made.items())}
    return list(found.values())


def changes(code: bytes, m: Mutation) -> bool:
    """Whether more than blanks differ. A blank between words counts, one beside a mark does not."""
    return code[m.start : m.end].split() != m.text.split()
