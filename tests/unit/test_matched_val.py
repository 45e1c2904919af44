"""Val is like train, and from several repositories."""

from collections import Counter

import pytest
from dataset_samples import run, sample, write_pool
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from dataset import split
from ferrule.core.files import read_json
from ferrule.dataset.matched_val import choose_matched_val, comparison


def rows_of(crates: int = 100) -> tuple[list[str], list[tuple[str, ...]]]:
    """Crates of very different size and make: some tested, some with unsafe code, some with errors alone."""
    groups, features = [], []
    for n in range(crates):
        for k in range(10 + n * n % 61):
            words = ["tested"] * (n % 2) + ["unsafe"] * (n % 7 == 0) + [f"kind {k % 4 if n % 5 else 0}"]
            groups.append(f"crate {n:03d}")
            features.append(tuple(words))
    return groups, features


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_val_is_like_train(seed):
    groups, features = rows_of()
    val, note = choose_matched_val(groups, features, 0.1, seed)
    assert not note and len(val) >= 5
    assert sum(group in val for group in groups) / len(groups) == pytest.approx(0.1, abs=0.02)
    table = comparison(val, groups, features)
    assert {one["feature"] for one in table} == {"tested", "unsafe", "kind 0", "kind 1", "kind 2", "kind 3"}
    assert all(abs(one["train"] - one["val"]) <= 0.1 for one in table), table


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order):
    crates = [f"c{n}" for n in range(12)]
    rows = [(crate, (f"kind {i % 3}",)) for i, crate in enumerate(crates) for _ in range(i + 1)]

    def val_of(rows):
        return choose_matched_val([g for g, _ in rows], [f for _, f in rows], 0.2, 0)[0]

    moved = [row for i in order for row in rows if row[0] == f"c{i}"]
    assert val_of(rows) == val_of(moved)


def test_nothing_to_choose():
    assert choose_matched_val([], [], 0.1, 0) == (set(), "")
    assert choose_matched_val(["a"], [("x",)], 0.1, 0)[1] == "one group of crates only: all of it is train"
    assert choose_matched_val(["a", "b"], [("x",), ("x",)], 0.0, 0) == (set(), "")
    val, note = choose_matched_val(["a", "b", "b"], [("x",)] * 3, 0.1, 0)
    assert val == {"a"} and "33.3% of the rows" in note


def test_unlike_val_is_said_and_stops_a_run_that_asks_for_it(tmp_path):
    rows = [
        sample(crate=f"c{n}", start=k, repository=None, _verdict=["tested", "compiles"][n % 2])
        for n in range(2)
        for k in range(9)
    ]
    pool = write_pool(tmp_path / "pool.parquet", rows)
    arguments = ["--pool", pool, "--folder", tmp_path, "--funnel", tmp_path / "split.json"]
    run(split, *arguments, *config(dataset={"val_ratio": 0.5}))
    unlike = read_json(tmp_path / "split.json")["unlike"]
    assert "1 repositories, fewer than 5" in unlike[0] and any(one.startswith("tested: ") for one in unlike)
    with pytest.raises(SystemExit, match=r"val is not like train: .*dataset\.seed"):
        run(split, *arguments, *config(dataset={"val_ratio": 0.5, "unlike_val": "stop"}))


def test_shares_are_of_each_side():
    table = comparison({"a"}, ["a", "a", "b"], [("x",), (), ("x",)])
    assert table == [dict(feature="x", train=1.0, val=0.5, unlike=True)]
    assert Counter(one["unlike"] for one in comparison(set(), ["a"], [("x",)])) == {False: 1}
