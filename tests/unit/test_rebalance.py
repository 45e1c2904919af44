import json
from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run, sample, write_pool

from ferrule.core.files import read_json, read_jsonl, read_rows
from utilities import convert, rebalance

KINDS = ["code_generation"] * 60 + ["explanations"] * 20 + ["error_fixing"] * 9 + ["unknown"] * 3
MIX = "code_generation=0.5,explanations=0.25,error_fixing=0.15,transformations=0.1"


@pytest.fixture
def pool(tmp_path):
    rows = [sample(task=kind, crate=f"c{n % 5}", start=n, prompt=f"Do {n}.") for n, kind in enumerate(KINDS)]
    return write_pool(tmp_path / "pool.parquet", rows)


def balanced(pool, *arguments, name="out.parquet"):
    run(rebalance, pool, pool.with_name(name), *arguments)
    return read_json(pool.with_name(f"{name}.report.json"))


def test_the_largest_set_with_the_mix_asked_for(pool, capsys):
    report = balanced(pool, "--target-mix", MIX)
    rows = read_rows(pool.with_name("out.parquet"))
    counts = Counter(row["_task_type"] for row in rows)
    # Of the three kinds that have rows error_fixing is the scarcest: 9 are 15 of 90 parts, within one row.
    assert counts == dict(code_generation=32, explanations=16, error_fixing=9)
    assert report["rows"] == dict(before=92, after=57) and report["limited_by"] == ["error_fixing"]
    assert report["kinds"]["transformations"] == dict(
        before=0,
        before_share=0.0,
        target=0.1,
        quota=0,
        after=0,
        after_share=0.0,
        deficit=6,
        limited_by="its pool of 0 rows",
    )
    assert report["kinds"]["unknown"]["after"] == 0 and report["kinds"]["unknown"]["before"] == 3
    told = capsys.readouterr().out
    assert "| code_generation | 60 | 65.2 % | 50.0 % | 32 | 32 | 56.1 % | 0 |" in told
    assert "transformations: 6 rows short" in told and "full with error_fixing" in told


def test_rows_stay_as_they_are_and_in_their_order(pool):
    balanced(pool, "--target-mix", MIX)
    before = {row["_id"]: (n, row) for n, row in enumerate(read_rows(pool))}
    after = read_rows(pool.with_name("out.parquet"))
    assert [before[row["_id"]][1] for row in after] == after
    places = [before[row["_id"]][0] for row in after]
    assert places == sorted(set(places))


def test_with_a_size_a_deficit_is_left_and_no_row_is_repeated(pool):
    report = balanced(pool, "--target-mix", "code_generation=1,error_fixing=1", "--size", "40")
    assert {
        kind: (row["quota"], row["after"], row["deficit"]) for kind, row in report["kinds"].items()
    } == dict(
        code_generation=(20, 20, 0), error_fixing=(20, 9, 11), explanations=(0, 0, 0), unknown=(0, 0, 0)
    )
    ids = [row["_id"] for row in read_rows(pool.with_name("out.parquet"))]
    assert len(set(ids)) == len(ids) == 29


def test_both_types_take_the_same_rows_and_lines_stay_byte_for_byte(pool):
    run(convert, pool, pool.with_name("pool.jsonl"))
    # A line as nobody of us would write it: it is copied, not written anew.
    odd = pool.with_name("pool.jsonl").read_text().replace('"prompt":"Do 3."', '"prompt" : "Do\\u00203."')
    pool.with_name("pool.jsonl").write_text(odd)
    balanced(pool, "--target-mix", MIX, "--seed", "7")
    run(
        rebalance,
        pool.with_name("pool.jsonl"),
        pool.with_name("out.jsonl"),
        "--target-mix",
        MIX,
        "--seed",
        "7",
    )
    assert list(read_jsonl(pool.with_name("out.jsonl"))) == read_rows(pool.with_name("out.parquet"))
    assert set(pool.with_name("out.jsonl").read_text().splitlines()) <= set(odd.splitlines())
    one = {row["_id"] for row in read_rows(pool.with_name("out.parquet"))}
    balanced(pool, "--target-mix", MIX, "--seed", "8", name="other.parquet")
    assert one != {row["_id"] for row in read_rows(pool.with_name("other.parquet"))}


def test_crates_take_turns(tmp_path):
    rows = [sample(crate="huge" if n < 90 else f"c{n}", start=n) for n in range(100)]
    pool = write_pool(tmp_path / "pool.parquet", rows)
    balanced(pool, "--target-mix", "code_generation=1", "--size", "22")
    counts = Counter(row["_source_crate"] for row in read_rows(tmp_path / "out.parquet"))
    assert counts["huge"] == 12 and len(counts) == 11


def test_rows_of_others_need_no_more_than_a_kind(tmp_path):
    rows = [dict(prompt=f"p{n}", gen="g", _task_type="ab"[n % 2]) for n in range(20)] + [
        dict(prompt="p", gen="g")
    ]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run(
        rebalance,
        tmp_path / "a.jsonl",
        tmp_path / "b.jsonl",
        "--target-mix",
        "a=0.8,b=0.2",
        "--report",
        tmp_path / "said.json",
    )
    assert Counter(row["_task_type"] for row in read_jsonl(tmp_path / "b.jsonl")) == dict(a=10, b=3)
    assert read_json(tmp_path / "said.json")["kinds"]["(none)"]["before"] == 1
    table = pa.table(dict(_task_type=["a", "b", "b"], extra=pa.array([1, 2, 3], pa.uint8())))
    pq.write_table(table, tmp_path / "a.parquet")
    run(rebalance, tmp_path / "a.parquet", tmp_path / "b.parquet", "--target-mix", "a=1,b=1")
    assert pq.ParquetFile(tmp_path / "b.parquet").schema_arrow == table.schema


@pytest.mark.parametrize("mix", ["a", "a=x", "a=-1,b=2", "a=nan", "a=0", "a=1,a=1", "=1"])
def test_a_mix_that_cannot_be(pool, mix, capsys):
    with pytest.raises(SystemExit) as stopped:
        balanced(pool, "--target-mix", mix)
    assert stopped.value.code == 2 and "--target-mix" in capsys.readouterr().err


def test_a_file_without_kinds_is_refused(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"prompt":"p","gen":"g"}\n')
    with pytest.raises(SystemExit, match="no row has a `_task_type`"):
        run(rebalance, tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--target-mix", "a=1")
    (tmp_path / "a.jsonl").write_text('{"prompt":"p","gen":"g"}\nbroken\n')
    with pytest.raises(SystemExit, match=r"a.jsonl:2: not a JSON line"):
        run(rebalance, tmp_path / "a.jsonl", tmp_path / "b.jsonl", "--target-mix", "a=1")
    assert not (tmp_path / "b.jsonl").exists()
