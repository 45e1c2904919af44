"""What others get: the card of a run's model, a folder of the dataset for a hub, and uploads."""


rule write_model_card:
    """The card of a run's model: data, settings, losses, figures, checksums."""
    input:
        model=lambda wildcards: model_of_run(wildcards) + ".json",
        metrics=RUN + "metrics.json",
        packing=RUN + "packed/train.json",
        telemetry=RUN + "telemetry.json",
        merge=RUN + "merge.json",
        dataset=lambda wildcards: INPUTS.dataset_behind(wildcards.run, "README.md"),
        earlier=lambda wildcards: sum(INPUTS.earlier_records(wildcards.run).values(), []),
        started=lambda wildcards: list(INPUTS.started_from(wildcards.run).values()),
        trained_on=lambda wildcards: INPUTS.round_records(wildcards.run),
        evaluations=lambda wildcards: (
            expand(
                MODEL + "metrics.json",
                benchmark=config["evaluate"]["benchmarks"],
                model=wildcards.run,
            )
            if wildcards.run in COMPARED
            else []
        ),
        template="resources/model_card.md",
    output:
        RUN + "README.md",
    log:
        "results/logs/write_model_card/{run}.log",
    benchmark:
        "results/benchmarks/write_model_card/{run}.tsv"
    params:
        code=code("publish/write_model_card.py"),
        config=settings_of_run(),
        dataset=lambda wildcards, input: f"--dataset-card {input.dataset}" if input.dataset else "",
        evaluations=lambda wildcards, input: (
            f"--evaluations {' '.join(input.evaluations)}" if input.evaluations else ""
        ),
        earlier=lambda wildcards: " ".join(
            f"--earlier {run}={','.join(files)}"
            for run, files in INPUTS.earlier_records(wildcards.run).items()
        ),
        started=lambda wildcards, input: (
            f"--started-from {' '.join(input.started)}" if input.started else ""
        ),
        trained_on=lambda wildcards, input: (
            f"--trained-on {' '.join(input.trained_on)}" if input.trained_on else ""
        ),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/publish/write_model_card.py --run {wildcards.run} --config {params.config}"
        " --model-record {input.model} --train-metrics {input.metrics} --packing {input.packing}"
        " --telemetry {input.telemetry} --merge {input.merge} {params.dataset} {params.evaluations}"
        " {params.earlier} {params.started} {params.trained_on} --template {input.template}"
        " --out {output} > {log} 2>&1"


rule upload_model:
    """Upload a run's merged model or adapter, and its card, to the hub; only on request."""
    input:
        folder=lambda wildcards: f"results/train/{wildcards.run}/{RUNS[wildcards.run]['upload']['what']}",
        model=lambda wildcards: model_of_run(wildcards) + ".json",
        card=RUN + "README.md",
    output:
        RUN + "uploaded.json",
    log:
        "results/logs/upload_model/{run}.log",
    params:
        code=code("publish/upload_model.py"),
        config=settings_of_run("upload"),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/publish/upload_model.py --folder {input.folder} --card {input.card}"
        " --model-record {input.model} --config {params.config} --record {output} > {log} 2>&1"


def with_tasks() -> bool:
    """Whether the folder for the hub has executable tasks."""
    asked = {"tasks", "task_exports"} & {*(workflow.dag_settings.targets or ())}
    return bool(asked) or Path("results/tasks/tasks.parquet").is_file()


rule write_hub_folder:
    """Write a folder that a hub of datasets loads as it is: Parquet per configuration, card, licences, manifest."""
    input:
        provenance="results/dataset/provenance.parquet",
        notice="results/dataset/NOTICE",
        funnel="results/dataset/funnel.json",
        template="resources/hub_card.md",
        licences="resources/hub_licences.md",
        # Questions and answers, where the same command asks for them: `snakemake qa hub`.
        qa=lambda wildcards: (
            "results/qa/qa.sqlite"
            if workflow.is_rule("qa") and "qa" in (workflow.dag_settings.targets or ())
            else []
        ),
        # Executable tasks, where there are some or the same command asks for them: `snakemake tasks hub`.
        tasks=lambda wildcards: "results/tasks/tasks.parquet" if with_tasks() else [],
        exports=lambda wildcards: "results/task_exports" if with_tasks() else [],
    output:
        directory("results/hub"),
    log:
        "results/logs/write_hub_folder.log",
    benchmark:
        "results/benchmarks/write_hub_folder.tsv"
    params:
        code=code("publish/write_hub_folder.py"),
        qa=lambda wildcards, input: f"--qa {input.qa}" if input.qa else "",
        tasks=lambda wildcards, input: (
            f"--tasks results/tasks --task-exports {input.exports}" if input.tasks else ""
        ),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/publish/write_hub_folder.py --dataset results/dataset --template {input.template}"
        " --licences-template {input.licences} {params.qa} {params.tasks} --out {output} > {log} 2>&1"


rule upload_dataset:
    """Upload that folder to the hub; only on request."""
    input:
        "results/hub",
    output:
        "results/hub_uploaded.json",
    log:
        "results/logs/upload_dataset.log",
    params:
        code=code("publish/upload_dataset.py"),
        config=settings("hub"),
    threads: 1
    resources:
        mem_mb=1000,
        network=1,
    conda:
        "../envs/train.yaml"
    shell:
        "python scripts/publish/upload_dataset.py --folder {input} --config {params.config}"
        " --record {output} > {log} 2>&1"
