"""Training an adapter by GRPO: TRL's trainer, with the tests of executable tasks as the reward.

A step asks some prompts several times each. Answers are compared within their group, so a group whose answers all have the
same reward teaches nothing. If that holds for every group of a step, other prompts are asked in their place.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, disable_progress_bars
from trl import GRPOConfig, GRPOTrainer

from ferrule.core.files import read_rows, sha256_file, write_json
from ferrule.core.schemas import TaskRow, choose
from ferrule.grading.crate_grader import Result
from ferrule.grading.grading_arguments import options_of
from ferrule.grading.task_rows import spec_of
from ferrule.rewards.grader import Grader
from ferrule.rewards.trl import reward_of
from ferrule.training import checkpoints
from ferrule.training.adapter_training import (
    allow_tf32,
    history,
    input_checksums,
    save_adapter,
    watch_of,
    with_adapter,
)
from ferrule.training.adapters import AdapterError
from ferrule.training.chat import Chat
from ferrule.training.models import ModelError, attention_of, end_ids, load_tokenizer
from ferrule.training.native_types import this_device, training_settings, types_of
from ferrule.training.run_tables import CHOSEN
from ferrule.training.speed import speed_without_rows
from ferrule.training.trainer import NotANumber, Watched, check_adapter, common_settings

# Of the trainer's log, what says how the rewards develop.
TELEMETRY = (
    "reward", "reward_std", "frac_reward_zero_std", "ferrule/compiles", "ferrule/tests_passed", "ferrule/retries",
    "completions/mean_length", "completions/clipped_ratio", "kl", "entropy",
)  # fmt: skip


class Trainer(Watched, GRPOTrainer):
    """TRL's trainer, which asks other prompts where no group has a signal."""

    def __init__(self, *, retries: int, prompts: list[dict[str, Any]], **more: Any):
        super().__init__(**more)
        self.retries, self.prompts = retries, prompts

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        output = super()._generate_and_score_completions(inputs)
        if not self.model.training:
            return output
        tries = 0
        while tries < self.retries and not self._any_signal(output):
            tries += 1
            output = super()._generate_and_score_completions(self._others(inputs, tries))
        self._metrics["train"]["ferrule/retries"].append(float(tries))
        return output

    def _any_signal(self, output: dict[str, Any]) -> bool:
        """Whether any group, on any device, has answers of different rewards."""
        signal = (output["advantages"].nan_to_num() != 0).any().reshape(1)
        return bool(self.accelerator.gather(signal).any())

    def _others(self, inputs: list[dict[str, Any]], tries: int) -> list[dict[str, Any]]:
        """Other prompts, each as often as the one in whose place it comes."""
        seed, step = self.args.seed, self.state.global_step
        places = [choose(seed, str(step), str(tries), each["task_id"]) % len(self.prompts) for each in inputs]
        return [self.prompts[place] for place in places]


def run(arguments: argparse.Namespace) -> None:
    """The body of the script `train_grpo`. It exits with a message for errors that a user can correct."""
    try:
        train(arguments, arguments.config["run"], Path(arguments.work))
    except (NotANumber, AdapterError, ModelError, FileNotFoundError) as error:
        sys.exit(str(error))


def train(arguments: argparse.Namespace, settings: dict, work: Path) -> None:
    cuda = torch.cuda.is_available()
    allow_tf32(settings)
    disable_progress_bars()
    grpo, options = settings["grpo"], options_of(arguments)
    with Grader(
        arguments.tasks, workers=grpo["workers"], limit_seconds=grpo["limit_seconds"], options=options
    ) as grader:
        tokenizer = load_tokenizer(arguments.model)
        chat = Chat(tokenizer, end_ids(arguments.model))
        prompts = prompts_of(arguments.train, grader.tasks, settings, chat)
        if not prompts:
            sys.exit(
                f"{arguments.train}: no task fits runs.*.grpo (kinds, strong, max_lines) and sequence.length"
            )
        unfit = grader.warm(sorted({spec_of(grader.tasks[row["task_id"]]) for row in prompts}))
        for spec, why in sorted(unfit.items()):
            print(f"{spec} cannot be graded: {why}", file=sys.stderr)
        chosen = training_settings(settings, this_device())
        attention = attention_of(settings["train"]["attention"], cuda)
        watch = watch_of(settings)
        trainer = Trainer(
            model=with_adapter(arguments, chosen, attention),
            args=trl_settings(chosen, output=work, cuda=cuda),
            train_dataset=Dataset.from_list(prompts),
            reward_funcs=reward_of(grader, lambda result: score_of(result, grpo)),
            processing_class=tokenizer,
            watch=watch,
            retries=grpo["retries"],
            prompts=prompts,
        )
        with trainer.accelerator.main_process_first():
            tasks = sha256_file(Path(arguments.tasks) / "tasks.parquet")
            checkpoints.claim(work, settings, [*input_checksums(arguments), tasks, str(grpo)])
            checkpoint = checkpoints.newest(work)
        if checkpoint:
            watch.restore(checkpoint)
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        check_adapter(trainer.trained_model, trainer.state.global_step)
        if not trainer.is_world_process_zero():
            return
        save_adapter(trainer, Path(arguments.adapter))
        metrics = {
            "steps": trainer.state.global_step,
            "loss": watch.loss / max(1, watch.steps),
            "eval_loss": None,
            "history": history(trainer.state.log_history),
            "rewards": rewards_of(trainer.state.log_history),
            "prompts": len(prompts),
            "attention": attention,
            **types_of(chosen),
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "devices": trainer.accelerator.num_processes,
            **speed_without_rows(trainer.trained_model, watch.seconds),
        }
        write_json(arguments.metrics, metrics)


def prompts_of(rows: str, tasks: dict[str, TaskRow], settings: dict, chat: Chat) -> list[dict[str, Any]]:
    """The prompts of the run's rows, in their order, without those that the settings leave out."""
    grpo, room = settings["grpo"], settings["sequence"]["length"] - settings["grpo"]["max_completion"]
    found: list[dict[str, Any]] = []
    for row in read_rows(rows, CHOSEN):
        task = tasks.get(row["_id"])
        if task is None or task["split"] != "train" or task["kind"] not in grpo["kinds"]:
            continue
        if grpo["strong"] and task["strength"] != "strong":
            continue
        if grpo["max_lines"] and task["lines"] > grpo["max_lines"]:
            continue
        if len(chat.prompt(row["prompt"])) <= room:
            found.append(dict(prompt=[dict(role="user", content=row["prompt"])], task_id=task["id"]))
    return found


def score_of(result: Result, grpo: dict) -> float:
    """1 for a pass; partial credit only where the settings ask for it."""
    return result.score + grpo["compiles"] * result.compiles + grpo["tests"] * result.share


def rewards_of(lines: list[dict[str, float]]) -> list[dict[str, float]]:
    """The lines of the log that have a reward, without measured times."""
    return [
        {"step": line["step"]} | {name: line[name] for name in TELEMETRY if name in line}
        for line in lines
        if "reward" in line
    ]


def trl_settings(settings: dict, *, output: Path, cuda: bool) -> GRPOConfig:
    """The sections `train` and `grpo` of a run as TRL's settings."""
    grpo = settings["grpo"]
    vllm = cuda and find_spec("vllm") is not None if grpo["vllm"] == "auto" else grpo["vllm"]
    return GRPOConfig(
        **common_settings(settings, output=output, cuda=cuda),
        num_generations=grpo["generations"],
        max_completion_length=grpo["max_completion"],
        temperature=grpo["temperature"],
        beta=grpo["beta"],
        use_vllm=vllm,
        vllm_mode="colocate",
        shuffle_dataset=False,  # the rows are already in the order of training
        eval_strategy="no",
    )
