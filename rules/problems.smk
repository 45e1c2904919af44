"""Problem sets: read, mended, their references judged, and examined."""

BENCHMARKS = config["benchmarks"]
BENCHMARK = "results/problems/{benchmark}/"


wildcard_constraints:
    benchmark="|".join(BENCHMARKS) or "(?!)",


def packaged(benchmark):
    """The file's name where it comes out of a package, or an empty text."""
    path = BENCHMARKS[benchmark]["path"]
    return Path(path.rpartition(":")[2]).name if path.startswith("pypi:") else ""


def problem_file(wildcards):
    """The file or folder that the set is read from."""
    name = packaged(wildcards.benchmark)
    return BENCHMARK + name if name else BENCHMARKS[wildcards.benchmark]["path"]


def problem_files(wildcards):
    """The files that the set is read from: those of a folder one by one, so that a change of one is seen."""
    path = Path(problem_file(wildcards))
    return sorted(map(str, path.glob("*/*.rs"))) if path.is_dir() else problem_file(wildcards)


def of_benchmark(key, default=""):
    return lambda wildcards: shlex.quote(str(BENCHMARKS[wildcards.benchmark].get(key) or default))


def problem_crates_of(wildcards):
    return (
        "results/problems/crates/crates.json"
        if BENCHMARKS[wildcards.benchmark].get("crates")
        else []
    )


def settings_of_evaluate(*names):
    """Some keys of the section `evaluate`, as JSON: a step reads these and nothing else."""
    return shlex.quote(
        json.dumps({name: config["evaluate"][name] for name in names}, sort_keys=True)
    )


RUN_SETTINGS = settings_of_evaluate(
    "batch", "cpu_seconds", "wall_seconds", "idle_seconds", "memory_mb", "output_kb", "processes"
)


rule download_benchmark:
    """Take a problem set's file out of a package of the package index, by its checksum."""
    output:
        BENCHMARK + "{file}",
    log:
        "results/logs/download_benchmark/{benchmark}-{file}.log",
    benchmark:
        "results/benchmarks/download_benchmark/{benchmark}-{file}.tsv"
    wildcard_constraints:
        file="|".join(re.escape(name) for name in map(packaged, BENCHMARKS) if name) or "(?!)",
    params:
        code=code("problems/download_benchmark.py"),
        path=of_benchmark("path"),
        sha256=of_benchmark("sha256"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/problems/download_benchmark.py --path {params.path} --sha256 {params.sha256}"
        " --out {output} > {log} 2>&1"


rule read_problems:
    """Read a problem set of any format, with its errata."""
    input:
        files=problem_files,
        errata=lambda wildcards: BENCHMARKS[wildcards.benchmark].get("errata") or [],
    output:
        problems=BENCHMARK + "problems.jsonl",
        source=BENCHMARK + "source.json",
    log:
        "results/logs/read_problems/{benchmark}.log",
    benchmark:
        "results/benchmarks/read_problems/{benchmark}.tsv"
    params:
        code=code("problems/read_problems.py"),
        file=lambda wildcards: shlex.quote(problem_file(wildcards).format(**wildcards)),
        format=of_benchmark("format", "auto"),
        task=of_benchmark("task", "synthesize"),
        errata=lambda wildcards, input: (
            f"--errata {shlex.quote(input.errata)}" if input.errata else ""
        ),
        license=of_benchmark("license"),
        origin=of_benchmark("origin", "written for Ferrule"),
        sha256=of_benchmark("sha256"),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/problems/read_problems.py --benchmark {wildcards.benchmark} --file {params.file}"
        " --format {params.format} --task {params.task} {params.errata} --sha256 {params.sha256}"
        " --license {params.license} --origin {params.origin}"
        " --out {output.problems} --source {output.source} > {log} 2>&1"


rule build_problem_crates:
    """Build the crates that problems may use, once, without network, from exact versions."""
    input:
        sandbox="results/tools/sandbox.json",
        manifest="resources/problem_crates/Cargo.toml",
        lock="resources/problem_crates/Cargo.lock",
    output:
        json="results/problems/crates/crates.json",
        folder=directory("results/problems/crates/deps"),
    log:
        "results/logs/build_problem_crates.log",
    benchmark:
        "results/benchmarks/build_problem_crates.tsv"
    params:
        code=code("problems/build_problem_crates.py"),
        sandbox=SANDBOX,
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/build_problem_crates.py --manifest {input.manifest} --threads {threads}"
        " --sandbox {params.sandbox} --out results/problems/crates > {log} 2>&1"


rule judge_references:
    """Judge the references of a problem set: do they pass, and what time do they need?"""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        crates=problem_crates_of,
    output:
        BENCHMARK + "references.json",
    log:
        "results/logs/judge_references/{benchmark}.log",
    benchmark:
        "results/benchmarks/judge_references/{benchmark}.tsv"
    params:
        code=code("problems/judge_references.py"),
        sandbox=SANDBOX,
        settings=RUN_SETTINGS,
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/judge_references.py --problems {input.problems} {params.crates}"
        " --settings {params.settings} --sandbox {params.sandbox} --threads {threads}"
        " --out {output} > {log} 2>&1"


rule examine_problems:
    """Examine a problem set: do references pass, empty bodies fail, changed references fail?"""
    input:
        sandbox="results/tools/sandbox.json",
        problems=BENCHMARK + "problems.jsonl",
        crates=problem_crates_of,
        equivalent="resources/problems/equivalent_mutants.tsv",
    output:
        json=BENCHMARK + "exam.json",
        table=BENCHMARK + "exam.md",
    log:
        "results/logs/examine_problems/{benchmark}.log",
    benchmark:
        "results/benchmarks/examine_problems/{benchmark}.tsv"
    params:
        code=code("problems/examine_problems.py"),
        sandbox=SANDBOX,
        settings=RUN_SETTINGS,
        crates=lambda wildcards, input: "--crates results/problems/crates" if input.crates else "",
        toolchain=TOOLCHAIN,
    threads: 2
    resources:
        mem_mb=2000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/problems/examine_problems.py --problems {input.problems} {params.crates}"
        " --equivalent {input.equivalent} --settings {params.settings} --sandbox {params.sandbox}"
        " --threads {threads} --out {output.json} --table {output.table} > {log} 2>&1"
