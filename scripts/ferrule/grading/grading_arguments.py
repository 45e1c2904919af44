"""Command line options of the steps that grade in crates, and the grader's options that follow from them."""

from __future__ import annotations

import argparse

from ferrule.core.command_line import add_config
from ferrule.evaluation.judging.judge_arguments import batch_and_limits
from ferrule.grading.crate_grader import GradeOptions
from ferrule.sandbox.sandbox_arguments import sandbox_of


def add_grading(parser: argparse.ArgumentParser) -> None:
    """Add `--tasks`, `--threads`, and `--config` with the sections evaluate and sandbox."""
    parser.add_argument("--tasks", required=True, metavar="FILE", help="tasks.parquet, beside it the crates")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="crates graded at the same time")
    add_config(parser, "evaluate", "sandbox")


def options_of(arguments: argparse.Namespace) -> GradeOptions:
    """The grader's options, from the arguments."""
    mode, compiler = sandbox_of(arguments.config)
    _, limits = batch_and_limits(arguments.config["evaluate"])
    return GradeOptions(compiler, limits, mode)
