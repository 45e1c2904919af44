"""Write the model card of a run: what was trained, on what, how, and what was measured.

    PYTHONPATH=scripts python scripts/train/write_model_card.py --run tiny --settings "$(cat settings.json)" \\
        --model-record results/models/smollm2-135m/model.json --train-metrics results/train/tiny/metrics.json \\
        --packing results/train/tiny/packed/train.json --telemetry results/train/tiny/telemetry.json \\
        --merge results/train/tiny/merge.json --dataset-card results/dataset/README.md \\
        --evaluations results/evaluate/own/tiny/metrics.json --out results/train/tiny/README.md

A run that continues others names them all, the oldest first; one with rows of rounds of expert iteration, in itself or
in a run that it continues, names the rounds:

        --earlier first=TELEMETRY.json,METRICS.json,PACKING.json --trained-on results/experts/one.json

The template (resources/model_card.md) holds the sentences; every figure comes from one of the files, and what no file
has is not in the card. Folders of this machine are not in it either.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from string import Template
from typing import NamedTuple

import yaml

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, sha256_file, write_text
from ferrule.core.markdown import in_words, table
from ferrule.training.card_head import header, known, trained_on, without_folders

TEMPLATE = Path(__file__).parents[2] / "resources/model_card.md"
SHOWN = 12  # lines of a history of losses
VIEWS = {"policy_off": "policy off", "policy_on": "policy on"}
SECTIONS = ("sequence", "lora", "quantization", "train", "merge")


class Earlier(NamedTuple):
    """A run that this one continues."""

    run: str
    sources: list[str]
    metrics: dict
    packing: dict


def main() -> None:
    arguments = parse_arguments()
    model, metrics = read_json(arguments.model_record), read_json(arguments.train_metrics)
    packing, merge = read_json(arguments.packing), read_json(arguments.merge)
    telemetry = read_json(arguments.telemetry)
    evaluations = [read_json(path) for path in arguments.evaluations]
    settings = without_folders(arguments.config["run"])
    earlier = [earlier_run(*each) for each in arguments.earlier]
    earlier_sources = [source for each in earlier for source in each.sources]
    # A round that the run and one before it both trained on may be named twice.
    rounds = [read_json(path) for path in dict.fromkeys(arguments.trained_on)]
    total = telemetry["train"]["total"]
    values = dict(
        header=header(arguments.run, settings, model, evaluations, earlier_sources, rounds),
        run=arguments.run,
        base=model["name"],
        samples=f"{packing['samples']:,}",
        steps=f"{metrics['steps']:,}",
        continues=continues(earlier, metrics),
        rank=merge["rank"],
        bits=settings["quantization"]["bits"],
        dtype=merge["dtype"],
        sources=sources_table(telemetry),
        earlier=earlier_table(earlier),
        rounds=rounds_words(rounds),
        tasks=table(["task", "rows"], [[name, part["rows"]] for name, part in total["tasks"].items()]),
        left_out=in_words(Counter(total["reasons"]) + Counter(packing["left_out"])) or "nothing",
        data=data(arguments.dataset_card, settings["sources"] + earlier_sources),
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
        evaluation=evaluation_table(arguments.run, evaluations, rounds),
        limits="\n".join(
            f"- {text}" for text in limits(arguments.run, settings, metrics, evaluations, earlier, rounds)
        ),
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


def earlier_run(run: str, telemetry: str, metrics: str, packing: str) -> Earlier:
    sources = read_json(telemetry)["train"]["sources"]
    return Earlier(run, [without_folders(name) for name in sources], read_json(metrics), read_json(packing))


def continues(earlier: list[Earlier], metrics: dict) -> str:
    """For the first paragraph: what else is in the weights."""
    if not earlier:
        return ""
    names = ", ".join(
        f"{run.run} ({run.packing['samples']:,} samples, {run.metrics['steps']:,} steps)" for run in earlier
    )
    what = "another run" if len(earlier) == 1 else "other runs, the oldest first"
    steps = metrics["steps"] + sum(run.metrics["steps"] for run in earlier)
    whose = "Its" if len(earlier) == 1 else "Their"
    return f"\nIt continues {what}: {names}. {whose} data is in these weights too: {steps:,} steps in all."


def earlier_table(earlier: list[Earlier]) -> str:
    if not earlier:
        return ""
    lines = []
    for run in earlier:
        figures = [run.metrics[name] for name in ("loss", "eval_loss")]
        shown = ["none" if figure is None else f"{figure:.4f}" for figure in figures]
        lines.append([run.run, ", ".join(run.sources), run.packing["samples"], run.metrics["steps"], *shown])
    names = ["run", "sources", "samples", "steps", "mean training loss", "evaluation loss"]
    return (
        "\n\nAll this is the data of this run alone. The runs that it continues, the oldest first, whose data and"
        " licences count as well:\n\n" + table(names, lines)
    )


def rounds_words(rounds: list[dict]) -> str:
    if not rounds:
        return ""
    named = ", ".join(
        f"{each['round']} ({each['kept']:,} answers, to problems of a set of {each['problem_set']['problems']:,}"
        f" with hash `{each['problem_set']['hash']}`)"
        for each in rounds
    )
    return (
        "\n\nAmong what it was trained on are answers that its base or an earlier run gave to problems, from rounds of"
        f" expert iteration: {named}."
    )


def sources_table(telemetry: dict) -> str:
    lines = []
    for side, parts in telemetry.items():
        for source, part in parts["sources"].items():
            fallen = in_words(part["reasons"])
            lines.append([side, without_folders(source), part["read"], part["kept"], part["rows"], fallen])
    return table(["side", "source", "rows read", "kept", "with repeats", "left out"], lines)


def data(card: str | None, sources: list[str]) -> str:
    """What the card of the workflow's own dataset says of its licences, if rows of it are used."""
    if "dataset" not in sources or not card:
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


def evaluation_table(run: str, evaluations: list[dict], rounds: list[dict]) -> str:
    lines, warnings = [], []
    for found in evaluations:
        benchmark = found["benchmark"]
        if names := trained_on(found, rounds):
            warnings.append(
                f"**{benchmark} is no test of what is new to {run}.** It was trained on answers that its base or an"
                f" earlier run gave to these very problems (expert iteration {', '.join(names)}): its figures on them"
                " say what it has learnt by heart, and nothing about problems that it has not seen. They are not among"
                " the results in the head of this card."
            )
            if found["model"] == run:
                benchmark += " (trained on it)"
        for view, label in VIEWS.items():
            figures = found["views"].get(view)
            if figures:
                samples = found["samples"]["total"]
                first = figures["pass_at_k"].get("1")
                lines.append(
                    [
                        benchmark,
                        found["model"],
                        label,
                        samples,
                        percent(first),
                        percent(figures["compile_rate"]),
                    ]
                )
    if not lines:
        return "This model was not evaluated."
    names = ["benchmark", "model", "answers", "samples", "pass@1 %", "compiles %"]
    # One sentence for a benchmark, also where figures of the base are beside those of the run.
    said = "".join(f"\n\n{text}" for text in dict.fromkeys(warnings))
    return table(names, lines) + said + "\n\nSquare brackets: 95 % interval, bootstrap over problems."


def percent(figure: dict | None) -> str:
    if not known(figure):
        return "unknown"
    return f"{100 * figure['value']:.1f} [{100 * figure['low']:.1f}, {100 * figure['high']:.1f}]"


def limits(
    run: str,
    settings: dict,
    metrics: dict,
    evaluations: list[dict],
    earlier: list[Earlier],
    rounds: list[dict],
) -> list[str]:
    own = [each for each in evaluations if each["model"] == run]
    length = max([settings["sequence"]["length"], *(each.packing["length"] for each in earlier)])
    found = [
        "Its code is not checked by anyone before you run it: compile, test and read it.",
        f"It has seen samples of at most {length:,} tokens, and one prompt and answer each: no long chats.",
        "The licence is the base's; what the model repeats of its data is under the licence of that data.",
    ]
    if not own:
        found.append("It was not evaluated: that its loss fell says nothing about its code.")
    elif all(trained_on(each, rounds) for each in own):
        found.append("It was evaluated on no problems but those whose answers it was trained on.")
    if metrics["eval_loss"] is None:
        found.append("There was no evaluation loss: overfitting was not looked for.")
    if settings["quantization"]["bits"] == 4:
        found.append(
            "It was trained with the base in 4 bits and is used with it in 16: the losses differ (Merge)."
        )
    return found


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--run", required=True, help="the run's name")
    parser.add_argument("--model-record", required=True, help="model.json of the base")
    parser.add_argument("--train-metrics", required=True, help="what train.py measured")
    parser.add_argument("--packing", required=True, help="the record of packing the rows to train on")
    parser.add_argument("--telemetry", required=True, help="what became of the rows of the sources")
    parser.add_argument("--merge", required=True, help="what merge.py measured")
    parser.add_argument("--dataset-card", help="README.md of the workflow's dataset, if it is a source")
    parser.add_argument("--evaluations", nargs="*", default=[], help="metrics.json of evaluations")
    parser.add_argument(
        "--earlier",
        nargs="*",
        action="extend",
        type=earlier_files,
        default=[],
        metavar="RUN=TELEMETRY.json,METRICS.json,PACKING.json",
        help="a run that this one continues, and its records; the oldest first",
    )
    parser.add_argument(
        "--trained-on",
        nargs="*",
        action="extend",
        default=[],
        help="records of rounds of expert iteration that the run, or one that it continues, was trained on",
    )
    parser.add_argument("--out", required=True)
    add_config(parser, "run")
    return parser.parse_args()


def earlier_files(text: str) -> list[str]:
    run, _, files = text.partition("=")
    found = [run, *files.split(",")]
    if len(found) != 4 or not all(found):
        raise argparse.ArgumentTypeError(f"{text!r} is not RUN=TELEMETRY.json,METRICS.json,PACKING.json")
    return found


if __name__ == "__main__":
    main()
