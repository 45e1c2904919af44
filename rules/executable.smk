"""Executable tasks: functions that their crate's own tests can grade, with the proof of each."""

from ferrule.workflow.problem_sets import crate_task_sets

# What grading reads of the configuration: another benchmark or seed grades nothing again.
GRADING = dict(
    crates=["features"],
    evaluate=["wall_seconds", "idle_seconds", "memory_mb", "output_kb", "processes"],
)
GRADING_SETTINGS = settings("sandbox", **GRADING)


rule prove_functions:
    """Prove which functions of a crate its tests can grade: they pass with the author's code and fail without it."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        coverage=crate_file("coverage.parquet"),
        mutants=crate_file("mutants.parquet"),
        facts=FACTS,
    output:
        proofs=crate_file("proofs.parquet"),
        json=crate_file("proofs.json"),
    log:
        "results/logs/prove_functions/{crate}.log",
    benchmark:
        "results/benchmarks/prove_functions/{crate}.tsv"
    params:
        refused=REFUSALS.late,
        code=code("executable/prove_functions.py"),
        config=settings("sandbox", **GRADING, executable=["seed", "functions"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 5
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/executable/prove_functions.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --prepared {params.prepared} --refused {params.refused}"
        " --chunks {input.chunks} --coverage {input.coverage} --mutants {input.mutants}"
        " --config {params.config} --threads {threads} --proofs {output.proofs} --json {output.json} > {log} 2>&1"


rule write_tasks:
    """Make a crate's executable tasks: candidates whose answer is a function, with the proof of the function."""
    input:
        json=crate_file("crate.json"),
        resolved=lambda wildcards: [] if source_of(wildcards) else crate_file("resolved.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        calls=crate_file("calls.parquet"),
        proofs=crate_file("proofs.parquet"),
        candidates=crate_file("candidates.parquet"),
    output:
        tasks=crate_file("tasks.parquet"),
        dropped=crate_file("tasks_dropped.json"),
    log:
        "results/logs/write_tasks/{crate}.log",
    benchmark:
        "results/benchmarks/write_tasks/{crate}.tsv"
    params:
        code=code("executable/write_tasks.py"),
        config=settings(crates=["features"], executable=["seed", "kinds", "per_function"]),
        toolchain=TOOLCHAIN,
    priority: 7
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/executable/write_tasks.py --crate-json {input.json} --resolved '{input.resolved}' --source {input.folder}"
        " --chunks {input.chunks} --calls {input.calls} --proofs {input.proofs} --candidates {input.candidates}"
        " --config {params.config} --tasks {output.tasks} --dropped {output.dropped} > {log} 2>&1"


rule collect_tasks:
    """Collect the tasks of all crates: held out by repository, near-duplicates of train taken out, what graders need."""
    input:
        crates="results/work/crates.txt",  # by its name, as in `gather`
        tasks=of_all_crates("tasks.parquet"),
        proofs=of_all_crates("proofs.json"),
    output:
        folder=directory("results/tasks/crates"),
        tasks="results/tasks/tasks.parquet",
        heldout="results/tasks/heldout.json",
        json="results/tasks/tasks.json",
        page="results/tasks/tasks.md",
    log:
        "results/logs/collect_tasks.log",
    benchmark:
        "results/benchmarks/collect_tasks.tsv"
    params:
        code=code("executable/collect_tasks.py"),
        config=settings(executable=["seed", "heldout", "published_after"]),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/executable/collect_tasks.py --crates results/crates --list {input.crates}"
        " --config {params.config} --folder results/tasks > {log} 2>&1"


rule grade_references:
    """Grade the author's function of every task of a problem set: all of them must pass."""
    input:
        sandbox="results/tools/sandbox.json",
        problems="results/problems/{benchmark}/problems.jsonl",
        tasks=lambda wildcards: config["benchmarks"][wildcards.benchmark]["path"],
    output:
        "results/problems/{benchmark}/references.json",
    log:
        "results/logs/grade_references/{benchmark}.log",
    benchmark:
        "results/benchmarks/grade_references/{benchmark}.tsv"
    wildcard_constraints:
        benchmark=pattern(crate_task_sets(config)),
    params:
        code=code("executable/grade_references.py"),
        config=GRADING_SETTINGS,
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/executable/grade_references.py --problems {input.problems} --tasks {input.tasks}"
        " --config {params.config} --threads {threads} --out {output} > {log} 2>&1"


rule grade_answers:
    """Grade every distinct answer to executable tasks inside its crate."""
    input:
        sandbox="results/tools/sandbox.json",
        problems="results/problems/{benchmark}/problems.jsonl",
        tasks=lambda wildcards: config["benchmarks"][wildcards.benchmark]["path"],
        answers="results/evaluate/{benchmark}/{model}/answers.jsonl",
    output:
        "results/evaluate/{benchmark}/{model}/verdicts.jsonl",
    log:
        "results/logs/grade_answers/{benchmark}-{model}.log",
    benchmark:
        "results/benchmarks/grade_answers/{benchmark}-{model}.tsv"
    wildcard_constraints:
        benchmark=pattern(crate_task_sets(config)),
    params:
        code=code("executable/grade_answers.py"),
        config=GRADING_SETTINGS,
        # Not an output, which Snakemake would delete with an unfinished job.
        journal="results/evaluate/{benchmark}/{model}/journal.jsonl",
        toolchain=TOOLCHAIN,
    threads: ALL_CORES
    resources:
        mem_mb=4000 + config["evaluate"]["memory_mb"],
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/executable/grade_answers.py --problems {input.problems} --tasks {input.tasks}"
        " --answers {input.answers} --journal {params.journal} --config {params.config} --code {params.code}"
        " --threads {threads} --out {output} > {log} 2>&1"


rule export_tasks:
    """Write the tasks in the formats that others load: Harbor, SWE-smith's columns, rows for TRL, verl and NeMo Gym."""
    input:
        tasks="results/tasks/tasks.parquet",
        crates="results/tasks/crates",
    output:
        directory("results/task_exports"),
    log:
        "results/logs/export_tasks.log",
    benchmark:
        "results/benchmarks/export_tasks.tsv"
    params:
        code=code("executable/export_tasks.py"),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/executable/export_tasks.py --tasks results/tasks --out {output} > {log} 2>&1"


rule write_task_rows:
    """Write the tasks in train as rows of prompt and answer, for runs that learn from their tests."""
    input:
        "results/tasks/tasks.parquet",
    output:
        "results/tasks/rows.parquet",
    log:
        "results/logs/write_task_rows.log",
    benchmark:
        "results/benchmarks/write_task_rows.tsv"
    params:
        code=code("executable/write_task_rows.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/executable/write_task_rows.py --tasks {input} --rows {output} > {log} 2>&1"
