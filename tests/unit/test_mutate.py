"""Which mutations a function gets: a matter of its hash, and of how scarce the errors are."""

import importlib.util
from collections import Counter
from pathlib import Path

import pytest
from steps import config, run_here

from ferrule.core.files import read_json, write_json, write_rows
from ferrule.core.schemas import CHUNKS, VERDICTS
from ferrule.transforms.mutations.mutation_catalogue import OPERATORS
from ferrule.transforms.mutations.mutation_operator import SCARCE

SCRIPT = Path(__file__).parents[2] / "scripts/tasks/mutate.py"
spec = importlib.util.spec_from_file_location("mutate", SCRIPT)
mutate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutate)

CODE = """fn total(values: &[u8], mut index: usize) -> u8 {
    let first = values[0].clone();
    let mut sum = first;
    while index < values.len() {
        sum = g(sum, values[index]);
        index += 1;
    }
    sum
}"""
SETTINGS = dict(seed=0, per_function=4)


def row(number: int) -> dict:
    return dict(
        id=f"{number:016x}",
        file="a.rs",
        code=CODE,
        owner="",
        header="",
        name="total",
        start=0,
        end=len(CODE),
        body=CODE.index("{"),
    )


def test_the_number_per_function_holds_and_no_operator_comes_twice():
    for number in range(20):
        faults = list(mutate.chosen_faults([row(number)], SETTINGS))
        phases = Counter(fault.phase for fault in faults)
        assert phases["bodies"] == 4
        assert phases["signature"] <= 1
        assert phases["syntax"] + phases["tokens"] == 1
        assert len({fault.operator for fault in faults}) == len(faults)


def test_of_many_functions_a_hash_chooses_some():
    rows = [row(number) for number in range(20)]
    every = {fault.replacement.function.id for fault in mutate.chosen_faults(rows, SETTINGS)}
    some = {f.replacement.function.id for f in mutate.chosen_faults(rows, SETTINGS | dict(functions=5))}
    other = {
        f.replacement.function.id for f in mutate.chosen_faults(rows, SETTINGS | dict(functions=5, seed=1))
    }
    assert len(every) == 20 and len(some) == len(other) == 5 and some != other
    backwards = {
        f.replacement.function.id for f in mutate.chosen_faults(rows[::-1], SETTINGS | dict(functions=5))
    }
    assert backwards == some


def test_the_choice_depends_on_the_function_and_the_seed_alone():
    rows = [row(number) for number in range(5)]
    chosen = [(f.replacement, f.operator) for f in mutate.chosen_faults(rows, SETTINGS)]
    assert chosen == [(f.replacement, f.operator) for f in mutate.chosen_faults(rows, SETTINGS)]
    backwards = [(f.replacement, f.operator) for f in mutate.chosen_faults(rows[::-1], SETTINGS)]
    assert Counter(chosen) == Counter(backwards)
    other = [(f.replacement, f.operator) for f in mutate.chosen_faults(rows, SETTINGS | dict(seed=1))]
    assert chosen != other
    of_function = {
        chunk: {o for r, o in chosen if r.function.id == chunk} for chunk in {r["id"] for r in rows}
    }
    assert len({frozenset(operators) for operators in of_function.values()}) > 1


def test_scarce_errors_come_before_plentiful_ones():
    first = Counter()
    for number in range(200):
        names = mutate.in_order(number * 0x9E3779B97F4A7C15 & mutate.MASK)
        assert sorted(names) == sorted(OPERATORS)
        first.update(names[:20])
    scarce = [name for name, entry in OPERATORS.items() if entry.aims[0] in SCARCE]
    common = [name for name, entry in OPERATORS.items() if entry.aims == ("E0425",)]
    assert min(first[name] for name in scarce) > 5 * max(first[name] for name in common)


@pytest.mark.parametrize("method", ["real", "simulate", "both"])
def test_a_crate_that_was_not_fetched_has_no_mutations_by_any_method(tmp_path, method):
    """Its crate.json says nothing of a package, and its folder is empty."""
    write_json(tmp_path / "crate.json", {"crate": "a@1.0.0", "status": "failed", "reason": "no such crate"})
    write_rows(tmp_path / "chunks.parquet", [], CHUNKS)
    write_rows(tmp_path / "verdicts.parquet", [], VERDICTS)
    files = {name: tmp_path / f"{name}.parquet" for name in ("chunks", "verdicts", "broken")}
    done = run_here(
        "mutate",
        *("--crate", "a@1.0.0", "--crate-json", tmp_path / "crate.json", "--source", tmp_path / "source"),
        *[each for name, path in files.items() for each in (f"--{name}", path)],
        *(
            "--predictions",
            SCRIPT.parents[2] / "resources/predictions.tsv",
            "--json",
            tmp_path / "mutate.json",
        ),
        *config(crates={}, sandbox={"mode": "none"}, error_fixing={"method": method}),
    )
    assert done.returncode == 0, done.stderr
    assert read_json(tmp_path / "mutate.json")["counts"] == {}
