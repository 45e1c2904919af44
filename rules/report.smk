"""The report: one page about everything that was built, its figures and its tables."""

# What the page can show beside the dataset, by target.
MEASURED_TARGETS = ["tasks", "train", "evaluate", "compare", "monitor", "qa"]


def caption(name):
    return workflow.source_path(f"../resources/report/captions/{name}.rst")


def figure(name, label):
    return report(
        f"results/report/{name}.svg",
        caption=caption({"costs": "costs_figure"}.get(name, name)),
        category="Dataset",
        subcategory="Figures",
        labels={"figure": label},
    )


def table(name, label):
    return report(
        f"results/report/{name}.tsv",
        caption=caption(name),
        category="Dataset",
        subcategory="Tables",
        labels={"table": label},
    )


def built_before_the_report(wildcards):
    """The files of the other targets of this command: the page shows what there is, so they come first."""
    asked = set(workflow.dag_settings.targets or ())
    inputs = [
        file
        for name in MEASURED_TARGETS
        if name in asked and workflow.is_rule(name)
        for file in getattr(rules, name).input
    ]
    return [path for file in inputs for path in (file(wildcards) if callable(file) else [file])]


rule write_report:
    """Write the report, its figures and its tables, from everything that the results folder holds."""
    input:
        DATASET_FILES,
        "results/dataset/README.md",
        "results/dataset/summary.txt",
        also=built_before_the_report,
        template="resources/report/page.html",
        style="resources/report/page.css",
        script="resources/report/page.js",
    output:
        page=report(
            "results/report.html",
            caption=caption("page"),
            category="Report",
            labels={"page": "everything on one page"},
        ),
        figures=[
            figure("funnel", "rows after every stage"),
            figure("lengths", "lengths of prompts and answers"),
            figure("error_codes", "error codes"),
            figure("costs", "CPU time by rule"),
        ],
        tables=[
            table("stages", "rows in and out of every stage"),
            table("refusals", "reasons"),
            table("crates", "crates"),
            table("kinds", "kinds of task"),
            table("variants", "wordings, mutations, rewrites"),
            table("costs", "costs"),
        ],
    log:
        "results/logs/write_report.log",
    benchmark:
        "results/benchmarks/write_report.tsv"
    params:
        code=code("report/write_report.py"),
        config=settings(*DATASET_SETTINGS, "report", crates=["features"]),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/report/write_report.py --results results --template {input.template}"
        " --config {params.config} --out {output.page} --files results/report > {log} 2>&1"


rule write_metrics:
    """Write the figures of the run for Prometheus."""
    input:
        "results/dataset/funnel.json",
        also=built_before_the_report,
    output:
        "results/metrics.prom",
    log:
        "results/logs/write_metrics.log",
    benchmark:
        "results/benchmarks/write_metrics.tsv"
    params:
        code=code("report/write_metrics.py"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/report/write_metrics.py --results results --out {output} > {log} 2>&1"


rule push_metrics:
    """Push these figures to a Prometheus push gateway; only on request, and then each time."""
    input:
        "results/metrics.prom",
    log:
        "results/logs/push_metrics.log",
    params:
        code=code("report/push_metrics.py"),
        config=settings("metrics"),
    threads: 1
    resources:
        mem_mb=500,
        network=1,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/report/push_metrics.py --metrics {input} --config {params.config} > {log} 2>&1"
