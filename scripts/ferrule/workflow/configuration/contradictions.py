"""Values that are possible one by one but not together, and files that are not there."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ferrule.workflow.configuration import run_checks
from ferrule.workflow.configuration.explanations import show, suggest_word
from ferrule.workflow.problem_sets import problem_files

# A gate that is set while its tool is off would never be met.
NEEDS = {
    "max_bad_code_warnings": "clippy",
    "max_clippy_warnings": "clippy",
    "max_geiger_unsafe": "geiger",
    "max_outdated_ratio": "outdated",
    "max_deny_severity": "deny",
}

# Ids that are in order without a look at SPDX's list, which takes 40 ms to load: those of the default
# list and others that crates use. Not the allow-list, which is the user's.
COMMON_LICENSES = frozenset(
    "0BSD Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 CC-BY-4.0 CC0-1.0 CDLA-Permissive-2.0 EUPL-1.2"
    " GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only"
    " LGPL-3.0-or-later MIT MIT-0 MPL-2.0 NCSA OpenSSL Unicode-3.0 Unicode-DFS-2016 Unlicense WTFPL Zlib".split()
)


def contradictions(config: dict, unusable: frozenset[str] = frozenset()) -> list[str]:
    """A line for each. `unusable` are sections with a value of the wrong type, or without one of their keys: a check
    that reads one of them waits until it is right."""
    found = [
        line for sections, check in CHECKS if not unusable.intersection(sections) for line in check(config)
    ]
    return found + run_checks.problems(config, unusable)


def gates_without_tool(config: dict) -> Iterator[str]:
    for gate, tool in NEEDS.items():
        value = config["gates"][gate]
        if value is not None and not config["tools"][tool]:
            yield f"gates.{gate}: {value} needs tools.{tool}: true (or set the gate to null)"


def unknown_licenses(config: dict) -> Iterator[str]:
    """Entries of the allow-list that SPDX does not know."""
    for number, entry in enumerate(config["gates"]["allowed_licenses"]):
        if entry.removesuffix(" WITH LLVM-exception") in COMMON_LICENSES:
            continue
        from ferrule.crates import spdx

        try:
            spdx.check("MIT", [entry])
        except ValueError as error:
            yield f"gates.allowed_licenses[{number}]: {str(error).removeprefix('allowed_licenses: ')}"


def limits_of_lines(config: dict) -> Iterator[str]:
    average, longest = config["files"]["max_average_line"], config["files"]["max_line"]
    if average > longest:
        yield f"files.max_average_line: {average} is more than files.max_line, {longest}"


def shares(config: dict) -> Iterator[str]:
    total = math.fsum(config["mix"].values())
    if abs(total - 1) > 1e-6:
        yield (
            f"mix: the shares sum to {total:.6g}, not 1"
            " (a share that your file leaves out keeps its default: set it to 0)"
        )
    for kind, share in config["mix"].items():
        if kind == "questions":
            answers = [
                each for each in config["sources"].values() if isinstance(each, dict) and each["kind"] == "qa"
            ]
            if share > 0 and not answers:
                yield f"mix.questions: {share} asked without a source of kind qa: add `qa: {{kind: qa}}` to sources"
        elif share > 0 and kind not in config["tasks"]["kinds"]:
            yield f"mix.{kind}: {share} asked of a task that tasks.kinds leaves out"


def sources(config: dict) -> Iterator[str]:
    for name, source in config["sources"].items():
        if name == "crates":
            yield "sources.crates: this name is taken by the rows of crates"
        elif name != "on_error" and source["kind"] == "qa":
            if "files" in source or "hub" in source:
                yield f"sources.{name}: kind qa has neither files nor hub: its rows come from the section qa"
        elif name != "on_error" and ("files" in source) == ("hub" in source):
            yield f"sources.{name}: expected either files or hub"


def kept_out(config: dict) -> Iterator[str]:
    names = set()
    benchmarks = config["decontaminate"]["benchmarks"]
    for number, benchmark in enumerate(benchmarks if benchmarks != "auto" else ()):
        where = f"decontaminate.benchmarks[{number}]"
        if not Path(benchmark["path"]).is_file():
            yield f"{where}.path: there is no file {benchmark['path']}"
        if benchmark["name"] in names:
            yield f"{where}.name: {benchmark['name']} is there twice"
        names.add(benchmark["name"])


MADE_HERE = "results/tasks/tasks.parquet"  # by the workflow itself


def files_of_benchmarks(config: dict) -> Iterator[str]:
    for name, benchmark in config["benchmarks"].items():
        path = benchmark["path"]
        if path.startswith("pypi:"):
            if not re.fullmatch(r"pypi:[\w.-]+==[\w.]+:[\w./-]+", path):
                yield f"benchmarks.{name}.path: expected pypi:PACKAGE==VERSION:FILE, got {show(path)}"
            if not benchmark.get("sha256"):
                yield f"benchmarks.{name}.sha256: missing; a file out of a package needs its checksum"
        elif path != MADE_HERE and not Path(path).exists():
            yield f"benchmarks.{name}.path: there is no {path}"
        errata = benchmark.get("errata")
        if errata and not Path(errata).is_file():
            yield f"benchmarks.{name}.errata: there is no file {errata}"


def what_is_evaluated(config: dict) -> Iterator[str]:
    """Benchmarks that are asked for and are not there, and files of samples that are not."""
    benchmarks, evaluate = config["benchmarks"], config["evaluate"]
    asked = [("evaluate.benchmarks", name) for name in evaluate["benchmarks"]]
    for model, files in evaluate["samples"].items():
        if model in config["models"] or model in config["runs"] or model in config["experts"]:
            yield f"evaluate.samples.{model}: a model, run or round has this name, whose samples are made here"
        if model == "references":
            yield "evaluate.samples.references: this name is taken by the problems' own solutions"
        asked += [(f"evaluate.samples.{model}", name) for name in files]
        if files and set(files) <= set(benchmarks) - set(evaluate["benchmarks"]):
            yield f"evaluate.samples.{model}: has no file for any of evaluate.benchmarks"
        for name, path in files.items():
            if not Path(path).is_file():
                yield f"evaluate.samples.{model}.{name}: there is no file {path}"
    for where, name in asked:
        if name not in benchmarks:
            yield f"{where}: {name} is not under benchmarks{suggest_word(name, benchmarks)}"


def subsets(config: dict) -> Iterator[str]:
    """Subsets larger than a set whose size a look at its folder tells; the steps refuse those of other sets."""
    n, benchmarks = config["evaluate"]["sample_n"], config["benchmarks"]
    for name in config["evaluate"]["benchmarks"] if n else ():
        path = benchmarks.get(name, {}).get("path", "")
        if path and Path(path).is_dir() and n > (size := len(problem_files(name, path))):
            yield f"evaluate.sample_n: {n} is more than the {size} problems of {name}; take at most {size}, or null for all"


# With the sections that each reads.
CHECKS: list[tuple[tuple[str, ...], Callable[[dict], Iterator[str]]]] = [
    (("gates", "tools"), gates_without_tool),
    (("files",), limits_of_lines),
    (("mix", "tasks", "sources"), shares),
    (("gates",), unknown_licenses),
    (("sources",), sources),
    (("decontaminate",), kept_out),
    (("benchmarks",), files_of_benchmarks),
    (("benchmarks", "evaluate", "models", "runs", "experts"), what_is_evaluated),
    (("benchmarks", "evaluate"), subsets),
]
