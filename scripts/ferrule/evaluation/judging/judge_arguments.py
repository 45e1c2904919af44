"""Command line options of the steps that judge answers, and what they mean for the judge."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import fields
from pathlib import Path

from ferrule.evaluation.judging.answer_judge import JudgeOptions
from ferrule.sandbox.answer_limits import JudgeLimits
from ferrule.sandbox.sandbox_arguments import sandbox_options

PATIENCE = 20  # times the CPU time of the reference


def judge_options(parser: argparse.ArgumentParser) -> None:
    """Add `--crates`, `--threads`, `--settings` and `--sandbox`."""
    parser.add_argument(
        "--crates", type=Path, metavar="FOLDER", help="the crates that problems may use, built"
    )
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="answers judged at the same time")
    parser.add_argument(
        "--settings",
        type=_settings,
        default=(JudgeOptions.batch, JudgeLimits()),
        metavar="JSON",
        help='as in {"batch": 50, "cpu_seconds": 2}; what is left out keeps its default',
    )
    sandbox_options(parser)


def options_of(arguments: argparse.Namespace, cpu: dict[str, int] | None = None) -> JudgeOptions:
    """The judge that the arguments describe; `cpu` are CPU seconds by problem."""
    mode, compiler = arguments.sandbox
    batch, limits = arguments.settings
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


def _settings(text: str) -> tuple[int, JudgeLimits]:
    try:
        values = json.loads(text)
        batch = values.pop("batch", JudgeOptions.batch)
        limits = JudgeLimits(**values)
        if not isinstance(batch, int) or batch < 1:
            raise ValueError("batch is a number of answers")
        if any(getattr(limits, each.name) <= 0 for each in fields(limits)):
            raise ValueError("a limit has to be more than 0")
        return batch, limits
    except (ValueError, AttributeError, TypeError) as error:
        raise argparse.ArgumentTypeError(f"not settings of the judge: {error}") from None
