"""Print how much memory a training needs, by model, mode, length of the sequences and micro batch: an estimate.

    python scripts/utilities/estimate_memory.py
    python scripts/utilities/estimate_memory.py --models Llama-3.1-8B --modes 8 4 --lengths 2048 --batches 1 4 16
    python scripts/utilities/estimate_memory.py --models results/models/mine --settings config/llama8b.yaml

The table is in GiB: of a GPU what is always there, then all of it by tokens of a sequence × sequences at once.
A model is a folder with config.json, or a name of resources/model_shapes.tsv; without --models, all of that table. The
settings are those of `run_defaults` with what --settings has there. ferrule.training.memory says what is counted and how.
It needs the training packages (`make train`), no GPU and no weights.
"""

from __future__ import annotations

import argparse
import copy
import os
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from ferrule.core.command_line import parser_of
from ferrule.core.markdown import table
from ferrule.core.yaml_files import read_yaml
from ferrule.workflow.runs import over

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

os.environ.setdefault("HF_HUB_OFFLINE", "1")
ROOT = Path(__file__).parents[2]
SHAPES = "resources/model_shapes.tsv"
# By mode: its name in the table, whether there is an adapter, bits of the base.
MODES = {
    "full": ("all weights", False, 16),
    "16": ("LoRA, 16 bits", True, 16),
    "8": ("8 bits", True, 8),
    "4": ("4 bits", True, 4),
}


def main() -> None:
    arguments = parse_arguments()
    from transformers.utils.logging import set_verbosity_error

    from ferrule.training.memory import estimate  # it loads torch, which --help does without

    warnings.filterwarnings("ignore", message=".*gradient_checkpointing")
    set_verbosity_error()
    settings = settings_of(arguments.settings)
    sizes = [(length, batch) for length in arguments.lengths for batch in arguments.batches]
    rows = []
    for name, config in models_of(arguments.models).items():
        for mode in arguments.modes:
            found = [estimate(config, changed(settings, mode, *size)) for size in sizes]
            first = found[0]
            always = [first.gpu - first.passing, first.main]
            cells = [in_gib(number) for number in (always[0], *(each.gpu for each in found), always[1])]
            rows.append([name, weights(config), MODES[mode][0], *cells])
    by_size = [f"{length:,} × {batch}" for length, batch in sizes]
    print(table(["model", "weights, 10⁹", "mode", "always", *by_size, "main memory"], rows))


def in_gib(number: int) -> str:
    return f"{number / 2**30:.1f}"


def settings_of(file: Path | None) -> dict:
    settings = read_yaml(ROOT / "config/config.yaml")["run_defaults"]
    if file is None:
        return settings
    try:
        given = read_yaml(file) or {}
        return over(settings, given.get("run_defaults", {}))
    except (OSError, yaml.YAMLError, AttributeError) as error:
        sys.exit(f"{file}: not a configuration that can be read ({str(error).splitlines()[0]})")


def models_of(names: list[str]) -> dict[str, PreTrainedConfig]:
    from transformers import AutoConfig

    from ferrule.training.memory import shapes

    known = shapes(ROOT / SHAPES)
    found = {}
    for name in names or known:
        folder = Path(name)
        if (folder / "config.json").is_file():
            found[folder.name] = AutoConfig.from_pretrained(folder)
        elif name in known:
            found[name] = known[name]
        else:
            sys.exit(f"{name} is no folder, and not in {SHAPES}, which has {', '.join(known)}")
    return found


def changed(settings: dict, mode: str, length: int, batch: int) -> dict:
    _, adapter, bits = MODES[mode]
    settings = copy.deepcopy(settings)
    if not adapter:
        settings["lora"] = None
    settings["quantization"]["bits"] = bits
    settings["sequence"]["length"] = length
    settings["train"]["micro_batch_size"] = batch
    return settings


def weights(config: PreTrainedConfig) -> str:
    """In billions."""
    from ferrule.training.memory import number_of_weights

    count = number_of_weights(config) / 1e9
    return f"{count:.1f}" if count >= 0.05 else f"{count:.4f}"


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--models", nargs="*", default=[], help="folders, or names of the table of shapes")
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=list(MODES))
    parser.add_argument("--lengths", nargs="+", type=int, default=[2048, 4096], help="tokens of a sequence")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8], help="sequences at once on one GPU")
    parser.add_argument("--settings", type=Path, help="a configuration whose `run_defaults` differ, YAML")
    return parser.parse_args()


if __name__ == "__main__":
    main()
