"""Every command that the documentation shows is one that works.

What is cheap is run as it is printed, in a checkout with a built dataset; of Snakemake, a dry run. Of the rest it is
checked that the targets, the files and the options are there, and NOT_RUN says why it is not run. A command of another
kind fails: give it a line in NOT_RUN, or a way to run it.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from documented_commands import PAGES, ROOT, Command, commands_of, settings_of

# A pattern of the command and why it is not run.
NOT_RUN = {
    r"source \.venv/bin/activate": "changes the shell that one types into",
    r"cd results/crates/\S+": "changes the shell that one types into",
    r"pre-commit install": "changes the user's git hooks",
    r"accelerate launch ": "trains",
    r"jq ": "a program of the reader's",
    r"OTEL_\S+ snakemake ": "sends to a receiver; test_run_events.py has one",
    r"head -c ": "reads a file of an earlier command",
    r"python scripts/report/write_report\.py ": "test_report.py runs it on many folders",
    r"vllm serve ": "needs a GPU and the environment of envs/vllm.yaml",
    r"tensorboard --logdir ": "serves until it is stopped; test_monitoring.py reads such a folder with its own reader",
    r"\.ci/run": "runs this test",
    r"(PYTHON=\S+ )?make (env|train|cluster)": "downloads packages",
    r"snakemake .*--sdm conda": "needs conda; test_conda.py runs it with a stand-in",
    r"docker ": "needs a server of Docker; test_containers.py reads the file",
    r"apptainer ": "is not on every machine; test_containers.py reads the file",
    r"python scripts/utilities/check_cluster\.py ": "needs a SLURM; `make test-slurm` runs it",
    r"snakemake --profile profiles/slurm": "needs the packages of `make cluster`, which slow down every start of Snakemake",
    r"make (check|lint|types|test|test-all|test-train|test-slurm|bench|docs)\b": "runs tests, this one among them",
    r"python -m pytest ": "runs tests",
    r"python -m pip install ": "installs packages",
    r"python scripts/problems/examine_problems\.py ": "takes a quarter of an hour; test_examine_problems.py runs it",
    r"python scripts/tools/check_sandbox\.py ": "is part of every run of the workflow",
    r"python scripts/utilities/check_tasks\.py ": "compiles the crate of every task; test_tasks.py runs it with fewer",
    r"python scripts/utilities/recheck\.py ": "compiles every row; test_dataset.py runs it with fewer",
    r"python scripts/utilities/estimate_memory\.py": "needs the training packages, and minutes; test_memory.py runs it",
    r"python \S*scripts/tasks/make_tasks\.py ": "needs a crate of the registry; every run of the workflow runs it",
    r"python scripts/utilities/manage_mlx\.py ": "needs the training packages and the hub; test_manage_mlx.py runs it",
    r"python scripts/utilities/add_up_reviews\.py ": "needs the marks of two readers; test_reviews.py runs it",
    r"python scripts/.* \.\.\.": "is not shown whole",
    r"cat results/qa/summary\.txt": "is made by asking a model; tests/workflow/test_qa.py looks at it",
}
# What stands for Snakemake: it builds nothing.
SNAKEMAKE = """#!/bin/sh
case " $* " in
    *" --rulegraph "* | *" --list-target-rules "*) exec {snakemake} "$@" ;;
    *) exec {snakemake} -n "$@" ;;
esac
"""
SETTINGS = {"behaviour": {"run": False}}


def kept() -> list[Command]:
    """Each command once; with settings of its page's, once for each page."""
    found = {}
    for page in PAGES:
        for command in commands_of(page):
            text = re.sub(r"(?<=^snakemake) -n\b| --cores \S+", "", command.text.partition("  #")[0]).strip()
            found.setdefault((text, page if "mine.yaml" in text else None), command)
    return list(found.values())


def parameters() -> list:
    """Of dry runs those of README.md in `make test`, those of all pages in `make test-all`."""
    return [
        pytest.param(
            command,
            id=str(command),
            marks=[pytest.mark.slow] if command.text.startswith("snakemake") and "/" in command.page else [],
        )
        for command in kept()
    ]


@pytest.fixture(scope="module")
def checkout(built, snakemake_command, tmp_path_factory):
    """A checkout after `snakemake dataset`, and the files that the pages speak of as the reader's own."""
    folder = tmp_path_factory.mktemp("documented") / "checkout"
    subprocess.run(["cp", "-a", built.path, folder], check=True)
    for name in ("Makefile", "docs", "requirements"):
        subprocess.run(["cp", "-a", ROOT / name, folder], check=True)
    (folder / ".venv/bin").mkdir(parents=True)
    for mark in (".base", ".test", ".train"):
        (folder / ".venv" / mark).touch()
    (folder / ".venv/bin/snakemake").write_text(SNAKEMAKE.format(snakemake=snakemake_command))
    (folder / ".venv/bin/snakemake").chmod(0o755)
    # No symbolic link, from whose place Python would look for its packages.
    (folder / ".venv/bin/python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (folder / ".venv/bin/python").chmod(0o755)
    dataset = folder / "results/dataset"
    shutil.copy(dataset / "crates.lock.tsv", folder / "config/mine.tsv")
    shutil.copy(dataset / "provenance.parquet", folder)
    shutil.copy(dataset / "train.jsonl", folder / "rows.jsonl")
    return folder


def write_settings(folder: Path, page: Path) -> None:
    """mine.yaml with the page's settings, and the files that they name."""
    settings = settings_of(page) or SETTINGS
    (folder / "mine.yaml").write_text(yaml.safe_dump(settings))
    (folder / "more.yaml").write_text(yaml.safe_dump(SETTINGS))
    for model in settings.get("models", {}).values():
        if ":" not in model["path"]:
            (folder / model["path"]).mkdir(parents=True, exist_ok=True)
            (folder / model["path"] / "config.json").write_text("{}")
    for name in re.findall(r"[\w./*-]+\.(?:jsonl|parquet|txt|yaml)\b", yaml.safe_dump(settings)):
        place = folder / name.replace("*", "one")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()


def run(command: str, folder: Path) -> subprocess.CompletedProcess:
    environment = os.environ | {
        "PATH": os.pathsep.join(
            [str(folder / ".venv/bin"), str(Path(sys.executable).parent), os.environ["PATH"]]
        ),
        "PYTHONPATH": str(folder / "scripts"),
        "XDG_CACHE_HOME": str(folder / ".cache"),
    }
    # What a `make test ARGS=...` around this test hands down is not for the command.
    environment = {
        name: value
        for name, value in environment.items()
        if name not in ("ARGS", "MAKEFLAGS", "MAKEOVERRIDES")
    }
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("command", parameters())
def test_a_documented_command_works(command, checkout):
    check_names(command, checkout)
    if any(re.match(pattern, command.text) for pattern in NOT_RUN):
        return
    text = command.text
    known = r"(snakemake|make( run)?|python -c|python scripts/utilities/\w+\.py|cp|rustc|echo)( |$)"
    assert re.match(known, text), f"{command}: of a kind that this test does not know; see NOT_RUN"
    if "mine.yaml" in text:
        write_settings(checkout, ROOT / command.page)
    if "0123456789abcdef" in text:  # stands for an id of the reader's
        row = (checkout / "results/dataset/provenance.parquet", "_id")
        text = text.replace("0123456789abcdef", first_value(*row))
    done = run(text, checkout)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def first_value(table: Path, column: str) -> str:
    import pyarrow.parquet as pq

    return pq.read_table(table, columns=[column])[column][0].as_py()


def check_names(command: Command, folder: Path) -> None:
    """What the command names is there: targets of make, files of the checkout, options of our scripts."""
    words = command.words
    if "make" in words[:2]:
        plan = run(re.sub(r"\bmake\b", "make --dry-run", command.text, count=1), folder)
        assert plan.returncode == 0, f"{command}: {plan.stderr}"
    for name in re.findall(r"(?<![\w./])(?:tests|config|resources)/[\w./-]*\w", command.text):
        # config/mine.tsv and the like are the reader's.
        assert "mine" in name or (ROOT / name).exists(), f"{command}: there is no {name}"
    scripts = [word for word in words if re.fullmatch(r"(\.\./)*scripts/\w+/\w+\.py", word)]
    for script in scripts:
        path = ROOT / script.replace("../", "")
        assert path.exists(), f"{command}: there is no {script}"
        said = run(f"python {path} --help", folder)
        assert said.returncode == 0, said.stderr
        options = {word.partition("=")[0] for word in words[words.index(script) :] if word.startswith("--")}
        unknown = options - set(re.findall(r"--[\w-]+", said.stdout))
        assert not unknown, f"{command}: {script} has no {', '.join(sorted(unknown))}"


def test_no_line_of_the_table_is_left_over():
    texts = [command.text for command in kept()]
    assert [pattern for pattern in NOT_RUN if not any(re.match(pattern, text) for text in texts)] == []
