"""Tasks as Harbor folders: an instruction, an image for each crate, a verifier of its own, and the author's solution.

    write_images(folder / "images", tasks, crates)
    pack_crate(folder / "crate.tar.gz", crates / spec)
    write_task(folder / "tasks", task, folder / "crate.tar.gz", "default")

What an agent can reach has none of the hidden bodies: in the image of a crate every function that a task asks for is a
stub. The verifier is a fresh copy of that image; it gets the crate as the author has it with `tests/`, and of the agent's
work only /app/answer.rs. Grading is that of ferrule.grading, with one answer in a build.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ferrule.core.files import read_json
from ferrule.core.schemas import TASKS, TaskRow
from ferrule.grading.task_rows import spec_of

PACKAGES = Path(__file__).parents[1]  # the folder of `ferrule`
ANSWER = "/app/answer.rs"
# What ferrule.grading imports; the versions are those that the project is tested with.
PYTHON = ("numpy", "orjson", "pyarrow", "tree-sitter", "tree-sitter-rust", "xxhash")
ORGANISATION = "ferrule"

TASK_TOML = """schema_version = "1.4"
artifacts = ["{answer}"]

[task]
name = "{organisation}/{id}"
description = "{kind}: {entry} of {crate} {version}"
keywords = ["rust", "{kind}", "{strength}"]

[metadata]
crate = "{crate}"
version = "{version}"
license = "{license}"
kind = "{kind}"
split = "{split}"
strength = "{strength}"
killed_mutants = {killed}
tried_mutants = {tried}
lines = {lines}

[environment]
docker_image = "{image}"
cpus = 2
memory_mb = 4096
storage_mb = 8192
network_mode = "no-network"

[agent]
timeout_sec = 1800.0
network_mode = "no-network"

[verifier]
timeout_sec = 900.0
environment_mode = "separate"
network_mode = "no-network"
"""

INSTRUCTION = """{prompt}

Write your answer, as a file of Rust, to `{answer}`. It may have helper items beside the function, but no tests and no
attributes of the crate. The crate is in `/app/crate`, with stubs in place of functions that tasks ask for.
"""

TEST = """#!/bin/bash
# Grades /app/answer.rs with the crate as its author has it, and writes /logs/verifier/reward.json.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$here/crate.tar.gz" -C "$work"
cp "$here/tasks.parquet" "$work"
mkdir -p /logs/verifier
chmod 755 "$work"
exec python3 -m ferrule.exports.grade_file --tasks "$work" --answer {answer} \\
    --reward /logs/verifier/reward.json
"""

SOLVE = """#!/bin/bash
# The author's code.
set -eu
cat > {answer} <<'END_OF_ANSWER'
{code}
END_OF_ANSWER
"""

BASE = """FROM rust:{rust}-bookworm
RUN apt-get update && apt-get install --yes --no-install-recommends bubblewrap python3-venv && rm -rf /var/lib/apt/lists/*
RUN python3 -m venv /opt/python && /opt/python/bin/pip install --no-cache-dir {python}
ENV PATH=/opt/python/bin:$PATH PYTHONPATH=/opt/ferrule
COPY ferrule /opt/ferrule/ferrule
"""

IMAGE = """FROM {base}
COPY crate /app/crate
RUN cd /app/crate && cargo fetch --locked && touch {answer}
WORKDIR /app
"""

BUILD = """#!/bin/bash
# Builds all images, the common one first: bash build.sh
set -eu
cd "$(dirname "$0")"
{commands}
"""


def image_of(task: TaskRow) -> str:
    return f"{ORGANISATION}/{task['crate'].lower()}:{task['version'].replace('+', '-')}"


def base_image(tasks: Iterable[TaskRow]) -> tuple[str, str]:
    """The name of the image that all crates' images start from, and its release of Rust."""
    (rustc,) = {task["rustc"] for task in tasks}
    found = re.search(r"\d+\.\d+\.\d+", rustc)
    release = found[0] if found else "latest"
    return f"{ORGANISATION}/base:{release}", release


def write_images(folder: Path, tasks: list[TaskRow], crates: Path, python: dict[str, str]) -> None:
    """What the images are built from; `crates` has the crates' folders by NAME@VERSION, `python` versions of packages."""
    base, release = base_image(tasks)
    pins = " ".join(f"{name}=={python[name]}" for name in PYTHON)
    write(folder / "base/Dockerfile", BASE.format(rust=release, python=pins))
    shutil.copytree(PACKAGES, folder / "base/ferrule", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    commands = [f"docker build --tag {base} base"]
    by_crate: dict[str, list[TaskRow]] = {}
    for task in tasks:
        by_crate.setdefault(spec_of(task), []).append(task)
    for spec, group in sorted(by_crate.items()):
        write(folder / spec / "Dockerfile", IMAGE.format(base=base, answer=ANSWER))
        write_stubbed(folder / spec / "crate", group, crates / spec)
        commands.append(f"docker build --tag {image_of(group[0])} {spec}")
    write(folder / "build.sh", BUILD.format(commands="\n".join(commands)))


def write_stubbed(folder: Path, tasks: list[TaskRow], crate: Path) -> None:
    """The crate with a stub in place of every function that a task asks for."""
    shutil.copytree(crate / "source", folder, copy_function=shutil.copyfile)
    package = read_json(crate / "crate.json")["package"]
    stubs = {(task["file"], task["start"], task["end"]): task["stub"] for task in tasks}
    for (file, start, end), stub in sorted(stubs.items(), reverse=True):  # from the end of each file
        path = folder / package / file
        text = path.read_bytes()
        path.write_bytes(text[:start] + stub.encode() + text[end:])


def write_task(folder: Path, task: TaskRow, packed_crate: Path) -> None:
    """One task's folder, named by its id. The tasks of a crate share the file with the crate, as links."""
    place = folder / task["id"]
    facts = {name: toml_text(value) if isinstance(value, str) else value for name, value in task.items()}
    values = facts | dict(organisation=ORGANISATION, answer=ANSWER, image=image_of(task))
    write(place / "task.toml", TASK_TOML.format(**values))
    write(
        place / "instruction.md",
        INSTRUCTION.format(prompt=task["messages"][0]["content"].rstrip(), answer=ANSWER),
    )
    write(place / "environment/Dockerfile", f"FROM {image_of(task)}\n")
    write(place / "tests/test.sh", TEST.format(answer=ANSWER))
    pq.write_table(
        pa.Table.from_pylist([task], schema=TASKS),
        place / "tests/tasks.parquet",
        compression="zstd",
        store_schema=False,
    )
    os.link(packed_crate, place / "tests/crate.tar.gz")
    code = task["reference"]
    if task["prefix"] or task["suffix"]:
        code = code[len(task["prefix"]) : len(code) - len(task["suffix"])]
    write(place / "solution/solve.sh", SOLVE.format(answer=ANSWER, code=code))


def pack_crate(file: Path, crate: Path) -> None:
    """A crate with all bodies, as ferrule.grading reads it, below crates/NAME@VERSION/."""
    files = {
        f"crates/{crate.name}/{path.relative_to(crate).as_posix()}": path.read_bytes()
        for name in ("crate.json", "source")
        for path in [crate / name, *(crate / name).rglob("*")]
        if path.is_file()
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(packed(files))


def packed(files: dict[str, bytes], level: int = 9) -> bytes:
    """A tar.gz of these files: the same bytes for the same files."""
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", filename="", mtime=0, compresslevel=level) as stream,
        tarfile.open(fileobj=stream, mode="w") as tar,
    ):
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o755 if name.endswith(".sh") else 0o644
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def packed_folder(folder: Path) -> bytes:
    """A task's folder as the column `task_binary` has it."""
    return packed(
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        },
        level=1,  # its largest file is packed already
    )


def toml_text(text: str) -> str:
    """For a basic string of TOML."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if path.suffix == ".sh":
        path.chmod(0o755)
