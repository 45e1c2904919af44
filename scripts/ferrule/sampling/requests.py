"""Samples of models: what is asked, by which engine, and what comes back.

    asks = asks_of(problems, settings)              # every sample that is wanted, each with a seed of its own
    engine.answers(asks, known, pace)               # pairs (Ask, Given) as they are finished

local         transformers, on this machine's GPU or CPU
vllm_engine   vLLM
server        any server with an OpenAI-compatible address
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ferrule.core.schemas import choose
from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.problems.programs import PROGRAM


class SamplingError(RuntimeError):
    """No samples can be had; the message says why and what to do."""


@dataclass(frozen=True)
class Ask:
    """One sample that is wanted."""

    task_id: str
    sample: int
    message: str  # the user's turn; the model's own chat template goes around it
    seed: int

    @property
    def key(self) -> tuple[str, int]:
        return self.task_id, self.sample


@dataclass(frozen=True)
class Given:
    """What a model gave. `tokens` counts the one that ends a generation, as servers do."""

    completion: str
    finish_reason: str  # stop, length, or a server's own word
    prompt_tokens: int | None  # None where a server does not say
    tokens: int | None


class Pace(Protocol):
    """Is told of tokens as they come."""

    def tokens(self, count: int) -> None: ...


class Engine(Protocol):
    """`known` are the keys of samples that an earlier run has left; they are not given again."""

    def answers(self, asks: list[Ask], known: set, pace: Pace) -> Iterator[tuple[Ask, Given]]: ...


def asks_of(problems: Iterable[Problem], settings: dict) -> list[Ask]:
    """Every sample that is wanted, problem by problem."""
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
    """A sample's own seed: no other model, problem, sample or size of batch has a say in it.

    31 bits, since servers differ in what they take beyond.
    """
    return choose(seed, "sample", task_id, sample) % 2**31


def message(problem: Problem, instruction: str) -> str:
    """The user's turn: the instruction, what the benchmark says itself, and the code to go on with."""
    if problem.prompt == PROGRAM:  # a whole program, described in words
        return problem.instruction.strip()
    parts = [instruction.strip(), problem.instruction.strip(), fenced(problem.prompt)]
    return "\n\n".join(part for part in parts if part)


def fenced(code: str) -> str:
    """The code in a fence that none of its own lines can close."""
    fence = "```"
    while any(line.lstrip().startswith(fence) for line in code.splitlines()):
        fence += "`"
    end = "" if code.endswith("\n") else "\n"
    return f"{fence}rust\n{code}{end}{fence}"


def batches(asks: list[Ask], size: int, known: set) -> Iterator[list[Ask]]:
    """Groups of `size`, always cut the same way, without those that are known as a whole.

    A run that goes on after a kill asks for a whole group again even if one answer of it is missing. In 16 bits the
    result of a matrix product may depend on its size, and the samples should be those of an unbroken run.
    """
    for at in range(0, len(asks), size):
        group = asks[at : at + size]
        if not all(ask.key in known for ask in group):
            yield group
