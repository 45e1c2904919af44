"""The vocabulary of reasons: docs/reasons.md has it, and nothing else gets into a table of dropped rows."""

import json
import pickle
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from steps import run_here

from ferrule.core import reasons
from ferrule.core.files import read_json, read_rows, write_json, write_jsonl, write_rows
from ferrule.core.reasons import FileReason, MakeReason, Status
from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import DROPPED
from ferrule.evaluation.exam import examination
from ferrule.rust import prefilter
from ferrule.tasks.sample_rows import drop_row
from ferrule.tasks.task import TOO_LONG, TOO_MANY_LINES, Drop

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/reasons.md"
ITEM = dict(crate="a@1.0.0", file="src/lib.rs", start=0, end=9, id="x")


def dropped(stage, reason):
    return ITEM | dict(stage=stage, reason=reason, detail="", task="")


def write_reasons(*arguments) -> subprocess.CompletedProcess:
    return run_here("write_reasons", *arguments)


def test_the_page_has_the_tables_of_the_enumerations():
    done = write_reasons("--check")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_stale_page_is_named_and_written_again(tmp_path):
    page = tmp_path / "reasons.md"
    text = PAGE.read_text(encoding="utf-8")
    page.write_text(text.replace("| `hidden` | all |", "| `hid` | all |"), encoding="utf-8")
    stale = page.read_text(encoding="utf-8")
    assert stale != text

    done = write_reasons("--check", "--page", page)
    assert done.returncode == 1 and f"{page}: stale" in done.stderr
    assert page.read_text(encoding="utf-8") == stale

    assert write_reasons("--page", page).returncode == 0
    assert page.read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("## Exam\n", "## Examination\n", "no section 'Exam'"),
        ("## Exam\n", "## More\n\n## Exam\n", "section 'More' has no table"),
        ("| `no_assertion`", "\n| `no_assertion`", "section 'Exam' has 2 tables"),
    ],
)
def test_a_page_with_other_sections_is_an_error(tmp_path, old, new, complaint):
    page = shutil.copy(PAGE, tmp_path / "reasons.md")
    page.write_text(page.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = write_reasons("--page", page)
    assert done.returncode == 1 and complaint in done.stderr


def test_every_stage_of_the_workflow_has_reasons():
    rules = (ROOT / "rules/dataset.smk").read_text(encoding="utf-8")
    stages = set(re.findall(r'"(\w+)"', re.search(r"^STAGES = (.*)", rules, re.MULTILINE)[1]))
    # Rows that `gather` drops have the stage `gate`.
    assert stages - {"gather"} <= reasons.STAGES.keys()


def test_meanings_have_the_limits_of_the_code():
    for reason in (MakeReason.PROMPT_TOO_LONG, MakeReason.GEN_TOO_LONG):
        assert f"over {TOO_LONG:,} characters or {TOO_MANY_LINES} lines" in reason.meaning
    assert f"fewer than {examination.FEWEST} mutants" in reasons.WeakSpot.FEW_MUTANTS.meaning
    assert f"more than {1 - examination.KILLED:.0%} of" in reasons.WeakSpot.SURVIVORS.meaning
    assert f"under {prefilter.SHORTEST} " in reasons.PrefilterReason.TOO_SHORT.meaning
    assert f"under {prefilter.LEAST_LINES} " in reasons.PrefilterReason.MOSTLY_COMMENTS.meaning


def test_drops_have_a_reason_of_their_stage():
    assert Drop(MakeReason.HIDDEN).reason == "hidden"
    assert Drop("no_error", "op", "mutate").stage == "mutate"
    with pytest.raises(ValueError, match="stage 'make' has no reason 'hiden'; add it to MakeReason"):
        Drop("hiden")
    with pytest.raises(ValueError, match="stage 'rewrite' has no reason 'hidden'"):
        Drop(MakeReason.HIDDEN, stage="rewrite")
    with pytest.raises(ValueError, match="stage 'baking' has no reason"):
        Drop("hidden", stage="baking")


def test_dropped_rows_have_a_reason_of_their_stage(tmp_path):
    assert drop_row(ITEM, "source", FileReason.EMPTY)["reason"] == "empty"
    with pytest.raises(ValueError, match="stage 'chunk' has no reason 'empty'"):
        drop_row(ITEM, "chunk", FileReason.EMPTY)

    good, bad = (
        pa.Table.from_pylist([dropped("make", r)], schema=DROPPED) for r in (MakeReason.HIDDEN, "hid")
    )
    file = tmp_path / "dropped.parquet"
    with (
        pytest.raises(ValueError, match="stage 'make' has no reason 'hid'"),
        row_writer(file, DROPPED) as rows,
    ):
        rows.write(good)
        rows.write(bad)
    assert not file.exists()
    with row_writer(file, DROPPED) as rows:
        rows.write(good)
    assert [row["reason"] for row in read_rows(file, DROPPED)] == ["hidden"]


def test_files_have_the_word_alone(tmp_path):
    value = {MakeReason.HIDDEN: Counter({Status.OK: 2}), "list": [Status.FAILED]}
    plain = {"hidden": {"ok": 2}, "list": ["failed"]}
    for name, written in (("a", value), ("b", plain)):
        write_json(tmp_path / f"{name}.json", written)
        write_jsonl(tmp_path / f"{name}.jsonl", [{"status": written["list"][0]}])
    assert read_json(tmp_path / "a.json") == plain
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert json.loads(json.dumps(value)) == plain

    for name, reason in (("a", MakeReason.HIDDEN), ("b", "hidden")):
        write_rows(tmp_path / name, [dropped("make", reason)], DROPPED)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert f"{Status.OK} {Status.OK!s}" == "ok ok"
    assert pickle.loads(pickle.dumps(MakeReason.HIDDEN)) is MakeReason.HIDDEN


def test_every_reason_has_a_meaning_of_one_line():
    tables = reasons.Reason.__subclasses__()
    assert len(tables) == len(set(tables)) > 15
    for word in (word for table in tables for word in table):
        assert word.meaning.strip() == word.meaning != "" and "\n" not in word.meaning
        assert "|" not in word.meaning, f"{word!r}: a bar ends a cell of the table"
        assert re.fullmatch(r"[a-z][a-z0-9_]*", word)
