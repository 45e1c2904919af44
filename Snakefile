"""Ferrule: Rust crates in, instruction data that the compiler has judged out.

This file is the table of contents. `snakemake --list-target-rules` names what can be asked for.
"""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


include: "rules/common.smk"
include: "rules/tools.smk"
include: "rules/crates.smk"
include: "rules/analysis.smk"
include: "rules/tasks.smk"
include: "rules/sources.smk"
include: "rules/dataset.smk"
include: "rules/executable.smk"
include: "rules/curation.smk"
include: "rules/utilities.smk"
include: "rules/problems.smk"
include: "rules/evaluate.smk"
include: "rules/train.smk"
include: "rules/publish.smk"
include: "rules/compare.smk"
include: "rules/report.smk"
include: "rules/qa.smk"


rule all:
    """The demonstration: the dataset, its card, a summary of all crates, and the report."""
    default_target: True
    input:
        DATASET_FILES,
        "results/dataset/summary.txt",
        "results/report.html",
        "results/metrics.prom",


rule analysis:
    """The report of every tool on every crate, and the verdict."""
    input:
        expand("results/crates/{crate}/verdict.json", crate=CRATES),


rule dataset:
    """The training files, where their rows come from, what was left out, and the card."""
    input:
        DATASET_FILES,
        "results/dataset/summary.txt",


rule tasks:
    """Executable tasks: prompts whose answers the crates' own tests grade, with the proof of each."""
    input:
        "results/tasks/tasks.parquet",
        "results/tasks/tasks.md",


rule task_exports:
    """Those tasks as Harbor folders, as Parquet and as JSONL, for the libraries that train and evaluate with them."""
    input:
        "results/task_exports",


rule review:
    """A page of random rows to read and mark, by kind: would you train on them?"""
    input:
        "results/review/review.html",
        "results/review/review.tsv",


rule exam:
    """Whether the problem sets measure what they say: a table for each."""
    input:
        # The proof of executable tasks is in results/tasks/tasks.md.
        expand(
            "results/problems/{benchmark}/exam.md",
            benchmark=[
                name for name in config["evaluate"]["benchmarks"] if name not in CRATE_TASKS
            ],
        ),


rule evaluate:
    """Results and figures of every file of samples, or of the references if none is named."""
    input:
        expand(
            "{folder}{file}",
            folder=[MODEL.format(benchmark=b, model=m) for b, m in evaluations(config)],
            file=["results.jsonl", "metrics.json", "metrics.md"],
        ),


rule train:
    """The adapter, the merged model and the card of every run; without adapter where all weights are trained."""
    input:
        expand("results/train/{run}/adapter", run=[run for run in config["runs"] if run in ADAPTED]),
        expand("results/train/{run}/{file}", run=config["runs"], file=["merged", "README.md"]),


rule compare:
    """Every run against what it is measured with, on every benchmark, and the models' cards."""
    input:
        [
            f"results/compare/{benchmark}/{one}-vs-{other}.{kind}"
            for benchmark in config["evaluate"]["benchmarks"]
            for other, one in COMPARED.items()
            for kind in ("json", "md", "html")
        ],
        expand("results/train/{run}/README.md", run=[name for name in COMPARED if name in RUNS]),


rule report:
    """The report: one page about everything that was built, and figures for Prometheus."""
    input:
        "results/report.html",
        "results/metrics.prom",


rule hub:
    """A folder of the dataset that a hub loads as it is."""
    input:
        "results/hub",


rule upload_hub:
    """That folder on the hub; nothing is uploaded unless this is asked for."""
    input:
        "results/hub_uploaded.json",


rule sweep:
    """The runs of every sweep, ranked by a figure of data that was not trained on."""
    input:
        expand("results/sweeps/{sweep}.md", sweep=config["sweeps"]),


rule monitor:
    """The measured checkpoints of every run that is monitored, with the targets of its phase and of the end."""
    input:
        monitored_runs,


rule qa:
    """Questions and answers about repositories: the database, its exports and a summary."""
    input:
        QA_FILES,


rule snapshots:
    """The commits of all repositories; with --forcerun snapshot they are updated."""
    input:
        of_all_repositories("snapshot.json"),


rule costs:
    """What the jobs cost so far: CPU time, wall time and memory, by rule and by crate."""
    input:
        "results/costs.md",


onsuccess:
    run_costs.note_run(STARTED)
    shutil.rmtree("results/prepared", ignore_errors=True)
    # Told once, by the run that wrote it.
    for words in run_summary.closing_words(STARTED):
        print(words)


onerror:
    run_costs.note_run(STARTED)
    if Path("results/logs").is_dir():
        print(run_summary.PARTIAL)
