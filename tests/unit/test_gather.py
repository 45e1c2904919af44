from collections.abc import Callable
from itertools import pairwise

import pyarrow as pa
import pytest
from dataset_samples import run, sample, write_crate
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset import gather
from ferrule.core.files import read_json, read_rows, read_table, sha256_file, write_rows
from ferrule.core.row_stream import GROUP, batches, in_order, row_writer
from ferrule.core.schemas import DROPPED, SAMPLES


def gather_all(folder, specs):
    (folder / "crates.txt").write_text("".join(f"{spec}\t\n" for spec in specs))
    run(
        gather,
        "--crates-dir",
        folder / "crates",
        "--list",
        folder / "crates.txt",
        "--out",
        folder / "pool.parquet",
        "--dropped",
        folder / "dropped.parquet",
        "--funnel",
        folder / "counts.json",
    )
    return (
        read_rows(folder / "pool.parquet", SAMPLES),
        read_rows(folder / "dropped.parquet", DROPPED),
        read_json(folder / "counts.json"),
    )


def test_rows_are_ordered_and_the_order_of_the_list_does_not_matter(tmp_path):
    for name in ("a-b", "a", "b"):
        write_crate(tmp_path / "crates", name)
    specs = ["b@1.0.0", "a@1.0.0", "a-b@1.0.0"]
    pool, _, _ = gather_all(tmp_path, specs)
    first = [sha256_file(tmp_path / name) for name in ("pool.parquet", "dropped.parquet", "counts.json")]
    keys = [
        tuple(r[c] for c in ("_source_crate", "_source_file", "_start", "_task_type", "_variant", "_id"))
        for r in pool
    ]
    assert keys == sorted(keys) and len(keys) == 3 * 6 * 3
    gather_all(tmp_path, specs[::-1])
    assert first == [
        sha256_file(tmp_path / name) for name in ("pool.parquet", "dropped.parquet", "counts.json")
    ]


def test_candidates_of_a_refused_crate_are_dropped_with_its_gates(tmp_path):
    write_crate(tmp_path / "crates", "good", 4)
    write_crate(tmp_path / "crates", "bad", 5, accepted=False)
    pool, dropped, counts = gather_all(tmp_path, ["good@1.0.0", "bad@1.0.0"])
    assert {row["_source_crate"] for row in pool} == {"good"}
    gate = [row for row in dropped if row["stage"] == "gate"]
    assert len(gate) == 15
    assert {(r["reason"], r["detail"], r["crate"]) for r in gate} == {
        ("edition", "edition,documented", "bad@1.0.0")
    }
    assert len([row for row in dropped if row["stage"] == "judge"]) == 9
    assert counts["crates"] == dict(
        listed=2,
        fetched=2,
        accepted=1,
        refused=1,
        refused_by_reason={"edition": 1},
        failed_gates={"edition": 1, "documented": 1},
    )
    assert counts["files"] == {"kept": 2, "dropped": {"test_target": 4}}
    assert counts["functions"] == {"seen": 9, "judged": 9, "live": 9}
    assert counts["dropped_earlier"] == {"judge": {"not_live": 9}}


def test_one_version_listed_twice_is_in_once(tmp_path):
    write_crate(tmp_path / "crates", "twice", 3)
    write_crate(tmp_path / "crates", "twice", 3, spec="twice")
    pool, dropped, counts = gather_all(tmp_path, ["twice", "twice@1.0.0"])
    assert len(pool) == len({row["_id"] for row in pool}) == 9
    assert {(r["stage"], r["reason"]) for r in dropped} == {("judge", "not_live"), ("gate", "listed_twice")}
    assert counts["functions"]["seen"] == 3


def test_no_crate_at_all(tmp_path):
    pool, dropped, counts = gather_all(tmp_path, [])
    assert pool == dropped == [] and counts["in"] == {}


def test_a_file_of_another_version_is_named(tmp_path):
    write_rows(tmp_path / "old.parquet", [], DROPPED)
    with pytest.raises(ValueError, match=r"old\.parquet.*delete the file"):
        list(batches(tmp_path / "old.parquet"))


SIZE = 2 * GROUP + 5


@pytest.fixture(scope="module")
def whole() -> pa.Table:
    text = pa.array([f"{number * 7919 % 10007} {number}" for number in range(SIZE)])
    table = pa.table({name: text for name in SAMPLES.names if SAMPLES.field(name).type == pa.string()})
    for name in SAMPLES.names:
        if name not in table.column_names:
            table = table.append_column(SAMPLES.field(name), pa.nulls(SIZE, SAMPLES.field(name).type))
    # Longer than a page and than a dictionary: where these end is what the arrival could change.
    prompts = pa.array([f"{number * 7919 % 10007} " * 100 for number in range(SIZE)])
    return table.select(SAMPLES.names).set_column(0, "prompt", prompts)


@pytest.fixture(scope="module")
def write(tmp_path_factory) -> Callable[[list[pa.Table]], str]:
    """write(tables): the checksum of the file that they make, written one after the other."""
    file = tmp_path_factory.mktemp("rows") / "rows.parquet"

    def written(parts: list[pa.Table]) -> str:
        with row_writer(file) as out:
            for part in parts:
                out.write(part)
        return sha256_file(file)

    return written


@pytest.fixture(scope="module")
def checksum(whole, write) -> str:
    return write([whole])


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, SIZE), max_size=5))
def test_the_bytes_do_not_depend_on_how_rows_arrive(cuts, whole, write, checksum):
    places = [0, *sorted(cuts), SIZE]
    assert write([whole.slice(low, high - low) for low, high in pairwise(places)]) == checksum


def test_rows_in_another_order_come_in_pieces(tmp_path, monkeypatch):
    write_rows(tmp_path / "rows.parquet", [sample(id=f"{n:03d}") for n in range(100)], SAMPLES)
    order = [n * 37 % 100 for n in range(100)]
    for piece in (7, 100, 1000):
        monkeypatch.setattr("ferrule.core.row_stream.PIECE", piece)
        ids = [i for table in in_order(tmp_path / "rows.parquet", order) for i in table["_id"].to_pylist()]
        assert ids == [f"{n:03d}" for n in order]


def test_half_a_table_never_has_its_name(tmp_path):
    write_rows(tmp_path / "one.parquet", [sample()], SAMPLES)
    with pytest.raises(RuntimeError), row_writer(tmp_path / "out.parquet") as out:
        out.write(read_table(tmp_path / "one.parquet"))
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["one.parquet"]
