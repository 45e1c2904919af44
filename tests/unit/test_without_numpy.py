"""Scripts that start without numpy really do, and nothing that they use asks for it later."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ferrule.workflow.fingerprint import LIBRARY, files_of

SCRIPTS = sorted(
    path
    for path in LIBRARY.parent.glob("*/*.py")
    if path.parent != LIBRARY and "import ferrule.core.without_numpy" in path.read_text()
)
# pyarrow.compute imports numpy by itself.
NEEDS_NUMPY = re.compile(
    r"^\s*(?:import|from) (?:numpy|pandas|torch|datasets|altair|pyarrow\.compute)\b", re.MULTILINE
)
LOAD_ALL = """
import json, runpy, sys
for script in sys.argv[1:]:
    runpy.run_path(script)
print(json.dumps(sorted(name for name in ("numpy", "pyarrow") if name in sys.modules)))
"""


def test_they_load_pyarrow_and_no_numpy():
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL, *map(str, SCRIPTS)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == ["pyarrow"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_nothing_that_they_use_needs_numpy(script):
    asking = [
        file.name
        for file in files_of(script)
        if file.suffix == ".py" and NEEDS_NUMPY.search(file.read_text(encoding="utf-8"))
    ]
    assert asking == []


def test_the_steps_of_every_crate_are_among_them():
    names = {f"{path.parent.name}/{path.stem}" for path in SCRIPTS}
    assert names >= {
        f"tasks/{step}" for step in ("chunk", "judge", "mutate", "rewrite", "run_tests", "make_tasks")
    }


def test_a_process_that_has_numpy_keeps_it():
    """As a notebook would that calls into these scripts."""
    code = (
        "import numpy, ferrule.core.without_numpy, pyarrow; print(pyarrow.array(numpy.arange(3)).to_numpy())"
    )
    environment = {"PYTHONPATH": str(Path(LIBRARY).parent)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.stdout == "[0 1 2]\n", done.stderr
