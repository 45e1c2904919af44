"""What the rules of models and runs ask about: which files a run, a round or a comparison needs."""

from __future__ import annotations

import glob
import itertools

from ferrule.training.model_references import files_of, find, kind_of
from ferrule.training.models import ModelError
from ferrule.workflow import monitoring
from ferrule.workflow.runs import all_models, base_of, chain, model_behind

DATASET = "dataset"  # the source of a run that is the workflow's own dataset


class RunInputs:
    """The files behind the models, runs and rounds of a configuration; `runs` has all runs with all settings."""

    def __init__(self, config: dict, runs: dict[str, dict]):
        self.config, self.runs = config, runs
        self.models, self.rounds = all_models(config["models"], runs), config["experts"]
        self.checkpoints = monitoring.checkpoints(runs)

    # A run

    def model(self, run: str) -> str:
        """The folder of a run's base model."""
        return f"results/models/{base_of(self.runs, run)}"

    def continued_adapter(self, run: str) -> list[str]:
        """The adapter that a run trains further."""
        earlier = self.runs[run]["continue_from"]
        if name := self.adapter_before(run):
            return [f"results/models/{name}"]
        return [f"results/train/{earlier}/adapter"] if earlier else []

    def whole_model(self, run: str) -> str:
        """The folder of the model all of whose weights a run trains: its base, or the model of the run before it."""
        earlier = self.runs[run]["continue_from"]
        return f"results/train/{earlier}/merged" if earlier else self.model(run)

    def dataset_file(self, run: str, name: str) -> list[str]:
        """A file of the workflow's dataset, where the run has it among its sources."""
        return [f"results/dataset/{name}"] if DATASET in self.runs[run]["sources"] else []

    def source_files(self, run: str) -> list[str]:
        """Local files among the sources, those that a pattern stands for: a change of one is seen."""
        patterns = [
            source.partition(":")[2]
            for source in self.runs[run]["sources"]
            if source.startswith(("local:", "parquet:"))
        ]
        return [file for pattern in patterns for file in sorted(glob.glob(pattern)) or [pattern]]  # noqa: PTH207 (patterns may be absolute)

    def patterns(self, run: str) -> list[str]:
        """The files of signs of idiomatic and of poor code: Ferrule's, and the run's own."""
        own = self.runs[run]["filters"]["patterns"]
        return ["resources/code_patterns.yaml", *([own] if own else [])]

    def round_rows(self, run: str) -> list[str]:
        """The rows of the rounds of expert iteration that a run trains on."""
        sources = self.runs[run]["sources"] if run in self.runs else []
        names = [source.removeprefix("experts:") for source in sources if source.startswith("experts:")]
        return [f"results/experts/{name}.jsonl" for name in names]  # ROUND, or ROUND/code_only

    # A run and those that it continues

    def lineage(self, name: str) -> list[str]:
        """A run and the runs that it continues, the oldest first; empty if the name is not a run."""
        return chain(self.runs, name)[::-1] if name in self.runs else []

    def dataset_behind(self, name: str, file: str) -> list[str]:
        """A file of the workflow's dataset, where a run or one that it continues has it among its sources."""
        used = any(DATASET in self.runs[run]["sources"] for run in self.lineage(name))
        return [f"results/dataset/{file}"] if used else []

    def earlier_records(self, name: str) -> dict[str, list[str]]:
        """{run: the records of it that a card reads} of the runs that a run continues, the oldest first.

        Of a run whose checkpoint is continued, the record of the checkpoint has the steps and losses up to there.
        """
        found = {}
        lineage = self.lineage(name)
        for run, later in itertools.pairwise(lineage):
            checkpoint = self.adapter_before(later)
            metrics = (
                f"results/models/{checkpoint}.json" if checkpoint else f"results/train/{run}/metrics.json"
            )
            files = [f"results/train/{run}/{file}" for file in ("telemetry.json", "packed/train.json")]
            found[run] = [files[0], metrics, files[1]]
        return found

    def started_from(self, name: str) -> dict[str, str]:
        """{adapter: its record} of the adapters that a run and those that it continues began with."""
        names = filter(None, map(self.adapter_before, self.lineage(name)))
        return {each: f"results/models/{each}.json" for each in names}

    def adapter_before(self, run: str) -> str:
        """The name under results/models of the adapter that a run continues; "" if it continues a run or nothing."""
        return model_behind(self.models, self.runs, self.runs[run]["continue_from"])

    def round_records(self, name: str) -> list[str]:
        """Records of the rounds that a run has learnt from, also by way of the runs that it continues."""
        rows = [file for run in self.lineage(name) for file in self.round_rows(run)]
        files = (file.removesuffix(".jsonl").removesuffix("/code_only") for file in rows)
        return list(dict.fromkeys(f"{file}.json" for file in files))

    # Models

    def local_files(self, name: str) -> list[str]:
        """The files of a model's folder that are taken: the folder does not show that one was changed."""
        path = self.models[name]["path"]
        if kind_of(path) != "folder":
            return []
        try:
            return [str(file) for file in files_of(*find(path, "adapter" if self.base(name) else ""))]
        except ModelError:
            return []  # import_model says what is wrong with it

    def base(self, name: str) -> str:
        """The base of an adapter, else ""."""
        return self.models[name].get("base") or ""

    def base_files(self, name: str) -> list[str]:
        """Folder and record of an adapter's base, which the adapter must fit."""
        base = self.base(name)
        return [f"results/models/{base}", f"results/models/{base}.json"] if base else []

    def sampled(self, name: str) -> tuple[str | list[str], str | list[str]]:
        """(folder of the model, folder of its adapter or []) of what is sampled: a model, a run, a checkpoint, a round.

        The folder of a checkpoint's adapter is in the second one: `adapter`.
        """
        if self.sampling(name)["engine"] == "server":
            return [], []
        if name in self.checkpoints:
            run, step = self.checkpoints[name]
            folder = "adapter" if step == self.runs[run]["train"]["steps"] else "monitored"
            return self.model(run), f"results/train/{run}/{folder}"
        name = self.rounds[name]["model"] if name in self.rounds else name
        if name in self.runs:
            return f"results/train/{name}/merged", []
        if base := self.base(name):
            return f"results/models/{base}", f"results/models/{name}"
        return f"results/models/{name}", []

    def adapter(self, name: str) -> str:
        """The folder of the adapter with which a model is sampled, or ""."""
        folder = self.sampled(name)[1]
        if not folder or not str(folder).endswith("/monitored"):
            return str(folder or "")
        return f"{folder}/checkpoint-{self.checkpoints[name].step}"

    def sampling(self, name: str) -> dict:
        """How a model is sampled; a round of experts may have its own settings, a checkpoint its number of samples."""
        own = self.rounds.get(name, {}).get("sampling", {})
        if name in self.checkpoints:
            own = {"samples": self.runs[self.checkpoints[name].run]["monitor"]["samples"]}
        return self.config["sampling"] | own

    def served_name(self, name: str) -> str:
        """The name that a server knows a model by; a round of experts asks for its model's."""
        return self.rounds.get(name, {}).get("model", name)

    # Monitoring

    def subset(self, name: str) -> dict:
        """Which problems a measured checkpoint takes, as keys of the section `evaluate`; empty for any other name."""
        if name not in self.checkpoints:
            return {}
        run = self.checkpoints[name].run
        monitor = self.runs[run]["monitor"]
        key = f"runs.{run}.monitor.problems"
        return {"sample_n": monitor["problems"], "sample_seed": monitor["seed"], "sample_key": key}

    def monitored_metrics(self, run: str) -> dict[int, str]:
        """{step: metrics.json} of the measured checkpoints of a run."""
        monitor = self.runs[run]["monitor"]
        benchmark = monitor["benchmark"] or self.config["evaluate"]["benchmarks"][0]
        return {
            step: f"results/evaluate/{benchmark}/{monitoring.Checkpoint(run, step).name}/metrics.json"
            for step in monitoring.steps(self.runs[run])
        }

    def earlier_monitored(self, run: str) -> list[str]:
        """monitor.jsonl of the runs that a run continues, where they are monitored, the oldest first.

        Not of a run whose checkpoint is continued: it need not be finished.
        """
        lineage = self.lineage(run)
        begun = max((at for at, name in enumerate(lineage) if self.adapter_before(name)), default=0)
        return [
            f"results/train/{name}/monitor.jsonl"
            for name in lineage[begun:-1]
            if monitoring.steps(self.runs[name])
        ]

    def records(self, name: str) -> dict[str, str]:
        """{name: file} of the records that identify a model: its own, and that of its base."""
        if name in self.runs:
            base = base_of(self.runs, name)
            own = {name: f"results/train/{name}/merge.json"}
            return {base: f"results/models/{base}.json"} | self.started_from(name) | own
        if name not in self.models or self.config["sampling"]["engine"] == "server":
            return {}  # samples from elsewhere; a model that is served need not be here
        names = [*filter(None, [self.base(name)]), name]
        return {each: f"results/models/{each}.json" for each in names}

    def compared_records(self, one: str, other: str) -> dict[str, str]:
        return self.records(one) | self.records(other)
