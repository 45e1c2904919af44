"""kill -9 at random moments of a run: the same command ends with the bytes of the unbroken run.

The broken run is in a folder with another name, and its last part has another number of cores.
The moments come from a hash, so a failure can be repeated. Every second kill meets Snakemake alone, as the system's
killer for memory does; its jobs go on without it. The others meet the run's whole group of processes.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time

import pytest
from dataset_run import GOOD, checksums
from fault_scene import LIGHT, ROOT
from registry import Registry

from ferrule.core.schemas import choose

# Two from a registry, fetched as real ones are. FERRULE_CRATES="itoa@1.0.15 cfg-if@1.0.4" takes real ones in their place.
FETCHED = [("covered", "0.1.0"), ("derive", "0.1.0")]
# Instead of `snakemake --unlock` after each kill, which would be one start of Snakemake more.
UNLOCKED = ["--nolock"]
# How far a run comes before a kill: so many new files, and up to a second more. Times alone would be those of an idle machine.
MOST_FILES = 30


@pytest.fixture
def crates(tmp_path):
    """The list of crates, and the environment in which they can be fetched."""
    real = [tuple(name.split("@")) for name in os.environ.get("FERRULE_CRATES", "").split()]
    if real:
        yield [*GOOD, *((*crate, "") for crate in real)], {}
        return
    with Registry(tmp_path / "registry") as registry:
        for name, version in FETCHED:
            registry.add_folder(ROOT / "tests/data/crates" / name, name, version)
        yield [*GOOD, *((*crate, "") for crate in FETCHED)], {"CARGO_HOME": registry.cargo_home()}


@pytest.mark.slow
def test_killed_50_times(workflow_in, crates, tmp_path):
    crate_list, more = crates
    unbroken = workflow_in(tmp_path / "unbroken")
    run = unbroken.run("dataset", crates=crate_list, config=LIGHT, env=more)
    assert run.returncode == 0, run.output
    expected = checksums(unbroken)

    broken, kills, ends, stages = workflow_in(tmp_path / "a broken, longer name"), 0, 0, set()
    broken.write_crates(crate_list)
    while kills < 50:
        running = broken.start("dataset", config=LIGHT, env=more, args=UNLOCKED)
        chance = choose(11, f"{kills} {ends}")
        wanted = number_of_files(broken) + chance % MOST_FILES
        while running.poll() is None and number_of_files(broken) < wanted:
            time.sleep(0.05)
        try:
            status = running.wait(chance // MOST_FILES % 1000 / 1000)
            # It came to its end first: begin afresh, so that later kills meet all stages too.
            assert status == 0 and checksums(broken) == expected
            ends += 1
            for folder in ("results", ".snakemake"):
                shutil.rmtree(broken.path / folder)
        except subprocess.TimeoutExpired:
            kills += 1
            whole_group = kills % 2 == 0
            with contextlib.suppress(ProcessLookupError):
                (os.killpg if whole_group else os.kill)(running.pid, signal.SIGKILL)
            running.wait()
            found = checksums_now(broken)
            stages.add(5 * len(found) // len(expected))
            partial = {name for name in found if expected.get(name) != found[name] and not hidden(name)}
            assert not partial, f"after kill {kills}"
    run = broken.run("dataset", config=LIGHT, env=more, args=UNLOCKED, cores=1)
    assert run.returncode == 0, run.output
    assert checksums(broken) == expected
    # The kills met a run that was new, one that was nearly over, and what is between.
    assert len(stages) > 3


def number_of_files(workflow) -> int:
    """With logs: a job that begins is one more."""
    return sum(1 for _ in workflow.path.glob("results/**/*"))


def checksums_now(workflow) -> dict[str, str]:
    """While jobs whose Snakemake was killed still rename their files."""
    while True:
        with contextlib.suppress(FileNotFoundError):
            return checksums(workflow)


def hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/")) or name.startswith("prepared/")
