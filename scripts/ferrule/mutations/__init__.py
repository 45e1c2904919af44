"""The catalogue of mutations: how people break Rust functions, one operator per mistake.

    site = parse_site(code, owner, header, names)
    for mutation in mutations(site): ...

One module per family; an operator is a generator from a `Site` to mutations, registered by
`@operator(codes ...)` under its own name. Adding one to a module is all that it takes, with an example
in tests/unit/test_mutations.py. Which errors really come of a mutation, the compiler says (`ferrule.judge`).
"""

from __future__ import annotations

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
from ferrule.mutations.catalogue import OPERATORS, Mutation, Operator
from ferrule.site import Site

__all__ = ["OPERATORS", "Mutation", "Operator", "mutations"]


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
