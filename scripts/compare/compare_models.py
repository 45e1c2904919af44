"""Compare a base model and a tuned one on the same problems: JSON, a page for the terminal, a page for a browser.

    python scripts/compare/compare_models.py --benchmark own --problems problems.jsonl \\
        --base smollm2-135m --base-results base/results.jsonl --base-metrics base/metrics.json \\
        --run tiny --run-results run/results.jsonl --run-metrics run/metrics.json \\
        --config config/config.yaml --template resources/comparison.html --json own.json --md own.md --html own.html

Both have to be judged alike: another problem set, other problems or another toolchain is refused. The same input
gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import sys

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, write_json, write_text
from ferrule.evaluation.comparison.compare import Model, NotComparable, comparison
from ferrule.evaluation.comparison.html_page import html_page
from ferrule.evaluation.comparison.markdown_page import markdown_page
from ferrule.evaluation.metrics.outcomes import read_results
from ferrule.evaluation.problems.problem import read_problems


def main() -> None:
    arguments = parse_arguments()
    try:
        problems = read_problems(arguments.problems)
        base, run = (model(arguments, side) for side in ("base", "run"))
        if base.metrics["benchmark"] != arguments.benchmark:
            raise NotComparable(
                f"{arguments.base_metrics} is of {base.metrics['benchmark']}, not of {arguments.benchmark}"
            )
        found = comparison(problems, base, run, arguments.config["evaluate"])
    except ValueError as error:
        sys.exit(str(error))
    found["notes"] += arguments.note
    if arguments.environment:
        found["environment"] = read_json(arguments.environment)
    write_json(arguments.json, found)
    write_text(arguments.md, markdown_page(found))
    write_text(arguments.html, html_page(found, arguments.template))


def model(arguments: argparse.Namespace, side: str) -> Model:
    given = {name: getattr(arguments, f"{side}_{name}") for name in ("results", "metrics", "sampling")}
    rounds = arguments.trained_on if side == "run" else arguments.base_trained_on
    return Model(
        getattr(arguments, side),
        read_results(given["results"]),
        read_json(given["metrics"]),
        settings_of(given["sampling"]) if given["sampling"] else {},
        {record["round"]: record for record in map(read_json, rounds)},
    )


def settings_of(sampling: str) -> dict:
    """The settings of sampling, from JSON itself or a file of it.

    Of a record only the settings: the model's name and checksums differ in any case.
    """
    record = json.loads(sampling) if sampling.lstrip().startswith("{") else read_json(sampling)
    return record.get("settings", record)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--benchmark", required=True, metavar="NAME")
    parser.add_argument("--problems", required=True, help="the set, problems.jsonl")
    for side in ("base", "run"):
        parser.add_argument(f"--{side}", required=True, metavar="NAME")
        parser.add_argument(f"--{side}-results", required=True, help="results.jsonl of the step metrics")
        parser.add_argument(f"--{side}-metrics", required=True, help="metrics.json of the step metrics")
        parser.add_argument(
            f"--{side}-sampling", help="how its samples were drawn, JSON or a file; differences are told"
        )
    for option, whose in (("--trained-on", "the run"), ("--base-trained-on", "its base")):
        parser.add_argument(
            option,
            nargs="*",
            default=[],
            metavar="FILE",
            help=f"records of expert iteration that {whose} was trained on",
        )
    parser.add_argument(
        "--note",
        action="append",
        default=[],
        metavar="TEXT",
        help="what a reader must know, such as uncompared data",
    )
    add_config(parser, "evaluate")
    parser.add_argument("--environment", help="what record_environment.py wrote")
    parser.add_argument("--template", required=True, help="the page for a browser, a Jinja2 template")
    for name in ("json", "md", "html"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
