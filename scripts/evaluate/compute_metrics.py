"""Join samples, answers, verdicts and quality into results, figures and a page to read.

    python scripts/evaluate/compute_metrics.py --problems problems.jsonl --source source.json \\
        --references references.json --samples samples.jsonl --answers answers.jsonl \\
        --verdicts verdicts.jsonl --quality quality.jsonl --model mine --toolchain "$(rustc -vV)" \\
        --config config/config.yaml --results results.jsonl --metrics metrics.json --table metrics.md

The last line of stdout has the main figures as one JSON object; everything else goes to stderr. The same input gives
the same bytes: nothing in the output comes from a clock.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, read_jsonl, write_json, write_jsonl, write_text
from ferrule.evaluation.metrics.figures import figures
from ferrule.evaluation.metrics.metrics_line import metrics_line
from ferrule.evaluation.metrics.metrics_page import page
from ferrule.evaluation.metrics.outcomes import joined
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.evaluation.problems.subset import subset_of

SETTINGS = ("bootstrap", "k", "policy", "seed")


def main() -> None:
    arguments = parse_arguments()
    problems = read_problems(arguments.problems)
    read = {name: read_jsonl(getattr(arguments, name)) for name in ("samples", "answers", "verdicts")}
    quality = read_jsonl(arguments.quality) if arguments.quality else None
    try:
        taken, subset = subset_of(problems, arguments.config["evaluate"])
        dtypes: set[str] = set()
        read["samples"] = with_types(read["samples"], dtypes)
        rows = list(joined(taken, **read, quality=quality))
        about = provenance(arguments, problems, taken) | {"subset": subset}
        found = about | figures(taken, rows, settings_of(arguments))
    except ValueError as error:
        sys.exit(f"{arguments.model}: {error}")
    if dtypes:
        found["samples"]["dtypes"] = sorted(dtypes)
    write_jsonl(arguments.results, rows)
    write_json(arguments.metrics, found)
    write_text(arguments.table, page(found))
    print(metrics_line(found))


def with_types(samples: Iterable[dict], dtypes: set[str]) -> Iterator[dict]:
    """The samples as they are. The types of the weights that they were sampled with are added to `dtypes`."""
    for sample in samples:
        if dtype := sample.get("dtype"):
            dtypes.add(dtype)
        yield sample


def settings_of(arguments: argparse.Namespace) -> dict:
    """The settings that the figures depend on, as they are recorded with them."""
    return {name: value for name, value in arguments.config["evaluate"].items() if name in SETTINGS}


def provenance(
    arguments: argparse.Namespace, problems: dict[str, Problem], taken: dict[str, Problem]
) -> dict:
    """What was measured and how; the set is named as a whole, the references are those of the problems taken."""
    source = read_json(arguments.source)
    references = {name: each for name, each in read_json(arguments.references).items() if name in taken}
    names = ("hash", "license", "origin", "sha256", "errata")
    failing = {name: found["status"] for name, found in references.items() if found["status"] != "passed"}
    return {
        "benchmark": source.get("benchmark", source.get("name", "")),
        "model": arguments.model,
        "problem_set": {name: source.get(name, "") for name in names} | {"problems": len(problems)},
        "toolchain": arguments.toolchain,
        "settings": settings_of(arguments),
        "references": {"passed": len(references) - len(failing), "not_passed": failing},
    }


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, "problems", "samples", "answers", "verdicts", "results", "metrics", "table")
    add_files(
        parser,
        references="what became of the problems' own solutions",
        source="where the problems come from",
    )
    parser.add_argument(
        "--quality", help="what `measure_quality` found out; without it there are no such figures"
    )
    parser.add_argument("--model", required=True, metavar="NAME")
    parser.add_argument("--toolchain", required=True, help="what `rustc -V` says")
    add_config(parser, "evaluate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
