"""Training all weights of a model on packed sequences, and writing the model: no adapter, no quantised base.

The weights are trained in 32 bits, for the same reason as an adapter's: in 16 bits most updates are smaller than the
last bit. They are written like merged ones, stochastically rounded to `merge.dtype`, and the written model must have
the loss of the trained one.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ferrule.core.files import sha256_file, write_json
from ferrule.training import adapter_training
from ferrule.training.adapter_merging import measured_rows
from ferrule.training.losses import mean_loss
from ferrule.training.models import load_model, load_tokenizer, save_tokenizer
from ferrule.training.run_records import MergeRecord
from ferrule.training.stochastic_rounding import round_model
from ferrule.training.trainer import Trainer

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def run(arguments: argparse.Namespace) -> None:
    """The body of the script `train_model`. It exits with a message for errors that a user can correct."""
    base_loss: list[float] = []

    def prepare(arguments: argparse.Namespace, settings: dict, attention: str) -> PreTrainedModel:
        model = load_model(arguments.model, dtype=torch.float32)
        base_loss.append(mean_loss(model, measured_rows(arguments.val, arguments.train)))
        model.set_attn_implementation(attention)
        return model

    def save(trainer: Trainer, arguments: argparse.Namespace) -> None:
        write_model(trainer, arguments, base_loss[0])

    adapter_training.run(arguments, prepare, save)


def write_model(trainer: Trainer, arguments: argparse.Namespace, base_loss: float) -> None:
    """Write the folder of the model and its record; exit with a message if rounding changed its loss too much."""
    folder = Path(arguments.out)
    temporary = folder.with_name(f".{folder.name}.tmp")
    dtype = arguments.config["run"]["merge"]["dtype"]
    rows = measured_rows(arguments.val, arguments.train)
    # The state of the optimizer is as large as the weights, and no step follows.
    trainer.optimizer = trainer.lr_scheduler = None
    trainer.accelerator.free_memory()
    # Without the wrapper that computes in bfloat16: the loss must be that of the weights.
    model = trainer.accelerator.unwrap_model(trainer.trained_model, keep_fp32_wrapper=False).eval()
    model.set_attn_implementation("sdpa")  # that of a kernel for 16 bits cannot measure a model in 32
    trained = mean_loss(model, rows)
    round_model(model, getattr(torch, dtype))
    model.config.use_cache = True
    shutil.rmtree(temporary, ignore_errors=True)
    model.save_pretrained(temporary)
    save_tokenizer(load_tokenizer(arguments.model), temporary)
    written = mean_loss(load_model(temporary, dtype=torch.float32), rows)
    if not abs(written - trained) <= arguments.most:  # NaN fails as well
        shutil.rmtree(temporary)
        sys.exit(
            f"the written model's loss is {written:.5f}, that of the trained one {trained:.5f}: they differ by more than"
            f" {arguments.most}, so nothing was written; merge.dtype: float32 keeps the weights exactly"
        )
    record: MergeRecord = {
        "loss": {"base": base_loss, "trained": trained, "merged": written},
        "difference": abs(written - trained),
        "most": arguments.most,
        "sequences": len(rows),
        "dtype": dtype,
        "base": name_of(arguments.model),
        "rank": None,
        "adapter": None,
        "files": {path.name: sha256_file(path) for path in sorted(temporary.iterdir())},
    }
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    write_json(arguments.record, record)


def name_of(model: str) -> str:
    """The name of a base model, or of the run whose model it is."""
    path = Path(model)
    return path.parent.name if path.name == "merged" else path.name
