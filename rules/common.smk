"""What the other rule files share: the checked configuration, the list of crates, paths."""

import functools
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

STARTED = time.time()
BASE = Path(workflow.basedir)
sys.path.insert(0, str(BASE / "scripts"))

from ferrule import closing, progress, settings
from ferrule.runs import MissingPackages
from ferrule.tables import read_json

# A job's own process, as on a cluster, shows nothing.
if workflow.is_main_process:
    progress.attach(logger)

try:
    schema = yaml.load((BASE / "config/schema.yaml").read_text(), yaml.CSafeLoader)
    settings.check(config, schema)
    CRATE_LIST = settings.read_crates(
        config["crates"]["list"],
        names=config["crates"]["names"],
        limit=config["crates"]["limit"],
    )
except settings.ConfigError as error:
    raise WorkflowError(*error.problems) from None
except MissingPackages as error:
    raise WorkflowError(str(error)) from None

CRATES = [crate.spec for crate in CRATE_LIST]


# A crate's spec is one folder's name: letters, digits and a few signs, never a slash.
wildcard_constraints:
    crate=r"[A-Za-z_][A-Za-z0-9_-]*(@[0-9A-Za-z.+-]+)?",


def toolchain():
    """`rustc -vV`: a parameter of every rule that judges, so a new compiler judges anew."""
    try:
        return subprocess.run(
            ["rustc", "-vV"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        # A dry run needs no compiler; the first rule that does says what is missing.
        return "no rustc"


TOOLCHAIN = toolchain()
SANDBOX = shlex.quote(json.dumps(config["sandbox"], sort_keys=True))


# For steps that take every core there is. On a cluster nobody says how many that is; --set-threads does.
ALL_CORES = workflow.cores or 16


def section(name):
    """One section of the configuration as a JSON argument: a step reads this and nothing else."""
    return shlex.quote(json.dumps(config[name], sort_keys=True))


IMPORT = re.compile(
    r"^\s*(?:from ferrule(?:\.([\w.]+))? import (\([^)]*\)|.+)|import ferrule\.([\w.]+))",
    re.MULTILINE,
)
INCLUDE = re.compile(r'^\s*#include "([\w.]+)"', re.MULTILINE)  # of C


@functools.cache
def code(script):
    """A checksum of a script and of all that it imports of ours: a parameter, so new code runs again."""
    seen, queue = {}, [BASE / "scripts" / script]
    while queue:
        file = queue.pop()
        if file in seen or not file.exists():
            continue
        seen[file] = file.read_bytes()
        if file.name == "__init__.py" and file.parent.name != "ferrule":
            queue += file.parent.glob("*.py")  # a package is one piece
        for module, names, plain in IMPORT.findall(seen[file].decode(errors="replace")):
            parts = (module or plain).split(".") if module or plain else []
            folder = BASE.joinpath("scripts/ferrule", *parts)
            queue += [folder.with_suffix(".py"), folder / "__init__.py"]
            for name in re.findall(r"\w+", names):
                queue += [folder / f"{name}.py", folder / name / "__init__.py"]
        for name in re.findall(r'"resources" / "([\w.]+)"', seen[file].decode(errors="replace")):
            queue.append(BASE / "resources" / name)
        queue += [
            file.parent / name for name in INCLUDE.findall(seen[file].decode(errors="replace"))
        ]
    digest = hashlib.sha256()
    for file in sorted(seen):
        digest.update(seen[file])
    return digest.hexdigest()[:12]


def crate_file(name):
    return f"results/crates/{{crate}}/{name}"


def of_all_crates(name):
    return expand(crate_file(name), crate=CRATES)


# Scripts import `ferrule` from scripts/ and run under the interpreter that runs Snakemake, unless a
# conda environment of their own is active. One thread for the libraries that would take all cores.
IN_CONDA = "conda" in str(workflow.deployment_settings.deployment_method).lower()
shell.prefix(
    f"export PYTHONPATH={shlex.quote(str(BASE / 'scripts'))} PYTHONDONTWRITEBYTECODE=1"
    " OMP_NUM_THREADS=1 ARROW_DEFAULT_MEMORY_POOL=system; "
    + ("" if IN_CONDA else f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"; ')
)
