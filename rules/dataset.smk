"""From every crate's candidates to the dataset: gather, merge (rules/sources.smk), deduplicate, mix, split, and its papers."""

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


def dataset_settings():
    """The settings that the rows depend on, without paths and without limits of the machine."""
    sections = (
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
        "sources",
        "dataset",
    )
    settings = {name: config[name] for name in sections}
    return settings | {"crates": {"features": config["crates"]["features"]}}


rule crates_list:
    """Name the crates of the run in a file: thousands of them are too many for a command line."""
    output:
        "results/work/crates.txt",
    log:
        "results/logs/dataset/crates_list.log",
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
        crates=rules.crates_list.output,
        candidates=of_all_crates("candidates.parquet"),
        dropped=of_all_crates("dropped.parquet"),
        verdicts=of_all_crates("verdict.json"),
        fetched=of_all_crates("crate.json"),
        figures=of_all_crates("figures.json"),
        judged=of_all_crates("judge.json"),
        tested=of_all_crates("behaviour.json") if config["behaviour"]["run"] else [],
    output:
        rows="results/work/gather.parquet",
        dropped="results/work/gather.dropped.parquet",
        counts="results/work/gather.json",
    log:
        "results/logs/dataset/gather.log",
    benchmark:
        "results/benchmarks/gather.tsv"
    params:
        code=code("dataset/gather.py"),
        behaviour="--behaviour" if config["behaviour"]["run"] else "",
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/gather.py --crates-dir results/crates --list {input.crates} {params.behaviour}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule deduplicate:
    """Drop exact copies of code, of documentation and of prompts."""
    input:
        "results/work/merge.parquet",
    output:
        rows="results/work/deduplicate.parquet",
        dropped="results/work/deduplicate.dropped.parquet",
        counts="results/work/deduplicate.json",
    log:
        "results/logs/dataset/deduplicate.log",
    benchmark:
        "results/benchmarks/deduplicate.tsv"
    params:
        code=code("dataset/deduplicate.py"),
        same_prompt=config["dataset"]["same_prompt"],
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/deduplicate.py --pool {input} --same-prompt {params.same_prompt}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule near_duplicates:
    """Drop items that are nearly another one: laid out anew, renamed, a statement changed."""
    input:
        "results/work/deduplicate.parquet",
    output:
        rows="results/work/near_duplicates.parquet",
        dropped="results/work/near_duplicates.dropped.parquet",
        clusters="results/work/near_duplicates.clusters.parquet",
        counts="results/work/near_duplicates.json",
    log:
        "results/logs/dataset/near_duplicates.log",
    benchmark:
        "results/benchmarks/near_duplicates.tsv"
    params:
        code=code("dataset/near_duplicates.py"),
        text=config["near_duplicates"]["text"],
        locals=config["near_duplicates"]["locals"],
        nameless=config["near_duplicates"]["nameless"],
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/near_duplicates.py --pool {input} --text {params.text} --locals {params.locals}"
        " --nameless {params.nameless} --out {output.rows} --dropped {output.dropped}"
        " --clusters {output.clusters} --funnel {output.counts} > {log} 2>&1"


rule decontaminate:
    """Drop rows that hold a part of a benchmark's problem."""
    input:
        rows="results/work/near_duplicates.parquet",
        benchmarks=[benchmark["path"] for benchmark in config["decontaminate"]["benchmarks"]],
    output:
        rows="results/work/decontaminate.parquet",
        dropped="results/work/decontaminate.dropped.parquet",
        report="results/work/decontaminate.report.json",
        counts="results/work/decontaminate.json",
    log:
        "results/logs/dataset/decontaminate.log",
    benchmark:
        "results/benchmarks/decontaminate.tsv"
    params:
        code=code("dataset/decontaminate.py"),
        benchmarks=shlex.quote(json.dumps(config["decontaminate"]["benchmarks"])),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/decontaminate.py --pool {input.rows} --benchmarks {params.benchmarks}"
        " --out {output.rows} --dropped {output.dropped} --report {output.report}"
        " --funnel {output.counts} > {log} 2>&1"


rule scrub:
    """Drop or mask secrets and personal data, and drop what belongs to those who do not want to be in it."""
    input:
        rows="results/work/decontaminate.parquet",
        opt_out=config["scrub"]["opt_out"] or [],
        # Authors of the list are looked up in the crates' manifests.
        crates=rules.crates_list.output if config["scrub"]["opt_out"] else [],
        fetched=of_all_crates("crate.json") if config["scrub"]["opt_out"] else [],
        verdicts=of_all_crates("verdict.json") if config["scrub"]["opt_out"] else [],
        folders=of_all_crates("source") if config["scrub"]["opt_out"] else [],
    output:
        rows="results/work/scrub.parquet",
        dropped="results/work/scrub.dropped.parquet",
        counts="results/work/scrub.json",
    log:
        "results/logs/dataset/scrub.log",
    benchmark:
        "results/benchmarks/scrub.tsv"
    params:
        code=code("dataset/scrub.py"),
        secrets=config["scrub"]["secrets"],
        personal=config["scrub"]["personal"],
        opt_out=lambda wildcards, input: (
            f"--opt-out {shlex.quote(str(input.opt_out))} --crates-dir results/crates --list {input.crates}"
            if input.opt_out
            else ""
        ),
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/scrub.py --pool {input.rows} --secrets {params.secrets}"
        " --personal {params.personal} {params.opt_out}"
        " --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule mix:
    """Take of every kind of task what its share says, from all crates in turn."""
    input:
        "results/work/scrub.parquet",
    output:
        rows="results/work/mix.parquet",
        dropped="results/work/mix.dropped.parquet",
        counts="results/work/mix.json",
    log:
        "results/logs/dataset/mix.log",
    benchmark:
        "results/benchmarks/mix.tsv"
    params:
        code=code("dataset/mix.py"),
        mix=section("mix"),
        size=config["dataset"]["size"],
        seed=config["dataset"]["seed"],
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/mix.py --pool {input} --mix {params.mix} --size {params.size}"
        " --seed {params.seed} --out {output.rows} --dropped {output.dropped} --funnel {output.counts} > {log} 2>&1"


rule split:
    """Split by repository into train and val, and write the dataset's files."""
    input:
        rows="results/work/mix.parquet",
        dropped=expand("results/work/{stage}.dropped.parquet", stage=STAGES),
    output:
        DATASET_FILES,
        counts="results/work/split.json",
    log:
        "results/logs/dataset/split.log",
    benchmark:
        "results/benchmarks/split.tsv"
    params:
        code=code("dataset/split.py"),
        val_ratio=config["dataset"]["val_ratio"],
        seed=config["dataset"]["seed"],
    threads: 1
    resources:
        mem_mb=6000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/split.py --pool {input.rows} --val-ratio {params.val_ratio} --seed {params.seed}"
        " --folder results/dataset --dropped {input.dropped} --funnel {output.counts} > {log} 2>&1"


rule lock:
    """List the crates used, with their versions and checksums: can be given back as the list."""
    input:
        crates=rules.crates_list.output,
        verdicts=of_all_crates("verdict.json"),
        fetched=of_all_crates("crate.json"),
    output:
        "results/dataset/crates.lock.tsv",
    log:
        "results/logs/dataset/lock.log",
    benchmark:
        "results/benchmarks/lock.tsv"
    params:
        code=code("dataset/lock.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/lock.py --crates-dir results/crates --list {input.crates} --out {output} > {log} 2>&1"


rule funnel:
    """Add up what went in, came out and fell at every stage; counts that do not add up are an error."""
    input:
        # The first is what `gather` counted, with the rows of the other sources added.
        stages=expand("results/work/{stage}.json", stage=["candidates"] + STAGES[1:] + ["split"]),
        dropped="results/dataset/dropped.parquet",
        provenance="results/dataset/provenance.parquet",
    output:
        "results/dataset/funnel.json",
    log:
        "results/logs/dataset/funnel.log",
    benchmark:
        "results/benchmarks/funnel.tsv"
    params:
        code=code("dataset/funnel.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/funnel.py --stages {input.stages} --dropped {input.dropped}"
        " --provenance {input.provenance} --out {output} > {log} 2>&1"


rule notice:
    """Write the NOTICE: whose code is in the dataset, and the texts of its licences."""
    input:
        provenance="results/dataset/provenance.parquet",
        crates=rules.crates_list.output,
        verdicts=of_all_crates("verdict.json"),
        fetched=of_all_crates("crate.json"),
        folders=of_all_crates("source"),
    output:
        "results/dataset/NOTICE",
    log:
        "results/logs/dataset/notice.log",
    benchmark:
        "results/benchmarks/notice.tsv"
    params:
        code=code("dataset/notice.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/notice.py --provenance {input.provenance} --crates-dir results/crates"
        " --list {input.crates} --out {output} > {log} 2>&1"


rule card:
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
        "results/logs/dataset/card.log",
    benchmark:
        "results/benchmarks/card.tsv"
    params:
        code=code("dataset/card.py"),
        settings=shlex.quote(json.dumps(dataset_settings(), sort_keys=True)),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/card.py --template {input.template} --folder results/dataset"
        " --settings {params.settings} --out {output} > {log} 2>&1"


rule pieces:
    """Cut the JSONL files into pieces, for places with a limit on the size of a file."""
    input:
        train="results/dataset/train.jsonl",
        val="results/dataset/val.jsonl",
    output:
        directory("results/dataset/pieces"),
    log:
        "results/logs/dataset/pieces.log",
    benchmark:
        "results/benchmarks/pieces.tsv"
    params:
        code=code("dataset/pieces.py"),
        megabytes=config["dataset"]["pieces_mb"],
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/pieces.py --megabytes {params.megabytes} --folder {output}"
        " {input.train} {input.val} > {log} 2>&1"


rule provenance_jsonl:
    """Write the dataset with all its columns as JSONL."""
    input:
        "results/dataset/provenance.parquet",
    output:
        "results/dataset/provenance.jsonl",
    log:
        "results/logs/dataset/provenance_jsonl.log",
    benchmark:
        "results/benchmarks/provenance_jsonl.tsv"
    params:
        code=code("dataset/provenance_jsonl.py"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/provenance_jsonl.py --provenance {input} --out {output} > {log} 2>&1"


rule summary:
    """Say in a few lines what the run made, and what to do next."""
    input:
        funnel="results/dataset/funnel.json",
        lock="results/dataset/crates.lock.tsv",
        card="results/dataset/README.md",
    output:
        "results/dataset/summary.txt",
    log:
        "results/logs/dataset/summary.log",
    benchmark:
        "results/benchmarks/summary.tsv"
    params:
        code=code("dataset/summary.py"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/dataset/summary.py --funnel {input.funnel} --lock {input.lock}"
        " --folder results/dataset --out {output} > {log} 2>&1"
