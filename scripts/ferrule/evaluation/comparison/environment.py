"""The environment of a measurement: toolchain, packages, machine. Without names of hosts or users, paths and times."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "torch transformers peft bitsandbytes trl accelerate datasets tokenizers safetensors huggingface_hub vllm numpy"
    " snakemake ferrule"
).split()
RECORD = (
    "name origin license revision files sha256 source_sha256 parameters chat_template dtype base made_for lora steps"
    " rank hash benchmark problems"
).split()
DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
TIME = 30  # seconds that a tool may take to print its version


def environment() -> dict[str, Any]:
    """Everything about this machine that is recorded; a value is None if it is unknown."""
    return {
        "toolchain": {
            name: first_line(*command)
            for name, command in {
                "rustc": ("rustc", "-V"),
                "cargo": ("cargo", "-V"),
                "clippy": ("cargo", "clippy", "-V"),
                "bubblewrap": ("bwrap", "--version"),
            }.items()
        },
        "python": {
            "version": platform.python_version(),
            "packages": packages(),
            "distributions": distributions(),
        },
        "system": {
            "os": system_name(),
            "kernel": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        },
        "gpus": gpus(),
    }


def packages() -> dict[str, str | None]:
    """The versions of the packages that train and sample; None if a package is not installed."""
    versions: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def distributions() -> dict[str, str]:
    """The version of every package that is installed, sorted by name."""
    found = {each.name.lower().replace("_", "-"): each.version for each in metadata.distributions()}
    return dict(sorted(found.items()))


def gpus() -> list[dict[str, str | None]]:
    """Names, drivers and memory of the GPUs, from nvidia-smi; if it is not there, names from torch."""
    listing = output("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
    if listing is not None:
        lines = [[part.strip() for part in line.split(",")] for line in listing.splitlines()]
        return [
            dict(zip(("name", "driver", "memory"), line, strict=True)) for line in lines if len(line) == 3
        ]
    if not any(Path(device).exists() for device in DEVICES):
        return []  # without the import of torch, which takes seconds
    try:
        import torch

        names = [torch.cuda.get_device_name(at) for at in range(torch.cuda.device_count())]
    except (ImportError, OSError, RuntimeError):
        return []
    return [{"name": name, "driver": None, "memory": None} for name in names]


def system_name() -> str | None:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME")
    except OSError:
        return None


def output(*command: str) -> str | None:
    """What a command prints; None if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def first_line(*command: str) -> str | None:
    text = output(*command)
    return text.splitlines()[0].strip() if text and text.strip() else None


def record(full: dict[str, Any]) -> dict[str, Any]:
    """The part of the record of a model, a merge or a problem set that identifies it, without paths of this machine."""
    kept = {key: full[key] for key in RECORD if full.get(key) not in (None, "", {}, [])}
    for key in ("origin", "base"):
        if isinstance(kept.get(key), str):
            kept[key] = without_place(kept[key])
    return kept


def without_place(text: str) -> str:
    """An origin without its location: of a folder only the last name, and `an address` for any address."""
    if "://" in text:
        return "an address"
    if text.startswith(("pypi:", "hub:", "run:", "folder:")) or " " in text:
        return text
    return text.rstrip("/").rpartition("/")[2]
