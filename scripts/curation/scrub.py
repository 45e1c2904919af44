"""Remove secrets, personal data, and the rows of those who opted out.

    python scripts/curation/scrub.py --pool pool.parquet --config config/config.yaml \\
        --crates-dir results/crates --list crates.txt \\
        --out scrubbed.parquet --dropped dropped.parquet --funnel scrub.json

opted_out      the crate, its repository or one of its authors is on the list (ferrule.dataset.opt_out)
secret         a text of the row has a key, a token or a password (ferrule.dataset.secrets)
personal_data  it has an e-mail address, a telephone number, a public address or a home folder (ferrule.dataset.pii)

`detail` names the kinds or the line of the list, never what was found. With `mask` the row stays, with
placeholders in all its texts and the verdict `unjudged`: the answer is then no longer the text in the
crate. With `keep` nothing is looked for. One pass; some thousands of rows are in memory at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import ScrubReason
from ferrule.core.row_stream import Fate, batches, dropped_rows, row_writer, stage_counts
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.crates import authors
from ferrule.crates.crate_records import read_records
from ferrule.dataset import opt_out, pii, secrets
from ferrule.dataset.masking import TEXTS, mask

LOOKS = {ScrubReason.SECRET: secrets, ScrubReason.PERSONAL_DATA: pii}


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["scrub"]
    wishes = opt_out.OptOut()
    if settings.get("opt_out"):
        try:
            wishes = opt_out.read(settings.get("opt_out"))
        except (OSError, ValueError) as error:
            sys.exit(f"scrub: {error}")
    refused = refused_crates(wishes, arguments.crates_dir, arguments.list) if wishes else {}
    scrubber = Scrubber(
        {
            ScrubReason.SECRET: settings.get("secrets", "drop"),
            ScrubReason.PERSONAL_DATA: settings.get("personal", "drop"),
        },
        wishes,
        refused,
    )
    with row_writer(arguments.out) as kept, row_writer(arguments.dropped, DROPPED) as dropped:
        for table in batches(arguments.pool):
            fates, masked = scrubber.decide(table)
            stay, fall = (
                pa.array([(fate is None) == good for fate in fates], pa.bool_()) for good in (True, False)
            )
            kept.write(replace(table, masked).filter(stay))
            reasons = [fate for fate in fates if fate]
            dropped.write(
                dropped_rows(table.filter(fall), "scrub", [r for r, _ in reasons], [d for _, d in reasons])
            )
    write_json(arguments.funnel, scrubber.counts())
    print(
        f"{scrubber.fates.count(None)} of {len(scrubber.fates)} rows stay, {sum(scrubber.masked.values())} of them masked"
    )


class Scrubber:
    """Decides on rows and keeps count. `actions` is what to do with each reason: drop, mask or keep."""

    def __init__(self, actions: dict[str, str], wishes: opt_out.OptOut, refused: dict[tuple[str, str], str]):
        self.actions = {reason: action for reason, action in actions.items() if action != "keep"}
        self.refused = refused
        self.repository, self.crate = cache(wishes.repository), cache(wishes.crate)
        self.fates: list[Fate] = []
        self.kinds: list[str] = []
        self.found, self.masked = Counter(), Counter()

    def decide(self, table: pa.Table) -> tuple[list[Fate], dict[int, dict]]:
        """For every row None or why it falls, and the rows that are masked, by number."""
        fates = self.opted_out(table)
        suspects = {reason: self.suspects(table, LOOKS[reason].AHEAD) for reason in self.actions}
        masked = {}
        for number in sorted(set().union(*suspects.values())):
            if fates[number]:
                continue
            row = table.slice(number, 1).to_pylist()[0]
            kept = []
            for reason, action in self.actions.items():
                found = look(row, reason) if number in suspects[reason] else []
                kinds = sorted({kind for _, kind in found})
                self.found.update(kinds)
                if found and action == "drop":
                    fates[number] = (reason, ", ".join(kinds))
                    break
                kept += found
            if kept and not fates[number]:
                masked[number] = mask(row, kept)
                self.masked.update({row["_task_type"]: 1})
        self.fates += fates
        self.kinds += map(sys.intern, table["_task_type"].to_pylist())
        return fates, masked

    def opted_out(self, table: pa.Table) -> list[Fate]:
        columns = (table[name].to_pylist() for name in ("_source_crate", "_version", "_repository"))
        answers = (
            self.refused.get((crate, version or ""))
            or self.crate(crate or "")
            or self.repository(repository or "")
            for crate, version, repository in zip(*columns, strict=True)
        )
        return [(ScrubReason.OPTED_OUT, answer) if answer else None for answer in answers]

    def suspects(self, table: pa.Table, ahead: str) -> set[int]:
        """Rows of which a text may hold something: a quick look, since nearly all rows hold nothing."""
        found = None
        for name in TEXTS:
            here = pc.fill_null(pc.match_substring_regex(table[name], ahead), False)
            found = here if found is None else pc.or_(found, here)
        return set(pc.indices_nonzero(found).to_pylist())

    def counts(self) -> dict:
        more = dict(found=self.found, masked=self.masked)
        return stage_counts("scrub", self.kinds, self.fates) | more


def look(row: dict, reason: str) -> list[tuple[str, str]]:
    """What a row's texts hold: (text, kind)."""
    find = LOOKS[reason].find
    texts = dict.fromkeys(row[name] for name in TEXTS if row[name])
    return sorted({(text[hit.start : hit.end], hit.kind) for text in texts for hit in find(text)})


def replace(table: pa.Table, rows: dict[int, dict]) -> pa.Table:
    """The table with some of its rows changed."""
    if not rows:
        return table
    return pa.concat_tables(list(pieces(table, rows)))


def pieces(table: pa.Table, rows: dict[int, dict]) -> Iterator[pa.Table]:
    at = 0
    for number, row in sorted(rows.items()):
        yield table.slice(at, number - at)
        yield pa.Table.from_pylist([row], schema=SAMPLES)
        at = number + 1
    yield table.slice(at)


def refused_crates(
    wishes: opt_out.OptOut, crates: Path | None, list_file: str | None
) -> dict[tuple[str, str], str]:
    """Crates of the run that are on the list by their authors; what else is on it the rows tell themselves."""
    if not wishes.lines["author"]:
        return {}
    if crates is None or list_file is None:
        sys.exit("scrub: the list names authors; --crates-dir and --list say where their crates are")
    answers = {
        record.key[:2]: wishes.authors(
            authors.authors(record.folder / "source", record.crate.get("package") or ".")
        )
        for record in read_records(crates, list_file)
    }
    return {key: answer for key, answer in answers.items() if answer}


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, pool="samples", out="samples that stay", dropped="what fell and why", funnel="counts")
    parser.add_argument("--crates-dir", type=Path, help="folder with one folder per crate, for authors")
    parser.add_argument("--list", help="the crates of the run: spec, tab, source, for authors")
    add_config(parser, "scrub")
    return parser.parse_args()


if __name__ == "__main__":
    main()
