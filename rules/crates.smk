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


# By the environment: the allow-list as a parameter of `fetch` would fetch every crate again when it changes.
os.environ["FERRULE_ALLOWED_LICENSES"] = json.dumps(config["gates"]["allowed_licenses"])


def readmitted(wildcards):
    """The allow-list for a crate that an earlier one kept out and this one allows, else nothing.

    As a parameter it fetches that crate again, once: the script keeps what it was in a file.
    """
    folder = Path("results/crates", wildcards.crate)
    if (folder / "readmitted").exists():
        return shlex.quote((folder / "readmitted").read_text())
    if (folder / "refused").exists():
        from ferrule.crates import spdx

        allowed = config["gates"]["allowed_licenses"]
        if spdx.check((folder / "refused").read_text(), allowed)[0]:
            return shlex.quote(json.dumps(allowed))
    return "''"


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
        code=code("crates/fetch.py"),
        source=lambda wildcards: shlex.quote(SOURCES.get(wildcards.crate, "")),
        max_mb=config["crates"]["max_unpacked_mb"],
        max_files=config["crates"]["max_files"],
        readmitted=readmitted,
    threads: 1
    # In the rule and not in the profile: of the jobs of a crate only this one needs the network.
    retries: 2
    resources:
        network=1,
    conda:
        "../envs/base.yaml"
    shell:
        "python scripts/crates/fetch.py --crate {wildcards.crate} --source {params.source}"
        " --json {output.json} --folder {output.folder}"
        " --readmitted {params.readmitted} --max-unpacked-mb {params.max_mb} --max-files {params.max_files} > {log} 2>&1"
