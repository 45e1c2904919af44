"""The whole chain on fixture crates, with the real compiler: what it builds."""

import json
import os
import re
import subprocess
import sys

import pytest
from dataset_run import DATA, GOOD, KINDS, SMALL, loaded, rows

from ferrule.rust.fences import code_of


def test_rows_are_judged_and_sound(built):
    all_rows = rows(built, "dataset/provenance.parquet")
    assert {row["_task_type"] for row in all_rows} == set(KINDS)
    assert {row["_verdict"] for row in all_rows} == {"compiles", "tested"}
    assert {row["_source_crate"] for row in all_rows} >= {"tidy", "counter"}
    answers = "\n".join(row["gen"] for row in all_rows if row["_task_type"] == "code_generation")
    names = set(re.findall(r"\bfn (\w+)", answers))
    assert {"pieces", "parse_span", "merged", "share", "top"} <= names
    # Switched off, for another platform, in a crate that does not compile: no verdict, no row.
    assert not names & {"switched_off", "elsewhere", "wrong"}
    assert "#[cfg(test)]" not in "".join(row["gen"] for row in all_rows)


def test_broken_forms_carry_what_rustc_said(built):
    pairs = [
        row for row in rows(built, "crates/tidy@0.1.0/candidates.parquet") if row["_kind"] == "compile_error"
    ]
    assert len({row["_error_code"] for row in pairs}) >= 15, "few codes for a crate of this size"
    assert len({row["_variant"] for row in pairs}) >= 30
    for row in pairs:
        assert row["_diagnostic"].startswith("error")
        assert row["_diagnostic"].strip() in row["prompt"]
        assert row["_before"].split() != row["gen"].split()
        assert 0 <= row["_error_start"] <= row["_error_end"] <= len(row["_before"].encode())
        assert row["_error_code"] in row["_diagnostic"]
        assert not re.search(r"/tmp/|/home/|ferrule-", row["_diagnostic"])


def test_rows_of_covered_functions_name_the_tests(built):
    candidates = rows(built, "crates/tidy@0.1.0/candidates.parquet")
    parsing = [
        row for row in candidates if "fn parse_span(" in row["gen"] and row["_task_type"] == "code_generation"
    ]
    assert [(row["_verdict"], row["_tests"]) for row in parsing] == [
        ("tested", ["--lib parse::checks::blanks_do_not_matter"])
    ]
    assert {row["_verdict"] for row in candidates if not row["_tests"]} == {"compiles"}
    coverage = loaded(built, "dataset/funnel.json")["tests"]
    assert coverage["functions"]["covered"] > 2 and coverage["rewrites"]["tested"] > 2


def test_a_module_is_a_row_as_a_whole(built):
    all_rows = rows(built, "dataset/provenance.parquet")
    (row,) = [row for row in all_rows if row["_variant"] in ("impl", "module")]
    assert (row["_variant"], row["_source_crate"]) == ("module", "counter")
    shown = re.search(r"```rust\n(.*)\n```", row["prompt"], re.DOTALL)[1]
    assert row["_task_type"] == "code_generation" and "///" not in row["gen"]
    assert row["_before"].count("{ todo!() }") == shown.count("{ todo!() }") == row["gen"].count("fn ")
    # No code is an answer twice: what stands in a block has no row of its own that asks for it.
    inside = [
        other
        for other in all_rows
        if other["_source_file"] == row["_source_file"]
        and other["_source_crate"] == row["_source_crate"]
        and row["_start"] <= other["_start"] < row["_end"]
        and other["_id"] != row["_id"]
    ]
    assert inside and {other["_task_type"] for other in inside} <= {
        "error_fixing",
        "transformations",
        "explanations",
    }
    dropped = rows(built, "crates/counter@2.3.4/dropped.parquet")
    assert {one["task"] for one in dropped if one["reason"] == "in_a_block"} == {
        "code_generation",
        "fill_in_middle",
    }


def test_an_impl_that_tests_do_not_cover_gives_its_functions_and_no_row_as_a_whole(built):
    """A hash chooses `impl Span`, of which tests call some functions."""
    source = (built.path / "results/crates/tidy@0.1.0/source/src/lib.rs").read_bytes()
    dropped = rows(built, "crates/tidy@0.1.0/dropped.parquet")
    blocks = [
        one["reason"]
        for one in dropped
        if one["task"] == "code_generation" and source[one["start"] :].startswith(b"impl Span {")
    ]
    assert blocks == ["no_tests", "no_tests"], "from its documentation, and from tests"
    made = rows(built, "crates/tidy@0.1.0/candidates.parquet")
    assert any(
        row["_task_type"] == "code_generation"
        and "fn intersection(" in row["gen"]
        and row["_variant"] != "impl"
        for row in made
    )


def test_transformations_have_two_sides(built):
    pairs = [
        row
        for row in rows(built, "crates/tidy@0.1.0/candidates.parquet")
        if row["_task_type"] == "transformations"
    ]
    assert len({row["_variant"] for row in pairs}) >= 5
    for row in pairs:
        shown = re.search(r"```rust\n(.*)\n```", row["prompt"], re.DOTALL)[1]
        assert {line.strip() for line in row["_before"].split("\n")} <= {
            line.strip() for line in shown.split("\n")
        }
        assert row["_before"].split() != row["gen"].split()


@pytest.mark.parametrize("options", [["--rows", "12"], ["--kinds", "blocks"]])
def test_cargo_alone_agrees_with_the_rows(built, options):
    done = subprocess.run(
        [sys.executable, "scripts/utilities/recheck.py", *options, "--dataset", "results/dataset"],
        cwd=built.path,
        env=os.environ | {"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^([1-9]\d*) of \1 rows agree", done.stdout, re.MULTILINE)


def test_every_candidate_is_a_row_or_a_reason(built):
    for crate in ("tidy@0.1.0", "counter@2.3.4"):
        chunks = rows(built, f"crates/{crate}/chunks.parquet")
        functions = {row["id"] for row in chunks if row["kind"] in ("function", "method")}
        dropped = rows(built, f"crates/{crate}/dropped.parquet")
        candidates = rows(built, f"crates/{crate}/candidates.parquet")
        made = {(row["_source_file"], row["_start"]) for row in candidates}
        by_id = {row["id"]: row for row in chunks}
        lost = {i for i in functions if (by_id[i]["file"], by_id[i]["start"]) not in made}
        assert lost <= {row["id"] for row in dropped}
        reasons = {
            by_id[row["id"]]["name"]: row["reason"] for row in dropped if row["stage"] in ("chunk", "judge")
        }
        if crate.startswith("tidy"):
            assert reasons["switched_off"] == reasons["elsewhere"] == "not_live"
            assert reasons["pieces_cover_the_span"] == "test_code"
            assert reasons["write_end"] == "nested"


def test_bad_crates_are_rows_with_a_reason(built):
    verdicts = {
        crate: loaded(built, f"crates/{crate}/verdict.json")
        for crate in ("broken", "derive", "member", "empty")
    }
    assert not verdicts["broken"]["accepted"] and "compiles" in verdicts["broken"]["failed"]
    assert "E0308" in json.dumps(verdicts["broken"]) or "mismatched types" in json.dumps(verdicts["broken"])
    assert not verdicts["empty"]["accepted"] and "fetched" in verdicts["empty"]["failed"]
    assert verdicts["derive"]["accepted"], verdicts["derive"]
    assert verdicts["member"]["accepted"], verdicts["member"]
    lock = (built.path / "results/dataset/crates.lock.tsv").read_text()
    assert all(f"\n{name}\t" in lock for name in verdicts)
    assert (
        "broken" in (built.path / "results/dataset/summary.txt").read_text()
        or "compiles" in (built.path / "results/dataset/summary.txt").read_text()
    )


def test_trace_gives_back_every_row(built):
    done = subprocess.run(
        [sys.executable, "scripts/utilities/trace.py", "--all", "--dataset", "results/dataset"],
        cwd=built.path,
        env={"PYTHONPATH": "scripts", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    # The same by another way: the bytes of the original fixture, found by the span alone.
    for row in rows(built, "dataset/provenance.parquet"):
        folder = {"member": "space/member"}.get(row["_source_crate"], row["_source_crate"])
        with open(f"{DATA}/{folder}/{row['_source_file']}", "rb") as file:
            item = file.read()[row["_start"] : row["_end"]].decode()
        if row["_variant"] in ("impl", "module"):
            item = re.sub(r"(?m)^ *//[/!].*\n", "", item).strip()
            assert re.match(r"impl Span \{|use std::collections::BTreeMap;\n", item)
        else:
            assert re.match(r"(pub(\(crate\))? )?(const )?fn \w+|///|#\[(?:derive|test)", item)
        if row["_kind"] in ("docs", "impl", "module", "tests", "impl_tests", "compile_error", "behaviour"):
            # Some fixes begin with a diagnosis.
            assert code_of(row["gen"]).split() == item.split()
        elif row["_task_type"] == "transformations":
            ours = row["_before"] if row["_variant"].startswith("clippy::") else row["gen"]
            assert ours.split() == item.split()
        elif row["_task_type"] == "fill_in_middle":
            assert (row["_prefix"] + row["gen"] + row["_suffix"]).split() == item.split()


def test_configuration_errors_stop_before_anything_is_built(workflow):
    run = workflow.run(crates=GOOD, config={"gates": {"max_bad_code_warning": 1, "min_edition": "new"}})
    assert run.returncode != 0
    assert "max_bad_code_warnings" in run.output and "min_edition" in run.output
    assert not (workflow.path / "results").exists()


@pytest.mark.parametrize("graph", ["--rulegraph", "--dag", "--filegraph"])
def test_snakemake_draws_the_workflow(built, graph):
    drawn = built.run("all", config=SMALL, args=[graph])
    assert drawn.returncode == 0, drawn.output
    # The display of the run must not get into what one gives to `dot`.
    assert drawn.stdout.startswith("digraph snakemake_dag {") and drawn.stdout.rstrip().endswith("}")
    assert "write_dataset_card" in drawn.stdout


def test_snakemake_lists_the_files(built):
    listed = built.run("all", config=SMALL, args=["--summary"])
    assert listed.returncode == 0, listed.output
    states = {line.split("\t")[0]: line.split("\t")[-1] for line in listed.stdout.splitlines()}
    assert states["results/dataset/train.jsonl"] == "no update"


def test_snakemake_reports(built):
    done = built.run("all", config=SMALL, args=["--report", "report.html"])
    assert done.returncode == 0, done.output
    report = (built.path / "report.html").read_text()
    assert "write_dataset_card" in report and "apply_gates" in report
    # Figures and tables with their captions.
    assert "results/report/funnel.svg" in report and "CPU seconds of all jobs, by rule" in report
