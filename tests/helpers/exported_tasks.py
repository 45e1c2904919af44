"""The exports of the hand-written tasks, and a Harbor verifier without a container engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from task_folder import write_folder

ROOT = Path(__file__).parents[2]
OWN = ("proc", "dev", "sys", "tmp", "run", "app", "tests", "logs", "image")


def export(folder: Path) -> Path:
    """The folder with exports of tasks that are written beside it."""
    write_folder(folder / "tasks")
    return export_again(folder / "tasks", folder / "exports")


def export_again(tasks: Path, out: Path) -> Path:
    command = [
        sys.executable,
        ROOT / "scripts/executable/export_tasks.py",
        "--tasks",
        tasks,
        "--out",
        out,
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run(command, check=True, env=environment)
    return out


def contained(exports: Path, task_id: str, folder: Path, answer: str | None) -> dict:
    """Run solve.sh, or write an answer, then tests/test.sh, each in a bubblewrap that stands for the task's container.

    The host's programs stand for those that the image installs; /app, /tests and `ferrule` are the exported ones. Nothing
    but /app/answer.rs comes from the first into the second, as with a verifier of its own.
    """
    task = exports / "harbor/tasks" / task_id
    spec = next((exports / "harbor/images").glob(f"{crate_of(task)}@*"))
    shutil.copytree(spec / "crate", folder / "app/crate")
    (folder / "logs").mkdir()
    (folder / "app/answer.rs").write_text(answer or "")
    if answer is None:
        run(exports, folder, ["bash", "/solution/solve.sh"], {task / "solution": "/solution"})
    given = (folder / "app/answer.rs").read_bytes()
    shutil.rmtree(folder / "app")
    (folder / "app").mkdir()
    (folder / "app/answer.rs").write_bytes(given)
    run(exports, folder, ["bash", "/tests/test.sh"], {task / "tests": "/tests"})
    return json.loads((folder / "logs/verifier/reward.json").read_text())


def run(exports: Path, folder: Path, command: list[str], shown: dict[Path, str]) -> None:
    room = [
        "bwrap",
        "--unshare-net",
        "--unshare-pid",
        "--die-with-parent",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
    ]
    room += ["--tmpfs", "/tmp"]
    for entry in sorted(Path("/").iterdir()):
        if entry.name in OWN:
            continue
        if entry.is_symlink():
            room += ["--symlink", str(entry.readlink()), str(entry)]
        elif entry.is_dir():
            room += ["--ro-bind", str(entry), str(entry)]
    room += ["--bind", str(folder / "app"), "/app", "--bind", str(folder / "logs"), "/logs"]
    room += ["--ro-bind", str(exports / "harbor/images/base/ferrule"), "/image/ferrule"]
    for host, inside in shown.items():
        room += ["--ro-bind", str(host), inside]
    room += ["--setenv", "PYTHONPATH", "/image", "--chdir", "/app"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # `python3` with the packages of the image
    subprocess.run([*room, *command], check=True, env=os.environ | {"PATH": path}, stdin=subprocess.DEVNULL)


def crate_of(task: Path) -> str:
    line = next(line for line in (task / "task.toml").read_text().splitlines() if line.startswith("crate = "))
    return line.removeprefix("crate = ").strip('"')
