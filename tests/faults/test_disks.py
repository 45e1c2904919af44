"""A disk that is full or read-only from a rule on: the run says so, leaves nothing half done, and goes on later."""

import pytest

# The rule at which the disk fails, and the rules since which everything is made again.
PLACES = {
    "download": "download",
    "chunk": "chunk",
    "judge": "judge",
    "mutate": "mutate",
    "make_tasks": "make_tasks",
    "gather": "gather",
    "split": "split",
    "write_dataset_card": "pages",
}
ORDINARY = {("fill", "gather")}
SAID = {"fill": "the disk is full; free some space", "read_only": "the file system is read-only"}


@pytest.mark.parametrize(
    ("harm", "rule"),
    [
        pytest.param(harm, rule, marks=[] if (harm, rule) in ORDINARY else [pytest.mark.slow])
        for harm, rules in {"fill": PLACES, "read_only": ["chunk", "split"]}.items()
        for rule in rules
    ],
)
def test_a_disk_that_fails(scene, harm, rule):
    scene.take_away(PLACES[rule])
    broken, repaired = scene.on_a_small_disk(f"{rule} {harm}")
    assert broken.code == 1, broken.output
    assert SAID[harm] in broken.output, broken.output
    assert broken.not_whole == set()
    assert repaired.code == 0, repaired.output
    assert scene.different() == set()


@pytest.mark.slow
def test_a_disk_that_is_too_small_from_the_start(scene):
    """The end comes wherever the run is then, also between two rules."""
    scene.take_away("download")
    broken, repaired = scene.on_a_small_disk("nothing", free_mb=0)
    assert broken.code == 1, broken.output
    # Snakemake's own message where it is Snakemake that could not write.
    assert SAID["fill"] in broken.output or "No space left" in broken.output, broken.output
    assert broken.not_whole == set()
    assert repaired.code == 0, repaired.output
    assert scene.different() == set()
