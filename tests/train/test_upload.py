"""Uploading ends with one line that says why and what to do, and leaves no record, where the hub does not take it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.train
ROOT = Path(__file__).parents[2]


def upload(folder: Path, repo: str, endpoint: str) -> subprocess.CompletedProcess:
    (folder / "README.md").write_text("# card\n")
    command = [
        sys.executable,
        str(ROOT / "scripts/train/upload_model.py"),
        "--folder",
        str(folder),
        "--card",
        str(folder / "README.md"),
        "--repo",
        repo,
        "--record",
        str(folder / "uploaded.json"),
    ]
    # An address of this machine where nothing listens, in the place of the hub.
    environment = os.environ | {
        "PYTHONPATH": str(ROOT / "scripts"),
        "HF_ENDPOINT": endpoint,
        "HF_TOKEN": "hf_none",
    }
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)


@pytest.mark.parametrize(
    ("repo", "says"),
    [("", "set `upload: OWNER/NAME` in the run's settings"), ("me/mine", "me/mine: the hub did not take it")],
)
def test_what_does_not_work_is_told(tmp_path, repo, says):
    done = upload(tmp_path, repo, "http://127.0.0.1:9")
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "uploaded.json").exists()
