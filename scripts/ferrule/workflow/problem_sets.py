"""What the rules of problem sets and evaluations ask about: a set's files, and what is evaluated."""

from __future__ import annotations

from pathlib import Path


def packaged_file(path: str) -> str:
    """The name of a set's file where it comes out of a package (`pypi:PACKAGE==VERSION:FILE`), else ""."""
    return Path(path.rpartition(":")[2]).name if path.startswith("pypi:") else ""


def problem_file(name: str, path: str) -> str:
    """The file or folder that the set `name` is read from."""
    packaged = packaged_file(path)
    return f"results/problems/{name}/{packaged}" if packaged else path


def problem_files(name: str, path: str) -> list[str]:
    """The files that a set is read from: those of a folder one by one, so that a change of one is seen."""
    source = problem_file(name, path)
    return sorted(map(str, Path(source).glob("*/*.rs"))) if Path(source).is_dir() else [source]


def evaluations(config: dict) -> list[tuple[str, str]]:
    """(benchmark, model) of everything that `evaluate` judges: models with samples, otherwise the references."""
    asked = config["evaluate"]["benchmarks"]
    samples = config["evaluate"]["samples"]
    named = [
        (benchmark, model) for model, files in samples.items() for benchmark in files if benchmark in asked
    ]
    return named or [(benchmark, "references") for benchmark in asked]
