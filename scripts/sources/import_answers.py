"""Take the questions and answers about repositories into the dataset, as samples of the task `questions`.

    python scripts/sources/import_answers.py --name qa --database results/qa/qa.sqlite --config \\
        '{"sources": {"qa": {"min_quality": 0.7}}, "gates": {"allowed_licenses": ["MIT"]}}' \\
        --out qa.parquet --dropped qa.dropped.parquet --counts qa.json

A sample is the first exchange of a conversation; later turns need what was said before them and are dropped. Each has
the licence, address and commit of its repository. What the compiler said about the code of an answer is the verdict.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import lru_cache

import orjson

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import SourceReason
from ferrule.core.schemas import identity
from ferrule.crates import spdx
from ferrule.dataset.source_tables import SourceTables, drop_row
from ferrule.qa.database import conversations
from ferrule.tasks.sample_rows import NOTHING, too_long

TASK = "questions"
# Of an answer without code nothing was judged; broken code is kept out of what counts as Rust.
VERDICTS = {"compiles": "compiles", "parses": "parses"}


def main() -> None:
    arguments = parse_arguments()
    source = arguments.config["sources"][arguments.name]
    check = lru_cache(4096)(lambda text: spdx.check(text, arguments.config["gates"]["allowed_licenses"]))
    with SourceTables(arguments.name, arguments.out, arguments.dropped, "stop") as tables:
        for sample in conversations(arguments.database):
            tables.read += 1
            first, *later = samples_of(arguments.name, sample)
            for row in later:
                tables.drop(drop_row(row, "source", SourceReason.FOLLOW_UP))
            allowed, why = check(first["_license"])
            quality = sample["sample_quality_score"]
            if not allowed:
                tables.drop(drop_row(first, "source", SourceReason.LICENSE, why))
            elif quality < source.get("min_quality", 0):
                tables.drop(drop_row(first, "source", SourceReason.LOW_QUALITY, f"{quality:g}"))
            elif long := too_long(first):
                tables.drop(drop_row(first, "make", *long))
            else:
                tables.keep(first)
    write_json(arguments.counts, tables.counts())


def samples_of(name: str, sample: dict) -> Iterator[dict]:
    """A row of SAMPLES for each exchange of a conversation."""
    turns = sample["turns"]
    for number in range(0, len(turns) - 1, 2):
        (_, question, about), (_, answer, said) = turns[number : number + 2]
        place, judged = orjson.loads(about), orjson.loads(said)
        where = [place[each] for each in ("repository", "path", "start", "kind")]
        row_id = identity(name, TASK, *where, number, question, answer)
        yield NOTHING | dict(
            prompt=question,
            gen=answer,
            split="",
            _id=row_id,
            _task_type=TASK,
            _source=name,
            _source_crate=place["repository"],
            # Later steps take rows of one place for forms of one item: each answer is its own.
            _source_file=f"{place['path']}#{row_id}",
            _version="",
            _sha256=place["sha256"],
            _license=place["license"],
            _repository=place["address"],
            _commit=place["commit"],
            _start=place["start"],
            _end=place["end"],
            _verdict=VERDICTS.get(judged["verdict"], "unjudged"),
            _rustc="",
            _tests=[],
            _variant=place["kind"],
            _error_code="",
            _diagnostic="",
        )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name under `sources`")
    add_files(
        parser, database="qa.sqlite", out="samples", dropped="what was left out, and why", counts="how many"
    )
    add_config(parser, "sources", "gates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
