"""What scrubbing costs: CPU seconds a row, and memory, which must not grow with the table.

    make bench ARGS="tests/bench/test_scrub_cost.py"
    FERRULE_ROWS=1000000 make bench ARGS="tests/bench/test_scrub_cost.py"

The rows are chunks of the demonstration's crates, written over and over under other names.
"""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import SAMPLES, identity
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import read_files
from ferrule.workflow.crate_list import read_crates

pytestmark = pytest.mark.bench
BASE = Path(__file__).parents[2]
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)
ROWS = int(os.environ.get("FERRULE_ROWS", "100000"))


def test_scrub(fetched, tmp_path, capsys):
    chunks = Chunks("all")
    for crate in read_crates(BASE / "config/crates-33.tsv"):
        folder, row = fetched(crate.spec)
        for file in read_files(folder / row["package"], row["targets"], LIMITS):
            if not file.reason:
                chunk_file(chunks, file.path, file.source, file.root, file.module)
    code = [
        text
        for text, kind in zip(chunks.columns["code"], chunks.columns["kind"], strict=True)
        if kind == "function"
    ]
    measured = [measure(tmp_path, code, rows) for rows in (ROWS // 10, ROWS)]
    with capsys.disabled():
        for rows, megabytes, seconds, memory in measured:
            print(
                f"\n  {rows:9,} rows, {megabytes:7.1f} MB: {seconds:6.1f} CPU s, {rows / seconds:7,.0f} rows/s, {memory / 1e3:6.0f} MB of memory",
                end="",
            )
        print()
    small, large = measured
    assert large[3] < 4_000_000, "kB"
    assert large[0] / large[2] > 0.8 * small[0] / small[2], "a larger table takes longer a row"


def measure(folder: Path, code: list[str], rows: int) -> tuple[int, float, float, int]:
    size = write_table(folder / "pool.parquet", code, rows)
    command = [sys.executable, BASE / "scripts/curation/scrub.py", "--pool", folder / "pool.parquet"]
    command += [
        "--out",
        folder / "out.parquet",
        "--dropped",
        folder / "dropped.parquet",
        "--funnel",
        folder / "f.json",
    ]
    child = subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(BASE / "scripts")}, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0
    return rows, size / 1e6, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def write_table(path: Path, code: list[str], rows: int) -> int:
    size, blank = 0, dict.fromkeys(SAMPLES.names)
    with row_writer(path) as writer:
        for start in range(0, rows, 10_000):
            batch = []
            for number in range(start, min(start + 10_000, rows)):
                text = code[number % len(code)]
                prompt = f"Write number {number}.\n\n{code[(number * 7) % len(code)]}\n{text}"
                size += len(prompt) + len(text)
                batch.append(
                    blank
                    | dict(
                        prompt=prompt,
                        gen=text,
                        split="",
                        _id=identity(number),
                        _task_type="code_generation",
                        _source="crates",
                        _source_crate="all",
                        _version="1.0.0",
                    )
                )
            writer.write(pa.Table.from_pylist(batch, schema=SAMPLES))
    return size
