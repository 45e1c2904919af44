"""Every key of a run has an effect: one test walks the model of a run, and asks of each key what another value changes.

Looked at is what the step makes of it that reads the key: chosen rows, packed sequences, the adapter, the trainer's own
settings, the merged model, the commands of the rules. What the larger ones do to a whole run is in test_training.py.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from steps import config

from ferrule.core.files import read_json, read_rows, write_jsonl
from ferrule.core.yaml_files import read_yaml
from ferrule.workflow.configuration.models import Configuration
from ferrule.workflow.configuration.shapes import leaves, type_at
from ferrule.workflow.configuration.training import Run
from ferrule.workflow.monitoring import phase
from ferrule.workflow.run_inputs import RunInputs

pytestmark = pytest.mark.train

ROOT = Path(__file__).parents[2]


@dataclass
class Place:
    """Where a key's effect is looked at: a model, a folder with sources, and the scripts."""

    model: Path
    folder: Path
    call: Callable
    adapter: Path  # of one step
    packed: dict[str, Path]
    commands: Callable[[dict], str]  # of the rules, for a run `mine` with these settings


def changed(settings: dict, key: str, value) -> dict:
    other = copy.deepcopy(settings)
    *sections, name = key.split(".")
    place = other
    for section in sections:
        place = place[section]
    place[name] = value
    return other


# --- rows: which are chosen, and in which order ---

LONG = "    // one more line, so that the text is long enough to be of some use\n"


def sources() -> Iterator[tuple[str, list[dict]]]:
    """Two files, with a row for every filter."""

    def row(name: str, code: str | None = None, file: str = "src/lib.rs", **more) -> dict:
        code = (
            code
            or f"pub fn {name}(given: &[usize]) -> Option<usize> {{\n{LONG}    given.first().copied()\n}}"
        )
        return (
            {"prompt": f"Write {name}.", "gen": code, "_id": name, "_source_file": file}
            | {"_task_type": "code_generation"}
            | more
        )

    # One sign of idiomatic code, with two of poor code and with one.
    mixed = f'pub fn f(a: u8) {{\n    println!("{{a}}");\n{LONG}}}\n'
    poor = mixed + "// TODO: more\n"
    yield (
        "a.jsonl",
        [
            *(row(f"plain_{n}") for n in range(6)),
            row("poor", poor),
            row("mixed", mixed + LONG),
            row("test", file="tests/all.rs"),
            row("example", file="examples/all.rs"),
            row("bench", file="benches/all.rs"),
            row("short", "fn s() {}"),
            row("long", "pub fn long() {\n" + LONG * 20 + "}"),
            row("documented", f"/// Does what it says.\npub fn documented() {{\n{LONG}}}"),
            *(row(f"val_{n}", split="val") for n in range(3)),
        ],
    )
    yield "b.jsonl", [row(f"other_{n}", _task_type="explanations") for n in range(6)]


def choose(settings: dict, place: Place) -> Path:
    """The folder with the rows of a run that has these settings."""
    out = place.folder / "chosen"
    names = ("train.parquet", "val.parquet", "telemetry.json", "telemetry.tsv")
    options = ("--train-out", "--val-out", "--telemetry", "--telemetry-table")
    outputs = [part for pair in zip(options, (out / name for name in names), strict=True) for part in pair]
    outputs += ["--prompts", ROOT / "resources/prompts.yaml"]
    own = settings["filters"]["patterns"]
    outputs += ["--patterns", ROOT / "resources/code_patterns.yaml", *([own] if own else [])]
    done = place.call("choose_rows", *config(run=settings), *outputs)
    assert done.code == 0, done.output
    return out


def ids(settings, place):
    return [row["_id"] for row in read_rows(choose(settings, place) / "train.parquet")]


def has(name: str):
    return lambda settings, place: name in ids(settings, place)


def from_sources(settings, place):
    return [row["_source"] for row in read_rows(choose(settings, place) / "train.parquet")]


def val_rows(settings, place):
    return len(read_rows(choose(settings, place) / "val.parquet"))


def share_of_b(settings, place):
    """Rows of the second source among the first eight, where sources are weighted."""
    rows = from_sources(settings | {"interleave": "weighted"}, place)
    return rows[:8].count("local:b.jsonl")


def ratio(settings, place):
    return has("mixed")(changed(settings, "filters.prefer_idiomatic", True), place)


def without_signs(settings, place):
    """Idiomatic rows; a file of the user's says that a line which all of them have is poor."""
    words = LONG.strip().removeprefix("// ")
    (place.folder / "mine.yaml").write_text(f"low_quality: {{long: {{text: '{words}', weight: 9}}}}")
    rows = read_rows(choose(settings, place) / "train.parquet")
    return sum(row["_idiomatic"] for row in rows if LONG in row["gen"])


def streamed(settings, place):
    """A hub is not at hand: whether a source of it would be streamed."""
    from ferrule.training.sources import Files, open_sources

    settings = settings | {"sources": ["hub:owner/name@main"]}
    return open_sources(settings, Files(), "Write.")[0].streamed


# --- packing ---


def packing(settings, place):
    rows = choose(settings, place) / "train.parquet"
    done = place.call(
        "pack_rows",
        "--rows",
        rows,
        "--model",
        place.model,
        *config(run=settings),
        "--out",
        place.folder / "packed.parquet",
        "--record",
        place.folder / "packed.json",
    )
    assert done.code == 0, done.output
    return read_json(place.folder / "packed.json")


def left_out(reason: str):
    return lambda settings, place: packing(settings, place)["left_out"].get(reason, 0) > 0


def longest_sequence(settings, place):
    return packing(settings, place)["length"]


def samples_in_a_sequence(settings, place):
    record = packing(settings, place)
    return record["samples"] > record["sequences"]


# --- adapter and base ---


def adapter(settings, place):
    from ferrule.training.adapters import fresh_adapter
    from ferrule.training.models import attention_of, load_model

    attention = attention_of(settings["train"]["attention"], cuda=False)
    loaded = load_model(place.model, quantization=settings["quantization"], attention=attention, device="cpu")
    return fresh_adapter(loaded, settings, base=place.model)


def layer(settings, place):
    return adapter(settings, place).base_model.model.model.layers[0].self_attn.q_proj


def rank(settings, place):
    return layer(settings, place).lora_A["default"].weight.shape[0]


def scale(settings, place):
    return layer(settings, place).scaling["default"]


def dropout(settings, place):
    return layer(settings, place).lora_dropout["default"].p


def targets(settings, place):
    names = (name for name, _ in adapter(settings, place).named_parameters() if ".lora_A." in name)
    return sorted({name.split(".lora_A.")[0].rpartition(".")[2] for name in names})


def first_weights(settings, place):
    return layer(settings, place).lora_A["default"].weight.sum().item()


def stored(settings, place):
    return str(layer(settings, place).base_layer.weight.dtype)


def quantized(name: str):
    """A property of the base's weights in 4 bits."""

    def value(settings, place):
        base = layer(changed(settings, "quantization.bits", 4), place).base_layer
        return {
            "type": base.weight.quant_state.quant_type,
            "double": base.weight.quant_state.nested,
            "compute_dtype": str(base.compute_dtype).removeprefix("torch."),
        }[name]

    return value


def attention(settings, place):
    return adapter(settings, place).config._attn_implementation


# --- the trainer ---


def argument(name: str):
    """A setting that is one of the trainer's own."""

    def value(settings, place):
        from ferrule.training.native_types import training_settings
        from ferrule.training.trainer import trl_settings

        chosen = training_settings(settings, "cpu")
        return getattr(trl_settings(chosen, output=place.folder / "none", has_eval=True, cuda=False), name)

    return value


def of_workers(name: str):
    """An argument of the trainer that counts where processes read the rows."""
    return lambda settings, place: argument(name)(changed(settings, "train.loader_workers", 2), place)


def mixed(settings, place):
    """As on a processor that has bfloat16, where `auto` is mixed precision."""
    from ferrule.training import native_types

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_types, "is_native", lambda dtype, device: True)
        return argument("bf16")(settings, place)


def pinned(settings, place):
    """Only with a GPU is memory locked; what a script of a GPU would ask for."""
    from ferrule.training.trainer import trl_settings

    settings = changed(changed(settings, "train.tf32", False), "train.bf16", False)
    return trl_settings(
        settings, output=place.folder / "none", has_eval=True, cuda=True
    ).dataloader_pin_memory


def seeds(settings, place):
    """Of dropout, and by way of its first weights the adapter's."""
    return argument("seed")(settings, place), first_weights(settings, place)


def tf32(settings, place):
    """Only on a GPU is it an argument of the trainer; what a script of a GPU would ask for."""
    import torch

    from ferrule.training.adapter_training import allow_tf32

    allow_tf32(settings)
    return torch.backends.cuda.matmul.allow_tf32


def kept(settings, place):
    from ferrule.training import adapter_training as script

    return script.watch_of(settings).keep


# --- the merged model, and the commands of the rules ---


def merged_dtype(settings, place):
    out = place.folder / "merged"
    done = place.call(
        "merge_adapter",
        "--model",
        place.model,
        "--adapter",
        place.adapter,
        "--rows",
        place.packed["val"],
        "--fallback-rows",
        place.packed["train"],
        *config(run=settings),
        "--out",
        out,
        "--record",
        place.folder / "merge.json",
    )
    assert done.code == 0, done.output
    return read_json(out / "config.json")["dtype"]


def command(piece: str):
    return lambda settings, place: piece in place.commands(settings)


def monitored(look: Callable[[RunInputs], object]):
    """What the rules ask about a run that is monitored every second step."""

    def value(settings, place):
        config = {
            "models": {},
            "experts": {},
            "sampling": {"samples": 5},
            "evaluate": {"benchmarks": ["own"]},
        }
        return look(RunInputs(config, {"mine": changed(settings, "monitor.every", 2)}))

    return value


# --- rewards ---


def rewards(name: str):
    """An argument of TRL's trainer for GRPO."""

    def value(settings, place):
        from ferrule.rewards.grpo_training import trl_settings
        from ferrule.training.native_types import training_settings

        chosen = training_settings(settings, "cpu")
        # A group is as large as a step at least.
        chosen = changed(chosen, "train.gradient_accumulation", settings["grpo"]["generations"])
        return getattr(trl_settings(chosen, output=place.folder / "none", cuda=False), name)

    return value


def scored(**of_result):
    """The reward of a result that does not pass."""

    def value(settings, place):
        from ferrule.core.reasons import AnswerStatus
        from ferrule.grading.crate_grader import Result
        from ferrule.rewards.grpo_training import score_of

        return score_of(Result("id", AnswerStatus.FAILED, **of_result), settings["grpo"])

    return value


def asked(settings, place):
    """The tasks that are asked, of three: a strong one, one of another kind, and one with a long body."""
    from ferrule.core.files import write_rows
    from ferrule.rewards.grpo_training import prompts_of
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_tokenizer
    from ferrule.training.run_tables import CHOSEN

    tasks = {
        "strong": dict(kind="docs", strength="strong", lines=2),
        "other": dict(kind="rewrite", strength="weak", lines=2),
        "long": dict(kind="docs", strength="weak", lines=40),
        "heldout": dict(kind="docs", strength="strong", lines=2, split="heldout"),
    }
    tasks = {name: dict(id=name, split="train") | task for name, task in tasks.items()}
    rows = [
        dict(prompt=name, gen="", _id=name, _source="", _task_type="", _documented=False, _idiomatic=False)
        for name in tasks
    ]
    write_rows(place.folder / "rows.parquet", rows, CHOSEN)
    chat = Chat(load_tokenizer(place.model), end_ids(place.model))
    settings = settings | {"sequence": settings["sequence"] | {"length": 600}}
    return [row["task_id"] for row in prompts_of(str(place.folder / "rows.parquet"), tasks, settings, chat)]


def of_the_script(name: str):
    """A setting that the training hands on as it is; test_grpo.py looks at what it does."""

    def value(settings, place):
        commands = place.commands(changed(settings, "kind", "grpo"))
        (command,) = (line for line in commands.splitlines() if "scripts/train/train_grpo.py" in line)
        return float(re.search(rf'"{name}": *([0-9.]+)', command)[1])

    return value


CHECKPOINT = "mine~checkpoint-4"

# By key: another value, what is looked at, and what is to be seen of the other value (None: anything else).
EFFECTS = {
    "kind": ("grpo", command("train_grpo.py --model results/models/"), True),
    "base": ("other", command("train_adapter.py --model results/models/other "), True),
    "continue_from": ("earlier", command("--continue-from results/train/earlier/adapter"), True),
    "load_from": ("earlier", command("--continue-from results/train/earlier/adapter"), True),
    "sources": (["local:b.jsonl"], lambda *given: set(from_sources(*given)), {"local:b.jsonl"}),
    "streaming": (True, streamed, True),
    "interleave": (
        "sequential",  # without weights, the default takes turns as round_robin does
        lambda *given: from_sources(*given)[:4],
        ["local:a.jsonl"] * 4,
    ),
    "source_weights": ({"local:b.jsonl": 3.0}, share_of_b, 6),
    "task_weights": (
        {"explanations": 2},
        lambda *given: sum(name.startswith("other") for name in ids(*given)),
        12,
    ),
    "max_rows": (3, lambda *given: len(ids(*given)), 3),
    "max_val_rows": (1, val_rows, 1),
    "shuffle_seed": (5, ids, None),
    "filters.min_chars": (0, has("short"), True),
    "filters.max_chars": (1000, has("long"), False),
    "filters.min_tokens": (145, left_out("too_few_tokens"), True),
    "filters.max_tokens": (150, left_out("too_many_tokens"), True),
    "filters.exclude_tests": (False, has("test"), True),
    "filters.exclude_examples": (True, has("example"), False),
    "filters.exclude_benches": (False, has("bench"), True),
    "filters.prefer_idiomatic": (True, has("poor"), False),
    "filters.prefer_documented": (True, ids, ["documented"]),
    "filters.idiomatic_ratio": (1.0, ratio, True),
    "filters.patterns": ("mine.yaml", without_signs, 0),
    "sequence.length": (2048, longest_sequence, 2048),
    "sequence.packing": (False, samples_in_a_sequence, False),
    "lora.r": (4, rank, 4),
    "lora.alpha": (32, scale, 4.0),
    "lora.dropout": (0.5, dropout, 0.5),
    "lora.target_modules": (["q_proj", "up_proj"], targets, ["q_proj", "up_proj"]),
    "quantization.bits": (4, stored, "torch.uint8"),
    "quantization.type": ("fp4", quantized("type"), "fp4"),
    "quantization.double": (False, quantized("double"), False),
    "quantization.compute_dtype": ("float16", quantized("compute_dtype"), "float16"),
    "train.devices": (4, command("accelerate launch --num_processes 4 "), True),
    "train.micro_batch_size": (3, argument("per_device_train_batch_size"), 3),
    "train.gradient_accumulation": (5, argument("gradient_accumulation_steps"), 5),
    "train.learning_rate": (0.5, argument("learning_rate"), 0.5),
    "train.weight_decay": (0.1, argument("weight_decay"), 0.1),
    "train.steps": (77, argument("max_steps"), 77),
    "train.warmup_steps": (5, argument("warmup_steps"), 5),
    "train.scheduler": ("linear", argument("lr_scheduler_type"), "linear"),
    "train.optimizer": ("sgd", argument("optim"), "sgd"),
    "train.max_grad_norm": (0.25, argument("max_grad_norm"), 0.25),
    "train.gradient_checkpointing": (True, argument("gradient_checkpointing"), True),
    "train.bf16": (False, mixed, False),
    "train.tf32": (False, tf32, False),
    "train.attention": ("eager", attention, "eager"),
    "train.logging_steps": (3, argument("logging_steps"), 3),
    "train.save_steps": (5, argument("save_steps"), 5),
    "train.keep_checkpoints": (1, kept, 1),
    "train.eval_steps": (3, argument("eval_steps"), 3),
    "train.loader_workers": (1, argument("dataloader_num_workers"), 1),
    "train.loader_prefetch": (9, of_workers("dataloader_prefetch_factor"), 9),
    "train.loader_persistent": (False, of_workers("dataloader_persistent_workers"), False),
    "train.loader_pin_memory": (False, pinned, False),
    "train.seed": (8, seeds, None),
    "train.log_to": ("tensorboard", argument("report_to"), ["tensorboard"]),
    "grpo.kinds": (["docs"], asked, ["strong", "long"]),
    "grpo.strong": (True, asked, ["strong"]),
    "grpo.max_lines": (9, asked, ["strong", "other"]),
    "grpo.generations": (4, rewards("num_generations"), 4),
    "grpo.max_completion": (590, asked, []),
    "grpo.temperature": (0.5, rewards("temperature"), 0.5),
    "grpo.beta": (0.1, rewards("beta"), 0.1),
    "grpo.compiles": (0.25, scored(compiles=True), 0.25),
    "grpo.tests": (0.5, scored(tests_passed=1, tests_total=2), 0.25),
    "grpo.retries": (7, of_the_script("retries"), 7),
    "grpo.vllm": (True, rewards("use_vllm"), True),
    "grpo.workers": (3, of_the_script("workers"), 3),
    "grpo.limit_seconds": (77, of_the_script("limit_seconds"), 77),
    "merge.dtype": ("float32", merged_dtype, "float32"),
    "monitor.every": (2, command("--monitor-every 2 "), True),
    "monitor.benchmark": (
        "other",
        monitored(lambda inputs: inputs.monitored_metrics("mine")[4]),
        "results/evaluate/other/mine~checkpoint-4/metrics.json",
    ),
    "monitor.problems": (9, monitored(lambda inputs: inputs.subset(CHECKPOINT)["sample_n"]), 9),
    "monitor.seed": (1, monitored(lambda inputs: inputs.subset(CHECKPOINT)["sample_seed"]), 1),
    "monitor.samples": (3, monitored(lambda inputs: inputs.sampling(CHECKPOINT)["samples"]), 3),
    "monitor.phase": ("phase_2", lambda settings, place: phase(settings), "phase_2"),
    "upload.repository": ("me/mine", command('"repository": "me/mine"'), True),
    "upload.what": ("adapter", command("upload_model.py --folder results/train/mine/adapter"), True),
    "upload.private": (False, command('"private": false'), True),
}


def test_every_key_of_a_run_is_here():
    assert type_at(Configuration, ("runs", "one")) is type_at(Configuration, ("run_defaults",)) is Run
    assert list(EFFECTS) == list(leaves(Run))


@pytest.mark.parametrize("key", list(EFFECTS))
def test_every_key_has_an_effect(settings, place, key):
    value, look, expected = EFFECTS[key]
    other = changed(settings, key, value)
    assert other != settings
    before, after = look(settings, place), look(other, place)
    assert before != after
    assert expected is None or after == expected


@pytest.fixture
def settings(settings) -> dict:
    """Those of the other tests, on two sources; a run `mine` of the base `one`."""
    return settings | {
        "base": "one",
        "sources": ["local:a.jsonl", "local:b.jsonl"],
        "shuffle_seed": 0,
        "sequence": {"length": 1600, "packing": True},
    }


@pytest.fixture
def place(monkeypatch, call, tiny_model, packed, folder, adapter_of_one_step, commands) -> Place:
    monkeypatch.chdir(folder)
    return Place(tiny_model, folder, call, adapter_of_one_step, packed, commands)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name, rows in sources():
        write_jsonl(folder / name, rows)
    return folder


@pytest.fixture(scope="module")
def adapter_of_one_step(tmp_path_factory, tiny_model) -> Path:
    """An adapter as training leaves it; what it has learnt is of no matter here."""
    from ferrule.training.adapters import fresh_adapter
    from ferrule.training.models import load_model

    defaults = read_yaml(ROOT / "config/config.yaml")["run_defaults"]
    model = fresh_adapter(
        load_model(tiny_model, device="cpu"),
        changed(defaults, "quantization.bits", 16),
        base=tiny_model,
    )
    folder = tmp_path_factory.mktemp("adapter") / "adapter"
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def commands(tmp_path_factory, workflow_in) -> Callable[[dict], str]:
    """What the rules would run for a run with these settings; each asked for once."""
    workflow = workflow_in(tmp_path_factory.mktemp("commands") / "workflow")
    known: dict[str, str] = {}

    def told(settings: dict) -> str:
        name = json.dumps(settings, sort_keys=True)
        if name not in known:
            if settings["continue_from"] or settings["load_from"]:
                settings = settings | {"base": None}
            if settings["kind"] == "grpo":  # its source is given, and a step has two answers
                settings = changed(settings, "grpo.generations", 2)
                del settings["sources"]
            model = {"path": "somewhere", "license": "MIT"}
            config = {
                "models": {"one": model, "other": model},
                "runs": {"earlier": {"base": "one", "lora": settings["lora"]}, "mine": settings},
            }
            for source in ("a.jsonl", "b.jsonl"):
                (workflow.path / source).touch()
            (workflow.path / "somewhere").mkdir(exist_ok=True)
            run = workflow.run("results/train/mine/uploaded.json", config=config, args=["-n", "-p"])
            assert run.returncode == 0, run.output
            known[name] = run.stdout
        return known[name]

    return told
