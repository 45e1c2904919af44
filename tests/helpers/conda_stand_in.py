"""A stand-in for `conda` where there is none: it answers what Snakemake asks, and makes environments that are real.

    python conda_stand_in.py install FOLDER      writes FOLDER/bin/conda and FOLDER/bin/activate
    PATH=FOLDER/bin:$PATH snakemake --sdm conda

Its channel is what is installed beside the Python that runs it: an environment is a virtual environment with links to
the packages that the file names and to what these need, and to nothing else. A version that is not installed cannot be
solved. What is no Python package (rust, gcc, git, bubblewrap) is that of the machine. So it shows that every rule has
what it imports and that activation works, and not that conda-forge can solve the pins.
"""

import importlib.metadata
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import yaml
from packaging.requirements import Requirement

VERSION = "24.11.0"
OF_THE_MACHINE = {"python", "pip", "rust", "gcc", "git", "bubblewrap"}


def main(words: list[str]) -> None:
    if words[:1] == ["install"]:
        install(Path(words[1]).resolve())
    elif words == ["--version"]:
        print("conda", VERSION)
    elif words[:1] == ["info"]:
        base = os.environ["STAND_IN"]
        print(json.dumps({"conda_prefix": base, "platform": "linux-64", "conda_version": VERSION}))
    elif words[:2] == ["config", "--get"]:
        print(json.dumps({"get": {"channel_priority": "strict"}}))
    elif "create" in words[:2]:
        options = dict(itertools.pairwise(words))
        create(Path(options["--file"]), Path(options["--prefix"]))
    elif words[:1] != ["clean"]:
        sys.exit(f"conda_stand_in.py has no answer to {words}")


def install(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    conda = folder / "bin/conda"
    conda.write_text(
        f'#!/bin/sh\nSTAND_IN="{folder}" exec "{sys.executable}" "{Path(__file__).resolve()}" "$@"\n'
    )
    conda.chmod(0o755)
    (folder / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')


def create(file: Path, prefix: Path) -> None:
    wanted = list(pins(yaml.safe_load(file.read_text())["dependencies"]))
    for name, version in wanted:
        if version and (have := installed(name)) != version:
            sys.exit(f"PackagesNotFoundError: {name}={version} is not in the channel, which has {have}")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", prefix], check=True)
    (packages,) = prefix.glob("lib/python3*/site-packages")
    for name in filter(installed, closure({name for name, _ in wanted})):
        for entry in importlib.metadata.files(name) or []:
            top = entry.parts[0]
            link = packages / top
            if top not in ("..", "__pycache__") and not link.exists():
                link.symlink_to(
                    Path(str(entry.locate())).parents[len(entry.parts) - 2]
                    if len(entry.parts) > 1
                    else entry.locate()
                )


def installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def pins(dependencies: list) -> list[tuple[str, str]]:
    found = []
    for entry in dependencies:
        if isinstance(entry, dict):
            found += pins(entry["pip"])
            continue
        name, version = re.fullmatch(r"([\w.-]+)(?: ?==?([\w.]+))?", entry).groups()
        if name not in OF_THE_MACHINE:
            found.append((name, version or ""))
    return found


def closure(names: set[str], brought: Mapping[str, set[str]] = MappingProxyType({})) -> set[str]:
    """These packages and what they need; of those that are not installed, what `brought` says."""
    found, queue = set(), list(names)
    while queue:
        name = re.sub(r"[-_.]+", "-", queue.pop()).lower()
        if name in found:
            continue
        found.add(name)
        queue += brought.get(name, ())
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform, or without the training packages
        parsed = map(Requirement, required)
        queue += [each.name for each in parsed if each.marker is None or each.marker.evaluate({"extra": ""})]
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
