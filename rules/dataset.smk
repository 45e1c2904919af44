"""The dataset: the candidates of all crates, the split of the curated rows, card, NOTICE, lock file and funnel."""

# In the order of the flow. A filter writes the same three files as these: the rows that stay, the rows
# that fall, and how many. A further one takes its place here and in the input of the next.
STAGES = ["gather", "merge", "deduplicate", "near_duplicates", "decontaminate", "scrub", "mix"]
DATASET_FILES = [
    "results/dataset/train.jsonl",
    "results/dataset/val.jsonl",
    "results/dataset/train.parquet",
    "results/dataset/val.parquet",
    "results/dataset/provenance.parquet",
    "results/dataset/dropped.parquet",
]
# The sections that the rows depend on: the card shows them.
DATASET_SETTINGS = [
    "gates",
    "files",
    "chunks",
    "tasks",
    "error_fixing",
    "transformations",
    "behaviour",
    "near_duplicates",
    "decontaminate",
    "mix",
    "choice",
    "sources",
    "dataset",
]


rule list_crates:
    """Name the crates of the run in a file: thousands of them are too many for a command line."""
    output:
        "results/work/crates.txt",
    log:
        "results/logs/list_crates.log",
    params:
        lines=[f"{crate.spec}\t{crate.source}" for crate in CRATE_LIST],
    threads: 1
    resources:
        mem_mb=500,
    shell:
        # printf belongs to the shell: the limit on the length of a command does not hold for it.
        "printf '%s\\n' {params.lines:q} > {output} 2> {log}"


rule gather:
    """Put the candidates of all accepted crates into one table."""
    input:
        # By its name: beside the output of a rule, Snakemake compares each file of these long lists with all others.
        crates="results/work/crates.txt",
        # Behind these two are all other files of a crate. Few inputs keep long lists cheap.
        candidates=of_all_crates("candidates.parquet"),
        verdicts=of_all_crates("verdict.json"),
    output:
        rows="results/work/gather.parquet",
        dropped="results/work/gather.dropped.parquet",
        counts="results/work/gather.json",
    log:
        "results/logs/gather.log",
    benchmark:
        "results/benchmarks/gather.tsv"
    params:
        code=code("dataset/gather.py"),
        config=settings(behaviour=["run"]),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/gather.py --crates-dir results/crates --list {input.crates} --config {params.config}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule split:
    """Split by repository into train and val, and write the dataset's files."""
    input:
        rows="results/work/mix.parquet",
        dropped=expand("results/work/{stage}.dropped.parquet", stage=STAGES),
    output:
        DATASET_FILES,
        counts="results/work/split.json",
    log:
        "results/logs/split.log",
    benchmark:
        "results/benchmarks/split.tsv"
    params:
        code=code("dataset/split.py"),
        config=settings(dataset=["val_ratio", "unlike_val", "seed"]),
    threads: 1
    resources:
        mem_mb=6000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/split.py --pool {input.rows} --config {params.config}"
        " --folder results/dataset --dropped {input.dropped} --funnel {output.counts} > {log} 2>&1"


rule lock_crates:
    """List the crates used, with their versions and checksums. The file can be used as the crate list."""
    input:
        crates=rules.list_crates.output,
        gathered=rules.gather.output.counts,
    output:
        "results/dataset/crates.lock.tsv",
    log:
        "results/logs/lock_crates.log",
    benchmark:
        "results/benchmarks/lock_crates.tsv"
    params:
        code=code("dataset/lock_crates.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/lock_crates.py --crates-dir results/crates --list {input.crates} --out {output} > {log} 2>&1"


rule build_funnel:
    """Add up what went in, came out and fell at every stage; counts that do not add up are an error."""
    input:
        # The first is what `gather` counted, with the rows of the other sources added.
        stages=expand("results/work/{stage}.json", stage=["candidates"] + STAGES[1:] + ["split"]),
        dropped="results/dataset/dropped.parquet",
        provenance="results/dataset/provenance.parquet",
    output:
        "results/dataset/funnel.json",
    log:
        "results/logs/build_funnel.log",
    benchmark:
        "results/benchmarks/build_funnel.tsv"
    params:
        code=code("dataset/build_funnel.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/build_funnel.py --stages {input.stages} --dropped {input.dropped}"
        " --provenance {input.provenance} --out {output} > {log} 2>&1"


rule write_notice:
    """Write the NOTICE: whose code is in the dataset, and the texts of its licences."""
    input:
        provenance="results/dataset/provenance.parquet",
        crates=rules.list_crates.output,
        gathered=rules.gather.output.counts,
    output:
        "results/dataset/NOTICE",
    log:
        "results/logs/write_notice.log",
    benchmark:
        "results/benchmarks/write_notice.tsv"
    params:
        code=code("dataset/write_notice.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/write_notice.py --provenance {input.provenance} --crates-dir results/crates"
        " --list {input.crates} --out {output} > {log} 2>&1"


rule write_dataset_card:
    """Write the dataset card."""
    input:
        DATASET_FILES,
        "results/dataset/crates.lock.tsv",
        "results/dataset/funnel.json",
        "results/dataset/NOTICE",
        template="resources/dataset_card.md",
    output:
        "results/dataset/README.md",
    log:
        "results/logs/write_dataset_card.log",
    benchmark:
        "results/benchmarks/write_dataset_card.tsv"
    params:
        code=code("dataset/write_dataset_card.py"),
        config=settings(*DATASET_SETTINGS, crates=["features"]),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/write_dataset_card.py --template {input.template} --folder results/dataset"
        " --config {params.config} --out {output} > {log} 2>&1"


rule write_review:
    """Write a page of random rows for a person to read and mark."""
    input:
        provenance="results/dataset/provenance.parquet",
        template="resources/review.html",
    output:
        page="results/review/review.html",
        table="results/review/review.tsv",
    log:
        "results/logs/write_review.log",
    benchmark:
        "results/benchmarks/write_review.tsv"
    params:
        code=code("dataset/write_review.py"),
        config=settings("review"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/write_review.py --provenance {input.provenance} --template {input.template}"
        " --config {params.config} --page {output.page} --table {output.table} > {log} 2>&1"


rule cut_pieces:
    """Cut the JSONL files into pieces, for places with a limit on the size of a file."""
    input:
        train="results/dataset/train.jsonl",
        val="results/dataset/val.jsonl",
    output:
        directory("results/dataset/pieces"),
    log:
        "results/logs/cut_pieces.log",
    benchmark:
        "results/benchmarks/cut_pieces.tsv"
    params:
        code=code("dataset/cut_pieces.py"),
        config=settings(dataset=["pieces_mb"]),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/cut_pieces.py --config {params.config} --folder {output}"
        " {input.train} {input.val} > {log} 2>&1"


rule export_provenance:
    """Write the dataset with all its columns as JSONL."""
    input:
        "results/dataset/provenance.parquet",
    output:
        "results/dataset/provenance.jsonl",
    log:
        "results/logs/export_provenance.log",
    benchmark:
        "results/benchmarks/export_provenance.tsv"
    params:
        code=code("dataset/export_provenance.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/export_provenance.py --provenance {input} --out {output} > {log} 2>&1"


rule summarize:
    """Say in a few lines what the run made, and what to do next."""
    input:
        funnel="results/dataset/funnel.json",
        lock="results/dataset/crates.lock.tsv",
        card="results/dataset/README.md",
    output:
        "results/dataset/summary.txt",
    log:
        "results/logs/summarize.log",
    benchmark:
        "results/benchmarks/summarize.tsv"
    params:
        code=code("dataset/summarize.py"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/summarize.py --funnel {input.funnel} --lock {input.lock}"
        " --folder results/dataset --out {output} > {log} 2>&1"
