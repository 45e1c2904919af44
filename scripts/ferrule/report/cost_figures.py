"""What the jobs of a run cost, by rule."""

from __future__ import annotations

from dataclasses import dataclass

from ferrule.report.crate_lines import CrateLine
from ferrule.workflow.run_costs import JobCost, RunCost


@dataclass
class RuleCost:
    """The measured jobs of one rule."""

    rule: str
    jobs: int
    cpu: float  # seconds
    wall: float
    memory: int  # MB of the largest process
    share: float  # of the CPU seconds of all rules


@dataclass
class Costs:
    """CPU seconds of a results folder."""

    rules: list[RuleCost]  # the most expensive first
    jobs: int
    cpu: float
    unknown: int  # jobs whose log has no cost
    own: float  # of Snakemake's own processes
    per_accepted_crate: float | None  # with what refused crates cost
    of_crates: float


def costs(jobs: list[JobCost], runs: list[RunCost], crates: list[CrateLine]) -> Costs | None:
    """The costs of all jobs; None if no log has one."""
    measured = [(job.rule, job.cost) for job in jobs if job.cost]
    if not measured:
        return None
    total = sum(cost.cpu for _, cost in measured)
    by_rule: dict[str, list] = {}
    for rule, cost in measured:
        by_rule.setdefault(rule, []).append(cost)
    rules = [
        RuleCost(
            rule,
            len(each),
            (cpu := sum(cost.cpu for cost in each)),
            sum(cost.wall for cost in each),
            max(cost.memory for cost in each),
            cpu / (total or 1),
        )
        for rule, each in by_rule.items()
    ]
    accepted = sum(crate.verdict == "accepted" for crate in crates)
    of_crates = sum(crate.cpu or 0 for crate in crates)
    return Costs(
        sorted(rules, key=lambda each: (-each.cpu, each.rule)),
        len(measured),
        total,
        len(jobs) - len(measured),
        sum(run.own_cpu for run in runs),
        of_crates / accepted if accepted else None,
        of_crates,
    )
