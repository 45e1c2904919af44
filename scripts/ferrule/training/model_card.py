"""The figures of a model card, from the records of a run and of the runs that it continues.

    values = figures(run, settings, records)
    markdown_template("resources/model_card.md").render(values)

Sentences are in the template. Names of files stand in the place of their paths on this machine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ferrule.core.markdown import in_words
from ferrule.training.card_head import header, known, trained_on, without_folders

SHOWN = 12  # lines of a history of losses
VIEWS = {"policy_off": "policy off", "policy_on": "policy on"}
SECTIONS = ("sequence", "lora", "quantization", "train", "merge")


@dataclass(frozen=True)
class Earlier:
    """A run that this one continues."""

    run: str
    telemetry: dict
    metrics: dict
    packing: dict

    @property
    def sources(self) -> list[str]:
        return [without_folders(name) for name in self.telemetry["train"]["sources"]]


@dataclass(frozen=True)
class Records:
    """What the rules of a run wrote down."""

    model: dict  # of the base
    metrics: dict
    packing: dict
    telemetry: dict
    merge: dict
    evaluations: list[dict] = field(default_factory=list)
    earlier: list[Earlier] = field(default_factory=list)  # the oldest first
    rounds: list[dict] = field(default_factory=list)  # of expert iteration
    dataset: dict | None = (
        None  # name, licences and sha256 of the workflow's dataset, where the card is at hand
    )


def figures(run: str, settings: dict, records: Records) -> dict:
    """What the template shows."""
    settings = without_folders(settings)
    earlier, rounds, packing = records.earlier, records.rounds, records.packing
    earlier_sources = [source for each in earlier for source in each.sources]
    total = records.telemetry["train"]["total"]
    uses_dataset = "dataset" in settings["sources"] + earlier_sources
    own = [each for each in records.evaluations if each["model"] == run]
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
        steps_in_all=records.metrics["steps"] + sum(each.metrics["steps"] for each in earlier),
        sources=source_rows(records.telemetry),
        tasks={name: part["rows"] for name, part in total["tasks"].items()},
        left_out=in_words(Counter(total["reasons"]) + Counter(packing["left_out"])),
        dataset=records.dataset if uses_dataset else None,
        filled=f"{packing['filled']:.1%}" if packing["sequences"] else "",
        longest=max([settings["sequence"]["length"], *(each.packing["length"] for each in earlier)]),
        filter_rows=setting_rows(settings["filters"]),
        setting_rows=[row for name in SECTIONS for row in setting_rows(settings[name], f"{name}.")],
        losses=losses(records.metrics, "loss"),
        eval_losses=losses(records.metrics, "eval_loss"),
        speed=speed(records.metrics),
        evaluations=evaluation_rows(run, records.evaluations, rounds),
        learnt=learnt(records.evaluations, rounds),
        measured=bool(own),
        measured_on_learnt_alone=all(trained_on(each, rounds) for each in own),
    )


def earlier_figures(each: Earlier) -> dict:
    return dict(
        run=each.run,
        sources=each.sources,
        samples=each.packing["samples"],
        steps=each.metrics["steps"],
        loss=loss(each.metrics["loss"]),
        eval_loss=loss(each.metrics["eval_loss"]),
    )


def source_rows(telemetry: dict) -> list[list]:
    """Side, source, rows read, kept, with repeats, what was left out."""
    return [
        [side, without_folders(name), part["read"], part["kept"], part["rows"], in_words(part["reasons"])]
        for side, parts in telemetry.items()
        for name, part in parts["sources"].items()
    ]


def setting_rows(section: dict, prefix: str = "") -> list[list[str]]:
    return [[f"`{prefix}{key}`", json.dumps(value, ensure_ascii=False)] for key, value in section.items()]


def losses(metrics: dict, name: str) -> list[list]:
    """Step and loss of at most SHOWN lines of the history, the first and the last among them."""
    lines = [line for line in metrics["history"] if name in line]
    last = len(lines) - 1
    places = sorted({round(place * last / (SHOWN - 1)) for place in range(SHOWN)}) if lines else []
    return [[lines[place]["step"], loss(lines[place][name])] for place in places]


def loss(value: float | None) -> str:
    """In nats a token."""
    return "none" if value is None else f"{value:.4f}"


def speed(metrics: dict) -> list[list[str]]:
    """Name and value of what was measured."""
    shown = {
        "device": f"{metrics['devices']} x {metrics['device']}",
        "attention": metrics["attention"],
        "tokens a second": metrics["tokens_per_second"] and f"{metrics['tokens_per_second']:,.0f}",
        "seconds of training": f"{metrics['seconds']:,.0f}",
        "share of the peak in bf16 (MFU)": metrics["mfu"] and f"{metrics['mfu']:.1%}",
        "most memory, MiB": f"{metrics['memory_mb']:,.0f}",
        "trained weights": f"{metrics['trained_weights']:,}",
    }
    return [[name, value] for name, value in shown.items() if value]


def evaluation_rows(run: str, evaluations: Iterable[dict], rounds: list[dict]) -> list[list]:
    """Benchmark, model, view, samples, pass@1 and compile rate in percent; a row for each view that there is."""
    rows = []
    for found in evaluations:
        learnt_by_run = found["model"] == run and trained_on(found, rounds)
        benchmark = found["benchmark"] + (" (trained on it)" if learnt_by_run else "")
        for view, label in VIEWS.items():
            if measured := found["views"].get(view):
                shares = percent(measured["pass_at_k"].get("1")), percent(measured["compile_rate"])
                rows.append([benchmark, found["model"], label, found["samples"]["total"], *shares])
    return rows


def learnt(evaluations: Iterable[dict], rounds: list[dict]) -> list[tuple[str, list[str]]]:
    """Benchmarks whose answers were trained on, once each, with the names of the rounds."""
    found: list[tuple[str, list[str]]] = []
    for each in evaluations:
        pair = each["benchmark"], trained_on(each, rounds)
        if pair[1] and pair not in found:
            found.append(pair)
    return found


def percent(figure: dict | None) -> str:
    """A share in percent with its interval."""
    if figure is None or not known(figure):
        return "unknown"
    return f"{100 * figure['value']:.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"
