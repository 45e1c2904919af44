"""Every script answers `--help`, from any folder, with the installed library and without the training packages."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"
PACKAGES = ("ferrule", "ferrule_tasks", "snakemake_logger_plugin_ferrule")  # these are imported
ALL = sorted(path for path in SCRIPTS.glob("*/*.py") if path.parent.name not in PACKAGES)
# One process for all scripts: most of the time goes into imports that they share.
EACH = """
import contextlib, io, json, runpy, sys
told = {}
for script in sys.argv[1:]:
    out, sys.argv, sys.path[0] = io.StringIO(), [script, "--help"], script.rpartition("/")[0]
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(script, run_name="__main__")
        code = "it did not end with --help"
    except SystemExit as end:
        code = end.code
    except Exception as error:
        code = repr(error)
    told[script] = [code, out.getvalue()]
loaded = {"torch", "transformers", "datasets", "peft", "trl", "vllm"} & sys.modules.keys()
print(json.dumps([told, sorted(loaded)]))
"""


def run(folder: Path, *arguments) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_script_tells_its_options(tmp_path):
    assert len(ALL) > 50
    told, loaded = json.loads(run(tmp_path, "-c", EACH, *ALL))
    wrong = {script: code for script, (code, _) in told.items() if code not in (0, None)}
    assert not wrong
    assert not loaded, "--help needs no training package"
    for script, (_, said) in told.items():
        assert said.startswith(f"usage: {Path(script).name} ") and "--" in said, (script, said)


@pytest.mark.parametrize("script", ["tasks/judge.py", "train/train_adapter.py"])
def test_in_a_process_of_its_own(tmp_path, script):
    assert "usage: " in run(tmp_path, SCRIPTS / script, "--help")
