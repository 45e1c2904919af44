"""Merging an adapter into its base model, and checking the merged model by its loss."""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
from pathlib import Path

import pyarrow.parquet as pq
import torch
from peft import PeftModel

from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.training.adapters import AdapterError, check_fits, check_name
from ferrule.training.full_disk import is_disk_full
from ferrule.training.losses import mean_loss
from ferrule.training.models import ModelError, load_model, load_tokenizer, save_tokenizer
from ferrule.training.stochastic_rounding import round_model

SEQUENCES = 8  # on which the losses are measured


def run(arguments: argparse.Namespace) -> None:
    """What the script `merge_adapter` does; faults that a user can mend end it with a message."""
    folder = Path(arguments.out)
    temporary = folder.with_name(f".{folder.name}.tmp")
    try:
        record = merge(arguments, temporary)
    except (AdapterError, ModelError) as error:
        sys.exit(str(error))
    except Exception as error:
        if not is_disk_full(error, folder.parent):
            raise
        shutil.rmtree(temporary, ignore_errors=True)
        sys.exit(f"{folder}: the disk is full; free some space, then run again")
    if not record["difference"] <= arguments.most:  # also what is not a number
        shutil.rmtree(temporary)
        loss = record["loss"]
        sys.exit(
            f"the merged model's loss is {loss['merged']:.5f}, with the adapter apart it is {loss['adapter']:.5f}:"
            f" more than {arguments.most} apart, so nothing was written; merge.dtype: float32 keeps all of an adapter"
        )
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    write_json(arguments.record, record)


def merge(arguments: argparse.Namespace, temporary: Path) -> dict:
    """Write the merged model, and give back what merge.json has."""
    rows = measured_rows(arguments)
    dtype = arguments.config["run"]["merge"]["dtype"]
    # In 32 bits, of which a 16-bit base is a part, and rounded once at the end: two roundings show in the loss.
    model = load_model(arguments.model, dtype=torch.float32)
    check_fits(model, arguments.adapter, arguments.model)
    check_name(arguments.adapter, arguments.model)
    base = mean_loss(model, rows)
    adapted = PeftModel.from_pretrained(model, arguments.adapter)
    adapted.eval()
    with_adapter = mean_loss(adapted, rows)
    merged = adapted.merge_and_unload()
    round_model(merged, getattr(torch, dtype))
    merged.config.use_cache = True
    shutil.rmtree(temporary, ignore_errors=True)
    merged.save_pretrained(temporary)
    save_tokenizer(load_tokenizer(arguments.model), temporary)
    del model, adapted, merged
    gc.collect()
    after = mean_loss(load_model(temporary, dtype=torch.float32), rows)
    return {
        "loss": {"base": base, "adapter": with_adapter, "merged": after},
        "difference": abs(after - with_adapter),
        "most": arguments.most,
        "sequences": len(rows),
        "dtype": dtype,
        "base": Path(arguments.model).name,
        "rank": read_json(Path(arguments.adapter) / "adapter_config.json")["r"],
        "adapter": sha256_file(Path(arguments.adapter) / "adapter_model.safetensors"),
        "files": {path.name: sha256_file(path) for path in sorted(temporary.iterdir())},
    }


def measured_rows(arguments: argparse.Namespace) -> list[dict]:
    """The first sequences of the rows for evaluation, and of those to train on where they are too few.

    Few tokens would make much of the chance in rounding: with 2 sequences it comes near the limit.
    """
    rows: list[dict] = []
    for path in (arguments.rows, arguments.fallback_rows):
        with pq.ParquetFile(path) as file:  # of which a long run has more than memory
            for batch in file.iter_batches(SEQUENCES):
                rows += batch.to_pylist()[: SEQUENCES - len(rows)]
                if len(rows) == SEQUENCES:
                    return rows
    return rows or sys.exit(
        f"{arguments.fallback_rows}: no sequence in it; see the record of packing beside it"
    )
