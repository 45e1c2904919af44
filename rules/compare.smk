"""Samples of models and runs, expert iteration, comparisons, the ranking of sweeps."""

COMPARED = run_settings.compared(config, RUNS)
SAMPLED = [*MODELS, *RUNS, *ROUNDS]


def sampled_model(wildcards):
    """The folder of the model that is sampled: a base, a run's merged model, or that of a round of experts."""
    name = wildcards.model
    name = ROUNDS[name]["model"] if name in ROUNDS else name
    return f"results/models/{name}" if name in MODELS else f"results/train/{name}/merged"


def sampling_of(wildcards):
    return config["sampling"] | ROUNDS.get(wildcards.model, {}).get("sampling", {})


rule sample:
    """Let a model answer the problems of a benchmark; a killed job goes on where it stood."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        model=lambda wildcards: (
            [] if sampling_of(wildcards)["engine"] == "server" else sampled_model(wildcards)
        ),
    output:
        MODEL + "samples.jsonl",
    log:
        "results/logs/sample/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/sample/{benchmark}-{model}.tsv"
    wildcard_constraints:
        model="|".join(map(re.escape, SAMPLED)) or "(?!)",
    params:
        code=code("sample/sample.py"),
        settings=lambda wildcards: shlex.quote(json.dumps(sampling_of(wildcards), sort_keys=True)),
        model=lambda wildcards, input: shlex.quote(str(input.model or wildcards.model)),
        journal=MODEL + "samples.journal.jsonl",
    threads: ALL_CORES
    resources:
        mem_mb=16000,
        gpu=1,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/sample/sample.py --problems {input.problems} --model {params.model}"
        " --settings {params.settings} --threads {threads} --journal {params.journal}"
        " --out {output} > {log} 2>&1"


rule experts:
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
        record="results/experts/{round}.json",
    log:
        "results/logs/experts/{round}.log",
    benchmark:
        "results/benchmarks/experts/{round}.tsv"
    wildcard_constraints:
        round="|".join(map(re.escape, ROUNDS)) or "(?!)",
    params:
        code=code("compare/experts.py"),
        settings=lambda wildcards: shlex.quote(
            json.dumps(
                ROUNDS[wildcards.round].get("keep", {}) | {"policy": config["evaluate"]["policy"]},
                sort_keys=True,
            )
        ),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/experts.py --round {wildcards.round} --problems {input.problems}"
        " --samples {input.files[0]} --answers {input.files[1]} --results {input.files[2]}"
        " --quality {input.files[3]} --settings {params.settings}"
        " --out {output.rows} --record {output.record} > {log} 2>&1"


rule environment:
    """What the figures of a comparison were made with: toolchain, packages, models, data, GPU."""
    input:
        base=lambda wildcards: f"results/models/{run_settings.model_behind(RUNS, wildcards.one)}.json",
        source=BENCHMARK + "source.json",
        data=lambda wildcards: (
            "results/dataset/train.jsonl" if "dataset" in RUNS[wildcards.run]["sources"] else []
        ),
        merge=RUN + "merge.json",
    output:
        "results/compare/{benchmark}/{one}-vs-{run}.environment.json",
    log:
        "results/logs/compare/environment/{benchmark}-{one}-{run}.log",
    params:
        code=code("compare/environment.py"),
        data=lambda wildcards, input: f"--data train={input.data}" if input.data else "",
        toolchain=TOOLCHAIN,
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/compare/environment.py --model-record {wildcards.one}={input.base}"
        " --model-record {wildcards.run}={input.merge} --problems {wildcards.benchmark}={input.source}"
        " {params.data} --out {output} > {log} 2>&1"


rule compare_pair:
    """Compare a run with what it is measured against, on the same problems, under both policies."""
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
            model="{run}",
            file=["results.jsonl", "metrics.json"],
            allow_missing=True,
        ),
        environment="results/compare/{benchmark}/{one}-vs-{run}.environment.json",
        trained_on=lambda wildcards: [
            file.replace(".jsonl", ".json") for file in rounds_of_run(wildcards)
        ],
        template="resources/comparison.html",
    output:
        json="results/compare/{benchmark}/{one}-vs-{run}.json",
        md="results/compare/{benchmark}/{one}-vs-{run}.md",
        html="results/compare/{benchmark}/{one}-vs-{run}.html",
    log:
        "results/logs/compare/compare/{benchmark}-{one}-{run}.log",
    benchmark:
        "results/benchmarks/compare/{benchmark}-{one}-{run}.tsv"
    wildcard_constraints:
        one="|".join(map(re.escape, [*MODELS, *RUNS])) or "(?!)",
    params:
        code=code("compare/compare.py"),
        settings=settings_of_evaluate("bootstrap", "policy", "seed"),
        sampling=section("sampling"),
        trained_on=lambda wildcards, input: (
            f"--trained-on {' '.join(input.trained_on)}" if input.trained_on else ""
        ),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/compare.py --benchmark {wildcards.benchmark} --problems {input.problems}"
        " --base {wildcards.one} --base-results {input.one[0]} --base-metrics {input.one[1]}"
        " --run {wildcards.run} --run-results {input.other[0]} --run-metrics {input.other[1]}"
        " --base-sampling {params.sampling} --run-sampling {params.sampling} {params.trained_on}"
        " --settings {params.settings} --environment {input.environment}"
        " --json {output.json} --md {output.md} --html {output.html} > {log} 2>&1"


rule rank:
    """Rank the runs of a sweep by a figure of data that was not trained on."""
    input:
        lambda wildcards: run_settings.figures_of_sweep(config, wildcards.sweep),
    output:
        json="results/sweeps/{sweep}.json",
        table="results/sweeps/{sweep}.md",
    log:
        "results/logs/sweeps/{sweep}.log",
    wildcard_constraints:
        sweep="|".join(map(re.escape, config["sweeps"])) or "(?!)",
    params:
        code=code("compare/rank.py"),
        figure=lambda wildcards: config["sweeps"][wildcards.sweep].get("figure", "eval_loss"),
        runs=lambda wildcards: shlex.quote(json.dumps(run_settings.ranked(config, wildcards.sweep))),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/compare/rank.py --sweep {wildcards.sweep} --figure {params.figure}"
        " --runs {params.runs} --out {output.json} --table {output.table} > {log} 2>&1"


# What would be trained, before anything is: a dry run shows it too.
if workflow.is_main_process:
    for sweep in config["sweeps"]:
        logger.info(run_settings.table_of_sweep(config, sweep))
