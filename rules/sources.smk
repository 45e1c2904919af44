"""Samples of other sources than crates: whole Rust files, and pairs that others have made."""

from ferrule.core import shard_reader

OTHER_SOURCES = {name: source for name, source in config["sources"].items() if name != "on_error"}


def sources_of(kind):
    """The names of one kind as a pattern; one that no name matches where there is none."""
    return "|".join(name for name in OTHER_SOURCES if OTHER_SOURCES[name]["kind"] == kind) or "(?!)"


def files_of_source(wildcards):
    """The files that are there. What is missing is for the step to tell, which knows whether to go on."""
    patterns = OTHER_SOURCES[wildcards.name].get("files") or []
    return sorted({str(path) for pattern in patterns for path in shard_reader.files_of(pattern)})


rule import_stack:
    """Make samples of a source's Rust files: filters, chunks and makers of the crates, without a compiler."""
    input:
        files=files_of_source,
        prompts="resources/prompts.yaml",
    output:
        rows="results/sources/{name}.parquet",
        dropped="results/sources/{name}.dropped.parquet",
        counts="results/sources/{name}.json",
    log:
        "results/logs/import_stack/{name}.log",
    benchmark:
        "results/benchmarks/import_stack/{name}.tsv"
    wildcard_constraints:
        name=sources_of("stack"),
    params:
        code=code("sources/import_stack.py"),
        source=lambda wildcards: shlex.quote(
            json.dumps(OTHER_SOURCES[wildcards.name], sort_keys=True)
        ),
        on_error=config["sources"]["on_error"],
        licenses=shlex.quote(json.dumps(config["gates"]["allowed_licenses"])),
        files=section("files"),
        chunks=section("chunks"),
        tasks=section("tasks"),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/import_stack.py --name {wildcards.name} --source {params.source}"
        " --on-error {params.on_error} --licenses {params.licenses} --files-config {params.files}"
        " --chunks-config {params.chunks} --tasks {params.tasks} --prompts {input.prompts}"
        " --out {output.rows} --dropped {output.dropped} --counts {output.counts} > {log} 2>&1"


rule import_pairs:
    """Take over a source's pairs of prompt and answer."""
    input:
        files_of_source,
    output:
        rows="results/sources/{name}.parquet",
        dropped="results/sources/{name}.dropped.parquet",
        counts="results/sources/{name}.json",
    log:
        "results/logs/import_pairs/{name}.log",
    benchmark:
        "results/benchmarks/import_pairs/{name}.tsv"
    wildcard_constraints:
        name=sources_of("samples"),
    params:
        code=code("sources/import_pairs.py"),
        source=lambda wildcards: shlex.quote(
            json.dumps(OTHER_SOURCES[wildcards.name], sort_keys=True)
        ),
        on_error=config["sources"]["on_error"],
        licenses=shlex.quote(json.dumps(config["gates"]["allowed_licenses"])),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/import_pairs.py --name {wildcards.name} --source {params.source}"
        " --on-error {params.on_error} --licenses {params.licenses}"
        " --out {output.rows} --dropped {output.dropped} --counts {output.counts} > {log} 2>&1"


rule merge_sources:
    """Join the crates' samples with those of the sources, each with its weight; refuse verdicts not allowed."""
    input:
        rows="results/work/gather.parquet",
        counts="results/work/gather.json",
        rows_of_sources=expand("results/sources/{name}.parquet", name=OTHER_SOURCES),
        dropped_of_sources=expand("results/sources/{name}.dropped.parquet", name=OTHER_SOURCES),
        counts_of_sources=expand("results/sources/{name}.json", name=OTHER_SOURCES),
    output:
        rows="results/work/merge.parquet",
        dropped="results/work/merge.dropped.parquet",
        candidates="results/work/candidates.json",
        counts="results/work/merge.json",
    log:
        "results/logs/merge_sources.log",
    benchmark:
        "results/benchmarks/merge_sources.tsv"
    params:
        code=code("sources/merge_sources.py"),
        weights=shlex.quote(
            json.dumps(
                {name: source.get("weight") for name, source in OTHER_SOURCES.items()},
                sort_keys=True,
            )
        ),
        verdicts=shlex.quote(json.dumps(config["dataset"]["verdicts"])),
        seed=config["dataset"]["seed"],
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/merge_sources.py --pool {input.rows} --gathered {input.counts}"
        " --sources {params.weights} --folder results/sources --verdicts {params.verdicts} --seed {params.seed}"
        " --out {output.rows} --dropped {output.dropped} --candidates {output.candidates}"
        " --funnel {output.counts} > {log} 2>&1"
