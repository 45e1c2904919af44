"""Ask a model for answers to a problem set; a killed run resumes from its last sample.

    python scripts/compare/generate_samples.py --problems results/problems/own/problems.jsonl \\
        --model results/models/smollm2-135m --adapter results/train/tiny/adapter \\
        --config config/config.yaml --journal samples.journal --out samples.jsonl
    python scripts/compare/generate_samples.py --prompts resources/quality_prompts.yaml \\
        --model results/models/smollm2-135m --config config/config.yaml --journal samples.journal --out samples.jsonl

A row per sample: task_id, sample, completion, prompt (the user's turn), finish_reason (stop, or length where the
answer was cut at max_new_tokens; nothing is repaired), prompt_tokens, tokens, seed, dtype (of the weights; null if a
server has them). Settings are the configuration's section `sampling`, and of section `evaluate` sample_n and
sample_seed: which problems are asked. With engine server, --model is the name that the server knows. docs/sampling.md
has the rest.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import orjson

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.errors import ConfigError
from ferrule.core.files import write_jsonl
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.evaluation.problems.programs import read_programs
from ferrule.evaluation.problems.subset import subset_of
from ferrule.sampling.model_folders import adapter_folder, folder_hash, model_folder
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, Engine, SamplingError, asks_of
from ferrule.sampling.sample_journal import Journal
from ferrule.training import checkpoints
from ferrule.training.model_references import ADAPTER_FILES


def main() -> None:
    arguments = parse_arguments()
    arguments.settings = {"batch": arguments.batch} | arguments.config["sampling"]
    try:
        asks = asks_of(problems_of(arguments), arguments.settings)
        rows = sample(asks, arguments)
    except (SamplingError, ConfigError) as error:
        sys.exit(f"sample: {error}")
    write_jsonl(arguments.out, rows)
    Path(arguments.journal).unlink(missing_ok=True)
    cut = sum(row["finish_reason"] == "length" for row in rows)
    print(f"{len(rows)} samples, {cut} of them cut off at {arguments.settings['max_new_tokens']} tokens")


def problems_of(arguments: argparse.Namespace) -> Iterable[Problem]:
    """The problems that are asked: all, or the subset that `evaluate.sample_n` takes."""
    try:
        if arguments.prompts:
            problems = {problem.id: problem for problem in read_programs(arguments.prompts)}
        else:
            problems = read_problems(arguments.problems)
    except (OSError, ValueError) as error:
        raise SamplingError(str(error)) from None
    try:
        return subset_of(problems, arguments.config["evaluate"])[0].values()
    except ValueError as error:
        raise SamplingError(f"{arguments.prompts or arguments.problems}: {error}") from None


def sample(asks: list[Ask], arguments: argparse.Namespace) -> list[dict]:
    """The rows of all asks, in their order."""
    model, adapter = arguments.model, None
    if arguments.settings["engine"] != "server":
        model = model_folder(model)
        adapter = kept_adapter(arguments.adapter) if arguments.adapter else None
    elif arguments.adapter:
        raise SamplingError(
            "--adapter: a server loads adapters itself; give the name it has there with --model"
        )
    with Journal(arguments.journal, identity(asks, model, adapter, arguments.settings)) as journal:
        pace = Pace(len(asks), known=len(journal.rows))
        if len(journal.rows) < len(asks):
            engine = engine_of(model, adapter, arguments)
            for ask, given in engine.answers(asks, set(journal.rows), pace):
                journal.add(row(ask, given, engine.dtype))
                pace.sample()
        pace.print_line()
        return [journal.rows[ask.key] for ask in asks]


def kept_adapter(path: str) -> Path:
    """The folder of an adapter. For a step that a run did not keep, the message says what to do."""
    folder = Path(path)
    if folder.parent.name == checkpoints.MONITORED and not folder.is_dir():
        run = folder.parent.parent
        raise SamplingError(
            f"{path} is missing: the run was trained before this step was monitored; remove {run}/adapter and"
            f" {run}/checkpoints to train it again, or set monitor.every back"
        )
    return adapter_folder(path)


def engine_of(model, adapter: Path | None, arguments: argparse.Namespace) -> Engine:
    """The engine; each is imported only where it is asked for."""
    settings = arguments.settings
    if settings["engine"] == "server":
        from ferrule.sampling.server_engine import Server

        return Server(model, settings)
    if settings["engine"] == "vllm":
        from ferrule.sampling.vllm_engine import Vllm

        return Vllm(model, adapter, settings)
    import torch
    from transformers.utils import logging

    from ferrule.sampling.transformers_engine import Local

    logging.disable_progress_bar()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    return Local(model, adapter, settings)


def identity(asks: list[Ask], model: Path | str, adapter: Path | None, settings: dict) -> str:
    """A hash of all that a sample depends on. How many are asked for at once, and where a server
    listens, is not among that: a run goes on with a smaller batch, or after its server came back elsewhere."""
    what = {
        "model": folder_hash(model) if isinstance(model, Path) else model,
        "adapter": folder_hash(adapter, ADAPTER_FILES) if adapter else None,
        "settings": {name: value for name, value in settings.items() if name not in ("batch", "server")},
        "asks": [[ask.task_id, ask.sample, ask.message] for ask in asks],
    }
    return hashlib.sha256(orjson.dumps(what, option=orjson.OPT_SORT_KEYS)).hexdigest()


def row(ask: Ask, given, dtype: str | None) -> dict:
    return {
        "task_id": ask.task_id,
        "sample": ask.sample,
        "completion": given.completion,
        "prompt": ask.message,
        "finish_reason": given.finish_reason,
        "prompt_tokens": given.prompt_tokens,
        "tokens": given.tokens,
        "seed": ask.seed,
        "dtype": dtype,
    }


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--problems", help="a problem set, problems.jsonl")
    asked.add_argument("--prompts", help="prompts that ask for whole programs, YAML")
    parser.add_argument("--model", required=True, help="a model's folder, or the name a server knows it by")
    parser.add_argument("--adapter", help="an adapter's folder, or the checkpoints of its training")
    add_config(parser, "sampling", "evaluate")
    parser.add_argument(
        "--batch", type=int, default=16, help="answers at once, where the settings do not say"
    )
    parser.add_argument("--threads", type=int, default=0, help="of torch; by default what it thinks best")
    parser.add_argument(
        "--journal", required=True, help="samples as they are finished, for a run after a kill"
    )
    parser.add_argument("--out", required=True, help="samples.jsonl")
    return parser.parse_args()


if __name__ == "__main__":
    main()
