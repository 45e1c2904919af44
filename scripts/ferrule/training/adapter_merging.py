"""Merging an adapter into its base model, and checking the merged model by its loss."""

from __future__ import annotations

import argparse
import gc
import shutil
import sys
from pathlib import Path

import torch
from peft import PeftModel

from ferrule.core.files import parquet_file, sha256_file, write_json
from ferrule.training.adapters import AdapterError, check_fits, check_name, lora_of
from ferrule.training.full_disk import is_disk_full
from ferrule.training.losses import mean_loss
from ferrule.training.model_references import WEIGHTS, find
from ferrule.training.models import ModelError, load_model, load_tokenizer, save_tokenizer
from ferrule.training.run_records import MergeRecord
from ferrule.training.run_tables import PackedRow
from ferrule.training.stochastic_rounding import round_model

SEQUENCES = 8  # for measuring the losses


def run(arguments: argparse.Namespace, rows: list[PackedRow] | None = None) -> None:
    """The body of the scripts that merge. It exits with a message for errors that a user can correct.

    The losses are measured on `rows`, by default on the packed sequences that the arguments name.
    """
    folder = Path(arguments.out)
    temporary = folder.with_name(f".{folder.name}.tmp")
    try:
        record = merge(arguments, temporary, rows)
    except (AdapterError, ModelError) as error:
        sys.exit(str(error))
    except Exception as error:
        if not is_disk_full(error, folder.parent):
            raise
        shutil.rmtree(temporary, ignore_errors=True)
        sys.exit(f"{folder}: the disk is full; free some space, then run again")
    if not record["difference"] <= arguments.most:  # NaN fails as well
        shutil.rmtree(temporary)
        loss = record["loss"]
        sys.exit(
            f"the merged model's loss is {loss['merged']:.5f}, that of base and adapter {loss['adapter']:.5f}: they differ"
            f" by more than {arguments.most}, so nothing was written; merge.dtype: float32 keeps the adapter exactly"
        )
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    write_json(arguments.record, record)


def merge(arguments: argparse.Namespace, temporary: Path, rows: list[PackedRow] | None = None) -> MergeRecord:
    """Write the merged model to the folder `temporary`, and return the content of merge.json."""
    rows = measured_rows(arguments.rows, arguments.fallback_rows) if rows is None else rows
    adapter = find(arguments.adapter, "adapter")[0]
    dtype = arguments.config["run"]["merge"]["dtype"]
    # Merge in 32 bits, which hold a 16-bit base exactly, and round once at the end: two roundings show in the loss.
    model = load_model(arguments.model, dtype=torch.float32)
    check_fits(model, adapter, arguments.model)
    check_name(adapter, arguments.model)
    base = mean_loss(model, rows)
    adapted = PeftModel.from_pretrained(model, adapter)
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
        "rank": lora_of(adapter)["r"],
        "adapter": sha256_file(adapter / WEIGHTS),
        "files": {path.name: sha256_file(path) for path in sorted(temporary.iterdir())},
    }


def measured_rows(val: str, train: str) -> list[PackedRow]:
    """The first sequences for evaluation; if there are too few, the first ones to train on as well.

    With few tokens the noise of rounding is large: with 2 sequences it comes close to the limit.
    """
    rows: list[PackedRow] = []
    for path in (val, train):
        with parquet_file(path) as file:  # read in batches: the file of a long run does not fit into memory
            for batch in file.iter_batches(SEQUENCES):
                rows += batch.to_pylist()[: SEQUENCES - len(rows)]
                if len(rows) == SEQUENCES:
                    return rows
    if not rows:
        sys.exit(f"{train}: no sequence in it; see the record of packing beside it")
    return rows
