"""Write a crate's functions another way and keep what compiles: the material of transformations.

    python scripts/tasks/rewrite.py --crate semver@1.0.28 --crate-json crate.json --source source/ \\
        --chunks chunks.parquet --verdicts verdicts.parquet --idioms resources/idioms.tsv --cosmetic resources/cosmetic.tsv \\
        --config config/config.yaml --rewrites rewrites.parquet --json rewrite.json

longer  what `ferrule.transforms.rewrites.rewrite_catalogue` makes of functions, and of the derives of types
better  what clippy suggests, applied; its lint must be gone then
twin    an async function and the blocking one that the crate ships beside it

Both sides are formatted by rustfmt. A form that does not compile stays in the table with its reason. With
`--refused` the table is empty.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import ferrule.core.without_numpy  # noqa: F401

from ferrule.compiler.compiler_arguments import add_compiler, compiler_of
from ferrule.compiler.judge import CrateDoesNotCompile, Function, Judge
from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.reasons import RewriteReason, Status
from ferrule.core.schemas import CHUNKS, REWRITES, VERDICTS
from ferrule.crates.tool_report import refused_by
from ferrule.rust.function_tree import parse_site
from ferrule.transforms.clippy_fixes import gone, read_idioms, suggestions
from ferrule.transforms.rewrite_selection import Form, chosen, judge_forms, lay_out, quota, read_cosmetic
from ferrule.transforms.rewrites import rewrite_catalogue
from ferrule.transforms.rewrites.async_twins import twin_forms
from ferrule.transforms.rewrites.derives.derives import ADVICE, derive_forms

DEFAULTS = dict(seed=0, per_rewrite=20, cosmetic=False)


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads the judge's copy as another user
    crate = read_json(arguments.crate_json)
    chunks = [row for row in read_rows(arguments.chunks, CHUNKS) if not row["reason"]]
    verdicts = {row["chunk"]: row for row in read_rows(arguments.verdicts, VERDICTS) if row["compiles"]}
    functions = [row for row in chunks if row["id"] in verdicts]
    found: list[Form] = []
    status, reason = Status.OK, ""
    if arguments.refused:
        status, reason = Status.NOT_ASKED, refused_by(arguments.refused)
    elif functions:
        try:
            with compiler_of(Judge, crate, arguments) as judge:
                judge.live_in = {chunk: verdict["target"] for chunk, verdict in verdicts.items()}
                settings = DEFAULTS | arguments.config["transformations"]
                left_out = frozenset() if settings["cosmetic"] else read_cosmetic(arguments.cosmetic)
                found = rewritten(
                    judge,
                    functions,
                    chunks,
                    crate["edition"],
                    read_idioms(arguments.idioms),
                    left_out,
                    settings,
                )
        except CrateDoesNotCompile as error:
            status, reason = error.status, error.reason
    rows = [form_row(form) for form in found]
    rows += twins(functions) if status == "ok" else []
    rows.sort(key=lambda row: (row["start"], row["chunk"], row["rewrite"], row["text"]))
    write_rows(arguments.rewrites, rows, REWRITES)
    usable = Counter(row["rewrite"] for row in rows if not row["reason"])
    fallen = Counter(row["reason"] for row in rows if row["reason"])
    write_json(
        arguments.json,
        dict(
            crate=arguments.crate, status=status, reason=reason, rewrites=dict(usable), dropped=dict(fallen)
        ),
    )


def rewritten(
    judge: Judge,
    functions: list[dict],
    chunks: list[dict],
    edition: str,
    idioms: dict,
    left_out: frozenset[str],
    settings: dict,
) -> list[Form]:
    """Every form that can be made, the usable ones with an empty reason: one per item and rewrite."""
    idioms = {lint: idiom for lint, idiom in idioms.items() if lint not in left_out}
    of_functions = {row["id"]: Function(*place(row), row["body"]) for row in functions}
    found = [form for row in functions for form in longer(row, of_functions[row["id"]])]
    found += derived(judge, [row for row in chunks if row["kind"] in ("struct", "enum") and not row["test"]])
    found = [form for form in found if form.rewrite not in left_out]
    rows = {row["id"]: row for row in functions}
    offers = {(s.function.id, s.lint): s for s in suggestions(judge, list(of_functions.values()), idioms)}
    for offer in offers.values():
        advice = idioms[offer.lint].advice
        row = rows[offer.function.id]
        found.append(Form(row, offer.function, offer.lint, "better", offer.text, offer.places, advice))
    lay_out(judge, found, edition)
    found = quota(found, settings["per_rewrite"], settings["seed"])
    judge_forms(judge, found)
    better = [form for form in found if form.direction == "better" and not form.reason]
    laid = [replace(offers[form.function.id, form.rewrite], text=form.text) for form in better]
    away = gone(judge, laid, idioms)
    for form in better:
        if (form.function.id, form.rewrite) not in away:
            form.reason = RewriteReason.LINT_STAYS
    return chosen(found)


def place(row: dict) -> tuple[str, str, int, int]:
    return row["id"], row["file"], row["start"], row["end"]


def longer(row: dict, function: Function) -> Iterator[Form]:
    site = parse_site(row["code"], row["owner"], row["header"], ())
    for form in rewrite_catalogue.forms(site) if site else ():
        advice = rewrite_catalogue.REWRITES[form.rewrite].advice
        yield Form(row, function, form.rewrite, "longer", form.text, form.places, advice)


def derived(judge: Judge, types: list[dict]) -> list[Form]:
    """Types whose derives are written out, those that the compiler reads."""
    roots = [judge.folder / judge.package / target["path"] for target in judge.targets]
    # Paths into the standard library, as a crate without std has to write them.
    standard = b"core" if any(b"no_std" in root.read_bytes() for root in roots) else b"std"
    found = []
    for row in types:
        if "derive" not in row["attributes"] or "cfg" in row["attributes"]:
            continue
        item = judge.original(row["file"])[row["outer"] : row["end"]]
        function = Function(row["id"], row["file"], row["outer"], row["end"], -1)
        for form in derive_forms(item, standard):
            found.append(Form(row, function, form.rewrite, "longer", form.text, 1, ADVICE[form.rewrite]))
    judge.liveness(list({form.function.id: form.function for form in found}.values()))
    return [form for form in found if form.function.id in judge.live_in]


def form_row(form: Form) -> dict:
    return dict(
        chunk=form.row["id"],
        rewrite=form.rewrite,
        direction=form.direction,
        start=form.function.start,
        end=form.function.end,
        text=form.text.decode(),
        places=form.places,
        advice=form.advice,
        twin="",
        reason=form.reason,
        detail=form.detail,
    )


def twins(functions: list[dict]) -> list[dict]:
    """Async functions with the blocking ones that do the same; both stand in the crate, which compiles."""
    rows = {row["id"]: row for row in functions}
    return [
        dict(
            chunk=one,
            rewrite="blocking_twin",
            direction="twin",
            start=rows[one]["start"],
            end=rows[one]["end"],
            text=rows[other]["code"],
            places=1,
            advice="",
            twin=rows[other]["name"],
            reason="",
            detail="",
        )
        for one, other in twin_forms(functions)
    ]


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        "chunks",
        "verdicts",
        "rewrites",
        "json",
        idioms="table of lint, advice, why: which suggestions are asked for",
        cosmetic="table of rewrite, why: what is left out unless transformations.cosmetic is true",
    )
    add_compiler(parser, "transformations")
    return parser.parse_args()


if __name__ == "__main__":
    main()
