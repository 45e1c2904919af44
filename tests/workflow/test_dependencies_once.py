"""The steps of a crate and its dependencies: compiled once for checks and once for tests."""

import re
from collections import Counter

import pytest
from crate_with_dependencies import fill, write_crate
from dataset_run import SMALL
from registry import Registry

PARTS = 20


@pytest.fixture
def counted(workflow, tmp_path):
    """A run on a crate with 20 dependencies: by rule, what its log says about them."""
    with Registry(tmp_path / "registry") as registry:
        fill(registry, tmp_path / "parts", PARTS)
        source = write_crate(tmp_path / "source", PARTS)
        run = workflow.run(
            "results/crates/whole/candidates.parquet",
            crates=[("whole", "", str(source))],
            config=SMALL,
            env={"CARGO_HOME": registry.cargo_home()},
        )
    assert run.returncode == 0, run.output
    found = {}
    for log in (workflow.path / "results/logs").glob("*/whole.log"):
        if line := re.search(r"^dependencies: (\d+) targets compiled, (.*)$", log.read_text(), re.MULTILINE):
            found[log.parent.name] = (int(line[1]), line[2])
    return workflow, found


def test_dependencies_are_compiled_once(counted):
    workflow, found = counted
    assert set(found) == {"judge", "clippy", "mutate", "rewrite", "run_tests"}
    assert Counter(count for count, _ in found.values()) == {PARTS + 1: 1, PARTS: 1, 0: 3}
    assert found.pop("judge") == (PARTS + 1, "none found ready")  # one of them is a build script
    assert found["run_tests"][0] == PARTS
    assert {words for _, words in found.values()} == {"from the copy of an earlier step"}
    # The last step has deleted the copy.
    assert not list((workflow.path / "results/prepared").glob("*.tar"))
