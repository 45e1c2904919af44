"""What is around a run goes wrong: rights, the clock, the network, archives, a second run, Snakemake's own records."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from dataset_run import checksums
from fault_scene import COUNTER, CRATE, LIGHT, ROOT, Scene, cut, dated
from registry import Registry, pack

COUNTER_FILES = ROOT / COUNTER[2]
# Root without the capability that lets it read and write everything.
PLAIN = [
    "setpriv",
    "--bounding-set=-dac_override,-dac_read_search",
    "--inh-caps=-dac_override,-dac_read_search",
]
YEAR = 365 * 24 * 3600


def finishes(scene):
    run = scene.run()
    assert run.returncode == 0, run.output
    assert scene.different() == set()


# Rights


def as_plain_user(scene) -> tuple[int, str]:
    command, environment = scene.command()
    done = subprocess.run(
        [*(PLAIN if os.getuid() == 0 else []), *command],
        cwd=scene.path,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


RIGHTS = {
    "a table": ("judge", f"results/{CRATE}/chunks.parquet", 0o000),
    "a report": ("gather", f"results/{CRATE}/crate.json", 0o000),
    "the folder of a crate": ("chunk", f"results/{CRATE}", 0o555),
    "the folder of the dataset": ("split", "results/dataset", 0o555),
    "the folder of logs": ("split", "results/logs", 0o000),
    "the list of crates": ("split", "config/crates.tsv", 0o000),
}


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=[] if what == "the folder of the dataset" else [pytest.mark.slow])
        for what in RIGHTS
    ],
)
def test_rights_are_missing(scene, what):
    since, name, mode = RIGHTS[what]
    scene.take_away(since)
    place = scene.path / name
    before = place.stat().st_mode
    place.chmod(mode)
    try:
        code, output = as_plain_user(scene)
    finally:
        if place.exists():  # Snakemake removes a folder that a failed job has left empty
            place.chmod(before)
    assert code == 1, output
    assert "ermission denied" in output and name.removeprefix("results/") in output, output
    assert scene.not_whole() == set()
    finishes(scene)


# The clock


CLOCKS = {
    "results of the future": ("results", lambda when: when + 5 * YEAR),
    "results of long ago": ("results", lambda when: when - 30 * YEAR),
    "inputs of the future": ("resources", lambda when: when + 5 * YEAR),
    "times in disorder": ("results", lambda when: when + (int(when * 1000) % 7 - 3) * YEAR),
}


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(what, marks=[] if what == "inputs of the future" else [pytest.mark.slow])
        for what in CLOCKS
    ],
)
def test_a_clock_that_goes_wrong(scene, what):
    folder, move = CLOCKS[what]
    scene.take_away("split")
    dated(scene.path / folder, move)
    run = scene.run()
    assert scene.not_whole() == set()
    if run.returncode:
        # Snakemake does not trust an output that is older than what it was made from.
        assert "has older modification time" in run.output and "clock skew" in run.output
        dated(scene.path / folder, lambda when: time.time())
    finishes(scene)


# Archives


@pytest.mark.parametrize(
    "part", [pytest.param(0.0, marks=pytest.mark.slow), 0.5, pytest.param(0.99, marks=pytest.mark.slow)]
)
def test_an_archive_that_is_cut_off_is_a_refused_crate(workflow, tmp_path, part):
    archive = tmp_path / "counter.crate"
    archive.write_bytes(pack(COUNTER_FILES, "counter", "2.3.4"))
    cut(archive, part)
    run = workflow.run("analysis", crates=[("counter", "2.3.4", str(archive))], config=LIGHT)
    assert run.returncode == 0, run.output
    row = json.loads((workflow.path / f"results/{CRATE}/crate.json").read_text())
    assert row["status"] == "failed" and "archive" in row["reason"]
    found = {path.name for path in (workflow.path / f"results/{CRATE}/source").iterdir()}
    assert found <= {".snakemake_timestamp"}
    # With a whole archive in its place the crate is taken.
    archive.write_bytes(pack(COUNTER_FILES, "counter", "2.3.4"))
    run = workflow.run("analysis", config=LIGHT)
    assert json.loads((workflow.path / f"results/{CRATE}/verdict.json").read_text())["accepted"], run.output


# The network


# What the registry has not, or has with another checksum than its index says, is a crate that is refused.
REFUSED = {"half an archive": "checksum", "no archive": "404"}


class BadRegistry(Registry):
    """A registry whose answers fail on the way, as long as `harm` says how."""

    harm = ""

    def answer(self, path: str) -> bytes | None:
        body = super().answer(path)
        if self.harm == "half an archive" and path.startswith("/dl/"):
            return body[: len(body) // 2]
        if self.harm == "no archive" and path.startswith("/dl/"):
            return None
        return body


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param("half an archive", marks=pytest.mark.slow),
        pytest.param("no archive", marks=pytest.mark.slow),
        "no network",
    ],
)
def test_the_network_fails_during_the_fetch(workflow, tmp_path, harm):
    with BadRegistry(tmp_path / "registry") as registry:
        registry.add_folder(COUNTER_FILES, "counter", "2.3.4")
        environment = {"CARGO_HOME": registry.cargo_home()}
        registry.harm = harm
        if harm == "no network":
            config = Path(registry.cargo_home()) / "config.toml"
            config.write_text(config.read_text().replace(registry.address, "http://127.0.0.1:9"))
        run = workflow.run("analysis", crates=[("counter", "2.3.4", "")], config=LIGHT, env=environment)
        known = workflow.path / f"results/{CRATE}/resolved.json"
        if harm in REFUSED:
            assert run.returncode == 0, run.output
            assert REFUSED[harm] in json.loads(known.read_text())["reason"]
            known.unlink()
        else:
            assert run.returncode == 1, run.output
            assert "the registry cannot be reached" in run.output
            assert not known.exists()
        registry.harm = ""
        environment = {"CARGO_HOME": registry.cargo_home()}
        run = workflow.run("analysis", config=LIGHT, env=environment)
        assert run.returncode == 0, run.output
        assert json.loads((workflow.path / f"results/{CRATE}/verdict.json").read_text())["accepted"]


# A second run


def test_a_second_run_in_the_same_folder_is_refused(scene):
    scene.take_away("gather")
    first = scene.workflow.start("dataset", config=LIGHT)
    locks = scene.path / ".snakemake/locks"
    while not any(locks.glob("*")):
        assert first.poll() is None, "it ended before it could be met"
        time.sleep(0.02)
    second = scene.run()
    assert second.returncode == 1
    assert "Directory cannot be locked" in second.output
    assert first.wait() == 0
    assert scene.different() == set()


@pytest.mark.slow
def test_two_runs_in_two_folders_with_one_cache_of_cargo(scene, tmp_path, workflow_in):
    other = Scene(workflow_in(tmp_path / "other", built=scene.path))
    scene.take_away("download")
    other.take_away("download")
    running = [each.workflow.start("dataset", config=LIGHT) for each in (scene, other)]
    assert [each.wait() for each in running] == [0, 0]
    assert scene.different() == set()
    assert checksums(other.workflow) == checksums(scene.workflow)


# Snakemake's own records


@pytest.mark.slow
def test_records_of_snakemake_that_are_cut_off(scene):
    for record in (scene.path / ".snakemake/metadata").rglob("*"):
        if record.is_file():
            cut(record)
    scene.take_away("split")
    finishes(scene)


@pytest.mark.slow
def test_a_results_folder_without_snakemakes_records(scene):
    shutil.rmtree(scene.path / ".snakemake")
    scene.take_away("mix")
    finishes(scene)
