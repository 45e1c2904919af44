"""Write the dataset card: what the dataset is, how it was made, what it holds and what it does not.

    python scripts/dataset/write_dataset_card.py --template resources/dataset_card.md \\
        --folder results/dataset --config config/config.yaml --out results/dataset/README.md

The template holds the sentences; every number comes from a file beside the card. Its head is the
metadata that dataset hubs read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, sha256_file, write_text
from ferrule.core.hub_metadata import dataset_header
from ferrule.core.markdown import in_words, ranked
from ferrule.core.row_stream import batches
from ferrule.core.templates import markdown_template

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
    "choice",
    "sources",
    "dataset",
)


def main() -> None:
    arguments = parse_arguments()
    folder = arguments.folder
    rows = count_rows(folder / "provenance.parquet")
    values = figures(read_json(folder / "funnel.json"), rows, settings_of(arguments.config))
    crates = crates_with_rows(folder / "crates.lock.tsv", rows["crate"])
    values |= {"crates": crates, "files": files(folder)}
    write_text(arguments.out, markdown_template(arguments.template).render(values))


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


def figures(funnel: dict, rows: dict[str, Counter], settings: dict) -> dict:
    """The values of the template, except the tables of crates and files; `rows` comes from `count_rows`."""
    sizes, verdicts = funnel["split"]["rows"], rows["_verdict"]
    shown = json.dumps(settings, indent=2, sort_keys=True, ensure_ascii=False)
    return dict(
        header=dataset_header(TITLE, list(rows["_license"]), sizes),
        title=TITLE,
        total=sum(sizes.values()),
        sizes=sizes,
        crates_with_rows=len(rows["crate"]),
        task_types=sorted(rows["_task_type"]),
        mix=funnel["mix"],
        funnel=funnel_rows(funnel),
        licences=ranked(rows["_license"]),
        compilers=ranked(rows["_rustc"]),
        verdicts=ranked(verdicts),
        settings=shown,
        settings_sha256=hashlib.sha256(shown.encode()).hexdigest(),
        looked_for=looked_for(funnel, settings),
        unjudged=verdicts.total() - verdicts["tested"] - verdicts["compiles"],
        other_sources=[(source, count) for source, count in ranked(rows["_source"]) if source != "crates"],
        tested=verdicts["tested"],
        benchmarks=funnel["compared"],
        split_note=funnel["split"]["note"],
        features=funnel["split"]["features"],
        unlike=funnel["split"]["unlike"],
        groups=sum(funnel["split"]["groups"].values()),
        val_groups=funnel["split"]["groups"]["val"],
    )


def funnel_rows(funnel: dict) -> list[list]:
    """Step, what is left after it, what it dropped."""
    crates, kept = funnel["crates"], funnel["files"]
    lines = [
        ["crates on the list", crates["listed"], ""],
        ["crates fetched", crates["fetched"], ""],
        ["crates accepted", crates["accepted"], in_words(crates["refused_by_reason"])],
        ["source files kept", kept["kept"], in_words(kept["dropped"])],
        ["functions seen", funnel["functions"]["seen"], ""],
        ["functions the compiler reaches", funnel["functions"]["live"], ""],
        ["candidates", sum(funnel["candidates"].values()), ""],
    ]
    for stage in funnel["stages"]:
        fallen = {reason: sum(kinds.values()) for reason, kinds in stage["dropped"].items()}
        lines.append([f"rows after {stage['stage']}", sum(stage["out"].values()), in_words(fallen)])
    return lines


def settings_of(config: dict[str, dict]) -> dict[str, dict]:
    """The settings that the rows depend on, as the card shows them."""
    features = {key: value for key, value in config["crates"].items() if key == "features"}
    return {name: values for name, values in (config | {"crates": features}).items() if values}


def looked_for(funnel: dict, settings: dict) -> set[str]:
    """The stages that ran and had something to look for."""
    ran = {stage["stage"] for stage in funnel["stages"]}
    if "keep" in (settings.get("scrub", {}).get(name) for name in ("secrets", "personal")):
        ran.discard("scrub")
    if not any(settings.get("near_duplicates", {"": 1}).values()):
        ran.discard("near_duplicates")
    if not funnel["compared"]:
        ran.discard("decontaminate")
    return ran


def crates_with_rows(lock: Path, rows: dict[tuple[str, str], int]) -> list[dict]:
    """The lines of the lock file that have rows, with their number as `rows`."""
    names, *lines = [line.split("\t") for line in lock.read_text(encoding="utf-8").split("\n")[:-1]]
    crates = [dict(zip(names, cells, strict=True)) for cells in lines]
    return [
        crate | {"rows": rows[crate["name"], crate["version"]]}
        for crate in crates
        if (crate["name"], crate["version"]) in rows
    ]


def files(folder: Path) -> list[dict]:
    return [
        {"name": name, "bytes": (folder / name).stat().st_size, "sha256": sha256_file(folder / name)}
        for name in DATA_FILES
    ]


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--template", required=True, type=Path, help="the card's text, a Jinja2 template")
    parser.add_argument("--folder", required=True, type=Path, help="the dataset's files")
    add_config(parser, *SECTIONS)
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
