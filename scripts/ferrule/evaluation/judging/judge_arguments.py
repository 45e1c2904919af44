"""Command line options of the steps that judge answers, and what they mean for the judge."""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

from ferrule.core.command_line import add_config
from ferrule.evaluation.judging.answer_judge import JudgeOptions
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.sandbox_arguments import sandbox_of

PATIENCE = 20  # times the CPU time of the reference


def add_judge(parser: argparse.ArgumentParser) -> None:
    """Add `--crates`, `--threads`, and `--config` with the sections evaluate and sandbox."""
    parser.add_argument(
        "--crates", type=Path, metavar="FOLDER", help="the crates that problems may use, built"
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="answers judged at the same time")
    add_config(parser, "evaluate", "sandbox")


def options_of(arguments: argparse.Namespace, cpu: dict[str, int] | None = None) -> JudgeOptions:
    """The judge that the arguments describe; `cpu` are CPU seconds by problem."""
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


def cpu_limits(references: dict[str, dict], limits: JudgeLimits) -> dict[str, int]:
    """CPU seconds by problem, for those whose reference (a row of references.json) needs more than usual.

    Powers of two, so that the limit does not follow every small difference between two measurements.
    """
    wanted = {id_: math.ceil(PATIENCE * row["cpu_ms"] / 1000) for id_, row in references.items()}
    return {
        id_: 1 << (seconds - 1).bit_length()
        for id_, seconds in wanted.items()
        if seconds > limits.cpu_seconds
    }


def batch_and_limits(evaluate: dict[str, Any]) -> tuple[int, JudgeLimits]:
    """How many answers are compiled together, and what each may use, from the section `evaluate`."""
    batch = evaluate.get("batch", JudgeOptions.batch)
    try:
        names = [each.name for each in fields(JudgeLimits) if each.name in evaluate]
        limits = JudgeLimits(**{name: evaluate[name] for name in names})
        if not isinstance(batch, int) or batch < 1:
            raise ValueError("batch is a number of answers")
        if any(getattr(limits, each.name) <= 0 for each in fields(limits)):
            raise ValueError("a limit has to be more than 0")
    except (ValueError, TypeError) as error:
        sys.exit(f"--config: evaluate: {error}")
    return batch, limits
