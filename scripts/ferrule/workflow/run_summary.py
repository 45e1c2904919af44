"""The summary at the end of a run: the files for people that this run wrote, and their main lines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ferrule.core.files import read_json

SHOWN = 12  # comparisons: beyond that, the folder


# For a run that stopped early: the rule of the report waits for the whole dataset.
PARTIAL = (
    "report    of what there is: python scripts/report/write_report.py --results results"
    " --template resources/report/page.html --out report.html"
)


def closing_words(since: float, results: Path = Path("results")) -> Iterator[str]:
    """The dataset's summary, a JSON line for each evaluation, a sentence for each comparison, the report's place, the
    tables of monitored runs and of sweeps: those written after `since`."""

    def written(pattern: str) -> list[Path]:
        return sorted(path for path in results.glob(pattern) if path.stat().st_mtime > since)

    for path in written("dataset/summary.txt"):
        yield path.read_text().rstrip("\n")
    if evaluations := written("evaluate/*/*/metrics.json"):
        from ferrule.evaluation.metrics.metrics_line import (
            metrics_line,  # slow to load; every command loads this module
        )

        for path in evaluations:
            yield metrics_line(read_json(path))
    comparisons = written("compare/*/*-vs-*.json")
    pages = [path for path in comparisons if not path.name.endswith(".environment.json")]
    for path in pages[:SHOWN]:
        yield f"{path.with_suffix('.md')}: {read_json(path)['views']['policy_off']['says'][0]}"
    if len(pages) > SHOWN:
        yield f"{results}/compare: {len(pages) - SHOWN} more"
    for path in written("report.html"):
        yield f"report    {path}: open it in a browser"
    for path in [*written("train/*/monitor.md"), *written("sweeps/*.md")]:
        yield f"{path}:\n{path.read_text().rstrip()}"
