"""Crates: from the registry, a local folder or a .crate file to a folder that is safe to read."""

SOURCES = {crate.spec: crate.source for crate in CRATE_LIST}


def source_files(wildcards):
    """The files of a local crate: a change in any of them fetches it again."""
    source = SOURCES.get(wildcards.crate, "")
    if not source or Path(source).is_file():
        return [source] if source else []
    skipped = {"target", ".git"}
    files = []
    for folder, folders, names in os.walk(source):
        folders[:] = sorted(name for name in folders if name not in skipped)
        files += [
            path
            for path in (os.path.join(folder, name) for name in sorted(names))
            if os.path.isfile(path) and not os.path.islink(path)
        ]
    return files


# The allow-list is no parameter of `fetch`: a new one must not fetch every crate again.
os.environ["FERRULE_ALLOWED_LICENSES"] = json.dumps(config["gates"]["allowed_licenses"])


def forget_refusals():
    """Forget those refused by licence before the download that today's list allows."""
    for marker in Path("results/crates").glob("*/refused"):
        from ferrule import spdx

        allowed, _ = spdx.check(marker.read_text(), config["gates"]["allowed_licenses"])
        if allowed:
            (marker.parent / "crate.json").unlink(missing_ok=True)
            marker.unlink()


forget_refusals()


rule fetch:
    """Resolve, check the licence, unpack and lock a crate, and download what it depends on."""
    input:
        source_files,
    output:
        json=crate_file("crate.json"),
        folder=directory(crate_file("source")),
    log:
        "results/logs/fetch/{crate}.log",
    benchmark:
        "results/benchmarks/fetch/{crate}.tsv"
    params:
        source=lambda wildcards: shlex.quote(SOURCES.get(wildcards.crate, "")),
        max_mb=config["crates"]["max_unpacked_mb"],
        max_files=config["crates"]["max_files"],
    threads: 1
    # In the rule and not in the profile: only this one meets the network.
    retries: 2
    resources:
        network=1,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/crates/fetch.py --crate {wildcards.crate} --source {params.source}"
        " --json {output.json} --folder {output.folder}"
        " --max-unpacked-mb {params.max_mb} --max-files {params.max_files} > {log} 2>&1"
