"""Join samples, answers, verdicts and quality into results, figures and a page to read.

    python scripts/evaluate/compute_metrics.py --problems problems.jsonl --samples samples.jsonl --answers answers.jsonl \\
        --verdicts verdicts.jsonl --quality quality.jsonl --references references.json --source source.json \\
        --model mine --settings '{"seed": 0, "bootstrap": 10000}' --toolchain 'rustc 1.95.0' \\
        --results results.jsonl --metrics metrics.json --table metrics.md

The same input gives the same bytes: nothing in the output comes from a clock.
"""

from __future__ import annotations

import argparse
import json
import sys

from ferrule.core.files import read_json, read_jsonl, write_json, write_jsonl, write_text
from ferrule.evaluation.metrics.figures import figures
from ferrule.evaluation.metrics.metrics_page import page
from ferrule.evaluation.metrics.outcomes import joined
from ferrule.evaluation.problems.problem import Problem, read_problems


def main() -> None:
    arguments = parse_arguments()
    problems = read_problems(arguments.problems)
    read = {name: read_jsonl(getattr(arguments, name)) for name in ("samples", "answers", "verdicts")}
    quality = read_jsonl(arguments.quality) if arguments.quality else ()
    try:
        rows = list(joined(problems, **read, quality=quality))
        found = provenance(arguments, problems) | figures(problems, rows, arguments.settings)
    except ValueError as error:
        sys.exit(f"{arguments.model}: {error}")
    write_jsonl(arguments.results, rows)
    write_json(arguments.metrics, found)
    write_text(arguments.table, page(found))


def provenance(arguments: argparse.Namespace, problems: dict[str, Problem]) -> dict:
    source, references = read_json(arguments.source), read_json(arguments.references)
    names = ("hash", "license", "origin", "sha256", "errata")
    failing = {name: found["status"] for name, found in references.items() if found["status"] != "passed"}
    return {
        "benchmark": source.get("benchmark", source.get("name", "")),
        "model": arguments.model,
        "problem_set": {name: source.get(name, "") for name in names} | {"problems": len(problems)},
        "toolchain": arguments.toolchain,
        "settings": arguments.settings,
        "references": {"passed": len(references) - len(failing), "not_passed": failing},
    }


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("problems", "samples", "answers", "verdicts"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument(
        "--quality", help="what the step quality found out; without it there are no such figures"
    )
    parser.add_argument("--references", required=True, help="what became of the problems' own solutions")
    parser.add_argument("--source", required=True, help="where the problems come from")
    parser.add_argument("--model", required=True)
    parser.add_argument("--settings", type=json.loads, default={}, help="the section `evaluate`, as JSON")
    parser.add_argument("--toolchain", required=True, help="what `rustc -V` says")
    for name in ("results", "metrics", "table"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
