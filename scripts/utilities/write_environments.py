"""Write envs/*.yaml, a conda environment for each family of scripts, with the versions of requirements/*.txt.

    python scripts/utilities/write_environments.py            # after requirements/lock.py, or a change of FAMILIES
    python scripts/utilities/write_environments.py --check    # writes nothing; exits with 1 if a file is stale

One source of versions for pip and conda.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WRITTEN = "# Written by scripts/utilities/write_environments.py with the versions of requirements/; not to be edited.\n"


@dataclass(frozen=True)
class Family:
    """What is in an environment. `own` has packages whose versions no file of requirements knows."""

    says: str
    python: str
    conda: tuple[
        str, ...
    ] = ()  # what is compiled and large comes from conda-forge, the rest from a package index
    pip: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    own_pip: tuple[str, ...] = ()


PARSING = ("tree-sitter", "tree-sitter-rust")
TABLES = ("pyarrow", "orjson", "pyyaml")
TEXTS = ("numpy", "license-expression")
SERVERS = ("openai", "anyio", "httpx2", "psutil")
TRAINING = (
    "torch transformers peft bitsandbytes accelerate datasets trl gguf safetensors sentencepiece tensorboard"
)
FAMILIES = {
    "base": Family(
        says="What the scripts import that start no compiler and no model.",
        python="3.11",
        conda=(*TABLES, *TEXTS),
        pip=(*PARSING, "xxhash", "cvss", "detect-secrets", "jinja2", "altair", "vl-convert-python")
        + ("prometheus-client", *SERVERS)
        # Reads sources from a hub.
        + ("datasets",),
        # `snapshot` and `download` start them.
        own=("git",),
    ),
    "rust": Family(
        says="The scripts that start cargo: its toolchain, a linker, and the sandbox.",
        python="3.11",
        conda=(*TABLES, *TEXTS),
        pip=(*PARSING, "xxhash", "cvss"),
        own=("rust =1.95", "gcc", "bubblewrap"),
    ),
    "train": Family(
        says="Training and sampling: the packages of requirements/train.in.",
        python="3.11",
        conda=(*TABLES, "numpy"),
        pip=(*PARSING, *TRAINING.split(), "jinja2", *SERVERS, "fastapi", "uvicorn"),
    ),
    "vllm": Family(
        says="vLLM by itself (decision 0030): it needs torch 2.14.0 and transformers below 5.21, and training needs"
        " torch 2.13.0\n# and transformers 5.23.0. Linux with a GPU. No rule uses this file; docs/sampling.md says how"
        " to start its server and how\n# to sample from it.\n#   conda env create --name ferrule-vllm --file envs/vllm.yaml",
        python="3.12",
        pip=("orjson", "pyarrow", "pyyaml", *PARSING, "peft"),
        own_pip=("vllm==0.33.0",),
    ),
}


def main() -> None:
    arguments = parse_arguments()
    stale = False
    for name in FAMILIES:
        path, wanted = arguments.root / f"envs/{name}.yaml", text_of(name, versions(arguments.root))
        if path.is_file() and path.read_text(encoding="utf-8") == wanted:
            continue
        if arguments.check:
            print(f"{path}: not what scripts/utilities/write_environments.py writes; run it", file=sys.stderr)
            stale = True
        else:
            path.write_text(wanted, encoding="utf-8")
    sys.exit(stale)


def versions(root: Path) -> dict[str, str]:
    """The version of every package that requirements/ pins; of several, for ranges of Pythons, the first."""
    found: dict[str, str] = {}
    for name in ("base", "train"):
        for line in (root / f"requirements/{name}.txt").read_text(encoding="utf-8").splitlines():
            if pin := re.match(r"([\w.-]+)==([^\s;]+)", line):
                found.setdefault(pin[1].lower(), pin[2])
    return found


def text_of(name: str, pins: dict[str, str]) -> str:
    family = FAMILIES[name]
    conda = [
        f"python ={family.python}",
        *family.own,
        *(f"{package} ={pins[package]}" for package in family.conda),
    ]
    pip = [*family.own_pip, *(f"{package}=={pins[package]}" for package in family.pip)]
    lines = [f"{WRITTEN}# {family.says}", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += [f"  - {package}" for package in conda]
    lines += ["  - pip", "  - pip:"]
    lines += [f"      - {package}" for package in pip]
    return "\n".join(lines) + "\n"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file is stale")
    return parser.parse_args()


if __name__ == "__main__":
    main()
