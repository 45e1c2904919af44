"""The whole chain on fixture crates, with the real compiler: results, determinism, what reruns."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from registry import Registry

DATA = "tests/data/crates"
GOOD = [
    ("tidy", "0.1.0", f"{DATA}/tidy"),
    ("counter", "2.3.4", f"{DATA}/counter"),
    ("tool", "", f"{DATA}/tool"),
]
BAD = [
    ("broken", "", f"{DATA}/broken"),
    ("derive", "", f"{DATA}/derive"),
    ("member", "", f"{DATA}/space/member"),
    ("empty", "", f"{DATA}/empty"),
]
# The fixtures are too small for the limits meant for real crates.
KINDS = {
    "code_generation": 0.6,
    "transformations": 0.15,
    "error_fixing": 0.1,
    "explanations": 0.05,
    "fill_in_middle": 0.1,
}
SMALL = {
    "tasks": {"min_doc_chars": 20, "kinds": list(KINDS)},
    "gates": {"min_documented": 0.0},
    "mix": KINDS,
}


def rows(workflow, name):
    return pq.ParquetFile(workflow.path / f"results/{name}").read().to_pylist()


def loaded(workflow, name):
    return json.loads((workflow.path / f"results/{name}").read_text())


def checksums(workflow):
    """sha256 of every data file: all of results/ but logs, benchmarks and what snakemake keeps for itself."""
    folder = workflow.path / "results"
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.relative_to(folder).parts[0] not in ("logs", "benchmarks")
        and path.name != ".snakemake_timestamp"
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory, workflow_in):
    workflow = workflow_in(tmp_path_factory.mktemp("built") / "workflow")
    run = workflow.run(crates=GOOD + BAD, config=SMALL)
    assert run.returncode == 0, run.output
    workflow.first = run
    return workflow


def test_rows_are_judged_and_sound(built):
    all_rows = rows(built, "dataset/provenance.parquet")
    assert {row["_task_type"] for row in all_rows} == set(KINDS)
    assert {row["_verdict"] for row in all_rows} == {"compiles", "tested"}
    assert {row["_source_crate"] for row in all_rows} >= {"tidy", "counter"}
    names = {
        row["gen"].split("(")[0].split()[-1] for row in all_rows if row["_task_type"] == "code_generation"
    }
    assert {"pieces", "parse_span", "merged", "share", "top"} <= names
    # Switched off, for another platform, in a crate that does not compile: no verdict, no row.
    assert not names & {"switched_off", "elsewhere", "wrong"}
    assert "#[cfg(test)]" not in "".join(row["gen"] for row in all_rows)


def test_broken_forms_carry_what_rustc_said(built):
    pairs = [
        row
        for row in rows(built, "crates/tidy@0.1.0/candidates.parquet")
        if row["_task_type"] == "error_fixing"
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
    pieces = [
        row for row in candidates if "fn pieces(" in row["gen"] and row["_task_type"] == "code_generation"
    ]
    assert [(row["_verdict"], row["_tests"]) for row in pieces] == [
        ("tested", ["--lib tests::pieces_cover_the_span"])
    ]
    assert {row["_verdict"] for row in candidates if not row["_tests"]} == {"compiles"}
    coverage = loaded(built, "dataset/funnel.json")["tests"]
    assert coverage["functions"]["covered"] > 2 and coverage["rewrites"]["tested"] > 2


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


def test_cargo_alone_agrees_with_the_rows(built):
    done = subprocess.run(
        [sys.executable, "scripts/utilities/recheck.py", "--rows", "12", "--dataset", "results/dataset"],
        cwd=built.path,
        env=os.environ | {"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^(\d+) of \1 rows agree", done.stdout, re.MULTILINE)


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


def test_again_there_is_nothing_to_do(built):
    again = built.run(config=SMALL)
    assert (again.returncode, sum(again.jobs.values())) == (0, 0), again.jobs


def test_a_threshold_reruns_verdicts_and_what_follows(built):
    dry = built.run(config=SMALL | {"gates": {"min_documented": 0.01}}, args=["-n"])
    assert set(dry.jobs) == {
        "apply_gates",
        "gather",
        "merge_sources",
        "deduplicate",
        "drop_near_duplicates",
        "decontaminate",
        "scrub",
        "mix",
        "split",
        "lock_crates",
        "build_funnel",
        "write_notice",
        "write_dataset_card",
        "summarize",
        "all",
    }


def test_the_allow_list_fetches_nothing_again(built):
    dry = built.run(
        config=SMALL | {"gates": {"min_documented": 0.0, "allowed_licenses": ["MIT"]}}, args=["-n"]
    )
    assert not {"resolve", "download"} & set(dry.jobs) and "apply_gates" in dry.jobs


def test_a_template_compiles_nothing_again(built):
    prompts = built.path / "resources/prompts.yaml"
    before = prompts.read_bytes()
    try:
        prompts.write_bytes(before + b"\n# changed\n")
        assert not {"download", "chunk", "judge", "clippy"} & set(built.run(config=SMALL, args=["-n"]).jobs)
        assert built.run(config=SMALL, args=["-n"]).jobs["make_tasks"] == len(GOOD + BAD)
    finally:
        prompts.write_bytes(before)


@pytest.mark.parametrize(
    "file",
    [
        "scripts/ferrule/tasks/context.py",
        "scripts/ferrule/tasks/explanations.py",
        "scripts/ferrule/tasks/std_methods.txt",
    ],
)
def test_changed_code_runs_again_where_it_is_used(built, file):
    library = built.path / file
    before = library.read_bytes()
    try:
        library.write_bytes(before + b"\n# changed\n")
        dry = built.run(config=SMALL, args=["-n"])
    finally:
        library.write_bytes(before)
    assert dry.jobs["make_tasks"] == len(GOOD + BAD)
    assert not {"download", "chunk", "judge", "mutate", "rewrite", "run_tests", "clippy", "license"} & set(
        dry.jobs
    )


def test_a_changed_mutation_breaks_again(built):
    catalogue = built.path / "scripts/ferrule/transforms/mutations/borrows.py"
    before = catalogue.read_bytes()
    try:
        catalogue.write_bytes(before + b"\n# changed\n")
        dry = built.run(config=SMALL, args=["-n"])
    finally:
        catalogue.write_bytes(before)
    assert dry.jobs["mutate"] == len(GOOD + BAD)
    assert not {"download", "chunk", "judge", "clippy"} & set(dry.jobs)


def test_one_crate_more_runs_its_own_chain_and_the_aggregation(built):
    extra = built.path / "extra"
    shutil.copytree(built.path.parents[0] / "workflow/results/crates/counter@2.3.4/source", extra)
    listed = built.path / "config/crates.tsv"
    before = listed.read_text()
    try:
        listed.write_text(before.replace("counter\t2.3.4\t", f"counter\t\t{extra}\ncounter\t2.3.4\t"))
        dry = built.run(config=SMALL, args=["-n"])
    finally:
        listed.write_text(before)
    chain = {
        "download",
        "chunk",
        "clippy",
        "license",
        "judge",
        "mutate",
        "rewrite",
        "run_tests",
        "make_tasks",
        "apply_gates",
    }
    assert {rule: dry.crates.get(rule) for rule in chain} == {rule: ["counter"] for rule in chain}


def test_a_changed_file_of_a_local_crate_fetches_it_again(tmp_path, workflow):
    source = tmp_path / "mine"
    shutil.copytree(f"{DATA}/counter", source)
    crates = [("counter", "", source), GOOD[0]]
    assert workflow.run("results/crates/counter/chunks.parquet", crates=crates).returncode == 0
    assert not workflow.run("results/crates/counter/chunks.parquet").jobs
    time.sleep(1.1)  # snakemake compares times of modification
    (source / "src/lib.rs").write_text((source / "src/lib.rs").read_text() + "\npub fn more() {}\n")
    assert workflow.run("results/crates/counter/chunks.parquet").crates["download"] == ["counter"]
    assert "pub fn more" in (workflow.path / "results/crates/counter/source/src/lib.rs").read_text()


def test_a_new_allow_list_downloads_the_crates_whose_answer_changes_and_no_others(tmp_path, workflow):
    copyleft = tmp_path / "copyleft"
    shutil.copytree(f"{DATA}/counter", copyleft)
    manifest = (copyleft / "Cargo.toml").read_text()
    (copyleft / "Cargo.toml").write_text(
        manifest.replace('"MIT"', '"GPL-3.0-only"').replace("2.3.4", "3.0.0")
    )
    specs = ("tidy@0.1.0", "counter@3.0.0")

    def run(*allowed):
        return workflow.run(
            *(f"results/crates/{spec}/crate.json" for spec in specs),
            config={"gates": {"allowed_licenses": allowed}},
            crates=[spec.split("@") for spec in specs],
            env={"CARGO_HOME": registry.cargo_home()},
        )

    def status():
        return [loaded(workflow, f"crates/{spec}/crate.json")["status"] for spec in specs]

    with Registry(tmp_path / "registry") as registry:
        registry.add_folder(Path(DATA) / "tidy", "tidy", "0.1.0")
        registry.add_folder(copyleft, "counter", "3.0.0")
        first = run("MIT")
        assert first.returncode == 0, first.output
        assert first.jobs == {"resolve": 2, "download": 2} and status() == ["ok", "refused"]
        assert not run("MIT").jobs and not run("ISC", "MIT").jobs
        assert run("MIT", "GPL-3.0-only").crates == {"download": ["counter@3.0.0"]}
        assert status() == ["ok", "ok"]
        assert run("Apache-2.0").crates == {"download": ["counter@3.0.0"]}
        assert status() == ["ok", "refused"]
        assert run("Zlib").crates == {"download": ["tidy@0.1.0"]}
        assert status() == ["refused", "refused"]


def test_same_bytes_in_another_folder_with_another_number_of_cores(built, tmp_path_factory, workflow_in):
    other = workflow_in(tmp_path_factory.mktemp("a folder with another, longer name") / "elsewhere")
    run = other.run(crates=list(reversed(GOOD + BAD)), config=SMALL, cores=1)
    assert run.returncode == 0, run.output
    first, second = checksums(built), checksums(other)
    # The list itself keeps the order in which the user wrote it.
    ours = {name for name in first if name.startswith(("crates/", "dataset/", "tools/"))}
    assert ours == {name for name in second if name.startswith(("crates/", "dataset/", "tools/"))}
    assert {name for name in ours if first[name] != second[name]} == set()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(built, workflow, how):
    workflow.write_crates(GOOD + BAD)
    (workflow.path / "overlay.json").write_text(json.dumps(SMALL))
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "overlay.json"]
    running = subprocess.Popen(
        command,
        cwd=workflow.path,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What a shell starts in the background ignores an interrupt, and so do its children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 60
    while not list(workflow.path.glob("results/crates/*/chunks.parquet")) and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(how)
    running.wait(timeout=60)
    assert running.returncode != 0
    assert not (workflow.path / "results/dataset/summary.txt").exists(), "it was over before it was killed"
    args = ["--unlock"] if how == signal.SIGKILL else []
    if args:
        workflow.run(config=SMALL, args=args)
    run = workflow.run(config=SMALL)
    assert run.returncode == 0, run.output
    assert checksums(workflow) == checksums(built), run.output


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
        assert re.match(r"(pub(\(crate\))? )?(const )?fn \w+|///|#\[derive", item)
        if row["_task_type"] in ("code_generation", "error_fixing"):
            assert row["gen"].split() == item.split()
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


def test_an_unfinished_self_test_does_not_hide_what_is_left(built, workflow):
    """With `ancient()` around an input whose job must run again, Snakemake forgets what depends on it."""
    workflow.write_crates(GOOD)
    shutil.copytree(built.path / "results/tools", workflow.path / "results/tools")
    marks = workflow.path / ".snakemake/incomplete"
    marks.mkdir(parents=True)
    (marks / base64.b64encode(b"results/tools/sandbox.json").decode()).touch()
    assert workflow.run(config=SMALL, args=["-n"]).jobs["judge"] == len(GOOD)
