"""How many of 1,000 planted copies near_duplicates finds among 20,000 real functions, and how fast.

    make bench ARGS="tests/bench/test_near_duplicate_recall.py"

200 copies of each kind: verbatim, laid out anew, renamed (own name, parameters, variables), without comments, one
statement changed (of at least four). A copy is found if it and its original are not both left.
Every Jaccard is worked out anew, with sets of tokens in place of hashes. The speed is compared with
datasketch (`pip install datasketch`; left out without it), which gets the same shingles ready made.
"""

import time
from pathlib import Path
from unittest import mock

import pyarrow.parquet as pq
import pytest
from dataset_samples import sample, stage
from planted import KINDS, copy, plain_forms, plain_jaccard, statements

from curation import drop_near_duplicates
from ferrule.core.files import read_rows, write_rows
from ferrule.core.schemas import SAMPLES, choose
from ferrule.dataset import near_duplicates as copies
from ferrule.dataset.minhash import NUMBERS, SHINGLE
from ferrule.dataset.near_duplicates import FEWEST
from ferrule.workflow.crate_list import read_crates

pytestmark = pytest.mark.bench
BASE = Path(__file__).parents[2]
FUNCTIONS, EACH = 20_000, 200
# On top of the demonstration's crates: as many as it takes.
MORE = [
    "regex-automata@0.4.18",
    "tokio@1.53.1",
    "nalgebra@0.34.2",
    "syn@3.0.9",
    "rustls@0.23.33",
    "regex-syntax@0.8.11",
    "zerocopy@0.8.63",
    "chrono@0.4.45",
    "time@0.3.53",
    "portable-atomic@1.11.1",
    "winnow@1.0.4",
    "futures-util@0.3.34",
    "tracing-subscriber@0.3.23",
    "proptest@1.11.0",
    "bstr@1.13.1",
]
RECALL = {"verbatim": 0.99, "reformatted": 0.99, "renamed": 0.95, "bare": 0.99, "changed": 0.90}
THRESHOLDS = {"text": 0.7, "locals": 0.85, "nameless": 0.95}


@pytest.fixture(scope="session")
def functions(crate):
    """Distinct functions with a body of some size, in the order of a hash."""
    specs = [line.spec for line in read_crates(BASE / "config/crates-33.tsv")] + MORE
    found = {}
    for spec in specs:
        folder, row, functions = crate(spec)
        for function in functions:
            if function.end - function.body < 30 or function.end - function.start > 8000:
                continue
            source = (folder / row["package"] / function.file).read_bytes()
            code = source[function.start : function.end].decode()
            found.setdefault("".join(code.split()), (spec, function.file, function.start, function.end, code))
    rows = sorted(found.values(), key=lambda row: choose(0, *row))
    assert len(rows) >= FUNCTIONS, len(rows)
    return rows[:FUNCTIONS]


@pytest.fixture(scope="session")
def planted(functions):
    """(kind, number of the original, code)"""
    donors = [row[-1] for row in functions if statements(row[-1])]
    planted = []
    for kind in KINDS:
        made = []
        for i in sorted(range(FUNCTIONS), key=lambda i: choose(0, kind, i)):
            code = functions[i][-1]
            if kind == "changed" and len(statements(code)) < 4:
                continue
            text = copy(kind, code, donors[choose(0, "from", i) % len(donors)])
            if kind == "verbatim" or text != code:  # else there was nothing to lay out, no comment in it
                made.append((kind, i, text))
            if len(made) == EACH:
                break
        planted += made
    assert len(planted) == EACH * len(KINDS)
    return planted


def build_pool(path, functions, planted):
    base = sample()
    rows = []
    for number, (spec, file, start, end, code) in enumerate(functions):
        name, version = spec.split("@")
        rows.append(
            base
            | dict(
                gen=code,
                prompt=f"Write it, number {number}",
                _id=f"{number:08x}",
                _source_crate=name,
                _version=version,
                _source_file=file,
                _start=start,
                _end=end,
            )
        )
    for number, (_, _, code) in enumerate(planted):
        rows.append(
            base
            | dict(
                gen=code,
                prompt="Write",
                _id=f"copy{number}",
                _source_crate="copy",
                _source_file=f"{number}.rs",
                _documented=False,
            )
        )
    write_rows(path, sorted(rows, key=lambda row: choose(2, row["_id"])), SAMPLES)
    return path


def test_recall_and_speed(functions, planted, tmp_path, capsys):
    pool = build_pool(tmp_path / "pool.parquet", functions, planted)
    stage(drop_near_duplicates, tmp_path, pool, "--clusters", tmp_path / "clusters.parquet")
    clusters = read_rows(tmp_path / "clusters.parquet", drop_near_duplicates.CLUSTERS)
    code = {row["_id"]: row["gen"] for row in pq.read_table(pool, columns=["_id", "gen"]).to_pylist()}
    ids = {place(row): row["_id"] for row in read_rows(pool)}
    low, gone = [], set()
    for row in clusters:
        if row["stays"]:
            continue
        fallen, kept = plain_forms(code[at(row, ids)]), plain_forms(code[row["cluster"]])
        real = plain_jaccard(fallen[row["form"]], kept[row["form"]])
        if real < THRESHOLDS[row["form"]] or abs(real - row["similarity"]) > 1e-3:
            low.append((row, real))
        gone.add(at(row, ids))
    found = [kind for n, (kind, i, _) in enumerate(planted) if {f"copy{n}", f"{i:08x}"} & gone]
    recall = {kind: found.count(kind) / EACH for kind in KINDS}
    fallen = sum(not row["stays"] for row in clusters)
    with capsys.disabled():
        print(
            f"\n{FUNCTIONS} functions, {len(planted)} copies: {fallen} items fall, {len(low)} of them below the Jaccard"
        )
        print("  recall  " + ", ".join(f"{kind} {share:.1%}" for kind, share in recall.items()))
    assert not low, low[:3]
    assert all(recall[kind] >= least for kind, least in RECALL.items()), recall


def place(row: dict) -> tuple:
    return row["_source_crate"], row["_version"], row["_source_file"], row["_start"], row["_end"]


def at(row: dict, ids: dict) -> str:
    return ids[row["crate"], row["version"], row["file"], row["start"], row["end"]]


def test_against_datasketch(functions, planted, tmp_path, capsys):
    datasketch = pytest.importorskip("datasketch", reason="pip install datasketch")
    texts = [plain_forms(code) for *_, code in [*functions, *planted]]
    shingled = {
        form: [[" ".join(run).encode() for run in text[form]] for text in texts] for form in THRESHOLDS
    }
    del texts

    def sketch(add) -> float:
        start = time.process_time()
        for form, threshold in THRESHOLDS.items():
            index = datasketch.MinHashLSH(threshold=threshold, num_perm=NUMBERS)
            for number, shingles in enumerate(shingled[form]):
                if len(shingles) + SHINGLE > FEWEST[form]:
                    signature = datasketch.MinHash(num_perm=NUMBERS)
                    add(signature, shingles)
                    index.query(signature)
                    index.insert(number, signature)
        return time.process_time() - start

    def one_by_one(signature, shingles):
        for shingle in shingles:
            signature.update(shingle)

    single, batch = sketch(one_by_one), sketch(datasketch.MinHash.update_batch)
    whole, inner = ours(build_pool(tmp_path / "pool.parquet", functions, planted), tmp_path)
    with capsys.disabled():
        print(
            f"\ndatasketch, MinHash and MinHashLSH on ready shingles: {single:.2f} CPU s, {batch:.2f} with update_batch"
        )
        print(f"  whole step {whole:.2f} CPU s: {single / whole:.1f} and {batch / whole:.1f} times as fast")
        print(
            f"  from shingles to verdicts {inner:.2f} CPU s: {single / inner:.1f} and {batch / inner:.1f} times"
        )
    assert single / whole >= 10 and batch / inner >= 10


def ours(pool, folder) -> tuple[float, float]:
    """CPU seconds of the whole step, and of it what comes after the shingles."""
    spent = 0.0

    def timed(function):
        def call(*arguments):
            nonlocal spent
            start = time.process_time()
            try:
                return function(*arguments)
            finally:
                spent += time.process_time() - start

        return call

    with (
        mock.patch.object(copies, "band_keys", timed(copies.band_keys)),
        mock.patch.object(copies.Candidates, "sharing", timed(copies.Candidates.sharing)),
        mock.patch.object(copies.Candidates, "alike", timed(copies.Candidates.alike)),
    ):
        start = time.process_time()
        stage(drop_near_duplicates, folder, pool, "--clusters", folder / "clusters.parquet")
        return time.process_time() - start, spent
