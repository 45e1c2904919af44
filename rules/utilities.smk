"""On request: is the dataset in the format that trainers expect, why were crates refused, what did the jobs cost."""


rule check_format:
    """Check the dataset's files against the format that trainers expect; a problem stops the run."""
    input:
        [file for file in DATASET_FILES if not file.endswith("dropped.parquet")],
    output:
        "results/dataset/format.json",
    log:
        "results/logs/check_format.log",
    benchmark:
        "results/benchmarks/check_format.tsv"
    params:
        code=code("utilities/check_format.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/utilities/check_format.py {input} --json {output} > {log} 2>&1"


rule analyse_failures:
    """Say why crates were refused and functions left out, and propose a list for the next run."""
    input:
        crates=rules.list_crates.output,
        gathered=rules.gather.output.counts,
        dropped="results/dataset/dropped.parquet",
        lints="resources/lints.tsv",
    output:
        json="results/dataset/failures.json",
        report="results/dataset/failures.md",
        proposed="results/dataset/crates.proposed.tsv",
    log:
        "results/logs/analyse_failures.log",
    benchmark:
        "results/benchmarks/analyse_failures.tsv"
    params:
        code=code("utilities/analyse_failures.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/utilities/analyse_failures.py --crates-dir results/crates --list {input.crates}"
        " --dropped {input.dropped} --lints {input.lints} --near 5"
        " --out {output.json} --report {output.report} --proposed {output.proposed} > {log} 2>&1"


rule tabulate_costs:
    """Tabulate what the jobs cost so far: CPU time, wall time and memory, by rule and by crate."""
    output:
        table="results/costs.tsv",
        report="results/costs.md",
    params:
        code=code("utilities/tabulate_costs.py"),
        # Logs are not inputs: every job changes them. So the tables are made again each time.
        asked=STARTED,
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/utilities/tabulate_costs.py --results results --out {output.table} --report {output.report}"
