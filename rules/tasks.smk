"""From a crate's files to judged candidates: chunk, judge, make."""


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
        files=section("files"),
        chunks=section("chunks"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/tasks/chunk.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --files-config {params.files} --chunks-config {params.chunks}"
        " --chunks {output.chunks} --files {output.files} --figures {output.figures} > {log} 2>&1"


rule judge:
    """Ask the compiler which functions it reads and accepts: one sandboxed check for all of them."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
    output:
        verdicts=crate_file("verdicts.parquet"),
        json=crate_file("judge.json"),
    log:
        "results/logs/judge/{crate}.log",
    benchmark:
        "results/benchmarks/judge/{crate}.tsv"
    params:
        code=code("tasks/judge.py"),
        sandbox=SANDBOX,
        features=config["crates"]["features"],
        toolchain=TOOLCHAIN,
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/judge.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --chunks {input.chunks} --features {params.features}"
        " --sandbox {params.sandbox} --threads {threads}"
        " --verdicts {output.verdicts} --json {output.json} > {log} 2>&1"


rule mutate:
    """Break a crate's functions as people do, and keep what the compiler says of each."""
    input:
        sandbox="results/tools/sandbox.json",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
    output:
        broken=crate_file("broken.parquet"),
        json=crate_file("mutate.json"),
    log:
        "results/logs/mutate/{crate}.log",
    benchmark:
        "results/benchmarks/mutate/{crate}.tsv"
    params:
        code=code("tasks/mutate.py"),
        sandbox=SANDBOX,
        features=config["crates"]["features"],
        settings=section("error_fixing"),
        toolchain=TOOLCHAIN,
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tasks/mutate.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --chunks {input.chunks} --verdicts {input.verdicts}"
        " --features {params.features} --error-fixing {params.settings}"
        " --sandbox {params.sandbox} --threads {threads}"
        " --broken {output.broken} --json {output.json} > {log} 2>&1"


def broken_of_crate(wildcards):
    if "error_fixing" not in config["tasks"]["kinds"]:
        return []
    return [crate_file("broken.parquet").format(crate=wildcards.crate)]


def clippy_of_crate(wildcards):
    return (
        [crate_file("clippy.json").format(crate=wildcards.crate)]
        if config["tools"]["clippy"]
        else []
    )


rule make:
    """Make a crate's candidates: a row per function and kind of task, or the reason why not."""
    input:
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        chunks=crate_file("chunks.parquet"),
        verdicts=crate_file("verdicts.parquet"),
        judge=crate_file("judge.json"),
        clippy=clippy_of_crate,
        broken=broken_of_crate,
        prompts="resources/prompts.yaml",
    output:
        candidates=crate_file("candidates.parquet"),
        dropped=crate_file("dropped.parquet"),
    log:
        "results/logs/make/{crate}.log",
    benchmark:
        "results/benchmarks/make/{crate}.tsv"
    params:
        code=code("tasks/make.py"),
        tasks=section("tasks"),
        clippy=lambda wildcards, input: f"--clippy {input.clippy}" if input.clippy else "",
        broken=lambda wildcards, input: f"--broken {input.broken}" if input.broken else "",
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/tasks/make.py --crate {wildcards.crate} --crate-json {input.json}"
        " --source {input.folder} --chunks {input.chunks} --verdicts {input.verdicts}"
        " --judge-json {input.judge} {params.clippy} {params.broken} --prompts {input.prompts} --tasks {params.tasks}"
        " --candidates {output.candidates} --dropped {output.dropped} > {log} 2>&1"
