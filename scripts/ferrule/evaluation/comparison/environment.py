"""What a measurement was made with: toolchain, packages, machine. No name of a host or user, no path, no clock."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "torch transformers peft bitsandbytes trl accelerate datasets tokenizers safetensors vllm numpy".split()
)
RECORD = "name origin license revision files sha256 parameters chat_template dtype base rank hash benchmark problems".split()
DEVICES = ("/dev/nvidiactl", "/dev/kfd", "/dev/dxg")
TIME = 30  # seconds that a tool may take to say its version


def environment() -> dict:
    return {
        "toolchain": {"rustc": first_line("rustc", "-V"), "cargo": first_line("cargo", "-V")},
        "python": {"version": platform.python_version(), "packages": packages()},
        "system": {
            "os": system_name(),
            "kernel": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
            "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        },
        "gpus": gpus(),
    }


def packages() -> dict[str, str | None]:
    """Versions of what trains and samples; None where a package is not there."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def gpus() -> list[dict]:
    """Names and drivers of the GPUs, from the driver's own tool, or else from torch."""
    said = output("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")
    if said is not None:
        lines = [[part.strip() for part in line.split(",")] for line in said.splitlines()]
        return [
            dict(zip(("name", "driver", "memory"), line, strict=True)) for line in lines if len(line) == 3
        ]
    if not any(Path(device).exists() for device in DEVICES):
        return []  # torch takes seconds to say the same
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
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def first_line(*command: str) -> str | None:
    said = output(*command)
    return said.splitlines()[0].strip() if said and said.strip() else None


def record(found: dict) -> dict:
    """What of a model's, a merge's or a problem set's record says which it was; places on this machine stay out."""
    kept = {key: found[key] for key in RECORD if found.get(key) not in (None, "", {}, [])}
    for key in ("origin", "base"):
        if isinstance(kept.get(key), str):
            kept[key] = without_place(kept[key])
    return kept


def without_place(text: str) -> str:
    """An origin without where it lies: of a folder only the last name, of an address nothing but that it was one."""
    if "://" in text:
        return "an address"
    if text.startswith(("pypi:", "hub:")) or " " in text:
        return text
    return text.rstrip("/").rpartition("/")[2]
