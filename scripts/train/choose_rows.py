"""Choose the rows of a run: read its sources, filter, weight and mix them, and count what happened to every row.

    python scripts/train/choose_rows.py --config '{"run": {"sources": ["dataset", "local:more.jsonl"]}}' \\
        --prompts resources/prompts.yaml --patterns resources/code_patterns.yaml \\
        --dataset-train results/dataset/train.parquet --dataset-val results/dataset/val.parquet \\
        --provenance results/dataset/provenance.parquet --train-out train.parquet --val-out val.parquet \\
        --telemetry telemetry.json --telemetry-table telemetry.tsv

Both tables are in the order in which they are used. The same sources and settings give the same bytes, whatever
--threads is. docs/training-data.md has the sources, the filters and the weights.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import write_json, write_text
from ferrule.core.yaml_files import read_yaml
from ferrule.rust.code_patterns import PatternError, read_patterns
from ferrule.training.row_selection import Chosen, check_weights
from ferrule.training.row_spill import Spool
from ferrule.training.sources import Files, SourceError, open_sources
from ferrule.training.telemetry import flat, reasons_table


def main() -> None:
    arguments = parse_arguments()
    files = Files(
        arguments.dataset_train, arguments.dataset_val, arguments.provenance, dict(arguments.experts)
    )
    try:
        choose_rows(arguments, files)
    except (SourceError, PatternError) as error:
        sys.exit(f"choose: {error}")


def choose_rows(arguments: argparse.Namespace, files: Files) -> None:
    settings = arguments.config["run"]
    sources = open_sources(settings, files, whole_prompt(arguments.prompts))
    check_weights(settings, sources)
    signs = read_patterns(arguments.patterns)
    with contextlib.ExitStack() as stack:
        spool = stack.enter_context(Spool(Path(arguments.train_out).parent))
        pool = None
        if arguments.threads > 1:
            context = multiprocessing.get_context("spawn")
            pool = stack.enter_context(ProcessPoolExecutor(arguments.threads, mp_context=context))
        chosen = Chosen(settings, sources, spool, signs)
        for number, source in enumerate(sources):
            chosen.read(number, source, pool, arguments.threads)
        train, val = chosen.train_order(), chosen.val_order()
        summary = {side: counts.summary() for side, counts in chosen.telemetry.items()}
        if not train:
            raise SourceError(
                "no row is left to train on; see `sources` and `filters` of the run:\n"
                + reasons_table(summary["train"])
            )
        spool.write(arguments.train_out, train)
        spool.write(arguments.val_out, val)
    write_json(arguments.telemetry, summary)
    write_text(arguments.telemetry_table, flat(summary))
    total = summary["train"]["total"]
    print(
        f"train: {total['read']} rows read, {total['kept']} kept, {len(train)} with repeats; val: {len(val)}"
    )


def whole_prompt(file: Path) -> str:
    """The prompt of whole files: the first of `modules.file`."""
    prompts = read_yaml(file)
    try:
        return prompts["modules"]["file"][0].strip("\n")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise SourceError(
            f"{file}: modules.file has no prompt for whole files; give it a list with one sentence"
        ) from None


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--prompts", type=Path, required=True, help="prompts.yaml, for rows that are whole files"
    )
    parser.add_argument(
        "--patterns",
        nargs="+",
        type=Path,
        required=True,
        help="code_patterns.yaml, the signs of idiomatic and of poor code; a later file adds to an earlier one",
    )
    parser.add_argument("--dataset-train", help="train.parquet of the workflow's dataset")
    parser.add_argument("--dataset-val", help="its val.parquet")
    parser.add_argument("--provenance", help="its provenance.parquet")
    parser.add_argument(
        "--experts",
        nargs="*",
        action="extend",
        type=named,
        default=[],
        metavar="ROUND=FILE",
        help="rows of rounds of experts",
    )
    parser.add_argument("--threads", type=int, default=1, help="processes that parse code")
    parser.add_argument("--train-out", required=True)
    parser.add_argument("--val-out", required=True)
    parser.add_argument("--telemetry", required=True, help="counts, as JSON")
    parser.add_argument("--telemetry-table", required=True, help="the same as tab-separated values")
    add_config(parser, "run")
    return parser.parse_args()


def named(text: str) -> tuple[str, str]:
    name, equals, file = text.partition("=")
    if not (name and equals and file):
        raise argparse.ArgumentTypeError(f"{text!r} is not ROUND=FILE")
    return name, file


if __name__ == "__main__":
    main()
