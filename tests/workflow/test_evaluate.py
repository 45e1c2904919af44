"""`snakemake evaluate` and `exam` on a small problem set and a file of samples."""

import hashlib
import json
import shutil

import pytest
from steps import run_script

PROBLEMS = ["ownership/crate_relabel", "traits/berth_display", "concurrency/weigh_apart"]
RESULT = "results/evaluate/small/mine/"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def small(tmp_path_factory, workflow_in):
    """A copy of the workflow with three problems and six samples, evaluated."""
    from ferrule.evaluation.problems.formats import read_set

    workflow = workflow_in(tmp_path_factory.mktemp("evaluate") / "workflow")
    for name in PROBLEMS:
        place = workflow.path / "small" / f"{name}.rs"
        place.parent.mkdir(parents=True)
        shutil.copy(workflow.path / f"resources/problems/{name}.rs", place)
    problems = {problem.id: problem for problem in read_set(workflow.path / "small", "own")}
    first, second, third = (problems[name] for name in PROBLEMS)
    samples = [
        (first, first.reference),
        (first, "    todo!()\n}\n"),
        (second, f"```rust\n{second.prompt}{second.reference}```"),
        (second, "I cannot do that."),
        (third, third.reference),
        (third, '    let broken: u8 = "text";\n' + third.reference),
    ]
    rows = [{"task_id": problem.id, "completion": text} for problem, text in samples]
    (workflow.path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    workflow.settings = {
        "benchmarks": {"small": {"path": "small", "format": "own", "license": "MIT"}},
        "evaluate": {"benchmarks": ["small"], "samples": {"mine": {"small": "mine.jsonl"}}, "bootstrap": 200},
    }
    run = workflow.run("evaluate", config=workflow.settings)
    assert run.returncode == 0, run.output
    workflow.first = run
    return workflow


def with_changes(workflow, **changes) -> dict:
    return workflow.settings | {"evaluate": workflow.settings["evaluate"] | changes}


def test_every_sample_has_its_status(small):
    results = lines(small.path / RESULT / "results.jsonl")
    found = {(row["task_id"], row["sample"]): row["status"] for row in results}
    assert found == {
        ("ownership/crate_relabel", 0): "passed",
        ("ownership/crate_relabel", 1): "failed",
        ("traits/berth_display", 0): "passed",
        ("traits/berth_display", 1): "no_answer",
        ("concurrency/weigh_apart", 0): "passed",
        ("concurrency/weigh_apart", 1): "compile_error",
    }
    metrics = json.loads((small.path / RESULT / "metrics.json").read_text())
    off = metrics["views"]["policy_off"]["pass_at_k"]
    assert (off["1"]["value"], off["2"]["value"]) == (0.5, 1.0)
    assert sorted(off) == ["1", "2"]
    assert "pass@1" in (small.path / RESULT / "metrics.md").read_text()


def test_the_run_ends_with_a_line_of_json_on_stdout_and_the_log_has_it_too(small):
    line = json.loads(small.first.stdout.splitlines()[-1])
    assert (line["benchmark"], line["model"], line["pass@1"], line["pass@2"]) == ("small", "mine", 0.5, 1.0)
    log = small.path / "results/logs/compute_metrics/small-mine.log"
    *_, figures, cost = log.read_text().splitlines()
    assert json.loads(figures) == line and cost.startswith("cost: ")


def test_nothing_is_left_to_do(small):
    run = small.run("evaluate", config=small.settings, args=["-n"])
    assert run.returncode == 0 and not run.jobs


def test_the_policy_reruns_the_figures_alone(small):
    run = small.run("evaluate", config=with_changes(small, policy=["threads"]), args=["-n"])
    assert set(run.jobs) <= {"compute_metrics", "evaluate"} and run.jobs["compute_metrics"] == 1


def test_a_seed_that_chooses_nothing_reruns_nothing(small):
    run = small.run("evaluate", config=with_changes(small, sample_seed=5), args=["-n"])
    assert run.returncode == 0 and not run.jobs


def test_a_subset_reruns_what_follows_the_samples(small):
    """The problems are read and their references judged once for all subsets."""
    run = small.run("evaluate", config=with_changes(small, sample_n=2), args=["-n"])
    following = ("extract_answers", "judge_answers", "measure_quality", "compute_metrics", "evaluate")
    assert run.jobs == dict.fromkeys(("import_samples", *following), 1)


def test_a_subset_larger_than_the_set_is_refused_before_anything_runs(small):
    run = small.run("evaluate", config=with_changes(small, sample_n=4))
    assert run.returncode == 1 and not run.jobs
    assert "evaluate.sample_n: 4 is more than the 3 problems of small; take at most 3" in run.output


def test_a_limit_judges_again(small):
    run = small.run("evaluate", config=with_changes(small, cpu_seconds=3), args=["-n"])
    judging = {"judge_references", "judge_answers", "measure_quality"}
    assert set(run.jobs) == {*judging, "compute_metrics", "evaluate"}


def test_a_changed_sandbox_judges_again_and_reads_nothing_again(small):
    place = small.path / "scripts/ferrule/sandbox/run_answers.c"
    before = place.read_text()
    place.write_text(before + "/* changed */\n")
    run = small.run("evaluate", config=small.settings, args=["-n"])
    place.write_text(before)
    following = ("measure_quality", "compute_metrics", "evaluate")
    assert run.jobs == dict.fromkeys(("judge_references", "judge_answers", *following), 1)


def test_a_changed_problem_does_all_again(small):
    place = small.path / "small" / f"{PROBLEMS[0]}.rs"
    before = place.read_text()
    place.write_text(before.replace("/// ", "/// Please: ", 1))
    run = small.run("evaluate", config=small.settings, args=["-n"])
    place.write_text(before)
    assert run.jobs["read_problems"] == run.jobs["judge_answers"] == 1


def test_the_same_bytes_with_one_core(small):
    def sums():
        files = sorted((small.path / RESULT).iterdir())
        return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}

    before = sums()
    shutil.rmtree(small.path / "results/evaluate")
    assert small.run("evaluate", config=small.settings, cores=1).returncode == 0
    assert sums() == before


@pytest.mark.parametrize(
    "row, said",
    [
        ({"task_id": "ownership/crate_relabl", "completion": "}"}, "did you mean ownership/crate_relabel?"),
        ({"completion": "}"}, "no task_id"),
    ],
)
def test_a_bad_file_of_samples_stops_before_anything_long(small, row, said):
    (small.path / "bad.jsonl").write_text(json.dumps(row) + "\n")
    run = small.run("evaluate", config=with_changes(small, samples={"bad": {"small": "bad.jsonl"}}))
    assert run.returncode == 1 and said in run.output
    assert not (small.path / "results/evaluate/small/bad/verdicts.jsonl").exists()


def test_k_beyond_the_samples_is_refused(small):
    run = small.run("evaluate", config=with_changes(small, k=[1, 10]))
    assert run.returncode == 1 and "asks for pass@10" in run.output


def test_the_references_are_evaluated_where_no_samples_are_named(small):
    run = small.run("evaluate", config=with_changes(small, samples={}))
    assert run.returncode == 0, run.output
    results = lines(small.path / "results/evaluate/small/references/results.jsonl")
    assert [row["status"] for row in results] == ["passed"] * 3


def test_the_exam(small):
    run = small.run("exam", config=small.settings)
    assert run.returncode == 0, run.output
    exam = json.loads((small.path / "results/problems/small/exam.json").read_text())
    assert "3" in (small.path / "results/problems/small/exam.md").read_text()
    assert exam


def test_samples_from_elsewhere_are_compared(small):
    """Nothing is trained, and the page says which is which."""
    rows = lines(small.path / "mine.jsonl")[::2]
    (small.path / "theirs.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows[:2] + [rows[2] | {"completion": "?"}])
    )
    settings = with_changes(
        small, samples={"mine": {"small": "mine.jsonl"}, "theirs": {"small": "theirs.jsonl"}}
    )
    run = small.run("compare", config=settings | {"compare": {"mine": "theirs"}})
    assert run.returncode == 0, run.output
    found = json.loads((small.path / "results/compare/small/theirs-vs-mine.json").read_text())
    assert (found["base"], found["run"]) == ("theirs", "mine") and found["environment"]["models"] == {}
    assert "results/compare/small/theirs-vs-mine.md: pass@1 is 50.0 % with mine" in run.stdout
    assert any("were drawn is not known" in note for note in found["notes"]), found["notes"]


def test_a_subset_is_named_and_not_compared_with_the_whole(small):
    """Two models of a folder of their own, so that the other tests keep theirs."""
    shutil.copy(small.path / "mine.jsonl", small.path / "part.jsonl")
    shutil.copy(small.path / "mine.jsonl", small.path / "rest.jsonl")
    samples = {"part": {"small": "part.jsonl"}, "rest": {"small": "rest.jsonl"}}
    compared = {"compare": {"part": "rest"}}
    subset = with_changes(small, samples=samples, sample_n=2, sample_seed=1)
    run = small.run("compare", config=subset | compared)
    assert run.returncode == 0, run.output
    folder = small.path / "results/evaluate/small"
    found = json.loads((folder / "part/metrics.json").read_text())["subset"]
    assert (found["n"], found["of"], found["seed"]) == (2, 3, 1)
    ids = sorted({row["task_id"] for row in lines(folder / "part/results.jsonl")})
    assert found["sha256"] == hashlib.sha256("".join(f"{name}\n" for name in ids).encode()).hexdigest()
    page = small.path / "results/compare/small/rest-vs-part"
    assert json.loads(page.with_suffix(".json").read_text())["subset"] == found
    assert (
        f"a subset: 2 of 3 problems (sample_seed 1, sha256 {found['sha256'][:12]})"
        in (small.path / "results/logs/import_samples/small-part.log").read_text()
    )

    # Now one of the two was measured on the whole set.
    whole = with_changes(small, samples={"rest": samples["rest"]})
    assert small.run("evaluate", config=whole).returncode == 0
    kept = {name: (folder / "part" / name).read_bytes() for name in ("results.jsonl", "metrics.json")}
    problems = small.path / "results/problems/small/problems.jsonl"
    sides = {side: folder / name for side, name in (("base", "rest"), ("run", "part"))}
    done = run_script(
        "compare_models",
        *("--benchmark", "small", "--problems", problems, "--base", "rest", "--run", "part"),
        *(
            word
            for side, place in sides.items()
            for word in (
                f"--{side}-results",
                place / "results.jsonl",
                f"--{side}-metrics",
                place / "metrics.json",
            )
        ),
        *("--template", small.path / "resources/comparison.html"),
        *(word for end in ("json", "md", "html") for word in (f"--{end}", small.path / f"refused.{end}")),
    )
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and not list(small.path.glob("refused*"))
    assert "rest was measured on all 3 problems, part on 2 of 3 problems (sample_seed 1" in done.stderr
    assert kept == {name: (folder / "part" / name).read_bytes() for name in kept}


def test_an_adapter_is_sampled_on_its_base(small):
    (small.path / "adapter").mkdir()
    (small.path / "adapter/adapter_config.json").write_text("{}")
    adapter = {"path": "adapter", "license": "MIT", "base": "smollm2-135m"}
    settings = with_changes(small, samples={}) | {
        "models": {"mine": adapter},
        "compare": {"mine": "smollm2-135m"},
    }
    run = small.run("compare", config=settings, args=["-n", "-p"])
    assert run.returncode == 0, run.output
    assert "--model results/models/smollm2-135m --adapter results/models/mine " in run.stdout
    assert f"--name mine --config '{json.dumps({'models': {'mine': adapter}}, sort_keys=True)}'" in run.stdout
    records = ("smollm2-135m=results/models/smollm2-135m.json", "mine=results/models/mine.json")
    assert all(f"--model-record {record}" in run.stdout for record in records)


GOOD = """//! Books movements.

/// A balance in cents.
#[derive(Debug, Default)]
struct Balance(u64);

impl Balance {
    /// Takes `cents` out, or says that they are not there.
    fn withdraw(&mut self, cents: u64) -> Result<u64, String> {
        self.0 = self.0.checked_sub(cents).ok_or_else(|| format!("{cents} are not there"))?;
        Ok(self.0)
    }
}

fn main() {
    let mut balance = Balance(10);
    for cents in [3, 20] {
        match balance.withdraw(cents) {
            Ok(left) => println!("{left}"),
            Err(reason) => println!("{reason}"),
        }
    }
}
"""
POOR = """fn main() {
    let numbers = vec![1, 2, 3];
    if numbers.len() == 0 {
        return ();
    }
    println!("{}", numbers[0]);
}
"""


def test_whole_programs_have_a_compile_rate_and_quality(small):
    """The second set: nothing is run, and what counts is what the compiler, clippy and the syntax tree say."""
    names = ["quality/ledger", "quality/recipe_scaling", "quality/tide_table", "quality/shape_report"]
    answers = [f"```rust\n{GOOD}```", POOR, 'fn main() { let n: u8 = "text"; }', "Sorry."]
    rows = [{"task_id": n, "completion": answer} for n, answer in zip(names, answers, strict=True)]
    (small.path / "programs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    settings = with_changes(small, benchmarks=["quality"], samples={"mine": {"quality": "programs.jsonl"}})
    settings["benchmarks"] = {}  # the one that ships
    run = small.run("evaluate", config=settings)
    assert run.returncode == 0, run.output
    folder = small.path / "results/evaluate/quality/mine"
    found = {row["task_id"]: row["status"] for row in lines(folder / "results.jsonl")}
    assert [found[name] for name in names] == ["passed", "passed", "compile_error", "no_answer"]
    metrics = json.loads((folder / "metrics.json").read_text())
    off = metrics["views"]["policy_off"]
    assert off["compile_rate"]["value"] == 0.5
    assert len(metrics["missing"]) == 11  # no sample: not solved
    by_key = {row["key"]: row for row in lines(folder / "quality.jsonl")}
    keys = {row["task_id"]: row["key"] for row in lines(folder / "answers.jsonl")}
    good, poor = (by_key[keys[name]] for name in names[:2])
    assert good["clippy_warnings"] == 0 and "len_zero" in poor["lints"]
    assert good["idiomatic"] > poor["idiomatic"] and good["idiomatic_syntax"] > poor["idiomatic_syntax"]
    assert (good["documented_items"], poor["documented_items"]) == (1.0, None)  # a lone main needs no docs
