"""Tools that cargo installs: linked where PATH has the right version, built where it has not."""

TOOL_VERSIONS = {
    "cargo-deny": "0.20.2",
    "cargo-geiger": "0.13.0",
    "cargo-license": "0.7.0",
    "cargo-outdated": "0.19.0",
}

# The tools that the configuration switches on, by the name of their rule.
TOOLS = [name for name in ("license", "geiger", "outdated", "deny") if config["tools"][name]]


def tool(name):
    return f"results/tools/bin/cargo-{name}"


rule check_sandbox:
    """Prove that cargo works in the sandbox and that what it runs cannot get out: first of all."""
    output:
        "results/tools/sandbox.json",
    log:
        "results/logs/check_sandbox.log",
    benchmark:
        "results/benchmarks/check_sandbox.tsv"
    params:
        code=code("tools/check_sandbox.py"),
        config=settings(sandbox=["mode"]),
        toolchain=TOOLCHAIN,
    threads: 1
    priority: 100
    resources:
        mem_mb=1000,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/tools/check_sandbox.py --config {params.config} --out {output} > {log} 2>&1"


rule tools:
    """The cargo tools that the configuration switches on."""
    input:
        [tool(name) for name in TOOLS],


rule install_tool:
    """Link a cargo tool of the right version from PATH, or build it."""
    output:
        link="results/tools/bin/{tool}",
        record="results/tools/{tool}.json",
    log:
        "results/logs/install_tool/{tool}.log",
    benchmark:
        "results/benchmarks/install_tool/{tool}.tsv"
    params:
        version=lambda wildcards: TOOL_VERSIONS[wildcards.tool],
    wildcard_constraints:
        tool="|".join(TOOL_VERSIONS),
    threads: 4
    resources:
        network=1,
        mem_mb=3000,
    conda:
        "../envs/rust.yaml"
    # Minutes without a word would look like a fault. On a terminal the display's last line stays above.
    shell:
        "if [ -t 2 ]; then echo >&2; fi;"
        " python scripts/tools/install_tool.py --tool {wildcards.tool} --version {params.version}"
        " --jobs {threads} --out {output.link} --record {output.record} 2>&1 | tee {log} >&2"
