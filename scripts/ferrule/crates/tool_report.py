"""The one shape of every analysis tool's answer about a crate.

    {crate, tool, version, status, reason, figures: {name: number or text}, findings: [...]}

`status` is one of ok, failed, timeout, memory, output, unavailable, not_asked; `reason` says why it is not ok.
A finding has all of FINDING's keys, null where the tool does not know. Findings are sorted and the
file holds no clock and no path of the machine, so the same answer has the same bytes.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ferrule.core.files import read_json, write_json
from ferrule.core.reasons import Status

STATUSES = tuple(status for status in Status if status is not Status.REFUSED)
FINDING = ("id", "category", "level", "file", "line", "start", "end", "message")


def finding(id: str, **known: Any) -> dict:
    """One finding; `known` are others of FINDING's keys."""
    if unknown := known.keys() - set(FINDING):
        raise ValueError(f"a finding has no key {sorted(unknown)[0]!r}")
    return dict.fromkeys(FINDING) | dict(id=id) | known


def build(
    crate: str,
    tool: str,
    version: str = "",
    status: str = Status.OK,
    reason: str = "",
    figures: dict | None = None,
    findings: list[dict] | None = None,
) -> dict:
    if status not in STATUSES:
        raise ValueError(f"{tool}: {status!r} is no status, see {', '.join(STATUSES)}")
    if status != "ok" and not reason:
        raise ValueError(f"{tool}: status {status} without a reason")
    return dict(
        crate=crate,
        tool=tool,
        version=version,
        status=status,
        reason=reason,
        figures=figures or {},
        findings=sorted(findings or [], key=_place),
    )


def _place(finding: dict) -> tuple:
    # The rest of the finding breaks ties, so no two orders of the same findings are possible.
    return (
        finding["file"] or "",
        finding["start"] or 0,
        finding["end"] or 0,
        finding["id"],
        json.dumps(finding, sort_keys=True),
    )


def not_measured(crate: dict, tool: str, refused: str = "") -> dict | None:
    """The envelope for a crate that the tool need not look at; None for one that it must look at.

    `crate` is its crate.json; `refused` names the gates that have refused it already.
    """
    if crate["status"] != "ok":
        return build(crate["crate"], tool, status=Status.FAILED, reason=f"not fetched: {crate['reason']}")
    if refused:
        return build(crate["crate"], tool, status=Status.NOT_ASKED, reason=refused_by(refused))
    return None


def refused_by(gates: str) -> str:
    """The reason of what was not asked of a refused crate. `gates`: their names, separated by commas."""
    return f"refused by {gates.replace(',', ', ')}"


def unavailable(crate: str, tool: str, reason: str) -> dict:
    return build(crate, tool, status=Status.UNAVAILABLE, reason=reason)


def write(path: str | os.PathLike, envelope: dict) -> None:
    write_json(path, envelope)


def read(path: str | os.PathLike) -> dict:
    """Read an envelope; one that lacks a key or has an unknown status is a ValueError."""
    envelope = read_json(path)
    if missing := {"crate", "tool", "status", "reason", "figures", "findings"} - envelope.keys():
        raise ValueError(f"{path}: no {sorted(missing)[0]!r} in it; delete the file and run snakemake again")
    if envelope["status"] not in STATUSES:
        raise ValueError(f"{path}: unknown status {envelope['status']!r}")
    return envelope
