"""Models of MLX: what is said where there is no Apple silicon; list, info and remove on a cache of the hub."""

import pytest
from steps import run_script

from utilities.manage_mlx import NAME, no_silicon

MODEL = "mlx-community/Tiny-4bit"


@pytest.fixture
def hub(tmp_path):
    """A cache with one model, as the hub's client lays it out."""
    home = tmp_path / "hub/models--mlx-community--Tiny-4bit"
    (home / "blobs").mkdir(parents=True)
    (home / "blobs/abc").write_bytes(b"x" * 2000)
    (home / "snapshots/0123456789").mkdir(parents=True)
    (home / "snapshots/0123456789/model.safetensors").symlink_to("../../blobs/abc")
    (home / "refs").mkdir()
    (home / "refs/main").write_text("0123456789")
    return {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}


def test_apple_silicon_is_told_from_all_else():
    assert no_silicon("Darwin", "arm64") == ""
    for system, machine in (("Linux", "x86_64"), ("Darwin", "x86_64"), ("Linux", "aarch64")):
        assert f"This is {system} on {machine}, not a Mac with Apple silicon" in no_silicon(system, machine)


@pytest.mark.train  # needs the hub's client
def test_a_model_is_listed_described_and_removed(hub):
    assert f"0.0 GiB  {MODEL}\n1 models in the cache" in run_script("manage_mlx", "list", env=hub).stdout
    said = run_script("manage_mlx", "info", MODEL, env=hub).stdout
    assert (
        "1 files" in said and "revision 0123456789" in said and "24 GB of memory: models of 7B to 14B" in said
    )
    assert "removed" in run_script("manage_mlx", "remove", MODEL, env=hub).stdout
    assert "0 models in the cache" in run_script("manage_mlx", "list", env=hub).stdout


@pytest.mark.train
@pytest.mark.parametrize("command", ["info", "remove"])
def test_a_model_that_is_not_there(command, hub):
    done = run_script("manage_mlx", command, "mlx-community/Other", env=hub)
    assert (
        done.returncode == 1
        and "is not in the cache; `manage_mlx.py download mlx-community/Other`" in done.stderr
    )


@pytest.mark.train  # needs the hub's client
def test_a_name_that_is_none(hub):
    done = run_script("manage_mlx", "download", "../../etc", env=hub)
    assert done.returncode == 1 and "expected OWNER/NAME" in done.stderr
    assert NAME.fullmatch(MODEL)
