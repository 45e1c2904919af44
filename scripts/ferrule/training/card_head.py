"""The head of a model card, which hubs read, and settings without the folders of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import yaml

from ferrule.core.hub_metadata import licenses


def header(
    run: str,
    settings: dict,
    model: dict,
    evaluations: list[dict],
    earlier_sources: Sequence[str] = (),
    rounds: Sequence[dict] = (),
) -> str:
    """What a hub reads. Figures of evaluations are in it where there are some of this run.

    `earlier_sources` are those of the runs that it continues. Figures on problems whose answers the run was trained on
    (`rounds`) are not in it: a hub would show them without the sentence that they need.
    """
    names = licenses(model["license"])
    origin = model["origin"].partition("@")[0]
    datasets = hub_datasets(settings["sources"])
    if earlier_sources:
        datasets = list(dict.fromkeys(datasets + hub_datasets(earlier_sources)))
    head = {
        "license": names.pop() if len(names) == 1 else "other",
        "base_model": origin.removeprefix("hub:") if origin.startswith("hub:") else model["name"],
        "base_model_relation": "finetune",
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "language": ["en", "code"],
        "tags": ["rust", "code", "lora", "qlora" if settings["quantization"]["bits"] == 4 else "peft"],
    }
    if head["license"] == "other":
        head["license_name"] = model["license"]
    if datasets:
        head["datasets"] = datasets
    results = []
    for found in evaluations:
        view = found["views"]["policy_off"]
        figures = {f"pass@{k}": figure for k, figure in view["pass_at_k"].items() if k in ("1", "10", "100")}
        figures["compile_rate"] = view["compile_rate"]
        metrics = [
            {"type": name, "value": figure["value"]} for name, figure in figures.items() if known(figure)
        ]
        if found["model"] == run and metrics and not trained_on(found, rounds):
            benchmark = {"type": found["benchmark"], "name": found["benchmark"]}
            results.append({"task": {"type": "text-generation"}, "dataset": benchmark, "metrics": metrics})
    if results:
        head["model-index"] = [{"name": run, "results": results}]
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---"


def hub_datasets(sources: Iterable[str]) -> list[str]:
    return [source.removeprefix("hub:").partition("@")[0] for source in sources if source.startswith("hub:")]


def trained_on(evaluation: dict, rounds: Sequence[dict]) -> list[str]:
    """The rounds of expert iteration whose rows are answers to the very problems of an evaluation."""
    return [
        each["round"] for each in rounds if each["problem_set"]["hash"] == evaluation["problem_set"]["hash"]
    ]


def without_folders(value):
    """The settings, with the names of files in the place of their paths on this machine."""
    if isinstance(value, dict):
        return {without_folders(key): without_folders(each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_folders(each) for each in value]
    if isinstance(value, str) and (found := re.fullmatch(r"(local:|parquet:|)(?:.*/)([^/]+)", value)):
        is_path = found[1] or value.startswith(("/", "~", "."))
        return f"{found[1]}{found[2]}" if is_path else value
    return value


def known(figure: dict | None) -> bool:
    return bool(figure) and figure["value"] is not None
