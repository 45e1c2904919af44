"""Models of MLX on a Mac with Apple silicon: list, download, describe and remove those in the cache of the hub.

    python scripts/utilities/manage_mlx.py list
    python scripts/utilities/manage_mlx.py download mlx-community/Qwen2.5-Coder-14B-Instruct-4bit
    python scripts/utilities/manage_mlx.py info mlx-community/Qwen2.5-Coder-14B-Instruct-4bit
    python scripts/utilities/manage_mlx.py remove mlx-community/Qwen2.5-Coder-14B-Instruct-4bit

`mlx_lm.server --model NAME --port 11454` then serves a model; `qa.server` is its address. The package huggingface_hub
does the work (part of `make train`). Elsewhere than on Apple silicon, models can be managed, but not served.
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
from importlib.util import find_spec
from typing import Any

NAME = re.compile(r"[\w.-]+/[\w.-]+")
GIB = 2**30
# Memory and the largest model that is comfortable in it, as the documentation of the published pipeline has it.
ADVICE = ((8, "1B to 3B"), (16, "3B to 7B"), (24, "7B to 14B"), (32, "14B or more"))


def main() -> None:
    arguments = parse_arguments()
    if note := no_silicon(platform.system(), platform.machine()):
        print(note, file=sys.stderr)
    if find_spec("huggingface_hub") is None:
        sys.exit("huggingface_hub is not installed: `make train`, or `pip install huggingface_hub mlx-lm`")
    if arguments.command != "list" and not NAME.fullmatch(arguments.model):
        sys.exit(
            f"{arguments.model!r} is not the name of a model; expected OWNER/NAME, such as mlx-community/NAME"
        )
    if arguments.command == "list":
        list_models()
    elif arguments.command == "download":
        download(arguments.model)
    elif arguments.command == "info":
        describe(arguments.model)
    else:
        remove(arguments.model)


def no_silicon(system: str, machine: str) -> str:
    """What to say where MLX cannot compute; empty on Apple silicon."""
    if (system, machine) == ("Darwin", "arm64"):
        return ""
    return (
        f"This is {system} on {machine}, not a Mac with Apple silicon: MLX does not run here. Serve a model with llama.cpp,"
        " vLLM or Ollama instead (docs/qa.md), or run mlx_lm.server on a Mac and set qa.server to its address."
    )


def cached() -> dict[str, Any]:
    """The models in the cache of the hub, by name."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        return {each.repo_id: each for each in scan_cache_dir().repos if each.repo_type == "model"}
    except CacheNotFound:
        return {}


def found(model: str) -> Any:
    models = cached()
    if model not in models:
        sys.exit(f"{model} is not in the cache; `manage_mlx.py download {model}` brings it")
    return models[model]


def list_models() -> None:
    models = cached()
    for name in sorted(models):
        print(f"{models[name].size_on_disk / GIB:6.1f} GiB  {name}")
    print(f"{len(models)} models in the cache")


def download(model: str) -> None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        print(snapshot_download(model))
    except (HfHubHTTPError, OSError) as error:
        sys.exit(
            f"{model} cannot be downloaded ({type(error).__name__}): check the name and the network, then run again"
        )
    print(f"serve it: mlx_lm.server --model {model} --port 11454")


def describe(model: str) -> None:
    one = found(model)
    print(f"{one.repo_id}: {one.size_on_disk / GIB:.1f} GiB, {one.nb_files} files, in {one.repo_path}")
    for revision in sorted(one.revisions, key=lambda each: each.commit_hash):
        print(f"revision {revision.commit_hash}: {revision.size_on_disk / GIB:.1f} GiB")
    for memory, size in ADVICE:
        print(f"with {memory} GB of memory: models of {size} parameters")


def remove(model: str) -> None:
    from huggingface_hub import scan_cache_dir

    one = found(model)
    plan = scan_cache_dir().delete_revisions(*(revision.commit_hash for revision in one.revisions))
    plan.execute()
    print(f"{model}: removed, {plan.expected_freed_size / GIB:.1f} GiB free")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="models in the cache, with their size")
    for name, text in (
        ("download", "bring a model of the hub into the cache"),
        ("info", "size, revisions and place of a model in the cache"),
        ("remove", "delete a model from the cache"),
    ):
        commands.add_parser(name, help=text).add_argument("model", help="OWNER/NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
