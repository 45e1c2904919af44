"""Samples of models and runs, expert iteration, comparisons, the ranking of sweeps."""

from ferrule.workflow import monitoring
from ferrule.workflow.problem_sets import uncompared_data

COMPARED = run_settings.compared(config, RUNS)
SAMPLED = [*MODELS, *RUNS, *ROUNDS, *INPUTS.checkpoints]
# What can be compared: models and runs, and those of which there are samples from elsewhere.
MEASURED = [*MODELS, *RUNS, *config["evaluate"]["samples"]]


wildcard_constraints:
    one=pattern(MEASURED),
    other=pattern(MEASURED),


rule generate_samples:
    """Let a model answer the problems of a benchmark; a killed job resumes from its last sample."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        model=lambda wildcards: INPUTS.sampled(wildcards.model)[0],
        adapter=lambda wildcards: INPUTS.sampled(wildcards.model)[1],
    output:
        MODEL + "samples.jsonl",
    log:
        "results/logs/generate_samples/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/generate_samples/{benchmark}-{model}.tsv"
    wildcard_constraints:
        model=pattern(SAMPLED),
    params:
        code=code("compare/generate_samples.py"),
        config=with_subset(
            sampling=lambda wildcards: {
                key: value
                for key, value in INPUTS.sampling(wildcards.model).items()
                if key != "batch"
            }
        ),
        # A server has its own names for models.
        model=lambda wildcards, input: shlex.quote(
            str(input.model or INPUTS.served_name(wildcards.model))
        ),
        adapter=lambda wildcards, input: (
            f"--adapter {shlex.quote(INPUTS.adapter(wildcards.model))}" if input.adapter else ""
        ),
        journal=MODEL + "samples.journal.jsonl",
    threads: ALL_CORES
    resources:
        mem_mb=16000,
        gpu=1,
        # Not a parameter: samples that are finished stay as they are when a batch is made smaller.
        batch=lambda wildcards: INPUTS.sampling(wildcards.model)["batch"],
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/compare/generate_samples.py --problems {input.problems} --model {params.model}"
        " {params.adapter} --config {params.config} --batch {resources.batch} --threads {threads}"
        " --journal {params.journal} --out {output} > {log} 2>&1"


rule select_expert_rows:
    """Keep the answers of a round that meet the thresholds, as rows to train on."""
    input:
        problems=lambda wildcards: BENCHMARK.format(benchmark=ROUNDS[wildcards.round]["benchmark"])
        + "problems.jsonl",
        files=lambda wildcards: expand(
            MODEL + "{file}.jsonl",
            benchmark=ROUNDS[wildcards.round]["benchmark"],
            model=wildcards.round,
            file=["samples", "answers", "results", "quality"],
        ),
    output:
        rows="results/experts/{round}.jsonl",
        code_only="results/experts/{round}/code_only.jsonl",
        record="results/experts/{round}.json",
    log:
        "results/logs/select_expert_rows/{round}.log",
    benchmark:
        "results/benchmarks/select_expert_rows/{round}.tsv"
    wildcard_constraints:
        round=pattern(ROUNDS),
    params:
        code=code("compare/select_expert_rows.py"),
        config=lambda wildcards: as_json(
            {
                "round": ROUNDS[wildcards.round].get("keep", {})
                | {"policy": config["evaluate"]["policy"]}
            }
        ),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/select_expert_rows.py --round {wildcards.round} --problems {input.problems}"
        " --samples {input.files[0]} --answers {input.files[1]} --results {input.files[2]}"
        " --quality {input.files[3]} --config {params.config}"
        " --out {output.rows} --code-out {output.code_only} --record {output.record} > {log} 2>&1"


rule record_environment:
    """What the figures of a comparison were made with: toolchain, packages, models, data, GPU."""
    input:
        records=lambda wildcards: list(
            INPUTS.compared_records(wildcards.one, wildcards.other).values()
        ),
        source=BENCHMARK + "source.json",
        data=lambda wildcards: INPUTS.dataset_behind(wildcards.other, "train.jsonl"),
    output:
        "results/compare/{benchmark}/{one}-vs-{other}.environment.json",
    log:
        "results/logs/record_environment/{benchmark}-{one}-{other}.log",
    params:
        code=code("compare/record_environment.py"),
        records=lambda wildcards: " ".join(
            f"--model-record {shlex.quote(f'{name}={file}')}"
            for name, file in INPUTS.compared_records(wildcards.one, wildcards.other).items()
        ),
        data=lambda wildcards, input: f"--data train={input.data}" if input.data else "",
        toolchain=TOOLCHAIN,
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/compare/record_environment.py {params.records}"
        " --problems {wildcards.benchmark}={input.source} {params.data} --out {output} > {log} 2>&1"


def data_notes(wildcards):
    """What is not known about the data of both sides: whether the benchmark's problems are in it."""
    notes = []
    for name in (wildcards.one, wildcards.other):
        sources = [source for run in INPUTS.lineage(name) for source in RUNS[run]["sources"]]
        if text := uncompared_data(config, list(dict.fromkeys(sources)), wildcards.benchmark):
            notes.append(f"{name} was {text}.")
    return " ".join(f"--note {shlex.quote(note)}" for note in notes)


rule compare_models:
    """Compare a model or run with what it is measured against, on the same problems, under both policies."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        one=expand(
            MODEL + "{file}",
            model="{one}",
            file=["results.jsonl", "metrics.json"],
            allow_missing=True,
        ),
        other=expand(
            MODEL + "{file}",
            model="{other}",
            file=["results.jsonl", "metrics.json"],
            allow_missing=True,
        ),
        environment="results/compare/{benchmark}/{one}-vs-{other}.environment.json",
        trained_on=lambda wildcards: INPUTS.round_records(wildcards.other),
        base_trained_on=lambda wildcards: INPUTS.round_records(wildcards.one),
        template="resources/comparison.html",
    output:
        json="results/compare/{benchmark}/{one}-vs-{other}.json",
        md="results/compare/{benchmark}/{one}-vs-{other}.md",
        html=report(
            "results/compare/{benchmark}/{one}-vs-{other}.html",
            caption="../resources/report/captions/comparison.rst",
            category="Models",
            labels={"model": "{other}", "against": "{one}", "benchmark": "{benchmark}"},
        ),
    log:
        "results/logs/compare_models/{benchmark}-{one}-{other}.log",
    benchmark:
        "results/benchmarks/compare_models/{benchmark}-{one}-{other}.tsv"
    params:
        code=code("compare/compare_models.py"),
        config=settings(evaluate=["bootstrap", "policy", "seed"]),
        # How samples from elsewhere were drawn is not known here.
        sampling=lambda wildcards: " ".join(
            f"--{side}-sampling {as_json(config['sampling'])}"
            for side, name in (("base", wildcards.one), ("run", wildcards.other))
            if name not in config["evaluate"]["samples"]
        ),
        notes=data_notes,
        trained_on=lambda wildcards, input: " ".join(
            f"--{option} {' '.join(files)}"
            for option, files in (
                ("trained-on", input.trained_on),
                ("base-trained-on", input.base_trained_on),
            )
            if files
        ),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/compare_models.py --benchmark {wildcards.benchmark} --problems {input.problems}"
        " --base {wildcards.one} --base-results {input.one[0]} --base-metrics {input.one[1]}"
        " --run {wildcards.other} --run-results {input.other[0]} --run-metrics {input.other[1]}"
        " {params.sampling} {params.trained_on} {params.notes}"
        " --config {params.config} --environment {input.environment} --template {input.template}"
        " --json {output.json} --md {output.md} --html {output.html} > {log} 2>&1"


def checked_metrics(wildcards):
    """The figures of a run's measured checkpoints, or what to do where a run has none."""
    if not monitoring.steps(RUNS[wildcards.run]):
        raise WorkflowError(
            f"runs.{wildcards.run}.monitor.every is null: set it to a number of steps, such as 1000"
        )
    return list(INPUTS.monitored_metrics(wildcards.run).values())


rule monitor_run:
    """Compare the measured checkpoints of a run with the targets of its phase, and with those for the end."""
    input:
        metrics=checked_metrics,
        earlier=lambda wildcards: INPUTS.earlier_monitored(wildcards.run),
    output:
        rows=RUN + "monitor.jsonl",
        table=RUN + "monitor.md",
    log:
        "results/logs/monitor_run/{run}.log",
    params:
        code=code("compare/monitor_run.py"),
        phase=lambda wildcards: monitoring.phase(RUNS[wildcards.run]),
        checkpoints=lambda wildcards: " ".join(
            f"--checkpoint {step}={shlex.quote(file)}"
            for step, file in INPUTS.monitored_metrics(wildcards.run).items()
        ),
        earlier=lambda wildcards, input: (
            f"--earlier {' '.join(input.earlier)}" if input.earlier else ""
        ),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/monitor_run.py --run {wildcards.run} --phase {params.phase}"
        " {params.checkpoints} {params.earlier} --out {output.rows} --table {output.table} > {log} 2>&1"


def monitored_runs(wildcards):
    """The tables of the runs that are monitored."""
    found = monitoring.monitored(config)
    if not found:
        raise WorkflowError(
            "no run is monitored: set monitor.every of a run to a number of steps, such as 1000"
        )
    return expand(RUN + "monitor.{kind}", run=found, kind=["jsonl", "md"])


rule rank_sweep:
    """Rank the runs of a sweep by a figure of data that was not trained on."""
    input:
        lambda wildcards: run_settings.figures_of_sweep(config, wildcards.sweep),
    output:
        json="results/sweeps/{sweep}.json",
        table="results/sweeps/{sweep}.md",
    log:
        "results/logs/rank_sweep/{sweep}.log",
    wildcard_constraints:
        sweep=pattern(config["sweeps"]),
    params:
        code=code("compare/rank_sweep.py"),
        figure=lambda wildcards: config["sweeps"][wildcards.sweep].get("figure", "eval_loss"),
        runs=lambda wildcards: as_json(run_settings.ranked(config, wildcards.sweep)),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/rank_sweep.py --sweep {wildcards.sweep} --figure {params.figure}"
        " --runs {params.runs} --out {output.json} --table {output.table} > {log} 2>&1"


# What would be trained, before anything is: a dry run shows it too.
if workflow.is_main_process:
    for sweep in config["sweeps"]:
        logger.info(run_settings.table_of_sweep(config, sweep))
