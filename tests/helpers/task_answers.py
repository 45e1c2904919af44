"""Answers of many kinds to executable tasks, and what cargo alone says about them."""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from ferrule.core.files import read_json
from ferrule.core.schemas import TaskRow
from ferrule.grading.crate_grader import by_target
from ferrule.grading.task_rows import read_tasks, spec_of
from ferrule.sandbox.session import Session
from ferrule.transforms.mutants.generate import Code, mutants

KINDS = ("reference", "stub", "mutant", "broken", "foreign")


def tasks_of(folder: Path) -> dict[str, list[TaskRow]]:
    """The tasks of each crate that ask for a whole function without unsafe code."""
    found: dict[str, list[TaskRow]] = defaultdict(list)
    for task in read_tasks(folder / "tasks.parquet"):
        if not task["prefix"] and not task["unsafe"]:
            found[spec_of(task)].append(task)
    return found


def answers_to(
    tasks: list[TaskRow], number: int, seed: int = 0, foreign: list[TaskRow] = ()
) -> list[tuple[TaskRow, str, str]]:  # type: ignore[assignment]
    """`number` answers to tasks of one crate: (task, kind, text of the whole function), evenly by kind."""
    draw = random.Random(seed)
    by_function = {(task["file"], task["start"]): task for task in tasks}
    functions = sorted(by_function.values(), key=lambda task: task["id"])
    found: list[tuple[TaskRow, str, str]] = []
    tried = 0
    while len(found) < number and tried < 20 * number:
        task, kind = draw.choice(functions), KINDS[tried % len(KINDS)]
        tried += 1
        text = answer_of(task, kind, draw, list(foreign) or functions)
        if text and (task, kind, text) not in found:
            found.append((task, kind, text))
    return found


def answer_of(task: TaskRow, kind: str, draw: random.Random, others: list[TaskRow]) -> str:
    code, at = task["reference"], task["body"] + 1 - task["start"]
    head, body = code.encode()[:at].decode(), code.encode()[at:].decode()
    if kind == "reference":
        return code
    if kind == "stub":
        return task["stub"]
    if kind == "mutant":
        wrong = mutants(Code(task["id"], head, body))
        return head + draw.choice(wrong).reference if wrong else ""
    if kind == "broken":
        words = re.findall(r"\b[a-z_]{3,}\b", body)
        return head + body.replace(draw.choice(words), "not_there", 1) if words else ""
    other = draw.choice(others)
    return head + other["reference"].encode()[other["body"] + 1 - other["start"] :].decode()


class CargoAlone:
    """A copy of a crate in which `cargo test` judges one answer after the other, without any code of the grading."""

    def __init__(self, folder: Path) -> None:
        self.package = read_json(folder / "crate.json")["package"]
        self.temporary = tempfile.TemporaryDirectory(prefix="ferrule-alone-")
        self.source = Path(self.temporary.name) / "source"
        shutil.copytree(folder / "source", self.source)
        environment = {"RUSTFLAGS": "--cap-lints=allow", "CARGO_PROFILE_TEST_DEBUG": "0"}
        self.session = Session(self.source, package=self.package, environment=environment)
        # By program: whether its tests read the command line and fail if cargo chooses among them.
        self.reads_arguments: dict[str, bool] = {}

    def __enter__(self) -> CargoAlone:
        self.session.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.session.__exit__(*error)
        self.temporary.cleanup()

    def passes(self, task: TaskRow, text: str) -> bool:
        """Whether all tests of the task pass with this text in place of the function."""
        targets = by_target([*task["fail_to_pass"], *task["pass_to_pass"]])
        for target, names in targets.items():
            if target not in self.reads_arguments:
                self.reads_arguments[target] = not self._passed(target, names, choose=True)
        file = self.source / self.package / task["file"]
        original = file.read_bytes()
        file.write_bytes(original[: task["start"]] + text.encode() + original[task["end"] :])
        try:
            return all(
                self._passed(target, names, choose=not self.reads_arguments[target])
                for target, names in targets.items()
            )
        finally:
            file.write_bytes(original)

    def _passed(self, target: str, names: list[str], *, choose: bool) -> bool:
        """Whether these tests pass. `choose` asks cargo for them alone, by arguments that the program can read."""
        chosen = ["--", "--exact", "--test-threads=1", *names] if choose else []
        # An answer that loops is ended by the limit of CPU time, as the grader ends it.
        script = 'ulimit -t 60; RUST_TEST_THREADS=1 exec cargo test --offline "$@"'
        done = self.session.run(["sh", "-c", script, "sh", *target.split(), *chosen], wall_seconds=600)
        if self.session.ended:
            raise RuntimeError(f"the sandbox ended: {done.reason}")
        said = done.stdout.decode(errors="replace")
        if not choose:
            return all(re.search(rf"^test {re.escape(name)} .*\bok$", said, re.M) for name in names)
        return done.status == "ok" and f"test result: ok. {len(names)} passed" in said


def compared(folder: Path, number: int) -> Iterator[tuple[str, TaskRow, str, str]]:
    """(crate, task, kind, text) of `number` answers, as many for each crate."""
    crates = tasks_of(folder)
    every = [task for tasks in crates.values() for task in tasks]
    for spec, tasks in sorted(crates.items()):
        for task, kind, text in answers_to(tasks, -(-number // len(crates)), foreign=every):
            yield spec, task, kind, text
