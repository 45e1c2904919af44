"""The estimate of memory against what real trainings of small models hold on a CPU."""

from __future__ import annotations

import copy
import csv
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from steps import run_here

from ferrule.core.files import read_rows
from ferrule.training import memory
from ferrule.training.memory import LiveMemory, estimate
from ferrule.training.models import load_model

pytestmark = pytest.mark.train
ROOT = Path(__file__).parents[2]
MODES = {"full": (None, 16), "16": ({}, 16), "8": ({}, 8), "4": ({}, 4)}
# Weights of the published models, from their cards.
PUBLISHED = {
    "SmolLM2-135M": 134_515_008,
    "Llama-3.2-1B": 1_235_814_400,
    "Llama-3.2-3B": 3_212_749_824,
    "Qwen2.5-Coder-7B": 7_615_616_512,
    "Llama-3.1-8B": 8_030_261_248,
    "Qwen2.5-Coder-14B": 14_770_033_664,
    "Qwen2.5-Coder-32B": 32_763_876_352,
    "Llama-3.1-70B": 70_553_706_496,
}


def of_mode(settings: dict, mode: str) -> dict:
    settings = copy.deepcopy(settings)
    lora, bits = MODES[mode]
    settings["lora"] = None if lora is None else settings["lora"]
    settings["quantization"]["bits"] = bits
    settings["train"]["bf16"] = True  # as on a GPU, whose memory is estimated
    return settings


@pytest.fixture(scope="module")
def model(tmp_path_factory, save_model, tokenizer_folder) -> Path:
    """Wide enough for tensors of an 8-bit optimizer; with more layers than the estimate looks at."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = save_model(tmp_path_factory.mktemp("memory") / "model", tokenizer_folder("chatml"), hidden=128)
    config = AutoConfig.from_pretrained(folder)
    config.num_hidden_layers = 5
    AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16).save_pretrained(folder)
    return folder


@pytest.fixture
def settings(settings) -> dict:
    settings["train"].update(steps=2, warmup_steps=0, micro_batch_size=2, save_steps=9, eval_steps=0)
    return settings


def prepared(model: Path, settings: dict):
    """The model as a run trains it."""
    from ferrule.training.adapters import fresh_adapter

    if settings["lora"] is None:
        return load_model(model, dtype=torch.float32, device="cpu")
    loaded = load_model(model, quantization=settings["quantization"], device="cpu")
    return fresh_adapter(loaded, settings, base=model)


def trainer_of(model: Path, settings: dict, packed: dict, folder: Path):
    from datasets import Dataset

    from ferrule.training.adapter_training import COLUMNS, collator_of, watch_of
    from ferrule.training.models import load_tokenizer
    from ferrule.training.trainer import Trainer, trl_settings

    rows = [{name: row[name] for name in COLUMNS} for row in read_rows(packed["train"])]
    tokenizer = load_tokenizer(model)
    return Trainer(
        model=prepared(model, settings),
        args=trl_settings(settings, output=folder, has_eval=False, cuda=False),
        train_dataset=Dataset.from_list(rows),
        data_collator=collator_of(settings, tokenizer.pad_token_id, "sdpa"),
        processing_class=tokenizer,
        watch=watch_of(settings),
    )


def held(model) -> int:
    """Bytes of all weights, with the scales of quantised ones; tied ones once."""
    total = 0
    for parameter in model.parameters():
        total += parameter.untyped_storage().nbytes()
        if (state := getattr(parameter, "quant_state", None)) is not None:
            parts = [state.absmax, state.code]
            if state.nested:
                parts += [state.offset, state.state2.absmax, state.state2.code]
            total += sum(part.numel() * part.element_size() for part in parts)
    for module in model.modules():
        if (scales := getattr(getattr(module, "state", None), "SCB", None)) is not None:
            total += scales.numel() * scales.element_size()
    return total


def pairs(seconds: Iterable, quick: set[tuple]) -> list:
    """Every mode with every second value; `make test-train` has those of `quick`."""
    every = [(mode, second) for mode in MODES for second in seconds]
    return [pytest.param(*pair, marks=[] if pair in quick else [pytest.mark.slow]) for pair in every]


OPTIMIZERS = ("adamw_torch", "paged_adamw_8bit", "sgd", "adafactor")
# Weights depend on the mode, the optimizer's state on the optimizer and on what is trained.
OPTIMIZERS_QUICK = {(mode, "adamw_torch") for mode in MODES}
OPTIMIZERS_QUICK |= {("full", each) for each in OPTIMIZERS} | {("16", "paged_adamw_8bit")}
CHECKPOINTING_QUICK = {("full", True), ("16", False), ("8", False), ("4", True)}


@pytest.mark.parametrize(("mode", "optimizer"), pairs(OPTIMIZERS, OPTIMIZERS_QUICK))
def test_what_stays_is_counted_exactly(tmp_path, model, settings, packed, mode, optimizer):
    """Weights, gradients and the optimizer's state of a real training of one step."""
    settings = of_mode(settings, mode)
    settings["train"].update(optimizer=optimizer, steps=1)
    trainer = trainer_of(model, settings, packed, tmp_path / "work")
    gradients: dict[str, int] = {}
    for name, parameter in trainer.trained_model.named_parameters():
        if parameter.requires_grad:
            parameter.register_post_accumulate_grad_hook(
                lambda each, name=name: gradients.update({name: each.grad.untyped_storage().nbytes()})
            )
    trainer.train()
    states = trainer.optimizer.state.values()
    state = sum(
        value.numel() * value.element_size()
        for each in states
        for name, value in each.items()
        if torch.is_tensor(value) and value.numel() > 1 and not name.startswith("qmap")
    )
    expected = estimate(trainer.trained_model.config, settings)
    assert held(trainer.trained_model) == expected.weights
    assert sum(gradients.values()) == expected.gradients
    assert state == expected.optimizer


@pytest.mark.parametrize(("mode", "checkpointing"), pairs((True, False), CHECKPOINTING_QUICK))
def test_the_fullest_moment_of_a_real_step(tmp_path, model, settings, packed, mode, checkpointing):
    """All that operations make at once in two real steps, the loss and the optimizer too; within a quarter."""
    settings = of_mode(settings, mode)
    settings["train"].update(gradient_checkpointing=checkpointing)
    trainer = trainer_of(model, settings, packed, tmp_path / "work")
    with LiveMemory() as live:
        trainer.train()
    expected = estimate(trainer.trained_model.config, settings)
    counted = expected.gpu - memory.FIXED - expected.weights
    assert live.peak == pytest.approx(counted, rel=0.25)


@pytest.mark.parametrize(("mode", "checkpointing"), pairs((True, False), CHECKPOINTING_QUICK))
def test_the_activations_of_real_layers(model, settings, mode, checkpointing):
    """A step through the layers alone, those of bitsandbytes too; within a fifth."""
    settings = of_mode(settings, mode)
    settings["train"].update(gradient_checkpointing=checkpointing)
    ready = prepared(model, settings).train()
    if checkpointing:
        ready.gradient_checkpointing_enable({"use_reentrant": False})
        ready.enable_input_require_grads()
    length, batch = settings["sequence"]["length"], settings["train"]["micro_batch_size"]
    ids, positions = torch.ones((batch, length), dtype=torch.long), torch.arange(length).expand(batch, length)
    for parameter in ready.parameters():
        if parameter.requires_grad:
            parameter.grad = torch.zeros_like(parameter)
    with LiveMemory() as live, torch.autocast("cpu", torch.bfloat16):
        hidden = ready.get_decoder()(input_ids=ids, position_ids=positions, use_cache=False).last_hidden_state
        held = live.bytes
    carried = live.bytes
    with live:
        hidden.backward(torch.zeros_like(hidden))
    expected = memory.activations(ready.config, settings)
    assert (held, carried, live.peak) == pytest.approx(expected, rel=0.2)


def test_a_longer_sequence_and_a_larger_batch_need_more(model, settings):
    config = load_model(model, device="cpu").config
    settings = of_mode(settings, "16")
    small = estimate(config, settings)
    longer, larger = copy.deepcopy(settings), copy.deepcopy(settings)
    longer["sequence"]["length"] *= 2
    larger["train"]["micro_batch_size"] *= 2
    for other in (longer, larger):
        assert 1.8 < estimate(config, other).activations / small.activations < 2.2


def test_the_shapes_have_the_weights_of_their_models():
    shapes = memory.shapes(ROOT / "resources/model_shapes.tsv")
    assert {name: memory.number_of_weights(config) for name, config in shapes.items()} == PUBLISHED


def test_the_script_prints_the_table_that_the_page_has():
    """One model of it, which is quick; the page names the command that printed all."""
    done = run_here("estimate_memory", "--models", "SmolLM2-135M")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    page = (ROOT / "docs/training.md").read_text()
    assert "scripts/utilities/estimate_memory.py" in page
    assert lines[0] in page and len(lines) > 4
    for line in lines[2:]:
        assert line in page, line


def test_the_script_takes_a_folder_and_settings(model, tmp_path):
    import yaml

    overlay = tmp_path / "mine.yaml"
    overlay.write_text(yaml.safe_dump({"run_defaults": {"train": {"gradient_checkpointing": False}}}))
    needed = []
    for more in ([], ["--settings", overlay]):
        sizes = ["--modes", "16", "--lengths", "4096", "--batches", "8"]
        done = run_here("estimate_memory", "--models", model, *sizes, *more)
        assert done.returncode == 0, done.stderr
        rows = list(csv.reader(done.stdout.strip().splitlines(), delimiter="|"))
        head, cells = ([cell.strip() for cell in row[1:-1]] for row in (rows[0], rows[2]))
        assert head[3:5] == ["always", "4,096 × 8"]
        assert cells[0] == model.name and cells[2] == "LoRA, 16 bits" and cells[3] == "1.0"
        needed.append(float(cells[4]))
    assert needed[1] > needed[0] + 0.5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--models", "no-such-model"], "no-such-model is no folder, and not in resources/model_shapes.tsv"),
        (["--settings", "no/where.yaml"], "no/where.yaml: not a configuration that can be read"),
    ],
)
def test_what_the_script_cannot_use_is_one_line(arguments, says):
    done = run_here("estimate_memory", *arguments)
    assert done.returncode == 1 and says in done.stderr and "Traceback" not in done.stderr
