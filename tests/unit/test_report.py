"""The report: its numbers are those of the files, and it copes with whatever is missing or hostile."""

import json
import sqlite3
from collections import Counter

import numpy as np
import pytest
from dataset_samples import sample, write_crate
from report_pages import HOSTILE, Text, finished, hostile_rows, page_of, rows_in

from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.report import charts
from ferrule.report.page import code_spans, failures, read_page
from ferrule.report.refusals import EXAMPLES, refusals
from ferrule.report.report_files import FIGURES, TABLES, report_files
from ferrule.report.results_folder import Results
from ferrule.report.row_figures import chosen_rows, histogram, quantiles, row_figures
from ferrule.workflow.run_summary import closing_words


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("finished"))


@pytest.fixture(scope="module")
def page(folder):
    return page_of(folder)


def test_the_numbers_are_those_of_the_files(folder, page):
    funnel, rows = read_json(folder / "dataset/funnel.json"), read_rows(folder / "dataset/provenance.parquet")
    text = Text(page).text
    assert f"{len(rows):,} rows from 2 of 3 crates" in text
    for stage in funnel["stages"]:
        assert f" {sum(stage['out'].values()):,} " in text, stage["stage"]
    for stage, reasons in funnel["dropped"].items():
        for reason, count in reasons.items():
            if stage in ("chunk", "judge", "make", "deduplicate", "near_duplicates", "scrub", "mix"):
                assert f"{reason} {count:,} " in text, (stage, reason)
    assert rows_in(page) != [] and {row["id"] for row in rows_in(page)} == {row["_id"] for row in rows}
    assert "refused@1.0.0 refused edition: 0, the limit is 1" in text


def test_it_is_one_file(page):
    assert [name for name in Text(page).loaded if not name.startswith("data:")] == []
    assert "@import" not in page and "url(" not in page


def test_of_many_rows_it_shows_some_of_every_sort_and_says_so(folder):
    shown = rows_in(page := page_of(folder, samples=7))
    assert len(shown) == 7 and {row["task_type"] for row in shown} == {
        "code_generation",
        "explanations",
        "fill_in_middle",
    }
    total = len(read_rows(folder / "dataset/provenance.parquet"))
    assert f"7 of {total} rows: every kind" in Text(page).text
    assert rows_in(page_of(folder, samples=7)) == shown


def test_rows_that_hold_anything(tmp_path):
    page = page_of(hostile_rows(tmp_path))
    assert "<img" not in page and "\x07" not in page and "\x1b" not in page
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert [row["gen"] for row in rows_in(page)] == [f"fn f() {{ {HOSTILE} }}"] * 3


@pytest.mark.parametrize("missing", ["funnel.json", "dropped.parquet", "provenance.parquet"])
def test_a_run_that_failed_half_way(tmp_path, missing):
    (finished(tmp_path) / "dataset" / missing).unlink()
    text = Text(page_of(tmp_path)).text
    if missing == "provenance.parquet":
        assert "Unfinished run, 3 crates" in text and "There are no rows to show." in text
    if missing == "funnel.json":
        assert "There is no funnel yet" in text


def test_a_run_that_stopped_at_its_crates(tmp_path):
    write_crate(tmp_path / "crates", "alpha", 3)
    write_crate(tmp_path / "crates", "open", 3)
    (tmp_path / "crates/open@1.0.0/verdict.json").unlink()
    text = Text(page_of(tmp_path)).text
    assert "Unfinished run, 2 crates" in text
    assert "open@1.0.0 not finished" in text and "Its gates were not applied yet." in text
    assert "snakemake --cores all dataset" in text and "No model was trained." in text


def test_an_empty_folder_and_none(tmp_path):
    text = Text(page_of(tmp_path)).text
    assert "Results without a dataset" in text and "Build the dataset" in text
    assert "No crate was looked at yet." in text and "No log says what its job cost." in text
    with pytest.raises(FileNotFoundError, match="no such folder; run snakemake"):
        read_page(tmp_path / "nothing")


def test_no_accepted_crate(tmp_path):
    from dataset_samples import build

    write_crate(tmp_path / "crates", "one", 3, accepted=False)
    build(tmp_path, ["one@1.0.0"], '{"code_generation": 1}')
    text = Text(page_of(tmp_path)).text
    assert "No rows from 1 crates" in text and "No crate was accepted, so there are no rows." in text
    assert "has no rows. The funnel says where they were refused." in text


def test_damaged_files_are_named(tmp_path):
    finished(tmp_path)
    (tmp_path / "dataset/funnel.json").write_text('{"crates": ')
    (tmp_path / "dataset/dropped.parquet").write_bytes(b"PAR1 and no more")
    (tmp_path / "crates/alpha@1.0.0/verdict.json").write_text("[]")
    text = Text(page_of(tmp_path)).text
    assert "This run has problems" in text
    for name in ("dataset/funnel.json", "dataset/dropped.parquet"):
        assert f"{name} cannot be read" in text
    assert "alpha@1.0.0 not finished" in text


def test_failed_jobs_of_the_last_run(tmp_path):
    runs = tmp_path / "logs/runs"
    runs.mkdir(parents=True)
    event = {"event": "job failed", "rule": "judge", "wildcards": "a@1", "log": "results/logs/judge/a@1.log"}
    (runs / "1.jsonl").write_text(json.dumps(event | {"rule": "clippy"}) + "\n")
    (runs / "2.jsonl").write_text(json.dumps(event | {"last_lines": "no space"}) + '\n{"event": "job fai')
    assert [each["rule"] for each in failures(Results(tmp_path))] == ["judge"]
    text = Text(page_of(tmp_path)).text
    assert (
        "1 job failed in the last run" in text and "results/logs/judge/a@1.log" in text and "no space" in text
    )


def test_reasons_lead_to_crates_and_rows(tmp_path):
    def row(crate, number):
        return dict(stage="mix", reason="over_quota", detail=f"d{number}", task="explanations", crate=crate)

    rows = [
        row(f"c{number % 3}@1", number) | dict(file="a.rs", start=1, end=2, id=str(number))
        for number in range(30)
    ]
    write_rows(tmp_path / "dropped.parquet", rows, DROPPED)
    (one,) = refusals(tmp_path / "dropped.parquet")["mix"]
    assert one.count == 30 and one.crates == Counter({"c0@1": 10, "c1@1": 10, "c2@1": 10})
    assert {example["crate"] for example in one.examples} == {"c0@1", "c1@1", "c2@1"} and len(
        one.examples
    ) <= EXAMPLES
    assert one.meaning == "its kind has its share already"


def test_row_figures(tmp_path):
    rows = [
        sample(
            id="a", split="train", prompt="ab", gen="ä" * 9, _verdict="tested", _tests=["--lib t", "--lib u"]
        ),
        sample(id="b", split="val", prompt="abcd", gen="x", task="explanations", _clippy=None, _unsafe=True),
    ]
    write_rows(tmp_path / "rows.parquet", rows, SAMPLES)
    found = row_figures(tmp_path / "rows.parquet")
    assert found.total == 2 and found.crates == {"demo@1.0.0": 2} and found.tests_per_row == {2: 1}
    assert found.prompt_lengths.tolist() == [2, 4] and found.answer_lengths.tolist() == [9, 1]
    assert found.counts["_clippy"] == {0: 1, "": 1} and found.shares["_unsafe"] == 1
    assert [row["id"] for row in chosen_rows(tmp_path / "rows.parquet", 5)] == ["a", "b"]


def test_every_row_is_in_one_bin():
    lengths = np.array([0, 1, 7, 8, 11, 100, 100, 5000])
    bins = histogram(lengths)
    assert sum(count for *_, count in bins) == len(lengths)
    assert all(low < high for low, high, _ in bins)
    assert quantiles(lengths) == {"shortest": 0, "median": 8, "90 % at most": 100, "longest": 5000}
    assert histogram(np.array([])) == [] and quantiles(np.array([])) == {}


def test_figures_and_tables(folder, tmp_path):
    files = report_files(read_page(folder))
    assert set(files) == {*FIGURES, *TABLES}
    assert files["funnel.svg"].startswith("<svg") and "code_generation" in files["funnel.svg"]
    lines = [line.split("\t") for line in files["kinds.tsv"].splitlines()]
    rows = Counter(row["_task_type"] for row in read_rows(folder / "dataset/provenance.parquet"))
    assert {kind: int(count) for kind, count, *_ in lines[1:]} == rows
    empty = report_files(read_page(tmp_path))
    assert "nothing to draw" in empty["funnel.svg"] and empty["crates.tsv"].count("\n") == 1


def test_charts_of_a_page_take_its_colours_and_have_no_ids():
    drawn = charts.page_chart(
        "Losses", charts.losses_chart([{"step": 1, "loss": 2.0}, {"step": 2, "eval_loss": 1.5}])
    )
    for svg in (drawn.wide, drawn.narrow):
        assert "var(--kind-1)" in svg and "#" not in svg.replace("&#", "") and " id=" not in svg
    assert drawn.wide != drawn.narrow


def test_text_around_code_is_escaped():
    assert code_spans("over `a<b>` & <i>") == "over <code>a&lt;b&gt;</code> &amp; &lt;i&gt;"


def test_training_and_questions(tmp_path):
    (tmp_path / "train/small").mkdir(parents=True)
    metrics = dict(
        steps=4, loss=1.25, eval_loss=None, device="cpu", tokens_per_second=10.2, seconds=3.0, memory_mb=9.0
    )
    history = [{"step": 2, "loss": 1.5}, {"step": 4, "loss": 1.0}]
    write_json(tmp_path / "train/small/metrics.json", metrics | {"history": history})
    (tmp_path / "qa").mkdir()
    with sqlite3.connect(tmp_path / "qa/qa.sqlite") as database:
        database.executescript(
            "CREATE TABLE TrainingSamples (sample_id INTEGER); INSERT INTO TrainingSamples VALUES (1);"
            "CREATE TABLE ConversationTurns (sample_id INTEGER, turn_index INTEGER, role TEXT, content TEXT);"
            "INSERT INTO ConversationTurns VALUES (1, 1, 'assistant', 'It <b>adds</b>.'), (1, 0, 'user', 'What is it?');"
        )
    text = Text(page_of(tmp_path)).text
    assert "mean training loss 1.25" in text and "Losses of small by step" in text
    assert (
        "questions with an answer 1" in text
        and "What is it? user What is it? assistant It <b>adds</b>." in text
    )


def test_the_end_of_a_run_names_the_report(tmp_path):
    (tmp_path / "report.html").touch()
    assert list(closing_words(0, tmp_path)) == [f"report    {tmp_path / 'report.html'}: open it in a browser"]
    assert list(closing_words((tmp_path / "report.html").stat().st_mtime + 1, tmp_path)) == []


def test_a_file_that_is_no_database_is_named(tmp_path):
    (tmp_path / "qa").mkdir()
    (tmp_path / "qa/qa.sqlite").write_text("nothing of the kind" * 100)
    assert "qa/qa.sqlite cannot be read" in Text(page_of(tmp_path)).text
