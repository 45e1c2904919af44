"""Decide on one crate: every gate with what was measured, what was asked, and the answer.

    python scripts/analysis/apply_gates.py --crate-json crate.json --figures figures.json --judge judge.json \\
        --clippy clippy.json --license license.json --config config/config.yaml --out verdict.json

verdict.json: {crate, accepted, gates: [{gate, value, threshold, answer, reason}], failed: [names]}.
`answer` is pass, fail, off (no threshold is set) or unavailable (nothing could be measured). An
unavailable gate counts as failed unless `on_unavailable` is `ignore`. All gates are decided, so
`failed` has every reason. Of a crate that was not fetched only the licence may be known; its other
gates are unavailable, and what counts is `fetched`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_json, write_json
from ferrule.core.reasons import Gate, GateAnswer, Status
from ferrule.crates import spdx, tool_report
from ferrule.crates.cvss import SEVERITIES

# They say nothing about the crate itself.
COULD_NOT = (Status.TIMEOUT, Status.MEMORY, Status.OUTPUT, Status.UNAVAILABLE)


@dataclass(frozen=True)
class Facts:
    """What is known of a crate: its crate.json, its figures, and an envelope per tool that was run."""

    crate: dict
    figures: dict
    judge: dict
    tools: dict[str, dict]


def main() -> None:
    arguments = parse_arguments()
    tools = {name: tool_report.read(path) for name in TOOLS if (path := getattr(arguments, name))}
    facts = Facts(
        read_json(arguments.crate_json),
        read_json(arguments.figures) if arguments.figures else {},
        read_json(arguments.judge) if arguments.judge else {},
        tools,
    )
    verdict = decide(facts, arguments.config["gates"])
    write_json(arguments.out, verdict)
    print(
        f"{verdict['crate']}: {'accepted' if verdict['accepted'] else 'rejected: ' + ', '.join(verdict['failed'])}",
        file=sys.stderr,
    )


TOOLS = ("clippy", "license", "geiger", "outdated", "deny")


def decide(facts: Facts, gates: dict) -> dict:
    rows = [
        fetched(facts),
        compiles(facts),
        license_gate(facts, gates["allowed_licenses"]),
        license_conflict(facts, gates["license_conflict"]),
        edition(facts, gates["min_edition"]),
        documentation(facts, gates["min_documented"]),
        tool_gate(facts, Gate.CLIPPY_BAD_CODE, "clippy", "bad_code", gates["max_bad_code_warnings"]),
        tool_gate(facts, Gate.CLIPPY_TOTAL, "clippy", "usual", gates["max_clippy_warnings"]),
        unsafe(facts, gates["max_unsafe_items"]),
        tool_gate(facts, Gate.GEIGER, "geiger", "unsafe", gates["max_geiger_unsafe"]),
        tool_gate(facts, Gate.OUTDATED, "outdated", "ratio", gates["max_outdated_ratio"]),
        tool_gate(facts, Gate.DENY, "deny", "worst", gates["max_deny_severity"], SEVERITIES.index),
        platform(facts, gates["min_live"]),
    ]
    counted = (
        {GateAnswer.FAIL}
        if facts.crate["status"] != "ok" or gates["on_unavailable"] == "ignore"
        else {GateAnswer.FAIL, GateAnswer.UNAVAILABLE}
    )
    failed = [row["gate"] for row in rows if row["answer"] in counted]
    return dict(crate=facts.crate["crate"], accepted=not failed, gates=rows, failed=failed)


def answer(gate: str, value, threshold, answer: str, reason: str = "") -> dict:
    return dict(gate=gate, value=value, threshold=threshold, answer=answer, reason=reason)


def compare(gate: str, value, threshold, passes: bool, reason: str = "") -> dict:
    return answer(gate, value, threshold, GateAnswer.PASS if passes else GateAnswer.FAIL, reason)


def missing(gate: str, facts: Facts, threshold, reason: str) -> dict:
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
    public, documented = facts.figures.get("public_items"), facts.figures.get("documented_items")
    if public is None or documented is None:
        off = answer(Gate.DOCUMENTATION, None, None, GateAnswer.OFF)
        return off if least is None else missing(Gate.DOCUMENTATION, facts, least, "no figures of its code")
    share = round(documented / public, 6) if public else None
    reason = f"{documented} of {public} public items"
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


def tool_gate(facts: Facts, gate: str, tool: str, figure: str, most, rank=lambda value: value) -> dict:
    """A tool's figure must not exceed `most`. A tool that failed on the crate fails the gate."""
    told = facts.tools.get(tool)
    value = told["figures"].get(figure) if told and told["status"] == "ok" else None
    if most is None:
        return answer(gate, value, None, GateAnswer.OFF)
    if facts.crate["status"] != "ok" or told is None:
        return missing(gate, facts, most, f"tools.{tool} is off")
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
    if not known:
        return missing(
            Gate.PLATFORM, facts, least, facts.judge.get("reason") or "the compiler's check was not run"
        )
    return compare(
        Gate.PLATFORM, share, least, share is None or share >= least, f"{live} of {functions} functions"
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crate-json", required=True, metavar="FILE", help="crate.json")
    parser.add_argument("--figures", help="figures of the crate's own code, from chunk")
    parser.add_argument("--judge", help="the compiler's check")
    for tool in TOOLS:
        parser.add_argument(f"--{tool}", metavar="JSON", help=f"what {tool} wrote, if it was run")
    add_files(parser, "out")
    add_config(parser, "gates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
