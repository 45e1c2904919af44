"""Training an adapter on packed sequences: the model, the trainer, the checkpoints, the record."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import warnings
from pathlib import Path

import pyarrow.parquet as pq
import torch
from datasets import Dataset, disable_progress_bars, load_dataset

from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.training import checkpoints
from ferrule.training.adapters import AdapterError, adapter_on, fresh_adapter
from ferrule.training.full_disk import is_disk_full
from ferrule.training.models import ModelError, attention_of, load_model, load_tokenizer
from ferrule.training.speed import figures
from ferrule.training.trainer import Collator, NotANumber, Trainer, Watch, check_adapter, trl_settings

COLUMNS = ["input_ids", "labels", "position_ids"]


def run(arguments: argparse.Namespace) -> None:
    """What the script `train_adapter` does; faults that a user can mend end it with a message."""
    settings = arguments.config["run"]
    work = Path(arguments.work)
    os.environ["TENSORBOARD_LOGGING_DIR"] = arguments.logs
    try:
        train(arguments, settings, work)
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


def train(arguments: argparse.Namespace, settings: dict, work: Path) -> None:
    cuda = torch.cuda.is_available()
    allow_tf32(settings)
    disable_progress_bars()
    # The adapter has its base's name and not its path, where peft would look for changes of the vocabulary.
    warnings.filterwarnings("ignore", message="Could not find a config file in")
    # TRL and PEFT read the name that transformers is about to leave behind.
    warnings.filterwarnings("ignore", message=".*gradient_checkpointing")
    train_rows, val_rows = rows_of(arguments.train, work), rows_of(arguments.val, work)
    if not len(train_rows):
        sys.exit(f"{arguments.train}: no sequence in it; see the record of packing beside it")

    attention = attention_of(settings["train"]["attention"], cuda)
    model = load_model(arguments.model, quantization=settings["quantization"], attention=attention)
    tokenizer = load_tokenizer(arguments.model)
    if arguments.continue_from:
        model = adapter_on(model, arguments.continue_from, settings, base=arguments.model)
    else:
        model = fresh_adapter(model, settings, base=arguments.model)

    watch = watch_of(settings)
    trainer = Trainer(
        model=model,
        args=trl_settings(settings, output=work, has_eval=len(val_rows) > 0, cuda=cuda),
        train_dataset=train_rows,
        eval_dataset=val_rows if len(val_rows) else None,
        data_collator=collator_of(settings, tokenizer.pad_token_id, attention),
        processing_class=tokenizer,
        watch=watch,
    )
    with trainer.accelerator.main_process_first():
        checkpoints.claim(work, settings, what_it_is_made_of(arguments))
        started_at = checkpoints.newest(work)
    if started_at:
        print(f"going on from {started_at}", file=sys.stderr)
        watch.restore(started_at)
    trained = started_at and checkpoints.steps(started_at) >= settings["train"]["steps"]
    if trained:
        trainer.take_over(started_at)
    else:
        trainer.train(resume_from_checkpoint=str(started_at) if started_at else None)
    if len(val_rows) and (trained or not settings["train"]["eval_steps"]):
        trainer.evaluate()
    check_adapter(trainer.model, trainer.state.global_step)
    if not trainer.is_world_process_zero():
        return
    save_adapter(trainer, Path(arguments.adapter))
    lines, devices = history(trainer.state.log_history), trainer.accelerator.num_processes
    write_json(
        arguments.metrics,
        {
            "steps": trainer.state.global_step,
            "loss": watch.loss / watch.steps,
            "eval_loss": next((line["eval_loss"] for line in reversed(lines) if "eval_loss" in line), None),
            "history": lines,
            "attention": attention,
            "device": torch.cuda.get_device_name() if cuda else "cpu",
            "devices": devices,
            **figures(trainer.model, train_rows, settings, watch.seconds, watch.steps, devices),
        },
    )
    shutil.rmtree(work / "rows", ignore_errors=True)  # a copy of the packed sequences, larger than these


def allow_tf32(settings: dict) -> None:
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = settings["train"]["tf32"]


def watch_of(settings: dict) -> Watch:
    return Watch(keep=settings["train"]["keep_checkpoints"])


def collator_of(settings: dict, pad: int, attention: str) -> Collator:
    sequence = settings["sequence"]
    return Collator(
        pad, sequence["length"], packed=sequence["packing"], flat=attention == "flash_attention_2"
    )


def what_it_is_made_of(arguments: argparse.Namespace) -> list[str]:
    """Checksums of what, with the settings, makes the adapter what it is. Of the base by its record, or its shape."""
    model = Path(arguments.model)
    record = model.parent / f"{model.name}.json"
    # Of a record the files alone: a licence that is corrected is no other model.
    base = str(read_json(record)["files"]) if record.is_file() else sha256_file(model / "config.json")
    found = [sha256_file(arguments.train), base]
    if arguments.continue_from:
        found.append(sha256_file(Path(arguments.continue_from) / "adapter_model.safetensors"))
    return found


def history(lines: list[dict]) -> list[dict]:
    """The lines of the log that have a loss, without what a clock said."""
    names = ("step", "loss", "eval_loss", "learning_rate", "grad_norm")
    return [
        {name: line[name] for name in names if name in line}
        for line in lines
        if "loss" in line or "eval_loss" in line
    ]


def rows_of(path: str, work: Path) -> Dataset:
    """The sequences, mapped from disk: a run of weeks has more of them than memory."""
    if not pq.read_metadata(path).num_rows:  # which the loader takes for a broken file
        return Dataset.from_dict({name: [] for name in COLUMNS})
    cache = str(work / "rows")
    return load_dataset("parquet", data_files=path, split="train", cache_dir=cache).select_columns(COLUMNS)


def save_adapter(trainer: Trainer, folder: Path) -> None:
    """The adapter's folder, whole or not at all."""
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    trainer.model.save_pretrained(temporary)
    (temporary / "README.md").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
