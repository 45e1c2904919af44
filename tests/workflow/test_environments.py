"""The conda environments: their versions are those of requirements/, and each has what its rules' scripts import."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conda_stand_in import closure
from steps import run_script

from ferrule.workflow.fingerprint import files_of

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = {
    path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "envs").glob("*.yaml"))
}
BODIES = {
    found[1]: found[2]
    for path in sorted((ROOT / "rules").glob("*.smk"))
    for found in re.finditer(r"^rule (\w+):\n(.*?)(?=^\S|\Z)", path.read_text(), re.MULTILINE | re.DOTALL)
}
# (rule, its script, its environment): a rule may have one of two, by the configuration.
SCRIPTS = [
    (rule, script, environment)
    for rule, body in BODIES.items()
    for script in sorted(set(re.findall(r"scripts/(\w+/\w+\.py)", body)))
    for environment in sorted(set(re.findall(r"envs/(\w+)\.yaml", body)))
]
# Imported inside a function that the rule does not call, or only where the configuration asks for it.
NOT_CALLED = {
    "write_model_card": {"torch", "transformers", "bitsandbytes"},  # what it imports for the size of a model
    "generate_samples": {"vllm"},  # has an environment of its own
}


# What comes with packages that the environment of the tests need not have.
BROUGHT = {"transformers": {"huggingface-hub"}, "datasets": {"huggingface-hub", "xxhash"}}


def packages(environment: str) -> set[str]:
    found = set()
    for entry in ENVIRONMENTS[environment]["dependencies"]:
        entries = entry["pip"] if isinstance(entry, dict) else [entry]
        found |= {re.split(r"[ =<>]", each)[0].lower() for each in entries}
    return found


def modules_of(environment: str) -> set[str]:
    have = closure(packages(environment), BROUGHT)
    names = importlib.metadata.packages_distributions()
    return {
        module
        for module, owners in names.items()
        if any(re.sub(r"[-_.]+", "-", o).lower() in have for o in owners)
    } | {package.replace("-", "_") for package in have}


def imported_by(script: str) -> set[str]:
    """Other people's modules, imported anywhere in the script or in what it uses of ours."""
    found = set()
    for file in files_of(ROOT / "scripts" / script):
        if file.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names - {"ferrule"}


def test_the_files_are_written_from_the_pins():
    done = run_script("write_environments", "--check")
    assert done.returncode == 0, done.stderr


def test_a_pin_that_differs_is_noticed(tmp_path):
    for name in (
        "requirements/base.txt",
        "requirements/train.txt",
        *(f"envs/{name}.yaml" for name in ENVIRONMENTS),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    file = tmp_path / "requirements/base.txt"
    file.write_text(re.sub(r"(?m)^orjson==\S+", "orjson==0.1.2", file.read_text()))
    done = run_script("write_environments", "--check", "--root", tmp_path)
    assert done.returncode == 1 and f"{tmp_path}/envs/base.yaml" in done.stderr
    assert run_script("write_environments", "--root", tmp_path).returncode == 0
    assert "orjson =0.1.2" in (tmp_path / "envs/base.yaml").read_text()


def test_every_rule_with_a_script_has_an_environment():
    without = {rule for rule, body in BODIES.items() if "scripts/" in body and "conda:" not in body}
    assert without == set()
    assert {environment for _, _, environment in SCRIPTS} | {"vllm"} == set(ENVIRONMENTS)


@pytest.mark.parametrize("environment", sorted(set(ENVIRONMENTS) - {"vllm"}))
def test_an_environment_has_what_its_scripts_import(environment):
    have = modules_of(environment)
    missing = {
        (rule, module)
        for rule, script, its in SCRIPTS
        if its == environment
        for module in imported_by(script) - have - NOT_CALLED.get(rule, set())
    }
    assert missing == set()


def test_what_starts_cargo_has_cargo():
    starts = re.compile(r"^from ferrule\.(crates import .*\bcargo\b|sandbox|compiler)", re.MULTILINE)
    without = {
        rule
        for rule, script, its in SCRIPTS
        if its != "rust" and starts.search((ROOT / "scripts" / script).read_text())
    }
    assert without == set()


IMPORT_ALL = """
import importlib.util, json, sys
allowed, scripts = json.loads(sys.argv[1]), json.loads(sys.argv[2])

class Only:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        # The second is a part of the standard library whose name differs by platform.
        if top in allowed or top in sys.stdlib_module_names or top.startswith("_sysconfigdata"):
            return self.finder.find_spec(name, path, target)

sys.meta_path[:] = map(Only, sys.meta_path)
for script in scripts:
    spec = importlib.util.spec_from_file_location("a_script", script)
    sys.modules["a_script"] = module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        print(f"{script}: {error}")
"""


@pytest.mark.parametrize("environment", ["base", "rust", pytest.param("train", marks=pytest.mark.train)])
def test_the_scripts_load_where_nothing_else_can_be_imported(environment):
    allowed = sorted(modules_of(environment) | {"ferrule"})
    scripts = sorted({str(ROOT / "scripts" / script) for _, script, its in SCRIPTS if its == environment})
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(allowed), json.dumps(scripts)],
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
