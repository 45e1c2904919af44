"""On request: is the dataset in the format that trainers expect, and why were crates refused."""


rule check_format:
    """Check the dataset's files against the format that trainers expect; a problem ends the run."""
    input:
        [file for file in DATASET_FILES if not file.endswith("dropped.parquet")],
    output:
        "results/dataset/format.json",
    log:
        "results/logs/dataset/check_format.log",
    benchmark:
        "results/benchmarks/check_format.tsv"
    params:
        code=code("dataset/check_format.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/check_format.py {input} --json {output} > {log} 2>&1"


rule failures:
    """Say why crates were refused and functions left out, and propose a list for the next run."""
    input:
        crates=rules.crates_list.output,
        verdicts=of_all_crates("verdict.json"),
        fetched=of_all_crates("crate.json"),
        clippy=of_all_crates("clippy.json") if config["tools"]["clippy"] else [],
        dropped="results/dataset/dropped.parquet",
        lints="resources/lints.tsv",
    output:
        json="results/dataset/failures.json",
        report="results/dataset/failures.md",
        proposed="results/dataset/crates.proposed.tsv",
    log:
        "results/logs/dataset/failures.log",
    benchmark:
        "results/benchmarks/failures.tsv"
    params:
        code=code("dataset/failures.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/failures.py --crates-dir results/crates --list {input.crates}"
        " --dropped {input.dropped} --lints {input.lints} --near 5"
        " --out {output.json} --report {output.report} --proposed {output.proposed} > {log} 2>&1"
