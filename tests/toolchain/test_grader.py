"""The grader for trainers, on fixture crates: batches, threads, single calls, killed processes, limits, bad input."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from leftover_processes import adopt_orphans, descendants
from task_folder import fenced, write_folder

from ferrule.core.files import write_rows
from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TASKS
from ferrule.grading.task_rows import read_tasks
from ferrule.rewards import verl
from ferrule.rewards.grader import Grader, default_grader
from ferrule.rewards.known_answers import reference_answer, stub_answer
from ferrule.rewards.trl import reward_of, trl_reward
from ferrule.rewards.workers import Worker

ROOT = Path(__file__).parents[2]
MARKS = ("ferrule.rewards.worker_process", "bwrap")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks") / "tasks"
    write_folder(folder)
    return folder


@pytest.fixture(scope="module")
def grader(folder):
    with Grader(folder) as grader:
        yield grader


@pytest.fixture
def copied(folder, tmp_path):
    return Path(shutil.copytree(folder, tmp_path / "tasks"))


def both(grader):
    """Answers, and whether each passes: of every task its reference and its stub."""
    pairs = []
    for task in grader.tasks.values():
        pairs += [((task["id"], reference_answer(task)), True), ((task["id"], stub_answer(task)), False)]
    return pairs


def verdicts(results):
    return [result.status == AnswerStatus.PASSED for result in results]


def test_a_batch_of_two_crates(grader):
    pairs = both(grader) * 2
    results = grader.grade([answer for answer, _ in pairs])
    assert verdicts(results) == [passes for _, passes in pairs]
    assert [result.task_id for result in results] == [id_ for (id_, _), _ in pairs]
    assert all(
        result.score == result.share == float(passes)
        for result, (_, passes) in zip(results, pairs, strict=True)
    )


def test_from_threads(grader):
    pairs = both(grader)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda pair: grader.grade([pair[0]]), pairs))
    assert [verdicts(results) for results in found] == [[passes] for _, passes in pairs]


def test_single_calls_wait_together(grader, monkeypatch):
    """What comes while a worker is busy with a crate is one batch afterwards."""
    sizes, busy = [], threading.Event()
    graded = Worker._graded

    def recorded(worker, spec, answers, attempts):
        sizes.append((spec, len(answers)))
        busy.set()
        return graded(worker, spec, answers, attempts)

    monkeypatch.setattr(Worker, "_graded", recorded)
    pairs = [pair for pair in both(grader) if grader.tasks[pair[0][0]]["crate"] == "tidy"]

    async def singles():
        first = asyncio.ensure_future(grader.grade_one(*pairs[0][0]))
        await asyncio.to_thread(busy.wait)
        rest = [grader.grade_one(*answer) for answer, _ in pairs[1:]]
        return [await first, *await asyncio.gather(*rest)]

    results = asyncio.run(singles())
    assert verdicts(results) == [passes for _, passes in pairs]
    assert sizes == [("tidy@0.1.0", 1), ("tidy@0.1.0", len(pairs) - 1)]


@pytest.mark.parametrize(
    "moment", [pytest.param(0.05, marks=pytest.mark.slow), 0.5, pytest.param(2.0, marks=pytest.mark.slow)]
)
def test_a_killed_worker(folder, moment):
    with Grader(folder, workers=1) as grader:
        pairs = both(grader)
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(grader.grade, [answer for answer, _ in pairs])
            (worker,) = grader.workers
            while worker.process is None:
                time.sleep(0.01)
            time.sleep(moment)
            worker.process.kill()
            assert verdicts(found.result()) == [passes for _, passes in pairs]


def test_a_worker_that_always_dies(folder, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Grader(folder) as grader:
        answers = [answer for answer, _ in both(grader)]
        results = grader.grade(answers)
    assert [result.task_id for result in results] == [id_ for id_, _ in answers]
    assert {result.status for result in results} == {AnswerStatus.INFRASTRUCTURE}
    assert {result.reason for result in results} == {
        f"{spec}: the process that graded it died each time" for spec in ("tidy@0.1.0", "covered@0.1.0")
    }


def test_a_killed_grader_leaves_no_process(folder):
    """A trainer without a main guard, killed while its workers build."""
    adopt_orphans()
    code = (
        "import sys; from ferrule.rewards.grader import Grader\n"
        f"grader = Grader({str(folder)!r})\n"
        "print(len(grader.warm()), flush=True)\n"
        "while True: grader.grade([(t['id'], t['reference'] + f'// {n}') for t in grader.tasks.values() for n in range(9)])\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"0\n"
    mine = {child.pid for child in psutil.Process(process.pid).children(recursive=True)}
    assert mine & descendants(*MARKS).keys()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    while mine & descendants(*MARKS).keys():  # until the kernel has ended them
        time.sleep(0.05)


def test_nobody_waits_longer_than_the_limit(folder):
    with Grader(folder) as grader:
        pairs = both(grader)
        late = grader.grade([answer for answer, _ in pairs], limit_seconds=0)
        assert {(result.status, result.reason) for result in late} == {
            (AnswerStatus.INFRASTRUCTURE, "not graded within 0 s")
        }
        grader.limit_seconds = 0
        assert asyncio.run(grader.grade_one(*pairs[0][0])).reason == "not graded within 0 s"
        assert verdicts(grader.grade([pairs[0][0]], limit_seconds=600)) == [True]


def test_closed_while_answers_wait(folder):
    grader = Grader(folder, workers=1)
    (worker,) = grader.workers
    futures = [grader.submit(*answer) for answer, _ in both(grader)]
    while worker.process is None:
        time.sleep(0.01)
    process, place = worker.process, Path(worker.folder)
    grader.close()
    assert {future.result()[0].reason for future in futures} == {"the grader was closed"}
    assert process.poll() is not None and not place.exists()
    assert [result.reason for result in grader.grade([("x", ""), both(grader)[0][0]])] == [
        f"{folder} has no task 'x'",
        "the grader is closed",
    ]


# --- bad input ------------------------------------------------------------------------------------


def test_odd_answers(grader):
    id_, task = next(iter(grader.tasks.items()))
    good = reference_answer(task)
    odd = [
        "",
        "\0",
        f"\0{good}",
        "\ud800",
        "x" * 5_000_000,
        good + "y" * 5_000_000,
        good.replace("{", "{\0", 1),
    ]
    results = grader.grade([(id_, text) for text in [*odd, good]])
    assert verdicts(results)[-1]
    assert not any(verdicts(results)[:2] + verdicts(results)[3:-1])
    assert AnswerStatus.INFRASTRUCTURE not in {result.status for result in results}
    (unknown,) = grader.grade([("no such task", good)])
    assert "has no task 'no such task'" in unknown.reason and unknown.score == 0


def test_thousands_of_answers_for_one_task(grader):
    id_, task = next(iter(grader.tasks.items()))
    texts = [stub_answer(task), reference_answer(task)]
    texts += [fenced(task["reference"].replace("{", f"{{ let _ = {n};", 1)) for n in range(220)]
    results = grader.grade([(id_, text) for text in texts * 10])
    assert verdicts(results) == ([False] + [True] * 221) * 10


def test_one_crate_that_cannot_be_graded(copied):
    """Named in the results of its answers; the other crate is graded."""

    def graded(crates=("tidy",)):
        with Grader(copied) as grader:
            found = {"covered": []}
            for (id_, text), passes in both(grader):
                if (crate := grader.tasks[id_]["crate"]) in crates:
                    found.setdefault(crate, []).append((id_, text, passes))
            answers = [(id_, text) for rows in found.values() for id_, text, _ in rows]
            results = dict(zip(answers, grader.grade(answers), strict=True))
            for id_, text, passes in found["covered"]:
                assert (results[id_, text].status == AnswerStatus.PASSED) == passes
            (reason,) = {results[id_, text].reason for id_, text, _ in found["tidy"]}
            assert {results[id_, text].status for id_, text, _ in found["tidy"]} == {
                AnswerStatus.INFRASTRUCTURE
            }
            assert grader.warm(f"{crate}@0.1.0" for crate in crates) == {"tidy@0.1.0": reason}
            return reason

    crate = copied / "crates/tidy@0.1.0"
    tasks = read_tasks(copied / "tasks.parquet")
    lib = (crate / "source/src/stats.rs").read_text()
    (crate / "source/src/stats.rs").write_text(lib + "fn broken() -> u32 { true }\n")
    assert "tidy@0.1.0: the tests do not compile" in graded(["tidy", "covered"])
    (crate / "source/src/stats.rs").write_text(lib)

    text = (crate / "crate.json").read_text()
    (crate / "crate.json").write_text(text.replace('"0.1.0"', '"0.2.0"'))
    assert "has tidy@0.2.0, another version than its tasks" in graded()
    (crate / "crate.json").write_text(text)

    changed = [task | dict(rustc="1.1.1") if task["crate"] == "tidy" else task for task in tasks]
    write_rows(copied / "tasks.parquet", changed, TASKS)
    assert "proved with 1.1.1" in graded()
    write_rows(copied / "tasks.parquet", tasks, TASKS)

    shutil.rmtree(crate)
    assert "run `snakemake tasks` again" in graded()


def test_unsafe_tasks_are_left_out(copied):
    tasks = read_tasks(copied / "tasks.parquet")
    changed = [task | dict(unsafe=task["crate"] == "tidy") for task in tasks]
    write_rows(copied / "tasks.parquet", changed, TASKS)
    with Grader(copied) as grader:
        assert {task["crate"] for task in grader.tasks.values()} == {"covered"}
        (result,) = grader.grade([(tasks[0]["id"], tasks[0]["reference"])])
        assert "needs unsafe code" in result.reason


def test_no_tasks(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="snakemake --cores 2 tasks"):
        Grader(tmp_path)
    monkeypatch.delenv("FERRULE_TASKS", raising=False)
    with pytest.raises(ValueError, match="set FERRULE_TASKS"):
        default_grader()


# --- clients that need no library -----------------------------------------------------------------


def test_trl_reward(grader, monkeypatch):
    logged = {}
    reward = reward_of(grader, lambda result: 0.5 * result.compiles + 0.5 * result.score)
    (id_, task), _ = list(grader.tasks.items())[:2]
    good, bad = reference_answer(task), stub_answer(task)
    chat = [[dict(role="assistant", content=text)] for text in (good, bad)]
    parts = [[dict(role="assistant", content=[dict(type="text", text=good)])], []]
    for completions, expected in (([good, bad], [1, 0.5]), (chat, [1, 0.5]), (parts, [1, 0])):
        found = reward(
            prompts=["", ""],
            completions=completions,
            completion_ids=[[1], [2]],
            task_id=[id_, id_],
            log_metric=lambda name, value: logged.update({name: value}),
            log_extra=lambda name, values: logged.update({name: values}),
            trainer_state=None,
        )
        assert found == expected
    assert logged == {
        "ferrule/compiles": 0.5, "ferrule/tests_passed": 0.5, "status": ["passed", "no_answer"],
    }  # fmt: skip
    assert reward(prompts=[""], completions=[good], task_id=["unknown"]) == [None]

    monkeypatch.setenv("FERRULE_TASKS", str(grader.folder))
    assert trl_reward(["", ""], [good, bad], [id_, id_]) == [1, 0]
    scores = asyncio.run(all_of_verl(id_, good, bad))
    assert [score["score"] for score in scores] == [1, 0]
    default_grader().close()


async def all_of_verl(id_, *texts):
    return await asyncio.gather(*(verl.compute_score("ferrule", text, id_, {}) for text in texts))
