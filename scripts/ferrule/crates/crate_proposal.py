"""A list of crates proposed for the next run: what was accepted, and what nearly was."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.core.crate_names import NAME, VERSION
from ferrule.crates.crate_records import CrateRecord

# Gates with a measure: their key in the section `gates`, and how many steps of it are one of --near.
# A licence, an advisory or code that does not compile is never near.
NEAR = {
    "documentation": ("min_documented", 100),
    "platform": ("min_live", 100),
    "outdated": ("max_outdated_ratio", 100),
    "edition": ("min_edition", 1),
    "clippy_bad_code": ("max_bad_code_warnings", 1),
    "clippy_total": ("max_clippy_warnings", 1),
    "unsafe": ("max_unsafe_items", 1),
    "geiger": ("max_geiger_unsafe", 1),
}


def proposed(records: list[CrateRecord], most: float | None) -> Iterator[str]:
    """Lines of a list of crates; `most` is how far a crate may be from passing, None takes no such crate."""
    yield "name\tversion\tsource"
    out = []
    for record in records:
        near = nearness(record) if most is not None and not record.accepted else None
        if near and near["by"] <= most:
            asked = all(row["answer"] != "not_asked" for row in record.verdict["gates"])
            more = "" if asked else " Gates that need a compiler were not asked."
            yield f"# The next one needs {near['setting']} (now {near['threshold']}).{more}"
        elif not record.accepted and not record.twin and unmeasured(record):
            yield f"# Of the next one something could not be measured: {' '.join(record.why.split())}"
        elif not record.accepted:
            out.append(record)
            continue
        yield line(record)
    for record in out:
        yield " ".join(f"# left out: {record.spec}: {record.why or record.refusal[1]}".split())


def nearness(record: CrateRecord) -> dict | None:
    """How far a crate is from passing, if one measured gate alone stands against it."""
    failed = record.verdict["failed"]
    if record.twin or record.crate["status"] != "ok" or len(failed) != 1 or failed[0] not in NEAR:
        return None
    row = next(row for row in record.verdict["gates"] if row["gate"] == failed[0])
    if row["answer"] != "fail" or row["value"] is None:
        return None
    key, steps = NEAR[failed[0]]
    return dict(
        gate=failed[0],
        by=round(abs(row["value"] - row["threshold"]) * steps, 4),
        setting=f"gates.{key}: {row['value']}",
        value=row["value"],
        threshold=row["threshold"],
    )


def unmeasured(record: CrateRecord) -> bool:
    """Whether nothing but what could not be measured stands against a crate: it may pass another time."""
    answers = {row["gate"]: row["answer"] for row in record.verdict["gates"]}
    failed = record.verdict["failed"]
    return record.crate["status"] == "ok" and all(answers.get(gate) == "unavailable" for gate in failed)


def line(record: CrateRecord) -> str:
    name, version = record.crate["name"], record.crate.get("version") or ""
    if not NAME.fullmatch(name) or (version and not VERSION.fullmatch(version)):
        raise ValueError(f"{record.spec} cannot stand in a list: {name!r} {version!r}")
    return f"{name}\t{version}\t{record.source}"
