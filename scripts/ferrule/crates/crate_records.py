"""The crates of a run as their files tell: what fetch, the verdict and the later steps wrote of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ferrule.core.files import read_json
from ferrule.core.reasons import Gate


@dataclass(frozen=True)
class CrateRecord:
    spec: str  # as the list has it: `name` or `name@version`
    source: str  # the list's third column: a local folder or `.crate`, empty for the registry
    folder: Path
    crate: dict  # crate.json
    verdict: dict  # verdict.json
    twin: str = ""  # the spec under which the same version is already in

    @property
    def key(self) -> tuple[str, str, str]:
        return self.crate["name"], self.crate.get("version") or "", self.spec

    @property
    def accepted(self) -> bool:
        return bool(self.verdict["accepted"]) and not self.twin

    @property
    def refusal(self) -> tuple[str, str]:
        """The first reason against the crate, and all of them; empty for an accepted one."""
        if self.twin:
            return Gate.LISTED_TWICE, f"also in the list as {self.twin}"
        if self.verdict["accepted"]:
            return "", ""
        failed = self.verdict.get("failed") or [self.crate["status"]]
        # A crate that its licence kept out was not fetched because of it.
        first = Gate.LICENSE if self.crate["status"] == "refused" else failed[0]
        return first, ",".join(failed)

    @property
    def why(self) -> str:
        """What is against the crate in a sentence: what fetch said, or the first failed gates in words."""
        if self.twin:
            return self.refusal[1]
        if self.crate["status"] != "ok":
            return self.crate["reason"]
        against = [gate for gate in self.verdict["gates"] if gate["gate"] in self.verdict["failed"]]
        return "; ".join(
            f"{gate['gate']}: " + (gate["reason"] or f"{gate['value']}, the limit is {gate['threshold']}")
            for gate in against
        )


def read_list(path: str | Path) -> dict[str, str]:
    """Spec and source of every crate of the run, one a line, separated by a tab."""
    lines = Path(path).read_text(encoding="utf-8").split("\n")
    pairs = (line.partition("\t") for line in lines if line.strip())
    return {spec.strip(): source.strip() for spec, _, source in pairs}


def read_records(folder: str | Path, list_file: str | Path) -> list[CrateRecord]:
    """The crates of the list by name and version. `a` and `a@1.0.0` may be one: the second has a twin."""
    folder = Path(folder)
    records = [
        CrateRecord(
            spec,
            source,
            folder / spec,
            read_json(folder / spec / "crate.json"),
            read_json(folder / spec / "verdict.json"),
        )
        for spec, source in read_list(list_file).items()
    ]
    return list(_mark_twins(sorted(records, key=lambda record: record.key)))


def fetched_folders(crates: Path) -> dict[str, Path]:
    """The folders of the crates that were fetched, by `name@version`."""
    found = {}
    for file in sorted(crates.glob("*/crate.json")):
        crate = read_json(file)
        if crate["status"] == "ok":
            found[f"{crate['name']}@{crate['version']}"] = file.parent
    return found


def _mark_twins(records: list[CrateRecord]) -> Iterator[CrateRecord]:
    first: dict[tuple[str, str], str] = {}
    for record in records:
        name, version, spec = record.key
        twin = first.setdefault((name, version), spec)
        if twin == spec or not version:
            yield record
        else:
            yield CrateRecord(spec, record.source, record.folder, record.crate, record.verdict, twin)
