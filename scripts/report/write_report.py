"""Write the report: one HTML page about everything that a results folder holds, and its figures and tables as files.

    python scripts/report/write_report.py --results results --config config/config.yaml \\
        --template resources/report/page.html --out results/report.html --files results/report

It also works on a run that failed: the page says what is missing. `--files` is optional.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import write_text
from ferrule.report.page import html, read_page
from ferrule.report.report_files import report_files

SECTIONS = (
    "crates gates files chunks tasks error_fixing transformations behaviour near_duplicates decontaminate mix sources"
    " dataset report"
).split()


def main() -> None:
    arguments = parse_arguments()
    config = arguments.config
    try:
        page = read_page(arguments.results)
    except FileNotFoundError as error:
        sys.exit(str(error))
    shown = {name: values for name, values in config.items() if values and name != "report"}
    text = html(page, arguments.template, samples=config["report"].get("samples", 2_000), settings=shown)
    write_text(arguments.out, text)
    if arguments.files:
        for name, content in report_files(page).items():
            write_text(arguments.files / name, content)
    print(f"{arguments.out}: {len(text.encode()) / 1e6:.1f} MB")
    for line in page.results.unreadable:
        print(line)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--results", required=True, type=Path, metavar="FOLDER", help="what the workflow built"
    )
    parser.add_argument("--template", required=True, type=Path, help="resources/report/page.html")
    parser.add_argument("--out", required=True, metavar="FILE", help="the page")
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="where figures (SVG) and tables (TSV) go"
    )
    add_config(parser, *SECTIONS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
