"""What a report of 100,000 rows costs, and how soon its page can be used."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from dataset_samples import sample

from ferrule.core.files import write_json
from ferrule.core.row_stream import row_writer
from ferrule.core.schemas import DROPPED, SAMPLES, identity

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
ROWS, DROPS, PIECE = 100_000, 1_000_000, 10_000


def write_rows(folder: Path) -> None:
    """Rows as long as those of crates, of 500 crates, and as many dropped ones as such a run has."""
    code = "".join(f"    let value_{n} = input.get({n}).copied().unwrap_or_default();\n" for n in range(8))
    with row_writer(folder / "dataset/provenance.parquet") as rows:
        for start in range(0, ROWS, PIECE):
            table = [
                sample(
                    id=identity(n),
                    crate=f"crate{n % 500}",
                    split="val" if n % 10 == 0 else "train",
                    prompt=f"Write function {n}.\n```rust\nfn f_{n}(input: &[u8]) {{\n{code}}}\n```\n",
                    gen=f"fn f_{n}(input: &[u8]) {{\n{code}}}",
                    task="error_fixing" if n % 10 == 1 else "code_generation",
                    variant=f"mutation_{n % 60}",
                    _error_code=f"E{n % 80:04}" if n % 10 == 1 else "",
                )
                for n in range(start, start + PIECE)
            ]
            rows.write(pa.Table.from_pylist(table, schema=SAMPLES))
    with row_writer(folder / "dataset/dropped.parquet", DROPPED) as rows:
        for start in range(0, DROPS, PIECE):
            table = [
                dict(
                    stage="mix",
                    reason="over_quota",
                    detail="",
                    task="error_fixing",
                    crate=f"crate{n % 500}@1.0.0",
                )
                | dict(file="src/lib.rs", start=n, end=n + 9, id=identity("dropped", n))
                for n in range(start, start + PIECE)
            ]
            rows.write(pa.Table.from_pylist(table, schema=DROPPED))
    for number in range(500):
        write_json(
            folder / f"crates/crate{number}@1.0.0/verdict.json", {"accepted": True, "failed": [], "gates": []}
        )


def test_a_report_of_100_000_rows(tmp_path):
    write_rows(tmp_path)
    script = [sys.executable, ROOT / "scripts/report/write_report.py", "--results", tmp_path]
    files = ["--template", ROOT / "resources/report/page.html", "--out", tmp_path / "report.html"]
    measured = "import resource, subprocess, sys; code = subprocess.run(sys.argv[1:]).returncode;"
    measured += "u = resource.getrusage(resource.RUSAGE_CHILDREN); print(u.ru_utime + u.ru_stime, u.ru_maxrss // 1024); sys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", measured, *map(str, script + files)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    cpu, memory = done.stdout.splitlines()[-1].split()
    size = (tmp_path / "report.html").stat().st_size
    print(
        f"\n{ROWS:,} rows, {DROPS:,} dropped: {float(cpu):.1f} CPU s, {memory} MB, page of {size / 1e6:.1f} MB"
    )
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page()
            began = time.monotonic()
            page.goto((tmp_path / "report.html").as_uri())
            page.wait_for_selector("#browser[aria-busy=false]")
            print(f"the rows can be browsed after {time.monotonic() - began:.2f} s")
            browser.close()
    assert size < 5_000_000
