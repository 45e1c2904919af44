"""Write the model card of a run: what was trained, on what, how, and what was measured.

    python scripts/publish/write_model_card.py --run tiny --config run.yaml \\
        --template resources/model_card.md \\
        --model-record results/models/smollm2-135m.json --train-metrics results/train/tiny/metrics.json \\
        --packing results/train/tiny/packed/train.json --telemetry results/train/tiny/telemetry.json \\
        --merge results/train/tiny/merge.json --dataset-card results/dataset/README.md \\
        --evaluations results/evaluate/own/tiny/metrics.json --out results/train/tiny/README.md

run.yaml has the settings of the run under the key `run`: every key of `run_defaults` in config/config.yaml.
A run that continues others names them all, the oldest first; one with rows of rounds of expert iteration, in itself or
in a run that it continues, names the rounds:

        --earlier first=TELEMETRY.json,METRICS.json,PACKING.json --trained-on results/experts/one.json

The template holds the sentences; every figure comes from one of the files, and what no file has is not in the card.
Folders of this machine are not in it either.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, sha256_file, write_text
from ferrule.core.templates import markdown_template
from ferrule.core.yaml_files import parse_yaml
from ferrule.training.model_card import Earlier, Records, figures


def main() -> None:
    arguments = parse_arguments()
    records = Records(
        model=read_json(arguments.model_record),
        metrics=read_json(arguments.train_metrics),
        packing=read_json(arguments.packing),
        telemetry=read_json(arguments.telemetry),
        merge=read_json(arguments.merge),
        evaluations=[read_json(path) for path in arguments.evaluations],
        earlier=[Earlier(run, *map(read_json, files)) for run, *files in arguments.earlier],
        started=[read_json(path) for path in arguments.started_from],
        # A round that the run and one before it both trained on may be named twice.
        rounds=[read_json(path) for path in dict.fromkeys(arguments.trained_on)],
        dataset=read_dataset_card(arguments.dataset_card) if arguments.dataset_card else None,
    )
    values = figures(arguments.run, arguments.config["run"], records)
    write_text(arguments.out, markdown_template(arguments.template).render(values))


def read_dataset_card(path: Path) -> dict:
    """Name, licences and checksum, from the head of the dataset's card."""
    head = parse_yaml(path.read_text(encoding="utf-8").split("---\n")[1])
    return {"name": head["pretty_name"], "licences": head["license"], "sha256": sha256_file(path)}


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--run", required=True, help="the run's name")
    parser.add_argument("--template", type=Path, required=True, help="the card's text, a Jinja2 template")
    parser.add_argument("--model-record", required=True, help="model.json of the base")
    parser.add_argument("--train-metrics", required=True, help="what train_adapter.py measured")
    parser.add_argument("--packing", required=True, help="the record of packing the rows to train on")
    parser.add_argument("--telemetry", required=True, help="what became of the rows of the sources")
    parser.add_argument("--merge", required=True, help="what merge_adapter.py measured")
    parser.add_argument(
        "--dataset-card", type=Path, help="README.md of the workflow's dataset, if it is a source"
    )
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
        "--started-from",
        nargs="*",
        default=[],
        help="records of imported adapters that the run, or one that it continues, began with; the oldest first",
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
