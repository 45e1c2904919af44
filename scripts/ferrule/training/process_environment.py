"""The environment of a process that trains, to be set before torch is loaded."""

from __future__ import annotations

import os


def prepare() -> None:
    """Use no network, one GPU unless `accelerate launch` gave this process its own, and memory in segments that grow.

    What is set already stays.
    """
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("PYTORCH_ALLOC_CONF", "expandable_segments:True")
    if "LOCAL_RANK" not in os.environ:
        # With several GPUs in sight transformers would share out each batch among them, which is slow and does not
        # work in 4 bits; `accelerate launch` gives each GPU a process of its own.
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").partition(",")[0]
