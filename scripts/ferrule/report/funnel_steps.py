"""The funnel as steps to draw: from crates to rows, each with what it leaves and what it drops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ferrule.core.reasons import FileReason
from ferrule.report.crate_lines import MEANINGS, CrateLine
from ferrule.report.refusals import Refusal

# What is left after a stage, and a note.
STAGES = {
    "gate": ("of accepted crates", "a refused crate gives no rows"),
    "merge": ("with other sources", "shards, and files without a crate"),
    "deduplicate": ("without exact copies", ""),
    "near_duplicates": ("without near copies", "also renamed ones"),
    "decontaminate": ("without benchmarks", "no row holds a part of a problem"),
    "scrub": ("without secrets and personal data", ""),
    "mix": ("in the dataset", "the shares of the mix are filled"),
}


@dataclass
class Step:
    """One line of the funnel."""

    label: str
    note: str
    count: int
    share: float  # of the largest count of its group
    kinds: dict[str, int] = field(default_factory=dict)  # rows by kind of task
    refusals: list[Refusal] = field(default_factory=list)  # what this step dropped

    @property
    def dropped(self) -> str:
        """How much was dropped, in words. A crate may fail several gates."""
        if all(each.stage == "gate" and not each.examples for each in self.refusals):
            count = len({crate for each in self.refusals for crate in each.crates})
            what = f"{count:,} refused"
        else:
            what = f"{sum(each.count for each in self.refusals):,} left out"
        reasons = len(self.refusals)
        return f"{what}, for {reasons} reason{'s' if reasons > 1 else ''}"


@dataclass
class Group:
    """Steps that count the same thing: crates, functions, or rows."""

    unit: str
    steps: list[Step]


def groups(funnel: dict[str, Any], dropped: dict[str, list[Refusal]], crates: list[CrateLine]) -> list[Group]:
    """The funnel of a run; `dropped` comes from `refusals`, `crates` from `crate_lines`."""
    count, kept, functions = funnel["crates"], funnel["files"], funnel["functions"]
    found = [
        _group(
            "crates",
            ("on the list", "", count["listed"], {}, []),
            ("fetched", "from the registry, or a local folder", count["fetched"], {}, []),
            ("accepted", "by every gate", count["accepted"], {}, gate_refusals(crates)),
        ),
        _group(
            "source files",
            (
                "found",
                "in the crates that were fetched",
                kept["kept"] + sum(kept["dropped"].values()),
                {},
                [],
            ),
            (
                "kept",
                "no tests, benches, examples or generated files",
                kept["kept"],
                {},
                file_refusals(kept["dropped"]),
            ),
        ),
        _group(
            "functions",
            ("seen", "in the files that are kept", functions["seen"], {}, dropped.get("chunk", [])),
            (
                "reached by the compiler",
                "on this platform, with these features",
                functions["live"],
                {},
                dropped.get("judge", []),
            ),
            *_tested(funnel),
        ),
    ]
    first = funnel["candidates"]
    before = [
        refusal for stage in ("make", "mutate", "rewrite", "source") for refusal in dropped.get(stage, [])
    ]
    rows = [("candidates", "tasks that could be made", sum(first.values()), first, before)]
    for stage in funnel["stages"]:
        name, out = stage["stage"], stage["out"]
        label, note = STAGES.get(name, (f"after {name}", ""))
        rows.append((label, note, sum(out.values()), out, dropped.get(name, [])))
    found.append(_group("rows", *rows))
    return found


def gate_refusals(crates: list[CrateLine]) -> list[Refusal]:
    """The gates that refused crates, each with these crates. A crate that fails two gates is in both."""
    found: dict[str, Refusal] = {}
    for crate in crates:
        if crate.verdict != "refused":
            continue
        failed = [reason.split(":")[0] for reason in crate.reasons] or ["unknown"]
        for gate in failed:
            refusal = found.setdefault(gate, Refusal("gate", gate, MEANINGS.get(gate, "")))
            refusal.count += 1
            refusal.crates[crate.spec] += 1
    return sorted(found.values(), key=lambda each: (-each.count, each.reason))


def file_refusals(dropped: dict[str, int]) -> list[Refusal]:
    meanings = {str(reason): reason.meaning for reason in FileReason}
    order = sorted(dropped.items(), key=lambda pair: (-pair[1], pair[0]))
    return [Refusal("files", reason, meanings.get(reason, ""), count) for reason, count in order]


def _tested(funnel: dict[str, Any]) -> list[tuple]:
    tests = funnel.get("tests") or {}
    functions = tests.get("functions") or {}
    if not functions:
        return []
    note = f"a test fails when it is removed; {tests['tests']:,} tests were run"
    return [("covered by the crates' own tests", note, functions["covered"], {}, [])]


def _group(unit: str, *steps: tuple[str, str, int, dict[str, int], list[Refusal]]) -> Group:
    most = max((count for _, _, count, _, _ in steps), default=0) or 1
    return Group(
        unit,
        [
            Step(label, note, count, count / most, dict(Counter(kinds)), refused)
            for label, note, count, kinds, refused in steps
        ],
    )
