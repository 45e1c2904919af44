"""The page of rows to read, and what readers say added up."""

import csv
import subprocess
from pathlib import Path

import pytest
from dataset_samples import run, sample, write_pool
from steps import config, run_here

from dataset import write_review
from utilities.add_up_reviews import together, wilson

ROOT = Path(__file__).parents[2]


def page_of(folder: Path, rows: int, seed: int) -> tuple[str, list[list[str]]]:
    samples = [
        sample(start=n, prompt=f"Write <{n}>.", gen=f"fn f{n}() {{}}", _kind=["docs", "tests"][n % 2])
        for n in range(200)
    ]
    pool = write_pool(folder / "pool.parquet", samples)
    page, table = folder / "review.html", folder / "review.tsv"
    template = ROOT / "resources/review.html"
    run(
        write_review,
        "--provenance",
        pool,
        "--template",
        template,
        "--page",
        page,
        "--table",
        table,
        *config(review={"rows": rows, "seed": seed}),
    )
    with table.open(newline="") as lines:
        return page.read_text(), list(csv.reader(lines, delimiter="\t"))


def test_the_page_has_the_rows_of_the_table_escaped_and_by_kind(tmp_path):
    text, (names, *rows) = page_of(tmp_path, 60, 0)
    assert names == ["id", "kind", "mark", "why"] and len(rows) == 60
    assert [row[1] for row in rows] == sorted(row[1] for row in rows)
    assert {row[1] for row in rows} == {"code_generation: docs", "code_generation: tests"}
    assert all(f'<article id="{row[0]}"' in text for row in rows) and text.count("<article ") == 60
    assert "Write &lt;" in text and "Write <" not in text
    assert page_of(tmp_path, 60, 0)[0] == text
    assert {row[0] for row in rows} != {row[0] for row in page_of(tmp_path, 60, 1)[1][1:]}


def add_up(*tables: Path) -> subprocess.CompletedProcess:
    return run_here("add_up_reviews", *tables)


def marks(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["id\tkind\tmark\twhy", *rows]) + "\n")
    return path


def test_readers_are_added_up(tmp_path):
    one = marks(tmp_path / "a.tsv", "1\tx\tkeep\t", "2\tx\tkeep\t", "3\ty\twrong\tno | way", "4\ty\t\t")
    other = marks(
        tmp_path / "b.tsv", "1\tx\tkeep\t", "2\tx\ttrivial\tone call", "3\ty\tkeep\t", "4\ty\tkeep\t"
    )
    done = add_up(one, other)
    assert done.returncode == 0, done.stderr
    assert "3 rows read by 2 readers" in done.stdout
    assert "| x | 2 | 1 | 1 | 0 |" in done.stdout and "| y | 1 | 0 | 0 | 1 |" in done.stdout
    assert "| all | 3 | 1 | 1 | 1 |" in done.stdout
    assert "the same mark to 1 of 3 rows" in done.stdout and "| 3 | y | wrong | no / way |" in done.stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1\tx\tkept\t", "a.tsv:2: the mark 'kept' is none of keep, trivial, wrong"),
        ("1\tx\t\t", "no row was read"),
    ],
)
def test_what_cannot_be_added_up_is_named(tmp_path, line, message):
    done = add_up(marks(tmp_path / "a.tsv", line))
    assert done.returncode == 1 and message in done.stderr


def test_one_wrong_is_wrong_and_the_interval_is_known():
    assert together(["keep", "wrong"]) == "wrong" and together(["keep", "trivial"]) == "trivial"
    assert wilson(80, 100) == pytest.approx((0.711, 0.867), abs=0.001)
