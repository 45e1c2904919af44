"""Write the NOTICE of a dataset: whose code is in it, under which licences, and the texts of these.

    python scripts/dataset/write_notice.py --provenance provenance.parquet \\
        --crates-dir results/crates --list crates.txt --out NOTICE

Every crate that has rows, by name and version: authors, repository and licence as its manifest has them, and
its licence files (ferrule.crates.licence_files, with files that name authors). A text that several crates have stands
once, with its number at each. Rows from other sources are listed by source and licence; their texts are not here.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_text
from ferrule.core.row_stream import batches
from ferrule.crates import authors, licence_files
from ferrule.crates.crate_records import CrateRecord, read_records

COLUMNS = ["_source", "_source_crate", "_version", "_license"]
PEOPLE = re.compile(r"(authors|contributors|credits)(\.(md|txt))?", re.IGNORECASE)
RULE = "=" * 80
HEAD = """NOTICE

This dataset holds source code and documentation of the packages below, cut into pieces and put into prompts
and answers. They belong to their authors and come under the licences named here; whoever passes them on has
to keep these notices. Names, addresses and licences are those of each package's own files, unchanged.
"""


def main() -> None:
    arguments = parse_arguments()
    used, others = count_rows(arguments.provenance)
    records = find_records(used, read_records(arguments.crates_dir, arguments.list))
    write_text(arguments.out, notice(records, used, others))
    print(f"{len(records)} crates")


def count_rows(path: Path) -> tuple[Counter, Counter]:
    """Rows by (crate, version), and those of other sources by (source, licence)."""
    crates, others = Counter(), Counter()
    for table in batches(path, COLUMNS):
        for source, crate, version, licence in zip(
            *(table[name].to_pylist() for name in COLUMNS), strict=True
        ):
            if source == "crates":
                crates[crate, version or ""] += 1
            else:
                others[source or "not named", licence or "none stated"] += 1
    return crates, others


def find_records(used: Counter, records: list[CrateRecord]) -> list[CrateRecord]:
    known = {record.key[:2]: record for record in records if not record.twin}
    if missing := sorted(set(used) - set(known)):
        name, version = missing[0]
        raise SystemExit(f"notice: {name} {version} has rows but is not among the crates of this run")
    return [known[key] for key in sorted(used)]


@dataclass
class Texts:
    """Licence texts by content; each is printed once."""

    numbers: dict[str, int] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    holders: list[list[str]] = field(default_factory=list)

    def add(self, text: str, holder: str) -> int:
        # Line ends and trailing spaces differ between systems and mean nothing.
        text = "\n".join(map(str.rstrip, text.replace("\r\n", "\n").split("\n"))).strip("\n")
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self.numbers:
            self.numbers[key] = len(self.texts) + 1
            self.texts.append(text)
            self.holders.append([])
        number = self.numbers[key]
        self.holders[number - 1].append(holder)
        return number


def notice(records: list[CrateRecord], used: Counter, others: Counter) -> str:
    texts = Texts()
    parts = [HEAD, RULE, f"PACKAGES ({len(records)})", RULE, ""]
    parts += [entry(record, used[record.key[:2]], texts) for record in records]
    if others:
        parts += [RULE, "OTHER SOURCES", RULE, ""]
        parts += [
            f"{source}: {rows:,} rows under {licence}" for (source, licence), rows in sorted(others.items())
        ]
        parts.append("")
    for number, (text, holders) in enumerate(zip(texts.texts, texts.holders, strict=True), 1):
        parts += [RULE, f"[{number}] of {', '.join(holders)}", RULE, "", text, ""]
    return "\n".join(parts)


def entry(record: CrateRecord, rows: int, texts: Texts) -> str:
    crate, source = record.crate, record.folder / "source"
    package = crate.get("package") or "."
    label = f"{crate['name']} {crate.get('version') or ''}".strip()
    files = []
    for path in legal_files(source, package, crate.get("license_file")):
        number = texts.add(path.read_bytes().decode("utf-8-sig", errors="replace"), label)
        files.append(f"{path.relative_to(source).as_posix()} [{number}]")
    lines = [
        label,
        f"    authors     {', '.join(authors.authors(source, package)) or 'not stated in the manifest'}",
        f"    repository  {crate.get('repository') or 'not stated in the manifest'}",
        f"    licence     {crate.get('license') or 'not stated in the manifest, see its files'}",
        f"    files       {', '.join(files) or 'the package has no licence file'}",
        f"    rows        {rows:,}",
        "",
    ]
    return "\n".join(lines)


def legal_files(source: Path, package: str, named: str | None) -> list[Path]:
    """The licence files, and those with the authors that a licence file may refer to."""
    found = set(licence_files.paths(source, package, named))
    found |= {
        path
        for path in (source / package).iterdir()
        if PEOPLE.fullmatch(path.name) and path.is_file() and not path.is_symlink()
    }
    return sorted(found)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crates-dir", required=True, help="folder with one folder per crate")
    parser.add_argument(
        "--provenance", required=True, type=Path, help="the dataset's rows with their columns"
    )
    add_files(parser, "out", list="the crates of the run: spec, tab, source")
    return parser.parse_args()


if __name__ == "__main__":
    main()
