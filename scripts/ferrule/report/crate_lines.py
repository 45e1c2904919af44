"""The crates of a run: verdicts, gates, functions, rows and costs, also of those that a run has not finished."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ferrule.core.reasons import Gate
from ferrule.report.results_folder import Results
from ferrule.workflow.run_costs import JobCost

NOT_FINISHED = "not finished"
MEANINGS = {str(gate): gate.meaning for gate in Gate}


@dataclass
class CrateLine:
    """One crate of the list."""

    spec: str
    verdict: str  # accepted, refused, or not finished
    reasons: list[str] = field(default_factory=list)  # the gates that refused it, with value and limit
    gates: list[dict[str, Any]] = field(default_factory=list)  # as in verdict.json
    license: str = ""
    edition: str = ""
    repository: str = ""
    functions: int | None = None
    live: int | None = None  # functions that the compiler reaches
    covered: int | None = None  # functions that the crate's own tests cover
    tests: int | None = None
    lints: dict[str, int] = field(default_factory=dict)  # clippy's warnings
    rows: int = 0
    cpu: float | None = None  # seconds
    steps: list[tuple[str, float]] = field(default_factory=list)  # CPU seconds by rule, the most first


def crate_lines(results: Results, rows: Mapping[str, int], jobs: list[JobCost]) -> list[CrateLine]:
    """A line for each crate of the run: accepted ones by rows, then unfinished and refused ones by name."""
    costs: dict[str, dict[str, float]] = {}
    for job in jobs:
        if job.cost:
            costs.setdefault(job.wildcards, {})[job.rule] = job.cost.cpu
    lines = [_line(results, spec, rows, costs.get(spec)) for spec in listed(results)]
    order = {"accepted": 0, NOT_FINISHED: 1, "refused": 2}
    return sorted(lines, key=lambda line: (order[line.verdict], -line.rows, line.spec))


def listed(results: Results) -> list[str]:
    """The crates of the run: of its list, or those that have a folder."""
    named = results.read("work/crates.txt", lambda path: path.read_text(encoding="utf-8").splitlines())
    specs = [line.split("\t")[0] for line in named or ()]
    return specs or [path.name for path in results.glob("crates/*") if path.is_dir()]


def _line(
    results: Results, spec: str, rows: Mapping[str, int], costs: Mapping[str, float] | None
) -> CrateLine:
    def file(name: str) -> dict[str, Any]:
        return results.json(f"crates/{spec}/{name}.json") or {}

    verdict, crate, judged, tested = file("verdict"), file("crate"), file("judge"), file("behaviour")
    identity = f"{crate['name']}@{crate['version']}" if crate.get("version") else spec
    line = CrateLine(
        spec,
        verdict=("accepted" if verdict["accepted"] else "refused") if verdict else NOT_FINISHED,
        gates=verdict.get("gates", []),
        license=crate.get("license") or "",
        edition=crate.get("edition") or "",
        repository=crate.get("repository") or "",
        functions=judged.get("functions"),
        live=judged.get("live") if judged.get("status") == "ok" else None,
        covered=tested.get("covered") if tested.get("status") == "ok" else None,
        tests=tested.get("tests"),
        lints=file("clippy").get("figures", {}).get("lints", {}),
        rows=rows.get(identity, 0),
    )
    failed = [gate for gate in line.gates if gate["gate"] in verdict.get("failed", ())]
    # A crate that was refused before it was unpacked failed to be fetched for that very reason.
    said = [gate for gate in failed if gate["gate"] != "fetched"] or failed
    line.reasons = [gate_in_words(gate) for gate in said]
    if costs:
        line.cpu = sum(costs.values())
        line.steps = sorted(costs.items(), key=lambda step: (-step[1], step[0]))
    return line


def gate_in_words(gate: Mapping[str, Any]) -> str:
    """`edition: 2018, the limit is 2021`; a reason instead of the value where the gate gives one."""
    said = str(gate["reason"] or shown(gate["value"]))
    limit = gate["threshold"]
    if gate["reason"] or limit is None or isinstance(limit, list):
        return f"{gate['gate']}: {said}"
    return f"{gate['gate']}: {said}, the limit is {shown(limit)}"


def shown(value: Any) -> str:
    """A value or threshold of a gate, for a table cell."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return f"{len(value)} allowed"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
