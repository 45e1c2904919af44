"""Killed at a rule by name, just before a file gets its final name: the same command goes on to the same bytes."""

import pytest
from fault_scene import LIGHT

# What is killed, at which rule, before which of its files; then the rules since which everything is made again.
KILLS = [
    ("kill_job", "download", 1, "download"),
    ("kill_run", "download", 2, "download"),
    ("kill_all", "download", 3, "download"),
    ("kill_job", "chunk", 2, "chunk"),
    ("kill_run", "judge", 1, "judge"),
    ("kill_all", "mutate", 2, "mutate"),
    ("kill_all", "make_tasks", 2, "make_tasks"),
    ("kill_run", "gather", 1, "gather"),
    ("kill_all", "split", 3, "split"),
    ("kill_job", "write_notice", 1, "pages"),
]
ORDINARY = {"download-2", "split-3"}


@pytest.mark.parametrize(
    ("harm", "rule", "number", "since"),
    [
        pytest.param(
            *case,
            id=f"{case[0]}-{case[1]}-{case[2]}",
            marks=[] if f"{case[1]}-{case[2]}" in ORDINARY else [pytest.mark.slow],
        )
        for case in KILLS
    ],
)
def test_killed_at_a_rule(scene, harm, rule, number, since):
    scene.take_away(since)
    # A process of its own, not a forked one: the job looks for Snakemake among its ancestors.
    fault = {"FERRULE_FAULT": f"{rule} {harm} {number}"}
    killed = scene.workflow.start("dataset", config=LIGHT, env=fault).wait()
    # `download` is tried again at once, and meets the same end.
    assert killed == (1 if harm == "kill_job" else -9)
    assert scene.not_whole() == set()
    if harm != "kill_job":
        scene.unlock()
    again = scene.run()
    assert again.returncode == 0, again.output
    assert scene.different() == set()
