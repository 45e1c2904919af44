"""Which rows of the pool the mix takes, and why the others fall."""

from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest
from dataset_samples import sample
from hypothesis import given
from hypothesis import strategies as st

from ferrule.dataset import row_facts
from ferrule.dataset.choice import Limits, choose_rows, similar
from ferrule.dataset.row_facts import Groups, facts_of, read_groups
from ferrule.transforms.mutations import mutation_catalogue

RESOURCES = Path(__file__).parents[2] / "resources"
GROUPS = read_groups(RESOURCES / "error_groups.yaml")
FREE = dict(
    crate_share=1.0, one_line=1.0, prints_fix=1.0, twins=None, same_answer=None, siblings=None, proven=0.0
)


def function(number: int, body: str = "", name: str = "f") -> str:
    """A function unlike others: its body depends on the number in more than names."""
    steps = "\n".join(f"    x {'+-*'[(number >> i) % 3]}= {number * 7 + i};" for i in range(6))
    return f"fn {name}(mut x: u32) -> u32 {{\n{body or steps}\n    x\n}}"


def rows_of(samples: list[dict]) -> list:
    return [facts_of(row, GROUPS) for row in samples]


def chosen(samples: list[dict], shares=None, size=None, seed=0, **limits):
    shares = shares or {"code_generation": 1.0}
    return choose_rows(rows_of(samples), shares, size, seed, Limits(**(FREE | limits)), GROUPS)


def taken(samples, found) -> list[dict]:
    return [row for row, take in zip(samples, found.taken, strict=True) if take]


def test_names_alone_make_no_new_answer():
    texts = [function(1, name=name) for name in ("a", "b", "c")] + [function(2)]
    samples = [sample(gen=text, start=n, crate=f"c{n}") for n, text in enumerate(texts)]
    found = chosen(samples, twins=2)
    assert sum(found.taken) == 3 and found.taken[3]
    assert Counter(found.reasons)["renamed_twin"] == 1


def test_an_answer_comes_at_most_twice():
    samples = [sample(gen="Says so. Twice.", task="explanations", start=n, crate=f"c{n}") for n in range(5)]
    found = chosen(samples, {"explanations": 1.0}, same_answer=2)
    assert sum(found.taken) == 2 and Counter(found.reasons)["same_answer"] == 3


def test_few_bodies_are_one_line_and_the_total_follows():
    samples = [sample(gen=f"fn f() -> u8 {{\n    g{n}(1, {n})\n}}", start=n) for n in range(60)]
    samples += [sample(gen=function(n), start=100 + n) for n in range(40)]
    found = chosen(samples, one_line=0.15)
    one_line = [facts_of(row, GROUPS).one_line for row in taken(samples, found)]
    assert 40 <= len(one_line) <= 48 and sum(one_line) <= 0.15 * len(one_line)
    assert found.plan["total"] == len(one_line)


def test_no_crate_has_more_than_its_share_where_there_are_enough():
    samples = [sample(gen=function(n), start=n, crate="huge") for n in range(300)]
    samples += [sample(gen=function(1000 + n), start=n, crate=f"c{n % 30}") for n in range(300)]
    found = chosen(samples, crate_share=0.08)
    count = Counter(row["_source_crate"] for row in taken(samples, found))
    assert max(count.values()) <= 0.08 * count.total() and count.total() >= 300
    assert Counter(found.reasons)["crate_share"]


def kinds_of(samples, found) -> Counter:
    return Counter(row["_kind"] for row in taken(samples, found))


def test_a_scarce_part_comes_before_one_with_the_same_answers():
    """Of a function that documentation and tests ask for, the row from tests is taken: there are few of these."""
    samples = [sample(gen=function(n), start=n, crate=f"c{n}", _kind="docs") for n in range(40)]
    samples += [sample(gen=function(n), start=100 + n, crate=f"c{n}", _kind="tests") for n in range(10)]
    kinds = {"code_generation": {"docs": 0.5, "tests": 0.5}}
    found = chosen(samples, same_answer=1, kinds=kinds)
    assert kinds_of(samples, found) == {"tests": 10, "docs": 30}


def test_what_one_part_cannot_fill_goes_to_the_others_by_their_shares():
    samples = [sample(gen=function(n), start=n, crate=f"c{n % 7}", _kind="docs") for n in range(200)]
    samples += [sample(gen=function(500 + n), start=n, crate=f"c{n % 7}", _kind="api") for n in range(200)]
    kinds = {"code_generation": {"docs": 0.3, "api": 0.1, "tests": 0.6}}
    found = chosen(samples, kinds=kinds, size=120)
    assert kinds_of(samples, found) == {"docs": 90, "api": 30}


@pytest.mark.parametrize(("proven", "total"), [(0.5, 88), (0.6, 100), (0.0, 100)])
def test_some_unproven_rows_are_left_out_for_the_share_of_proven_ones(proven, total):
    """45 of 100 rows are proven: 88 rows have half of them so; for 60 % too many would have to go."""
    samples = [
        sample(gen=function(n), start=n, crate=f"c{n % 9}", _verdict="compiles", _mutants=None)
        if n < 55
        else sample(gen=function(n), start=n, crate=f"c{n % 9}", _verdict="tested", _mutants=[2, 3])
        for n in range(100)
    ]
    found = chosen(samples, proven=proven)
    rows = taken(samples, found)
    assert len(rows) == total and sum(row["_verdict"] == "tested" for row in rows) == 45
    assert Counter(found.reasons)["over_quota"] == 100 - total


def test_a_short_list_has_larger_shares():
    samples = [sample(gen=function(n), start=n, crate="only") for n in range(20)]
    assert sum(chosen(samples, crate_share=0.08).taken) == 20


def test_siblings_of_a_crate_are_taken_once():
    one = function(5)
    other = one.replace("x\n}", "x + 1\n}")
    samples = [sample(gen=text, start=n, crate="c") for n, text in enumerate([one, other])]
    assert sum(chosen(samples, siblings=0.6).taken) == 1
    elsewhere = [samples[0], dict(samples[1], _source_crate="d", _id="1" * 16)]
    assert sum(chosen(elsewhere, siblings=0.6).taken) == 2, "another crate's is another one's code"


def error(code: str, number: int, operator: str = "swap", crate: str = "c", **more) -> dict:
    return sample(
        gen=function(number),
        task="error_fixing",
        start=number,
        _error_code=code,
        variant=operator,
        crate=crate,
        **more,
    )


def test_errors_come_by_their_groups():
    codes = {"E0308": 400, "E0425": 400, "E0382": 60, "E0499": 40, "E0106": 30, "E0277": 100, "E0599": 300}
    samples, number = [], 0
    for code, count in codes.items():
        for _ in range(count):
            operator = "misspell_variable" if code == "E0425" and number % 2 else "swap"
            samples.append(error(code, number, operator, crate=f"c{number % 9}"))
            number += 1
    found = chosen(samples, {"error_fixing": 1.0}, size=200)
    rows = [facts_of(row, GROUPS) for row in taken(samples, found)]
    group = Counter(row.group for row in rows)
    assert len(rows) == 200
    assert group["ownership"] + group["borrows"] + group["lifetimes"] >= 50
    assert group["misspellings"] <= 10 and group["names"] <= 16
    parts = found.plan["kinds"]["error_fixing"]["parts"]
    assert (
        parts["ownership"]["taken"] == group["ownership"] and sum(p["taken"] for p in parts.values()) == 200
    )


def test_capped_groups_never_fill_for_others():
    samples = [error("E0425", n, "misspell_variable") for n in range(100)]
    found = chosen(samples, {"error_fixing": 1.0}, size=100)
    assert sum(found.taken) == 5
    assert found.plan["kinds"]["error_fixing"]["deficit"] == 95


DIAGNOSTIC = """error[E0382]: use of moved value: `a`
 --> src/lib.rs:3:5
help: consider cloning the value if the performance cost is acceptable
  |
2 |     let b = a.clone();
  |              ++++++++
"""


def test_a_fix_that_the_help_prints_is_seen():
    before, after = "fn f() {\n    let b = a;\n    a\n}", "fn f() {\n    let b = a.clone();\n    a\n}"
    assert row_facts.prints_fix(DIAGNOSTIC, before, after)
    assert not row_facts.prints_fix(DIAGNOSTIC, before, after.replace("a.clone()", "&a"))
    assert not row_facts.prints_fix(DIAGNOSTIC.replace("help:", "note:"), before, after)
    removed = "help: remove this\n  |\n2 -     let b = a;\n2 +     let b = a.clone();\n"
    assert row_facts.prints_fix(removed, before, after)


@given(st.permutations(range(40)), st.integers(1, 40))
def test_the_choice_depends_on_the_rows_alone(order, size):
    samples = [sample(gen=function(n % 25), start=n, crate=f"c{n % 4}") for n in range(40)]
    limits = dict(twins=2, same_answer=2, siblings=0.6, one_line=0.5)

    def ids(rows):
        return {row["_id"] for row in taken(rows, chosen(rows, size=size, **limits))}

    assert ids(samples) == ids([samples[i] for i in order])


SETS = st.lists(st.frozensets(st.integers(0, 12), min_size=1, max_size=9), max_size=12, unique=True)


@given(SETS, st.sampled_from([0.4, 0.6, 0.8]))
def test_every_similar_pair_is_found(sets, least):
    found = {frozenset(pair) for pair in similar(sets, least)}
    expected = {frozenset((a, b)) for a, b in combinations(sets, 2) if len(a & b) >= least * len(a | b)}
    assert found == expected


def test_kinds_share_a_task_and_what_one_lacks_goes_to_the_others():
    samples = [sample(gen=function(n), start=n, _kind="docs") for n in range(50)]
    samples += [sample(gen=function(100 + n), start=n, _kind="tests") for n in range(5)]
    kinds = {"code_generation": {"docs": 0.5, "tests": 0.5}}
    found = chosen(samples, size=40, kinds=kinds)
    assert Counter(row["_kind"] for row in taken(samples, found)) == {"docs": 35, "tests": 5}
    assert found.plan["kinds"]["code_generation"]["parts"]["tests"]["deficit"] == 15


def test_every_misspelling_of_the_catalogue_is_in_its_group():
    known = {name for name, group in GROUPS.by_operator.items() if group == "misspellings"}
    assert known <= mutation_catalogue.OPERATORS.keys(), known - mutation_catalogue.OPERATORS.keys()
    assert {name for name in mutation_catalogue.OPERATORS if name.startswith("misspell")} <= known


def test_the_shares_of_the_groups_are_a_whole():
    assert sum(GROUPS.shares.values()) == pytest.approx(1)
    assert GROUPS.shares["ownership"] + GROUPS.shares["borrows"] + GROUPS.shares["lifetimes"] >= 0.4
    assert GROUPS.most["misspellings"] <= 0.05
    assert Groups([]).of("E0308", "x") == "other"
