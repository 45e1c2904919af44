"""A folder of executable tasks from fixture crates, written by hand: no workflow has to run before a grader can be tested."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from fixture_crates import CRATES

from ferrule.core.files import write_json, write_rows
from ferrule.core.schemas import TASKS, TaskRow, identity
from ferrule.crates import cargo

# Functions of the fixture crates, and the tests that fail without them.
TESTED = {
    "tidy": {
        ("src/lib.rs", "pub fn pieces"): ["--lib tests::pieces_cover_the_span"],
        ("src/parse.rs", "pub fn parse_span"): ["--lib parse::checks::blanks_do_not_matter"],
    },
    "covered": {
        ("src/lib.rs", "pub fn largest"): ["--lib tests::only_the_last", "--lib tests::takes_the_largest"],
        ("src/lib.rs", "fn capitals"): ["--lib tests::shouts"],
        ("src/shapes.rs", "pub fn larger"): ["--test shapes compares_in_a_thread"],
    },
}


def write_folder(folder: Path, names: tuple[str, ...] = ("tidy", "covered")) -> list[TaskRow]:
    """Write tasks.parquet and crates/ as `snakemake tasks` does; the tasks."""
    tasks: list[TaskRow] = []
    for name in names:
        crate = folder / "crates" / f"{name}@0.1.0"
        shutil.copytree(CRATES / name, crate / "source")
        subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=crate / "source", check=True)
        write_json(
            crate / "crate.json", dict(name=name, version="0.1.0", package=".", targets=targets(crate))
        )
        for (file, head), tests in TESTED[name].items():
            tasks.append(task_of(crate, name, file, head, tests))
    write_rows(folder / "tasks.parquet", tasks, TASKS)
    return tasks


def targets(crate: Path) -> list[dict]:
    command = ["cargo", "metadata", "--no-deps", "--offline", "--format-version=1"]
    found = subprocess.run(command, cwd=crate / "source", check=True, capture_output=True).stdout
    (package,) = json.loads(found)["packages"]
    return [
        dict(
            kind=target["kind"],
            name=target["name"],
            path=Path(target["src_path"]).relative_to((crate / "source").resolve()).as_posix(),
        )
        for target in package["targets"]
    ]


def task_of(crate: Path, name: str, file: str, head: str, tests: list[str]) -> TaskRow:
    text = (crate / "source" / file).read_text()
    start = text.index(head)
    body = text.index("{", start)
    end, depth = body, 0
    for end in range(body, len(text)):
        depth += (text[end] == "{") - (text[end] == "}")
        if not depth:
            break
    reference = text[start : end + 1]
    stub = text[start : body + 1] + " todo!() }"
    prompt = f"Write the body of this function of the crate `{name}`.\n\n```rust\n{stub}\n```\n"
    row = dict.fromkeys(TASKS.names, "") | dict(
        id=identity("test", name, file, head),
        kind="docs",
        split="train" if name == "tidy" else "heldout",
        crate=name,
        version="0.1.0",
        sha256="0" * 64,
        repository=f"https://example.org/{name}",
        license="MIT",
        edition="2021",
        published="2026-01-01",
        features="default",
        rustc=cargo.toolchain()["version"],
        file=file,
        start=len(text[:start].encode()),
        end=len(text[: end + 1].encode()),
        body=len(text[:body].encode()),
        entry=head.split()[-1],
        messages=[dict(role="user", content=prompt)],
        stub=stub,
        reference=reference,
        fail_to_pass=tests,
        pass_to_pass=[],
        strength="strong",
        killed=4,
        tried=4,
        repeats=3,
        default="fails",
        empty="does_not_compile",
        unsafe=False,
        cpu_seconds=2,
        lines=reference.count("\n"),
        context_chars=len(prompt),
        calls=1,
        branches=1,
    )
    return TaskRow(**row)


def fenced(code: str) -> str:
    return f"Here it is.\n\n```rust\n{code}\n```\n"
