"""What a pair of error_fixing costs: the whole step `mutate` against one `cargo check` per pair.

    make bench ARGS="tests/bench/test_fault_cost.py"

CPU seconds of the whole process tree (Python, sandbox, cargo, rustc, dependencies), and their ratio, in one run.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from steps import config

from ferrule.compiler.judge import Function, Judge, Replacement
from ferrule.core.files import read_json, read_rows, write_rows
from ferrule.core.schemas import BROKEN, CHUNKS, VERDICTS, choose
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import read_files

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)
SETTINGS = dict(seed=0, method="real", per_function=4, rounds=3, wall_seconds=600)
SAMPLE = 60


def cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


@pytest.fixture
def prepared(fetched, tmp_path):
    """A function from a spec to (source folder, crate.json, functions by id), with the tables that mutate reads."""

    def prepare(spec: str):
        folder, crate = fetched(spec)
        chunks = Chunks(spec)
        for file in read_files(folder / crate["package"], crate["targets"], LIMITS):
            if not file.reason:
                chunk_file(chunks, file.path, file.source, file.root)
        rows = [
            dict(zip(chunks.columns, values, strict=True))
            for values in zip(*chunks.columns.values(), strict=True)
        ]
        functions = {
            row["id"]: Function(row["id"], row["file"], row["start"], row["end"], row["body"])
            for row in rows
            if row["kind"] in ("function", "method") and not row["test"] and not row["reason"]
        }
        with Judge(folder, crate["package"], crate["targets"]) as judge:
            judge.baseline()
            judge.liveness(list(functions.values()))
        verdicts = [
            dict(
                id=id,
                chunk=id,
                live=True,
                compiles=True,
                target=judge.live_in[id],
                codes=[],
                diagnostic="",
                reason="",
            )
            for id in functions
            if id in judge.live_in
        ]
        write_rows(tmp_path / "chunks.parquet", rows, CHUNKS)
        write_rows(tmp_path / "verdicts.parquet", verdicts, VERDICTS)
        return folder, crate, functions

    return prepare


@pytest.mark.parametrize("spec", ["itertools@0.15.0", "petgraph@0.8.3"])
def test_pairs(spec, prepared, tmp_path, capsys):
    folder, crate, functions = prepared(spec)

    start = cpu()
    subprocess.run(
        [
            sys.executable,
            ROOT / "scripts/tasks/mutate.py",
            "--crate",
            spec,
            "--crate-json",
            folder.parent / "crate.json",
            "--source",
            folder,
            "--chunks",
            tmp_path / "chunks.parquet",
            "--verdicts",
            tmp_path / "verdicts.parquet",
            "--broken",
            tmp_path / "broken.parquet",
            "--json",
            tmp_path / "mutate.json",
            "--predictions",
            ROOT / "resources/predictions.tsv",
            *config(error_fixing=SETTINGS),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        check=True,
    )
    together = cpu() - start
    assert read_json(tmp_path / "mutate.json")["status"] == "ok"
    pairs = [row for row in read_rows(tmp_path / "broken.parquet", BROKEN) if not row["reason"]]

    sample = sorted(pairs, key=lambda row: choose(1, row["chunk"], row["operator"]))[:SAMPLE]
    differs = []
    with Judge(folder, crate["package"], crate["targets"]) as judge:
        judge.check("lib")  # the dependencies are built once, for all of these checks
        # A session's processes are counted when it ends: the first build is in this figure too.
        start = cpu()
        for row in sample:
            replacement = Replacement(
                "one", functions[row["chunk"]], row["start"], row["end"], row["text"].encode()
            )
            blamed, _ = judge.blame("lib", [replacement])
            first = blamed["one"][0] if blamed.get("one") else None
            found = (first.code or "", first.inside) if first else None
            if found != (row["code"], (row["error_start"], row["error_end"])):
                differs.append((row["operator"], row["code"], found))
    alone = cpu() - start

    with capsys.disabled():
        n = len(pairs)
        print(
            f"\n{spec}: {len(functions)} functions, {n} pairs"
            f"\n  the whole step             {together:6.2f} CPU s, {1000 * together / n:6.2f} ms a pair"
            f"\n  one check each, {len(sample)} pairs   {alone:6.2f} CPU s, {1000 * alone / len(sample):6.0f} ms a pair"
            f"\n  ratio {alone / len(sample) / (together / n):.0f}, same code and place for"
            f" {len(sample) - len(differs)} of {len(sample)}"
        )
    assert not differs
