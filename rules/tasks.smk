"""From a crate's files to judged candidates: chunk, judge, make."""

# Further inputs of `make_tasks`, by option, as far as the configuration asks for them.
FINDINGS = {
    "clippy": ["clippy.json"] * config["tools"]["clippy"],
    "broken": ["broken.parquet"] * ("error_fixing" in config["tasks"]["kinds"]),
    "rewrites": ["rewrites.parquet"] * ("transformations" in config["tasks"]["kinds"]),
    "coverage": ["coverage.parquet"] * config["behaviour"]["run"],
    "behaviour": ["behaviour.parquet"] * config["behaviour"]["run"],
    "mutants": ["mutants.parquet"] * config["behaviour"]["run"],
    "examples": ["examples.parquet"] * config["behaviour"]["run"],
}


# Later steps have a higher priority, so that the workflow finishes one crate before it starts many.


rule chunk:
    """Cut a crate into functions, methods, types, impls and modules; count what it consists of."""
    input:
        json=crate_file("crate.json"),
        folder=crate_file("source"),
    output:
        chunks=crate_file("chunks.parquet"),
        files=crate_file("files.parquet"),
        figures=crate_file("figures.json"),
    log:
        "results/logs/chunk/{crate}.log",
    benchmark:
        "results/benchmarks/chunk/{crate}.tsv"
    params:
        code=code("tasks/chunk.py"),
        config=settings("files", "chunks"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/tasks/chunk.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --config {params.config}"
        " --chunks {output.chunks} --files {output.files} --figures {output.figures} > {log} 2>&1"


rule judge:
    """Ask the compiler which functions it reads and accepts: one sandboxed check for all of them."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        facts=EARLY_FACTS,
    output:
        verdicts=crate_file("verdicts.parquet"),
        calls=crate_file("calls.parquet"),
        json=crate_file("judge.json"),
    log:
        "results/logs/judge/{crate}.log",
    benchmark:
        "results/benchmarks/judge/{crate}.tsv"
    params:
        refused=REFUSALS.early,
        code=code("tasks/judge.py"),
        config=settings("sandbox", crates=["features"], tasks=["blocks"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 2
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/judge.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --prepared {params.prepared} --refused {params.refused} --chunks {input.chunks}"
        " --config {params.config} --threads {threads}"
        " --verdicts {output.verdicts} --calls {output.calls} --json {output.json} > {log} 2>&1"


rule mutate:
    """Break a crate's functions as people do, and keep the diagnostics of the compiler."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
        predictions="resources/predictions.tsv",
        facts=FACTS,
    output:
        broken=crate_file("broken.parquet"),
        json=crate_file("mutate.json"),
    log:
        "results/logs/mutate/{crate}.log",
    benchmark:
        "results/benchmarks/mutate/{crate}.tsv"
    params:
        refused=REFUSALS.late,
        code=code("tasks/mutate.py"),
        config=settings("sandbox", "error_fixing", crates=["features"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 4
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/mutate.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --prepared {params.prepared} --refused {params.refused} --chunks {input.chunks} --verdicts {input.verdicts}"
        " --predictions {input.predictions} --config {params.config} --threads {threads}"
        " --broken {output.broken} --json {output.json} > {log} 2>&1"


rule rewrite:
    """Write a crate's functions another way, with what clippy suggests too, and keep what compiles."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
        idioms="resources/idioms.tsv",
        cosmetic="resources/cosmetic.tsv",
        facts=FACTS,
    output:
        rewrites=crate_file("rewrites.parquet"),
        json=crate_file("rewrite.json"),
    log:
        "results/logs/rewrite/{crate}.log",
    benchmark:
        "results/benchmarks/rewrite/{crate}.tsv"
    params:
        refused=REFUSALS.late,
        code=code("tasks/rewrite.py"),
        config=settings("sandbox", "transformations", crates=["features"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 4
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/rewrite.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --prepared {params.prepared} --refused {params.refused} --chunks {input.chunks} --verdicts {input.verdicts}"
        " --idioms {input.idioms} --cosmetic {input.cosmetic} --config {params.config} --threads {threads}"
        " --rewrites {output.rewrites} --json {output.json} > {log} 2>&1"


rule run_tests:
    """Build a crate's own tests and run them per function: which cover it, what of its rewrites and mutants."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
        rewrites=[crate_file(name) for name in FINDINGS["rewrites"]],
        facts=FACTS,
    output:
        coverage=crate_file("coverage.parquet"),
        behaviour=crate_file("behaviour.parquet"),
        mutants=crate_file("mutants.parquet"),
        examples=crate_file("examples.parquet"),
        json=crate_file("behaviour.json"),
    log:
        "results/logs/run_tests/{crate}.log",
    benchmark:
        "results/benchmarks/run_tests/{crate}.tsv"
    params:
        refused=REFUSALS.late,
        code=code("tasks/run_tests.py"),
        rewrites=" ".join(f"--rewrites {crate_file(name)}" for name in FINDINGS["rewrites"]),
        config=settings("sandbox", "behaviour", crates=["features"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 5
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/run_tests.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --prepared {params.prepared} --refused {params.refused} --chunks {input.chunks} --verdicts {input.verdicts} {params.rewrites}"
        " --config {params.config} --threads {threads}"
        " --coverage {output.coverage} --behaviour-out {output.behaviour} --mutants {output.mutants} --examples {output.examples} --json {output.json} > {log} 2>&1"


rule make_tasks:
    """Make a crate's candidates: a row per function and kind of task, or the reason why not."""
    input:
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
        calls=crate_file("calls.parquet"),
        judge=crate_file("judge.json"),
        findings=[crate_file(name) for names in FINDINGS.values() for name in names],
        prompts="resources/prompts.yaml",
        facts=[file for file in FACTS if not file.endswith("clippy.json")],  # a finding
    output:
        candidates=crate_file("candidates.parquet"),
        dropped=crate_file("dropped.parquet"),
    log:
        "results/logs/make_tasks/{crate}.log",
    benchmark:
        "results/benchmarks/make_tasks/{crate}.tsv"
    params:
        refused=REFUSALS.late,
        code=code("tasks/make_tasks.py"),
        config=settings("tasks"),
        prepared=PREPARED,
        findings=" ".join(
            f"--{option} {crate_file(name)}"
            for option, names in FINDINGS.items()
            for name in names
        ),
    priority: 6
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/tasks/make_tasks.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --refused {params.refused} --chunks {input.chunks} --verdicts {input.verdicts}"
        " --calls {input.calls} --judge-json {input.judge} {params.findings} --prompts {input.prompts} --config {params.config}"
        " --candidates {output.candidates} --dropped {output.dropped} > {log} 2>&1"
        # No later step compiles anything.
        " && rm -f {params.prepared}"
