"""Runs: base models, the rows of a run, packed sequences, training, merging, the model's card."""

from glob import glob
from importlib.util import find_spec

from ferrule.workflow import runs as run_settings

MODELS = config["models"]
try:
    RUNS = run_settings.all_runs(config)
except MissingPackages as error:
    raise WorkflowError(str(error)) from None
ROUNDS = config["experts"]
if RUNS and workflow.is_main_process and not IN_CONDA and find_spec("torch") is None:
    logger.warning(
        "The training packages are not installed: `make train`. Until then no run can be trained or sampled."
    )
RUN = "results/train/{run}/"


wildcard_constraints:
    base="|".join(map(re.escape, MODELS)) or "(?!)",
    run="|".join(map(re.escape, RUNS)) or "(?!)",


def base_of(run):
    """The name of the base model that a run stands on, through the runs that it continues."""
    return run_settings.base_of(RUNS, run)


def model_of_run(wildcards):
    return f"results/models/{base_of(wildcards.run)}"


def settings_of_run(*names):
    """Some keys of a run's settings, as JSON: a step reads these and nothing else."""
    return lambda wildcards: shlex.quote(
        json.dumps({name: RUNS[wildcards.run][name] for name in names}, sort_keys=True)
    )


def adapter_continued(wildcards):
    earlier = RUNS[wildcards.run]["continue_from"]
    return f"results/train/{earlier}/adapter" if earlier else []


def dataset_of_run(file):
    """A file of the workflow's dataset, where the run has it among its sources."""
    return lambda wildcards: file if "dataset" in RUNS[wildcards.run]["sources"] else []


def rounds_of_run(run):
    """The files of the rounds of expert iteration that a run trains on."""
    sources = RUNS[run]["sources"] if run in RUNS else []
    names = [s.removeprefix("experts:") for s in sources if s.startswith("experts:")]
    return [f"results/experts/{name}.jsonl" for name in names]


def runs_behind(name):
    """A run and those that it continues, the oldest first; nothing for a name that is no run's."""
    return run_settings.chain(RUNS, name)[::-1] if name in RUNS else []


def dataset_behind(name, file):
    """A file of the workflow's dataset, where a run or one that it continues has it among its sources."""
    return file if any("dataset" in RUNS[run]["sources"] for run in runs_behind(name)) else []


def files_behind(name):
    """{run: files of it that a card reads} of the runs that a run continues, the oldest first."""
    files = ("telemetry.json", "metrics.json", "packed/train.json")
    return {
        run: [f"results/train/{run}/{file}" for file in files] for run in runs_behind(name)[:-1]
    }


def rounds_behind(name):
    """Records of the rounds that a run has learnt from, also by way of the runs that it continues."""
    files = [file for run in runs_behind(name) for file in rounds_of_run(run)]
    return list(dict.fromkeys(file.replace(".jsonl", ".json") for file in files))


def files_of_run(wildcards):
    """Local files among the sources, those that a pattern stands for: a change of one is seen."""
    patterns = [
        source.partition(":")[2]
        for source in RUNS[wildcards.run]["sources"]
        if source.startswith(("local:", "parquet:"))
    ]
    return [file for pattern in patterns for file in sorted(glob(pattern)) or [pattern]]


def local_model(wildcards):
    """The files of a model's folder: the folder itself does not show that one was changed."""
    path = MODELS[wildcards.base]["path"]
    files = [] if ":" in path else sorted(Path(path).rglob("*"))
    hidden = [any(part.startswith(".") for part in file.relative_to(path).parts) for file in files]
    return [str(file) for file, left in zip(files, hidden) if file.is_file() and not left]


rule import_model:
    """Bring a base model into a folder that transformers loads: from a package, the hub or a folder."""
    input:
        local_model,
    output:
        folder=directory("results/models/{base}"),
        record="results/models/{base}.json",
    log:
        "results/logs/import_model/{base}.log",
    benchmark:
        "results/benchmarks/import_model/{base}.tsv"
    params:
        code=code("train/import_model.py"),
        options=lambda wildcards: " ".join(
            f"--{key} {shlex.quote(MODELS[wildcards.base][key])}"
            for key in ("path", "sha256", "revision", "license", "base")
            if MODELS[wildcards.base].get(key)
        ),
    threads: 2
    resources:
        mem_mb=8000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/import_model.py --name {wildcards.base} {params.options}"
        " --out {output.folder} --record {output.record} > {log} 2>&1"


rule choose_rows:
    """Choose the rows of a run: sources, filters, weights and order; count what was left out."""
    input:
        train=dataset_of_run("results/dataset/train.parquet"),
        val=dataset_of_run("results/dataset/val.parquet"),
        provenance=dataset_of_run("results/dataset/provenance.parquet"),
        rounds=lambda wildcards: rounds_of_run(wildcards.run),
        files=files_of_run,
        prompts="resources/prompts.yaml",
    output:
        train=RUN + "train.parquet",
        val=RUN + "val.parquet",
        json=RUN + "telemetry.json",
        table=RUN + "telemetry.tsv",
    log:
        "results/logs/choose_rows/{run}.log",
    benchmark:
        "results/benchmarks/choose_rows/{run}.tsv"
    params:
        code=code("train/choose_rows.py"),
        settings=settings_of_run(*run_settings.OF_ROWS),
        dataset=lambda wildcards, input: (
            f"--dataset-train {input.train} --dataset-val {input.val} --provenance {input.provenance}"
            if input.train
            else ""
        ),
        rounds=lambda wildcards, input: " ".join(
            f"--experts {Path(file).stem}={shlex.quote(file)}" for file in input.rounds
        ),
    threads: 2
    resources:
        mem_mb=4000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/choose_rows.py --settings {params.settings} {params.dataset} {params.rounds}"
        " --prompts {input.prompts} --threads {threads} --train-out {output.train} --val-out {output.val}"
        " --telemetry {output.json} --telemetry-table {output.table} > {log} 2>&1"


rule pack_rows:
    """Tokenise the rows of a run with its model's chat template, and pack them into sequences."""
    input:
        rows=RUN + "{side}.parquet",
        model=model_of_run,
    output:
        table=RUN + "packed/{side}.parquet",
        record=RUN + "packed/{side}.json",
    log:
        "results/logs/pack_rows/{run}-{side}.log",
    benchmark:
        "results/benchmarks/pack_rows/{run}-{side}.tsv"
    wildcard_constraints:
        side="train|val",
    params:
        code=code("train/pack_rows.py"),
        settings=settings_of_run("sequence", "filters"),
        empty=lambda wildcards: "--may-be-empty" if wildcards.side == "val" else "",
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/pack_rows.py --rows {input.rows} --model {input.model} {params.empty}"
        " --settings {params.settings} --out {output.table} --record {output.record} > {log} 2>&1"


rule train_adapter:
    """Train an adapter; a job that was killed goes on from its last whole checkpoint."""
    input:
        model=model_of_run,
        earlier=adapter_continued,
        train=RUN + "packed/train.parquet",
        val=RUN + "packed/val.parquet",
    output:
        adapter=directory(RUN + "adapter"),
        metrics=RUN + "metrics.json",
    log:
        "results/logs/train_adapter/{run}.log",
    benchmark:
        "results/benchmarks/train_adapter/{run}.tsv"
    params:
        code=code("train/train_adapter.py"),
        settings=settings_of_run("sequence", "lora", "quantization", "train"),
        earlier=lambda wildcards, input: f"--continue-from {input.earlier}" if input.earlier else "",
        # Not outputs, which Snakemake would delete with an unfinished job.
        work=RUN + "checkpoints",
        logs=RUN + "logs",
        launch=lambda wildcards: run_settings.launcher(RUNS[wildcards.run]["train"]["devices"]),
    threads: ALL_CORES
    resources:
        mem_mb=32000,
        gpu=lambda wildcards: RUNS[wildcards.run]["train"]["devices"],
        runtime=2880,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; {params.launch} scripts/train/train_adapter.py --model {input.model} {params.earlier}"
        " --train {input.train} --val {input.val} --settings {params.settings} --work {params.work}"
        " --logs {params.logs} --adapter {output.adapter} --metrics {output.metrics} > {log} 2>&1"


rule merge_adapter:
    """Merge a run's adapter into its base, freshly loaded, and check the merged model by its loss."""
    input:
        model=model_of_run,
        adapter=RUN + "adapter",
        train=RUN + "packed/train.parquet",
        val=RUN + "packed/val.parquet",
    output:
        folder=directory(RUN + "merged"),
        record=RUN + "merge.json",
    log:
        "results/logs/merge_adapter/{run}.log",
    benchmark:
        "results/benchmarks/merge_adapter/{run}.tsv"
    params:
        code=code("train/merge_adapter.py"),
        settings=settings_of_run("merge"),
    threads: ALL_CORES
    resources:
        mem_mb=64000,
        gpu=1,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; python scripts/train/merge_adapter.py --model {input.model} --adapter {input.adapter}"
        " --rows {input.val} --fallback-rows {input.train} --settings {params.settings}"
        " --out {output.folder} --record {output.record} > {log} 2>&1"


rule write_model_card:
    """The card of a run's model: data, settings, losses, figures, checksums."""
    input:
        model=lambda wildcards: model_of_run(wildcards) + ".json",
        metrics=RUN + "metrics.json",
        packing=RUN + "packed/train.json",
        telemetry=RUN + "telemetry.json",
        merge=RUN + "merge.json",
        dataset=lambda wildcards: dataset_behind(wildcards.run, "results/dataset/README.md"),
        earlier=lambda wildcards: sum(files_behind(wildcards.run).values(), []),
        trained_on=lambda wildcards: rounds_behind(wildcards.run),
        evaluations=lambda wildcards: (
            expand(
                MODEL + "metrics.json",
                benchmark=config["evaluate"]["benchmarks"],
                model=wildcards.run,
            )
            if wildcards.run in COMPARED
            else []
        ),
        template="resources/model_card.md",
    output:
        RUN + "README.md",
    log:
        "results/logs/write_model_card/{run}.log",
    benchmark:
        "results/benchmarks/write_model_card/{run}.tsv"
    params:
        code=code("train/write_model_card.py"),
        settings=lambda wildcards: shlex.quote(json.dumps(RUNS[wildcards.run], sort_keys=True)),
        dataset=lambda wildcards, input: f"--dataset-card {input.dataset}" if input.dataset else "",
        evaluations=lambda wildcards, input: (
            f"--evaluations {' '.join(input.evaluations)}" if input.evaluations else ""
        ),
        earlier=lambda wildcards: " ".join(
            f"--earlier {run}={','.join(files)}"
            for run, files in files_behind(wildcards.run).items()
        ),
        trained_on=lambda wildcards, input: (
            f"--trained-on {' '.join(input.trained_on)}" if input.trained_on else ""
        ),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/train/write_model_card.py --run {wildcards.run} --settings {params.settings}"
        " --model-record {input.model} --train-metrics {input.metrics} --packing {input.packing}"
        " --telemetry {input.telemetry} --merge {input.merge} {params.dataset} {params.evaluations}"
        " {params.earlier} {params.trained_on} --template {input.template}"
        " --out {output} > {log} 2>&1"


rule upload_model:
    """Upload a run's merged model and card to the hub; only on request."""
    input:
        folder=RUN + "merged",
        card=RUN + "README.md",
    output:
        RUN + "uploaded.json",
    log:
        "results/logs/upload_model/{run}.log",
    params:
        code=code("train/upload_model.py"),
        repo=lambda wildcards: shlex.quote(RUNS[wildcards.run]["upload"] or ""),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/upload_model.py --folder {input.folder} --card {input.card}"
        " --repo {params.repo} --record {output} > {log} 2>&1"
