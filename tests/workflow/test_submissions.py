"""How many jobs a cluster sees: counted in a dry run with the groups of profiles/slurm."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROFILE = yaml.safe_load((ROOT / "profiles/slurm/config.yaml").read_text())
# What Snakemake itself needs to form groups, without the plugin that sends them.
OF_GROUPS = ("groups", "group-components", "default-resources", "set-resources", "set-threads", "scheduler")


@pytest.mark.slow
def test_a_thousand_crates_are_at_most_120_jobs_of_the_cluster(workflow):
    profile = workflow.path / "profiles/grouped/config.yaml"
    profile.parent.mkdir()
    profile.write_text(yaml.safe_dump({name: PROFILE[name] for name in OF_GROUPS}))
    crates = [(f"crate{number}", "1.0.0") for number in range(1000)]
    run = workflow.run(
        "dataset", crates=crates, args=["-n", "--quiet", "rules", "--profile", "profiles/grouped"]
    )
    assert run.returncode == 0, run.output
    table = re.search(r"^job +count\n-+  -+\n(.*?)^total", run.output, re.MULTILINE | re.DOTALL)[1]
    counts = {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}
    groups = dict(entry.split("=") for entry in PROFILE["groups"])
    together = int(dict(entry.split("=") for entry in PROFILE["group-components"])["crates"])
    # The steps of a crate hang together, those of two crates do not: a group has so many chains.
    assert {counts[rule] for rule, group in groups.items() if group == "crates" and rule in counts} == {1000}
    alone = sum(count for rule, count in counts.items() if rule not in groups and rule != "dataset")
    submitted = -(-1000 // together) + len(set(groups.values()) - {"crates"}) + alone
    assert sum(counts.values()) > 11_000 and submitted <= 120, submitted
