"""The rows of a run: whatever they come in, in which order, how often, and what is said of those left out."""

import itertools
import json
import sys
import types
from collections import Counter
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run, sample
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from ferrule.core.files import read_json, read_rows, write_jsonl, write_rows
from ferrule.core.schemas import SAMPLES
from ferrule.training import filters, interleave
from ferrule.training.telemetry import FIGURES
from train import choose_rows

TASKS = ("code_generation", "transformations", "error_fixing")
SENTENCE = "Write a Rust code snippet. Output only the code."
PROMPTS = Path(__file__).parents[2] / "resources/prompts.yaml"


def rows_of(count: int, word: str = "f", **columns) -> list[dict]:
    return [
        dict(
            prompt=f"Write {word}_{n}.",
            gen=f"pub fn {word}_{n}() -> usize {{ {n} }}",
            _id=f"{word}{n:03}",
            _task_type=TASKS[n % 3],
            _source_file="src/lib.rs",
        )
        | columns
        for n in range(count)
    ]


def select(folder, sources, *more, **settings) -> tuple[list[dict], list[dict], dict]:
    """Rows to train on, rows of the evaluation loss, counts."""
    folder.mkdir(exist_ok=True)
    settings = dict(sources=sources, shuffle_seed=0, filters=dict(min_chars=1)) | settings
    out = [folder / name for name in ("train.parquet", "val.parquet", "telemetry.json", "telemetry.tsv")]
    run(
        choose_rows,
        *config(run=settings),
        "--train-out",
        out[0],
        "--val-out",
        out[1],
        "--telemetry",
        out[2],
        "--telemetry-table",
        out[3],
        "--prompts",
        PROMPTS,
        "--patterns",
        PROMPTS.with_name("code_patterns.yaml"),
        *more,
    )
    return read_rows(out[0]), read_rows(out[1]), read_json(out[2])


def local(folder, rows, name="a.jsonl") -> str:
    write_jsonl(folder / name, rows)
    return f"local:{folder / name}"


def fails(folder, sources, *more, **settings) -> str:
    with pytest.raises(SystemExit) as stop:
        select(folder, sources, *more, **settings)
    assert not list(folder.glob("*.parquet")) + list(folder.glob("telemetry*"))
    return str(stop.value)


def dataset(folder, rows) -> list[str]:
    """The files of the workflow's dataset, as scripts/dataset/split.py writes them."""
    parts = [[sample(**row) for row in rows if row["split"] == side] for side in ("train", "val")]
    short = pa.schema([(name, pa.string()) for name in ("prompt", "gen", "split")])
    for side, part in zip(("train", "val"), parts, strict=True):
        write_rows(folder / f"{side}.parquet", [{n: row[n] for n in short.names} for row in part], short)
    write_rows(folder / "provenance.parquet", parts[0] + parts[1], SAMPLES)
    return [
        "--dataset-train",
        folder / "train.parquet",
        "--dataset-val",
        folder / "val.parquet",
        "--provenance",
        folder / "provenance.parquet",
    ]


MIXED = [
    dict(gen="pub fn a() -> Option<u8> { None }"),
    dict(gen="/// Docs.\npub fn b() {}"),
    dict(gen="#[test]\nfn c() {}", _is_test=False),
    dict(gen='fn d() { println!("d"); }', _documented=True, _idiomatic=True),
    dict(gen="fn e() {}", _source_file="tests/e.rs"),
    dict(gen="fn f() {}", _source_file="benches/f.rs"),
    dict(gen="fn g() {}", _source_file="vendor/g.rs"),
    dict(gen="fn h() {}", _source_file="a/examples/h.rs"),
    dict(gen='pub fn i() { g("#[test] /test/ #fff") }'),
    dict(
        gen="Gives one.", prompt="Explain.\n\n```rust\npub fn j() -> u8 { 1 }\n```", _task_type="explanations"
    ),
    dict(gen="pub fn k() {}", split="val"),
    dict(gen="fn l() { unsafe { m() } }", split="val"),
    dict(gen="fn n() {" + " n();" * 99 + "}"),
]


@pytest.mark.parametrize(
    "chosen",
    [
        {},
        dict(exclude_tests=False, exclude_examples=True),
        dict(exclude_benches=False),
        dict(prefer_idiomatic=True),
        dict(prefer_documented=True),
        dict(min_chars=25, max_chars=200),
    ],
)
def test_the_same_rows_pass_from_jsonl_from_parquet_and_as_the_dataset(tmp_path, chosen):
    rows = [
        dict(
            prompt=f"Write {n}.",
            _id=f"{n:016}",
            _task_type="code_generation",
            _source_file="src/lib.rs",
            split="train",
        )
        | row
        for n, row in enumerate(MIXED)
    ]
    found = []
    for number, (source, *more) in enumerate(
        [
            [local(tmp_path, rows)],
            [f"parquet:{tmp_path / 'rows.parquet'}"],
            ["dataset", *dataset(tmp_path, rows)],
        ]
    ):
        pq.write_table(pa.Table.from_pylist(rows), tmp_path / "rows.parquet")
        train, val, counts = select(
            tmp_path / str(number), [source], *more, filters=dict(min_chars=1) | chosen
        )
        without = [
            [{k: v for k, v in row.items() if k != "_source"} for row in part] for part in (train, val)
        ]
        found.append((without, counts["train"]["total"], counts["val"]["total"]))
    assert found[0] == found[1] == found[2]
    assert {row["_id"] for row in found[0][0][0]} < {row["_id"] for row in rows if row["split"] == "train"}


def test_what_the_workflow_writes_without_provenance_gives_the_same_texts(tmp_path):
    rows = [sample(split="train") | row for row in rows_of(20)]
    more = dataset(tmp_path, rows)
    first, _, _ = select(tmp_path / "a", ["dataset"], *more)
    plain = local(tmp_path, [{name: row[name] for name in ("prompt", "gen", "split")} for row in rows])
    second, _, _ = select(tmp_path / "b", [plain])
    assert {(r["prompt"], r["gen"]) for r in first} == {(r["prompt"], r["gen"]) for r in second}
    assert len({row["_id"] for row in second}) == 20  # a hash of the content


def test_the_columns_and_the_bytes(tmp_path):
    source = local(tmp_path, rows_of(30))
    rows, val, _ = select(tmp_path / "a", [source])
    assert rows[0].keys() == {
        "prompt",
        "gen",
        "_id",
        "_source",
        "_task_type",
        "_source_file",
        "_documented",
        "_idiomatic",
    }
    assert {row["_source"] for row in rows} == {"local:a.jsonl"} and val == []  # no folder of this machine
    assert all(row["_idiomatic"] and not row["_documented"] for row in rows)
    select(tmp_path / "b", [source])
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
        assert str(tmp_path).encode() not in file.read_bytes()


def test_other_processes_give_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(filters, "FEW", 20)
    monkeypatch.setattr(filters, "BATCH", 7)
    rows = [row | dict(gen="// TODO\n" * (n % 7 == 3) + row["gen"]) for n, row in enumerate(rows_of(100))]
    source = local(tmp_path, rows)
    assert select(tmp_path / "a", [source]) == select(tmp_path / "b", [source], "--threads", "2")
    assert (tmp_path / "a/train.parquet").read_bytes() == (tmp_path / "b/train.parquet").read_bytes()


def test_the_published_name_of_the_split_is_read(tmp_path):
    rows = [row | {"_split": split} for row, split in zip(rows_of(3), ["train", "val", None], strict=True)]
    train, val, counts = select(tmp_path / "out", [local(tmp_path, rows)])
    assert {r["_id"] for r in train} == {"f000", "f002"}
    assert {r["_id"] for r in val} == {"f001"}
    assert counts["train"]["total"]["reasons"] == {}


@pytest.mark.parametrize("column", ["split", "_split"])
def test_a_split_that_is_neither_train_nor_val_stops_the_run(tmp_path, column):
    rows = [row | {column: split} for row, split in zip(rows_of(3), ["train", "val", "test"], strict=True)]
    told = fails(tmp_path / "out", [local(tmp_path, rows)])
    assert "\n" not in told
    assert f"a.jsonl:3: {column} is 'test', expected train or val; leave rows of other splits out" in told


def test_both_names_of_the_split_may_not_contradict_each_other(tmp_path):
    agreeing, contradicting = rows_of(2)
    rows = [
        agreeing | {"split": "val", "_split": "validation"},
        contradicting | {"split": "train", "_split": "val"},
    ]
    told = fails(tmp_path / "out", [local(tmp_path, rows)])
    assert "a.jsonl:2: split is 'train' and _split is 'val'; keep one" in told


def test_row_groups_end_by_size_and_hold_every_row(tmp_path, monkeypatch):
    monkeypatch.setattr("ferrule.training.row_spill.GROUP_BYTES", 400)
    rows, _, _ = select(tmp_path / "a", [local(tmp_path, rows_of(30))])
    assert {row["_id"] for row in rows} == {row["_id"] for row in rows_of(30)}
    assert pq.ParquetFile(tmp_path / "a/train.parquet").num_row_groups > 3


def test_only_train_is_trained_on(tmp_path):
    rows = rows_of(12)
    for row, split in zip(rows, ["train", "val", None, "valid", "validation", ""] * 2, strict=True):
        row["split"] = split
    twin = dict(prompt=rows[1]["prompt"], gen=rows[1]["gen"])  # a row of val again, as one to train on
    sources = [local(tmp_path, [twin, *rows_of(1, "other")], "first.jsonl"), local(tmp_path, rows)]
    train, val, counts = select(tmp_path / "out", sources)
    assert {r["_id"] for r in train} == {"f000", "f002", "f005", "f006", "f008", "f011", "other000"}
    assert {r["_id"] for r in val} == {"f001", "f003", "f004", "f007", "f009", "f010"}
    assert counts["train"]["total"]["reasons"] == {"in_val": 1}


def test_a_row_that_val_has_is_not_trained_on_even_where_a_filter_leaves_it_out_of_val(tmp_path):
    rows = [row | dict(split="val", _source_file="tests/a.rs") for row in rows_of(1)]
    train, val, _ = select(tmp_path / "out", [local(tmp_path, rows + rows_of(3))])
    assert [row["_id"] for row in sorted(train, key=str)] == ["f001", "f002"] and val == []


def test_few_rows_of_val_are_of_all_sources_and_the_same_in_every_order(tmp_path):
    sources = [
        local(tmp_path, rows_of(9, word, split="val") + rows_of(2, word + "t"), f"{word}.jsonl")
        for word in "ab"
    ]
    first = select(tmp_path / "a", sources, max_val_rows=4)[1:]
    second = select(tmp_path / "b", sources, max_val_rows=4, shuffle_seed=7, interleave="round_robin")[1:]
    assert first == second
    assert Counter(row["_id"][0] for row in first[0]) == {"a": 2, "b": 2}
    assert first[1]["val"]["total"]["reasons"] == {"max_rows": 14}


def test_whole_files_answer_the_sentence_of_phase_1(tmp_path):
    pq.write_table(pa.table({"content": ["pub fn a() {}\n"], "path": ["tests/a.rs"]}), tmp_path / "a.parquet")
    pq.write_table(pa.table({"text": ["pub fn b() {}\n"], "content": ["no"]}), tmp_path / "b.parquet")
    pq.write_table(
        pa.table({"text": ["no"], "gen": ["pub fn c() {}"], "prompt": ["p"]}), tmp_path / "c.parquet"
    )
    sources = [f"parquet:{tmp_path}/{name}.parquet" for name in "abc"]
    rows, _, counts = select(tmp_path / "out", sources)
    assert [(r["prompt"], r["gen"], r["_task_type"]) for r in rows] == [
        (SENTENCE, "pub fn b() {}\n", "modules"),
        ("p", "pub fn c() {}", "unnamed"),
    ]
    assert counts["train"]["sources"]["parquet:a.parquet"]["reasons"] == {"test_file": 1}


def test_the_sentence_is_that_of_the_prompts_that_are_given(tmp_path):
    source, prompts = local(tmp_path, [dict(text="pub fn a() {}\n")]), tmp_path / "prompts.yaml"
    prompts.write_text("modules:\n  file:\n    - |\n      Write a file.\n    - Another.\n")
    rows, _, _ = select(tmp_path / "out", [source], "--prompts", prompts)
    assert [row["prompt"] for row in rows] == ["Write a file."]
    for text in ("modules: {module: [a]}\n", "modules: {file: []}\n", "[]\n", "modules: {file: [1]}\n"):
        prompts.write_text(text)
        said = fails(tmp_path / "none", [source], "--prompts", prompts)
        assert said.startswith(f"choose: {prompts}: modules.file has no prompt for whole files")


def test_same_rows_are_kept_once(tmp_path):
    sources = [
        local(tmp_path, rows_of(5) + rows_of(2, _id="x")),
        local(tmp_path, rows_of(7, _id=None), "b.jsonl"),
    ]
    rows, _, counts = select(tmp_path / "out", sources)
    assert sum(row["_id"].startswith("f") for row in rows) == 5  # the first one stays
    assert len({row["gen"] for row in rows}) == len(rows) == 7
    assert [part["reasons"] for part in counts["train"]["sources"].values()] == [
        {"duplicate": 2},
        {"duplicate": 5},
    ]


def test_the_order(tmp_path):
    source = local(tmp_path, rows_of(50))
    orders = {}
    for seed in (None, 0, 1):
        rows, _, _ = select(tmp_path / str(seed), [source], shuffle_seed=seed)
        orders[seed] = [row["_id"] for row in rows]
    assert orders[None] == sorted(orders[None]) == sorted(orders[0]) == sorted(orders[1])
    assert orders[0] != orders[1] != orders[None]


def test_weights_of_tasks(tmp_path):
    source = local(tmp_path, rows_of(600))
    weights = dict(transformations=2.5, error_fixing=0.25)
    rows, _, counts = select(tmp_path / "a", [source], task_weights=weights)
    times = Counter(row["_id"] for row in rows)
    by_task = {task: sum(times[f"f{n:03}"] for n in range(600) if TASKS[n % 3] == task) for task in TASKS}
    assert by_task["code_generation"] == 200
    assert 470 < by_task["transformations"] < 530 and 30 < by_task["error_fixing"] < 70
    assert {times[f"f{n:03}"] for n in range(1, 600, 3)} == {2, 3}
    assert all(one["_id"] != other["_id"] for one, other in itertools.pairwise(rows))
    part = counts["train"]["total"]
    assert part["reasons"] == {"task_weight": 200 - by_task["error_fixing"]}
    assert part["tasks"]["transformations"]["rows"] == by_task["transformations"] and part["rows"] == len(
        rows
    )
    # Everywhere in the table the same share, not all repeats at its end.
    half = sum(row["_task_type"] == "transformations" for row in rows[: len(rows) // 2])
    assert abs(half - by_task["transformations"] / 2) < 0.12 * by_task["transformations"]
    more, _, _ = select(tmp_path / "b", [source], task_weights=dict(transformations=2.75, error_fixing=0.25))
    assert not times - Counter(row["_id"] for row in more)  # a larger share holds the smaller one


def test_a_row_may_have_a_weight_of_its_own(tmp_path):
    rows = rows_of(6)
    for number, row in enumerate(rows):
        row["_weight"] = number
    found, _, counts = select(
        tmp_path / "out", ["experts:r1"], "--experts", f"r1={local(tmp_path, rows)[6:]}"
    )
    assert Counter(row["_id"] for row in found) == {f"f{n:03}": n for n in range(1, 6)}
    assert {row["_source"] for row in found} == {"experts:r1"} and counts["train"]["total"]["reasons"] == {
        "task_weight": 1
    }


def test_the_sources_take_turns_as_the_mode_says(tmp_path):
    sources = [
        local(tmp_path, rows_of(n, word), f"{word}.jsonl") for word, n in (("a", 6), ("b", 2), ("c", 4))
    ]
    words = {}
    for mode in interleave.MODES:
        weights = dict(zip(sources, (3, 1, 2), strict=True)) if mode == "weighted" else {}
        rows, _, _ = select(tmp_path / mode, sources, interleave=mode, source_weights=weights)
        words[mode] = "".join(row["_id"][0] for row in rows)
    assert words["sequential"] == "aaaaaabbcccc"
    assert words["round_robin"] == "abcabcacacaa"  # until all are used up
    assert words["weighted"][:6] == words["weighted"][6:] and Counter(words["weighted"][:6]) == dict(
        a=3, b=1, c=2
    )


def test_max_rows(tmp_path):
    sources = [local(tmp_path, rows_of(6, word), f"{word}.jsonl") for word in "ab"]
    rows, _, counts = select(tmp_path / "a", sources, interleave="round_robin", max_rows=5)
    assert [row["_id"][0] for row in rows] == list("ababa")
    assert [part["reasons"] for part in counts["train"]["sources"].values()] == [
        {"max_rows": 3},
        {"max_rows": 4},
    ]


SIZES = st.lists(st.integers(0, 30), min_size=1, max_size=6)


@given(SIZES, st.data())
def test_every_row_once_and_within_one_row_of_its_share_while_all_last(sizes, data):
    mode = data.draw(st.sampled_from(interleave.MODES))
    some = st.sampled_from([0.1, 0.25, 0.3, 0.7, 1, 1.5, 3, 50])
    weights = data.draw(st.lists(some, min_size=len(sizes), max_size=len(sizes)))
    sources = [[(source, row) for row in range(size)] for source, size in enumerate(sizes)]
    mixed = list(interleave.interleave(sources, mode, weights))
    assert sorted(mixed) == sorted(itertools.chain(*sources))
    for source in range(len(sizes)):
        assert [entry for entry in mixed if entry[0] == source] == sources[source]
    if mode == "sequential":
        return
    shares = [Fraction(str(weight if mode == "weighted" else 1)) for weight in weights]
    there = [n for n, size in enumerate(sizes) if size]
    total, had = sum(shares[n] for n in there), Counter()
    for turn, (source, _) in enumerate(mixed, 1):
        had[source] += 1
        assert all(abs(had[n] - turn * shares[n] / total) < 1 for n in there)
        if had[source] == sizes[source]:
            break


def test_small_shares_do_not_lag_behind_a_large_one():
    """Whoever lags most is not always the one to take: then one of these would be more than a row behind."""
    shares = {n: Fraction(1, 2) if n == 0 else Fraction(1, 100) for n in range(51)}
    had = Counter()
    for turn, number in enumerate(itertools.islice(interleave.turns(shares), 400), 1):
        had[number] += 1
        assert all(abs(had[n] - turn * share) < 1 for n, share in shares.items())


@given(
    st.lists(st.integers(0, 4), max_size=12),
    st.lists(st.integers(0, 2**64 - 1), min_size=12, max_size=12),
    st.booleans(),
)
def test_repeats_are_not_beside_each_other(times, places, shuffled):
    rows = interleave.order(times, places[: len(times)] if shuffled else None)
    assert Counter(rows) == Counter({row: count for row, count in enumerate(times) if count})
    most = max(times, default=0)
    if most <= (len(rows) + 1) // 2:
        assert all(one != other for one, other in itertools.pairwise(rows))


def test_counts_add_up_and_the_table_has_the_same(tmp_path):
    rows = [sample(prompt=f"Write {n}.", split="train") | row for n, row in enumerate(MIXED)]
    sources = [local(tmp_path, rows), local(tmp_path, rows_of(40), "b.jsonl")]
    train, val, counts = select(
        tmp_path / "out", sources, task_weights=dict(transformations=1.5), max_rows=30, max_val_rows=1
    )
    for side, found in (("train", train), ("val", val)):
        parts = counts[side]["sources"].values()
        for part in [counts[side]["total"], *parts, *(task for p in parts for task in p["tasks"].values())]:
            assert part["read"] == part["kept"] + sum(part["reasons"].values())
        assert sum(part["rows"] for part in parts) == counts[side]["total"]["rows"] == len(found)
        texts = {row["_id"]: len(row["prompt"]) + len(row["gen"]) for row in found}
        assert counts[side]["total"]["characters"] == sum(texts.values())
    head, *lines = (tmp_path / "out/telemetry.tsv").read_text().splitlines()
    table = [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines]
    for side, figure in itertools.product(("train", "val"), FIGURES):
        total = sum(int(r["count"]) for r in table if (r["side"], r["figure"]) == (side, figure))
        assert total == counts[side]["total"][figure]
    dropped = Counter()
    for row in table:
        if row["side"] == "train" and row["figure"].startswith("left_out:"):
            dropped[row["figure"].removeprefix("left_out:")] += int(row["count"])
    assert dropped == counts["train"]["total"]["reasons"]


def test_no_row_left_is_an_error_with_the_reasons(tmp_path):
    said = fails(
        tmp_path / "out",
        [local(tmp_path, rows_of(4, _source_file="tests/a.rs") + rows_of(3, "g"))],
        filters=dict(min_chars=10_000),
    )
    assert "no row is left" in said and "local:a.jsonl: 7 rows read" in said
    assert "4  test_file" in said and "3  too_short" in said


def hub(monkeypatch, rows) -> list:
    """A package `datasets` whose only dataset has these rows; how it was asked, and how far it was read."""
    asked: list = []

    def load_dataset(*names, **options):
        asked.append((names, options))
        return (asked.append(number) or row for number, row in enumerate(rows))

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    return asked


def test_the_hub_is_asked_for_a_revision(tmp_path, monkeypatch):
    asked = hub(monkeypatch, [dict(content="pub fn a() {}", path="src/a.rs")])
    rows, _, _ = select(tmp_path / "out", ["hub:owner/name@c0ffee"])
    assert asked[0] == (("owner/name",), dict(split="train", revision="c0ffee", streaming=False))
    assert [(row["prompt"], row["_source"]) for row in rows] == [(SENTENCE, "hub:owner/name@c0ffee")]
    for source in ("hub:owner/name", "hub:name@main", "hub:owner/name@"):
        assert "REVISION" in fails(tmp_path / "none", [source])


def test_a_stream_is_not_read_beyond_what_is_needed(tmp_path, monkeypatch):
    endless = (row for n in itertools.count() for row in rows_of(1, f"w{n}x"))
    asked = hub(monkeypatch, endless)
    rows, _, counts = select(
        tmp_path / "out",
        ["hub:o/n@main"],
        streaming=True,
        max_rows=40,
        task_weights=dict(code_generation=0.5),
    )
    part = counts["train"]["sources"]["hub:o/n@main"]
    assert len(rows) == 40 and part["read"] < 130 and part["read_to_the_end"] is False
    assert asked[0][1]["streaming"] is True and len(asked) == part["read"] + 1


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (ConnectionError("no route"), "Check the network"),
        (
            PermissionError("Dataset 'o/n' is a gated dataset on the Hub. You must be authenticated"),
            "hf auth login",
        ),
    ],
)
def test_a_hub_that_cannot_be_read(tmp_path, monkeypatch, error, step):
    def load_dataset(*_, **__):
        raise error

    monkeypatch.setitem(sys.modules, "datasets", types.SimpleNamespace(load_dataset=load_dataset))
    said = fails(tmp_path / "out", ["hub:o/n@main"])
    assert "hub:o/n@main" in said and str(error) in said and step in said
    monkeypatch.setitem(sys.modules, "datasets", None)
    assert "pip install datasets" in fails(tmp_path / "out", ["hub:o/n@main"])


def test_bad_sources_are_named_with_file_and_line(tmp_path):
    good, out = json.dumps(rows_of(1)[0]), tmp_path / "out"

    def of(text: str, kind="local", name="a.jsonl") -> str:
        (tmp_path / name).write_text(text)
        return fails(out, [f"{kind}:{tmp_path / name}"])

    assert "a.jsonl:2: not a JSON line" in of(f'{good}\n{{"prompt": \n')
    assert "a.jsonl:2: no gen; a row has" in of(f'{good}\n{{"prompt": "p"}}\n')
    assert "a.jsonl:1: no prompt; a row has" in of('{"code": "c"}\n')
    assert "a.jsonl:1: gen is not str but int" in of('{"prompt": "p", "gen": 1}\n')
    assert "a.jsonl:1: _weight is -1" in of('{"prompt": "p", "gen": "g", "_weight": -1}\n')
    assert "not a parquet file" in of("PAR", "parquet", "a.parquet")
    assert "there is no such file" in fails(out, ["local:nowhere.jsonl"])
    assert "'tape:a' is not one of dataset, local:" in fails(out, ["tape:a"])
    assert "the list is empty" in fails(out, [])
    assert "there twice" in fails(out, ["local:a", "local:a"])
    assert "dataset needs --dataset-train" in fails(out, ["dataset"])
    assert "experts:r2: no such round; there are: r1" in fails(out, ["experts:r2"], "--experts", "r1=a.jsonl")


def test_files_of_another_run_of_the_dataset(tmp_path):
    more = dataset(tmp_path, [sample(split="train") | row for row in rows_of(5)])
    write_rows(
        tmp_path / "train.parquet",
        read_rows(tmp_path / "train.parquet")[1:],
        pq.read_schema(tmp_path / "train.parquet"),
    )
    assert "train.parquet:1: this row differs from" in fails(tmp_path / "out", ["dataset"], *more)
    (tmp_path / "val.parquet").unlink()
    more = dataset(tmp_path, [sample(split="train") | row for row in rows_of(5)])
    (tmp_path / "val.parquet").unlink()
    assert "val.parquet: there is no such file" in fails(tmp_path / "out", ["dataset"], *more)


def test_names_that_are_not_there(tmp_path):
    source, out = local(tmp_path, rows_of(3)), tmp_path / "out"
    said = fails(out, [source], task_weights=dict(transforms=2))
    assert "'transforms'" in said and "code_generation, error_fixing, transformations" in said
    said = fails(out, [source], source_weights={"local:b": 1})
    assert "'local:b'" in said and source in said
    assert "more than 0" in fails(out, [source], source_weights={source: 0})
    assert "task_weights: error_fixing is -1" in fails(out, [source], task_weights=dict(error_fixing=-1))
    assert "'zipped' is not one of sequential" in fails(out, [source], interleave="zipped")
