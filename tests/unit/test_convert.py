import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run, sample
from hypothesis import given
from hypothesis import strategies as st

from ferrule.core.files import read_jsonl, read_table, sha256_file
from ferrule.core.row_stream import GROUP, row_writer
from ferrule.core.schemas import DROPPED, SAMPLES
from utilities import convert

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = dict(
    a=TEXT,
    b=st.integers(-(2**63), 2**63 - 1),
    c=st.booleans(),
    d=st.lists(TEXT, max_size=3),
    e=st.floats(allow_nan=False, allow_infinity=False),
)
ROWS = st.lists(st.fixed_dictionaries({n: st.none() | v for n, v in VALUES.items()}), min_size=1, max_size=20)


def write_samples(path: Path, number: int) -> Path:
    """Our table with every type in it: nulls, lists, quotes, line ends, and what JSON has to escape."""
    rows = [
        sample(
            start=n,
            gen=f'fn f() {{ "\\n{n}" }}\r\n\t\u2028é',
            _tests=["--lib a::b", "c"] if n % 2 else None,
            _clippy=None if n % 3 else n,
            prefix="" if n % 5 else None,
            _unsafe=n % 2 == 0,
            id=f"{n:016x}",
        )
        for n in range(number)
    ]
    with row_writer(path) as out:
        out.write(pa.Table.from_pylist(rows, schema=SAMPLES))
    return path


def lines(path: Path, *texts: str | bytes) -> Path:
    path.write_bytes(b"".join(t.encode() + b"\n" if isinstance(t, str) else t + b"\n" for t in texts))
    return path


def refused(capsys, *arguments) -> str:
    with pytest.raises(SystemExit) as stopped:
        run(convert, *arguments)
    assert not Path(arguments[1]).exists()
    return str(stopped.value.code)


def test_our_table_there_and_back_is_the_same_file(tmp_path):
    source = write_samples(tmp_path / "rows.parquet", GROUP + 5)
    run(convert, source, tmp_path / "rows.jsonl")
    run(convert, tmp_path / "rows.jsonl", tmp_path / "back.parquet")
    assert sha256_file(tmp_path / "back.parquet") == sha256_file(source)
    assert list(next(read_jsonl(tmp_path / "rows.jsonl"))) == SAMPLES.names
    run(convert, tmp_path / "back.parquet", tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "rows.jsonl").read_bytes()


@given(rows=ROWS)
def test_anybodys_rows_there_and_back_say_the_same(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("convert")
    rows = [{name: row[name] for name in VALUES} for row in rows]  # all in one order: a table has one
    lines(folder / "a.jsonl", *(json.dumps(row, ensure_ascii=False) for row in rows))
    run(convert, folder / "a.jsonl", folder / "a.parquet")
    run(convert, folder / "a.parquet", folder / "b.jsonl")
    back = list(read_jsonl(folder / "b.jsonl"))
    assert back == rows and [list(row) for row in back] == [list(row) for row in rows]
    assert [[type(v) for v in row.values()] for row in back] == [
        [type(v) for v in row.values()] for row in rows
    ]


def test_types_of_another_file_are_taken(tmp_path):
    kinds = pa.schema(
        [("n", pa.int8()), ("x", pa.float32()), ("s", pa.struct([("k", pa.list_(pa.int16()))]))]
    )
    pq.write_table(
        pa.Table.from_pylist([dict(n=1, x=0.1, s=dict(k=[1, None]))], schema=kinds), tmp_path / "a.parquet"
    )
    run(convert, tmp_path / "a.parquet", tmp_path / "a.jsonl")
    run(convert, tmp_path / "a.jsonl", tmp_path / "b.parquet", "--like", tmp_path / "a.parquet")
    assert read_table(tmp_path / "b.parquet").equals(read_table(tmp_path / "a.parquet"))
    lines(tmp_path / "none.jsonl")
    run(convert, tmp_path / "none.jsonl", tmp_path / "c.parquet", "--like", tmp_path / "a.parquet")
    assert read_table(tmp_path / "c.parquet").schema == kinds
    lines(tmp_path / "wide.jsonl", '{"n": 1}', '{"n": 300}')
    with pytest.raises(SystemExit, match=r"wide.jsonl:2: 'n' is not int8"):
        run(convert, tmp_path / "wide.jsonl", tmp_path / "d.parquet", "--like", tmp_path / "a.parquet")


def test_the_training_variant_has_three_columns(tmp_path):
    source = write_samples(tmp_path / "rows.parquet", 3)
    run(convert, source, tmp_path / "t.jsonl", "--variant", "training")
    assert [list(row) for row in read_jsonl(tmp_path / "t.jsonl")] == [["prompt", "gen", "split"]] * 3
    # What is left out may be anything, also what no column holds.
    lines(tmp_path / "m.jsonl", '{"prompt":"p","gen":"g","_x":1}', '{"prompt":"p","gen":"g","_x":"1"}')
    run(convert, tmp_path / "m.jsonl", tmp_path / "m.parquet", "--variant", "training")
    assert read_table(tmp_path / "m.parquet").to_pylist() == [dict(prompt="p", gen="g")] * 2


def test_the_training_variant_keeps_the_published_split_where_there_is_no_other(tmp_path):
    lines(tmp_path / "m.jsonl", '{"prompt":"p","gen":"g","_split":"val","_x":1}')
    run(convert, tmp_path / "m.jsonl", tmp_path / "m.parquet", "--variant", "training")
    assert read_table(tmp_path / "m.parquet").to_pylist() == [dict(prompt="p", gen="g", _split="val")]
    run(convert, tmp_path / "m.parquet", tmp_path / "n.jsonl", "--variant", "training")
    assert list(read_jsonl(tmp_path / "n.jsonl")) == [dict(prompt="p", gen="g", _split="val")]
    lines(tmp_path / "m.jsonl", '{"prompt":"p","gen":"g","_split":"val","split":"val"}')
    run(convert, tmp_path / "m.jsonl", tmp_path / "m.parquet", "--variant", "training")
    assert read_table(tmp_path / "m.parquet").column_names == ["prompt", "gen", "split"]


def test_a_lacking_key_is_null_and_is_said(tmp_path, capsys):
    lines(tmp_path / "a.jsonl", '{"a": "x"}', '{"b": 2, "a": "y"}', "", '{"a": "z", "b": null}')
    run(convert, tmp_path / "a.jsonl", tmp_path / "a.parquet")
    assert "1 of 3 rows have no 'b'" in capsys.readouterr().err
    assert read_table(tmp_path / "a.parquet").to_pylist() == [
        dict(a="x", b=None),
        dict(a="y", b=2),
        dict(a="z", b=None),
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": "cut', "a.jsonl:2: not a JSON line"),
        ("[1]", "a.jsonl:2: expected an object, got list"),
        (b'{"a": "\xe9"}', "a.jsonl:2: not UTF-8 at byte 8"),
        ('{"a": "x", "a": "y"}', "a.jsonl:2: the key 'a' is there twice"),
        ('{"a": 1}', "a.jsonl:2: 'a': a whole number where lines before have text"),
        ('{"a": ["x"]}', "a.jsonl:2: 'a': a list where lines before have text"),
        ('{"a": "x", "o": {}}', "a.jsonl:2: 'o': an object without keys"),
        ('{"a": "x", "n": NaN}', "a.jsonl:2: not a JSON line"),
    ],
)
def test_a_line_that_cannot_be_kept_is_named(tmp_path, capsys, line, said):
    lines(tmp_path / "a.jsonl", '{"a": "x"}', line)
    assert said in refused(capsys, tmp_path / "a.jsonl", tmp_path / "a.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl"]  # no half of a file


def test_whole_numbers_that_a_float_cannot_hold_are_refused(tmp_path, capsys):
    lines(tmp_path / "a.jsonl", '{"n": 1.5}', f'{{"n": {2**53 + 1}}}')
    assert "a.jsonl:2: 'n' is not double" in refused(capsys, tmp_path / "a.jsonl", tmp_path / "a.parquet")


def test_values_that_json_has_no_word_for_are_refused(tmp_path, capsys):
    pq.write_table(pa.table(dict(x=[1.0, float("nan")])), tmp_path / "a.parquet")
    assert "row 2: 'x'" in refused(capsys, tmp_path / "a.parquet", tmp_path / "a.jsonl")
    pq.write_table(pa.table(dict(b=pa.array([b"x"], pa.binary()))), tmp_path / "b.parquet")
    assert "column 'b' is binary" in refused(capsys, tmp_path / "b.parquet", tmp_path / "b.jsonl")
    lines(tmp_path / "c.parquet", "text")
    assert "not a Parquet file" in refused(capsys, tmp_path / "c.parquet", tmp_path / "c.jsonl")


def test_the_names_say_which_way(tmp_path, capsys):
    source = lines(tmp_path / "a.jsonl", '{"a": 1}')
    assert "expected .parquet" in refused(capsys, source, tmp_path / "b.jsonl")
    assert "ends with .jsonl or .parquet" in refused(capsys, source, tmp_path / "b.csv")
    assert "No such file" in refused(capsys, tmp_path / "none.jsonl", tmp_path / "b.parquet")
    lines(tmp_path / "empty.jsonl")
    assert "no rows, so no columns" in refused(capsys, tmp_path / "empty.jsonl", tmp_path / "b.parquet")


def test_columns_of_our_tables_get_our_types(tmp_path):
    row = dict.fromkeys(DROPPED.names) | dict(stage="mix", reason="over_quota", start=1, end=2)
    lines(tmp_path / "d.jsonl", json.dumps(row))
    run(convert, tmp_path / "d.jsonl", tmp_path / "d.parquet")
    assert read_table(tmp_path / "d.parquet").schema == DROPPED


MEASURED = """
import resource, sys
sys.argv = ["convert", *sys.argv[1:]]
from utilities import convert
convert.main()
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss // 1024, used.ru_utime + used.ru_stime)
"""


def write_many(path: Path, number: int) -> None:
    body = "fn f() {\\n    let x = 1;\\n}\\n" * 40
    with path.open("w") as out:
        for n in range(number):
            out.write(f'{{"prompt":"Write {n}.","gen":"{body}{n}","split":"train","_clippy":{n}}}\n')


@pytest.mark.parametrize(
    "number",
    [pytest.param(100_000, marks=pytest.mark.slow), pytest.param(1_000_000, marks=pytest.mark.bench)],
)
def test_memory_does_not_grow_with_the_rows(tmp_path, number, record_property):
    write_many(tmp_path / "a.jsonl", number)
    for source, target in (("a.jsonl", "a.parquet"), ("a.parquet", "b.jsonl")):
        told = subprocess.run(
            [sys.executable, "-c", MEASURED, tmp_path / source, tmp_path / target],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2] / "scripts",
        ).stdout.split("\n")
        megabytes, seconds = map(float, told[-2].split())
        print(f"{source} to {target}: {number} rows, {megabytes:.0f} MB, {seconds:.1f} CPU seconds")
        assert megabytes < 600  # far below the 2 GB that a million rows may take
    assert sha256_file(tmp_path / "a.jsonl") == sha256_file(tmp_path / "b.jsonl")
