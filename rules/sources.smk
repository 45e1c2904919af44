"""Samples of other sources than crates: whole Rust files, pairs that others have made, answers about repositories."""

from ferrule.core import shard_reader

OTHER_SOURCES = {name: source for name, source in config["sources"].items() if name != "on_error"}


def sources_of(kind):
    """A pattern of the names of one kind of source."""
    return pattern(name for name, source in OTHER_SOURCES.items() if source["kind"] == kind)


def files_of_source(wildcards):
    """The files that are there. What is missing is for the step to tell, which knows whether to go on."""
    patterns = OTHER_SOURCES[wildcards.name].get("files") or []
    return sorted({str(path) for each in patterns for path in shard_reader.files_of(each)})


def settings_of_source(*sections):
    """The settings of one source, the licences allowed, and further sections."""

    def value(wildcards):
        source = {name: config["sources"][name] for name in ("on_error", wildcards.name)}
        allowed = {"allowed_licenses": config["gates"]["allowed_licenses"]}
        further = {name: config[name] for name in sections}
        return as_json({"sources": source, "gates": allowed} | further)

    return value


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
        config=settings_of_source("files", "chunks", "tasks"),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/import_stack.py --name {wildcards.name} --config {params.config}"
        " --prompts {input.prompts}"
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
        config=settings_of_source(),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/import_pairs.py --name {wildcards.name} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --counts {output.counts} > {log} 2>&1"


rule import_answers:
    """Take the questions and answers about repositories (rule store_answers) into the dataset."""
    input:
        "results/qa/qa.sqlite",
    output:
        rows="results/sources/{name}.parquet",
        dropped="results/sources/{name}.dropped.parquet",
        counts="results/sources/{name}.json",
    log:
        "results/logs/import_answers/{name}.log",
    benchmark:
        "results/benchmarks/import_answers/{name}.tsv"
    wildcard_constraints:
        name=sources_of("qa"),
    params:
        code=code("sources/import_answers.py"),
        config=settings_of_source(),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/import_answers.py --name {wildcards.name} --database {input}"
        " --config {params.config}"
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
        config=as_json(
            {
                "sources": {
                    name: {"weight": source.get("weight")}
                    for name, source in OTHER_SOURCES.items()
                },
                "dataset": {key: config["dataset"][key] for key in ("verdicts", "seed")},
            }
        ),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/sources/merge_sources.py --pool {input.rows} --gathered {input.counts}"
        " --folder results/sources --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --candidates {output.candidates}"
        " --funnel {output.counts} > {log} 2>&1"
