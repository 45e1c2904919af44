"""Write the dataset card: what the dataset is, how it was made, what it holds and what it does not.

    python scripts/dataset/write_dataset_card.py --template resources/dataset_card.md --folder results/dataset \
        --config config/config.yaml --out results/dataset/README.md

The template holds the sentences; every number comes from a file beside the card. Its head is the
metadata that dataset hubs read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path
from string import Template

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, sha256_file, write_text
from ferrule.core.hub_metadata import dataset_header
from ferrule.core.markdown import in_words, ranked, table
from ferrule.core.row_stream import batches

TITLE = "Ferrule, Rust instructions judged by the compiler"
DATA_FILES = [
    "train.jsonl",
    "val.jsonl",
    "train.parquet",
    "val.parquet",
    "provenance.parquet",
    "dropped.parquet",
    "crates.lock.tsv",
    "funnel.json",
    "NOTICE",
]
KINDS = {
    "code_generation": "documentation, signature and context are the prompt; the author's function is the answer",
    "transformations": "a worse version of a function is the prompt; the author's function is the answer",
    "error_fixing": "a function with an error and rustc's message are the prompt; the author's function is the answer",
    "explanations": "a function is the prompt; its author's documentation is the answer",
    "modules": "one fixed sentence is the prompt; a whole file, without its tests, is the answer",
    "fill_in_middle": "a function with a gap is the prompt; what stood there is the answer",
}
# What a stage that did not run would have done: said of every dataset that was made without it.
MISSING_STAGES = {
    "near_duplicates": "Exact copies are removed, near-duplicates are not: functions that differ in a name or a"
    " comment may be in it several times, also in both splits.",
    "decontaminate": "It was not compared with any benchmark: tasks of public benchmarks may be in it.",
    "scrub": "It was not searched for secrets or personal data: what is in the published crates may be in it.",
}


# The sections that the rows depend on; of `crates` only the features, not the list or limits of the machine.
SECTIONS = (
    "crates",
    "gates",
    "files",
    "chunks",
    "tasks",
    "error_fixing",
    "transformations",
    "behaviour",
    "near_duplicates",
    "decontaminate",
    "mix",
    "sources",
    "dataset",
)


def main() -> None:
    arguments = parse_arguments()
    folder = arguments.folder
    funnel, rows = read_json(folder / "funnel.json"), count_rows(folder / "provenance.parquet")
    sizes = funnel["split"]["rows"]
    config = settings_of(arguments.config)
    settings = json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False)
    limited = ", ".join(funnel["mix"]["limited_by"])
    values = dict(
        header=dataset_header(TITLE, list(rows["_license"]), sizes),
        title=TITLE,
        rows=f"{sum(sizes.values()):,}",
        train=f"{sizes['train']:,}",
        val=f"{sizes['val']:,}",
        crates=f"{len(rows['crate']):,}",
        kinds="\n".join(f"- `{k}`: {KINDS.get(k, 'see `_source`')}" for k in sorted(rows["_task_type"])),
        mix=mix_table(funnel["mix"]),
        limited=f"\nThe total is limited by the pool of {limited}.\n" if limited else "",
        funnel=funnel_table(funnel),
        licences=table(["licence", "rows"], [[n or "none stated", c] for n, c in ranked(rows["_license"])]),
        crates_table=crates_table(folder / "crates.lock.tsv", rows["crate"]),
        compilers=table(["compiler", "rows"], [[n or "not judged", c] for n, c in ranked(rows["_rustc"])]),
        verdicts=table(["verdict", "rows"], [[n or "none", c] for n, c in ranked(rows["_verdict"])]),
        settings=settings,
        digest=hashlib.sha256(settings.encode()).hexdigest(),
        files=files_table(folder),
        limits="\n".join(f"- {text}" for text in limits(funnel, rows, config)),
    )
    write_text(arguments.out, Template(arguments.template.read_text(encoding="utf-8")).substitute(values))


def count_rows(path: Path) -> dict[str, Counter]:
    """How many rows have each value of the columns that the card speaks of."""
    columns = ["_license", "_rustc", "_verdict", "_task_type", "_source", "_source_crate", "_version"]
    counts = {name: Counter() for name in columns + ["crate"]}
    for rows in batches(path, columns):
        values = {name: [value or "" for value in rows[name].to_pylist()] for name in columns}
        for name in columns:
            counts[name].update(values[name])
        counts["crate"].update(zip(values["_source_crate"], values["_version"], strict=True))
    return counts


def mix_table(mix: dict) -> str:
    names = ["share", "pool", "quota", "taken", "deficit", "limited_by"]
    lines = [
        [kind, f"{row['share']:g}", *(row[name] for name in names[1:])] for kind, row in mix["kinds"].items()
    ]
    return table(["task", "share asked", "pool", "quota", "rows", "deficit", "limited by"], lines)


def funnel_table(funnel: dict) -> str:
    crates, files = funnel["crates"], funnel["files"]
    lines = [
        ["crates on the list", crates["listed"], ""],
        ["crates fetched", crates["fetched"], ""],
        ["crates accepted", crates["accepted"], in_words(crates["refused_by_reason"])],
        ["source files kept", files["kept"], in_words(files["dropped"])],
        ["functions seen", funnel["functions"]["seen"], ""],
        ["functions the compiler reaches", funnel["functions"]["live"], ""],
        ["candidates", sum(funnel["candidates"].values()), ""],
    ]
    for stage in funnel["stages"]:
        fallen = {reason: sum(kinds.values()) for reason, kinds in stage["dropped"].items()}
        lines.append([f"rows after {stage['stage']}", sum(stage["out"].values()), in_words(fallen)])
    return table(["step", "left", "dropped"], lines)


def crates_table(lock: Path, rows: dict[tuple[str, str], int]) -> str:
    names, *lines = [line.split("\t") for line in lock.read_text(encoding="utf-8").split("\n")[:-1]]
    crates = [dict(zip(names, cells, strict=True)) for cells in lines]
    shown = [
        [c["name"], c["version"], c["license"], rows[c["name"], c["version"]], f"`{c['sha256'][:16]}`"]
        for c in crates
        if (c["name"], c["version"]) in rows
    ]
    return table(["crate", "version", "licence", "rows", "sha256"], shown)


def files_table(folder: Path) -> str:
    lines = [[name, (folder / name).stat().st_size, f"`{sha256_file(folder / name)}`"] for name in DATA_FILES]
    return table(["file", "bytes", "sha256"], lines)


def settings_of(config: dict[str, dict]) -> dict[str, dict]:
    """The settings that the rows depend on, as the card shows them."""
    features = {key: value for key, value in config["crates"].items() if key == "features"}
    return {name: values for name, values in (config | {"crates": features}).items() if values}


def limits(funnel: dict, rows: dict[str, Counter], settings: dict) -> list[str]:
    """What a reader must not expect, from what was done and what was found."""
    verdicts = rows["_verdict"]
    ran = {stage["stage"] for stage in funnel["stages"]}
    # A stage that was told to look for nothing has done nothing.
    if "keep" in (settings.get("scrub", {}).get(name) for name in ("secrets", "personal")):
        ran.discard("scrub")
    if not any(settings.get("near_duplicates", {"": 1}).values()):
        ran.discard("near_duplicates")
    benchmarks = [one["name"] for one in settings.get("decontaminate", {}).get("benchmarks", ())]
    if not benchmarks:
        ran.discard("decontaminate")
    found = [text for stage, text in MISSING_STAGES.items() if stage not in ran]
    total, judged = verdicts.total(), verdicts["tested"] + verdicts["compiles"]
    if judged < total:
        found.append(
            f"{total - judged:,} of {total:,} rows have no compiler's verdict (`parses` or `unjudged`)."
        )
    for source, count in ranked(rows["_source"]):
        if source != "crates":
            found.append(
                f"{count:,} rows are from the source `{source}`: no crate, no checks of crates, no compiler."
            )
    if not verdicts["tested"]:
        found.append("No test was run: `compiles` says that the code is well typed, not that it is right.")
    if benchmarks:
        found.append(f"Compared with {', '.join(benchmarks)}, and with no other benchmark.")
    found.append("Code was judged for one platform and one set of cargo features; other code is left out.")
    found.append("Crates of one owner in separate repositories may be on both sides of the split.")
    if funnel["split"]["note"]:
        found.append(f"The split: {funnel['split']['note']}.")
    for kind, row in funnel["mix"]["kinds"].items():
        if row["deficit"]:
            found.append(f"{row['deficit']:,} rows of {kind} are missing from the mix asked for.")
    return found


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--template", required=True, type=Path, help="the card's text with $names to fill in")
    parser.add_argument("--folder", required=True, type=Path, help="the dataset's files")
    add_config(parser, *SECTIONS)
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
