"""What the tests of training share: small tokenizers with chat templates, a small model, rows of Rust, and `call`.

`call` runs a script in a process of its own. Its processes, and those of the training jobs of a workflow, are forked
from one that has loaded the training stack, which would otherwise cost five to ten seconds each time.
"""

from __future__ import annotations

import copy
import importlib.util
import multiprocessing
import os
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from loaded_python import LoadedPython
from script_runs import Result, call_script

from ferrule.core.files import write_json
from ferrule.core.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
# `make test` leaves these tests out, and has no training packages with which they could be imported.
if importlib.util.find_spec("torch") is None:
    collect_ignore_glob = ["test_*.py"]

CHATML = """{% for message in messages %}{% if loop.first and message['role'] != 'system' %}<|im_start|>system
You write Rust.<|im_end|>
{% endif %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"""

LLAMA3 = """{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] +\
 '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}\
{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"""

# For each template: its tokens, its end-of-text, what ends a generation, and what a tokenizer puts before a text.
TEMPLATES = {
    "chatml": {
        "template": CHATML,
        "special": ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        "bos": None,
        "eos": "<|im_end|>",
        "ends": ["<|im_end|>"],
    },
    "llama3": {
        "template": LLAMA3,
        "special": [
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
        ],
        "bos": "<|begin_of_text|>",
        "eos": "<|end_of_text|>",
        "ends": ["<|end_of_text|>", "<|eot_id|>"],
    },
}

NOUNS = ["queue", "ring", "graph", "token", "clock", "naïve_cache", "pool", "trie", "heap", "größe"]
TYPES = ["u8", "i64", "String", "Vec<u32>", "Option<&str>", "f64", "&[u8]"]
BODIES = [
    "{n}.iter().map(|x| x + {i}).sum()",
    'let {n} = format!("{{}} → {i}", {n});\n    println!("{{{n}}} 🦀");',
    "match {n} {{\n        Some(v) if v > {i} => v,\n        _ => {i},\n    }}",
    "for each in 0..{i} {{\n        if each % 3 == 0 {{\n            continue;\n        }}\n        {n} += each;\n    }}\n    {n}",
]


def make_rows() -> list[dict]:
    """100 functions of different lengths; some answers begin with blanks, some end with an empty line."""
    rows = []
    for i in range(100):
        name, kind = NOUNS[i % len(NOUNS)], TYPES[i % len(TYPES)]
        body = "\n    ".join(BODIES[(i + j) % len(BODIES)].format(n=name, i=i) for j in range(1 + i % 4))
        indent, end = ("    " if i % 5 == 0 else ""), ("\n" if i % 7 == 0 else "")
        gen = f"{indent}pub fn {name}_{i}({name}: {kind}) -> {kind} {{\n    {body}\n}}{end}"
        prompt = f"Write the function `{name}_{i}`, which takes a `{kind}`.\n\n```rust\nuse std::fmt;\n```"
        rows.append({"prompt": prompt, "gen": gen, "_id": f"{i:016x}"})
    return rows


@pytest.fixture(scope="session")
def rows() -> list[dict]:
    return make_rows()


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory) -> Callable[[str], Path]:
    """tokenizer_folder("chatml" or "llama3") is the folder of a tokenizer, made at the first call."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp(f"tokenizer_{name}")
            save_tokenizer(made[name], TEMPLATES[name])
        return made[name]

    return folder


def save_tokenizer(folder: Path, of: dict) -> None:
    """A byte-level BPE of some Rust text; like many models it has no token of its own for padding."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=480, special_tokens=of["special"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet()
    )
    tokenizer.train_from_iterator([row["prompt"] + row["gen"] for row in make_rows()[::3]], trainer)
    if of["bos"]:
        # As Llama 3 does: a text that is tokenised by itself gets a BOS.
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{of['bos']} $A", special_tokens=[(of["bos"], tokenizer.token_to_id(of["bos"]))]
        )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=of["eos"],
        bos_token=of["bos"],
        pad_token=of["eos"],
        additional_special_tokens=of["special"],
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = of["template"]
    fast.save_pretrained(folder)
    ends = [tokenizer.token_to_id(token) for token in of["ends"]]
    write_json(folder / "generation_config.json", {"eos_token_id": ends, "pad_token_id": ends[0]})


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory, tokenizer_folder) -> Path:
    """A folder with a random Llama of two layers in bfloat16, and the ChatML tokenizer."""
    return write_model(tmp_path_factory.mktemp("tiny_model") / "tiny", tokenizer_folder("chatml"))


@pytest.fixture(scope="session")
def save_model() -> Callable[..., Path]:
    """save_model(folder, tokenizer folder, hidden=64, seed=1): a random Llama of two layers, saved there."""
    return write_model


def write_model(folder: Path, tokenizer: Path, hidden: int = 64, seed: int = 1) -> Path:
    import torch
    from transformers import AutoTokenizer, GenerationConfig, LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    read = AutoTokenizer.from_pretrained(tokenizer)
    config = LlamaConfig(
        vocab_size=len(read),
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=1024,
        initializer_range=0.08,
        eos_token_id=read.eos_token_id,
        pad_token_id=read.pad_token_id,
        tie_word_embeddings=True,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.generation_config = GenerationConfig.from_pretrained(tokenizer)
    model.save_pretrained(folder)
    read.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def defaults() -> dict:
    """The settings of a run as the configuration has them, every key."""
    return read_yaml(ROOT / "config/config.yaml")["run_defaults"]


@pytest.fixture
def settings(defaults) -> dict:
    """A short run on a CPU in 16 bits: 8 steps, a checkpoint every second."""
    settings = copy.deepcopy(defaults)
    settings["sequence"]["length"] = 320
    settings["lora"].update(r=8, alpha=16, dropout=0.1)
    settings["quantization"].update(bits=16)
    settings["train"].update(
        micro_batch_size=1,
        gradient_accumulation=2,
        learning_rate=5e-3,
        steps=8,
        warmup_steps=1,
        logging_steps=1,
        optimizer="adamw_torch",
        gradient_checkpointing=False,
        save_steps=2,
        eval_steps=4,
        loader_workers=0,
        seed=7,
        keep_checkpoints=2,
        log_to="none",
    )
    return settings


@pytest.fixture(scope="session")
def forker():
    """A context whose processes start with the training stack loaded."""
    # The process that they are forked from looks for modules there, not where this one does.
    folders = [str(ROOT / "scripts"), str(ROOT / "tests/helpers"), os.environ.get("PYTHONPATH")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, folders))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["script_runs", "train.train_adapter", "train.train_model", "train.merge_adapter", "train.pack_rows"]
        + ["compare.generate_samples", "train.import_model", "train.merge_model"]
        + ["ferrule.training.full_training", "ferrule.training.adapter_merging", "loaded_stack"]
    )
    return context


@pytest.fixture(scope="session")
def workflow_in(workflow_in) -> Iterator[type]:
    """As everywhere, but its training jobs need not load the training stack."""
    loaded = LoadedPython()
    yield type("LoadedWorkflow", (workflow_in,), {"pythons": [loaded.folder, *workflow_in.pythons]})
    loaded.close()


@pytest.fixture
def call(forker, tmp_path) -> Callable[..., Result]:
    """call("train_adapter", "--model", folder, ..., kill="step 3") runs scripts/train/train_adapter.py; see script_runs."""

    def run(script: str, *arguments, **more) -> Result:
        return call_script(forker, tmp_path, script, [str(each) for each in arguments], **more)

    return run


@pytest.fixture(scope="session")
def packed(tmp_path_factory, tiny_model, rows) -> dict[str, Path]:
    """Packed tables for train_adapter.py: 11 sequences to train on, so that 8 steps of 2 go on in a second epoch, and 2."""
    from ferrule.core.files import write_rows
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_tokenizer
    from ferrule.training.packing import pack, sequence_of
    from ferrule.training.run_tables import PACKED

    folder = tmp_path_factory.mktemp("packed")
    chat = Chat(load_tokenizer(tiny_model), end_ids(tiny_model))
    samples = [chat.sample(row["prompt"], row["gen"]) for row in rows]
    groups = pack([len(sample.input_ids) for sample in samples], 320)
    sequences = [
        sequence_of([samples[n] for n in group]) | {"samples": [rows[n]["_id"] for n in group]}
        for group in groups
    ]
    files = {
        "train": folder / "train.parquet",
        "val": folder / "val.parquet",
        "none": folder / "none.parquet",
    }
    for name, part in (("train", sequences[:11]), ("val", sequences[11:13]), ("none", [])):
        write_rows(files[name], part, PACKED)
    return files
