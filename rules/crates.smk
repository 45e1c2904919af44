"""Crates: from the registry, a local folder or a .crate file to a folder that is safe to read."""

from ferrule.workflow.crate_inputs import licence_refusal, source_files

SOURCES = {crate.spec: crate.source for crate in CRATE_LIST}


def source_of(wildcards):
    return SOURCES.get(wildcards.crate, "")


def refusal(wildcards):
    """Why a crate of the registry is refused for its licence, before it is unpacked."""
    if source_of(wildcards):
        return "''"
    resolved = Path(crate_file("resolved.json").format(crate=wildcards.crate))
    reason = licence_refusal(resolved, config["gates"]["allowed_licenses"])
    return reason if reason is None else shlex.quote(reason)


rule resolve:
    """Ask the registry for a crate's version, checksum and licence."""
    output:
        crate_file("resolved.json"),
    log:
        "results/logs/resolve/{crate}.log",
    benchmark:
        "results/benchmarks/resolve/{crate}.tsv"
    params:
        code=code("crates/resolve.py"),
    threads: 1
    # In the rule and not in the profile: of a crate's jobs, only these two meet the network.
    retries: 2
    resources:
        network=1,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/crates/resolve.py --crate {wildcards.crate} --out {output} > {log} 2>&1"


rule download:
    """Take a crate's archive, unpack and lock it, and download what it depends on."""
    input:
        resolved=lambda wildcards: [] if source_of(wildcards) else crate_file("resolved.json"),
        source=lambda wildcards: source_files(source_of(wildcards)),
    output:
        json=crate_file("crate.json"),
        archive=crate_file("archive.crate"),
        folder=directory(crate_file("source")),
    log:
        "results/logs/download/{crate}.log",
    benchmark:
        "results/benchmarks/download/{crate}.tsv"
    params:
        code=code("crates/download.py"),
        config=settings(crates=["max_unpacked_mb", "max_files"]),
        source=lambda wildcards: shlex.quote(source_of(wildcards)),
        refusal=refusal,
    threads: 1
    retries: 2
    resources:
        network=1,
    conda:
        "../envs/rust.yaml"
    shell:
        "python scripts/crates/download.py --crate {wildcards.crate} --source {params.source}"
        " --resolved '{input.resolved}' --refused {params.refusal} --config {params.config}"
        " --json {output.json} --archive {output.archive} --folder {output.folder} > {log} 2>&1"
