"""How fast source files are filtered and cut into chunks, and what of it is the bare parse.

    make bench ARGS="tests/bench/test_chunk_cost.py"

CPU seconds of one process over the files of the demonstration's crates, reading included.
"""

import time
from pathlib import Path

import pytest

from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import read_files
from ferrule.rust import syntax
from ferrule.workflow.crate_list import read_crates

pytestmark = pytest.mark.bench
BASE = Path(__file__).parents[2]
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)


def test_filter_and_chunk(fetched, capsys):
    crates = [fetched(crate.spec) for crate in read_crates(BASE / "config/crates-33.tsv")]
    best: dict[str, float] = {}
    for _ in range(3):
        taken = {"all": 0.0, "parse": 0.0}
        size = chunks_made = 0
        for folder, row in crates:
            start = time.process_time()
            files = read_files(folder / row["package"], row["targets"], LIMITS)
            chunks = Chunks(row["crate"])
            for file in files:
                if not file.reason:
                    chunk_file(chunks, file.path, file.source, file.root, file.module)
            taken["all"] += time.process_time() - start
            chunks_made += len(chunks)
            kept = [file.source for file in files if not file.reason]
            size += sum(map(len, kept))
            start = time.process_time()
            for source in kept:
                syntax.parse(source)
            taken["parse"] += time.process_time() - start
        for name, seconds in taken.items():
            best[name] = min(best.get(name, seconds), seconds)
    megabytes = size / 1e6
    with capsys.disabled():
        print(
            f"\n{len(crates)} crates, {megabytes:.1f} MB kept, {chunks_made} chunks, best of three"
            f"\n  filter and chunk   {best['all']:6.2f} CPU s, {megabytes / best['all']:5.1f} MB a CPU second"
            f"\n  the bare parse     {best['parse']:6.2f} CPU s, {megabytes / best['parse']:5.1f} MB a CPU second"
        )
