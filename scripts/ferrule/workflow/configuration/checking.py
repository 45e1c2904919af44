"""The configuration, checked before anything is built: every mistake at once, one line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ferrule.core.errors import ConfigError
from ferrule.workflow.configuration.base import Section
from ferrule.workflow.configuration.contradictions import contradictions
from ferrule.workflow.configuration.conversion import converted, part_of
from ferrule.workflow.configuration.explanations import Problem, explain, missing
from ferrule.workflow.configuration.files import Origins, repeated_keys
from ferrule.workflow.configuration.models import Configuration
from ferrule.workflow.configuration.shapes import type_at
from ferrule.workflow.configuration.training import Lora, Run
from ferrule.workflow.runs import run_behind


def check(config: dict, commanded: Mapping[str, Any] | None = None, files: Iterable[str | Path] = ()) -> dict:
    """Check `config`, and convert texts that spell a value of another type, in place.

    `commanded` is what `--config` gave. `files` are those that the configuration was read from, the one that counts
    most last: messages name them, and they are looked at for keys that are there twice. Returns `config`; raises
    ConfigError with everything that is wrong.
    """
    commanded = commanded or {}
    understand_load_from(config)
    paths = [path for path in map(Path, files) if path.is_file()]
    repeated = [line for path in paths for line in repeated_keys(path)]
    problems = problems_of_values(config, commanded)
    if not problems:
        complete_adapters(config)
    told = [problem.line for problem in problems]
    if isinstance(config, dict):
        told += contradictions(config, frozenset(str(problem.path[0]) for problem in problems))
    if told and (paths or commanded):
        origins = Origins(paths, commanded)
        told = [line + origins.named(line.partition(": ")[0]) for line in told]
    if repeated or told:
        # A name or value with a line break in it must not look like two problems.
        raise ConfigError([line.replace("\n", "\\n") for line in (*repeated, *told)])
    return config


def complete_adapters(config: dict) -> None:
    """Where runs have no adapter by default, a run's section `lora` has the usual values for the keys that it lacks.

    A run that continues an adapter trains one without that section too.
    """
    defaults = config["run_defaults"]
    if defaults["lora"] is None:
        usual = Lora.model_validate({}).model_dump()
        for run in config["runs"].values():
            start = run.get("continue_from", defaults["continue_from"])
            begins_with_adapter = start and not run_behind(config["runs"], start) and "lora" not in run
            if run.get("lora") or begins_with_adapter:
                run["lora"] = usual | run.get("lora", {})


def understand_load_from(config: Any) -> None:
    """`load_from` of a run becomes `continue_from`, in place; a run that has both with different values keeps both."""
    if not isinstance(config, dict):
        return
    runs = config.get("runs")
    for run in (config.get("run_defaults"), *(runs.values() if isinstance(runs, dict) else ())):
        if isinstance(run, dict) and run.get("load_from") is not None:
            start = None if run["load_from"] in ("", "none", "None") else run["load_from"]
            if run.get("continue_from") in (None, start):
                run |= {"continue_from": start, "load_from": None}


def problems_of_values(config: Any, commanded: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with keys and values one by one, in the order of their places; sweeps last, as they are written."""
    converted(config, Configuration, commanded)
    of_sweeps: list[Problem] = []
    for path, settings, wanted in settings_of_sweeps(config):
        part = part_of(commanded, path)
        settings[path[-1]] = [converted(value, wanted, part) for value in settings[path[-1]]]
        for number, value in enumerate(settings[path[-1]]):
            of_sweeps += problems_of_setting(path, number, value)
    problems = [*problems_of(config, Configuration), *missing(config, Configuration)]
    return sorted(problems, key=lambda problem: problem.place) + of_sweeps


def problems_of(value: Any, model: type[Section]) -> Iterator[Problem]:
    try:
        model.model_validate(value)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            yield explain(each, model)


def settings_of_sweeps(config: Any) -> Iterator[tuple[tuple, dict, Any]]:
    """(path, the mapping that it ends in, type of a value) of the settings that sweeps vary and that a run has."""
    sweeps = config.get("sweeps") if isinstance(config, dict) else None
    for name, sweep in sweeps.items() if isinstance(sweeps, dict) else ():
        settings = sweep.get("values") if isinstance(sweep, dict) else None
        for setting, values in settings.items() if isinstance(settings, dict) else ():
            wanted = type_at(Run, str(setting).split("."))
            if isinstance(settings, dict) and isinstance(values, list) and wanted is not None:
                yield ("sweeps", name, "values", setting), settings, wanted


def problems_of_setting(path: tuple, number: int, value: Any) -> Iterator[Problem]:
    """What is wrong with a value that a sweep gives a setting, by the model of a run."""
    setting = path[-1].split(".")
    for key in reversed(setting):
        value = {key: value}
    for problem in problems_of(value, Run):
        yield problem._replace(path=(*map(str, path), number, *problem.path[len(setting) :]))
