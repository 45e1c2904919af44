"""What is wrong with runs, rounds, sweeps, models and comparisons: names, circles, settings that cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ferrule.training.model_references import FORM, Content, find, is_reference, kind_of, no_folder
from ferrule.training.models import ModelError
from ferrule.workflow.configuration.explanations import suggest_word
from ferrule.workflow.problem_sets import problem_files
from ferrule.workflow.runs import (
    base_of_adapter,
    chain,
    combinations,
    lora_of,
    over,
    run_behind,
    runs_of_sweep,
    settings_of,
    with_values,
)


def problems(config: dict, unusable: frozenset[str] = frozenset()) -> list[str]:
    """A line for each. Types and limits are taken to be right but in the sections `unusable`, which are not read."""

    def usable(*sections: str) -> bool:
        return not unusable.intersection(sections)

    found: list[str] = []
    if usable("models", "runs", "experts"):
        found += problems_of_names(config)
    if usable("models"):
        for name, model in config["models"].items():
            found += problems_of_model(config["models"], name, model)
    if usable("models", "runs", "run_defaults", "experts"):
        for name, changes in config["runs"].items():
            found += problems_of_run(config, f"runs.{name}", changes)
    if usable("runs", "experts"):
        found += circles(config["runs"], config["experts"])
    if usable("sampling"):
        found += problems_of_sampling("sampling", config["sampling"])
    if usable("models", "runs", "run_defaults", "sampling", "benchmarks", "evaluate"):
        for name, changes in config["runs"].items():
            found += problems_of_monitor(config, f"runs.{name}", settings_of(config, changes))
    if usable("models", "runs", "experts", "sampling", "benchmarks"):
        for name in config["experts"]:
            found += problems_of_round(config, name)
    if usable("models", "runs", "run_defaults", "experts", "sweeps", "benchmarks", "evaluate"):
        for name in config["sweeps"]:
            # The runs of a sweep are looked at where those of the configuration are right.
            found += problems_of_sweep(config, name, look_at_runs=not found)
    if not found and usable("models", "runs", "sampling", "sweeps", "compare", "evaluate"):
        found += problems_of_compare(config)
    return found


def problems_of_names(config: dict) -> Iterator[str]:
    models, runs, rounds = map(set, (config["models"], config["runs"], config["experts"]))
    for name in sorted(models & runs | models & rounds | runs & rounds):
        yield f"{name}: models, runs and rounds of experts need names of their own"
    if "references" in models | runs | rounds:
        yield "references: this name is taken by the problems' own solutions"


def problems_of_round(config: dict, name: str) -> Iterator[str]:
    settings = config["experts"][name]
    yield from problems_of_sampling(f"experts.{name}.sampling", config["sampling"] | settings["sampling"])
    if settings["model"] not in config["models"] and settings["model"] not in config["runs"]:
        yield f"experts.{name}.model: {settings['model']} is neither under models nor under runs"
    if settings["benchmark"] not in config["benchmarks"]:
        yield f"experts.{name}.benchmark: {settings['benchmark']} is not under benchmarks"


def problems_of_model(models: dict, name: str, model: dict) -> Iterator[str]:
    base, revision = model.get("base"), model.get("revision")
    yield from problems_of_place(f"models.{name}.path", model["path"], "adapter" if base else "")
    if not base and holds_adapter(model["path"]):
        yield f"models.{name}: {model['path']} holds an adapter; name the model that it stands on: base: NAME"
    if base and base not in models:
        yield f"models.{name}.base: {base} is not under models"
    elif base and models[base].get("base"):
        yield f"models.{name}.base: {base} is an adapter itself"
    in_path = (
        model["path"].rpartition("@")[2] if model["path"].startswith("hub:") and "@" in model["path"] else ""
    )
    if revision and in_path and revision != in_path:
        yield f"models.{name}.revision: {revision} is not the revision in path, {in_path}; keep one of them"


def problems_of_place(where: str, reference: str, wanted: Content) -> Iterator[str]:
    """A misspelt reference to a model, a folder that is not there, a folder without the adapter that is `wanted`."""
    try:
        if kind_of(reference) != "folder":
            return
        if not Path(reference).is_dir():
            yield f"{where}: {no_folder(reference)}"
        elif wanted:
            find(reference, wanted)
    except ModelError as error:
        yield f"{where}: {error}"


def holds_adapter(path: str) -> bool:
    try:
        return ":" not in path and find(path)[1] == "adapter"
    except ModelError:
        return False


def problems_of_run(config: dict, where: str, changes: dict) -> Iterator[str]:
    settings = settings_of(config, changes)
    if settings["load_from"]:
        yield f"{where}.load_from: continue_from is another name of it and says something else; keep one of them"
    base, start = settings["base"], settings["continue_from"]
    if start and start not in config["runs"]:
        yield from problems_of_start(config, where, changes, start)
    elif bool(start) == bool(base):
        yield f"{where}: needs either base or continue_from"
    if base and base not in config["models"]:
        yield f"{where}.base: {base} is not under models"
    elif base and config["models"][base].get("base"):
        yield f"{where}.base: {base} is an adapter; a run begins from a whole model, or continues another run"
    run = run_behind(config["runs"], start)
    kept = settings["lora"] == changed_lora(settings["lora"], changes)
    if start and not (kept and (run or settings["lora"])):
        first = chain(config["runs"], run)[-1] if run else ""
        trains = f"all weights, as {first}"
        if settings["lora"] or not first:
            trains = f"its adapter as it is{f', that of {first}' if first else ''}"
        yield f"{where}.lora: a run that continues another trains {trains}; leave lora out"
    if settings["lora"] is None and (bits := settings["quantization"]["bits"]) < 16:
        yield f"{where}.quantization.bits: {bits}, but lora: null trains all weights: set quantization.bits: 16"
    if settings["lora"] is None and settings["upload"]["what"] == "adapter":
        yield f"{where}.upload.what: adapter, but lora: null trains all weights and makes none: set it to merged"
    if settings["kind"] == "grpo":
        yield from problems_of_grpo(where, settings, changes)
    for source in settings["sources"]:
        kind, _, rest = source.partition(":")
        round_name, _, form = rest.partition("/")
        if kind == "experts" and round_name not in config["experts"]:
            yield f"{where}.sources: {round_name} is not under experts"
        elif kind == "experts" and rest != round_name and form != "code_only":
            yield f"{where}.sources: {source}: a round has rows (experts:{round_name}) and experts:{round_name}/code_only"
        elif kind not in ("dataset", "local", "parquet", "hub", "experts"):
            yield f"{where}.sources: {source!r} begins with none of dataset, local:, parquet:, hub:, experts:"
    for source in settings["source_weights"]:
        if source not in settings["sources"]:
            yield f"{where}.source_weights: {source} is not among the sources"
    filters, length = settings["filters"], settings["sequence"]["length"]
    if (file := filters["patterns"]) and not Path(file).is_file():
        yield f"{where}.filters.patterns: there is no file {file}"
    for least, most, limit in (
        ("min_chars", "max_chars", filters["max_chars"]),
        ("min_tokens", "max_tokens", min(filters["max_tokens"] or length, length)),
    ):
        if filters[least] > limit:
            yield f"{where}.filters.{least}: {filters[least]} is more than {most}, {limit}: no row can pass"
    steps, warmup = settings["train"]["steps"], settings["train"]["warmup_steps"]
    if warmup > steps:
        yield f"{where}.train.warmup_steps: {warmup} is more than train.steps, {steps}"


def problems_of_grpo(where: str, settings: dict, changes: dict) -> Iterator[str]:
    train, grpo = settings["train"], settings["grpo"]
    if settings["lora"] is None:
        yield f"{where}.kind: grpo trains an adapter, but lora is null"
    if "sources" in changes:
        yield f"{where}.sources: a run of kind grpo has the executable tasks as its source; leave sources out"
    if settings["monitor"]["every"]:
        yield f"{where}.monitor.every: checkpoints of a run of kind grpo are not measured; leave it out"
    batch = train["devices"] * train["micro_batch_size"] * train["gradient_accumulation"]
    if batch % grpo["generations"]:
        yield f"{where}.grpo.generations: {grpo['generations']} does not divide the answers of a step, {batch}"
    if grpo["max_completion"] >= settings["sequence"]["length"]:
        length = settings["sequence"]["length"]
        yield f"{where}.grpo.max_completion: {grpo['max_completion']} leaves no room for a prompt in sequence.length, {length}"


def changed_lora(lora: dict | None, changes: dict) -> dict | None:
    """The section `lora` if the changes of a run counted: null switches it off."""
    changed = changes.get("lora", {})
    return over(lora or {}, changed) if changed else None if changed is None else lora


def problems_of_start(config: dict, where: str, changes: dict, start: str) -> Iterator[str]:
    """What is wrong with a `continue_from` that is not a run: an adapter under models, or its place."""
    models, where = config["models"], f"{where}.continue_from"
    if start not in models and not is_reference(start):
        near = suggest_word(start, {**config["runs"], **models})
        yield f"{where}: {start} is neither a run nor a model{near}; a folder has a / in it, the form for the hub is {FORM}"
        return
    if start in models and not models[start].get("base"):
        yield f"{where}: {start} is a whole model: give it as base"
        return
    run = run_behind(config["runs"], start)
    if run and lora_of(config, run) is None:
        yield f"{where}: {run} trains all weights: name its checkpoint under models, and give that name as base"
        return
    if start not in models:
        yield from problems_of_place(where, start, "adapter")
    found = base_of_adapter(config, settings_of(config, changes))
    if not found:
        yield f"{where}: nothing says which base {start} was made for; add base: NAME, a name under models"
    elif changes.get("base") and changes["base"] != found:
        yield f"{where}: {start} stands on {found}, not on {changes['base']}; leave base out"


def problems_of_monitor(config: dict, where: str, settings: dict) -> Iterator[str]:
    monitor, sampling, steps = settings["monitor"], config["sampling"], settings["train"]["steps"]
    every, name = monitor["every"], monitor["benchmark"]
    if not every:
        return
    if every > steps:
        yield (
            f"{where}.monitor.every: {every} is more than train.steps, {steps}: no checkpoint would be measured;"
            f" set it to {steps} or less"
        )
    if name and name not in config["benchmarks"]:
        known = suggest_word(name, config["benchmarks"]) or f"; there are {', '.join(config['benchmarks'])}"
        yield f"{where}.monitor.benchmark: {name} is not under benchmarks{known}"
    elif not name and not config["evaluate"]["benchmarks"]:
        yield f"{where}.monitor.benchmark: missing, and evaluate.benchmarks has none; name one under benchmarks"
    path = config["benchmarks"].get(name or next(iter(config["evaluate"]["benchmarks"]), ""), {}).get("path")
    if path and Path(path).is_dir() and (monitor["problems"] or 0) > (size := len(problem_files("", path))):
        yield (
            f"{where}.monitor.problems: {monitor['problems']} is more than the {size} problems of the set; take at most"
            f" {size}, or null for all"
        )
    if settings["lora"] is None:
        yield (
            f"{where}.monitor.every: lora: null trains all weights, and only adapters are monitored; set it to null, and"
            " compare runs of fewer steps"
        )
    if sampling["engine"] == "server":
        yield (
            f"{where}.monitor.every: a server does not have the checkpoints of a run; set sampling.engine to transformers"
            " or vllm"
        )
    if sampling["temperature"] == 0 and monitor["samples"] > 1:
        yield (
            f"{where}.monitor.samples: {monitor['samples']} samples at temperature 0 would all be the same: raise"
            " sampling.temperature, or set it to 1"
        )


def circles(runs: dict[str, dict], rounds: dict[str, dict]) -> Iterator[str]:
    """Runs that need themselves, by what they continue and by the rounds of experts that they train on."""

    def needed(run: str) -> Iterator[str]:
        changes = runs.get(run) or {}
        yield run_behind(runs, changes.get("continue_from"))
        for source in changes.get("sources") or []:
            kind, _, name = source.partition(":")
            yield (rounds.get(name.partition("/")[0]) or {}).get("model", "") if kind == "experts" else ""

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


def problems_of_sweep(config: dict, name: str, look_at_runs: bool) -> Iterator[str]:
    sweep, where = config["sweeps"][name], f"sweeps.{name}"
    by_loss = sweep.get("figure", "eval_loss") == "eval_loss"
    benchmark = sweep.get("benchmark")
    if benchmark and by_loss:
        yield f"{where}.benchmark: only figure: pass@1 has one"
    elif benchmark and benchmark not in config["benchmarks"]:
        yield f"{where}.benchmark: {benchmark} is not under benchmarks"
    elif not by_loss and not benchmark and not config["evaluate"]["benchmarks"]:
        yield f"{where}.benchmark: missing, and evaluate.benchmarks has none"
    unknown = False
    if sweep["run"] not in config["runs"]:
        unknown = True
        yield f"{where}.run: {sweep['run']} is not under runs"
    for path in sweep["values"]:
        place: Any = config["run_defaults"]
        for key in path.split("."):
            place = place.get(key, KeyError) if isinstance(place, dict) else KeyError
        if place is KeyError:
            unknown = True
            yield f"{where}.values: a run has no setting {path}"
        elif path.startswith("monitor."):
            unknown = True
            yield f"{where}.values: {path} changes nothing about a run; set it under runs.{sweep['run']}"
        elif isinstance(place, dict) and place:
            unknown = True
            yield f"{where}.values: {path} is a section; name one of its keys, such as {path}.{next(iter(place))}"
    if unknown or not look_at_runs:
        return
    told: set[str] = set()
    for values in combinations(config, name):
        settings = with_values(config, name, values)
        if (
            any(path.startswith("lora.") for path in values)
            and settings_of(config, config["runs"][sweep["run"]])["lora"] is None
        ):
            told.add(f"{where}.values: {sweep['run']} trains all weights (lora: null): no lora")
            continue
        # What the run has of its own is right; what is wrong comes from the values.
        if any(path.startswith("lora.") for path in values) and settings["continue_from"]:
            line = f"{where}.values: {sweep['run']} trains the adapter of {settings['continue_from']} as it is: no lora"
            told.add(line)
            continue
        told |= set(problems_of_run(config, where, settings))
    yield from sorted(told)


def problems_of_compare(config: dict) -> Iterator[str]:
    samples = config["evaluate"]["samples"]
    known = {*config["runs"], *config["models"], *samples}
    for sweep in config["sweeps"] if config["compare"] else ():
        known |= {name for name, _, _ in runs_of_sweep(config, sweep)}
    sampled = {*config["compare"], *config["compare"].values(), *config["runs"]} - {*samples}
    most, there = max(config["evaluate"]["k"], default=1), config["sampling"]["samples"]
    if sampled and most > there:
        yield f"evaluate.k: pass@{most} needs {most} samples of each problem, sampling.samples is {there}"
    for name, other in config["compare"].items():
        if name == other:
            yield f"compare.{name}: is compared with itself"
        for each in (name, other):
            if each not in known:
                hint = (
                    "; give it a name under models, with path, base and license" if is_reference(each) else ""
                )
                yield f"compare.{name}: {each} is not under runs, models or evaluate.samples{hint}"
            for benchmark in config["evaluate"]["benchmarks"]:
                if benchmark not in samples.get(each, {benchmark: ""}):
                    yield f"compare.{name}: evaluate.samples.{each} has no file for {benchmark}"
