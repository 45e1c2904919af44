"""Write the executable tasks in the formats that others load.

    python scripts/executable/export_tasks.py --tasks results/tasks --out results/task_exports

    harbor/tasks/ID/           a Harbor folder for each task; harbor/images/ has what their images are built from
    harbor_tasks.parquet       the same folders as `path` and `task_binary`
    swe_smith.parquet          SWE-smith's columns
    trl/, verl/, nemo_gym/     prompts by split, for the rewards in ferrule.rewards

Tasks whose reference has unsafe code are left out, and so are, of Harbor's folders, crates whose own code comes with one of
their dependencies: cargo would put it into the image.
"""

from __future__ import annotations

import argparse
import shutil
import tomllib
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from ferrule.core.command_line import parser_of
from ferrule.core.files import write_json, write_jsonl, write_table, write_text
from ferrule.core.schemas import TaskRow
from ferrule.exports import harbor, rows
from ferrule.grading.task_rows import read_tasks, spec_of

SPLITS = ("train", "heldout")
NEMO_GYM = """ferrule:
  resources_servers:
    ferrule:
      entrypoint: app.py
      domain: coding
      verified: false
      description: Functions of Rust crates, graded by the crates' own tests
ferrule_simple_agent:
  responses_api_agents:
    simple_agent:
      entrypoint: app.py
      resources_server:
        type: resources_servers
        name: ferrule
      model_server:
        type: responses_api_models
        name: policy_model
"""
APP = """from ferrule.rewards.nemo_gym import FerruleServer

if __name__ == "__main__":
    FerruleServer.run_webserver()
"""


def main() -> None:
    arguments = parse_arguments()
    crates, out = arguments.tasks / "crates", arguments.out
    shutil.rmtree(out, ignore_errors=True)
    every = read_tasks(arguments.tasks / "tasks.parquet")
    tasks = [task for task in every if not task["unsafe"]]
    for split in SPLITS:
        chosen = [task for task in tasks if task["split"] == split]
        write(out / f"trl/{split}.parquet", [rows.trl_row(task) for task in chosen], rows.TRL)
        write(out / f"verl/{split}.parquet", [rows.verl_row(task) for task in chosen], rows.VERL)
        write_jsonl(out / f"nemo_gym/{split}.jsonl", [rows.nemo_gym_row(task) for task in chosen])
    write_text(out / "nemo_gym/ferrule/configs/ferrule.yaml", NEMO_GYM)
    write_text(out / "nemo_gym/ferrule/app.py", APP)
    write(out / "swe_smith.parquet", [rows.swe_smith_row(task, crates) for task in tasks], rows.SWE_SMITH)
    own = {spec for spec in {spec_of(task) for task in tasks} if brings_itself(crates / spec)}
    folders = [task for task in tasks if spec_of(task) not in own]
    write_harbor(out, folders, crates)
    figures = dict(
        tasks=len(tasks),
        unsafe=len(every) - len(tasks),
        harbor=len(folders),
        crates_that_bring_themselves=sorted(own),
    )
    write_json(out / "exports.json", figures)
    print(f"{len(tasks)} tasks, {len(folders)} Harbor folders")


def write_harbor(out: Path, tasks: list[TaskRow], crates: Path) -> None:
    (out / "harbor/tasks").mkdir(parents=True)
    if tasks:
        pins = {name: version(name) for name in harbor.PYTHON}
        harbor.write_images(out / "harbor/images", tasks, crates, pins)
    packed, crate_files = [], out / "crates"
    for task in tasks:
        crate = crate_files / f"{spec_of(task)}.tar.gz"
        if not crate.is_file():
            harbor.pack_crate(crate, crates / spec_of(task))
        harbor.write_task(out / "harbor/tasks", task, crate)
        folder = out / "harbor/tasks" / task["id"]
        packed.append(dict(path=task["id"], task_binary=harbor.packed_folder(folder)))
    shutil.rmtree(crate_files, ignore_errors=True)
    write(out / "harbor_tasks.parquet", packed, rows.HARBOR)


def brings_itself(crate: Path) -> bool:
    """Whether the crate's lock file has another version of the crate, which may have the hidden code."""
    packages = tomllib.loads((crate / "source/Cargo.lock").read_text(encoding="utf-8")).get("package", [])
    own = {package["name"] for package in packages if "source" not in package}
    return any(package["name"] in own and "source" in package for package in packages)


def write(path: Path, found: list[dict], schema: pa.Schema) -> None:
    write_table(path, pa.Table.from_pylist(found, schema=schema))


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--tasks", type=Path, required=True, metavar="FOLDER", help="a folder that `snakemake tasks` wrote"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="what is in it is replaced")
    return parser.parse_args()


if __name__ == "__main__":
    main()
