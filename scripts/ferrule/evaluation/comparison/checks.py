"""Whether the results of two models may be compared, and what a reader must know about the comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ferrule.evaluation.metrics.metrics_page import some
from ferrule.evaluation.metrics.metrics_types import Metrics, Settings
from ferrule.evaluation.metrics.outcomes import ResultRow
from ferrule.evaluation.problems.problem import Problem, set_hash
from ferrule.evaluation.problems.subset import in_words, subset_of


class NotComparable(ValueError):
    """The models were not measured in the same way: a difference would say nothing."""


@dataclass(frozen=True)
class Model:
    """The output of the rule `compute_metrics` for a model or a run, and its sampling settings."""

    name: str
    rows: list[ResultRow]
    metrics: Metrics
    sampling: dict[str, Any] = field(default_factory=dict)
    # Records of expert iteration, by name of the round.
    trained_on: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def given(self) -> Counter[str]:
        return Counter(row["task_id"] for row in self.rows)

    @cached_property
    def counted(self) -> Counter[str]:
        return Counter(row["task_id"] for row in self.rows if row["status"] != "infrastructure")

    def is_unjudged(self, problem: str) -> bool:
        """Whether the model has samples of a problem, but the machine failed on all of them."""
        return self.given[problem] > 0 and not self.counted[problem]

    def judged(self, problems: Collection[str]) -> list[ResultRow]:
        return [row for row in self.rows if row["status"] != "infrastructure" and row["task_id"] in problems]


def check(problems: dict[str, Problem], base: Model, run: Model) -> dict[str, Problem]:
    """The problems on which both were measured: the set, or the subset that both took of it.

    NotComparable, with all faults, unless both were measured in the same way and their files fit together.
    """
    faults = [
        f"{what} differ: {base.name} has {a or 'none'}, {run.name} has {b or 'none'}"
        for what, a, b in (
            ("the benchmarks", base.metrics["benchmark"], run.metrics["benchmark"]),
            ("the hashes of the problem set", set_of(base), set_of(run)),
            ("the toolchains", base.metrics["toolchain"], run.metrics["toolchain"]),
        )
        if a != b
    ]
    if (given_hash := set_hash(problems.values())) not in (set_of(base), set_of(run)) and not faults:
        faults.append(f"the problem file has the hash {given_hash}, the results are of {set_of(base)}")
    if not faults:
        problems = measured(problems, base, run)
    for model in (base, run):
        if unknown := [name for name in model.given if name not in problems]:
            faults.append(f"{model.name} has samples of problems that are not in the set: {some(unknown)}")
        if not model.counted:
            faults.append(f"{model.name} has no sample with a verdict")
        elif not fits(model):
            faults.append(
                f"results and metrics of {model.name} do not fit together; delete both and run again"
            )
    faults += other_problems(base, run) + other_problems(run, base)
    if faults:
        raise NotComparable(f"{run.name} cannot be compared with {base.name}:\n" + "\n".join(faults))
    return problems


def measured(problems: dict[str, Problem], base: Model, run: Model) -> dict[str, Problem]:
    """The problems that both took of the set. NotComparable, in one line, if they are different ones."""
    one, other = (model.metrics.get("subset") for model in (base, run))
    words = [in_words(subset) if subset else f"all {len(problems):,} problems" for subset in (one, other)]
    if (one and one["sha256"]) != (other and other["sha256"]):
        raise NotComparable(
            f"{run.name} cannot be compared with {base.name}: {base.name} was measured on {words[0]}, {run.name} on "
            f"{words[1]}; measure both with the same evaluate.sample_n and evaluate.sample_seed"
        )
    if one is None:
        return problems
    taken, subset = subset_of(problems, {"sample_n": one["n"], "sample_seed": one["seed"]})
    if subset is None or subset["sha256"] != one["sha256"]:
        raise NotComparable(
            f"{run.name} cannot be compared with {base.name}: their subset, {words[0]}, is not the one that this "
            "version takes; delete the results of both and run again"
        )
    return taken


def set_of(model: Model) -> str:
    return model.metrics["problem_set"]["hash"]


def other_problems(model: Model, other: Model) -> list[str]:
    """A line if the model has samples of problems of which the other has none."""
    only = [name for name in model.given if not other.given[name]]
    return [
        f"{model.name} has samples of {len(only)} problems of which {other.name} has none: {some(only)}"
    ] * bool(only)


def fits(model: Model) -> bool:
    """Whether the metrics were computed from these rows, judging by the correct samples of each problem."""
    correct = Counter(row["task_id"] for row in model.rows if row["status"] == "passed")
    recorded = model.metrics["views"]["policy_off"]["per_problem"]
    return all((model.counted[p["id"]], correct[p["id"]]) == (p["n"], p["correct"]) for p in recorded)


def notes(problems: dict[str, Problem], base: Model, run: Model, settings: Settings) -> list[str]:
    """What a reader of the comparison must know although it does not prevent the comparison."""
    lines = [
        f"{model.name} was trained on answers to these very problems (expert iteration {name}): on them it says "
        "nothing about problems that it has not seen."
        for model in (run, base)
        for name, record in sorted(model.trained_on.items())
        if record["problem_set"]["hash"] == set_of(model)
    ]
    lines += [
        f"The sampling settings differ, {key}: {a} for {base.name}, {b} for {run.name}. A difference may come from that."
        for key, a, b in differing(base.sampling, run.sampling)
    ]
    types = [model.metrics["samples"].get("dtypes", []) for model in (base, run)]
    if all(types) and types[0] != types[1]:
        lines.append(
            f"The samples were drawn with weights in {', '.join(types[0])} for {base.name} and in"
            f" {', '.join(types[1])} for {run.name}. A difference may come from that."
        )
    a, b = ({count for name, count in model.given.items()} for model in (base, run))
    if a != b or len(a) > 1:
        lines.append(
            f"The samples per problem differ: {spread(a)} for {base.name}, {spread(b)} for {run.name}. "
            "pass@k goes as far as the fewest."
        )
    if missing := [name for name in problems if not base.given[name] and not run.given[name]]:
        lines.append(
            f"{len(missing)} problems have no sample of either and count as not solved: {some(missing)}."
        )
    if unjudged := [name for name in problems if base.is_unjudged(name) or run.is_unjudged(name)]:
        lines.append(f"The machine failed on {len(unjudged)} problems, which are left out: {some(unjudged)}.")
    for model in (base, run):
        if count := sum(row["status"] == "infrastructure" for row in model.rows):
            lines.append(f"The machine failed on {count} samples of {model.name}; they are in no figure.")
        if "policy" in model.metrics["settings"] and "policy" in settings:
            if set(model.metrics["settings"]["policy"]) != set(settings["policy"]):
                lines.append(f"The policy is another one than in the metrics of {model.name}.")
    if failing := base.metrics["references"]["not_passed"]:
        lines.append(f"The reference of {len(failing)} problems does not pass itself: {some(failing)}.")
    if not base.sampling or not run.sampling:
        lines.append("How the samples were drawn is not known for both: no record of it was given.")
    return lines


def differing(
    base: dict[str, Any], run: dict[str, Any], before: str = ""
) -> list[tuple[str, object, object]]:
    """(full name, value for base, value for run) of the settings that differ; none if a side has no settings."""
    differences: list[tuple[str, object, object]] = []
    for key in sorted(base.keys() | run.keys() if base and run else ()):
        a, b = base.get(key), run.get(key)
        if isinstance(a, dict) and isinstance(b, dict):
            differences += differing(a, b, f"{before}{key}.")
        elif a != b:
            differences.append((before + key, a, b))
    return differences


def spread(counts: Iterable[int]) -> str:
    least, most = min(counts), max(counts)
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"
