"""Questions and answers about git repositories: snapshot, files, questions, answers, database, exports."""

from ferrule.qa import languages, repository_list

try:
    REPOSITORIES = {
        repository.name: repository
        for repository in repository_list.read_repositories(
            config["qa"]["repositories"], names=config["qa"]["names"]
        )
    }
except ConfigError as error:
    raise WorkflowError(*error.problems) from None

REPOSITORY = "results/qa/repositories/{repository}/"
QA = config["qa"]
# Without a server, the small model of the project is one.
SMALL_MODEL = "smollm2-135m"
ASK_KEYS = (
    "ask cache limit longest_wait max_log_files max_tokens model pause_below_battery price requests_per_minute seed"
    " server structured temperature time_limit tries window"
).split()
RETRIES = Path(QA["cache"]) / "retries.jsonl"
EXPORTS = [
    f"results/qa/export/{name}.{'csv' if name == 'csv' else 'jsonl'}" for name in QA["formats"]
]
QA_FILES = ["results/qa/qa.sqlite", "results/qa/summary.txt", *EXPORTS]


wildcard_constraints:
    repository=pattern(REPOSITORIES),


def of_all_repositories(name):
    return expand(REPOSITORY + name, repository=REPOSITORIES)


def heads_of_folder(wildcards):
    """The files in which a local repository has what its ref is at: a new commit fetches again."""
    repository = REPOSITORIES[wildcards.repository]
    return repository_list.files_of_refs(repository) if repository.folder else []


def small_model(wildcards):
    return f"results/models/{SMALL_MODEL}" if QA["server"] is None else []


rule snapshot:
    """Fetch one commit of a repository; an update fetches what is new. Nothing is checked out."""
    input:
        heads_of_folder,
    output:
        objects=directory(REPOSITORY + "objects.git"),
        record=REPOSITORY + "snapshot.json",
    log:
        "results/logs/snapshot/{repository}.log",
    benchmark:
        "results/benchmarks/snapshot/{repository}.tsv"
    params:
        code=code("qa/snapshot.py"),
        address=lambda wildcards: shlex.quote(REPOSITORIES[wildcards.repository].address),
        ref=lambda wildcards: shlex.quote(REPOSITORIES[wildcards.repository].ref),
        license=lambda wildcards: shlex.quote(REPOSITORIES[wildcards.repository].license),
    threads: 1
    resources:
        network=1,
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/snapshot.py --name {wildcards.repository} --address {params.address}"
        " --ref {params.ref} --license {params.license} --clone results/qa/clones/{wildcards.repository}.git"
        " --out {output.objects} --record {output.record} > {log} 2>&1"


rule list_files:
    """List the files of a repository, with the reason of each that is left out, and its licence."""
    input:
        record=REPOSITORY + "snapshot.json",
        objects=REPOSITORY + "objects.git",
    output:
        files=REPOSITORY + "files.parquet",
        licence=REPOSITORY + "licence.json",
    log:
        "results/logs/list_files/{repository}.log",
    benchmark:
        "results/benchmarks/list_files/{repository}.tsv"
    params:
        code=code("qa/list_files.py"),
        config=settings(qa=["files"], gates=["allowed_licenses", "license_conflict"]),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/list_files.py --record {input.record} --objects {input.objects}"
        " --config {params.config} --out {output.files} --licence {output.licence} > {log} 2>&1"


rule make_questions:
    """Cut the files of a repository into pieces, and choose the questions about each."""
    input:
        files=REPOSITORY + "files.parquet",
        objects=REPOSITORY + "objects.git",
        prompts=QA["prompts"],
    output:
        questions=REPOSITORY + "questions.parquet",
        counts=REPOSITORY + "questions.json",
    log:
        "results/logs/make_questions/{repository}.log",
    benchmark:
        "results/benchmarks/make_questions/{repository}.tsv"
    params:
        code=code("qa/make_questions.py"),
        config=settings("chunks", qa=["kinds", "per_piece", "seed"]),
        grammars=languages.installed(),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/make_questions.py --files {input.files} --objects {input.objects}"
        " --prompts {input.prompts} --config {params.config}"
        " --out {output.questions} --counts {output.counts} > {log} 2>&1"


rule ask:
    """Ask a model the questions that have no answer in the cache yet."""
    input:
        questions=of_all_repositories("questions.parquet"),
        prompts=QA["prompts"],
        model=small_model,
    output:
        turns="results/qa/turns.parquet",
        summary="results/qa/asked.json",
    log:
        "results/logs/ask.log",
    benchmark:
        "results/benchmarks/ask.tsv"
    params:
        code=code("qa/ask.py"),
        config=settings(qa=ASK_KEYS),
        # Grows with every `snakemake retry`.
        retries=RETRIES.stat().st_size if RETRIES.is_file() else 0,
        model=lambda wildcards, input: f"--model {input.model}" if input.model else "",
    threads: 2 if QA["server"] is None else 1
    resources:
        mem_mb=3000 if QA["server"] is None else 1000,
        network=1,
    conda:
        "../envs/train.yaml" if QA["server"] is None else "../envs/base.yaml"
    shell:
        "python scripts/qa/ask.py --questions {input.questions} --prompts {input.prompts} {params.model}"
        " --config {params.config} --out {output.turns} --summary {output.summary}"
        # What a person wants to see goes to the terminal too; everything, and earlier runs, to a folder of logs.
        " --log results/logs/ask/run.log 2>&1 | tee {log} >&2"


rule read_answers:
    """Read the answers: exchanges, and a reason for each answer that cannot be used."""
    input:
        questions=of_all_repositories("questions.parquet"),
        turns="results/qa/turns.parquet",
    output:
        exchanges="results/qa/exchanges.parquet",
        failed="results/qa/failed.parquet",
    log:
        "results/logs/read_answers.log",
    benchmark:
        "results/benchmarks/read_answers.tsv"
    params:
        code=code("qa/read_answers.py"),
        config=settings(qa=["structured", "server", "cut_off"]),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/read_answers.py --questions {input.questions} --turns {input.turns}"
        " --config {params.config} --out {output.exchanges} --failed {output.failed} > {log} 2>&1"


rule judge_code:
    """Let the compiler judge the Rust code of answers where it can stand alone, in the sandbox."""
    input:
        sandbox="results/tools/sandbox.json",
        exchanges="results/qa/exchanges.parquet",
    output:
        "results/qa/verdicts.jsonl",
    log:
        "results/logs/judge_code.log",
    benchmark:
        "results/benchmarks/judge_code.tsv"
    params:
        code=code("qa/judge_code.py"),
        config=settings("sandbox"),
        toolchain=TOOLCHAIN,
    threads: 1
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/qa/judge_code.py --exchanges {input.exchanges} --config {params.config}"
        " --journal results/qa/judged.journal --out {output} > {log} 2>&1"


rule store_answers:
    """Put the exchanges into the database, with quality, hashes of files and failures."""
    input:
        exchanges="results/qa/exchanges.parquet",
        failed="results/qa/failed.parquet",
        verdicts="results/qa/verdicts.jsonl",
        files=of_all_repositories("files.parquet"),
        licences=of_all_repositories("licence.json"),
        snapshots=of_all_repositories("snapshot.json"),
    output:
        # Changed in one transaction, so that a program that has it open sees the old rows or the new ones.
        update("results/qa/qa.sqlite"),
    log:
        "results/logs/store_answers.log",
    benchmark:
        "results/benchmarks/store_answers.tsv"
    params:
        code=code("qa/store_answers.py"),
        config=settings(qa=["intended_model"]),
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/store_answers.py --exchanges {input.exchanges} --failed {input.failed}"
        " --verdicts {input.verdicts} --files {input.files} --licences {input.licences}"
        " --snapshots {input.snapshots} --config {params.config} --database {output} > {log} 2>&1"


rule export_answers:
    """Export the conversations of the database in a format that trainers read."""
    input:
        database="results/qa/qa.sqlite",
        templates=expand(
            "resources/chat_templates/{name}.jinja", name=["chatml", "gemma", "llama3", "mistral"]
        ),
    output:
        "results/qa/export/{format}.{suffix}",
    log:
        "results/logs/export_answers/{format}-{suffix}.log",
    wildcard_constraints:
        format="csv|alpaca|chatml|llama3|mistral|gemma|sharegpt",
        suffix="csv|jsonl",
    params:
        code=code("qa/export_answers.py"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/export_answers.py --database {input.database} --format {wildcards.format}"
        " --out {output} > {log} 2>&1"


rule summarize_questions:
    """Say in a few lines what was asked, of which repositories, and what has no answer."""
    input:
        asked="results/qa/asked.json",
        failed="results/qa/failed.parquet",
        snapshots=of_all_repositories("snapshot.json"),
        licences=of_all_repositories("licence.json"),
        counts=of_all_repositories("questions.json"),
    output:
        "results/qa/summary.txt",
    log:
        "results/logs/summarize_questions.log",
    params:
        code=code("qa/summarize_questions.py"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/summarize_questions.py --asked {input.asked} --failed {input.failed}"
        " --snapshots {input.snapshots} --licences {input.licences} --counts {input.counts}"
        " --out {output} > {log} 2>&1"


rule retry:
    """Mark the answers that could not be read; `snakemake qa` then asks for them again, and for what failed."""
    params:
        code=code("qa/retry.py"),
        config=settings(qa=["cache"]),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/qa/retry.py --failed results/qa/failed.parquet --config {params.config}"


rule check_server:
    """Check the server that is asked: is it up, does it know the model, does it answer."""
    input:
        model=small_model,
    params:
        code=code("qa/check_server.py"),
        config=settings(qa=["server", "model", "structured", "time_limit"]),
        model=lambda wildcards, input: f"--model {input.model}" if input.model else "",
    threads: 1
    resources:
        mem_mb=3000 if QA["server"] is None else 500,
        network=1,
    conda:
        "../envs/train.yaml" if QA["server"] is None else "../envs/base.yaml"
    shell:
        "python scripts/qa/check_server.py {params.model} --config {params.config}"
