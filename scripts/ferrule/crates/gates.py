"""The gates: what a crate must meet to be in the dataset, decided from what the tools reported.

read_facts(files)               what the files of a crate say
decide(facts, gates)            every gate's answer, and whether the crate is accepted
failed_early(facts, gates)      the failed gates among those that need no compiler

`gates` is the section `gates` of the configuration. A crate that fails an early gate is not compiled, and no
further tool looks at it: its other gates are `not_asked`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ferrule.core.files import read_json
from ferrule.core.reasons import Gate, GateAnswer, Status
from ferrule.crates import spdx, tool_report
from ferrule.crates.cvss import SEVERITIES

TOOLS = ("clippy", "license", "geiger", "outdated", "deny")
ORDER = list(Gate)

# They say nothing about the crate itself.
COULD_NOT = (Status.TIMEOUT, Status.MEMORY, Status.OUTPUT, Status.UNAVAILABLE)


@dataclass(frozen=True)
class Facts:
    """What is known of a crate: its crate.json, its figures, and an envelope per tool that was run."""

    crate: dict
    figures: dict
    judge: dict
    tools: dict[str, dict]


def read_facts(files: Mapping[str, Path]) -> Facts:
    """The facts from the files that are there: `crate`, and where known `figures`, `judge` and the tools by name."""
    return Facts(
        read_json(files["crate"]),
        read_json(files["figures"]) if "figures" in files else {},
        read_json(files["judge"]) if "judge" in files else {},
        {name: tool_report.read(files[name]) for name in TOOLS if name in files},
    )


def decide(facts: Facts, gates: dict) -> dict:
    """verdict.json: {crate, accepted, gates: [{gate, value, threshold, answer, reason}], failed: [names]}.

    The gates come in the order of the enumeration.
    """
    rows = [
        *early_rows(facts, gates),
        compiles(facts),
        documentation(facts, gates["min_documented"]),
        tool_gate(facts, Gate.CLIPPY_BAD_CODE, "clippy", "bad_code", gates["max_bad_code_warnings"]),
        tool_gate(facts, Gate.CLIPPY_TOTAL, "clippy", "usual", gates["max_clippy_warnings"]),
        tool_gate(facts, Gate.GEIGER, "geiger", "unsafe", gates["max_geiger_unsafe"]),
        tool_gate(facts, Gate.OUTDATED, "outdated", "ratio", gates["max_outdated_ratio"]),
        tool_gate(facts, Gate.DENY, "deny", "worst", gates["max_deny_severity"], SEVERITIES.index),
        platform(facts, gates["min_live"]),
    ]
    rows.sort(key=lambda row: ORDER.index(row["gate"]))
    failed = failed_of(rows, facts, gates)
    return dict(crate=facts.crate["crate"], accepted=not failed, gates=rows, failed=failed)


def early_rows(facts: Facts, gates: dict) -> list[dict]:
    """The gates that need crate.json, the figures of `chunk` and the licence files, and no compiler."""
    return [
        fetched(facts),
        license_gate(facts, gates["allowed_licenses"]),
        license_conflict(facts, gates["license_conflict"]),
        edition(facts, gates["min_edition"]),
        unsafe(facts, gates["max_unsafe_items"]),
    ]


def failed_early(facts: Facts, gates: dict) -> list[str]:
    return failed_of(early_rows(facts, gates), facts, gates)


def failed_of(rows: list[dict], facts: Facts, gates: dict) -> list[str]:
    counted = (
        {GateAnswer.FAIL}
        if facts.crate["status"] != "ok" or gates["on_unavailable"] == "ignore"
        else {GateAnswer.FAIL, GateAnswer.UNAVAILABLE}
    )
    return [row["gate"] for row in rows if row["answer"] in counted]


def answer(gate: str, value: Any, threshold: Any, answer: str, reason: str = "") -> dict:
    return dict(gate=gate, value=value, threshold=threshold, answer=answer, reason=reason)


def compare(gate: str, value: Any, threshold: Any, passes: bool, reason: str = "") -> dict:
    return answer(gate, value, threshold, GateAnswer.PASS if passes else GateAnswer.FAIL, reason)


def missing(gate: str, facts: Facts, threshold: Any, reason: str) -> dict:
    return answer(
        gate,
        None,
        threshold,
        GateAnswer.UNAVAILABLE,
        "not fetched" if facts.crate["status"] != "ok" else reason,
    )


def fetched(facts: Facts) -> dict:
    status = facts.crate["status"]
    return compare(Gate.FETCHED, status, "ok", status == "ok", facts.crate["reason"])


def compiles(facts: Facts) -> dict:
    """The compiler's check; without it clippy's, which stops at the same errors."""
    said = facts.judge or facts.tools.get("clippy")
    if facts.crate["status"] != "ok" or not said:
        return missing(Gate.COMPILES, facts, "ok", "the compiler's check was not run")
    if said["status"] == Status.NOT_ASKED:
        return answer(Gate.COMPILES, None, "ok", GateAnswer.NOT_ASKED, said["reason"])
    if said["status"] in COULD_NOT:
        return answer(Gate.COMPILES, said["status"], "ok", GateAnswer.UNAVAILABLE, said["reason"])
    return compare(Gate.COMPILES, said["status"], "ok", said["status"] == "ok", said["reason"])


def license_gate(facts: Facts, allowed: list[str]) -> dict:
    """The manifest's expression, or what the licence files say where the manifest has none."""
    declared = facts.crate.get("license")
    known = facts.tools.get("license", {}).get("figures", {})
    if not declared and known.get("from_files"):
        accepted, reason = spdx.check(known["from_files"], allowed)
        return compare(
            Gate.LICENSE, known["from_files"], allowed, accepted, f"by its licence files: {reason}"
        )
    if not declared and facts.crate["status"] != "ok":
        return missing(Gate.LICENSE, facts, allowed, "")
    accepted, reason = spdx.check(declared, allowed)
    if known.get("mismatch"):
        reason += f" (its licence files also have {', '.join(known['mismatch'])})"
    return compare(Gate.LICENSE, declared, allowed, accepted, reason)


def license_conflict(facts: Facts, rule: str) -> dict:
    """Licence files must not contradict the manifest."""
    conflicts = facts.tools.get("license", {}).get("figures", {}).get("conflicts")
    if rule == "ignore":
        return answer(
            Gate.LICENSE_CONFLICT, None if conflicts is None else len(conflicts), None, GateAnswer.OFF
        )
    if conflicts is None:
        return missing(Gate.LICENSE_CONFLICT, facts, rule, "the licence files were not read")
    return compare(Gate.LICENSE_CONFLICT, len(conflicts), rule, not conflicts, "; ".join(conflicts))


def edition(facts: Facts, least: int | None) -> dict:
    if least is None:
        return answer(Gate.EDITION, facts.crate.get("edition"), None, GateAnswer.OFF)
    if not facts.crate.get("edition"):
        return missing(Gate.EDITION, facts, least, "the edition is not known")
    value = int(facts.crate["edition"])
    return compare(Gate.EDITION, value, least, value >= least)


def documentation(facts: Facts, least: float | None) -> dict:
    """The share of documented items among those that users can reach, by rustc; of a program by its text."""
    if facts.judge.get("status") == Status.NOT_ASKED and least is not None:
        return answer(Gate.DOCUMENTATION, None, least, GateAnswer.NOT_ASKED, facts.judge["reason"])
    public, documented = facts.judge.get("public_items"), facts.judge.get("documented_items")
    whose = "reachable"
    if public is None or documented is None:
        public, documented = facts.figures.get("public_items"), facts.figures.get("documented_items")
        whose = "public"
    if public is None or documented is None:
        off = answer(Gate.DOCUMENTATION, None, None, GateAnswer.OFF)
        return off if least is None else missing(Gate.DOCUMENTATION, facts, least, "no figures of its code")
    share = round(documented / public, 6) if public else None
    reason = f"{documented} of {public} {whose} items"
    if least is None:
        return answer(Gate.DOCUMENTATION, share, None, GateAnswer.OFF, reason)
    return compare(Gate.DOCUMENTATION, share, least, share is None or share >= least, reason)


def unsafe(facts: Facts, most: int | None) -> dict:
    value = facts.figures.get("unsafe_items")
    if most is None:
        return answer(Gate.UNSAFE, value, None, GateAnswer.OFF)
    if value is None:
        return missing(Gate.UNSAFE, facts, most, "no figures of its code")
    return compare(Gate.UNSAFE, value, most, value <= most)


def tool_gate(
    facts: Facts, gate: str, tool: str, figure: str, most: Any, rank: Callable = lambda value: value
) -> dict:
    """A tool's figure must not exceed `most`. A tool that failed on the crate fails the gate."""
    told = facts.tools.get(tool)
    value = told["figures"].get(figure) if told and told["status"] == "ok" else None
    if most is None:
        return answer(gate, value, None, GateAnswer.OFF)
    if facts.crate["status"] != "ok" or told is None:
        return missing(gate, facts, most, f"tools.{tool} is off")
    if told["status"] == Status.NOT_ASKED:
        return answer(gate, None, most, GateAnswer.NOT_ASKED, told["reason"])
    if told["status"] in COULD_NOT or (told["status"] == "ok" and value is None):
        return answer(
            gate, None, most, GateAnswer.UNAVAILABLE, told["reason"] or f"{tool} gave no figure {figure}"
        )
    if told["status"] != "ok":
        return answer(gate, None, most, GateAnswer.FAIL, told["reason"])
    return compare(gate, value, most, rank(value) <= rank(most))


def platform(facts: Facts, least: float | None) -> dict:
    """The share of functions that this platform and configuration compile."""
    functions, live = facts.judge.get("functions"), facts.judge.get("live")
    known = facts.judge.get("status") == "ok" and functions is not None and live is not None
    share = round(live / functions, 6) if known and functions else None
    if least is None:
        return answer(Gate.PLATFORM, share, None, GateAnswer.OFF)
    if facts.judge.get("status") == Status.NOT_ASKED:
        return answer(Gate.PLATFORM, None, least, GateAnswer.NOT_ASKED, facts.judge["reason"])
    if not known:
        return missing(
            Gate.PLATFORM, facts, least, facts.judge.get("reason") or "the compiler's check was not run"
        )
    return compare(
        Gate.PLATFORM, share, least, share is None or share >= least, f"{live} of {functions} functions"
    )
