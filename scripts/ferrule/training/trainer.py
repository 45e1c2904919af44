"""TRL's trainer for packed sequences: the collator, the callback, and the settings of a run as TRL's."""

from __future__ import annotations

import math
import os
import shutil
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from transformers.trainer import TRAINER_STATE_NAME
from trl import SFTConfig, SFTTrainer

from ferrule.core.files import read_json, write_json
from ferrule.training import checkpoints
from ferrule.training.packing import fill
from ferrule.training.run_tables import PackedTokens

if TYPE_CHECKING:
    from torch.nn import Module
    from transformers import PreTrainedModel
    from trl import SFTTrainer as Base  # Watched comes before a trainer, whose methods it uses
else:
    Base = object

COUNTS = "counts.json"  # in a checkpoint: the counts of Watch


class NotANumber(RuntimeError):
    """The loss or a weight became NaN or infinite; the message says what to change."""


class Collator:
    """Turns packed rows into tensors (rows, length). Positions mark where samples begin, so there is no attention mask.

    `packed`: pad to `length`; otherwise to the longest row. `flat`, for flash attention: concatenate all rows into one, as
    its kernel for packed sequences requires; any other attention would need a mask that grows with the square of its
    length.
    """

    def __init__(self, pad: int, length: int, *, packed: bool, flat: bool):
        self.pad, self.length, self.packed, self.flat = pad, length, packed, flat

    def __call__(self, rows: list[PackedTokens]) -> dict[str, torch.Tensor]:
        if self.flat:
            rows = [concatenated(rows)]
        else:
            longest = self.length if self.packed else max(len(row["input_ids"]) for row in rows)
            rows = [fill(row, longest, self.pad) for row in rows]
        return {
            "input_ids": torch.tensor([row["input_ids"] for row in rows]),
            "labels": torch.tensor([row["labels"] for row in rows]),
            "position_ids": torch.tensor([row["position_ids"] for row in rows]),
        }


def concatenated(rows: list[PackedTokens]) -> PackedTokens:
    return {
        "input_ids": [token for row in rows for token in row["input_ids"]],
        "labels": [label for row in rows for label in row["labels"]],
        "position_ids": [position for row in rows for position in row["position_ids"]],
    }


class Watch(TrainerCallback):
    """Counts over a whole run, even if it is killed and resumed: the losses, and the time of training.

    Each checkpoint has a file with these counts. Watch also marks complete checkpoints, removes the oldest, and stops at
    NaN and infinite values before a checkpoint can contain one. It writes the adapters that are monitored.
    """

    def __init__(self, keep: int, monitor_every: int = 0):
        self.keep = keep  # number of checkpoints
        self.monitor_every = monitor_every  # steps; 0 for none
        self.seconds = 0.0  # of training, without evaluations and checkpoints
        self.steps = 0  # trained so far
        self.loss = 0.0  # sum of the losses of these steps
        self.window, self.window_steps = 0.0, 0  # the same since the last line of the log
        self.micro: list[torch.Tensor] = []  # losses of the current step's micro batches
        self.began = time.perf_counter()

    def restore(self, checkpoint: Path) -> None:
        for name, value in read_json(checkpoint / COUNTS).items():
            setattr(self, name, value)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        self.began = time.perf_counter()

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        loss = of_all_processes(torch.stack(self.micro).double().sum())
        self.micro.clear()
        if not math.isfinite(loss):
            raise not_a_number("loss", loss, state.global_step)
        self.loss, self.steps = self.loss + loss, self.steps + 1
        self.window, self.window_steps = self.window + loss, self.window_steps + 1
        now = time.perf_counter()
        self.seconds, self.began = self.seconds + now - self.began, now
        if self.monitor_every and state.global_step % self.monitor_every == 0:
            check_adapter(more["model"], state.global_step)
            if state.is_world_process_zero:
                folder = Path(args.output_dir) / checkpoints.MONITORED
                write_adapter_folder(more["model"], folder / f"{checkpoints.PREFIX}{state.global_step}")
            self.began = time.perf_counter()

    def window_loss(self) -> float:
        """The mean loss since the last call."""
        mean = self.window / self.window_steps
        self.window, self.window_steps = 0.0, 0
        return mean

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        self.began = time.perf_counter()

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, float] | None = None,
        **more: Any,
    ) -> None:
        for name in ("eval_loss", "grad_norm"):
            value = (logs or {}).get(name)
            if value is not None and not math.isfinite(float(value)):
                raise not_a_number(name, value, state.global_step)

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        *,
        model: Module,
        **more: Any,
    ) -> None:
        check_adapter(model, state.global_step)  # a checkpoint marked as complete never has a broken adapter
        if state.is_world_process_zero:
            folder = Path(args.output_dir)
            checkpoint = folder / f"{checkpoints.PREFIX}{state.global_step}"
            counts = ("seconds", "steps", "loss", "window", "window_steps")
            write_json(checkpoint / COUNTS, {name: getattr(self, name) for name in counts})
            checkpoints.mark(checkpoint)
            checkpoints.keep(folder, self.keep)
        self.began = time.perf_counter()


class Stop(TrainerCallback):
    """At SIGTERM: finish the step, write a checkpoint, and stop. A scheduler sends it before it takes the machine away.

    All processes of a training stop at the same step, whichever of them the signal has reached.
    """

    def __init__(self) -> None:
        self.asked = False
        signal.signal(signal.SIGTERM, self.ask)

    def ask(self, *signal_and_frame: Any) -> None:
        self.asked = True

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **more: Any
    ) -> None:
        self.asked = of_all_processes(torch.tensor(float(self.asked), dtype=torch.double)) > 0
        if self.asked and state.global_step < state.max_steps:
            control.should_save = control.should_training_stop = True


def of_all_processes(loss: torch.Tensor) -> float:
    """The mean over all devices, so that all of them count the same and stop at the same step."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(loss)
        loss = loss / torch.distributed.get_world_size()
    return float(loss)


def not_a_number(name: str, value: float, step: int) -> NotANumber:
    return NotANumber(
        f"{name} is {value} at step {step}: lower train.learning_rate or train.max_grad_norm, or lengthen"
        " train.warmup_steps; the checkpoints before it are kept, remove them to start again"
    )


class Watched(Base):
    """Of a trainer of TRL, the losses survive a kill, and the trained weights have 32 bits.

    TRL trains the adapter of a 4-bit model in bfloat16, whose resolution is coarser than many updates. The adapter is
    small, so 32 bits cost little. This trainer also omits the model card that TRL writes into every checkpoint.
    """

    def __init__(self, *, watch: Watch, **more: Any):
        self.stop = Stop()
        super().__init__(callbacks=[watch, self.stop], **more)
        self.watch = watch
        for parameter in self.trained_model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()

    @property
    def trained_model(self) -> PreTrainedModel:
        """The model, for the type checker: `model` is declared as optional, but it is set from the start."""
        return cast("PreTrainedModel", self.model)

    def training_step(self, *arguments: Any, **more: Any) -> torch.Tensor:
        loss = super().training_step(*arguments, **more)
        self.watch.micro.append(loss.detach())
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        # A resumed transformers job does not know the losses between the last line of the log and the checkpoint.
        if "loss" in logs:
            logs["loss"] = self.watch.window_loss()
        super().log(logs, start_time)

    def create_model_card(self, *arguments: Any, **more: Any) -> None:
        return

    def load_finished(self, checkpoint: Path) -> None:
        """Restore the state after the last step, from a checkpoint of a run with nothing left to train.

        transformers compares the number of steps only after a step, so it would train one more. The evaluation at that
        step is discarded: the rows for it may have changed.
        """
        self._load_from_checkpoint(str(checkpoint))
        self.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
        self.state.log_history = [
            line for line in self.state.log_history if not is_last_evaluation(line, self.state)
        ]
        self.state.is_world_process_zero = self.is_world_process_zero()


class Trainer(Watched, SFTTrainer):
    """TRL's trainer for packed sequences."""


def write_adapter_folder(model: PreTrainedModel, folder: Path) -> None:
    """Write the adapter's folder atomically."""
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    model.save_pretrained(temporary)
    (temporary / "README.md").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)


def is_last_evaluation(line: dict[str, float], state: TrainerState) -> bool:
    return "eval_loss" in line and line["step"] == state.global_step


def check_adapter(model: Module, step: int) -> None:
    """Raises NotANumber if the last update broke the adapter, which only the next loss would show."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not torch.isfinite(parameter).all():
            part = "adapter" if "lora_" in name else "model"
            raise not_a_number(f"a weight of the {part} ({name})", math.nan, step)


def trl_settings(settings: dict, *, output: Path, has_eval: bool, cuda: bool) -> SFTConfig:
    """The section `train` of a run as TRL's settings for packed sequences."""
    train = settings["train"]
    return SFTConfig(
        **common_settings(settings, output=output, cuda=cuda),
        per_device_eval_batch_size=train["micro_batch_size"],
        eval_strategy="steps" if has_eval and train["eval_steps"] else "no",
        eval_steps=train["eval_steps"] or None,
        prediction_loss_only=True,
        # The rows are already in the order of training.
        train_sampling_strategy="sequential",
        max_length=None,
        packing=False,  # the sequences are packed already
        dataset_kwargs={"skip_prepare_dataset": True},
    )


def common_settings(settings: dict, *, output: Path, cuda: bool) -> dict[str, Any]:
    """The section `train` of a run as settings that all trainers of TRL have."""
    train = settings["train"]
    workers = min(train["loader_workers"], len(os.sched_getaffinity(0)))
    return dict(
        output_dir=str(output),
        per_device_train_batch_size=train["micro_batch_size"],
        gradient_accumulation_steps=train["gradient_accumulation"],
        learning_rate=train["learning_rate"],
        weight_decay=train["weight_decay"],
        max_steps=train["steps"],
        warmup_steps=train["warmup_steps"],
        lr_scheduler_type=train["scheduler"],
        optim=train["optimizer"],
        max_grad_norm=train["max_grad_norm"],
        gradient_checkpointing=train["gradient_checkpointing"],
        gradient_checkpointing_kwargs={"use_reentrant": False} if train["gradient_checkpointing"] else None,
        bf16=train["bf16"],
        tf32=train["tf32"] if cuda else None,
        use_cpu=not cuda,
        logging_steps=train["logging_steps"],
        logging_first_step=True,
        logging_nan_inf_filter=False,
        report_to=[] if train["log_to"] == "none" else [train["log_to"]],
        save_strategy="steps",
        save_steps=train["save_steps"],
        save_total_limit=None,  # Watch removes old checkpoints
        dataloader_num_workers=workers,
        dataloader_persistent_workers=train["loader_persistent"] and workers > 0,
        dataloader_prefetch_factor=train["loader_prefetch"] if workers else None,
        dataloader_pin_memory=train["loader_pin_memory"] and cuda,
        remove_unused_columns=False,
        seed=train["seed"],
        disable_tqdm=True,
    )
