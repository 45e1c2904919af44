"""How many of 500 planted benchmark leaks decontaminate finds, and how many rows of clean crates it takes for one.

    make bench ARGS="tests/bench/test_leak_recall.py"

The benchmark is made of 160 documented functions of crates outside the demonstration: documentation and signature are
the prompt, the body is the solution. 125 leaks each: verbatim, laid out anew, renamed, without comments; the last two
and every second of the others without the prompt. The clean rows are all functions of the demonstration's crates.
"""

from pathlib import Path

import pytest
from dataset_samples import sample, stage
from planted import copy
from steps import config

from curation import decontaminate
from ferrule.core.files import read_json, write_jsonl, write_rows
from ferrule.core.schemas import SAMPLES, choose
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import read_files
from ferrule.workflow.crate_list import read_crates

pytestmark = pytest.mark.bench
BASE = Path(__file__).parents[2]
SOURCES = ["regex-syntax@0.8.11", "bstr@1.13.1", "winnow@1.0.4", "time@0.3.53", "tokio@1.53.1"]
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)
RECALL = {"verbatim": 0.99, "reformatted": 0.99, "renamed": 0.95, "bare": 0.99}
PROBLEMS, EACH, PRECISION = 160, 125, 0.98


@pytest.fixture(scope="module")
def functions(fetched):
    """A function from a spec to (name, docs, code, length of the signature) of the crate's functions."""

    def load(spec: str) -> list[tuple]:
        folder, row = fetched(spec)
        chunks = Chunks(spec)
        for file in read_files(folder / row["package"], row["targets"], LIMITS):
            if not file.reason:
                chunk_file(chunks, file.path, file.source, file.root)
        names = ("kind", "test", "reason", "name", "docs", "code", "start", "body")
        rows = zip(*(chunks.columns[name] for name in names), strict=True)
        return [
            (name, docs, code, len(code.encode()[: body - start].decode()) + 1)
            for kind, test, reason, name, docs, code, start, body in rows
            if kind in ("function", "method") and body >= 0 and not test and not reason
        ]

    return load


def as_problem(number: int, function: tuple) -> dict:
    name, docs, code, head = function
    prompt = "".join(f"/// {line}\n" for line in docs.splitlines()) + code[:head] + "\n"
    return dict(
        task_id=f"Made/{number}", prompt=prompt, canonical_solution=code[head:], test="", entry_point=name
    )


def test_leaks(functions, tmp_path, capsys):
    fitting = {
        function[2]: function
        for spec in SOURCES
        for function in functions(spec)
        if len(function[1]) >= 80 and 150 <= len(function[2]) <= 1500 and "//" in function[2]
    }
    chosen = sorted(fitting.values(), key=lambda function: choose(0, function[2]))[:PROBLEMS]
    problems = [as_problem(number, function) for number, function in enumerate(chosen)]
    assert len(problems) == PROBLEMS
    write_jsonl(tmp_path / "made.jsonl", problems)

    rows, base = [], sample()
    for kind in RECALL:
        for i in sorted(range(PROBLEMS), key=lambda i: choose(1, kind, i))[:EACH]:
            shown = problems[i]["prompt"] if i % 2 and kind in ("verbatim", "reformatted") else "Write it."
            rows.append(base | dict(prompt=shown, gen=copy(kind, chosen[i][2]), _id=f"{kind}{i}"))
    for spec in [crate.spec for crate in read_crates(BASE / "config/crates-33.tsv")]:
        for _, docs, code, head in functions(spec):
            prompt = f"Write this in Rust: {docs}\n```rust\n{code[:head]}\n```"
            rows.append(base | dict(prompt=prompt, gen=code, _id=f"clean{len(rows)}", _source_crate=spec))
    write_rows(tmp_path / "pool.parquet", rows, SAMPLES)

    listed = [dict(name="made", path=str(tmp_path / "made.jsonl"))]
    stage(
        decontaminate,
        tmp_path,
        tmp_path / "pool.parquet",
        *config(decontaminate={"benchmarks": listed}),
        "--report",
        tmp_path / "r.json",
    )
    dropped = [row["id"] for row in read_json(tmp_path / "r.json")["dropped"]]
    recall = {kind: sum(id.startswith(kind) for id in dropped) / EACH for kind in RECALL}
    false = [id for id in dropped if id.startswith("clean")]
    precision = 1 - len(false) / len(dropped)
    with capsys.disabled():
        print("\nrecall  " + ", ".join(f"{kind} {share:.1%}" for kind, share in recall.items()))
        print(f"  {len(false)} of {len(rows) - 4 * EACH} clean rows fall: precision {precision:.1%}")
    assert all(recall[kind] >= least for kind, least in RECALL.items()), recall
    assert precision >= PRECISION, false
