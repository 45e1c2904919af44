"""Write the model card of a run: what was trained, on what, how, and what was measured.

    PYTHONPATH=scripts python scripts/train/card.py --run tiny --settings "$(cat settings.json)" \\
        --model-record results/models/smollm2-135m/model.json --train-metrics results/train/tiny/metrics.json \\
        --packing results/train/tiny/packed/train.json --telemetry results/train/tiny/telemetry.json \\
        --merge results/train/tiny/merge.json --dataset-card results/dataset/README.md \\
        --evaluations results/evaluate/own/tiny/metrics.json --out results/train/tiny/README.md

The template (resources/model_card.md) holds the sentences; every figure comes from one of the files, and what no file
has is not in the card. Folders of this machine are not in it either.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from string import Template

import yaml

from ferrule.markdown import in_words, table
from ferrule.tables import read_json, sha256_file, write_text
from ferrule.training.card_head import header, known, without_folders

TEMPLATE = Path(__file__).parents[2] / "resources/model_card.md"
SHOWN = 12  # lines of a history of losses
VIEWS = {"policy_off": "policy off", "policy_on": "policy on"}
SECTIONS = ("sequence", "lora", "quantization", "train", "merge")


def main() -> None:
    arguments = parse_arguments()
    model, metrics = read_json(arguments.model_record), read_json(arguments.train_metrics)
    packing, merge = read_json(arguments.packing), read_json(arguments.merge)
    telemetry = read_json(arguments.telemetry)
    evaluations = [read_json(path) for path in arguments.evaluations]
    settings = without_folders(arguments.settings)
    total = telemetry["train"]["total"]
    values = dict(
        header=header(arguments.run, settings, model, evaluations),
        run=arguments.run,
        base=model["name"],
        samples=f"{packing['samples']:,}",
        steps=f"{metrics['steps']:,}",
        rank=merge["rank"],
        bits=settings["quantization"]["bits"],
        dtype=merge["dtype"],
        sources=sources_table(telemetry),
        tasks=table(["task", "rows"], [[name, part["rows"]] for name, part in total["tasks"].items()]),
        left_out=in_words(Counter(total["reasons"]) + Counter(packing["left_out"])) or "nothing",
        data=data(arguments.dataset_card, settings),
        filters=table(["filter", "value"], settings_rows(settings["filters"])),
        packing=packing_words(packing),
        settings=table(
            ["setting", "value"],
            [row for name in SECTIONS for row in settings_rows(settings[name], f"{name}.")],
        ),
        losses=losses(metrics, "loss"),
        evaluation_loss=losses(metrics, "eval_loss"),
        speed=speed(metrics),
        sequences=merge["sequences"],
        merge=table(
            ["model", "loss"],
            [[name, f"{merge['loss'][name]:.5f}"] for name in ("base", "adapter", "merged")],
        ),
        evaluation=evaluation_table(evaluations),
        limits="\n".join(f"- {text}" for text in limits(arguments.run, settings, metrics, evaluations)),
        origin=model["origin"],
        revision=model["revision"] or "none",
        base_sha256=model["sha256"],
        files=table(
            ["file", "sha256"],
            [[name, f"`{digest}`"] for name, digest in sorted(merge["files"].items())]
            + [["the adapter, adapter_model.safetensors", f"`{merge['adapter']}`"]],
        ),
    )
    write_text(arguments.out, Template(TEMPLATE.read_text(encoding="utf-8")).substitute(values))


def sources_table(telemetry: dict) -> str:
    lines = []
    for side, parts in telemetry.items():
        for source, part in parts["sources"].items():
            fallen = in_words(part["reasons"])
            lines.append([side, without_folders(source), part["read"], part["kept"], part["rows"], fallen])
    return table(["side", "source", "rows read", "kept", "with repeats", "left out"], lines)


def data(card: str | None, settings: dict) -> str:
    """What the card of the workflow's own dataset says of its licences, if rows of it are used."""
    if "dataset" not in settings["sources"] or not card:
        return "Licences of the rows are those of their sources."
    head = yaml.safe_load(Path(card).read_text(encoding="utf-8").split("---\n")[1])
    return (
        f"`dataset` is {head['pretty_name']} (licences of its rows: {', '.join(head['license'])}); its card has"
        f" sha256 `{sha256_file(card)}`."
    )


def packing_words(packing: dict) -> str:
    if not packing["sequences"]:
        return "No sequence was made."
    return (
        f"{packing['tokens']:,} tokens, {packing['answer_tokens']:,} of them with a loss, in"
        f" {packing['sequences']:,} sequences of {packing['length']:,} ({packing['filled']:.1%} filled); no sample"
        " is cut and none sees another."
    )


def settings_rows(section: dict, prefix: str = "") -> list[list]:
    return [[f"`{prefix}{key}`", json.dumps(value, ensure_ascii=False)] for key, value in section.items()]


def losses(metrics: dict, name: str) -> str:
    """Some lines of the history, the first and the last among them."""
    lines = [line for line in metrics["history"] if name in line]
    if not lines:
        return "There were no rows for an evaluation loss." if name == "eval_loss" else "No loss was logged."
    last = len(lines) - 1
    chosen = sorted({round(place * last / (SHOWN - 1)) for place in range(SHOWN)})
    label = {"loss": "training loss", "eval_loss": "evaluation loss"}[name]
    return table(["step", label], [[lines[place]["step"], f"{lines[place][name]:.4f}"] for place in chosen])


def speed(metrics: dict) -> str:
    shown = {
        "device": f"{metrics['devices']} x {metrics['device']}",
        "attention": metrics["attention"],
        "tokens a second": metrics["tokens_per_second"] and f"{metrics['tokens_per_second']:,.0f}",
        "seconds of training": f"{metrics['seconds']:,.0f}",
        "share of the peak in bf16 (MFU)": metrics["mfu"] and f"{metrics['mfu']:.1%}",
        "most memory, MiB": f"{metrics['memory_mb']:,.0f}",
        "trained weights": f"{metrics['trained_weights']:,}",
    }
    return table(["", ""], [[name, value] for name, value in shown.items() if value])


def evaluation_table(evaluations: list[dict]) -> str:
    lines = []
    for found in evaluations:
        for view, label in VIEWS.items():
            figures = found["views"].get(view)
            if figures:
                samples = found["samples"]["total"]
                first = figures["pass_at_k"].get("1")
                lines.append([
                    found["benchmark"], found["model"], label, samples, percent(first), percent(figures["compile_rate"])
                ])  # fmt: skip
    if not lines:
        return "This model was not evaluated."
    names = ["benchmark", "model", "answers", "samples", "pass@1 %", "compiles %"]
    return table(names, lines) + "\n\nSquare brackets: 95 % interval, bootstrap over problems."


def percent(figure: dict | None) -> str:
    if not known(figure):
        return "unknown"
    return f"{100 * figure['value']:.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"


def limits(run: str, settings: dict, metrics: dict, evaluations: list[dict]) -> list[str]:
    found = [
        "Its code is not checked by anyone before you run it: compile, test and read it.",
        f"It has seen samples of at most {settings['sequence']['length']:,} tokens, and one prompt and answer each:"
        " no long chats.",
        "The licence is the base's; what the model repeats of its data is under the licence of that data.",
    ]
    if not any(each["model"] == run for each in evaluations):
        found.append("It was not evaluated: that its loss fell says nothing about its code.")
    if metrics["eval_loss"] is None:
        found.append("There was no evaluation loss: overfitting was not looked for.")
    if settings["quantization"]["bits"] == 4:
        found.append(
            "It was trained with the base in 4 bits and is used with it in 16: the losses differ (Merge)."
        )
    return found


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", required=True, help="the run's name")
    parser.add_argument("--settings", type=json.loads, required=True, help="the run's settings, as JSON")
    parser.add_argument("--model-record", required=True, help="model.json of the base")
    parser.add_argument("--train-metrics", required=True, help="what train.py measured")
    parser.add_argument("--packing", required=True, help="the record of packing the rows to train on")
    parser.add_argument("--telemetry", required=True, help="what became of the rows of the sources")
    parser.add_argument("--merge", required=True, help="what merge.py measured")
    parser.add_argument("--dataset-card", help="README.md of the workflow's dataset, if it is a source")
    parser.add_argument("--evaluations", nargs="*", default=[], help="metrics.json of evaluations")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
