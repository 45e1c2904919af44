"""The crates of tests/data/crates as the steps see them: chunks, functions for the judge, a copy with a lock file."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from ferrule.compiler.judge import Function
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.tasks import context

CRATES = Path(__file__).parents[1] / "data" / "crates"
LIB = [dict(kind=["lib"], name="c", path="src/lib.rs")]


def functions_of(package: Path) -> dict[str, Function]:
    chunks = Chunks("c@1")
    for path in sorted(package.glob("src/*.rs")):
        source = path.read_bytes()
        chunk_file(chunks, path.relative_to(package).as_posix(), source, syntax.parse(source))
    rows = [dict(zip(chunks.columns, v, strict=True)) for v in zip(*chunks.columns.values(), strict=True)]
    return {
        row["name"]: Function(row["id"], row["file"], row["start"], row["end"], row["body"])
        for row in rows
        if row["kind"] in ("function", "method") and not row["test"]
    }


def prepared(tmp_path: Path, name: str) -> Path:
    """A copy of a fixture crate with its lock file, readable to the sandbox's user."""
    folder = tmp_path / "source"
    shutil.copytree(CRATES / name, folder)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=folder, check=True)
    return folder


def chunks_of(sources: dict[str, str]) -> list[dict]:
    chunks = Chunks("c@1")
    for file, text in sources.items():
        module = file.removeprefix("src/").removesuffix(".rs").replace("/", "::")
        chunk_file(
            chunks, file, text.encode(), syntax.parse(text.encode()), "" if module == "lib" else module
        )
    rows = [dict(zip(chunks.columns, v, strict=True)) for v in zip(*chunks.columns.values(), strict=True)]
    for row in rows:
        row["margin"] = syntax.indentation(sources[row["file"]].encode(), row["start"])
    return rows


def fixture_crate(name: str) -> tuple[dict[str, dict], context.Crate]:
    folder = CRATES / name
    rows = chunks_of(
        {p.relative_to(folder).as_posix(): p.read_text() for p in sorted(folder.glob("src/*.rs"))}
    )
    return {row["name"]: row for row in rows if row["kind"] in ("function", "method")}, context.Crate(rows)
