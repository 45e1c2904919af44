"""Requests for samples, and the interface of the engines that answer them.

    asks = asks_of(problems, settings)              # one request per sample, each with its own seed
    engine.answers(asks, known, pace)               # pairs (Ask, Generation) as they finish

transformers_engine   transformers, on this machine's GPU or CPU
vllm_engine           vLLM
server_engine         any server with an OpenAI-compatible address
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypedDict

from ferrule.core.schemas import choose
from ferrule.evaluation.problems.problem import CRATE_TASK, Problem
from ferrule.evaluation.problems.programs import PROGRAM
from ferrule.sampling.progress_line import Pace

SampleKey = tuple[str, int]  # task_id, and the number of the sample


class SamplingError(RuntimeError):
    """Sampling is not possible; the message says why and what to do."""


@dataclass(frozen=True)
class Ask:
    """A request for one sample."""

    task_id: str
    sample: int
    message: (
        str  # the user's turn; the system turn is a setting, and the model's chat template goes around both
    )
    seed: int

    @property
    def key(self) -> SampleKey:
        return self.task_id, self.sample


@dataclass(frozen=True)
class Generation:
    """What a model generated for one request. `tokens` includes the end token, as servers count it."""

    completion: str
    finish_reason: str  # stop, length, or a server's own value
    prompt_tokens: int | None  # None if a server does not report it
    tokens: int | None


class SampleRow(TypedDict):
    """A sample as it is written to samples.jsonl."""

    task_id: str
    sample: int
    completion: str
    prompt: str  # the user's turn
    finish_reason: str
    prompt_tokens: int | None
    tokens: int | None
    seed: int
    dtype: str | None


class Engine(Protocol):
    """Generates samples. `known` has the keys of samples from an earlier run; they are not generated again.

    `dtype` is the type of the weights, as sampling.dtype has it: None if it is not known.
    """

    dtype: str | None

    def answers(
        self, asks: list[Ask], known: Collection[SampleKey], pace: Pace
    ) -> Iterator[tuple[Ask, Generation]]: ...


def asks_of(problems: Iterable[Problem], settings: dict) -> list[Ask]:
    """The requests for all samples, problem by problem. `settings` is the section `sampling`."""
    if settings["temperature"] == 0 and settings["samples"] > 1:
        raise SamplingError(
            f"sampling.samples is {settings['samples']}, but with sampling.temperature 0 all of a problem's samples"
            " are the same: ask for one, or raise the temperature"
        )
    asks = []
    for problem in problems:
        text = message(problem, settings["instruction"])
        for sample in range(settings["samples"]):
            asks.append(Ask(problem.id, sample, text, seed_of(settings["seed"], problem.id, sample)))
    return asks


def seed_of(seed: int, task_id: str, sample: int) -> int:
    """The seed of one sample. It does not depend on the model, the other samples or the batch size.

    It has 31 bits, because some servers do not accept more.
    """
    return choose(seed, "sample", task_id, sample) % 2**31


def message(problem: Problem, instruction: str) -> str:
    """The user's turn: the instruction, the benchmark's own instruction, and the code to continue."""
    # A whole program, described in words, or a task whose prompt has its code.
    if problem.prompt == PROGRAM or problem.kind == CRATE_TASK:
        return problem.instruction.strip()
    parts = [instruction.strip(), problem.instruction.strip(), fenced(problem.prompt)]
    return "\n\n".join(part for part in parts if part)


def fenced(code: str) -> str:
    """The code in a fence that is longer than any fence inside it."""
    fence = "```"
    while any(line.lstrip().startswith(fence) for line in code.splitlines()):
        fence += "`"
    end = "" if code.endswith("\n") else "\n"
    return f"{fence}rust\n{code}{end}{fence}"


def batches(asks: list[Ask], size: int, known: Collection[SampleKey]) -> Iterator[list[Ask]]:
    """Groups of `size`, always cut at the same places, without the groups whose samples are all known.

    A resumed run generates a whole group again even if only one of its samples is missing: in 16 bits, the result of a
    matrix product may depend on its size, and the samples must be those of an uninterrupted run.
    """
    for start in range(0, len(asks), size):
        group = asks[start : start + size]
        if not all(ask.key in known for ask in group):
            yield group
