"""Curation: each stage reads the rows of the one before and writes those that stay, those that go, and how many."""

from ferrule.workflow.problem_sets import kept_out

KEPT_OUT = kept_out(config)


rule deduplicate:
    """Drop exact copies of code, of documentation and of prompts."""
    input:
        "results/work/merge.parquet",
    output:
        rows="results/work/deduplicate.parquet",
        dropped="results/work/deduplicate.dropped.parquet",
        counts="results/work/deduplicate.json",
    log:
        "results/logs/deduplicate.log",
    benchmark:
        "results/benchmarks/deduplicate.tsv"
    params:
        code=code("curation/deduplicate.py"),
        config=settings(dataset=["same_prompt"]),
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/curation/deduplicate.py --pool {input} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule drop_near_duplicates:
    """Drop items that are nearly equal to another one: reformatted, renamed, a statement changed."""
    input:
        "results/work/deduplicate.parquet",
    output:
        rows="results/work/near_duplicates.parquet",
        dropped="results/work/near_duplicates.dropped.parquet",
        clusters="results/work/near_duplicates.clusters.parquet",
        counts="results/work/near_duplicates.json",
    log:
        "results/logs/drop_near_duplicates.log",
    benchmark:
        "results/benchmarks/drop_near_duplicates.tsv"
    params:
        code=code("curation/drop_near_duplicates.py"),
        config=settings("near_duplicates"),
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/curation/drop_near_duplicates.py --pool {input} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped}"
        " --clusters {output.clusters} --funnel {output.counts} > {log} 2>&1"


rule decontaminate:
    """Drop rows that hold a part of a benchmark's problem."""
    input:
        rows="results/work/near_duplicates.parquet",
        benchmarks=[one[key] for one in KEPT_OUT for key in ("path", "heldout") if key in one],
    output:
        rows="results/work/decontaminate.parquet",
        dropped="results/work/decontaminate.dropped.parquet",
        report="results/work/decontaminate.report.json",
        counts="results/work/decontaminate.json",
    log:
        "results/logs/decontaminate.log",
    benchmark:
        "results/benchmarks/decontaminate.tsv"
    params:
        code=code("curation/decontaminate.py"),
        config=as_json({"decontaminate": {"benchmarks": KEPT_OUT}}),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/curation/decontaminate.py --pool {input.rows} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --report {output.report}"
        " --funnel {output.counts} > {log} 2>&1"


rule scrub:
    """Drop or mask secrets and personal data, and drop the rows of those who opted out."""
    input:
        rows="results/work/decontaminate.parquet",
        opt_out=config["scrub"]["opt_out"] or [],
        # Authors of the list are looked up in the crates' manifests.
        crates=rules.list_crates.output if config["scrub"]["opt_out"] else [],
    output:
        rows="results/work/scrub.parquet",
        dropped="results/work/scrub.dropped.parquet",
        counts="results/work/scrub.json",
    log:
        "results/logs/scrub.log",
    benchmark:
        "results/benchmarks/scrub.tsv"
    params:
        code=code("curation/scrub.py"),
        config=settings("scrub"),
        crates=lambda wildcards, input: (
            f"--crates-dir results/crates --list {input.crates}" if input.opt_out else ""
        ),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/curation/scrub.py --pool {input.rows} --config {params.config} {params.crates}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule mix:
    """Take of every kind of task what its share says, the rows that teach most."""
    input:
        rows="results/work/scrub.parquet",
        groups="resources/error_groups.yaml",
    output:
        rows="results/work/mix.parquet",
        dropped="results/work/mix.dropped.parquet",
        counts="results/work/mix.json",
    log:
        "results/logs/mix.log",
    benchmark:
        "results/benchmarks/mix.tsv"
    params:
        code=code("curation/mix.py"),
        config=settings("mix", "choice", dataset=["size", "seed"]),
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/curation/mix.py --pool {input.rows} --groups {input.groups} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"
