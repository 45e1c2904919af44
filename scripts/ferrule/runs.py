"""The runs of a configuration: their whole settings, what they stand on, and those that sweeps add.

A run under `runs` names what differs from `run_defaults`. A sweep adds one run for each combination of its values,
by way of Snakemake's Paramspace: `rate-train_learning_rate~0.0001_lora_r~8` is a run of the sweep `rate`.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What decides about the rows of a run; the rest decides how it is trained on them.
OF_ROWS = (
    "sources", "streaming", "interleave", "source_weights", "task_weights", "max_rows", "max_val_rows", "shuffle_seed",
    "filters",
)  # fmt: skip


def all_runs(config: dict) -> dict[str, dict]:
    """Every run by name with all of its settings, those of sweeps among them."""
    runs = {name: over(config["run_defaults"], changes) for name, changes in config["runs"].items()}
    for sweep in config["sweeps"]:
        for name, settings, _ in runs_of_sweep(config, sweep):
            runs[name] = settings
    return runs


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
    while runs[run]["continue_from"]:
        run = runs[run]["continue_from"]
    return runs[run]["base"]


def model_behind(runs: dict[str, dict], name: str) -> str:
    """The base model behind a name, which may be one itself."""
    return base_of(runs, name) if name in runs else name


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
        raise ValueError("sweeps need the training packages: make train") from None
    from snakemake.utils import Paramspace

    varied = combinations(config, sweep)
    # A column's name becomes part of a file's name: without dots, which pandas does not take there.
    named = pandas.DataFrame(varied, dtype=object).rename(columns=lambda path: path.replace(".", "_"))
    space = Paramspace(named, filename_params="*", param_sep="~", filename_sep="_")
    origin = config["runs"][config["sweeps"][sweep]["run"]]
    for pattern, changes in zip(space.instance_patterns, varied, strict=True):
        settings = over(config["run_defaults"], origin)
        for path, value in changes.items():
            *sections, key = path.split(".")
            place = settings
            for section in sections:
                place = place[section]
            place[key] = value
        yield f"{sweep}-{pattern}", settings, changes


def figures_of_sweep(config: dict, sweep: str) -> list[str]:
    """The files that hold the figures by which a sweep's runs are ranked."""
    return [entry["metrics"] for entry in ranked(config, sweep)]


def ranked(config: dict, sweep: str) -> list[dict]:
    """What is ranked: run, the settings that vary, and the file of its figures."""
    settings = config["sweeps"][sweep]
    by_loss = settings.get("figure", "eval_loss") == "eval_loss"
    benchmark = settings.get("benchmark") or config["evaluate"]["benchmarks"][0]
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


# What is wrong with them


def problems(config: dict) -> Iterator[str]:
    """Names that are not there, circles, and settings that cannot be, one line each."""
    models, runs, rounds = config["models"], config["runs"], config["experts"]
    for name, model in models.items():
        yield from problems_of_model(models, name, model)
    for name in sorted(set(models) & set(runs) | set(models) & set(rounds) | set(runs) & set(rounds)):
        yield f"{name}: models, runs and rounds of experts need names of their own"
    for name, changes in runs.items():
        yield from problems_of_run(config, name, over(config["run_defaults"], changes))
    for name, other in config["compare"].items():
        for each in (name, other):
            if each not in runs and each not in models and each not in config["evaluate"]["samples"]:
                yield f"compare.{name}: {each} is not under runs, models or evaluate.samples"
            for benchmark in config["evaluate"]["benchmarks"]:
                if benchmark not in config["evaluate"]["samples"].get(each, {benchmark: ""}):
                    yield f"compare.{name}: evaluate.samples.{each} has no file for {benchmark}"
    yield from circles(runs, rounds)
    yield from problems_of_sampling("sampling", config["sampling"])
    for name, settings in rounds.items():
        yield from problems_of_sampling(f"experts.{name}.sampling", config["sampling"] | settings["sampling"])
        if settings["model"] not in models and settings["model"] not in runs:
            yield f"experts.{name}.model: {settings['model']} is neither under models nor under runs"
        if settings["benchmark"] not in config["benchmarks"]:
            yield f"experts.{name}.benchmark: {settings['benchmark']} is not under benchmarks"
    for name, settings in config["sweeps"].items():
        yield from problems_of_sweep(config, name, settings)


def problems_of_model(models: dict, name: str, model: dict) -> Iterator[str]:
    path, base = Path(model["path"]), model.get("base")
    if ":" not in model["path"] and not path.is_dir():
        yield f"models.{name}.path: there is no folder {path}"
    elif not base and (path / "adapter_config.json").is_file() and not (path / "config.json").is_file():
        yield f"models.{name}: {path} holds an adapter; name the model that it stands on: base: NAME"
    if base and base not in models:
        yield f"models.{name}.base: {base} is not under models"
    elif base and models[base].get("base"):
        yield f"models.{name}.base: {base} is an adapter itself"


def problems_of_run(config: dict, name: str, settings: dict) -> Iterator[str]:
    where, earlier = f"runs.{name}", settings["continue_from"]
    if bool(earlier) == bool(settings["base"]):
        yield f"{where}: needs either base or continue_from"
    if settings["base"] and settings["base"] not in config["models"]:
        yield f"{where}.base: {settings['base']} is not under models"
    elif settings["base"] and config["models"][settings["base"]].get("base"):
        yield f"{where}.base: {settings['base']} is an adapter; a run begins from a whole model, or continues another run"
    if earlier and earlier not in config["runs"]:
        yield f"{where}.continue_from: {earlier} is not under runs"
    for source in settings["sources"]:
        kind, _, rest = source.partition(":")
        if kind == "experts" and rest not in config["experts"]:
            yield f"{where}.sources: {rest} is not under experts"
        elif kind not in ("dataset", "local", "parquet", "hub", "experts"):
            yield f"{where}.sources: {source!r} begins with none of dataset, local:, parquet:, hub:, experts:"
    for source in settings["source_weights"]:
        if source not in settings["sources"]:
            yield f"{where}.source_weights: {source} is not among the sources"

    filters, length = settings["filters"], settings["sequence"]["length"]
    for least, most, limit in (
        ("min_chars", "max_chars", filters["max_chars"]),
        ("min_tokens", "max_tokens", min(filters["max_tokens"] or length, length)),
    ):
        if filters[least] > limit:
            yield f"{where}.filters.{least}: {filters[least]} is more than {most}, {limit}: no row can pass"
    steps, warmup = settings["train"]["steps"], settings["train"]["warmup_steps"]
    if warmup > steps:
        yield f"{where}.train.warmup_steps: {warmup} is more than train.steps, {steps}"


def circles(runs: dict[str, dict], rounds: dict[str, dict]) -> Iterator[str]:
    """Runs that need themselves, by what they continue and by the rounds of experts that they train on."""

    def needed(run: str) -> Iterator[str]:
        changes = runs.get(run) or {}
        yield changes.get("continue_from") or ""
        for source in changes.get("sources") or []:
            kind, _, name = source.partition(":")
            yield (rounds.get(name) or {}).get("model", "") if kind == "experts" else ""

    def way(path: list[str]) -> list[str] | None:
        """A way from the last run of `path` back to its first one."""
        for run in filter(None, needed(path[-1])):
            if run == path[0]:
                return [*path, run]
            if run not in path and (found := way([*path, run])):
                return found
        return None

    told: set[str] = set()
    for run in runs:
        if run not in told and (found := way([run])):
            told |= set(found)
            yield f"runs.{run}: needs itself ({' > '.join(found)})"


def problems_of_sampling(where: str, settings: dict) -> Iterator[str]:
    if settings["temperature"] == 0 and settings["samples"] > 1:
        yield (
            f"{where}: {settings['samples']} samples at temperature 0 would all be the same: raise temperature, or"
            " set samples: 1"
        )
    if settings["engine"] == "server" and not settings["server"]:
        yield f"{where}.server: missing; engine: server needs its address, such as http://127.0.0.1:8000/v1"


def problems_of_sweep(config: dict, name: str, settings: dict) -> Iterator[str]:
    if settings["run"] not in config["runs"]:
        yield f"sweeps.{name}.run: {settings['run']} is not under runs"
    for path in settings["values"]:
        place: Any = config["run_defaults"]
        for key in path.split("."):
            place = place.get(key, KeyError) if isinstance(place, dict) else KeyError
        if place is KeyError:
            yield f"sweeps.{name}.values: a run has no setting {path}"
