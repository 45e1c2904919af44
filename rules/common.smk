"""What the other rule files share: the checked configuration, the list of crates, paths."""

import gc
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

STARTED = time.time()
BASE = Path(workflow.basedir)
sys.path.insert(0, str(BASE / "scripts"))

from ferrule.core.errors import ConfigError, MissingPackages
from ferrule.workflow import (
    benchmark_samples,
    configuration,
    crate_list,
    planning_costs,
    ready_jobs,
    run_costs,
    run_summary,
    scheduler_timer,
)
from ferrule.workflow.fingerprint import fingerprint

# Planning makes millions of objects and little garbage: to look for it at Python's usual pace takes a sixth of the time.
gc.set_threshold(200_000, 20, 100)

if workflow.is_main_process:
    benchmark_samples.install()
    scheduler_timer.install()
    planning_costs.install()
    ready_jobs.install()

try:
    configuration.check(
        config,
        commanded=workflow.config_settings.config,
        files=["config/config.yaml", *workflow.overwrite_configfiles],
    )
    CRATE_LIST = crate_list.read_crates(
        config["crates"]["list"],
        names=config["crates"]["names"],
        limit=config["crates"]["limit"],
    )
except ConfigError as error:
    raise WorkflowError(*error.problems) from None
except MissingPackages as error:
    raise WorkflowError(str(error)) from None

CRATES = [crate.spec for crate in CRATE_LIST]


# A crate's spec is one folder's name: letters, digits and a few signs, never a slash.
wildcard_constraints:
    crate=r"[A-Za-z_][A-Za-z0-9_-]*(@[0-9A-Za-z.+-]+)?",


def toolchain():
    """`rustc -vV`: a parameter of every rule that judges, so a new compiler judges again."""
    try:
        return subprocess.run(
            ["rustc", "-vV"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        # A dry run needs no compiler; the first rule that does says what is missing.
        return "no rustc"


TOOLCHAIN = toolchain()


# For steps that take every core there is. On a cluster nobody says how many that is; --set-threads does.
ALL_CORES = workflow.resource_settings.cores or 16


def as_json(value):
    return shlex.quote(json.dumps(value, sort_keys=True))


def settings(*sections, **keys):
    """The value of `--config`: whole sections, or of a section the named keys. A step reads these and no more."""
    chosen = {name: config[name] for name in sections}
    chosen |= {name: {key: config[name][key] for key in named} for name, named in keys.items()}
    return as_json(chosen)


def pattern(names):
    """A wildcard's constraint: one of the names, or nothing where there are none."""
    return "|".join(map(re.escape, names)) or "(?!)"


def code(script):
    """A checksum of a script and of all that it imports of ours: a parameter, so new code runs again."""
    return fingerprint(BASE / "scripts" / script)


def crate_file(name):
    return f"results/crates/{{crate}}/{name}"


# The compiled dependencies of a crate, which its steps leave for each other and the last one deletes. It is not an output:
# a missing one is compiled again by the step that needs it, where Snakemake would run every step of the crate again.
PREPARED = "results/prepared/{crate}.tar"


def of_all_crates(name):
    return expand(crate_file(name), crate=CRATES)


# Scripts import the `ferrule` beside this Snakefile, also where another checkout's is installed, and run under the interpreter that runs Snakemake, unless a
# conda environment of their own is active. One thread for the libraries that would take all cores.
IN_CONDA = "conda" in str(workflow.deployment_settings.deployment_method).lower()
shell.prefix(
    f"export PYTHONPATH={shlex.quote(str(BASE / 'scripts'))}"
    " OMP_NUM_THREADS=1 ARROW_DEFAULT_MEMORY_POOL=system FERRULE_COSTS=1; "
    + ("" if IN_CONDA else f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"; ')
)
