"""The reports of tools on a crate, and the verdict on it."""

from ferrule.workflow.crate_inputs import Refusals, git_commit

# The crate's own licence is read in any case; the rest is asked for where it is switched on.
VERDICT_TOOLS = ["license"] + [
    name for name in ("clippy", "geiger", "outdated", "deny") if config["tools"][name]
]
REFUSALS = Refusals("results/crates/{crate}/{name}", config["gates"], VERDICT_TOOLS)
# Inputs of a rule with the parameter `REFUSALS.early` or `REFUSALS.late`: the files that it reads.
EARLY_FACTS = [crate_file("figures.json"), crate_file("license.json")]
# `REFUSALS.late` reads judge.json as well, which comes with the verdicts.parquet that these rules wait for.
FACTS = [crate_file(f"{name}.json") for name in ["figures", *VERDICT_TOOLS]]


rule clippy:
    """Lint a crate, sorted into bad code, questionable and ignorable."""
    input:
        sandbox="results/tools/sandbox.json",
        lints="resources/lints.tsv",
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        facts=EARLY_FACTS,
        # It compiles the dependencies for both.
        judge=crate_file("judge.json"),
    output:
        crate_file("clippy.json"),
    log:
        "results/logs/clippy/{crate}.log",
    benchmark:
        "results/benchmarks/clippy/{crate}.tsv"
    params:
        refused=REFUSALS.early,
        code=code("analysis/clippy.py"),
        config=settings("sandbox", crates=["features"]),
        toolchain=TOOLCHAIN,
        prepared=PREPARED,
    priority: 3
    threads: 1
    resources:
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/analysis/clippy.py --crate-json {input.json} --source {input.folder} --refused {params.refused}"
        " --lints {input.lints} --prepared {params.prepared} --threads {threads}"
        " --config {params.config} --out {output} > {log} 2>&1"


rule license:
    """Read the licence of a crate: the manifest, its licence files, its dependencies."""
    input:
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        tool=tool("license") if config["tools"]["license"] else [],
    output:
        crate_file("license.json"),
    log:
        "results/logs/license/{crate}.log",
    benchmark:
        "results/benchmarks/license/{crate}.tsv"
    params:
        code=code("analysis/license.py"),
        tool=(
            f"--cargo-license {tool('license')} --version {TOOL_VERSIONS['cargo-license']}"
            if config["tools"]["license"]
            else ""
        ),
    threads: 1
    resources:
        mem_mb=500,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/analysis/license.py --crate-json {input.json} --source {input.folder}"
        " {params.tool} --out {output} > {log} 2>&1"


rule geiger:
    """Count unsafe code in a crate and its dependencies."""
    input:
        sandbox="results/tools/sandbox.json",
        tool=tool("geiger"),
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        facts=EARLY_FACTS,
    output:
        crate_file("geiger.json"),
    log:
        "results/logs/geiger/{crate}.log",
    benchmark:
        "results/benchmarks/geiger/{crate}.tsv"
    params:
        refused=REFUSALS.early,
        code=code("analysis/geiger.py"),
        config=settings("sandbox", crates=["features"]),
        toolchain=TOOLCHAIN,
        version=TOOL_VERSIONS["cargo-geiger"],
    threads: 1
    resources:
        network=1,
        mem_mb=4000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/analysis/geiger.py --crate-json {input.json} --source {input.folder} --refused {params.refused}"
        " --tool {input.tool} --version {params.version}"
        " --config {params.config} --out {output} > {log} 2>&1"


rule outdated:
    """Compare a crate's direct dependencies with the newest ones in the registry."""
    input:
        tool=tool("outdated"),
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        facts=EARLY_FACTS,
    output:
        crate_file("outdated.json"),
    log:
        "results/logs/outdated/{crate}.log",
    benchmark:
        "results/benchmarks/outdated/{crate}.tsv"
    params:
        refused=REFUSALS.early,
        code=code("analysis/outdated.py"),
        version=TOOL_VERSIONS["cargo-outdated"],
    threads: 1
    resources:
        network=1,
        mem_mb=1000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/analysis/outdated.py --crate-json {input.json} --source {input.folder} --refused {params.refused}"
        " --tool {input.tool} --version {params.version} --out {output} > {log} 2>&1"


rule deny:
    """Look for advisories, refused licences and bans among a crate's dependencies."""
    input:
        tool=tool("deny"),
        json=crate_file("crate.json"),
        folder=crate_file("source"),
        facts=EARLY_FACTS,
    output:
        crate_file("deny.json"),
    log:
        "results/logs/deny/{crate}.log",
    benchmark:
        "results/benchmarks/deny/{crate}.tsv"
    params:
        refused=REFUSALS.early,
        code=code("analysis/deny.py"),
        version=TOOL_VERSIONS["cargo-deny"],
        config=settings(crates=["features"], tools=["advisory_db"], gates=["allowed_licenses"]),
        # A newer commit of the advisory database reruns the rule.
        advisories=git_commit(config["tools"]["advisory_db"]) if config["tools"]["deny"] else "",
    threads: 1
    resources:
        mem_mb=1000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/analysis/deny.py --crate-json {input.json} --source {input.folder} --refused {params.refused}"
        " --tool {input.tool} --version {params.version} --config {params.config} --out {output} > {log} 2>&1"


rule apply_gates:
    """Decide on a crate: every gate with its value, its threshold and the answer."""
    input:
        json=crate_file("crate.json"),
        figures=crate_file("figures.json"),
        judge=crate_file("judge.json"),
        tools=[crate_file(f"{name}.json") for name in VERDICT_TOOLS],
    output:
        crate_file("verdict.json"),
    log:
        "results/logs/apply_gates/{crate}.log",
    benchmark:
        "results/benchmarks/apply_gates/{crate}.tsv"
    params:
        code=code("analysis/apply_gates.py"),
        tools=" ".join(f"--{name} {crate_file(f'{name}.json')}" for name in VERDICT_TOOLS),
        config=settings("gates"),
    threads: 1
    resources:
        mem_mb=300,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/analysis/apply_gates.py --crate-json {input.json} --figures {input.figures}"
        " --judge {input.judge} {params.tools} --config {params.config} --out {output} > {log} 2>&1"
