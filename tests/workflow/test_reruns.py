"""What runs again after a change, and what does not."""

import base64
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from dataset_run import BAD, DATA, GOOD, SMALL, checksums, loaded, rows
from registry import Registry


@contextmanager
def changed(workflow, file, more=b"\n# changed\n"):
    """The file has a comment more, and then has it no more."""
    path = workflow.path / file
    before = path.read_bytes()
    path.write_bytes(before + more)
    try:
        yield
    finally:
        path.write_bytes(before)


# What follows the candidates, once for all crates.
COLLECTING = {
    "gather",
    "lock_crates",
    "merge_sources",
    "deduplicate",
    "drop_near_duplicates",
    "decontaminate",
    "scrub",
    "mix",
    "split",
    "build_funnel",
    "write_notice",
    "write_dataset_card",
    "summarize",
    "write_report",
    "write_metrics",
    "all",
}
MAKING = {"make_tasks", *COLLECTING}
IN_A_SANDBOX = {"check_sandbox", "clippy", "judge", "mutate", "rewrite", "run_tests"}
RERUNS = {
    "resources/prompts.yaml": MAKING,
    "resources/dataset_card.md": {"write_dataset_card", "summarize", "write_report", "all"},
    "scripts/ferrule/tasks/context.py": MAKING,
    "scripts/ferrule/tasks/explanations.py": MAKING,
    "scripts/ferrule/tasks/std_methods.txt": MAKING,
    "scripts/ferrule/transforms/mutations/borrows.py": {"mutate", *MAKING},
    "scripts/ferrule/sandbox/session.py": {*IN_A_SANDBOX, "apply_gates", *MAKING},
    "scripts/ferrule/training/packing.py": set(),
}


def test_again_there_is_nothing_to_do(built):
    again = built.run(config=SMALL)
    assert (again.returncode, sum(again.jobs.values())) == (0, 0), again.jobs


def test_a_threshold_reruns_verdicts_and_what_follows(built):
    dry = built.run(config=SMALL | {"gates": {"min_documented": 0.01}}, args=["-n"])
    assert set(dry.jobs) == {"apply_gates", *COLLECTING}


def test_a_threshold_that_refuses_one_crate_reruns_that_crates_chain(built):
    def live(crate):
        gates = loaded(built, f"crates/{crate}/verdict.json")["gates"]
        return next(gate["value"] for gate in gates if gate["gate"] == "platform") or 1.0

    shares = {path.name: live(path.name) for path in (built.path / "results/crates").iterdir()}
    least, second = sorted(shares, key=shares.get)[:2]
    assert shares[least] < shares[second], shares
    gates = SMALL["gates"] | {"min_live": shares[second]}
    dry = built.run(config=SMALL | {"gates": gates}, args=["-n"])
    assert set(dry.jobs) >= {"apply_gates", *COLLECTING}
    for rule in ("mutate", "rewrite", "run_tests", "make_tasks"):
        assert dry.crates[rule] == [least], rule
    assert not {"resolve", "download", "chunk", "license", "judge", "clippy"} & set(dry.jobs)


def test_a_refused_crate_is_not_compiled(tmp_path, workflow):
    """One refused by its edition, one by clippy: of the first nothing is asked, the second is not worked on."""
    for name, edition, code in [
        ("old", "2018", "/// One.\npub fn one() -> u8 {\n    1\n}\n"),
        (
            "bad",
            "2021",
            "/// The same.\npub fn same(a: u8) -> bool {\n    let b = a;\n    a == a && b > 0\n}\n",
        ),
    ]:
        (tmp_path / name / "src").mkdir(parents=True)
        (tmp_path / name / "src/lib.rs").write_text(code)
        (tmp_path / name / "Cargo.toml").write_text(
            f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "{edition}"\nlicense = "MIT"\n'
        )
    ran = workflow.run(
        *(
            f"results/crates/{name}/{file}"
            for name in ("old", "bad")
            for file in ("verdict.json", "candidates.parquet")
        ),
        crates=[(name, "", tmp_path / name) for name in ("old", "bad")],
    )
    assert ran.returncode == 0, ran.output

    def status(name, files):
        return {loaded(workflow, f"crates/{name}/{file}.json")["status"] for file in files}

    def failed(name):
        return loaded(workflow, f"crates/{name}/verdict.json")["failed"]

    assert (failed("old"), failed("bad")) == (["edition"], ["clippy_bad_code"])
    assert status("old", ["clippy", "judge", "mutate", "rewrite", "behaviour"]) == {"not_asked"}
    assert status("bad", ["clippy", "judge"]) == {"ok"}
    assert status("bad", ["mutate", "rewrite", "behaviour"]) == {"not_asked"}
    for name, gate in [("old", "edition"), ("bad", "clippy_bad_code")]:
        assert not rows(workflow, f"crates/{name}/candidates.parquet")
        dropped = rows(workflow, f"crates/{name}/dropped.parquet")
        assert [(row["stage"], row["reason"]) for row in dropped] == [("gate", gate)]


def test_the_allow_list_fetches_nothing_again(built):
    dry = built.run(
        config=SMALL | {"gates": {"min_documented": 0.0, "allowed_licenses": ["MIT"]}}, args=["-n"]
    )
    assert not {"resolve", "download"} & set(dry.jobs) and "apply_gates" in dry.jobs


@pytest.mark.parametrize("file", RERUNS)
def test_a_changed_file_runs_again_what_uses_it_and_no_more(built, file):
    with changed(built, file):
        dry = built.run(config=SMALL, args=["-n"])
    assert dry.returncode == 0, dry.output
    assert set(dry.jobs) == RERUNS[file]
    # For every crate, and once where it is for all crates.
    once = {*COLLECTING, "check_sandbox"}
    assert dry.jobs == {rule: 1 if rule in once else len(GOOD + BAD) for rule in RERUNS[file]}


def test_one_crate_more_runs_its_own_chain_and_the_aggregation(built):
    extra = built.path / "extra"
    shutil.copytree(built.path / "results/crates/counter@2.3.4/source", extra)
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


def test_a_list_in_batches_gives_the_files_of_one_run(built, workflow_in, tmp_path):
    workflow = workflow_in(tmp_path / "batches", built=built.path)
    for crate in ("counter@2.3.4", "tool"):
        for name in ("broken.parquet", "mutate.json", "candidates.parquet", "dropped.parquet"):
            (workflow.path / "results/crates" / crate / name).unlink()
    for name in ("work", "dataset"):
        shutil.rmtree(workflow.path / "results" / name)
    first, last = (workflow.run(config=SMALL, args=["--batch", f"gather={batch}/2"]) for batch in (1, 2))
    assert (first.returncode, last.returncode) == (0, 0), first.output + last.output
    # In the order of their names.
    assert (first.crates["mutate"], last.crates["mutate"]) == (["counter@2.3.4"], ["tool"])
    assert "gather" not in first.jobs and last.jobs["gather"] == 1
    assert checksums(workflow) == checksums(built)


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


def test_an_unfinished_self_test_does_not_hide_what_is_left(built, workflow):
    """With `ancient()` around an input whose job must run again, Snakemake forgets what depends on it."""
    workflow.write_crates(GOOD)
    shutil.copytree(built.path / "results/tools", workflow.path / "results/tools")
    marks = workflow.path / ".snakemake/incomplete"
    marks.mkdir(parents=True)
    (marks / base64.b64encode(b"results/tools/sandbox.json").decode()).touch()
    assert workflow.run(config=SMALL, args=["-n"]).jobs["judge"] == len(GOOD)
