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
from ferrule.tasks.answer_checks import untold_values
from ferrule.tasks.chunk_facts import mutation_score
from ferrule.tasks.constraints import constraints_met
from ferrule.tasks.context import Crate
from ferrule.tasks.task import TOO_LONG, TOO_MANY_LINES, Draft, Drop, Settings
from ferrule.tasks.wordings import ANY

NOTHING = dict.fromkeys(SAMPLES.names)
CONSTRAINED = 5  # of so many prompts one has a condition
# `_kind` of a row where the draft does not say it.
USUAL_KIND = {"code_generation": "docs", "error_fixing": "compile_error", "explanations": "code"}
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
            one = guessable(module.NAME, one)
            if isinstance(one, Draft):
                kinds.add(name)
            yield module.NAME, one


def guessable(task: str, made: Draft | Drop) -> Draft | Drop:
    """What was made, or a drop if nobody could know the code that its prompt asks for."""
    if task != "code_generation" or isinstance(made, Drop) or made.kind in ("api", "test"):
        return made
    why = untold_values(made.gen, "\n".join(made.values.values()))
    return Drop(MakeReason.UNGUESSABLE, why) if why else made


def sample_row(row: dict, origin: Origin, made: Draft, task: str, templates: dict, seed: int) -> dict:
    start = row["start"] if made.start is None else made.start
    end = row["end"] if made.end is None else made.end
    file = made.file or row["file"]
    # The checksum tells apart files of one name that have no version.
    key = identity(
        origin.source,
        origin.name,
        origin.version or origin.sha256,
        file,
        start,
        end,
        task,
        made.variant,
    )
    usual = ANY if ANY in templates else "method" if row["kind"] == "method" else "function"
    wordings = templates[made.wording or usual]
    wording = choose(seed, key, "wording") % len(wordings)
    prompt = wordings[wording]
    # In one pass, and not by str.format: the code itself is full of braces.
    prompt = re.sub(r"\{(\w+)\}", lambda field: made.values.get(field[1], field[0]), prompt)
    prompt = with_constraints(prompt, row, made, task, key, seed)
    messages = None
    if made.turns:
        reply, again = made.turns
        turns = [("user", prompt), ("assistant", reply), ("user", again), ("assistant", made.gen)]
        messages = [dict(role=role, content=content) for role, content in turns]
        # For trainers that know prompt and answer alone: the turns as one text.
        prompt = f"{prompt}\n\nMy first try was:\n\n{reply}\n\n{again}"
    return NOTHING | dict(
        prompt=prompt,
        gen=made.gen,
        messages=messages,
        split="",
        _id=key,
        _task_type=task,
        _source=origin.source,
        _source_crate=origin.name,
        _source_file=file,
        _version=origin.version,
        _sha256=origin.sha256,
        _license=origin.license,
        _repository=origin.repository,
        _commit=origin.commit,
        _edition=origin.edition,
        _start=start,
        _end=end,
        _verdict=made.verdict or ("tested" if row["tests"] else origin.verdict),
        _rustc=origin.rustc,
        _tests=made.tests if made.tests is not None else row["tests"] or [],
        _mutants=mutation_score(row),
        _kind=made.kind or USUAL_KIND.get(task),
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


def with_constraints(prompt: str, row: dict, made: Draft, task: str, key: str, seed: int) -> str:
    """The prompt of some tasks to write a function, with a condition that its author's code meets."""
    if task != "code_generation" or made.kind not in ("", "tests") or row["kind"] not in FUNCTIONS:
        return prompt
    number = choose(seed, key, "constraint")
    met = constraints_met(row["code"])
    if number % CONSTRAINED or not met:
        return prompt
    return f"{prompt} {met[number // CONSTRAINED % len(met)]}"


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
