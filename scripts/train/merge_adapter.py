"""Merge a run's adapter into its base model, freshly loaded in 16 bits, and check the merged model by its loss.

    PYTHONPATH=scripts python scripts/train/merge_adapter.py --model results/models/smollm2-135m \\
        --adapter results/train/tiny/adapter --rows results/train/tiny/packed/val.parquet \\
        --settings "$(cat settings.json)" --out results/train/tiny/merged --record results/train/tiny/merge.json

Never into the 4-bit model: after a forward pass its weights may be laid out for the processor, and merging them
gives a broken model without an error. The loss of three models is measured on the same sequences: base, base with
the adapter, merged, the last one as it was written. If merged and adapter differ by more than `--most`, nothing stays.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import pyarrow.parquet as pq
import torch
from peft import PeftModel

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, sha256_file, write_json
from ferrule.training.adapters import AdapterError, check_fits, check_name
from ferrule.training.full_disk import is_disk_full
from ferrule.training.losses import mean_loss
from ferrule.training.models import ModelError, load_model, load_tokenizer, save_tokenizer
from ferrule.training.stochastic_rounding import round_model

SEQUENCES = 8  # on which the losses are measured


def main() -> None:
    arguments = parse_arguments()
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


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--adapter", required=True, help="the adapter's folder")
    parser.add_argument("--rows", required=True, help="packed sequences on which the losses are measured")
    parser.add_argument("--fallback-rows", required=True, help="the same, where those are too few")
    parser.add_argument("--most", type=float, default=0.001, help="largest difference of the losses, in nats")
    parser.add_argument("--out", required=True, help="folder to make")
    parser.add_argument("--record", required=True, help="losses and checksums, JSON")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
