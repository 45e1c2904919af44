"""Samples of models: what was answered, what came of it, and the figures."""

EVALUATED = config["evaluate"]["samples"]
MODEL = "results/evaluate/{benchmark}/{model}/"


wildcard_constraints:
    model=r"[A-Za-z0-9][A-Za-z0-9._~-]*",


def evaluations():
    """The folders of all that is to be evaluated: models with their samples, or else the references."""
    asked = config["evaluate"]["benchmarks"]
    named = [(b, model) for model, files in EVALUATED.items() for b in files if b in asked]
    pairs = named or [(benchmark, "references") for benchmark in asked]
    return [MODEL.format(benchmark=benchmark, model=model) for benchmark, model in pairs]


def given_samples(wildcards):
    return EVALUATED.get(wildcards.model, {}).get(wildcards.benchmark, [])


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
        model="|".join(map(re.escape, [*EVALUATED, "references"])),
    params:
        code=code("evaluate/import_samples.py"),
        source=lambda wildcards, input: (
            f"--file {shlex.quote(input.file)}" if input.file else "--references"
        ),
        k=shlex.quote(json.dumps(config["evaluate"]["k"])),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/evaluate/import_samples.py --problems {input.problems} {params.source}"
        " --k {params.k} --out {output} > {log} 2>&1"


rule extract_answers:
    """Take the code out of every sample, and find what reaches for the measurement or the machine."""
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
        most=config["evaluate"]["max_answer_kb"],
    threads: 2
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/evaluate/extract_answers.py --problems {input.problems} --samples {input.samples}"
        " --policy-table {input.policy} --max-answer-kb {params.most} --threads {threads}"
        " --out {output} > {log} 2>&1"


rule judge_answers:
    """Compile and run every distinct answer in the sandbox; a killed job goes on where it stood."""
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
    params:
        code=code("evaluate/judge_answers.py"),
        sandbox=SANDBOX,
        settings=RUN_SETTINGS,
        # Not an output, which Snakemake would delete with an unfinished job.
        journal=MODEL + "journal.jsonl",
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: ALL_CORES
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/evaluate/judge_answers.py --problems {input.problems} --answers {input.answers}"
        " --references {input.references} {params.crates} --journal {params.journal}"
        " --settings {params.settings} --sandbox {params.sandbox} --code {params.code}"
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
        sandbox=SANDBOX,
        settings=settings_of_evaluate("batch"),
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: ALL_CORES
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/evaluate/measure_quality.py --problems {input.problems} --answers {input.answers}"
        " --verdicts {input.verdicts} {params.crates} --settings {params.settings}"
        " --sandbox {params.sandbox} --threads {threads} --out {output} > {log} 2>&1"


rule compute_metrics:
    """Join what is known of every sample, and make the figures: pass@k with intervals, funnel, tables."""
    input:
        problems=BENCHMARK + "problems.jsonl",
        source=BENCHMARK + "source.json",
        references=BENCHMARK + "references.json",
        samples=MODEL + "samples.jsonl",
        answers=MODEL + "answers.jsonl",
        verdicts=MODEL + "verdicts.jsonl",
        quality=MODEL + "quality.jsonl" if config["evaluate"]["quality"] else [],
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
        settings=settings_of_evaluate("bootstrap", "k", "policy", "seed"),
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
        " --settings {params.settings} --toolchain {params.toolchain}"
        " --results {output.results} --metrics {output.json} --table {output.table} > {log} 2>&1"
