import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run, sample, write_crate

from ferrule.core.files import read_json, write_rows
from ferrule.core.schemas import SAMPLES
from ferrule.dataset.format_rules import ADVICE
from utilities import check_format

GOOD = dict(prompt="Write it.", gen="fn f() {}", split="train")


def problems(*arguments) -> dict[str, list[str]]:
    """Kind: places, as the report has them; the exit code has to fit."""
    out = Path(arguments[0]).parent / "problems.json"
    with pytest.raises(SystemExit) as stopped:
        run(check_format, *arguments, "--json", out)
    report = read_json(out)
    assert stopped.value.code == (0 if report["ok"] else 1) and report["ok"] == (not report["problems"])
    assert all(found["to_do"] == ADVICE[kind] for kind, found in report["problems"].items())
    return {
        kind: [row["place"].rsplit("/", 1)[-1] for row in found["first"]]
        for kind, found in report["problems"].items()
    }


def write(path: Path, *rows: dict | str | bytes) -> Path:
    texts = [json.dumps(row) if isinstance(row, dict) else row for row in rows]
    path.write_bytes(b"".join((t.encode() if isinstance(t, str) else t) + b"\n" for t in texts))
    return path


def test_the_pipelines_own_dataset_is_in_order(tmp_path):
    from dataset_samples import build

    for name in ("one", "two", "three", "four"):
        write_crate(tmp_path / "crates", name)
    folder = build(
        tmp_path,
        [f"{n}@1.0.0" for n in ("one", "two", "three", "four")],
        '{"code_generation": 0.5, "explanations": 0.3, "fill_in_middle": 0.2}',
    )
    assert problems(folder) == {}
    # And a defect in any one of its files is found.
    lines = (folder / "val.jsonl").read_text().splitlines(keepends=True)
    (folder / "val.jsonl").write_text("".join(lines[1:]))
    assert problems(folder) == {"files_differ": ["val.jsonl", "provenance.parquet"]}
    (folder / "val.jsonl").write_text("".join(lines) + "{\n")
    assert problems(folder) == {"bad_line": [f"val.jsonl:{len(lines) + 1}"]}
    for name in ("val.jsonl", "val.parquet"):
        (folder / name).unlink()
    assert problems(folder) == {}  # nothing to hold provenance against


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), "byte_order_mark"),
        (b'{"prompt": "\xe9", "gen": "g", "split": "train"}', "bad_line"),
        ("", "blank_line"),
        ("[]", "bad_line"),
        ('{"prompt": "p", "gen": "g", "split": "train", "gen": "h"}', "bad_line"),
        (json.dumps(GOOD) * 2, "bad_line"),
        (dict(prompt="p", split="train"), "missing_key"),
        (dict(prompt="p", gen="g"), "missing_key"),
        (GOOD | dict(source="x"), "unknown_key"),
        (GOOD | dict(gen=None), "not_text"),
        (GOOD | dict(gen=" \n"), "empty_text"),
        (GOOD | dict(prompt=""), "empty_text"),
        (GOOD | dict(gen="x" * 200_001), "too_long"),
        (GOOD | dict(gen="a\0b"), "null_character"),
        (GOOD | dict(split="test"), "bad_split"),
        (GOOD | dict(split=None), "bad_split"),
        (GOOD | dict(gen="```rust\nfn f() {}\n```"), "fenced_answer"),
        (GOOD | dict(gen="\n~~~\nfn f() {}\n~~~\n"), "fenced_answer"),
        (GOOD | dict(gen="```\nfn f() {}\n```"), "fenced_answer"),
        (GOOD | dict(gen="fn f() {}<|im_end|>"), "chat_template"),
        (GOOD | dict(prompt="<|start_header_id|>user<|end_header_id|>\n\nWrite it."), "chat_template"),
        (GOOD | dict(prompt="[INST] Write it. [/INST]"), "chat_template"),
        (GOOD | dict(prompt="<start_of_turn>user\nWrite it."), "chat_template"),
        (GOOD | dict(prompt="### Instruction:\nWrite it."), "chat_template"),
        (GOOD | dict(gen="fn f() {}</s>"), "chat_template"),
        (GOOD | dict(gen="<\uff5cAssistant\uff5c>fn f() {}"), "chat_template"),
    ],
)
def test_every_kind_of_problem_is_found_and_its_line_named(tmp_path, line, kind):
    path = write(
        tmp_path / "rows.jsonl", GOOD | dict(prompt="Another."), line, GOOD | dict(prompt="A third.")
    )
    assert problems(path) == {kind: ["rows.jsonl:2"]}


@pytest.mark.parametrize(
    "gen",
    [
        'fn f() { let a = b[INST]; c("<s>"); }',
        "/// ```\n/// f();\n/// ```\nfn f() {}",
        "```rust\nf();\n```\nand then\n```\ng();\n```",
        "Call it:\n```\nf();\n```",
        "## Instruction:\nIs a heading.",
        "fn or(a: bool) -> bool { a <|| false }",
        "\t fn f() {}\r\n",
    ],
)
def test_what_looks_like_a_problem_and_is_none(tmp_path, gen):
    assert problems(write(tmp_path / "rows.jsonl", GOOD | dict(gen=gen, _anything=[1, {}]))) == {}


def test_only_so_many_are_shown_and_all_are_counted(tmp_path, capsys):
    path = write(tmp_path / "rows.jsonl", *[GOOD | dict(gen="", prompt=f"p{n}") for n in range(9)])
    assert problems(path, "--show", "2") == {"empty_text": ["rows.jsonl:1", "rows.jsonl:2"]}
    told = capsys.readouterr().out
    assert "empty_text: 9. To do: leave the row out" in told and "and 7 more" in told and "9 problems" in told


def test_the_sides_do_not_meet(tmp_path):
    train = [
        sample(split="train", start=n, prompt=f"p{n}", crate="a", repository="https://h/o/a", id=f"{n}")
        for n in range(3)
    ]
    val = [sample(split="val", start=9, prompt="v", crate="b", repository="https://h/o/b", id="v")]
    write_rows(tmp_path / "provenance.parquet", train + val, SAMPLES)
    assert problems(tmp_path / "provenance.parquet") == {}
    for change, kind in (
        (dict(_id="2"), "row_on_both_sides"),
        (dict(prompt="p2"), "row_on_both_sides"),
        (dict(_source_crate="a"), "crate_on_both_sides"),
        (dict(_repository="git@h:o/a.git"), "repository_on_both_sides"),
    ):
        write_rows(tmp_path / "provenance.parquet", train + [val[0] | change], SAMPLES)
        found = problems(tmp_path / "provenance.parquet")
        assert found.pop("id_twice", None) == (["provenance.parquet:4"] if "_id" in change else None)
        assert found == {kind: ["provenance.parquet:4"]}


def test_a_row_in_two_files_of_two_sides(tmp_path, capsys):
    write(tmp_path / "train.jsonl", GOOD, GOOD | dict(prompt="b"))
    write(tmp_path / "val.jsonl", GOOD | dict(split="val"), GOOD | dict(prompt="c"))
    assert problems(tmp_path) == {"row_on_both_sides": ["val.jsonl:1"], "wrong_file": ["val.jsonl:2"]}
    assert f"{tmp_path}/train.jsonl:1" in capsys.readouterr().out


def test_the_schema_of_parquet(tmp_path):
    rows = pa.Table.from_pylist([sample(split="train")], schema=SAMPLES)
    at = SAMPLES.get_field_index("_start")
    pq.write_table(rows.set_column(at, "_start", rows["_start"].cast(pa.int64())), tmp_path / "a.parquet")
    assert problems(tmp_path / "a.parquet") == {"column_type": ["a.parquet"]}
    pq.write_table(pa.table(dict(prompt=["p"], text=["g"])), tmp_path / "b.parquet")
    found = problems(tmp_path / "b.parquet")
    # Columns once, however many rows there are.
    assert found == {"missing_key": ["b.parquet", "b.parquet"], "unknown_key": ["b.parquet"]}
    large = pa.array(["p"], pa.large_string())
    pq.write_table(
        pa.table(dict(prompt=large, gen=pa.array(["g"]).dictionary_encode(), split=["val"])),
        tmp_path / "c.parquet",
    )
    assert problems(tmp_path / "c.parquet") == {}
    (tmp_path / "d.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-9])
    assert problems(tmp_path / "d.parquet") == {"unreadable": ["d.parquet"]}


def test_other_places(tmp_path):
    before = write(tmp_path / "before.jsonl", dict(prompt="p", gen="g"))
    assert problems(before, "--no-split") == {}
    assert problems(before, "--no-split", "--max-chars", "0") == {"too_long": ["before.jsonl:1"] * 2}
    marks = write(tmp_path / "marks.jsonl", GOOD | dict(gen="<|endoftext|>", prompt=""))
    assert problems(marks, "--ignore", "chat_template") == {"empty_text": ["marks.jsonl:1"]}
    assert problems(tmp_path / "none.jsonl") == {"unreadable": ["none.jsonl"]}
    (tmp_path / "empty").mkdir()
    assert set(problems(tmp_path / "empty")) == {"no_rows"}
    write(tmp_path / "empty/train.jsonl", GOOD)
    write(tmp_path / "empty/val.jsonl")
    assert problems(tmp_path / "empty") == {}  # one crate alone is all train
    write(tmp_path / "empty/train.jsonl")
    assert problems(tmp_path / "empty") == {"no_rows": ["train.jsonl"]}
