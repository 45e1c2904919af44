"""The configuration, checked before anything is built: every problem at once, one line each."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ferrule.core.errors import ConfigError
from ferrule.workflow import run_checks

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


def check(config: dict, schema: dict) -> None:
    """Raise ConfigError with everything that is wrong with `config`."""
    from jsonschema import Draft202012Validator

    errors = sorted(
        Draft202012Validator(schema).iter_errors(config), key=lambda error: list(map(str, error.path))
    )
    problems = [line for error in errors for line in explain(error, schema)]
    problems += not_finite(config, "")
    # The rules below may rely on every value's type, so they wait until the types are right.
    if not problems:
        problems = list(values_of_sweeps(config, schema)) or contradictions(config)
    if problems:
        raise ConfigError(problems)


def explain(error, schema: dict) -> Iterator[str]:
    """A schema error in plain words, led by the key it is about."""
    where, value, rule, limit = dotted(error.path), error.instance, error.validator, error.validator_value
    if rule == "additionalProperties":
        for key in sorted(map(str, value.keys() - error.schema["properties"].keys())):
            yield f"{join(where, key)}: there is no such key{suggest_key(where, key, schema)}"
    elif rule == "required":
        # One error per missing key, all with the same list: the key itself is only in the message.
        key = re.match(r"'(.+)' is a required", error.message).group(1)
        yield f"{join(where, key)}: missing; config/config.yaml has its default"
    elif rule == "type":
        kinds = [limit] if isinstance(limit, str) else limit
        yield f"{where or 'the configuration'}: expected {' or '.join(map(kind_name, kinds))}, got {show(value)}"
    elif rule == "enum":
        if "type" in error.schema and (isinstance(value, bool) or not isinstance(value, int)):
            return  # the wrong type is told as such
        words = [choice for choice in limit if isinstance(choice, str)]
        close = difflib.get_close_matches(str(value), words, 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        yield f"{where}: expected one of {', '.join(map(show_bare, limit))}, got {show(value)}{hint}"
    elif rule == "minimum":
        yield f"{where}: {show(value)} is too small, the least is {limit}"
    elif rule == "maximum":
        yield f"{where}: {show(value)} is too large, the most is {limit}"
    elif rule == "exclusiveMaximum":
        yield f"{where}: {show(value)} is too large, it must be below {limit}"
    elif rule in ("minItems", "minLength"):
        yield f"{where}: must not be empty"
    elif rule == "uniqueItems":
        twice = sorted({str(item) for item in value if value.count(item) > 1})
        yield f"{where}: given twice: {', '.join(twice)}"
    elif rule == "pattern" and "allowed_licenses" in where:
        yield f"{where}: expected one SPDX id such as MIT, got {show(value)}"
    else:
        yield f"{where}: {error.message}"


def suggest_key(where: str, key: str, schema: dict) -> str:
    """` (did you mean ...?)`: a sibling that looks alike, or the same key in another section."""
    siblings = list(section(schema, where))
    close = difflib.get_close_matches(key, siblings, 1)
    close = close or [name for name in siblings if len(key) > 2 and key in name]
    if close:
        return f" (did you mean {join(where, close[0])}?)"
    elsewhere = [
        join(name, leaf)
        for name, part in schema["properties"].items()
        for leaf in part.get("properties", {})
        if difflib.get_close_matches(key, [leaf], 1, cutoff=0.85)
    ]
    return f" (did you mean {elsewhere[0]}?)" if elsewhere else ""


def section(schema: dict, where: str) -> dict:
    for key in where.split(".") if where else []:
        # A section whose keys are the user's own names (`sources`, `benchmarks`) has one schema for all of them.
        schema = schema.get("properties", {}).get(key) or schema["additionalProperties"]
    return schema.get("properties", {})


def not_finite(value: Any, where: str) -> Iterator[str]:
    """YAML can spell infinity and not-a-number; no limit below catches the latter."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from not_finite(item, join(where, str(key)))
    elif isinstance(value, float) and not math.isfinite(value):
        yield f"{where}: {value} is not a number that can be used"


def contradictions(config: dict) -> list[str]:
    """Values that are possible one by one but not together."""
    problems = []
    tools, gates, files, mix = config["tools"], config["gates"], config["files"], config["mix"]
    for gate, tool in NEEDS.items():
        if gates[gate] is not None and not tools[tool]:
            problems.append(f"gates.{gate}: {gates[gate]} needs tools.{tool}: true (or set the gate to null)")
    if files["max_average_line"] > files["max_line"]:
        problems.append(
            f"files.max_average_line: {files['max_average_line']} is more than files.max_line, {files['max_line']}"
        )
    total = math.fsum(mix.values())
    if abs(total - 1) > 1e-6:
        problems.append(
            f"mix: the shares sum to {total:.6g}, not 1"
            " (a share that your file leaves out keeps its default: set it to 0)"
        )
    for kind, share in mix.items():
        if share > 0 and kind not in config["tasks"]["kinds"]:
            problems.append(f"mix.{kind}: {share} asked of a task that tasks.kinds leaves out")
    problems += unknown_licenses(gates["allowed_licenses"])
    for name, source in config["sources"].items():
        if name != "on_error" and ("files" in source) == ("hub" in source):
            problems.append(f"sources.{name}: expected either files or hub")
    names = set()
    for number, benchmark in enumerate(config["decontaminate"]["benchmarks"]):
        where = f"decontaminate.benchmarks[{number}]"
        if not Path(benchmark["path"]).is_file():
            problems.append(f"{where}.path: there is no file {benchmark['path']}")
        if benchmark["name"] in names:
            problems.append(f"{where}.name: {benchmark['name']} is there twice")
        names.add(benchmark["name"])
    problems += unknown_benchmarks(config)
    problems += run_checks.problems(config)
    return problems


def values_of_sweeps(config: dict, schema: dict) -> Iterator[str]:
    """Values of sweeps that the setting cannot have."""
    from jsonschema import Draft202012Validator

    run = schema["properties"]["run_defaults"]
    for name, sweep in config["sweeps"].items():
        for path, values in sweep["values"].items():
            part = run
            for key in path.split("."):
                part = part.get("properties", {}).get(key, {})  # one that is not there is told later
            for number, value in enumerate(values):
                for error in Draft202012Validator(part).iter_errors(value):
                    error.path.extendleft(reversed(["sweeps", name, "values", path, number]))
                    yield from explain(error, schema)


def unknown_benchmarks(config: dict) -> Iterator[str]:
    """Benchmarks that are asked for and are not there, and files of samples that are not."""
    benchmarks, evaluate = config["benchmarks"], config["evaluate"]
    for name, benchmark in benchmarks.items():
        path = benchmark["path"]
        if path.startswith("pypi:"):
            if not re.fullmatch(r"pypi:[\w.-]+==[\w.]+:[\w./-]+", path):
                yield f"benchmarks.{name}.path: expected pypi:PACKAGE==VERSION:FILE, got {show(path)}"
            if not benchmark.get("sha256"):
                yield f"benchmarks.{name}.sha256: missing; a file out of a package needs its checksum"
        elif not Path(path).exists():
            yield f"benchmarks.{name}.path: there is no {path}"
        errata = benchmark.get("errata")
        if errata and not Path(errata).is_file():
            yield f"benchmarks.{name}.errata: there is no file {errata}"
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
            close = difflib.get_close_matches(name, benchmarks, 1)
            hint = f" (did you mean {close[0]}?)" if close else ""
            yield f"{where}: {name} is not under benchmarks{hint}"


def unknown_licenses(allowed: list[str]) -> Iterator[str]:
    """Entries of the allow-list that are no licence SPDX has."""
    for number, entry in enumerate(allowed):
        if entry.removesuffix(" WITH LLVM-exception") in COMMON_LICENSES:
            continue
        from ferrule.crates import spdx

        try:
            spdx.check("MIT", [entry])
        except ValueError as error:
            yield f"gates.allowed_licenses[{number}]: {str(error).removeprefix('allowed_licenses: ')}"


def dotted(path: Iterable[str | int]) -> str:
    """`gates.allowed_licenses[2]` from a path of keys and list positions."""
    text = ""
    for part in path:
        text = f"{text}[{part}]" if isinstance(part, int) else join(text, part)
    return text


def join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def kind_name(kind: str) -> str:
    names = {
        "integer": "an integer",
        "number": "a number",
        "string": "text",
        "boolean": "true or false",
        "array": "a list",
        "object": "keys and values",
    }
    return names.get(kind, kind)


def show(value: Any) -> str:
    """A value as YAML spells it."""
    for constant, name in ((None, "null"), (True, "true"), (False, "false")):
        if value is constant:
            return name
    return repr(value)


def show_bare(value: Any) -> str:
    return value if isinstance(value, str) else show(value)
