"""A problem set of prompts that ask for a whole program. It measures the compile rate and the quality of the code.

    problems = read_programs("resources/quality_prompts.yaml")

The programs have no specification to test. Each problem has one test, which only needs a `main` and passes as soon as
the program compiles. So pass@k of the set is its compile rate, and the rest of the evaluation works as for any other
set.
"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import read_yaml
from ferrule.evaluation.problems.problem import Problem

# The prompt of every problem in the set; no model sees it. It allows every return type that a `main` may have.
PROGRAM = "fn main() -> impl std::process::Termination {\n"
EMPTY = "}\n"  # the reference: a program that does nothing, so that the evaluator can check itself
COMPILES = "use super::*;\n\n#[test]\nfn compiles() {\n    let _ = main;\n}\n"
SET = "quality"
NAME = re.compile(r"[a-z][a-z0-9_]*")
KEYS = {"name", "category", "prompt"}


def read_programs(path: str | Path) -> list[Problem]:
    """The problems of a file, in its order. ConfigError has a line for each fault."""
    try:
        content = read_yaml(path)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})"]) from None
    except yaml.YAMLError as error:
        raise ConfigError([f"{path}: not YAML ({' '.join(str(error).split())})"]) from None
    if not isinstance(content, dict) or set(content) != {"instruction", "prompts"}:
        raise ConfigError([f"{path}: expected the keys instruction and prompts"])
    errors: list[str] = []
    instruction, entries = content["instruction"], content["prompts"]
    if not isinstance(instruction, str) or not instruction.strip():
        errors.append(f"{path}: instruction is not text")
    if not isinstance(entries, list) or not entries:
        errors.append(f"{path}: prompts is not a list of prompts")
        entries = []
    seen: set[str] = set()
    for number, entry in enumerate(entries, 1):
        errors += [f"{path}: prompt {number}: {fault}" for fault in faults(entry, seen)]
    if errors:
        raise ConfigError(errors)
    return [problem(entry, instruction) for entry in entries]


def faults(entry: object, seen: set[str]) -> list[str]:
    """What is wrong with one prompt; its name joins `seen`."""
    if not isinstance(entry, dict) or not KEYS >= set(entry) >= KEYS - {"category"}:
        return ["expected the keys name, prompt and optionally category"]
    if not all(isinstance(value, str) and value.strip() for value in entry.values()):
        return ["its values are not all text"]
    name = entry["name"]
    if not NAME.fullmatch(name):
        return [f"the name {name!r} has other characters than lower-case letters, digits and _"]
    if name in seen:
        return [f"the name {name} is given twice"]
    seen.add(name)
    return []


def problem(entry: dict[str, str], instruction: str) -> Problem:
    return Problem(
        f"{SET}/{entry['name']}",
        PROGRAM,
        "main",
        COMPILES,
        EMPTY,
        category=entry.get("category", ""),
        instruction=f"{instruction.strip()}\n\n{entry['prompt'].strip()}",
    )
