"""Merge a run's adapter into its base model, freshly loaded in 16 bits, and check the merged model by its loss.

    PYTHONPATH=scripts python scripts/train/merge.py --model results/models/smollm2-135m \\
        --adapter results/train/tiny/adapter --rows results/train/tiny/packed/val.parquet \\
        --settings "$(cat settings.json)" --out results/train/tiny/merged --record results/train/tiny/merge.json

Never into the 4-bit model: after a forward pass its weights may be laid out for the processor, and merging them
gives a broken model without an error. The loss of three models is measured on the same sequences: base, base with
the adapter, merged. If merged and adapter differ by more than `--most`, nothing is written.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
from peft import PeftModel

from ferrule.tables import read_json, read_table, sha256_file, write_json
from ferrule.training.adapters import AdapterError, check_fits
from ferrule.training.losses import mean_loss
from ferrule.training.models import load_model, load_tokenizer

SEQUENCES = 8  # on which the losses are measured


def main() -> None:
    arguments = parse_arguments()
    rows = read_table(arguments.rows).slice(0, SEQUENCES).to_pylist()
    if not rows:
        rows = read_table(arguments.fallback_rows).slice(0, SEQUENCES).to_pylist()
    dtype = getattr(torch, arguments.settings["merge"]["dtype"])
    # In 32 bits, of which a 16-bit base is a part, and rounded once at the end: two roundings show in the loss.
    model = load_model(arguments.model, dtype=torch.float32)
    try:
        check_fits(model, arguments.adapter, arguments.model)
    except AdapterError as error:
        sys.exit(str(error))
    base = mean_loss(model, rows)
    adapted = PeftModel.from_pretrained(model, arguments.adapter)
    adapted.eval()
    with_adapter = mean_loss(adapted, rows)
    merged = adapted.merge_and_unload().to(dtype)
    merged.config.use_cache = True
    folder = Path(arguments.out)
    temporary = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    merged.save_pretrained(temporary)
    load_tokenizer(arguments.model).save_pretrained(temporary)
    del model, adapted, merged
    gc.collect()

    # What counts is what was written.
    after = mean_loss(load_model(temporary, dtype=torch.float32), rows)
    record = {
        "loss": {"base": base, "adapter": with_adapter, "merged": after},
        "difference": abs(after - with_adapter),
        "sequences": len(rows),
        "dtype": arguments.settings["merge"]["dtype"],
        "base": Path(arguments.model).name,
        "rank": read_json(Path(arguments.adapter) / "adapter_config.json")["r"],
        "files": {path.name: sha256_file(path) for path in sorted(temporary.iterdir())},
    }
    if record["difference"] > arguments.most:
        shutil.rmtree(temporary)
        sys.exit(
            f"the merged model's loss is {after:.4f}, with the adapter apart it is {with_adapter:.4f}: more than"
            f" {arguments.most} apart, so nothing was written; merge.dtype: float32 keeps more of small changes"
        )
    shutil.rmtree(folder, ignore_errors=True)
    temporary.rename(folder)
    write_json(arguments.record, record)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", required=True, help="the base model's folder")
    parser.add_argument("--adapter", required=True, help="the adapter's folder")
    parser.add_argument("--rows", required=True, help="packed sequences on which the losses are measured")
    parser.add_argument(
        "--fallback-rows", required=True, help="the same, for a run without rows for evaluation"
    )
    parser.add_argument("--settings", type=json.loads, required=True, help="the run's settings, as JSON")
    parser.add_argument("--most", type=float, default=0.01, help="largest difference of the losses, in nats")
    parser.add_argument("--out", required=True, help="folder to make")
    parser.add_argument("--record", required=True, help="losses and checksums, JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
