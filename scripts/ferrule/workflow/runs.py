"""The runs of a configuration: their full settings, their base models, and the runs that sweeps add.

A run under `runs` names what differs from `run_defaults`. A sweep adds one run for each combination of its values,
by way of Snakemake's Paramspace: `rate-train_learning_rate~0.0001_lora_r~8` is a run of the sweep `rate`.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from ferrule.core.errors import MissingPackages
from ferrule.training.model_references import run_of

# What decides about the rows of a run; the rest decides how it is trained on them.
OF_ROWS = (
    "sources",
    "streaming",
    "interleave",
    "source_weights",
    "task_weights",
    "max_rows",
    "max_val_rows",
    "shuffle_seed",
    "filters",
)


# The prompts and references of the executable tasks in train, as rows: what runs of kind grpo have as their source.
TASK_ROWS = "parquet:results/tasks/rows.parquet"


def all_runs(config: dict) -> dict[str, dict]:
    """Every run by name with all of its settings, those of sweeps among them."""
    runs = {name: settings_of(config, changes) for name, changes in config["runs"].items()}
    for sweep in config["sweeps"]:
        for name, settings, _ in runs_of_sweep(config, sweep):
            runs[name] = settings
    return runs


def settings_of(config: dict, changes: dict) -> dict:
    """All settings of a run: the defaults with its changes. One that continues another has the other's adapter.

    A run that continues an adapter has the adapter's base; what the adapter is made of stands in its record.
    """
    settings = over(config["run_defaults"], changes)
    if settings["kind"] == "grpo":
        settings["sources"] = [TASK_ROWS]
    earlier = settings["continue_from"]
    if run := run_behind(config["runs"], earlier):
        settings["lora"] = lora_of(config, run)
    else:
        settings["lora"] = adapter_of(config, {} if earlier and config["run_defaults"]["lora"] else changes)
    if earlier and earlier not in config["runs"]:
        settings["base"] = base_of_adapter(config, settings)
    return settings


def lora_of(config: dict, run: str) -> dict | None:
    """What the adapter is made of that a run trains: settled by the first run of a chain. None: all weights."""
    first = chain(config["runs"], run)[-1]
    return adapter_of(config, config["runs"].get(first) or {})


def adapter_of(config: dict, changes: dict) -> dict | None:
    """The section `lora` of a run that begins a chain: null switches it off, keys switch it on again."""
    changed = changes.get("lora", {})
    defaults = config["run_defaults"]["lora"]
    if changed is None or not (changed or defaults):
        return None
    return over(defaults or {}, changed)


def run_behind(runs: dict[str, dict], start: str | None) -> str:
    """The run that `continue_from` leads to: itself, or the one whose checkpoint it names; "" if there is none."""
    if not start or start in runs:
        return start or ""
    return run if (run := run_of(start)) in runs else ""


def chain(runs: dict[str, dict], run: str) -> list[str]:
    """A run and those that it continues, the last one first; of runs that go round in a circle each once."""
    found: list[str] = []
    while run and run not in found:
        found.append(run)
        run = run_behind(runs, (runs.get(run) or {}).get("continue_from"))
    return found


def base_of_adapter(config: dict, settings: dict) -> str | None:
    """The base of the adapter that a run begins with, else the run's own; None if nothing says which."""
    start = settings.get("continue_from")
    if start in config["models"]:
        return config["models"][start].get("base")
    if run := run_behind(config["runs"], start):
        first = config["runs"][chain(config["runs"], run)[-1]]
        # Of runs that go round in a circle none is the first.
        return (
            None if run_behind(config["runs"], first.get("continue_from")) else base_of_adapter(config, first)
        )
    return settings.get("base")


def model_behind(models: dict[str, dict], runs: dict[str, dict], start: str | None) -> str:
    """The name under results/models of the adapter that `continue_from` names; "" if that is a run."""
    if not start or start in runs:
        return ""
    return start if start in models else implied_name(start)


def implied_name(reference: str) -> str:
    """A name for an adapter that only a run's `continue_from` mentions: its last two parts and a hash."""
    place = reference.removeprefix("hub:").partition("@")[0].rstrip("/")
    run = run_of(reference)
    parts = [run, *place.split("/")[-1:]] if run else place.split("/")[-2:]
    plain = re.sub(r"[^A-Za-z0-9.-]+", "-", "-".join(parts)).strip("-.")
    return f"{plain[-60:].lstrip('-.')}-{hashlib.sha256(reference.encode()).hexdigest()[:6]}"


def all_models(models: dict[str, dict], runs: dict[str, dict]) -> dict[str, dict]:
    """Every model by name: those of the configuration, and the adapters that only `continue_from` mentions.

    `runs` are those with all settings. Such an adapter has the licence of its base, as far as anything here knows.
    """
    found = dict(models)
    for settings in runs.values():
        start = settings.get("continue_from")
        if (name := model_behind(models, runs, start)) and name not in found:
            base = settings["base"]
            found[name] = {"path": start, "base": base, "license": models[base]["license"]}
    return found


def over(defaults: dict, changes: dict) -> dict:
    """`defaults` with `changes`: sections key by key, weights and lists as a whole."""
    result = copy.deepcopy(defaults)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict) and result[key]:
            result[key] = over(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def base_of(runs: dict[str, dict], run: str) -> str:
    """The base model of a run, through all the runs that it continues."""
    return runs[chain(runs, run)[-1]]["base"]


def compared(config: dict, runs: dict[str, dict]) -> dict[str, str]:
    """Run: what it is compared with. Without a word in `compare`, each run of `runs` with its base."""
    usual = {run: base_of(runs, run) for run in config["runs"]}
    return usual | config["compare"]


def launcher(devices: int) -> str:
    """The command that starts training on so many GPUs of one machine."""
    if devices > 1:
        return f"accelerate launch --num_processes {devices} --num_machines 1 --mixed_precision no --dynamo_backend no"
    return "python"


# Sweeps


def combinations(config: dict, sweep: str) -> list[dict[str, Any]]:
    """The settings that vary, one dictionary for each run: {"train.learning_rate": 0.0001, ...}."""
    values = config["sweeps"][sweep]["values"]
    return [dict(zip(values, each, strict=True)) for each in itertools.product(*values.values())]


def runs_of_sweep(config: dict, sweep: str) -> Iterator[tuple[str, dict, dict[str, Any]]]:
    """(name, all settings, settings that vary) of each run of a sweep."""
    try:
        import pandas
    except ImportError:
        raise MissingPackages("sweeps need the training packages: make train") from None
    from snakemake.utils import Paramspace

    varied = combinations(config, sweep)
    # A column's name becomes part of a file's name: without dots, which pandas does not take there.
    labels = [{path.replace(".", "_"): label(value) for path, value in each.items()} for each in varied]
    space = Paramspace(
        pandas.DataFrame(labels, dtype=object), filename_params="*", param_sep="~", filename_sep="_"
    )
    for pattern, changes in zip(space.instance_patterns, varied, strict=True):
        yield f"{sweep}-{pattern}", with_values(config, sweep, changes), changes


def with_values(config: dict, sweep: str, values: dict[str, Any]) -> dict:
    """All settings of the run of a sweep that has these values."""
    changes = copy.deepcopy(config["runs"][config["sweeps"][sweep]["run"]])
    for path, value in values.items():
        *sections, key = path.split(".")
        place = changes
        for section in sections:
            place[section] = place.get(section) or {}
            place = place[section]
        place[key] = copy.deepcopy(value)
    return settings_of(config, changes)


def label(value: Any) -> str:
    """A value as part of a file's name. Where it cannot stand there as it is, the end is a hash of it."""
    plain = not isinstance(value, (list, dict))
    text = str(value) if plain else "-".join(map(str, value))
    kept = re.sub(r"[^A-Za-z0-9.-]+", "-", text)[:40]
    if plain and kept == text:
        return text
    return f"{kept.strip('-')}-{hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:6]}"


def figures_of_sweep(config: dict, sweep: str) -> list[str]:
    """The files that hold the figures by which a sweep's runs are ranked."""
    return [entry["metrics"] for entry in ranked(config, sweep)]


def ranked(config: dict, sweep: str) -> list[dict]:
    """What is ranked: run, the settings that vary, and the file of its figures."""
    settings = config["sweeps"][sweep]
    by_loss = settings.get("figure", "eval_loss") == "eval_loss"
    benchmark = "" if by_loss else settings.get("benchmark") or config["evaluate"]["benchmarks"][0]
    return [
        {
            "run": name,
            "settings": changes,
            "metrics": (
                f"results/train/{name}/metrics.json"
                if by_loss
                else f"results/evaluate/{benchmark}/{name}/metrics.json"
            ),
        }
        for name, _, changes in runs_of_sweep(config, sweep)
    ]


def table_of_sweep(config: dict, sweep: str) -> str:
    """The runs of a sweep with the settings that vary, as lines of text."""
    entries = ranked(config, sweep)
    names = list(entries[0]["settings"])
    rows = [["run", *names], *([e["run"], *(str(e["settings"][n]) for n in names)] for e in entries)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return f"sweep {sweep}: {len(entries)} runs\n" + "\n".join(line.rstrip() for line in lines)
