"""TRL's trainer on packed sequences: the collator, the callbacks, and the settings of a run as TRL has them."""

from __future__ import annotations

import math
import time
from pathlib import Path

import torch
from transformers import TrainerCallback, TrainerState
from transformers.trainer import TRAINER_STATE_NAME
from trl import SFTConfig, SFTTrainer

from ferrule.core.files import read_json, write_json
from ferrule.training import checkpoints
from ferrule.training.chat import IGNORED

COUNTS = "counts.json"  # of a checkpoint: what Watch counted until then


class NotANumber(RuntimeError):
    """The loss is not a number any more; the message says what to change."""


class Collator:
    """Rows of a packed table to tensors (rows, length). No attention mask: positions say where samples begin.

    With flash attention all rows become one of the sum of their lengths, which is what its kernel for packed
    sequences takes; with the others that would make a mask of the square of it.
    """

    def __init__(self, pad: int, length: int, *, packed: bool, flat: bool):
        self.pad, self.length, self.packed, self.flat = pad, length, packed, flat

    def __call__(self, rows: list[dict]) -> dict[str, torch.Tensor]:
        names = {"input_ids": self.pad, "labels": IGNORED, "position_ids": None}
        if self.flat:
            return {name: torch.tensor([[v for row in rows for v in row[name]]]) for name in names}
        longest = self.length if self.packed else max(len(row["input_ids"]) for row in rows)
        batch = {}
        for name, filler in names.items():
            filled = []
            for row in rows:
                empty = longest - len(row[name])
                # What is empty is a block of its own: its positions begin at 0.
                filled.append([*row[name], *(range(empty) if filler is None else [filler] * empty)])
            batch[name] = torch.tensor(filled)
        return batch


class Watch(TrainerCallback):
    """What is counted over all of a run, also when it is killed and goes on: the losses, and the time of training.

    Its counts are a file of every checkpoint. It marks checkpoints that are whole, removes the oldest, and stops at a
    number that is none before a checkpoint can have it.
    """

    def __init__(self, keep: int):
        self.keep = keep
        self.seconds = 0.0  # of training, without evaluations and checkpoints
        self.steps = 0  # that were trained
        self.loss = 0.0  # sum of the losses of these steps
        self.window, self.window_steps = 0.0, 0  # the same since the last line of the log
        self.micro: list[torch.Tensor] = []  # losses of the micro batches of the step at hand
        self.began = time.perf_counter()

    def restore(self, checkpoint: Path) -> None:
        for name, value in read_json(checkpoint / COUNTS).items():
            setattr(self, name, value)

    def on_train_begin(self, args, state, control, **more):
        self.began = time.perf_counter()

    def on_step_end(self, args, state, control, **more):
        loss = of_all_processes(torch.stack(self.micro).double().sum())
        self.micro.clear()
        if not math.isfinite(loss):
            raise not_a_number("loss", loss, state.global_step)
        self.loss, self.steps = self.loss + loss, self.steps + 1
        self.window, self.window_steps = self.window + loss, self.window_steps + 1
        now = time.perf_counter()
        self.seconds, self.began = self.seconds + now - self.began, now

    def window_loss(self) -> float:
        """The mean loss since the last call."""
        mean = self.window / self.window_steps
        self.window, self.window_steps = 0.0, 0
        return mean

    def on_evaluate(self, args, state, control, **more):
        self.began = time.perf_counter()

    def on_log(self, args, state, control, logs=None, **more):
        for name in ("eval_loss", "grad_norm"):
            value = (logs or {}).get(name)
            if value is not None and not math.isfinite(float(value)):
                raise not_a_number(name, value, state.global_step)

    def on_save(self, args, state, control, model=None, **more):
        check_adapter(model, state.global_step)  # no checkpoint that is marked as whole has a broken one
        if state.is_world_process_zero:
            folder = Path(args.output_dir)
            checkpoint = folder / f"{checkpoints.PREFIX}{state.global_step}"
            counts = ("seconds", "steps", "loss", "window", "window_steps")
            write_json(checkpoint / COUNTS, {name: getattr(self, name) for name in counts})
            checkpoints.mark(checkpoint)
            checkpoints.keep(folder, self.keep)
        self.began = time.perf_counter()


def of_all_processes(loss: torch.Tensor) -> float:
    """The mean over the devices: all of them then count the same, and stop at the same step."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.all_reduce(loss)
        loss = loss / torch.distributed.get_world_size()
    return float(loss)


def not_a_number(name: str, value: float, step: int) -> NotANumber:
    return NotANumber(
        f"{name} is {value} at step {step}: lower train.learning_rate or train.max_grad_norm, or lengthen"
        " train.warmup_steps; checkpoints before it are kept, remove them to begin anew"
    )


class Trainer(SFTTrainer):
    """TRL's trainer, with losses that a killed job does not forget, and adapters in 32 bits.

    TRL trains the adapter of a 4-bit model in bfloat16, whose steps are wider than many an update; the adapter is
    small, so that 32 bits cost next to nothing. It also writes a model card into every checkpoint, which is left out.
    """

    def __init__(self, *arguments, watch: Watch, **more):
        super().__init__(*arguments, callbacks=[watch], **more)
        self.watch = watch
        for parameter in self.model.parameters():
            if parameter.requires_grad:
                parameter.data = parameter.data.float()

    def training_step(self, *arguments, **more):
        loss = super().training_step(*arguments, **more)
        self.watch.micro.append(loss.detach())
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        # transformers forgets, in a job that goes on, the losses between the last line of the log and the checkpoint.
        if "loss" in logs:
            logs["loss"] = self.watch.window_loss()
        super().log(logs, start_time)

    def create_model_card(self, *arguments, **more) -> None:
        return

    def take_over(self, checkpoint: Path) -> None:
        """Be what the run was at its last step, where nothing is left to train.

        transformers looks at the number of steps only after one, and would do one more. What was evaluated at that
        step is forgotten: the rows for it may be others by now.
        """
        self._load_from_checkpoint(str(checkpoint))
        self.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))
        self.state.log_history = [
            line for line in self.state.log_history if not is_last_evaluation(line, self.state)
        ]
        self.state.is_world_process_zero = self.is_world_process_zero()


def is_last_evaluation(line: dict, state: TrainerState) -> bool:
    return "eval_loss" in line and line["step"] == state.global_step


def check_adapter(model, step: int) -> None:
    """NotANumber where an update broke the adapter: no loss before the next one would show it."""
    for name, parameter in model.named_parameters():
        if parameter.requires_grad and not torch.isfinite(parameter).all():
            raise not_a_number(f"a weight of the adapter ({name})", math.nan, step)


def trl_settings(settings: dict, *, output: Path, has_eval: bool, cuda: bool) -> SFTConfig:
    """The settings of a run (section `train`, `sequence`) as TRL's own."""
    train = settings["train"]
    workers = train["loader_workers"]
    return SFTConfig(
        output_dir=str(output),
        per_device_train_batch_size=train["micro_batch_size"],
        per_device_eval_batch_size=train["micro_batch_size"],
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
        save_total_limit=None,  # Watch sees to it
        eval_strategy="steps" if has_eval and train["eval_steps"] else "no",
        eval_steps=train["eval_steps"] or None,
        prediction_loss_only=True,
        dataloader_num_workers=workers,
        dataloader_persistent_workers=bool(workers),
        dataloader_prefetch_factor=4 if workers else None,
        dataloader_pin_memory=cuda,
        remove_unused_columns=False,
        seed=train["seed"],
        # The order of the rows is that of the sources, settled when they were chosen.
        train_sampling_strategy="sequential",
        disable_tqdm=True,
        max_length=None,
        packing=False,  # the sequences are packed already
        dataset_kwargs={"skip_prepare_dataset": True},
    )
