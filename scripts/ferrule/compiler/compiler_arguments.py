"""Options of the scripts that compile a crate, and the `Compiler` made from them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ferrule.compiler.cargo_check import Compiler
from ferrule.core.command_line import add_config, add_crate, add_refused
from ferrule.sandbox.sandbox_arguments import sandbox_of

AnyCompiler = TypeVar("AnyCompiler", bound=Compiler)


def add_compiler(parser: argparse.ArgumentParser, *sections: str) -> None:
    """Add `--crate`, `--crate-json`, `--source`, `--refused`, `--threads`, `--prepared`, and `--config` with crates, sandbox and `sections`."""
    parser.add_argument("--crate", required=True, help="NAME@VERSION")
    add_crate(parser)
    add_refused(parser)
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="crates compiled at the same time"
    )
    add_prepared(parser)
    add_config(parser, "crates", "sandbox", *sections)


def add_prepared(parser: argparse.ArgumentParser) -> None:
    """Add `--prepared`."""
    parser.add_argument(
        "--prepared",
        type=Path,
        metavar="FILE",
        help="the compiled dependencies, kept between a crate's steps",
    )


def compiler_of(
    kind: Callable[..., AnyCompiler], crate: dict[str, Any], arguments: argparse.Namespace
) -> AnyCompiler:
    """A `Compiler` of that kind for a crate (its crate.json), built from the options of `add_compiler`."""
    mode, limits = sandbox_of(arguments.config)
    return kind(
        Path(arguments.source),
        crate["package"],
        crate["targets"],
        features=arguments.config["crates"].get("features", "default"),
        limits=limits,
        mode=mode,
        jobs=arguments.threads,
        prepared=arguments.prepared,
    )
