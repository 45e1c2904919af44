"""Real crates and a real problem set for measurements: fetched once per run."""

from pathlib import Path

import pytest
from steps import step

from ferrule.compiler.judge import Function
from ferrule.core.files import read_json
from ferrule.core.yaml_files import read_yaml
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import read_files
from ferrule.evaluation.problems.problem import read_problems

BASE = Path(__file__).parents[2]
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)


@pytest.fixture(scope="session")
def fetched(tmp_path_factory):
    """A function from a spec to (folder, crate.json)."""
    home = tmp_path_factory.mktemp("crates")

    def fetch(spec: str) -> tuple[Path, dict]:
        folder = home / spec / "source"
        if not folder.exists():
            resolved = home / spec / "resolved.json"
            step("resolve", "--crate", spec, "--out", resolved)
            step(
                "download",
                "--crate",
                spec,
                "--resolved",
                resolved,
                "--json",
                home / spec / "crate.json",
                "--archive",
                home / spec / "archive.crate",
                "--folder",
                folder,
            )
        row = read_json(home / spec / "crate.json")
        assert row["status"] == "ok", row["reason"]
        return folder, row

    return fetch


@pytest.fixture(scope="session")
def crate(fetched):
    """A function from a spec to (folder, crate.json, its functions)."""

    def load(spec: str):
        folder, row = fetched(spec)
        chunks = Chunks(spec)
        for file in read_files(folder / row["package"], row["targets"], LIMITS):
            if not file.reason:
                chunk_file(chunks, file.path, file.source, file.root)
        columns = chunks.columns
        keep = zip(
            *(columns[name] for name in ("kind", "test", "id", "file", "start", "end", "body")), strict=True
        )
        functions = [
            Function(*rest) for kind, test, *rest in keep if kind in ("function", "method") and not test
        ]
        return folder, row, functions

    return load


@pytest.fixture(scope="session")
def benchmark_set(tmp_path_factory):
    """(folder, problems): the 164 problems, read, and the crates that they use."""
    folder = tmp_path_factory.mktemp("humaneval")
    given = ["--benchmark", "humaneval_rust", "--config", BASE / "config/config.yaml"]
    settings = read_yaml(BASE / "config/config.yaml")["benchmarks"]["humaneval_rust"]
    step("download_benchmark", *given, "--out", folder / "set.jsonl")
    step(
        "read_problems",
        *given,
        "--file",
        folder / "set.jsonl",
        "--errata",
        BASE / settings["errata"],
        "--out",
        folder / "problems.jsonl",
        "--source",
        folder / "source.json",
    )
    step(
        "build_problem_crates",
        "--manifest",
        BASE / "resources/problem_crates/Cargo.toml",
        "--out",
        folder / "crates",
    )
    return folder, read_problems(folder / "problems.jsonl")
