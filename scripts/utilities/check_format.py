"""Check files of a dataset against the format that trainers expect; exits with 0 or 1.

    python scripts/utilities/check_format.py results/dataset
    python scripts/utilities/check_format.py train.jsonl val.jsonl --show 20 --json problems.json
    python scripts/utilities/check_format.py before_the_split.jsonl --no-split

Of a folder train, val and provenance are checked (.jsonl and .parquet); in one that has none of them every
file of these types is. Problems are named with file, line (in Parquet: the row) and what to do, at most
--show of a kind. Besides each row: no `_id` twice in a file, no row, crate or repository on both sides of the
split, and files of one name (train.jsonl, train.parquet) with the same rows, which are those of provenance. Works on anybody's files.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson

from ferrule.core.files import write_json
from ferrule.core.row_files import BOM, is_parquet, open_parquet, read_objects, wrong_line
from ferrule.dataset.format_rules import ADVICE, SIDES, Expected, Report, row_problems, schema_problems
from ferrule.dataset.repositories import repository_key

OURS = [f"{name}.{end}" for name in (*SIDES, "provenance") for end in ("jsonl", "parquet")]


def main() -> None:
    arguments = parse_arguments()
    report = Report(arguments.show, arguments.ignore)
    checks = Checks(report, not arguments.no_split, arguments.max_chars)
    files = list(find_files(arguments.paths, report))
    for path in files:
        checks.check(path)
    checks.compare()
    problems = sum(report.counts.values())
    if arguments.json:
        write_json(arguments.json, dict(ok=not problems, rows=checks.rows, problems=report.as_json()))
    for line in report.lines():
        print(line)
    rows = sum(checks.rows.values())
    print(f"{rows} rows in {len(files)} files: {f'{problems} problems' if problems else 'in order'}")
    sys.exit(1 if problems else 0)


def find_files(paths: list[Path], report: Report) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            found = [path / name for name in OURS if (path / name).is_file()]
            found = found or sorted(file for file in path.iterdir() if file.suffix in (".jsonl", ".parquet"))
            if not found:
                report.add("no_rows", str(path), "no .jsonl or .parquet file in this folder")
            yield from found
        else:
            yield path


class Checks:
    """One file after another; what has to fit between rows and between files is kept as short hashes."""

    def __init__(self, report: Report, split: bool, max_chars: int):
        self.report, self.split, self.max_chars = report, split, max_chars
        self.rows: dict[str, int] = {}
        self.texts: dict[
            Path, int
        ] = {}  # sum of the hashes of a file's rows: the same rows, whatever their order
        self.files: list[Path] = []
        self.seen: dict[int, int] = {}  # what is on one side only: its side, file and line as one number

    def check(self, path: Path) -> None:
        side = path.stem if path.stem in SIDES else ""
        expected = Expected(side, self.split, self.max_chars, path.suffix != ".parquet")
        self.files.append(path)
        self.rows[str(path)] = self.texts[path] = 0
        ids: dict[int, int] = {}
        try:
            for number, row in self.read(path):
                self.rows[str(path)] += 1
                for kind, what in row_problems(row, expected):
                    self.report.add(kind, f"{path}:{number}", what)
                self.texts[path] += digest(row.get("prompt"), row.get("gen"))
                if row.get("_id") and (first := ids.setdefault(digest(row["_id"]), number)) != number:
                    self.report.add(
                        "id_twice", f"{path}:{number}", f"_id {row['_id']} is also on line {first}"
                    )
                self.sides(row, row.get("split") or side, number)
        except (ValueError, OSError) as error:
            self.report.add("unreadable", str(path), str(error).removeprefix(f"{path}: "))
            return
        if not self.rows[str(path)] and side != "val":  # a set of one crate has none in val
            self.report.add("no_rows", str(path), "no rows that could be read")

    def read(self, path: Path) -> Iterator[tuple[int, dict]]:
        """Rows that can be read; a line that cannot be is a problem, and the next one is read."""
        if is_parquet(path):
            with open_parquet(path) as file:
                for kind, what in schema_problems(file.schema_arrow, self.split):
                    self.report.add(kind, str(path), what)
            yield from read_objects(path)
            return
        with open(path, "rb") as lines:
            for number, line in enumerate(lines, 1):
                place = f"{path}:{number}"
                if line.startswith(BOM):
                    self.report.add("byte_order_mark", place, "starts with a byte order mark")
                    line = line.removeprefix(BOM)
                if not line.strip():
                    self.report.add("blank_line", place, "nothing on this line")
                elif wrong := wrong_line(line):
                    self.report.add("bad_line", place, wrong)
                else:
                    yield number, orjson.loads(line)

    def sides(self, row: dict, side: str, number: int) -> None:
        """Remember on which side a row, its crate and its repository are; both is a leak."""
        if side not in SIDES:
            return
        repository = repository_key(row["_repository"]) if isinstance(row.get("_repository"), str) else ""
        named = [("row", row["_id"], "the _id")] if row.get("_id") else []
        named += [("row", (row.get("prompt"), row.get("gen")), "this prompt and answer")]
        named += [("crate", row["_source_crate"], "the crate")] if row.get("_source_crate") else []
        named += [("repository", repository, "the repository")] if repository else []
        here = (number << 16 | len(self.files) - 1) << 1 | SIDES.index(side)
        for kind, value, words in named:
            there = self.seen.setdefault(digest(kind, value), here)
            if (there ^ here) & 1:
                first = f"{self.files[there >> 1 & 0xFFFF]}:{there >> 17}"
                words += f" {value}" if isinstance(value, str) else ""
                place = f"{self.files[-1]}:{number}"
                self.report.add(
                    f"{kind}_on_both_sides", place, f"{words} is in {side}, at {first} it is in the other"
                )
                break  # one finding says it: a row that is twice brings its crate with it

    def compare(self) -> None:
        """Files of one name and another type say the same, and provenance what train and val do together."""
        for path, total in self.texts.items():
            same = [[path.with_suffix(".parquet")]] if path.suffix == ".jsonl" else []
            if path.stem == "provenance":
                same += [[path.with_name(f"{side}{end}") for side in SIDES] for end in (".jsonl", ".parquet")]
            for files in same:
                if (
                    all(file in self.texts for file in files)
                    and sum(self.texts[file] for file in files) != total
                ):
                    names = " and ".join(file.name for file in files)
                    rows = f"{self.rows[str(path)]} and {sum(self.rows[str(file)] for file in files)} rows"
                    self.report.add("files_differ", str(path), f"not the same rows as {names} ({rows})")


def digest(*values: object) -> int:
    return int.from_bytes(
        hashlib.blake2b(repr(values).encode(errors="replace"), digest_size=8).digest(), "big"
    )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog=__doc__.split("\n\n", 2)[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("paths", nargs="+", type=Path, help="folders and files")
    parser.add_argument("--show", type=int, default=5, metavar="N", help="problems of a kind that are named")
    parser.add_argument("--max-chars", type=int, default=200_000, help="characters of a prompt or an answer")
    parser.add_argument("--no-split", action="store_true", help="rows need no `split` yet")
    parser.add_argument(
        "--ignore",
        nargs="+",
        default=[],
        choices=ADVICE,
        metavar="KIND",
        help=f"kinds of problems to leave out: {', '.join(ADVICE)}",
    )
    parser.add_argument("--json", type=Path, help="write the problems here as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
