"""The values of a model card, from the records of a run and of the runs that it continues.

    values = figures(run, settings, records)
    markdown_template("resources/model_card.md").render(values)

The sentences are in the template. The card has names of files, never their paths on this machine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from ferrule.core.markdown import in_words
from ferrule.training.card_head import header, measured_set, trained_on, without_folder, without_folders
from ferrule.training.run_records import (
    DatasetRecord,
    Evaluation,
    Figure,
    MergeRecord,
    ModelRecord,
    PackingRecord,
    RoundRecord,
    SideSummary,
    TrainMetrics,
)

SHOWN = 12  # the most lines of a history of losses
VIEWS = {"policy_off": "policy off", "policy_on": "policy on"}
SECTIONS = ("sequence", "lora", "quantization", "train", "merge")


@dataclass(frozen=True)
class Earlier:
    """A run that this one continues."""

    run: str
    telemetry: dict[str, SideSummary]
    metrics: TrainMetrics | ModelRecord  # of the run, or of its checkpoint that is continued
    packing: PackingRecord

    @property
    def sources(self) -> list[str]:
        return [without_folder(name) for name in self.telemetry["train"]["sources"]]


@dataclass(frozen=True)
class Records:
    """The records that the rules of a run wrote."""

    model: ModelRecord  # of the base
    metrics: TrainMetrics
    packing: PackingRecord
    telemetry: dict[str, SideSummary]  # by side: train, val
    merge: MergeRecord
    evaluations: list[Evaluation] = field(default_factory=list)
    earlier: list[Earlier] = field(default_factory=list)  # the oldest first
    started: list[ModelRecord] = field(default_factory=list)  # adapters that these runs began with
    rounds: list[RoundRecord] = field(default_factory=list)  # of expert iteration
    dataset: DatasetRecord | None = None  # of the workflow's dataset, if its card was given


def sections_of(settings: dict) -> tuple[str, ...]:
    """The sections of a run that a card shows."""
    return (*SECTIONS, "grpo") if settings.get("kind") == "grpo" else SECTIONS


def figures(run: str, settings: dict, records: Records) -> dict[str, object]:
    """The template's variables."""
    settings = without_folders(settings)
    if records.started:  # what an adapter is made of, it says itself
        settings = settings | {"lora": records.started[-1]["lora"]}
    earlier, rounds, packing = records.earlier, records.rounds, records.packing
    earlier_sources = [source for each in earlier for source in each.sources]
    total = records.telemetry["train"]["total"]
    uses_dataset = "dataset" in settings["sources"] + earlier_sources
    own_evaluations = [each for each in records.evaluations if each["model"] == run]
    return dict(
        header=header(run, settings, records.model, records.evaluations, earlier_sources, rounds),
        run=run,
        settings=settings,
        model=records.model,
        metrics=records.metrics,
        packing=packing,
        merge=records.merge,
        rounds=rounds,
        earlier=[earlier_figures(each) for each in earlier],
        started=[started_figures(each, earlier) for each in records.started],
        steps_in_all=records.metrics["steps"] + sum(each.metrics.get("steps") or 0 for each in earlier),
        sources=source_rows(records.telemetry),
        tasks={name: part["rows"] for name, part in total["tasks"].items()},
        left_out=in_words(Counter(total["reasons"]) + Counter(packing["left_out"])),
        dataset=records.dataset if uses_dataset else None,
        filled=f"{packing['filled']:.1%}" if packing["sequences"] else "",
        longest=max([settings["sequence"]["length"], *(each.packing["length"] for each in earlier)]),
        filter_rows=setting_rows(settings["filters"]),
        setting_rows=[
            row for name in sections_of(settings) for row in setting_rows(settings[name], f"{name}.")
        ],
        losses=losses(records.metrics, "loss"),
        eval_losses=losses(records.metrics, "eval_loss"),
        speed=speed(records.metrics),
        evaluations=evaluation_rows(run, records.evaluations, rounds),
        learnt=learnt(records.evaluations, rounds),
        measured=bool(own_evaluations),
        measured_on_learnt_alone=all(trained_on(each, rounds) for each in own_evaluations),
    )


def earlier_figures(earlier: Earlier) -> dict[str, object]:
    return dict(
        run=earlier.run,
        sources=earlier.sources,
        samples=earlier.packing["samples"],
        steps=earlier.metrics.get("steps") or 0,
        loss=loss(earlier.metrics.get("loss")),
        eval_loss=loss(earlier.metrics.get("eval_loss")),
    )


def started_figures(adapter: ModelRecord, earlier: Iterable[Earlier]) -> dict[str, object]:
    """The data of a checkpoint is known if its run is one of those that this one continues."""
    known = any(adapter["origin"].startswith(f"run:{each.run}/") for each in earlier)
    return dict(origin=adapter["origin"], revision=adapter["revision"], sha256=adapter["sha256"], known=known)


def source_rows(telemetry: dict[str, SideSummary]) -> list[list[object]]:
    """Table rows: side, source, rows read, kept, with repeats, left out by reason."""
    return [
        [side, without_folder(name), part["read"], part["kept"], part["rows"], in_words(part["reasons"])]
        for side, parts in telemetry.items()
        for name, part in parts["sources"].items()
    ]


def setting_rows(section: dict | None, prefix: str = "") -> list[list[str]]:
    """Table rows: key and value; one row for a section that is null."""
    if section is None:
        return [[f"`{prefix.removesuffix('.')}`", "null"]]
    return [[f"`{prefix}{key}`", json.dumps(value, ensure_ascii=False)] for key, value in section.items()]


def losses(metrics: TrainMetrics, name: Literal["loss", "eval_loss"]) -> list[list[object]]:
    """Table rows: step and loss of at most SHOWN lines of the history, including the first and the last."""
    lines = [line for line in metrics["history"] if name in line]
    last = len(lines) - 1
    places = sorted({round(place * last / (SHOWN - 1)) for place in range(SHOWN)}) if lines else []
    return [[lines[place]["step"], loss(lines[place][name])] for place in places]


def loss(value: float | None) -> str:
    """A loss in nats per token, as text."""
    return "none" if value is None else f"{value:.4f}"


def speed(metrics: TrainMetrics) -> list[list[str]]:
    """Table rows: name and value of each measurement that there is."""
    values = {
        "device": f"{metrics['devices']} x {metrics['device']}",
        "attention": metrics["attention"],
        "products computed in": computed_in(metrics),
        "tokens a second": metrics["tokens_per_second"] and f"{metrics['tokens_per_second']:,.0f}",
        "seconds of training": f"{metrics['seconds']:,.0f}",
        "share of the peak in bf16 (MFU)": metrics["mfu"] and f"{metrics['mfu']:.1%}",
        "most memory, MiB": f"{metrics['memory_mb']:,.0f}",
        "trained weights": f"{metrics['trained_weights']:,}",
    }
    return [[name, value] for name, value in values.items() if value]


def computed_in(metrics: TrainMetrics) -> str | None:
    """The types of the training's products; None for metrics of an earlier version."""
    if "bf16" not in metrics:
        return None
    mixed = "bfloat16 (mixed precision)" if metrics["bf16"] else "float32"
    compute = metrics.get("compute_dtype")
    return f"{mixed}, those with weights of 4 bits in {compute}" if compute else mixed


def evaluation_rows(
    run: str, evaluations: Iterable[Evaluation], rounds: list[RoundRecord]
) -> list[list[object]]:
    """Table rows: benchmark, model, view, samples, pass@1 and compile rate in percent; one row per view."""
    rows: list[list[object]] = []
    for evaluation in evaluations:
        learnt_by_run = evaluation["model"] == run and trained_on(evaluation, rounds)
        benchmark = measured_set(evaluation) + (" (trained on it)" if learnt_by_run else "")
        for name, label in VIEWS.items():
            if view := evaluation["views"].get(name):
                shares = percent(view["pass_at_k"].get("1")), percent(view["compile_rate"])
                rows.append([benchmark, evaluation["model"], label, evaluation["samples"]["total"], *shares])
    return rows


def learnt(evaluations: Iterable[Evaluation], rounds: list[RoundRecord]) -> list[tuple[str, list[str]]]:
    """Benchmarks whose answers were trained on, each once, with the names of the rounds."""
    pairs: list[tuple[str, list[str]]] = []
    for evaluation in evaluations:
        pair = evaluation["benchmark"], trained_on(evaluation, rounds)
        if pair[1] and pair not in pairs:
            pairs.append(pair)
    return pairs


def percent(figure: Figure | None) -> str:
    """A share in percent with its interval."""
    if figure is None or figure["value"] is None or figure["low"] is None or figure["high"] is None:
        return "unknown"
    return f"{100 * figure['value']:.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"
