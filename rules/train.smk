"""Runs: base models, the rows of a run, packed sequences, training, merging."""

from importlib.util import find_spec

from ferrule.workflow import runs as run_settings
from ferrule.workflow.run_inputs import RunInputs

try:
    RUNS = run_settings.all_runs(config)
except MissingPackages as error:
    raise WorkflowError(str(error)) from None
INPUTS = RunInputs(config, RUNS)
MODELS = INPUTS.models
ROUNDS = config["experts"]
if RUNS and workflow.is_main_process and not IN_CONDA and find_spec("torch") is None:
    logger.warning(
        "The training packages are not installed: `make train`. Until then no run can be trained or sampled."
    )
# Runs that train an adapter, and runs that train all weights.
ADAPTED = [run for run in RUNS if RUNS[run]["lora"]]
WHOLE = [run for run in RUNS if not RUNS[run]["lora"]]
# Of those with an adapter, the runs that learn from the tests of executable tasks.
REWARDED = [run for run in ADAPTED if RUNS[run]["kind"] == "grpo"]
RUN = "results/train/{run}/"


wildcard_constraints:
    base=pattern(MODELS),
    run=pattern(RUNS),


def settings_of_run(*names):
    """Some settings of a run: a step reads these and no more."""
    return lambda wildcards: as_json(
        {"run": {name: RUNS[wildcards.run][name] for name in names or RUNS[wildcards.run]}}
    )


def model_of_run(wildcards):
    return INPUTS.model(wildcards.run)


rule import_model:
    """Bring a model or an adapter into a folder that transformers loads: from a package, the hub or a folder."""
    input:
        files=lambda wildcards: INPUTS.local_files(wildcards.base),
        base=lambda wildcards: INPUTS.base_files(wildcards.base),
    output:
        folder=directory("results/models/{base}"),
        record="results/models/{base}.json",
    log:
        "results/logs/import_model/{base}.log",
    benchmark:
        "results/benchmarks/import_model/{base}.tsv"
    params:
        code=code("train/import_model.py"),
        config=lambda wildcards: as_json({"models": {wildcards.base: MODELS[wildcards.base]}}),
        base=lambda wildcards, input: f"--base {input.base[0]}" if input.base else "",
    threads: 2
    resources:
        mem_mb=8000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/import_model.py --name {wildcards.base} --config {params.config} {params.base}"
        " --out {output.folder} --record {output.record} > {log} 2>&1"


rule choose_rows:
    """Choose the rows of a run: sources, filters, weights and order; count what was left out."""
    input:
        train=lambda wildcards: INPUTS.dataset_file(wildcards.run, "train.parquet"),
        val=lambda wildcards: INPUTS.dataset_file(wildcards.run, "val.parquet"),
        provenance=lambda wildcards: INPUTS.dataset_file(wildcards.run, "provenance.parquet"),
        rounds=lambda wildcards: INPUTS.round_rows(wildcards.run),
        files=lambda wildcards: INPUTS.source_files(wildcards.run),
        prompts="resources/prompts.yaml",
        patterns=lambda wildcards: INPUTS.patterns(wildcards.run),
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
        config=settings_of_run(*run_settings.OF_ROWS),
        dataset=lambda wildcards, input: (
            f"--dataset-train {input.train} --dataset-val {input.val} --provenance {input.provenance}"
            if input.train
            else ""
        ),
        rounds=lambda wildcards, input: " ".join(
            f"--experts {Path(file).relative_to('results/experts').parent / Path(file).stem}={shlex.quote(file)}"
            for file in input.rounds
        ),
    threads: 2
    resources:
        mem_mb=4000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/choose_rows.py --config {params.config} {params.dataset} {params.rounds}"
        " --prompts {input.prompts} --patterns {input.patterns:q} --threads {threads} --train-out {output.train} --val-out {output.val}"
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
        config=settings_of_run("sequence", "filters"),
        empty=lambda wildcards: "--may-be-empty" if wildcards.side == "val" else "",
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/train/pack_rows.py --rows {input.rows} --model {input.model} {params.empty}"
        " --config {params.config} --out {output.table} --record {output.record} > {log} 2>&1"


rule train_adapter:
    """Train an adapter, and keep those of monitored steps; a killed job resumes from its last complete checkpoint."""
    input:
        model=model_of_run,
        earlier=lambda wildcards: INPUTS.continued_adapter(wildcards.run),
        train=RUN + "packed/train.parquet",
        val=RUN + "packed/val.parquet",
    output:
        adapter=directory(RUN + "adapter"),
        monitored=directory(RUN + "monitored"),
        metrics=RUN + "metrics.json",
    log:
        "results/logs/train_adapter/{run}.log",
    benchmark:
        "results/benchmarks/train_adapter/{run}.tsv"
    wildcard_constraints:
        run=pattern(set(ADAPTED) - {*REWARDED}),
    params:
        code=code("train/train_adapter.py"),
        config=settings_of_run("sequence", "lora", "quantization", "train"),
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
        # Not a parameter: what is monitored does not change the adapter, which is not trained again for it.
        monitor_every=lambda wildcards: RUNS[wildcards.run]["monitor"]["every"] or 0,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; exec {params.launch} scripts/train/train_adapter.py --model {input.model} {params.earlier}"
        " --train {input.train} --val {input.val} --config {params.config} --work {params.work}"
        " --logs {params.logs} --monitor-every {resources.monitor_every} --monitored {output.monitored}"
        " --adapter {output.adapter} --metrics {output.metrics} > {log} 2>&1"


rule train_grpo:
    """Train an adapter by GRPO, rewarded by the tests of executable tasks; a killed job resumes from its last checkpoint."""
    input:
        model=model_of_run,
        earlier=lambda wildcards: INPUTS.continued_adapter(wildcards.run),
        rows=RUN + "train.parquet",
        tasks="results/tasks/tasks.parquet",
        crates="results/tasks/crates",
        sandbox="results/tools/sandbox.json",
    output:
        adapter=directory(RUN + "adapter"),
        metrics=RUN + "metrics.json",
    log:
        "results/logs/train_grpo/{run}.log",
    benchmark:
        "results/benchmarks/train_grpo/{run}.tsv"
    wildcard_constraints:
        run=pattern(REWARDED),
    params:
        code=code("train/train_grpo.py"),
        config=lambda wildcards: as_json(
            {
                "run": {
                    name: RUNS[wildcards.run][name]
                    for name in ("sequence", "lora", "quantization", "train", "grpo")
                },
            }
            | json.loads(*shlex.split(GRADING_SETTINGS))
        ),
        toolchain=TOOLCHAIN,
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
        "export OMP_NUM_THREADS={threads}; {params.launch} scripts/train/train_grpo.py --model {input.model} {params.earlier}"
        " --rows {input.rows} --tasks results/tasks --config {params.config} --work {params.work} --logs {params.logs}"
        " --adapter {output.adapter} --metrics {output.metrics} > {log} 2>&1"


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
    wildcard_constraints:
        run=pattern(ADAPTED),
    params:
        code=code("train/merge_adapter.py"),
        config=settings_of_run("merge"),
    threads: ALL_CORES
    resources:
        mem_mb=64000,
        gpu=1,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; python scripts/train/merge_adapter.py --model {input.model} --adapter {input.adapter}"
        " --rows {input.val} --fallback-rows {input.train} --config {params.config}"
        " --out {output.folder} --record {output.record} > {log} 2>&1"


rule train_model:
    """Train all weights of a model, and write it; a killed job resumes from its last complete checkpoint."""
    input:
        model=lambda wildcards: INPUTS.whole_model(wildcards.run),
        train=RUN + "packed/train.parquet",
        val=RUN + "packed/val.parquet",
    output:
        folder=directory(RUN + "merged"),
        record=RUN + "merge.json",
        metrics=RUN + "metrics.json",
    log:
        "results/logs/train_model/{run}.log",
    benchmark:
        "results/benchmarks/train_model/{run}.tsv"
    wildcard_constraints:
        run=pattern(WHOLE),
    params:
        code=code("train/train_model.py"),
        config=settings_of_run("sequence", "lora", "quantization", "train", "merge"),
        # Not outputs, which Snakemake would delete with an unfinished job.
        work=RUN + "checkpoints",
        logs=RUN + "logs",
        launch=lambda wildcards: run_settings.launcher(RUNS[wildcards.run]["train"]["devices"]),
    threads: ALL_CORES
    resources:
        mem_mb=64000,
        gpu=lambda wildcards: RUNS[wildcards.run]["train"]["devices"],
        runtime=2880,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; exec {params.launch} scripts/train/train_model.py --model {input.model}"
        " --train {input.train} --val {input.val} --config {params.config} --work {params.work} --logs {params.logs}"
        " --out {output.folder} --record {output.record} --metrics {output.metrics} > {log} 2>&1"


rule merge_model:
    """Merge an adapter under `models` into its base; nothing is trained."""
    input:
        model=lambda wildcards: INPUTS.base_files(wildcards.base)[:1],
        adapter="results/models/{base}",
        problems="results/problems/own/problems.jsonl",
    output:
        folder=directory("results/merged/{base}"),
        record="results/merged/{base}.json",
    log:
        "results/logs/merge_model/{base}.log",
    benchmark:
        "results/benchmarks/merge_model/{base}.tsv"
    wildcard_constraints:
        base=pattern(name for name in MODELS if INPUTS.base(name)),
    params:
        code=code("train/merge_model.py"),
        config=as_json({"run": {"merge": config["run_defaults"]["merge"]}}),
    threads: ALL_CORES
    resources:
        mem_mb=64000,
        gpu=1,
    conda:
        "../envs/train.yaml"
    shell:
        "export OMP_NUM_THREADS={threads}; python scripts/train/merge_model.py --model {input.model}"
        " --adapter {input.adapter} --problems {input.problems} --config {params.config}"
        " --out {output.folder} --record {output.record} > {log} 2>&1"
