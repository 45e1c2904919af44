"""The dataset of the fixture crates: built once for all tests of a run, and a copy of it for each of pytest's processes."""

import pytest
from dataset_run import BAD, GOOD, SMALL


@pytest.fixture(scope="session")
def built(shared, tmp_path_factory, workflow_in):
    """The workflow after `snakemake` on all fixture crates. A test that changes a file of it changes it back."""

    def make(folder):
        run = workflow_in(folder).run(crates=GOOD + BAD, config=SMALL)
        assert run.returncode == 0, run.output

    return workflow_in(tmp_path_factory.mktemp("built") / "workflow", built=shared("dataset", make))
