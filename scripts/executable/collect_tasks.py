"""Collect the executable tasks of all crates: held out by repository, near-duplicates taken out, one folder for graders.

    python scripts/executable/collect_tasks.py --crates results/crates --list crates.txt \\
        --config config/config.yaml --folder results/tasks

The folder has tasks.parquet, heldout.json (repositories and crates that nothing may be trained on), tasks.json and
tasks.md (figures), and for each crate with tasks `crates/NAME@VERSION/` with what a grader needs: crate.json and source.
"""

from __future__ import annotations

import argparse
import shutil
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import atomic, read_json, write_json, write_rows
from ferrule.core.schemas import TASKS, TaskRow, choose
from ferrule.crates.crate_records import fetched_folders, read_list
from ferrule.dataset.repositories import Groups, repository_key
from ferrule.grading.copies import copies_of_train
from ferrule.grading.task_figures import figures_of, page_of
from ferrule.grading.task_rows import read_tasks, spec_of

DEFAULTS = dict(seed=0, heldout=0.3, published_after=None)


def main() -> None:
    arguments = parse_arguments()
    settings = DEFAULTS | arguments.config["executable"]
    folder = Path(arguments.folder)
    tasks: list[TaskRow] = []
    outcomes: dict[str, dict] = {}
    folders = fetched_folders(Path(arguments.crates))
    for spec in read_list(arguments.list):
        crate = Path(arguments.crates) / spec
        rows = read_tasks(crate / "tasks.parquet")
        tasks += rows
        outcomes[spec] = read_json(crate / "proofs.json") | dict(
            tasks=len(rows), left_out=read_json(crate / "tasks_dropped.json")
        )
    heldout = held_out(tasks, settings)
    for task in tasks:
        task["split"] = "heldout" if group_name(task) in heldout else "train"
    copies = copies_of_train(tasks)
    tasks = [task for task in tasks if task["id"] not in copies]
    tasks.sort(
        key=lambda task: (task["split"], task["crate"], task["file"], task["start"], task["kind"], task["id"])
    )
    folder.mkdir(parents=True, exist_ok=True)
    copy_crates(tasks, folders, folder / "crates")
    write_rows(folder / "tasks.parquet", tasks, TASKS)
    write_json(folder / "heldout.json", names_of(tasks))
    figures = figures_of(tasks, outcomes, copies)
    write_json(folder / "tasks.json", figures)
    with atomic(folder / "tasks.md") as path:
        path.write_text(page_of(figures), encoding="utf-8")
    print(f"{len(tasks)} tasks of {len({t['crate'] for t in tasks})} crates; {len(copies)} copies left out")


def group_name(task: TaskRow) -> str:
    return repository_key(task["repository"]) or f"crate {task['crate']}"


def held_out(tasks: list[TaskRow], settings: dict) -> set[str]:
    """The repositories that are held out: by date if a day is given, else some that a hash chooses."""
    if settings["published_after"]:
        return {group_name(t) for t in tasks if (t["published"] or "") > settings["published_after"]}
    groups = Groups()
    for task in tasks:
        groups.join([group_name(task), f"crate {task['crate']}"])
    sizes = Counter(groups.find(group_name(task)) for task in tasks)
    chosen: set[str] = set()
    wanted = settings["heldout"] * len(tasks)
    for group in sorted(sizes, key=lambda name: (choose(settings["seed"], "heldout", name), name)):
        # Whole repositories, as long as they bring the sum nearer to the share, and never all of them.
        with_it = sum(sizes[name] for name in chosen) + sizes[group]
        if with_it <= 1.25 * wanted and len(chosen) + 1 < len(sizes):
            chosen.add(group)
    return {group_name(task) for task in tasks if groups.find(group_name(task)) in chosen}


def names_of(tasks: list[TaskRow]) -> dict[str, list[str]]:
    """What is held out, for those who train: repositories and crates."""
    out = [task for task in tasks if task["split"] == "heldout"]
    return dict(
        repositories=sorted({repository_key(task["repository"]) for task in out} - {""}),
        crates=sorted({task["crate"] for task in out}),
    )


def copy_crates(tasks: list[TaskRow], crates: dict[str, Path], folder: Path) -> None:
    """What a grader needs of each crate with tasks; `crates` are the folders of fetched crates by NAME@VERSION."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for spec in sorted({spec_of(task) for task in tasks}):
        target = folder / spec
        target.mkdir()
        shutil.copyfile(crates[spec] / "crate.json", target / "crate.json")
        shutil.copytree(crates[spec] / "source", target / "source", copy_function=shutil.copyfile)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--crates", required=True, metavar="FOLDER", help="the folder of all crates")
    add_files(parser, list="the crates of the run: spec, tab, source")
    parser.add_argument("--folder", required=True, metavar="FOLDER", help="where the tasks go")
    add_config(parser, "executable")
    return parser.parse_args()


if __name__ == "__main__":
    main()
