"""The crates' rows and those of other sources in one table: weights, verdicts, and counts that add up."""

from collections import Counter
from itertools import pairwise

import pytest
from dataset_samples import run, sample, write_crate
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from dataset import build_funnel, gather, split
from ferrule.core.files import read_json, read_rows, sha256_file, write_json, write_rows
from ferrule.core.schemas import DROPPED, SAMPLES, identity
from sources import merge_sources

VERDICTS = ["tested", "compiles", "parses", "unjudged"]


def write_source(folder, name, size, verdict="parses", dropped=2):
    """The three files that a source's own step leaves."""
    rows = [
        sample(
            _source=name,
            crate=f"{name}/repo{n % 5}",
            version="",
            repository=f"https://example.org/{name}/r{n % 5}",
            file=f"src/{n}.rs",
            gen=f"fn {name}_{n}() {{}}",
            _verdict=verdict,
            task=("code_generation", "explanations")[n % 2],
        )
        for n in range(size)
    ]
    fallen = [
        dict(
            stage="source",
            reason="license",
            detail="",
            task="",
            crate=name,
            file=f"{n}.rs",
            start=None,
            end=None,
            id=identity(name, n),
        )
        for n in range(dropped)
    ]
    folder.mkdir(exist_ok=True)
    write_rows(folder / f"{name}.parquet", rows, SAMPLES)
    write_rows(folder / f"{name}.dropped.parquet", fallen, DROPPED)
    counts = dict(
        source=name,
        read=size + dropped,
        unusable=0,
        out=Counter(row["_task_type"] for row in rows),
        dropped={"source": {"license": dropped}} if dropped else {},
    )
    write_json(folder / f"{name}.json", counts)


def gathered(folder, crates=2):
    """The pool of some made-up crates: 18 rows each."""
    for n in range(crates):
        write_crate(folder / "crates", f"crate{n}")
    (folder / "crates.txt").write_text("".join(f"crate{n}@1.0.0\t\n" for n in range(crates)))
    run(
        gather,
        "--crates-dir",
        folder / "crates",
        "--list",
        folder / "crates.txt",
        "--out",
        folder / "gather.parquet",
        "--dropped",
        folder / "gather.dropped.parquet",
        "--funnel",
        folder / "gather.json",
    )


def do_merge(folder, weights, verdicts=VERDICTS, seed=0):
    run(
        merge_sources,
        "--pool",
        folder / "gather.parquet",
        "--gathered",
        folder / "gather.json",
        *config(
            sources={name: {"weight": weight} for name, weight in weights.items()},
            dataset={"verdicts": verdicts, "seed": seed},
        ),
        "--folder",
        folder / "sources",
        "--out",
        folder / "merge.parquet",
        "--dropped",
        folder / "merge.dropped.parquet",
        "--candidates",
        folder / "candidates.json",
        "--funnel",
        folder / "merge.json",
    )
    return (
        read_rows(folder / "merge.parquet", SAMPLES),
        read_rows(folder / "merge.dropped.parquet", DROPPED),
        read_json(folder / "merge.json"),
    )


def by_source(rows):
    return dict(Counter(row["_source"] for row in rows))


def test_without_sources_it_is_the_crates_rows(tmp_path):
    gathered(tmp_path)
    rows, dropped, counts = do_merge(tmp_path, {})
    assert rows == read_rows(tmp_path / "gather.parquet") and not dropped
    assert counts["in"] == counts["out"] and read_json(tmp_path / "candidates.json")["in"] == counts["in"]


def test_a_weight_is_rows_for_each_row_of_the_crates(tmp_path):
    gathered(tmp_path)
    for name in ("stack", "extra", "small"):
        write_source(tmp_path / "sources", name, 3 if name == "small" else 50)
    rows, dropped, counts = do_merge(tmp_path, {"stack": 0.5, "extra": None, "small": 2})
    assert by_source(rows) == {"crates": 36, "stack": 18, "extra": 50, "small": 3}
    over = [row for row in dropped if row["reason"] == "over_weight"]
    assert len(over) == 32 and {(row["stage"], row["detail"]) for row in over} == {
        ("merge", "stack: 18 rows")
    }
    assert counts["sources"]["stack"] == dict(weight=0.5, rows=50, limit=18, taken=18)


def test_which_rows_stay_is_a_matter_of_their_hash_alone(tmp_path):
    gathered(tmp_path)
    write_source(tmp_path / "sources", "stack", 50)
    chosen = {}
    for seed in range(3):
        rows, _, _ = do_merge(tmp_path, {"stack": 0.5}, seed=seed)
        chosen[seed] = {row["_id"] for row in rows if row["_source"] == "stack"}
    assert chosen[0] != chosen[1] != chosen[2]
    assert len({row["_source_file"] for row in rows if row["_source"] == "stack"}) == 18
    turned = read_rows(tmp_path / "sources/stack.parquet")[::-1]
    write_rows(tmp_path / "sources/stack.parquet", turned, SAMPLES)
    rows, _, _ = do_merge(tmp_path, {"stack": 0.5})
    assert {row["_id"] for row in rows if row["_source"] == "stack"} == chosen[0]
    first = sha256_file(tmp_path / "merge.parquet")
    do_merge(tmp_path, {"stack": 0.5})
    assert sha256_file(tmp_path / "merge.parquet") == first


def test_without_crates_the_heaviest_source_is_the_measure(tmp_path):
    gathered(tmp_path, crates=0)
    write_source(tmp_path / "sources", "a", 40)
    write_source(tmp_path / "sources", "b", 40)
    assert by_source(do_merge(tmp_path, {"a": 0.25, "b": 0.5})[0]) == {"b": 40, "a": 20}


def test_rows_of_other_verdicts_fall_before_the_weights_count(tmp_path):
    gathered(tmp_path)
    write_source(tmp_path / "sources", "stack", 50)
    write_source(tmp_path / "sources", "prose", 9, verdict="unjudged")
    rows, dropped, _ = do_merge(tmp_path, {"stack": 1, "prose": None}, ["tested", "compiles", "parses"])
    assert by_source(rows) == {"crates": 36, "stack": 36}
    assert {
        (r["reason"], r["detail"]) for r in dropped if "prose" in r["crate"] and r["stage"] == "merge"
    } == {("verdict_not_allowed", "unjudged")}
    rows, _, _ = do_merge(tmp_path, {"stack": 1, "prose": None}, ["parses"])
    assert by_source(rows) == {"stack": 50}, "no row of the crates is left to measure by"


@pytest.mark.parametrize("weight", [0, -1, float("nan")])
def test_a_weight_that_means_nothing_stops_the_run(tmp_path, weight):
    gathered(tmp_path, crates=1)
    write_source(tmp_path / "sources", "stack", 5)
    with pytest.raises(SystemExit, match=r"sources\.stack\.weight: .* must be more than 0"):
        do_merge(tmp_path, {"stack": weight})


ROWS = st.dictionaries(st.sampled_from("abcd"), st.integers(0, 500))


@given(st.integers(0, 500), ROWS, st.floats(0.01, 10))
def test_no_source_has_more_than_its_weight(crates, sources, weight):
    limits = merge_sources.row_limits(
        {"crates": crates} | sources, {"crates": 1.0} | dict.fromkeys(sources, weight)
    )
    assert limits["crates"] in (None, 0) or not crates
    if crates:
        for name in sources:
            assert limits[name] <= weight * crates < limits[name] + 1 + 1e-6


def test_the_funnel_adds_up(tmp_path):
    gathered(tmp_path)
    write_source(tmp_path / "sources", "stack", 50)
    write_source(tmp_path / "sources", "prose", 9, verdict="unjudged")
    do_merge(tmp_path, {"stack": 0.5, "prose": None}, ["compiles", "parses"])
    out = tmp_path / "dataset"
    names = ("gather", "merge")
    run(
        split,
        "--pool",
        tmp_path / "merge.parquet",
        "--folder",
        out,
        "--funnel",
        tmp_path / "split.json",
        *config(dataset={"val_ratio": 0.2}),
        "--dropped",
        *(tmp_path / f"{name}.dropped.parquet" for name in names),
    )
    arguments = [
        "--dropped",
        out / "dropped.parquet",
        "--provenance",
        out / "provenance.parquet",
        "--out",
        out / "funnel.json",
    ]
    run(
        build_funnel,
        "--stages",
        *(tmp_path / f"{name}.json" for name in ("candidates", "merge", "split")),
        *arguments,
    )
    found = read_json(out / "funnel.json")
    assert found["dropped"]["merge"] == {"over_weight": 32, "verdict_not_allowed": 9}
    assert found["dropped"]["source"] == {"license": 4} and sum(found["candidates"].values()) == 36 + 59
    # Without the sources' counts the chain breaks: the check is one.
    with pytest.raises(SystemExit, match="do not add up"):
        run(
            build_funnel,
            "--stages",
            *(tmp_path / f"{name}.json" for name in ("gather", "merge", "split")),
            *arguments,
        )
    rows = read_rows(out / "provenance.parquet", SAMPLES)
    sides = {}
    for row in rows:
        sides.setdefault(row["_repository"], set()).add(row["split"])
    assert all(len(found) == 1 for found in sides.values()) and len(sides) == 7
    order = [row["_source"] for row in rows if row["split"] == "train"]
    changes = sum(a != b for a, b in pairwise(order))
    assert changes > 3, "the sources are mixed, not in blocks"


def test_rows_of_one_file_without_a_repository_stay_together(tmp_path):
    rows = [
        sample(_source="stack", crate="", version="", repository=None, _sha256=f"{n // 4:064x}", start=n)
        for n in range(80)
    ]
    rows += [sample(_source="extra", crate="", repository=None, _sha256="", start=n) for n in range(20)]
    write_rows(tmp_path / "pool.parquet", rows, SAMPLES)
    run(
        split,
        "--pool",
        tmp_path / "pool.parquet",
        "--folder",
        tmp_path / "out",
        "--funnel",
        tmp_path / "split.json",
    )
    counts = read_json(tmp_path / "split.json")
    assert counts["groups"]["train"] + counts["groups"]["val"] == 40 and counts["rows"]["val"] == 10
    sides = {}
    for row in read_rows(tmp_path / "out/provenance.parquet", SAMPLES):
        sides.setdefault(row["_sha256"] or row["_id"], set()).add(row["split"])
    assert all(len(found) == 1 for found in sides.values())


def test_a_source_with_a_crates_name_or_repository_goes_with_it(tmp_path):
    place = dict(crate="demo", repository="https://example.org/o/demo")
    rows = [sample(start=n, **place) for n in range(10)]
    rows += [
        sample(_source="stack", crate="o/demo", repository="https://example.org/o/demo", start=n)
        for n in range(10)
    ]
    rows += [sample(_source="extra", crate="demo", repository=None, start=n) for n in range(10)]
    rows += [sample(crate="else", repository="https://example.org/o/else", start=n) for n in range(5)]
    write_rows(tmp_path / "pool.parquet", rows, SAMPLES)
    run(
        split,
        "--pool",
        tmp_path / "pool.parquet",
        "--folder",
        tmp_path / "out",
        "--funnel",
        tmp_path / "split.json",
        *config(dataset={"val_ratio": 0.3}),
    )
    assert read_json(tmp_path / "split.json")["groups"] == {"train": 1, "val": 1}
