"""Grades answers to the tasks of one crate, many in one build.

    with CrateGrader(crate_folder, tasks, options) as grader:
        results = grader.grade([("5f0c...", "```rust\\nfn double(x: u32) -> u32 { 2 * x }\\n```"), ...])

Answers are put behind switches in the crate's own source, beside the author's functions. One build compiles all of them;
rustc's errors say which do not compile. Each of the others then runs the tests of its task in a process of its own, in
an answer room, which has neither source nor other answers. An answer that passes is believed only if the
same program fails with the function removed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.function_switches import Form
from ferrule.compiler.judge import Function
from ferrule.core.files import read_json
from ferrule.core.reasons import AnswerStatus
from ferrule.core.schemas import TaskRow
from ferrule.crates import cargo
from ferrule.grading.answer_functions import answer_function, risky_macros
from ferrule.grading.crate_programs import Build, CratePrograms, NotBuilt
from ferrule.grading.program_room import NoProgram, ProgramRoom, Ran
from ferrule.grading.task_rows import spec_of
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.session import Limits

BATCH = 200  # answers in one build


class TaskGone(ValueError):
    """A crate's folder does not fit its tasks; the message names the crate and what to do."""


@dataclass(frozen=True)
class Result:
    """The verdict on an answer. Partial credit has figures of its own and is never mixed into one number."""

    task_id: str
    status: str  # an AnswerStatus; `passed` only where all tests of the task passed
    reason: str = ""
    error_code: str = ""  # rustc's, of the first error
    parses: bool = False
    compiles: bool = False
    tests_passed: int = 0  # of fail_to_pass, and of pass_to_pass once those passed
    tests_total: int = 0

    @property
    def score(self) -> float:
        """1 for an answer that passes, else 0."""
        return float(self.status == AnswerStatus.PASSED)

    @property
    def share(self) -> float:
        """The share of the task's tests that passed."""
        return self.tests_passed / self.tests_total if self.tests_total else 0.0


@dataclass(frozen=True)
class GradeOptions:
    """Limits of the compiler and of an answer's tests; `mode` is that of both sandboxes: bubblewrap or none."""

    compiler: Limits = field(default_factory=Limits)
    limits: JudgeLimits = field(default_factory=JudgeLimits)
    mode: str = "bubblewrap"
    jobs: int = 1


@dataclass
class Asked:
    """An answer that is being graded, and its form once it has one."""

    place: int
    task: TaskRow
    form: Form
    twins: list[int] = field(default_factory=list)  # places of answers with the same text


class CrateGrader:
    """One crate: its private copy, a warm sandbox with the compiled dependencies, and an answer room."""

    def __init__(
        self, folder: Path, tasks: Iterable[TaskRow], options: GradeOptions = GradeOptions()
    ) -> None:
        """`folder` has crate.json and source/, and dependencies.tar, which is made where it is missing."""
        self.folder, self.options = folder, options
        self.tasks = {task["id"]: task for task in tasks}
        self.crate = crate_of(folder, self.tasks.values())
        self.built = BuiltTests(
            folder / "source",
            self.crate["package"],
            self.crate["targets"],
            features=next((task["features"] for task in self.tasks.values()), "default"),
            limits=options.compiler,
            mode=options.mode,
            jobs=options.jobs,
            prepared=folder / "dependencies.tar",
        )
        self.programs = CratePrograms(self.built)
        self.room = ProgramRoom(options.limits, options.mode)
        self.forbidden = risky_macros(folder / "source" / self.crate["package"])

    def __enter__(self) -> CrateGrader:
        os.umask(0o022)  # the sandbox reads the copy as another user
        self.built.__enter__()
        self.room.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.room.__exit__(*error)
        self.built.__exit__(*error)

    def grade(self, answers: Iterable[tuple[str, str]]) -> list[Result]:
        """The results of (task id, text), in their order. Equal answers to one task are graded once."""
        answers = list(answers)
        results: list[Result | None] = [None] * len(answers)
        asked: dict[tuple[int, str], Asked] = {}
        for place, (id_, text) in enumerate(answers):
            task = self.tasks.get(id_)
            if task is None:
                results[place] = Result(id_, AnswerStatus.NO_ANSWER, "there is no such task")
                continue
            found = answer_function(
                task, text, f"answer{place}", self.built.original(task["file"]), self.forbidden
            )
            if found.form is None:
                parses = found.status != AnswerStatus.NO_ANSWER and found.reason != "it does not parse"
                results[place] = Result(
                    id_, found.status, found.reason, parses=parses, tests_total=total(task)
                )
                continue
            known = asked.setdefault((task["start"], id_ + found.form.text), Asked(place, task, found.form))
            known.twins.append(place)
        todo = list(asked.values())
        for at in range(0, len(todo), BATCH):
            for one, result in self._graded(todo[at : at + BATCH]):
                for place in one.twins:
                    results[place] = result
        return [result for result in results if result is not None]

    # --- one build --------------------------------------------------------------------------------

    def _graded(self, todo: list[Asked]) -> Iterator[tuple[Asked, Result]]:
        by_form = {one.form: one for one in todo}
        try:
            for forms, build in self.programs.build(
                functions_of(todo), list(by_form), self._targets(todo) or None
            ):
                self.built.prepared.save(self.built.session)
                asked = sorted((by_form[form] for form in forms), key=lambda one: (one.form.chunk, one.place))
                yield from self._results(asked, build)
        except (NotBuilt, NoProgram) as error:
            for one in todo:
                yield one, Result(one.task["id"], AnswerStatus.INFRASTRUCTURE, f"{self.name}: {error}")

    @property
    def name(self) -> str:
        return f"{self.crate['name']}@{self.crate['version']}"

    def _targets(self, todo: list[Asked]) -> list[str]:
        """The programs that the tasks' tests are in, as arguments of `cargo test`."""
        return sorted({target for one in todo for target, _ in map(split, all_tests(one.task))})

    def _results(self, asked: list[Asked], build: Build) -> Iterator[tuple[Asked, Result]]:
        """The results of one build's answers.

        They run program by program, so that each program is loaded two or three times and not for every answer.
        """
        runs = Runs(self.room, build)
        passed = dict.fromkeys((one.place for one in asked), 0)
        failed: dict[int, Ran] = {}  # by place: the first run in which a test failed
        going = [one for one in asked if one.form not in build.errors]
        for kind in ("fail_to_pass", "pass_to_pass"):
            tests = {one.place: by_target(one.task[kind]) for one in going}
            for target in sorted({target for found in tests.values() for target in found}):
                for one in going:
                    names = tests[one.place].get(target)
                    if names and one.place not in failed:
                        ran = runs.run(target, names, build.numbers[one.form], one.task["cpu_seconds"])
                        passed[one.place] += len(ran.passed)
                        if ran.status != AnswerStatus.PASSED:
                            failed[one.place] = ran
            going = [one for one in going if one.place not in failed]
        for one in sorted(asked, key=lambda one: one.task["fail_to_pass"][:1]):
            task, id_ = one.task, one.task["id"]
            if one.form in build.errors:
                yield one, not_compiled(task, *build.errors[one.form])
                continue
            status: str = AnswerStatus.PASSED
            reason = ""
            if one.place in failed:
                status, reason = failed[one.place].status, failed[one.place].message
            elif not runs.fails_without(task):
                status = AnswerStatus.INFRASTRUCTURE
                reason = f"{self.name}: the tests of task {id_} pass without the function as well"
            yield one, Result(id_, status, reason, "", True, True, passed[one.place], total(task))


class Runs:
    """Runs of one build's programs."""

    def __init__(self, room: ProgramRoom, build: Build) -> None:
        self.room, self.build = room, build
        self.numbers: dict[str, dict[str, int]] = {}  # by program: the numbers of its tests
        self.without: dict[str, bool] = {}  # by function: whether its tests fail without it

    def run(self, target: str, names: list[str], switch: int, cpu_seconds: int) -> Ran:
        """Run tests of a program by name."""
        if target not in self.build.binaries:
            raise NotBuilt(f"{target} was not built")
        self.room.load(self.build.binaries[target])
        if target not in self.numbers:
            self.numbers[target] = {name: number for number, name in enumerate(self.room.tests())}
        known = self.numbers[target]
        if missing := [name for name in names if name not in known]:
            raise NotBuilt(f"{target} has no test {missing[0]}: not the version that the task was made of")
        limits = replace(self.room.limits, cpu_seconds=cpu_seconds)
        ran = self.room.run([known[name] for name in names], switch=switch, limits=limits)
        named = next((name for name in names if known[name] == ran.first), "")
        return replace(ran, message=f"{named}: {ran.message}") if named else ran

    def fails_without(self, task: TaskRow) -> bool:
        """Whether the function's tests fail if it is removed: asked once for each build."""
        key = f"{task['file']}:{task['start']}"
        if key not in self.without:
            stop = self.build.stops.get(key)
            self.without[key] = stop is None or any(
                self.run(target, names[:1], stop, task["cpu_seconds"]).status != AnswerStatus.PASSED
                for target, names in by_target(task["fail_to_pass"]).items()
            )
        return self.without[key]


def not_compiled(task: TaskRow, code: str, message: str) -> Result:
    """The result of an answer that does not compile, with rustc's first error about it."""
    reason = message.strip().splitlines()[0] if message.strip() else code
    return Result(task["id"], AnswerStatus.COMPILE_ERROR, reason, code, parses=True, tests_total=total(task))


def functions_of(todo: list[Asked]) -> list[Function]:
    found = {
        one.form.chunk: Function(
            one.form.chunk, one.task["file"], one.task["start"], one.task["end"], one.task["body"]
        )
        for one in todo
    }
    return list(found.values())


def all_tests(task: TaskRow) -> list[str]:
    return [*task["fail_to_pass"], *task["pass_to_pass"]]


def total(task: TaskRow) -> int:
    return len(task["fail_to_pass"]) + len(task["pass_to_pass"])


def split(argument: str) -> tuple[str, str]:
    """(program, test) of a test as cargo takes it: `--lib a::b`, `--test name a::b`."""
    if argument.startswith("--lib "):
        return "--lib", argument.removeprefix("--lib ")
    kind, name, test = argument.split(" ", 2)
    return f"{kind} {name}", test


def by_target(arguments: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for argument in arguments:
        target, test = split(argument)
        found.setdefault(target, []).append(test)
    return found


def crate_of(folder: Path, tasks: Iterable[TaskRow]) -> dict:
    """The crate.json of a folder, checked against the tasks: version, checksum, compiler, spans."""
    tasks = list(tasks)
    name = spec_of(tasks[0]) if tasks else folder.name
    if not (folder / "crate.json").is_file() or not (folder / "source").is_dir():
        raise TaskGone(f"{name}: {folder} has no crate.json and source; run `snakemake tasks` again")
    crate = read_json(folder / "crate.json")
    rustc = cargo.toolchain()["version"]
    for task in tasks:
        if (task["crate"], task["version"]) != (crate["name"], crate["version"]):
            raise TaskGone(
                f"{name}: {folder} has {crate['name']}@{crate['version']}, another version than its tasks"
            )
        if task["rustc"] != rustc:
            raise TaskGone(
                f"{name}: its tasks were proved with {task['rustc']}, and this is {rustc};"
                " install that toolchain (rustup override set), or run `snakemake tasks` again"
            )
        file = folder / "source" / crate["package"] / task["file"]
        text = file.read_bytes() if file.is_file() else b""
        if text[task["start"] : task["end"]] != task["reference"].encode():
            raise TaskGone(f"{name}: {task['file']} is not the file that task {task['id']} was made of")
    return crate
