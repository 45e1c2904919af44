"""Rows of the published pipelines are read as they are: 200 in each documented form, and the examples of the pages."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run
from published_rows import FORMS, PHASE2, published
from steps import config

from ferrule.core.files import read_json, read_rows, write_jsonl
from ferrule.core.schemas import SAMPLES
from sources import import_pairs
from train import choose_rows

PROMPTS = Path(__file__).parents[2] / "resources/prompts.yaml"
COUNT = 200
# The examples of the documents: their keys, with texts of ours.
EXAMPLES = {
    "the dataset's page": dict(
        prompt="Write a Rust function that reads a port number",
        gen="pub fn port(text: &str) -> Option<u16> {\n    text.trim().parse().ok()\n}",
        split="train",
        _source_crate="ports",
        _source_file="src/read.rs",
        _task_type="code_generation",
        _source="phase2",
    ),
    "the trainer's record": dict(
        prompt="fn largest(values: &[u64]) -> Option<u64> {",
        gen="    values.iter().copied().max()\n}\n",
        _source="synthetic",
        _split="train",
        _task_type="completion",
    ),
    "the pipeline's page": dict(
        prompt="Write a Rust program that closes a file early",
        gen='fn main() {\n    drop(std::fs::File::open("a"));\n}',
    ),
}


def select(folder: Path, source: str, **settings) -> tuple[list[dict], list[dict], dict]:
    folder.mkdir(exist_ok=True)
    out = [folder / name for name in ("train.parquet", "val.parquet", "counts.json", "counts.tsv")]
    options = ["--train-out", "--val-out", "--telemetry", "--telemetry-table"]
    named = [each for pair in zip(options, out, strict=True) for each in pair]
    settings = dict(sources=[source], max_val_rows=None) | settings
    run(
        choose_rows,
        *config(run=settings),
        *named,
        "--prompts",
        PROMPTS,
        "--patterns",
        PROMPTS.with_name("code_patterns.yaml"),
    )
    return read_rows(out[0]), read_rows(out[1]), read_json(out[2])


def file_of(folder: Path, rows: list[dict], end: str = "jsonl") -> str:
    if end == "jsonl":
        write_jsonl(folder / "rows.jsonl", rows)
        return f"local:{folder / 'rows.jsonl'}"
    pq.write_table(pa.Table.from_pylist(rows), folder / "rows.parquet")
    return f"parquet:{folder / 'rows.parquet'}"


@pytest.fixture(params=list(FORMS))
def form(request) -> str:
    return request.param


@pytest.mark.parametrize("end", ["jsonl", "parquet"])
def test_every_row_is_on_its_side(tmp_path, form, end):
    given = published(form, COUNT)
    source = file_of(tmp_path, [each.row for each in given], end)
    off = dict(min_chars=0, exclude_tests=False, exclude_benches=False)
    train, val, counts = select(tmp_path / "out", source, filters=off)
    for side, rows in (("train", train), ("val", val)):
        expected = sorted((each.row["prompt"], each.row["gen"]) for each in given if each.side == side)
        assert sorted((row["prompt"], row["gen"]) for row in rows) == expected
        assert counts[side]["total"]["reasons"] == {}
    assert len({(each.row["prompt"], each.row["gen"]) for each in given}) == COUNT


@pytest.mark.parametrize(
    "asked",
    [
        {},  # the published defaults of phase 1: tests and benches out, examples in
        {"exclude_examples": True},
        {"prefer_documented": True},
        {"prefer_idiomatic": True},
        {"exclude_examples": True, "prefer_documented": True, "prefer_idiomatic": True},  # phase 2
    ],
    ids=lambda asked: " ".join(asked) or "defaults",
)
def test_filters_apply_to_every_form(tmp_path, form, asked):
    given = published(form, COUNT)
    on = {"exclude_tests", "exclude_benches", *asked}
    source = file_of(tmp_path, [each.row for each in given])
    train, val, counts = select(tmp_path / "out", source, filters=asked | {"min_chars": 0})
    kept = {(each.row["prompt"], each.row["gen"]) for each in given if not each.reasons & on}
    assert {(row["prompt"], row["gen"]) for row in train + val} == kept
    assert 0 < len(kept) < COUNT or (form == "finetuner" and not asked.keys() & {"prefer_documented"})
    assert sum(counts[side]["total"]["read"] for side in ("train", "val")) == COUNT


def test_short_rows_are_left_out_by_their_length(tmp_path):
    """Completions of one line, as the trainer's record shows one, are shorter than the published least length."""
    given = published("finetuner", COUNT)
    short = {each.row["prompt"] for each in given if len(each.row["prompt"] + each.row["gen"]) < 64}
    train, val, counts = select(tmp_path / "out", file_of(tmp_path, [each.row for each in given]))
    assert short and {each.row["prompt"] for each in given} - short == {row["prompt"] for row in train + val}
    assert sum(counts[side]["total"]["reasons"].get("too_short", 0) for side in ("train", "val")) == len(
        short
    )


def test_the_weights_of_task_types_count_rows(tmp_path):
    given = published("phase2", COUNT)
    weights = {"code_generation": 1.0, "transformations": 1.5, "error_fixing": 2, "explanations": 0.5}
    off = dict(min_chars=0, exclude_tests=False, exclude_benches=False)
    rows, _, _ = select(
        tmp_path / "out", file_of(tmp_path, [each.row for each in given]), filters=off, task_weights=weights
    )
    taken = Counter(row["_task_type"] for row in rows)
    there = Counter(each.row["_task_type"] for each in given if each.side == "train")
    assert set(taken) == set(PHASE2)
    for task, weight in weights.items():
        # A fraction is a choice by hash for each row, so not exact.
        assert abs(taken[task] - weight * there[task]) <= (0 if float(weight).is_integer() else 15), task
    assert taken["transformations"] > there["transformations"] > taken["explanations"]


def test_a_task_type_of_elsewhere_can_be_weighted(tmp_path):
    rows = [each.row for each in published("finetuner", COUNT)]
    settings = dict(task_weights={"completion": 2}, filters={"min_chars": 0})
    train, _, _ = select(tmp_path / "out", file_of(tmp_path, rows), **settings)
    assert len(train) == 2 * sum(row["_split"] == "train" for row in rows)


def test_a_row_without_a_type_is_unnamed_and_weighted_so(tmp_path):
    rows = [each.row for each in published("phase1", COUNT)]
    train, _, _ = select(tmp_path / "out", file_of(tmp_path, rows), task_weights={"unnamed": 0.5})
    assert {row["_task_type"] for row in train} == {"unnamed"}
    assert 20 < len(train) < 100


def test_shards_and_datasets_become_a_source_of_the_dataset(tmp_path, form):
    """Extra shards: `kind: samples`. Their split is counted and made anew, by whole crates."""
    given = published(form, COUNT)
    write_jsonl(tmp_path / "shard.jsonl", [each.row for each in given])
    source = {"files": [str(tmp_path / "shard.jsonl")], "license": "MIT"}
    settings = config(sources={"on_error": "stop", "extra": source}, gates={"allowed_licenses": ["MIT"]})
    out = [tmp_path / name for name in ("out.parquet", "dropped.parquet", "counts.json")]
    run(import_pairs, "--name", "extra", *settings, "--out", out[0], "--dropped", out[1], "--counts", out[2])
    found = read_rows(out[0], SAMPLES)
    assert [(row["prompt"], row["gen"]) for row in found] == [(e.row["prompt"], e.row["gen"]) for e in given]
    assert [row["_task_type"] for row in found] == [
        each.row.get("_task_type", "code_generation") for each in given
    ]
    assert [row["_source_crate"] for row in found] == [each.row.get("_source_crate", "") for each in given]
    sided = {"phase1", "phase2", "finetuner"}
    assert read_json(out[2])["split_given"] == ({"train": 180, "val": 20} if form in sided else {})


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_documents_examples_are_read(tmp_path, name):
    row = EXAMPLES[name]
    [found], val, _ = select(tmp_path / "out", file_of(tmp_path, [row]))
    assert (found["prompt"], found["gen"], val) == (row["prompt"], row["gen"], [])
    assert found["_task_type"] == row.get("_task_type", "unnamed")
    other = row | {("_split" if "_split" in row else "split"): "val"}
    [_], [found], _ = select(
        tmp_path / "other",
        file_of(tmp_path, [other, row | {"prompt": "Another one of this kind, to train on."}]),
    )
    assert found["prompt"] == row["prompt"]
