import json
from collections import defaultdict

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run

from ferrule.core.files import read_jsonl, read_rows
from utilities import split_train_val


def row(n, **more):
    return dict(prompt=f"p{n}", gen="g") | {f"_{name}": value for name, value in more.items()}


def split(tmp_path, rows, *arguments, end="jsonl"):
    source, train, val = (tmp_path / f"{name}.{end}" for name in ("rows", "train", "val"))
    if end == "jsonl":
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(rows), source)
    run(split_train_val, source, train, val, *arguments)
    read = read_rows if end == "parquet" else lambda path: list(read_jsonl(path))
    return read(train), read(val)


ROWS = [
    row(n, source_crate=f"c{n % 20}", repository=f"https://h/o/r{n % 20 // 2}", extra=n) for n in range(400)
]


def test_groups_stay_together_and_nothing_is_lost(tmp_path):
    train, val = split(tmp_path, ROWS)
    assert len(val) == 40 and len(train) == 360  # one repository of two crates
    sides = defaultdict(set)
    for side, rows in (("train", train), ("val", val)):
        for found in rows:
            assert found.pop("split") == side
            sides[found["_repository"]].add(side)
    assert all(len(found) == 1 for found in sides.values())
    number = [int(found["prompt"][1:]) for found in train]
    assert number == sorted(number)  # in their order
    assert sorted(train + val, key=lambda found: found["_extra"]) == ROWS


def test_both_types_split_alike(tmp_path):
    lines, tables = split(tmp_path, ROWS, "--seed", "3"), split(tmp_path, ROWS, "--seed", "3", end="parquet")
    assert lines == tables
    assert lines[1] != split(tmp_path, ROWS, "--seed", "4")[1]
    # A split of before is replaced, where it stood.
    again = split(tmp_path, [dict(split="test") | found for found in ROWS], "--seed", "3", end="parquet")
    assert next(iter(again[0][0])) == "split" and {r["prompt"] for r in again[1]} == {
        r["prompt"] for r in lines[1]
    }


@pytest.mark.parametrize("end", ["jsonl", "parquet"])
def test_the_published_split_of_before_goes(tmp_path, end):
    train, val = split(tmp_path, [found | {"_split": "val"} for found in ROWS], end=end)
    assert all("_split" not in found and found["split"] == "train" for found in train)
    assert len(val) == 40


def test_a_crate_without_a_repository_stays_together(tmp_path):
    rows = [row(n, source_crate=f"c{n % 10}", source_file=f"f{n}") for n in range(100)]
    _, val = split(tmp_path, rows)
    assert len(val) == 10 and len({found["_source_crate"] for found in val}) == 1


def test_rows_without_a_crate_go_by_file_and_the_same_text_stays_on_one_side(tmp_path):
    rows = [row(n, source_file=f"f{n % 5}") for n in range(50)]
    train, val = split(tmp_path, rows, "--val-ratio", "0.2")
    assert len({found["_source_file"] for found in val}) == 1 and len(val) == 10
    rows = [row(n, source_file="lib.rs", sha256=f"{n % 5}") for n in range(50)]  # five files of one name
    assert len({found["_sha256"] for found in split(tmp_path, rows, "--val-ratio", "0.2")[1]}) == 1
    rows = [row(n // 10) for n in range(100)]  # ten texts, ten times each
    train, val = split(tmp_path, rows, "--val-ratio", "0.5")
    assert len(val) == 50 and {r["prompt"] for r in val}.isdisjoint(r["prompt"] for r in train)


def test_bad_input(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        split(tmp_path, ROWS, "--val-ratio", "1")
    assert stopped.value.code == 2 and "--val-ratio" in capsys.readouterr().err
    (tmp_path / "rows.jsonl").write_text('{"prompt": "p"}\n{"prompt"\n')
    with pytest.raises(SystemExit, match=r"rows.jsonl:2: not a JSON line"):
        run(split_train_val, tmp_path / "rows.jsonl", tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    with pytest.raises(SystemExit, match="one type"):
        run(split_train_val, tmp_path / "rows.jsonl", tmp_path / "a.parquet", tmp_path / "b.jsonl")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["rows.jsonl"]
