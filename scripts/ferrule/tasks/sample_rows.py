"""From an item and the draft of a task maker to a sample row, for items of any source.

A crate's functions and the files of other sources go through the same makers and the same limits here: what
differs is the `Origin`, which says whose item it is and who judged it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ferrule.core.reasons import MakeReason, check
from ferrule.core.schemas import SAMPLES, choose, identity
from ferrule.tasks import transformations, whole_modules
from ferrule.tasks.context import Crate
from ferrule.tasks.task import TOO_LONG, TOO_MANY_LINES, Draft, Drop, Settings

NOTHING = dict.fromkeys(SAMPLES.names)
FUNCTIONS, TYPES = ("function", "method"), ("struct", "enum")


@dataclass(frozen=True)
class Origin:
    """Where items come from. `verdict` is that of the unchanged items, without tests."""

    source: str
    name: str  # the crate, or the repository
    version: str = ""
    sha256: str = ""  # of the crate; of the file where there is none
    license: str | None = None
    repository: str | None = None
    commit: str | None = None
    edition: str | None = None
    verdict: str = "compiles"
    rustc: str = ""


def made_of(row: dict, crate: Crate, settings: Settings, makers: dict) -> Iterator[tuple[str, Draft | Drop]]:
    """(kind, what it made) for an item; of a type there are transformations alone, of a file modules alone."""
    kinds: set[str] = set()
    for name, module in makers.items():
        if row["kind"] in TYPES and name != transformations.NAME:
            continue
        if (row["kind"] in whole_modules.WHOLE) != (name == whole_modules.NAME):
            continue
        made = module.make(row, crate, settings, frozenset(kinds))
        for one in made if isinstance(made, list) else [made]:
            if isinstance(one, Draft):
                kinds.add(name)
            yield name, one


def sample_row(row: dict, origin: Origin, made: Draft, task: str, templates: dict, seed: int) -> dict:
    start = row["start"] if made.start is None else made.start
    # The checksum tells apart files of one name that have no version.
    key = identity(
        origin.source,
        origin.name,
        origin.version or origin.sha256,
        row["file"],
        start,
        row["end"],
        task,
        made.variant,
    )
    wordings = templates[made.wording or ("method" if row["kind"] == "method" else "function")]
    wording = choose(seed, key, "wording") % len(wordings)
    prompt = wordings[wording].strip("\n")
    # In one pass, and not by str.format: the code itself is full of braces.
    prompt = re.sub(r"\{(\w+)\}", lambda field: made.values.get(field[1], field[0]), prompt)
    return NOTHING | dict(
        prompt=prompt,
        gen=made.gen,
        split="",
        _id=key,
        _task_type=task,
        _source=origin.source,
        _source_crate=origin.name,
        _source_file=row["file"],
        _version=origin.version,
        _sha256=origin.sha256,
        _license=origin.license,
        _repository=origin.repository,
        _commit=origin.commit,
        _edition=origin.edition,
        _start=start,
        _end=row["end"],
        _verdict=made.verdict or ("tested" if row["tests"] else origin.verdict),
        _rustc=origin.rustc,
        _tests=row["tests"] or [],
        _variant=made.variant or f"wording_{wording}",
        _error_code=made.error_code,
        _diagnostic=made.diagnostic,
        _before=made.before,
        _error_start=made.error_start,
        _error_end=made.error_end,
        _prefix=made.prefix,
        _suffix=made.suffix,
        _documented=bool(row["docs"].strip()),
        _unsafe=row["unsafe"] > 0,
        _is_test=False,
    )


def too_long(sample: dict) -> tuple[str, str] | None:
    """(reason, detail) for a row with a prompt or an answer that is longer than consumers expect."""
    for name, reason in (("prompt", MakeReason.PROMPT_TOO_LONG), ("gen", MakeReason.GEN_TOO_LONG)):
        text = sample[name]
        if len(text) > TOO_LONG or text.count("\n") + 1 > TOO_MANY_LINES:
            return reason, f"{len(text)} characters, {text.count(chr(10)) + 1} lines"
    return None


def drop_row(row: dict, stage: str, reason: str, detail: str = "", task: str = "") -> dict:
    """An item as a row of DROPPED. A reason that the stage does not have raises ValueError."""
    check(stage, reason)
    return dict(
        stage=stage,
        reason=reason,
        detail=detail,
        task=task,
        crate=row["crate"],
        file=row["file"],
        start=row["start"],
        end=row["end"],
        id=row["id"],
    )
