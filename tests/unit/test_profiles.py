"""The profiles name rules that exist, and put every step of a crate into the group of its crate."""

import re
from pathlib import Path

import pytest

from ferrule.core.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path.read_text() for path in (ROOT / "rules").glob("*.smk")}
RULES = {name: text for text in FILES.values() for name in re.findall(r"^rule (\w+):", text, re.MULTILINE)}
SLURM = read_yaml(ROOT / "profiles/slurm/config.yaml")
GROUPS = dict(entry.split("=") for entry in SLURM["groups"])


def body(rule: str) -> str:
    return re.search(rf"^rule {rule}:\n(.*?)(?=^\S|\Z)", RULES[rule], re.MULTILINE | re.DOTALL)[1]


@pytest.mark.parametrize("part", ["groups", "set-resources", "set-threads"])
def test_the_rules_exist(part):
    named = GROUPS if part == "groups" else SLURM[part]
    assert set(named) <= set(RULES)


def test_every_default_step_of_a_crate_is_in_its_group():
    # geiger, outdated and deny are off by default, and need tools that are built once.
    steps = {
        rule
        for rule in RULES
        if re.search(r"^ +(crate_file|json=crate_file|\w+=crate_file)\(", body(rule), re.MULTILINE)
    }
    of_a_crate = {rule for rule in steps if "{wildcards.crate}" in body(rule) or "{crate}" in body(rule)}
    grouped = {rule for rule, group in GROUPS.items() if group == "crates"}
    assert of_a_crate - grouped == {"geiger", "outdated", "deny"} and grouped <= of_a_crate


def test_whatever_takes_every_core_has_a_number_here():
    everything = {rule for rule in RULES if "threads: ALL_CORES" in body(rule)}
    assert everything <= set(SLURM["set-threads"])


def test_what_needs_a_gpu_goes_to_the_partition_with_gpus():
    gpu = {rule for rule in RULES if re.search(r"^ +gpu=", body(rule), re.MULTILINE)}
    to_gpus = {rule for rule, more in SLURM["set-resources"].items() if more.get("slurm_partition") == "gpu"}
    assert gpu == to_gpus


def test_a_thousand_crates_are_few_jobs_of_the_cluster():
    crates = int(dict(entry.split("=") for entry in SLURM["group-components"])["crates"])
    alone = {"check_sandbox"}  # of the dataset's rules, the others are in groups
    assert 1000 / crates + len(set(GROUPS.values()) - {"crates"}) + len(alone) <= 120
