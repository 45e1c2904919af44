"""Samples of models: their answers, the verdicts, and the metrics."""

from ferrule.workflow.problem_sets import evaluations

EVALUATED = config["evaluate"]["samples"]
MODEL = "results/evaluate/{benchmark}/{model}/"


wildcard_constraints:
    model=r"[A-Za-z0-9][A-Za-z0-9._~-]*",


def given_samples(wildcards):
    return EVALUATED.get(wildcards.model, {}).get(wildcards.benchmark, [])


def with_subset(*keys, **sections):
    """The value of `--config`: sections, and of `evaluate` the named keys and which problems are taken.

    A round of expert iteration takes the whole set, a measured checkpoint the subset of its run. The seed is a setting
    only where it chooses something.
    """

    def config_of(wildcards):
        evaluate = config["evaluate"] | INPUTS.subset(wildcards.model)
        named = list(keys)
        if wildcards.model not in config["experts"] and evaluate["sample_n"]:
            named += [key for key in ("sample_n", "sample_seed", "sample_key") if key in evaluate]
        found = {name: section(wildcards) for name, section in sections.items()}
        return as_json(found | {"evaluate": {key: evaluate[key] for key in named}})

    return config_of


def quality_of(wildcards):
    """The table of quality figures. Answers that compile only inside a crate have none."""
    wanted = config["evaluate"]["quality"] and wildcards.benchmark not in CRATE_TASKS
    return MODEL + "quality.jsonl" if wanted else []


rule import_samples:
    """Check a file of samples against its problem set; the references are samples too."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        file=given_samples,
    output:
        MODEL + "samples.jsonl",
    log:
        "results/logs/import_samples/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/import_samples/{benchmark}-{model}.tsv"
    wildcard_constraints:
        model=pattern([*EVALUATED, "references"]),
    params:
        code=code("evaluate/import_samples.py"),
        source=lambda wildcards, input: (
            f"--file {shlex.quote(input.file)}" if input.file else "--references"
        ),
        config=with_subset("k"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/evaluate/import_samples.py --problems {input.problems} {params.source}"
        " --config {params.config} --out {output} > {log} 2>&1"


rule extract_answers:
    """Take the code out of every sample, and find code that manipulates the measurement or the machine."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        samples=MODEL + "samples.jsonl",
        policy="resources/policy.tsv",
    output:
        MODEL + "answers.jsonl",
    log:
        "results/logs/extract_answers/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/extract_answers/{benchmark}-{model}.tsv"
    params:
        code=code("evaluate/extract_answers.py"),
        config=settings(evaluate=["max_answer_kb"]),
    threads: 2
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/evaluate/extract_answers.py --problems {input.problems} --samples {input.samples}"
        " --policy-table {input.policy} --config {params.config} --threads {threads}"
        " --out {output} > {log} 2>&1"


rule judge_answers:
    """Compile and run every distinct answer in the sandbox; a killed job resumes from its last verdict."""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        references=BENCHMARK + "references.json",
        crates=problem_crates_of,
        answers=MODEL + "answers.jsonl",
    output:
        MODEL + "verdicts.jsonl",
    log:
        "results/logs/judge_answers/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/judge_answers/{benchmark}-{model}.tsv"
    wildcard_constraints:
        benchmark=pattern(OTHER_SETS),
    params:
        code=code("evaluate/judge_answers.py"),
        config=JUDGE_SETTINGS,
        # Not an output, which Snakemake would delete with an unfinished job.
        journal=MODEL + "journal.jsonl",
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: ALL_CORES
    resources:
        # The judge, and one answer that takes all that it may; few do, and hardly ever two at once.
        mem_mb=4000 + config["evaluate"]["memory_mb"],
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/evaluate/judge_answers.py --problems {input.problems} --answers {input.answers}"
        " --references {input.references} {params.crates} --journal {params.journal}"
        " --config {params.config} --code {params.code}"
        " --threads {threads} --out {output} > {log} 2>&1"


rule measure_quality:
    """Look at the code of every distinct answer: clippy, idioms, documentation, shape."""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        crates=problem_crates_of,
        answers=MODEL + "answers.jsonl",
        verdicts=MODEL + "verdicts.jsonl",
    output:
        MODEL + "quality.jsonl",
    log:
        "results/logs/measure_quality/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/measure_quality/{benchmark}-{model}.tsv"
    params:
        code=code("evaluate/measure_quality.py"),
        config=settings("sandbox", evaluate=["batch"]),
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: ALL_CORES
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/evaluate/measure_quality.py --problems {input.problems} --answers {input.answers}"
        " --verdicts {input.verdicts} {params.crates} --config {params.config}"
        " --threads {threads} --out {output} > {log} 2>&1"


rule compute_metrics:
    """Join what is known of every sample, and make the figures: pass@k with intervals, funnel, tables."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        source=BENCHMARK + "source.json",
        references=BENCHMARK + "references.json",
        samples=MODEL + "samples.jsonl",
        answers=MODEL + "answers.jsonl",
        verdicts=MODEL + "verdicts.jsonl",
        quality=quality_of,
    output:
        results=MODEL + "results.jsonl",
        json=MODEL + "metrics.json",
        table=MODEL + "metrics.md",
    log:
        "results/logs/compute_metrics/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/compute_metrics/{benchmark}-{model}.tsv"
    params:
        code=code("evaluate/compute_metrics.py"),
        config=with_subset("bootstrap", "k", "policy", "seed"),
        quality=lambda wildcards, input: f"--quality {input.quality}" if input.quality else "",
        toolchain=shlex.quote(TOOLCHAIN),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/evaluate/compute_metrics.py --problems {input.problems} --source {input.source}"
        " --references {input.references} --samples {input.samples} --answers {input.answers}"
        " --verdicts {input.verdicts} {params.quality} --model {wildcards.model}"
        " --config {params.config} --toolchain {params.toolchain}"
        " --results {output.results} --metrics {output.json} --table {output.table} > {log} 2>&1"
