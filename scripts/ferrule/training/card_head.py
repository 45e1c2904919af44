"""The head of a model card, which hubs read, and names without the folders of this machine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from ferrule.core.hub_metadata import licenses
from ferrule.training.model_references import hub_of
from ferrule.training.run_records import Evaluation, Figure, ModelRecord, RoundRecord


def header(
    run: str,
    settings: dict,
    model: ModelRecord,
    evaluations: list[Evaluation],
    earlier_sources: Sequence[str] = (),
    rounds: Sequence[RoundRecord] = (),
) -> str:
    """The YAML block that a hub reads, with the figures of this run's evaluations.

    `earlier_sources` are the sources of the runs that this one continues. Figures on problems whose answers the run was
    trained on (`rounds`) are left out: a hub would show them without the necessary explanation.
    """
    names = licenses(model["license"])
    origin = model["origin"].partition("@")[0]
    datasets = hub_datasets(settings["sources"])
    if earlier_sources:
        datasets = list(dict.fromkeys(datasets + hub_datasets(earlier_sources)))
    adapter_alone = settings["upload"]["what"] == "adapter"
    head: dict[str, Any] = {
        "license": names.pop() if len(names) == 1 else "other",
        "base_model": hub_of(origin).repository if origin.startswith("hub:") else model["name"],
        "base_model_relation": "adapter" if adapter_alone else "finetune",
        "library_name": "peft" if adapter_alone else "transformers",
        "pipeline_tag": "text-generation",
        "language": ["en", "code"],
        "tags": ["rust", "code", *adapter_tags(settings)],
    }
    if head["license"] == "other":
        head["license_name"] = model["license"]
    if datasets:
        head["datasets"] = datasets
    results = []
    for evaluation in evaluations:
        view = evaluation["views"]["policy_off"]
        figures: dict[str, Figure | None] = {
            f"pass@{k}": figure for k, figure in view["pass_at_k"].items() if k in ("1", "10", "100")
        }
        figures["compile_rate"] = view["compile_rate"]
        metrics = [
            {"type": name, "value": figure["value"]}
            for name, figure in figures.items()
            if figure and figure["value"] is not None
        ]
        if evaluation["model"] == run and metrics and not trained_on(evaluation, rounds):
            benchmark = {"type": evaluation["benchmark"], "name": measured_set(evaluation)}
            results.append({"task": {"type": "text-generation"}, "dataset": benchmark, "metrics": metrics})
    if results:
        head["model-index"] = [{"name": run, "results": results}]
    return f"---\n{yaml.safe_dump(head, sort_keys=False, allow_unicode=True)}---"


def adapter_tags(settings: dict) -> list[str]:
    if not settings["lora"]:
        return []
    return ["lora", "qlora" if settings["quantization"]["bits"] < 16 else "peft"]


def hub_datasets(sources: Iterable[str]) -> list[str]:
    return [source.removeprefix("hub:").partition("@")[0] for source in sources if source.startswith("hub:")]


def measured_set(evaluation: Evaluation) -> str:
    """The benchmark, and how many of its problems were taken, if not all."""
    subset = evaluation.get("subset")
    return evaluation["benchmark"] + (f", {subset['n']} of {subset['of']} problems" if subset else "")


def trained_on(evaluation: Evaluation, rounds: Sequence[RoundRecord]) -> list[str]:
    """The rounds of expert iteration whose rows are answers to the problems of this evaluation."""
    return [
        each["round"] for each in rounds if each["problem_set"]["hash"] == evaluation["problem_set"]["hash"]
    ]


def without_folders(value: Any) -> Any:
    """Settings with the names of files instead of their paths on this machine."""
    if isinstance(value, dict):
        return {without_folders(key): without_folders(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_folders(item) for item in value]
    return without_folder(value) if isinstance(value, str) else value


def without_folder(text: str) -> str:
    """The name of a file instead of its path; any other text unchanged."""
    match = re.fullmatch(r"(local:|parquet:|)(?:.*/)([^/]+)", text)
    if match and (match[1] or text.startswith(("/", "~", "."))):
        return f"{match[1]}{match[2]}"
    return text
