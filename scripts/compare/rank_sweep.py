"""Rank the runs of a sweep by a figure on held-out data, with the settings that differ between them.

    python scripts/compare/rank_sweep.py --sweep rates --figure eval_loss \\
        --runs '[{"run": "rates-1", "settings": {"train": {"learning_rate": 1e-4}}, "metrics": "metrics.json"}]' \\
        --out rank.json --table rank.md

`--runs` is the JSON itself or the name of a file with it. For eval_loss, `metrics` is what the training of a run
wrote; for pass@1, what `compute_metrics` wrote.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from ferrule.core.files import read_json, write_json, write_text
from ferrule.evaluation.comparison.ranking import FIGURES, Run, ranking
from ferrule.evaluation.metrics.metrics_page import aligned, percent


def main() -> None:
    arguments = parse_arguments()
    try:
        given = runs_of(arguments.runs)
        runs = [Run(run["run"], run["settings"], read_json(run["metrics"])) for run in given]
        found = ranking(arguments.sweep, arguments.figure, runs)
    except (ValueError, OSError) as error:
        sys.exit(f"sweep {arguments.sweep}: {error}")
    write_json(arguments.out, found)
    write_text(arguments.table, page(found))


def runs_of(text: str) -> list[dict]:
    return json.loads(text if text.lstrip().startswith("[") else Path(text).read_text(encoding="utf-8"))


def page(found: dict) -> str:
    rows = [
        [
            str(row["rank"] or "-"),
            row["run"],
            shown(row["figure"]),
            *(cell(row["settings"][name]) for name in found["varying"]),
        ]
        for row in found["runs"]
    ]
    table = aligned(["rank", "run", found["figure"], *found["varying"]], rows, left=(1,))
    notes = "\n".join(f"- {note}" for note in found["notes"])
    head = f"# Sweep {found['sweep']}\n\n{len(rows):,} runs by {found['figure']}, {found['better']}."
    return "\n\n".join(part for part in (head, table, notes) if part) + "\n"


def shown(figure: dict | None) -> str:
    if figure is None:
        return "-"
    return f"{percent(figure)} %" if "low" in figure else f"{figure['value']:.4f}"


def cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sweep", required=True, metavar="NAME")
    parser.add_argument("--figure", choices=FIGURES, required=True)
    parser.add_argument("--runs", required=True, metavar="JSON", help="run, settings and metrics of each run")
    parser.add_argument("--out", required=True, help="the ranking, JSON")
    parser.add_argument("--table", required=True, help="the same as Markdown")
    return parser.parse_args()


if __name__ == "__main__":
    main()
