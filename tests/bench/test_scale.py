"""Memory and speed of every stage over all rows, at 100,000 and at 1,000,000 made-up rows.

    make bench ARGS="tests/bench/test_scale.py"            # takes half an hour; SCALE_ROWS=300000 for less

Rows have the size of real ones (1,100 characters of prompt, 260 of answer), three of them to an item; one item in
ten is a copy, a row in a thousand is a leak. CPU seconds and peak memory of each stage's own process.
"""

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pytest
from dataset_samples import sample
from steps import config, script

from ferrule.core.files import write_jsonl
from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import SAMPLES

pytestmark = pytest.mark.bench
BASE = Path(__file__).parents[2]
SMALL, LARGE = 100_000, int(os.environ.get("SCALE_ROWS", "1000000"))
PIECE = 10_000


class Stream:
    """Numbers that look random, the same in every run; faster than a hash for each."""

    def __init__(self, seed: int):
        self.state = seed * 0x9E3779B97F4A7C15 % 2**64 or 1

    def below(self, limit: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % limit


def word(numbers: Stream) -> str:
    # The smaller the number, the more often: as in real code, some names are everywhere.
    return f"name_{numbers.below(numbers.below(20_000) + 1)}"


def expression(numbers: Stream, depth: int = 0) -> str:
    """Calls, chains, operators and literals in many shapes: functions of a hundred tokens are seldom alike."""
    turn = numbers.below(9)
    if depth > 2 or turn < 3:
        return word(numbers)
    if turn == 3:
        return str(numbers.below(300))
    inner = [expression(numbers, depth + 1) for _ in range(1 + numbers.below(3))]
    if turn < 7:
        return f"{word(numbers)}{('.', '::', '?.')[numbers.below(3)]}{word(numbers)}({', '.join(inner)})"
    return (" + ", " * ", " as u64 - ", " == ", " && !", "..")[numbers.below(6)].join(inner)


def statement(numbers: Stream) -> str:
    first, second = expression(numbers), expression(numbers)
    return (
        f"let {word(numbers)} = {first};",
        f"let mut {word(numbers)} = {first}?;",
        f"{first}.{word(numbers)} += {second};",
        f"if {first} {{ return Err({second}); }}",
        f"for {word(numbers)} in {first} {{ {second}; }}",
        f"match {first} {{ Some({word(numbers)}) => {second}, None => {{}} }}",
    )[numbers.below(6)]


def body(numbers: Stream, statements: int) -> str:
    return "\n".join("    " + statement(numbers) for _ in range(statements))


@lru_cache(maxsize=100)
def surroundings(number: int) -> str:
    return body(Stream(number + 7), 9)


@lru_cache(maxsize=1000)
def function(number: int) -> str:
    numbers = Stream(number + 1)
    head = f"pub fn {word(numbers)}_{word(numbers)}({word(numbers)}: &{word(numbers).title()}, {word(numbers)}: usize)"
    return f"{head} -> Result<(), Error> {{\n{body(numbers, 1 + numbers.below(5))}\n    Ok(())\n}}"


def problem(number: int) -> dict:
    code = function(10**9 + number)
    head, _, rest = code.partition("\n")
    docs = " ".join(word(Stream(number * 31 + n)).replace("_", " ") for n in range(20))
    return dict(
        task_id=f"Made/{number}",
        prompt=f"/// {docs}\n{head}\n",
        canonical_solution=rest,
        test="",
        entry_point="",
    )


def write_pool(path: Path, rows: int) -> None:
    base = sample() | dict(_repository=None)  # or all crates would be of one
    with row_writer(path) as out:
        for start in range(0, rows, PIECE):
            columns = {name: [base[name]] * PIECE for name in SAMPLES.names}
            for name, values in made(start, PIECE).items():
                columns[name] = values
            out.write(pa.table(columns, schema=SAMPLES))


def made(start: int, count: int) -> dict[str, list]:
    columns = {
        name: [] for name in ("gen", "prompt", "_id", "_source_crate", "_source_file", "_start", "_variant")
    }
    for row in range(start, start + count):
        item = row // 3
        code = function(item - 7 if item % 10 == 9 else item)
        if item % 10 == 9:
            code = code.replace("\n", "\n\n\t").replace("{", "{ // copied", 1)
        if row % 1000 == 500:
            code = function(10**9 + row // 1000 % 160)
        context = surroundings(item // 5)
        values = (
            code,
            f"Write number {row}.\n\n```rust\n{context}\n```\n\nReply with it.",
            f"{row:016x}",
            f"crate-{item // 300}",
            f"src/file_{item // 30 % 10}.rs",
            item % 30 * 1000,
            f"wording_{row % 3}",
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    return columns


def measured(name: str, folder: Path, pool: Path, *options: object) -> tuple[float, float]:
    """CPU seconds and peak GB of one stage."""
    command = [
        sys.executable,
        script(name),
        "--pool",
        pool,
        "--funnel",
        folder / f"{name}.json",
        *options,
    ]
    if name != "split":
        command += ["--out", folder / f"{name}.parquet", "--dropped", folder / f"{name}.dropped.parquet"]
    process = subprocess.Popen(
        list(map(str, command)), env=os.environ | {"PYTHONPATH": str(BASE / "scripts")}
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


@pytest.fixture(scope="module")
def pools(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pools")
    for rows in (SMALL, LARGE):
        write_pool(folder / f"{rows}.parquet", rows)
    return folder


@pytest.mark.parametrize(
    "name",
    ["deduplicate", "drop_near_duplicates", "decontaminate", "scrub", "mix", "split"],
)
def test_scale(pools, tmp_path, capfd, name):
    write_jsonl(tmp_path / "made.jsonl", [problem(number) for number in range(160)])
    listed = [dict(name="made", path=str(tmp_path / "made.jsonl"))]
    options = {
        "deduplicate": [],
        "scrub": [],
        "mix": config(mix={"code_generation": 1.0}),
        "split": ["--folder", tmp_path / "dataset", "--dropped"],
        "drop_near_duplicates": ["--clusters", tmp_path / "clusters.parquet"],
        "decontaminate": [
            *config(decontaminate={"benchmarks": listed}),
            "--report",
            tmp_path / "leaks.json",
        ],
    }
    rates = {}
    for rows in (SMALL, LARGE):
        seconds, peak = measured(name, tmp_path, pools / f"{rows}.parquet", *options[name])
        rates[rows] = rows / seconds
        with capfd.disabled():
            print(
                f"\n{name} {rows:,} rows: {seconds:.0f} CPU s, {rates[rows]:,.0f} rows a CPU second, {peak:.2f} GB"
            )
        assert peak < 4
    assert rates[LARGE] > 0.8 * rates[SMALL]
