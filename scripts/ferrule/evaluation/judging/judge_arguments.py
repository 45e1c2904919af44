"""Command line options of the steps that judge answers, and the judge's options that follow from them."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from ferrule.core.command_line import add_config
from ferrule.evaluation.judging.answer_judge import JudgeOptions
from ferrule.evaluation.judging.submission import ReferenceRow
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.sandbox_arguments import sandbox_of

PATIENCE = 20  # an answer may use this many times the CPU time of the reference


def add_judge(parser: argparse.ArgumentParser) -> None:
    """Add `--crates`, `--threads`, and `--config` with the sections evaluate and sandbox."""
    parser.add_argument(
        "--crates", type=Path, metavar="FOLDER", help="the compiled crates that problems may use"
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="answers judged at the same time")
    add_config(parser, "evaluate", "sandbox")


def options_of(arguments: argparse.Namespace, cpu: dict[str, int] | None = None) -> JudgeOptions:
    """The options of the judge, from the arguments; `cpu` are CPU seconds by problem."""
    mode, compiler = sandbox_of(arguments.config)
    batch, limits = batch_and_limits(arguments.config["evaluate"])
    return JudgeOptions(
        mode=mode,
        compiler=compiler,
        limits=limits,
        cpu=cpu or {},
        crates=arguments.crates,
        batch=batch,
        threads=arguments.threads,
    )


def cpu_limits(references: Mapping[str, ReferenceRow], limits: JudgeLimits) -> dict[str, int]:
    """CPU seconds by problem, for problems whose reference needs so much that the usual limit is too low.

    The limits are powers of two, so that they do not change with every small difference between two measurements.
    """
    needed = {id_: math.ceil(PATIENCE * row["cpu_ms"] / 1000) for id_, row in references.items()}
    return {
        id_: 1 << (seconds - 1).bit_length()
        for id_, seconds in needed.items()
        if seconds > limits.cpu_seconds
    }


def batch_and_limits(evaluate: dict[str, Any]) -> tuple[int, JudgeLimits]:
    """The number of answers in a batch, and the limits of each, from the section `evaluate`."""
    batch = evaluate.get("batch", JudgeOptions.batch)
    try:
        names = [each.name for each in fields(JudgeLimits) if each.name in evaluate]
        limits = JudgeLimits(**{name: evaluate[name] for name in names})
        if not isinstance(batch, int) or batch < 1:
            raise ValueError("batch must be a number of answers, at least 1")
        if any(getattr(limits, each.name) <= 0 for each in fields(limits)):
            raise ValueError("a limit must be more than 0")
    except (ValueError, TypeError) as error:
        sys.exit(f"--config: evaluate: {error}")
    return batch, limits
