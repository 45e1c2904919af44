"""`snakemake qa` on a small repository against a server on loopback: what runs, what runs again, retry, the database."""

import json
import re
import sqlite3

from fake_llm import FakeLLM
from qa_run import MIT, commit, git_repository, rust_function

EXAMPLE = "```rust\nfn main() {\n    assert_eq!(1 + 1, 2);\n}\n```"
BROKEN = '```rust\nfn main() {\n    let x: u8 = "text";\n}\n```'


def answer(body: dict) -> str:
    if "compute_2" in body["messages"][-1]["content"]:
        return "no JSON"
    return json.dumps(
        {"question": "What does it do?", "answer": f"`compute_1` adds up some steps.\n{EXAMPLE}"}
    )


def test_from_a_list_of_repositories_to_database_and_exports(workflow, tmp_path):
    repository = git_repository(
        tmp_path / "mine", {"LICENSE": MIT, "src/a.rs": rust_function(1), "src/b.rs": rust_function(2)}
    )
    (workflow.path / "config/repos.tsv").write_text(f"{repository}\n{tmp_path}/gone\n")
    with FakeLLM(knows=answer) as llm:
        settings = dict(server=llm.address, model="mine", kinds=["purpose"], formats=["alpaca", "csv"])
        settings["cache"] = str(tmp_path / "cache")
        run = workflow.run("qa", config={"qa": settings})
        assert run.returncode == 0, run.output
        assert "mine: all questions done" in run.output  # progress is shown
        summary = (workflow.path / "results/qa/summary.txt").read_text()
        assert re.search(r"^mine at [0-9a-f]{12}, MIT: 2 questions about 2 files", summary, re.M)
        assert "gone: nothing asked, gone: there is no folder" in summary
        assert "without an answer that can be used: not_json 1" in summary
        (row,) = map(json.loads, (workflow.path / "results/qa/export/alpaca.jsonl").read_text().splitlines())
        assert row["instruction"].startswith("What does it do?\n\n```rust\n/// Computes number 1.")
        assert verdicts(workflow) == ["compiles"]

        assert not workflow.run("qa", config={"qa": settings}, args=["-n"]).jobs

        # A new commit asks for the new file alone; `retry` marks the unreadable answer, which is asked with another seed.
        seeds = {body["seed"] for body in llm.requests if "seed" in body}
        count = len(llm.requests)
        commit(repository, {"src/c.rs": rust_function(1).replace("step", "part")})
        run = workflow.run("retry", config={"qa": settings})
        assert run.returncode == 0 and "not_json: 1" in run.output
        llm.knows = lambda body: json.dumps({"question": "And?", "answer": BROKEN})
        run = workflow.run("qa", config={"qa": settings})
        assert run.jobs["snapshot"] == run.jobs["ask"] == 1, run.output
        assert len(llm.requests) == count + 3  # the check of the server, and two questions
        assert {body["seed"] for body in llm.requests[-2:]}.isdisjoint(seeds)
        assert verdicts(workflow) == ["broken", "broken", "compiles"]
        assert (workflow.path / "results/qa/export/csv.csv").read_bytes().count(b"What does it do?") == 1


def verdicts(workflow) -> list[str]:
    with sqlite3.connect(workflow.path / "results/qa/qa.sqlite") as connection:
        rows = connection.execute("SELECT metadata_json FROM ConversationTurns WHERE role = 'assistant'")
        return sorted(json.loads(row[0])["verdict"] for row in rows)


def test_a_wrong_list_stops_before_anything_runs(workflow):
    (workflow.path / "config/repos.tsv").write_text("http://example.org/a/b\n")
    run = workflow.run("qa", args=["-n"])
    assert (
        run.returncode
        and "config/repos.tsv:1: 'http://example.org/a/b': the transport http is not used" in run.output
    )


def test_the_check_of_the_server_is_a_target(workflow, tmp_path):
    (workflow.path / "config/repos.tsv").write_text("")
    with FakeLLM(models=["mine"]) as llm:
        settings = dict(server=llm.address, structured="text")
        run = workflow.run("check_server", config={"qa": settings})
        assert run.returncode == 0 and "is up; its models: mine" in run.output, run.output
    run = workflow.run("check_server", config={"qa": settings})
    assert run.returncode and "there is no server at" in run.output
