"""Ask SLURM whether it would take the jobs of a profile, before any of them runs: partitions, GPUs, limits, account.

    python scripts/utilities/check_cluster.py --profile profiles/slurm

Nothing is submitted (`sbatch --test-only`). It asks for what each rule of the profile gets at its first and at its last
attempt, for a group of crates, and for all else. What SLURM refuses is printed with SLURM's reason, and ends the script
with exit code 1.
"""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

# Options of sbatch, by the resource of a profile; the plugin of Snakemake makes the same of them.
OPTIONS = {
    "slurm_partition": "partition",
    "slurm_account": "account",
    "constraint": "constraint",
    "runtime": "time",
    "mem_mb": "mem",
}


def main() -> None:
    arguments = parse_arguments()
    if not shutil.which("sbatch"):
        sys.exit("sbatch is not on PATH: is this a login node of the cluster?")
    file = arguments.profile / "config.yaml"
    profile = yaml.safe_load(file.read_text(encoding="utf-8"))
    if profile.get("executor") != "slurm":
        sys.exit(f"{file}: its executor is not slurm")
    limits = time_limits()
    refused = 0
    for what, options in requests(profile):
        if reason := refusal(options, limits):
            refused += 1
            print(f"{what}: SLURM refuses {shlex.join(options)}: {reason}")
    if refused:
        sys.exit(f"{refused} kinds of jobs would be refused; change the first lines of {file}")
    print(f"{file}: SLURM would take every kind of job")


def refusal(options: list[str], limits: dict[str, int]) -> str:
    """SLURM's reason, empty if it would take the job."""
    done = subprocess.run(["sbatch", "--test-only", *options, "--wrap=true"], capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1].removeprefix("allocation failure: ")
    # Many clusters take a job with too long a time limit, which then waits for ever.
    given = dict(option.removeprefix("--").split("=", 1) for option in options)
    most = limits.get(given.get("partition", ""), 0)
    if most and int(given.get("time", 0)) > most:
        return f"over the time limit of the partition, {most} minutes"
    return ""


def time_limits() -> dict[str, int]:
    """The longest time of each partition that has a limit, in minutes."""
    done = subprocess.run(["sinfo", "--noheader", "--format=%R %l"], capture_output=True, text=True)
    found = {}
    for name, limit in (line.split() for line in done.stdout.splitlines()):
        if parts := re.fullmatch(r"(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+)", limit):
            days, hours, minutes, _ = (int(part or 0) for part in parts.groups())
            found[name] = (days * 24 + hours) * 60 + minutes
    return found


def requests(profile: dict) -> Iterator[tuple[str, list[str]]]:
    """What is asked for, and the options of sbatch."""
    usual, special = profile.get("default-resources", {}), profile.get("set-resources", {})
    threads, last = profile.get("set-threads", {}), 1 + profile.get("retries", 0)
    yield "any other rule", options_of(usual, 1, 1)
    for rule, own in special.items():
        resources = usual | own
        if "gpu_model" in own:
            resources["gpu"] = own.get("gpu", 1)
        for attempt in sorted({1, last}):
            yield f"{rule}, attempt {attempt}", options_of(resources, threads.get(rule, 1), attempt)
    groups = dict(entry.split("=") for entry in profile.get("groups", []))
    for name, number in (entry.split("=") for entry in profile.get("group-components", [])):
        members = [usual | special.get(rule, {}) for rule, group in groups.items() if group == name]
        memory = max(int(valued(each.get("mem_mb", 0), 1)) for each in members)
        yield (
            f"{number} of the group {name}",
            options_of(usual | {"mem_mb": memory * int(number)}, int(number), 1),
        )


def options_of(resources: dict[str, Any], threads: int, attempt: int) -> list[str]:
    found = [
        f"--{option}={valued(resources[name], attempt)}"
        for name, option in OPTIONS.items()
        if resources.get(name) is not None
    ]
    if resources.get("gpu"):
        model = f"{resources['gpu_model']}:" if resources.get("gpu_model") else ""
        found.append(f"--gpus={model}{resources['gpu']}")
    return [*found, f"--cpus-per-task={threads}"]


def valued(resource: Any, attempt: int) -> Any:
    """A resource of a profile: a number, or a product such as `attempt * 4500`."""
    words = str(resource).split("*")
    if len(words) == 1 or not all(word.strip() == "attempt" or word.strip().isdigit() for word in words):
        return resource
    value = 1
    for word in words:
        value *= attempt if word.strip() == "attempt" else int(word)
    return value


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--profile", type=Path, default=Path("profiles/slurm"), help="the folder of the profile"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
