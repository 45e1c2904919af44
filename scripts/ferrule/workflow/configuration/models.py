"""The whole configuration, section by section, in the order of config/config.yaml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ferrule.workflow.configuration.base import Name, Section, SnakeName, SweepName, section
from ferrule.workflow.configuration.crates_and_gates import Chunks, Crates, Files, Gates, Sandbox, Tools
from ferrule.workflow.configuration.dataset import (
    Choice,
    Dataset,
    Decontaminate,
    NearDuplicates,
    Review,
    Scrub,
    Sources,
)
from ferrule.workflow.configuration.evaluation import (
    BENCHMARK_COMMENTS,
    Benchmark,
    Evaluate,
    Round,
    Sampling,
    default_benchmarks,
)
from ferrule.workflow.configuration.published import Hub, Metrics, Report
from ferrule.workflow.configuration.qa import Qa
from ferrule.workflow.configuration.tasks import (
    Behaviour,
    ErrorFixing,
    Executable,
    Mix,
    Tasks,
    Transformations,
)
from ferrule.workflow.configuration.training import MODEL_COMMENTS, Model, Run, Sweep, default_models


class Configuration(Section):
    crates: Crates = section(Crates, "what is taken, and how large it may be")
    sandbox: Sandbox = section(Sandbox, "every tool that compiles or runs a crate's code runs in it")
    tools: Tools = section(Tools, "tools that are run on every crate")
    gates: Gates = section(Gates, "what a crate must meet to be in the dataset; null switches a limit off")
    files: Files = section(Files, "which source files are kept")
    chunks: Chunks = section(Chunks, "which functions, types and modules are offered to tasks")
    tasks: Tasks = section(Tasks, "how samples are made")
    error_fixing: ErrorFixing = section(ErrorFixing, "how functions are broken for the tasks of that kind")
    transformations: Transformations = section(
        Transformations, "how functions are rewritten for the tasks of that kind"
    )
    behaviour: Behaviour = section(
        Behaviour, "which functions the crates' own tests cover, and whether rewrites pass them"
    )
    executable: Executable = section(
        Executable, "executable tasks: functions that the crates' own tests can grade (docs/executable.md)"
    )
    mix: Mix = section(Mix, "shares of the dataset by task, together 1")
    choice: Choice = section(
        Choice, "which rows fill these shares, and what keeps them from repeating each other"
    )
    sources: Sources = section(Sources, "other sources than crates, by name (docs/sources.md)")
    near_duplicates: NearDuplicates = section(
        NearDuplicates, "least Jaccard of token shingles of a copy; null switches a form off"
    )
    decontaminate: Decontaminate = section(
        Decontaminate, "rows that hold a part of a benchmark's problem are dropped"
    )
    scrub: Scrub = section(Scrub, "what must not be in it")
    dataset: Dataset = section(Dataset, "how large it is and how it is split")
    review: Review = section(Review, "the page of random rows that `snakemake review` writes")
    benchmarks: Annotated[dict[SnakeName, Benchmark], BENCHMARK_COMMENTS] = Field(
        default_factory=default_benchmarks,
        description="problem sets that models are measured with, by name (docs/evaluation.md)",
    )
    evaluate: Evaluate = section(Evaluate, "how answers to problems are judged")
    models: Annotated[dict[Name, Model], MODEL_COMMENTS] = Field(
        default_factory=default_models, description="base models, by name (docs/training.md)"
    )
    run_defaults: Run = section(Run, "a training run; one under `runs` needs only what differs from this")
    runs: dict[Name, Run] = Field(
        {}, description="runs, by name; config/tiny.yaml and config/llama8b.yaml have some"
    )
    sampling: Sampling = section(Sampling, "how models answer")
    qa: Qa = section(Qa, "questions and answers about git repositories (docs/qa.md)")
    compare: dict[str, str] = Field(
        {},
        description="run or model: what it is compared with; a run that is not named: with its base",
    )
    experts: dict[Name, Round] = Field(
        {}, description="rounds of expert iteration, by name (docs/training.md)"
    )
    sweeps: dict[SweepName, Sweep] = Field({}, description="sweeps over settings, by name (docs/training.md)")
    report: Report = section(Report, "the page about everything that was built (docs/report.md)")
    metrics: Metrics = section(Metrics, "figures for monitoring (docs/observability.md)")
    hub: Hub = section(Hub, "the folder that a hub loads as it is (docs/hub.md)")
