"""What grading in a crate costs, whether it agrees with cargo, and whether it is steady.

    snakemake --cores 2 tasks
    make bench ARGS="tests/bench/test_grading_cost.py"

It takes the tasks in results/tasks, or in the folder that FERRULE_TASKS names. FERRULE_ANSWERS is the number of answers
that are compared with cargo (500).
"""

import os
import resource
import subprocess
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from task_answers import CargoAlone, answers_to, compared, tasks_of

from ferrule.grading.crate_grader import CrateGrader
from ferrule.rewards.grader import Grader

pytestmark = pytest.mark.bench

FOLDER = Path(os.environ.get("FERRULE_TASKS", "results/tasks"))
ANSWERS = int(os.environ.get("FERRULE_ANSWERS", "500"))


@pytest.fixture(scope="module")
def crates():
    if not (FOLDER / "tasks.parquet").is_file():
        pytest.fail(f"{FOLDER} has no tasks; make them with: snakemake --cores 2 tasks")
    return tasks_of(FOLDER)


def spread(crates, number: int) -> list[str]:
    """Crates of all sizes: from the middles of so many equal parts of the list in the order of their number of tasks."""
    order = sorted(crates, key=lambda spec: (len(crates[spec]), spec))
    return [order[(2 * place + 1) * len(order) // (2 * number)] for place in range(number)]


def cpu_seconds() -> float:
    """Of this process and all its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def test_cost_of_an_answer(crates, capsys):
    """200 answers to each of five crates, everything included; and 8 of them by `cargo test`, one at a time."""
    chosen = spread(crates, 5)
    rows = []
    for spec in chosen:
        answers = answers_to(crates[spec], 200)
        with CrateGrader(FOLDER / "crates" / spec, crates[spec]) as grader:
            task, _, text = answers[0]
            grader.grade([(task["id"], text)])  # dependencies are compiled, as for a trainer's first batch
            grader_warm = cpu_seconds() + grader.built.session.cpu_seconds()
            results = grader.grade([(task["id"], text) for task, _, text in answers])
            session = grader.built.session.cpu_seconds()
        warm = cpu_seconds() - grader_warm
        with CargoAlone(FOLDER / "crates" / spec) as cargo:
            for one, _, answer in answers[:8]:  # dependencies are compiled, and every program is known
                cargo.passes(one, answer)
            before = cargo.session.cpu_seconds()
            for one, _, answer in answers[:8]:
                cargo.passes(one, answer)
            alone = (cargo.session.cpu_seconds() - before) / 8
        rows.append(
            (
                spec,
                len(answers),
                warm / len(answers) * 1000,
                alone * 1000,
                session,
                Counter(r.status for r in results),
            )
        )
    with capsys.disabled():
        for spec, number, ms, alone, _, statuses in rows:
            print(
                f"\n{spec}: {number} answers, {ms:.1f} ms each; cargo test {alone:.0f} ms, {alone / ms:.0f} times as much; {dict(statuses)}"
            )


def test_latency_of_a_batch(crates, capsys):
    """64 answers to eight crates, with warm builds."""
    chosen = spread(crates, 8)
    answers = [
        (task["id"], text) for spec in chosen for task, _, text in answers_to(crates[spec], 64 // len(chosen))
    ]
    with Grader(FOLDER, workers=2) as grader:
        grader.warm(chosen)
        walls = []
        for _ in range(5):
            began = time.monotonic()
            grader.grade(answers)
            walls.append(time.monotonic() - began)
    with capsys.disabled():
        print(f"\n{len(answers)} answers to {len(chosen)} crates: {min(walls):.2f} to {max(walls):.2f} s")


def test_cost_of_a_small_batch(crates, capsys):
    """Eight answers to each crate, with a warm build."""
    figures = {}
    for spec in sorted(crates):
        answers = [(task["id"], text) for task, _, text in answers_to(crates[spec], 8)]
        with CrateGrader(FOLDER / "crates" / spec, crates[spec]) as grader:
            grader.grade(answers[:1])
            before = cpu_seconds() + grader.built.session.cpu_seconds()
            grader.grade(answers)
            figures[spec] = cpu_seconds() + grader.built.session.cpu_seconds() - before
    with capsys.disabled():
        for spec, seconds in figures.items():
            print(f"\n{spec}: {seconds:.2f} CPU s for eight answers", end="")


def test_grading_equals_cargo(crates, capsys):
    by_crate = defaultdict(list)
    for spec, task, kind, text in compared(FOLDER, ANSWERS):
        by_crate[spec].append((task, kind, text))
    differ, seen = [], Counter()
    for spec, answers in by_crate.items():
        with CrateGrader(FOLDER / "crates" / spec, crates[spec]) as grader:
            results = grader.grade([(task["id"], text) for task, _, text in answers])
        with CargoAlone(FOLDER / "crates" / spec) as cargo:
            for (task, kind, text), result in zip(answers, results, strict=True):
                passes = cargo.passes(task, text)
                seen[kind, passes] += 1
                if passes != (result.status == "passed"):
                    differ.append((spec, kind, passes, result, text))
    with capsys.disabled():
        print(f"\n{sum(seen.values())} answers, {len(differ)} differ; {dict(seen)}")
        for spec, kind, passes, result, text in differ[:20]:
            print(
                f"  {spec} {kind}: cargo {'passes' if passes else 'fails'}, graded {result.status} ({result.reason}): {text[:300]!r}"
            )
    assert not differ


@pytest.mark.parametrize("loops", [0, 4])
def test_verdicts_are_steady(crates, loops, capsys):
    """300 answers ten times, idle and beside busy loops."""
    spec = max(crates, key=lambda spec: len(crates[spec]))
    answers = [(task["id"], text) for task, _, text in answers_to(crates[spec], 300)]
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
    try:
        with CrateGrader(FOLDER / "crates" / spec, crates[spec]) as grader:
            rounds = [[result.status for result in grader.grade(answers)] for _ in range(10)]
    finally:
        for process in busy:
            process.kill()
            process.wait()
    changed = sum(len(set(statuses)) > 1 for statuses in zip(*rounds, strict=True))
    with capsys.disabled():
        print(f"\n{len(answers)} answers, ten times beside {loops} busy loops: {changed} verdicts changed")
    assert not changed
