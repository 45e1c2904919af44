"""Which checkpoints of a run are measured (`monitor` of a run), and in which phase the run is.

A measured checkpoint is sampled and judged like any model, under the name `RUN~checkpoint-STEP`. No name of a user
contains `~`.
"""

from __future__ import annotations

from typing import NamedTuple

from ferrule.workflow.runs import settings_of


class Checkpoint(NamedTuple):
    """An adapter of a run, after a number of steps."""

    run: str
    step: int

    @property
    def name(self) -> str:
        return f"{self.run}~checkpoint-{self.step}"


def steps(settings: dict) -> list[int]:
    """The steps of a run whose adapters are measured, in order: every N, and the last one. Empty if that is off."""
    every, last = settings.get("monitor", {}).get("every"), settings.get("train", {}).get("steps")
    return [*range(every, last, every), last] if every else []


def checkpoints(runs: dict[str, dict]) -> dict[str, Checkpoint]:
    """By name, the measured checkpoints of all runs."""
    found = [Checkpoint(run, step) for run, settings in runs.items() for step in steps(settings)]
    return {checkpoint.name: checkpoint for checkpoint in found}


def monitored(config: dict) -> list[str]:
    """The runs under `runs` that are monitored."""
    return [name for name, changes in config["runs"].items() if steps(settings_of(config, changes))]


def phase(settings: dict) -> str:
    """The phase of a run, whose targets count: as it is set, otherwise by what the run begins with and learns from."""
    if chosen := settings["monitor"]["phase"]:
        return chosen
    if any(source.startswith("experts:") for source in settings["sources"]):
        return "expert_iteration"
    return "phase_2" if settings["continue_from"] else "phase_1"
