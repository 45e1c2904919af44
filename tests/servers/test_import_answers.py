"""Answers about repositories as rows of the dataset: columns, licences, quality, follow-ups; and in the mix."""

import json

import pytest
from dataset_samples import run as call
from fake_llm import FakeLLM
from qa_run import MIT, QaRun, git_repository, rust_function
from steps import config

from curation import drop_near_duplicates
from ferrule.core.errors import ConfigError
from ferrule.core.files import read_json, read_rows
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.workflow import configuration
from sources import import_answers


def knows(body: dict) -> str:
    turn = len(body["messages"]) // 2
    words = "`compute_1` computes a number in three steps, and gives back the first of the values that it has made of it."
    return json.dumps(
        {"question": f"What does it do, {turn}?", "answer": words if body.get("seed", 1) % 2 else "It is so."}
    )


@pytest.fixture
def built(tmp_path):
    repository = git_repository(
        tmp_path / "mine", {"LICENSE": MIT, "src/a.rs": rust_function(1) + rust_function(2)}
    )
    with FakeLLM(knows=knows) as llm:
        run = QaRun(tmp_path / "run", [repository], server=llm.address, per_piece=None)
        run.prepare()
        run.ask()
        run.build()
    return run


def imported(run: QaRun, allowed=("MIT",), **source) -> tuple[list[dict], list[dict], dict]:
    out = [run.folder / name for name in ("rows.parquet", "dropped.parquet", "counts.json")]
    settings = {"sources": {"qa": {"kind": "qa"} | source}, "gates": {"allowed_licenses": list(allowed)}}
    call(import_answers, "--name", "qa", "--database", run.folder / "qa.sqlite", *config(**settings),
         "--out", out[0], "--dropped", out[1], "--counts", out[2])  # fmt: skip
    return read_rows(out[0], SAMPLES), read_rows(out[1], DROPPED), read_json(out[2])


def test_a_row_for_each_question_with_the_licence_of_its_repository(built):
    rows, dropped, counts = imported(built)
    assert len(rows) == 12 and counts["out"] == {"questions": 12}
    assert {row["reason"] for row in dropped} == {"follow_up"} and len(dropped) == 2
    assert len({row["_id"] for row in rows}) == 12
    for row in rows:
        assert row["prompt"].startswith("What does it do, 1?") and "```rust" in row["prompt"]
        assert (row["_source"], row["_task_type"], row["_license"]) == ("qa", "questions", "MIT")
        assert row["_source_crate"] == "mine" and row["_commit"] == built.of("snapshot.json")["commit"]
        assert row["_verdict"] == "unjudged"
    source = (built.folder.parent / "mine/src/a.rs").read_bytes()
    assert all(b"compute_" in source[row["_start"] : row["_end"]] for row in rows)


def test_the_allow_list_and_the_least_quality_hold(built):
    assert imported(built, allowed=["ISC"])[0] == []
    rows, dropped, _ = imported(built, min_quality=0.7)
    low = [row for row in dropped if row["reason"] == "low_quality"]
    assert rows and low and len(rows) + len(low) == 12


def test_prose_is_not_compared_as_if_it_were_code():
    assert "questions" in drop_near_duplicates.PROSE


def checked(**sections) -> dict:
    from qa_run import DEFAULTS

    settings = json.loads(json.dumps(DEFAULTS))
    for name, values in sections.items():
        settings[name] |= values
    return configuration.check(settings)


def test_the_share_is_of_its_own_and_needs_the_source():
    assert checked()["mix"]["questions"] == 0
    mix = {"code_generation": 0.6, "questions": 0.1}
    with pytest.raises(ConfigError, match=r"mix\.questions: 0\.1 asked without a source of kind qa"):
        checked(mix=mix)
    checked(mix=mix, sources={"qa": {"kind": "qa"}})
    with pytest.raises(ConfigError, match=r"sources\.qa: kind qa has neither files nor hub"):
        checked(sources={"qa": {"kind": "qa", "files": ["a.jsonl"]}})
