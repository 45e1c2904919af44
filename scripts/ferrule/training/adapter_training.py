"""Training an adapter on packed sequences: model, trainer, checkpoints, metrics.

`ferrule.training.full_training` trains all weights with it, with a model and an end of its own.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pyarrow.parquet as pq
import torch
from datasets import Dataset, disable_progress_bars, load_dataset

from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.training import checkpoints
from ferrule.training.adapters import AdapterError, adapter_on, fresh_adapter
from ferrule.training.full_disk import is_disk_full
from ferrule.training.model_references import WEIGHTS, find
from ferrule.training.models import ModelError, attention_of, load_model, load_tokenizer
from ferrule.training.native_types import base_type, this_device, training_settings, types_of
from ferrule.training.run_records import HistoryLine, TrainMetrics
from ferrule.training.speed import speed_figures
from ferrule.training.trainer import (
    Collator,
    NotANumber,
    Trainer,
    Watch,
    check_adapter,
    trl_settings,
    write_adapter_folder,
)

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# The model that a run trains, from the arguments, the settings and the attention; and what writes it when it is trained.
Prepare = Callable[[argparse.Namespace, dict, str], "PreTrainedModel"]
Save = Callable[[Trainer, argparse.Namespace], None]

STOPPED = 128 + signal.SIGTERM  # exit status, as of a process that the signal has ended
COLUMNS = ["input_ids", "labels", "position_ids"]


def run(arguments: argparse.Namespace, prepare: Prepare | None = None, save: Save | None = None) -> None:
    """The body of the script `train_adapter`. It exits with a message for errors that a user can correct.

    `prepare` and `save` replace what is special about an adapter: how the model is made, and how it is written.
    """
    settings = arguments.config["run"]
    work = Path(arguments.work)
    os.environ["TENSORBOARD_LOGGING_DIR"] = arguments.logs
    try:
        train(arguments, settings, work, prepare or with_adapter, save or write_adapter)
    except (NotANumber, AdapterError, ModelError) as error:
        sys.exit(str(error))
    except torch.OutOfMemoryError as error:
        sys.exit(
            f"out of memory on the GPU: lower train.micro_batch_size (and raise train.gradient_accumulation by as"
            f" much) or sequence.length, or set train.gradient_checkpointing: true ({str(error).splitlines()[0]})"
        )
    except Exception as error:
        if not is_disk_full(error, work):
            raise
        sys.exit(f"{work}: the disk is full; free some space or lower train.keep_checkpoints, then run again")


def train(arguments: argparse.Namespace, settings: dict, work: Path, prepare: Prepare, save: Save) -> None:
    cuda = torch.cuda.is_available()
    allow_tf32(settings)
    disable_progress_bars()
    # PEFT looks for changes of the vocabulary at the base's path, but the adapter stores only the base's name.
    warnings.filterwarnings("ignore", message="Could not find a config file in")
    # TRL and PEFT still read a name that transformers has deprecated.
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing")
    train_rows, val_rows = rows_of(arguments.train, work), rows_of(arguments.val, work)
    if not len(train_rows):
        sys.exit(f"{arguments.train}: no sequence in it; see the record of packing beside it")

    attention = attention_of(settings["train"]["attention"], cuda)
    chosen = training_settings(settings, this_device())
    model = prepare(arguments, chosen, attention)
    tokenizer = load_tokenizer(arguments.model)
    watch = watch_of(settings, getattr(arguments, "monitor_every", 0))
    trainer = Trainer(
        model=model,
        args=trl_settings(chosen, output=work, has_eval=len(val_rows) > 0, cuda=cuda),
        train_dataset=train_rows,
        eval_dataset=val_rows if len(val_rows) else None,
        data_collator=collator_of(settings, tokenizer.pad_token_id, attention),
        processing_class=tokenizer,
        watch=watch,
    )
    with trainer.accelerator.main_process_first():
        # As given, with `auto`: a run may resume on a device where that is another type.
        checkpoints.claim(work, settings, input_checksums(arguments))
        checkpoint = checkpoints.newest(work)
    if checkpoint:
        print(f"resuming from {checkpoint}", file=sys.stderr)
        watch.restore(checkpoint)
    already_trained = False
    if checkpoint and checkpoints.steps(checkpoint) >= settings["train"]["steps"]:
        trainer.load_finished(checkpoint)
        already_trained = True
    else:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        if trainer.state.global_step < settings["train"]["steps"]:
            print(
                f"stopped at step {trainer.state.global_step}: run again, and it goes on there",
                file=sys.stderr,
            )
            sys.exit(STOPPED)
    if len(val_rows) and (already_trained or not settings["train"]["eval_steps"]):
        trainer.evaluate()
    check_adapter(trainer.trained_model, trainer.state.global_step)
    if not trainer.is_world_process_zero():
        return
    save(trainer, arguments)
    lines, devices = history(trainer.state.log_history), trainer.accelerator.num_processes
    metrics: TrainMetrics = {
        "steps": trainer.state.global_step,
        "loss": watch.loss / watch.steps,
        "eval_loss": next((line["eval_loss"] for line in reversed(lines) if "eval_loss" in line), None),
        "history": lines,
        "attention": attention,
        **types_of(chosen),
        "device": torch.cuda.get_device_name() if cuda else "cpu",
        "devices": devices,
        **speed_figures(trainer.trained_model, train_rows, settings, watch.seconds, watch.steps, devices),
    }
    write_json(arguments.metrics, metrics)
    shutil.rmtree(work / "rows", ignore_errors=True)  # an uncompressed copy of the packed sequences


def with_adapter(arguments: argparse.Namespace, settings: dict, attention: str) -> PreTrainedModel:
    """The base, in the bits of the settings, with a new adapter or with an earlier one."""
    model = load_model(
        arguments.model,
        quantization=settings["quantization"],
        attention=attention,
        dtype=base_type(settings, this_device()),
    )
    if arguments.continue_from:
        return adapter_on(model, earlier_adapter(arguments), settings, base=arguments.model)
    return fresh_adapter(model, settings, base=arguments.model)


def write_adapter(trainer: Trainer, arguments: argparse.Namespace) -> None:
    save_adapter(trainer, Path(arguments.adapter))
    if getattr(arguments, "monitored", None):
        keep_monitored(arguments, arguments.config["run"], Path(arguments.work))


def earlier_adapter(arguments: argparse.Namespace) -> Path:
    """The adapter to continue from: the folder that is given, or its newest checkpoint."""
    return find(arguments.continue_from, "adapter")[0]


def allow_tf32(settings: dict) -> None:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = settings["train"]["tf32"]


def watch_of(settings: dict, monitor_every: int = 0) -> Watch:
    return Watch(keep=settings["train"]["keep_checkpoints"], monitor_every=monitor_every)


def collator_of(settings: dict, pad: int, attention: str) -> Collator:
    sequence = settings["sequence"]
    return Collator(
        pad, sequence["length"], packed=sequence["packing"], flat=attention == "flash_attention_2"
    )


def input_checksums(arguments: argparse.Namespace) -> list[str]:
    """Checksums of everything that, with the settings, determines what is learnt.

    The base counts by the checksums of its files if it has a record, otherwise by its config.json. The record of a
    run's model is merge.json.
    """
    model = Path(arguments.model)
    record = model.parent / ("merge.json" if model.name == "merged" else f"{model.name}.json")
    # Only the files of a record: a corrected licence does not make another model.
    base = str(read_json(record)["files"]) if record.is_file() else sha256_file(model / "config.json")
    checksums = [sha256_file(arguments.train), base]
    if getattr(arguments, "continue_from", None):
        checksums.append(sha256_file(earlier_adapter(arguments) / WEIGHTS))
    return checksums


def history(lines: list[dict[str, float]]) -> list[HistoryLine]:
    """The lines of the log that have a loss, without measured times."""
    names = ("step", "loss", "eval_loss", "learning_rate", "grad_norm")
    return [
        cast("HistoryLine", {name: line[name] for name in names if name in line})
        for line in lines
        if "loss" in line or "eval_loss" in line
    ]


def rows_of(path: str, work: Path) -> Dataset:
    """The sequences, memory-mapped: those of a long run do not fit into memory."""
    if not pq.read_metadata(path).num_rows:  # the loader takes an empty file for a broken one
        return Dataset.from_dict({name: [] for name in COLUMNS})
    cache = str(work / "rows")
    return load_dataset("parquet", data_files=path, split="train", cache_dir=cache).select_columns(COLUMNS)


def save_adapter(trainer: Trainer, folder: Path) -> None:
    write_adapter_folder(trainer.trained_model, folder)


def keep_monitored(arguments: argparse.Namespace, settings: dict, work: Path) -> None:
    """Make the folder of the monitored adapters. Missing ones are reported, and do not cost the run its adapter."""
    every = arguments.monitor_every
    wanted = range(every, settings["train"]["steps"], every) if every else []
    missing = checkpoints.hand_over(work, wanted, Path(arguments.monitored))
    if missing:
        print(
            f"{arguments.monitored}: without the adapters of the steps {', '.join(map(str, missing))}, which were trained"
            f" before they were monitored; to train them again, remove {work}",
            file=sys.stderr,
        )
