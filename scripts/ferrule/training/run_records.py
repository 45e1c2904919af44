"""The JSON records that the steps of a run write, and that the model card reads."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class ModelRecord(TypedDict, total=False):
    """model.json of an imported model (scripts/train/import_model.py)."""

    name: str
    origin: str  # its source, without the folders of this machine
    license: str  # an SPDX expression
    revision: str
    parameters: int
    dtype: str  # of most weights, as safetensors names it
    files: dict[str, str]  # sha256 by path in the folder
    sha256: str  # over `files`
    source_sha256: str  # of the GGUF file that was converted, or empty
    chat_template: str  # for a whole model: sha256 of its chat template
    aliases: list[str]  # for a whole model: other names by which adapters record it
    base: str  # for an adapter: the name of its base model
    made_for: str  # for an adapter: the base that it records itself
    lora: dict[str, Any]  # for an adapter: what it is made of, as the section `lora` of a run
    steps: int  # for a checkpoint: of its training, with the last losses
    loss: float | None
    eval_loss: float | None


class TaskFigures(TypedDict):
    """Counts of rows; see ferrule.training.telemetry for their meaning."""

    read: int
    kept: int
    rows: int
    characters: int
    reasons: dict[str, int]


class SourceFigures(TaskFigures):
    tasks: dict[str, TaskFigures]


class SourceSummary(SourceFigures):
    read_to_the_end: bool


class SideSummary(TypedDict):
    """One side, train or val, of telemetry.json."""

    sources: dict[str, SourceSummary]
    total: SourceFigures


class PackingRecord(TypedDict):
    """What packing the rows of one side gave (scripts/train/pack_rows.py)."""

    rows: int
    left_out: dict[str, int]  # rows by reason
    samples: int
    sequences: int
    length: int  # of a sequence, in tokens
    tokens: int
    answer_tokens: int  # tokens with a label
    filled: float | None  # share of the sequences' tokens that are not padding
    longest: int  # tokens of a sample
    mean: float | None


class HistoryLine(TypedDict, total=False):
    """A line of the trainer's log that has a loss."""

    step: int
    loss: float
    eval_loss: float
    learning_rate: float
    grad_norm: float


class SpeedFigures(TypedDict):
    """What ferrule.training.speed measures. None where it is unknown."""

    tokens_per_second: float | None
    seconds: float  # of training, without evaluations and checkpoints
    mfu: float | None  # share of the device's peak, by the operations of LoRA
    mfu_dense: float | None  # the same by the operations of a full training
    peak_flops: float | None  # bf16 operations per second of one device
    trained_weights: int
    memory_mb: float  # MiB: the most that was in use


class TrainMetrics(SpeedFigures):
    """metrics.json of a training."""

    steps: int
    loss: float  # mean over all steps
    eval_loss: float | None  # the last one
    history: list[HistoryLine]
    attention: str
    compute_dtype: NotRequired[str | None]  # of products with weights of 4 bits; None with other weights
    bf16: NotRequired[bool]  # mixed precision
    device: str
    devices: int


class MergeLosses(TypedDict, total=False):
    """Losses on the same sequences, in nats per token; with an adapter `adapter`, without one `trained`."""

    base: float
    adapter: float  # base and adapter, not merged
    trained: float  # the model before its weights were rounded
    merged: float  # the model as it was written


class MergeRecord(TypedDict):
    """merge.json: losses and checksums of a run's model as it was written."""

    loss: MergeLosses
    difference: float  # between merged and adapter or trained
    most: float  # the largest difference allowed
    sequences: int
    dtype: str
    base: str
    rank: int | None  # None: all weights were trained
    adapter: str | None  # sha256 of adapter_model.safetensors
    files: dict[str, str]  # sha256 of the model's files by name


class DatasetRecord(TypedDict):
    """The workflow's dataset, from the head of its card."""

    name: str
    licences: list[str]
    sha256: str  # of the card


class Figure(TypedDict):
    """A share and its 95 % interval; all None if unknown."""

    value: float | None
    low: float | None
    high: float | None


class View(TypedDict):
    pass_at_k: dict[str, Figure]  # by k
    compile_rate: Figure


class ProblemSet(TypedDict):
    hash: str
    problems: int


class SampleCounts(TypedDict):
    total: int


class Subset(TypedDict):
    n: int
    of: int  # problems of the whole set


class Evaluation(TypedDict):
    """The part of an evaluation's metrics.json that a card shows (ferrule.evaluation writes it)."""

    benchmark: str
    model: str
    samples: SampleCounts
    problem_set: ProblemSet
    subset: NotRequired[Subset | None]  # None if the whole set was taken
    views: dict[str, View]  # policy_off, policy_on


class RoundRecord(TypedDict):
    """The part of the record of a round of expert iteration that a card shows (ferrule.evaluation writes it)."""

    round: str
    kept: int
    problem_set: ProblemSet
