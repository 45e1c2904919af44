"""The catalogue of mutations: how people break Rust functions, one operator per mistake.

    site = parse_site(code, owner, header, names)
    for mutation in mutations(site): ...

One module per family; an operator is a generator from a `Site` to mutations, registered by `@operator(codes
...)` under its own name. To add one, write it in a module and add an example to tests/unit/test_mutations.py.
The codes are only its aims: the compiler decides which errors a mutation really causes
(`ferrule.compiler.judge`).
"""

from __future__ import annotations

from ferrule.rust.function_tree import Site
from ferrule.transforms.mutations import (  # noqa: F401 (imported for their entries)
    aggregates,
    borrows,
    calls,
    casts,
    consts,
    control,
    generics,
    lifetimes,
    lifetimes_of_values,
    misspelt_names,
    moves,
    mutability,
    option_and_result,
    parsing,
    patterns,
    sharing,
    traits,
    types,
    unresolved,
)
from ferrule.transforms.mutations.mutation_operator import OPERATORS, Mutation, Operator

__all__ = ["OPERATORS", "Mutation", "Operator", "mutations", "mutations_by"]


def mutations(site: Site) -> list[Mutation]:
    """Every mutation that applies, by operator and place; none that changes only whitespace."""
    return [mutation for name in sorted(OPERATORS) for mutation in mutations_by(name, site)]


def mutations_by(name: str, site: Site) -> list[Mutation]:
    """The mutations of one operator, by place."""
    entry = OPERATORS[name]
    syntax = entry.phase in ("syntax", "tokens")
    distinct = set()
    for m in entry.function(site):
        signature = entry.signature or m.signature
        # A changed signature in a trait causes errors in the impls, not in the trait's function.
        if changes(site.code, m) and not (signature and site.in_trait):
            distinct.add(Mutation(name, m.start, m.end, m.text, signature, syntax))
    return sorted(distinct)


def changes(code: bytes, m: Mutation) -> bool:
    """Whether more differs than the amount of whitespace between words and around them."""
    return code[m.start : m.end].split() != m.text.split()
