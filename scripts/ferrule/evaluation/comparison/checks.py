"""Whether two models' results may be compared at all, and what a reader has to know of the comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from ferrule.evaluation.problems.problem import Problem, set_hash


class NotComparable(ValueError):
    """The two were not measured alike: a difference would say nothing."""


@dataclass(frozen=True)
class Model:
    """What the step `metrics` wrote of a model or a run, and how it was sampled."""

    name: str
    rows: list[dict]
    metrics: dict
    sampling: dict = field(default_factory=dict)
    trained_on: dict = field(default_factory=dict)  # records of expert iteration, by name of the round

    @cached_property
    def given(self) -> Counter[str]:
        return Counter(row["task_id"] for row in self.rows)

    @cached_property
    def counted(self) -> Counter[str]:
        return Counter(row["task_id"] for row in self.rows if row["status"] != "infrastructure")

    def fell_on(self, problem: str) -> bool:
        """Whether it has samples of a problem, and the machine failed on all of them."""
        return self.given[problem] > 0 and not self.counted[problem]

    def judged(self, problems: Collection[str]) -> list[dict]:
        return [row for row in self.rows if row["status"] != "infrastructure" and row["task_id"] in problems]


def check(problems: dict[str, Problem], base: Model, run: Model) -> None:
    """NotComparable, with everything that is wrong, unless both were measured alike and their files fit."""
    wrong = [
        f"{what} differ: {base.name} has {a or 'none'}, {run.name} has {b or 'none'}"
        for what, a, b in (
            ("the benchmarks", base.metrics["benchmark"], run.metrics["benchmark"]),
            ("the hashes of the problem set", set_of(base), set_of(run)),
            ("the toolchains", base.metrics["toolchain"], run.metrics["toolchain"]),
        )
        if a != b
    ]
    if (here := set_hash(problems.values())) not in (set_of(base), set_of(run)) and not wrong:
        wrong.append(f"the problem file has the hash {here}, the results are of {set_of(base)}")
    for model in (base, run):
        if strange := [name for name in model.given if name not in problems]:
            wrong.append(f"{model.name} has samples of problems that are not in the set: {some(strange)}")
        if not model.counted:
            wrong.append(f"{model.name} has no sample with a verdict")
        elif not fits(model):
            wrong.append(
                f"results and metrics of {model.name} do not fit together; delete both and run again"
            )
    wrong += other_problems(base, run) + other_problems(run, base)
    if wrong:
        raise NotComparable(f"{run.name} cannot be compared with {base.name}:\n" + "\n".join(wrong))


def set_of(model: Model) -> str:
    return model.metrics["problem_set"]["hash"]


def other_problems(one: Model, other: Model) -> list[str]:
    only = [name for name in one.given if not other.given[name]]
    return [
        f"{one.name} has samples of {len(only)} problems of which {other.name} has none: {some(only)}"
    ] * bool(only)


def fits(model: Model) -> bool:
    """Whether the rows are those that the metrics were made of, by the correct samples of each problem."""
    correct = Counter(row["task_id"] for row in model.rows if row["status"] == "passed")
    told = model.metrics["views"]["policy_off"]["per_problem"]
    return all((model.counted[p["id"]], correct[p["id"]]) == (p["n"], p["correct"]) for p in told)


def notes(problems: dict[str, Problem], base: Model, run: Model, settings: dict) -> list[str]:
    """What does not forbid the comparison and has to be read with it."""
    found = [
        f"{model.name} was trained on answers to these very problems (expert iteration {name}): on them it says "
        "nothing about problems that it has not seen."
        for model in (run, base)
        for name, record in sorted(model.trained_on.items())
        if record["problem_set"]["hash"] == set_of(model)
    ]
    found += [
        f"The sampling settings differ, {key}: {a} for {base.name}, {b} for {run.name}. A difference may come from that."
        for key, a, b in differing(base.sampling, run.sampling)
    ]
    a, b = ({count for name, count in model.given.items()} for model in (base, run))
    if a != b or len(a) > 1:
        found.append(
            f"The samples per problem differ: {spread(a)} for {base.name}, {spread(b)} for {run.name}. "
            "pass@k goes as far as the fewest."
        )
    if missing := [name for name in problems if not base.given[name] and not run.given[name]]:
        found.append(
            f"{len(missing)} problems have no sample of either and count as not solved: {some(missing)}."
        )
    if fell := [name for name in problems if base.fell_on(name) or run.fell_on(name)]:
        found.append(f"The machine failed on {len(fell)} problems, which are left out: {some(fell)}.")
    for model in (base, run):
        if count := sum(row["status"] == "infrastructure" for row in model.rows):
            found.append(f"The machine failed on {count} samples of {model.name}; they are in no figure.")
        if "policy" in model.metrics["settings"] and "policy" in settings:
            if set(model.metrics["settings"]["policy"]) != set(settings["policy"]):
                found.append(f"The policy is another one than in the metrics of {model.name}.")
    if failing := base.metrics["references"]["not_passed"]:
        found.append(f"The reference of {len(failing)} problems does not pass itself: {some(failing)}.")
    if not base.sampling or not run.sampling:
        found.append("How the samples were drawn is not known for both: no record of it was given.")
    return found


def differing(one: dict, other: dict, before: str = "") -> list[tuple[str, object, object]]:
    """The settings that are not the same, with their names in full."""
    found = []
    for key in sorted(one.keys() | other.keys() if one and other else ()):
        a, b = one.get(key), other.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            found += differing(a, b, f"{before}{key}.")
        elif a != b:
            found.append((before + key, a, b))
    return found


def spread(counts: Iterable[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def some(names: Iterable[str], most: int = 5) -> str:
    names = list(names)
    return ", ".join(names[:most]) + (f" and {len(names) - most:,} more" if len(names) > most else "")
