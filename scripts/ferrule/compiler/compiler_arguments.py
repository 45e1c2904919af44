"""Command line options of the steps that ask the compiler about a crate, and the `Compiler` that they describe.

Apart from `ferrule.sandbox.sandbox_arguments`: a step that only needs a sandbox has nothing to do with the compiler.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeVar

from ferrule.compiler.cargo_check import Compiler
from ferrule.sandbox.sandbox_arguments import sandbox_options

AnyCompiler = TypeVar("AnyCompiler", bound=Compiler)


def compiler_options(parser: argparse.ArgumentParser) -> None:
    """Add what a step needs that asks the compiler about a crate: `--source`, `--features`, `--threads`, `--sandbox`."""
    parser.add_argument("--source", required=True, help="the crate's folder")
    parser.add_argument("--features", default="default", choices=["default", "all"])
    parser.add_argument("--threads", type=int, default=1)
    sandbox_options(parser)


def compiler_of(kind: type[AnyCompiler], crate: dict, arguments: argparse.Namespace) -> AnyCompiler:
    """A `Compiler` of that kind for a crate (its crate.json), as `compiler_options` were given."""
    mode, limits = arguments.sandbox
    return kind(
        Path(arguments.source),
        crate["package"],
        crate["targets"],
        features=arguments.features,
        limits=limits,
        mode=mode,
        jobs=arguments.threads,
    )
