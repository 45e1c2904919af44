"""Write the tables of docs/reasons.md from the enumerations in scripts/ferrule/core/reasons.py.

    python scripts/utilities/write_reasons.py            # after a change of a reason
    python scripts/utilities/write_reasons.py --check    # writes nothing; exits with 1 if the page is stale

The text around the tables is written by hand and kept. Each enumeration has a section with one table.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from ferrule.core import reasons
from ferrule.core.reasons import MakeReason, Reason

ROOT = Path(__file__).parents[2]
# The heading of a section: its table, and the heading of the table's first column.
SECTIONS: dict[str, tuple[type[Reason], str]] = {
    "Statuses": (reasons.Status, "status"),
    "Answers of gates": (reasons.GateAnswer, "answer"),
    "Files": (reasons.FileReason, "reason"),
    **{f"Stage {stage}": (tables[0], "reason") for stage, tables in reasons.STAGES.items()},
    "Statuses of answers": (reasons.AnswerStatus, "status"),
    "No answer": (reasons.NoAnswer, "reason"),
    "Pre-filter": (reasons.PrefilterReason, "reason"),
    "Exam": (reasons.WeakSpot, "reason"),
    "Repositories": (reasons.RepositoryReason, "reason"),
    "Files of repositories": (reasons.RepositoryFileReason, "reason"),
    "Questions": (reasons.QuestionReason, "reason"),
}
HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
TABLE = re.compile(r"(?:^\|.*\n)+", re.MULTILINE)


def main() -> None:
    arguments = parse_arguments()
    try:
        text = arguments.page.read_text(encoding="utf-8")
        wanted = page(text)
    except (OSError, ValueError) as error:
        sys.exit(f"{arguments.page}: {error}")
    if text == wanted:
        return
    if arguments.check:
        script = Path(__file__).relative_to(ROOT)
        sys.exit(f"{arguments.page}: stale; run python {script}")
    arguments.page.write_text(wanted, encoding="utf-8")
    print(f"{arguments.page}: written")


def page(text: str) -> str:
    """The page with new tables. Raises ValueError if its sections are not SECTIONS, each with one table."""
    before, *parts = HEADING.split(text)
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    if missing := sorted(SECTIONS.keys() - found.keys()):
        raise ValueError(
            f"no section {missing[0]!r}; add the heading, what it is about, and a line that starts with |"
        )
    if unknown := sorted(found.keys() - SECTIONS.keys()):
        raise ValueError(
            f"section {unknown[0]!r} has no table in SECTIONS of scripts/utilities/write_reasons.py"
        )
    return before + "".join(f"## {heading}\n{section(heading, body)}" for heading, body in found.items())


def section(heading: str, body: str) -> str:
    table = table_of(*SECTIONS[heading])
    body, count = TABLE.subn(lambda _: table, body)
    if count != 1:
        raise ValueError(
            f"section {heading!r} has {count} tables, not one; a table is written over lines with |"
        )
    return body


def table_of(words: type[Reason], first: str) -> str:
    tasks = issubclass(words, MakeReason)
    header = [first, "tasks", "meaning"] if tasks else [first, "meaning"]
    rows = [
        [f"`{word}`", *([word.tasks] if isinstance(word, MakeReason) else []), word.meaning] for word in words
    ]
    lines = ["| " + " | ".join(row) + " |" for row in [header, *rows]]
    lines.insert(1, "|---" * len(header) + "|")
    return "".join(f"{line}\n" for line in lines)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the page is stale")
    parser.add_argument(
        "--page", type=Path, default=ROOT / "docs/reasons.md", help="default: docs/reasons.md"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
