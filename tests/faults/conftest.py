"""`scene`: a finished run of one fixture crate, a copy for each test."""

import pytest
from fault_scene import COUNTER, LIGHT, Scene


@pytest.fixture
def scene(shared, tmp_path, workflow_in) -> Scene:
    def make(folder):
        run = workflow_in(folder).run("dataset", crates=[COUNTER], config=LIGHT)
        assert run.returncode == 0, run.output

    return Scene(workflow_in(tmp_path / "workflow", built=shared("counter", make)))
