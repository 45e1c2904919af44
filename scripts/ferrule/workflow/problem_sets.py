"""What the rules of problem sets and evaluations ask about: a set's files, and what is evaluated."""

from __future__ import annotations

from pathlib import Path


def packaged_file(path: str) -> str:
    """The name of a set's file where it comes out of a package (`pypi:PACKAGE==VERSION:FILE`), else ""."""
    return Path(path.rpartition(":")[2]).name if path.startswith("pypi:") else ""


def problem_file(name: str, path: str) -> str:
    """The file or folder that the set `name` is read from."""
    packaged = packaged_file(path)
    return f"results/problems/{name}/{packaged}" if packaged else path


def problem_files(name: str, path: str) -> list[str]:
    """The files that a set is read from: those of a folder one by one, so that a change of one is seen."""
    source = problem_file(name, path)
    return sorted(map(str, Path(source).glob("*/*.rs"))) if Path(source).is_dir() else [source]


def evaluations(config: dict) -> list[tuple[str, str]]:
    """(benchmark, model) of everything that `evaluate` judges: models with samples, otherwise the references."""
    asked = config["evaluate"]["benchmarks"]
    samples = config["evaluate"]["samples"]
    named = [
        (benchmark, model) for model, files in samples.items() for benchmark in files if benchmark in asked
    ]
    return named or [(benchmark, "references") for benchmark in asked]


def measured_sets(config: dict) -> list[str]:
    """Every problem set that something of this configuration is measured with."""
    asked = list(config["evaluate"]["benchmarks"])
    asked += [name for files in config["evaluate"]["samples"].values() for name in files]
    for settings in (config["run_defaults"], *config["runs"].values()):
        asked += filter(None, [(settings.get("monitor") or {}).get("benchmark")])
    return [name for name in dict.fromkeys(asked) if name in config["benchmarks"]]


def kept_out(config: dict) -> list[dict]:
    """What rows are compared with: the entries of `decontaminate.benchmarks`, or for `auto` every measured set."""
    named = config["decontaminate"]["benchmarks"]
    if named != "auto":
        return named
    fields = {"solution": "reference", "entry_point": "entry"}
    found: list[dict] = []
    for name in measured_sets(config):
        found.append({"name": name, "path": f"results/problems/{name}/problems.jsonl", "fields": fields})
        if is_crate_tasks(config, name):
            # Nothing of a repository whose functions are asked for, not even what resembles none of them.
            found[-1]["heldout"] = str(Path(config["benchmarks"][name]["path"]).with_name("heldout.json"))
    return found


def is_crate_tasks(config: dict, name: str) -> bool:
    """Whether a set's answers are graded in their own crates."""
    return config["benchmarks"][name].get("format") == "crate_tasks"


def crate_task_sets(config: dict) -> list[str]:
    """The problem sets whose answers are graded in their own crates."""
    return [name for name in config["benchmarks"] if is_crate_tasks(config, name)]


def uncompared_data(config: dict, sources: list[str], benchmark: str) -> str:
    """What a reader must know about a model trained on these sources and measured with the benchmark, or ""."""
    elsewhere = [source for source in sources if source != "dataset" and not source.startswith("experts:")]
    if elsewhere:
        return (
            f"trained on {', '.join(elsewhere)}, which nobody compared with {benchmark}: its problems may have been"
            " in the training data"
        )
    if "dataset" in sources and benchmark not in [one["name"] for one in kept_out(config)]:
        return (
            f"trained on a dataset that was not compared with {benchmark} (decontaminate.benchmarks): its problems may"
            " have been in the training data"
        )
    return ""
