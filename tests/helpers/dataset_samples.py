"""Made-up crates with candidates, as the steps before `gather` leave them; and a way to run the steps."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from unittest import mock

from steps import config

from ferrule.core.files import read_json, write_json, write_rows
from ferrule.core.schemas import DROPPED, SAMPLES, choose, identity

KINDS = ("code_generation", "explanations", "fill_in_middle")


def sample(**columns) -> dict:
    """A row with every column; `crate`, `file` and the like may be given without `_source_`."""
    short = dict(
        id="_id",
        task="_task_type",
        crate="_source_crate",
        file="_source_file",
        start="_start",
        end="_end",
        version="_version",
        repository="_repository",
        documented="_documented",
        prefix="_prefix",
        suffix="_suffix",
        variant="_variant",
    )
    row = dict.fromkeys(SAMPLES.names) | dict(
        prompt="Write it.",
        gen="fn f() {}",
        split="",
        _task_type="code_generation",
        _source="crates",
        _source_crate="demo",
        _source_file="src/lib.rs",
        _version="1.0.0",
        _sha256="0" * 64,
        _license="MIT OR Apache-2.0",
        _repository="https://example.org/o/demo",
        _commit="c0ffee",
        _edition="2021",
        _start=0,
        _end=9,
        _verdict="compiles",
        _rustc="rustc 1.80.0",
        _tests=[],
        _variant="wording_0",
        _error_code="",
        _diagnostic="",
        _documented=True,
        _idiomatic=True,
        _clippy=0,
        _unsafe=False,
        _is_test=False,
    )
    row |= {short.get(name, name): value for name, value in columns.items()}
    row["_id"] = row["_id"] or identity(*(str(row[name]) for name in SAMPLES.names if name != "split"))
    return row


def write_crate(crates: Path, name: str, functions: int = 6, **options) -> None:
    """A crate's folder with source, candidates of three kinds and every step's counts."""
    version, repository = (
        options.get("version", "1.0.0"),
        options.get("repository", f"https://example.org/o/{name}"),
    )
    accepted, text = options.get("accepted", True), options.get("text", name)
    folder = crates / options.get("spec", f"{name}@{version}")
    sha256 = identity(name, version) * 4
    source, rows, dropped = "//! A crate.\n\npub struct S;\n\nimpl S {\n", [], []
    for number in range(functions):
        docs = f"Gives the number {number} of {text} to its caller."
        source += f"    /// {docs}\n    #[must_use]\n    "
        start = len(source.encode())
        body = f'let name = "{text}";\n    name.len() + {number} + {choose(0, text, number) % 1000}'
        item = f"pub fn function_{number}(&self) -> usize {{\n    {body}\n}}"
        source += item.replace("\n", "\n    ") + "\n\n"
        end = len(source.rstrip().encode())
        place = dict(crate=name, version=version, start=start, end=end, repository=repository, _sha256=sha256)
        prefix, gen, suffix = item.partition(body)
        rows += [
            sample(prompt=f"Write function {number} of {text}.", gen=item, **place),
            sample(prompt=f"Explain:\n{item}", gen=docs, task="explanations", **place),
            sample(
                prompt=f"Fill in:\n{prefix}<MISSING>{suffix}",
                gen=gen,
                task="fill_in_middle",
                prefix=prefix,
                suffix=suffix,
                **place,
            ),
        ]
        dropped.append(
            dict(
                stage="judge",
                reason="not_live",
                detail="",
                task="",
                crate=folder.name,
                file="src/lib.rs",
                start=start,
                end=end,
                id=f"{number:016x}",
            )
        )
    path = folder / "source/src/lib.rs"
    path.parent.mkdir(parents=True)
    path.write_text(source + "}\n")
    rows.sort(key=lambda row: choose(1, row["_id"]))  # gather must bring order into it
    write_rows(folder / "candidates.parquet", rows, SAMPLES)
    write_rows(folder / "dropped.parquet", dropped, DROPPED)
    write_json(
        folder / "crate.json",
        dict(
            crate=folder.name,
            name=name,
            version=version,
            status="ok",
            reason="",
            source="registry",
            sha256=sha256,
            license="MIT OR Apache-2.0",
            repository=repository,
            commit=None,
            edition="2021",
            package=".",
        ),
    )
    failed = [] if accepted else ["edition", "documented"]
    gates = [dict(gate=gate, value=0, threshold=1, answer="fail", reason="") for gate in failed]
    write_json(
        folder / "verdict.json", dict(crate=folder.name, accepted=accepted, failed=failed, gates=gates)
    )
    write_json(
        folder / "figures.json",
        dict(
            functions=0,
            methods=functions,
            counts=dict(
                files_kept=1, files_dropped={"test_target": 2}, chunks={"method": functions, "impl": 1}
            ),
        ),
    )
    write_json(
        folder / "judge.json",
        dict(status="ok", reason="", functions=functions, live=functions, rustc="rustc 1.80.0"),
    )


def write_pool(path: Path, rows: list[dict]) -> Path:
    write_rows(path, rows, SAMPLES)
    return path


def run(step, *arguments) -> None:
    """Call a step's main() as its command line would."""
    with mock.patch.object(sys, "argv", [step.__name__, *map(str, arguments)]):
        step.main()


def stage(step, folder: Path, source: Path, *arguments) -> dict:
    """Run a filter on a table; its three files bear its name."""
    name = step.__name__.rsplit(".", 1)[-1]
    run(
        step,
        "--pool",
        source,
        "--out",
        folder / f"{name}.parquet",
        "--dropped",
        folder / f"{name}.dropped.parquet",
        "--funnel",
        folder / f"{name}.json",
        *arguments,
    )
    return read_json(folder / f"{name}.json")


def build(folder: Path, specs: list[str], mix: str, size: int | None = None, val_ratio: float = 0.3) -> Path:
    """The whole chain from crates/ to dataset/ in `folder`."""
    from curation import decontaminate, deduplicate, drop_near_duplicates, scrub
    from curation import mix as mix_step
    from dataset import (
        build_funnel,
        gather,
        lock_crates,
        split,
        summarize,
        write_dataset_card,
        write_notice,
    )

    work, out = folder / "work", folder / "dataset"
    work.mkdir()
    (work / "crates.txt").write_text("".join(f"{spec}\t\n" for spec in specs))
    crates = ["--crates-dir", folder / "crates", "--list", work / "crates.txt"]
    run(
        gather,
        *crates,
        "--out",
        work / "gather.parquet",
        "--dropped",
        work / "gather.dropped.parquet",
        "--funnel",
        work / "gather.json",
    )
    stage(deduplicate, work, work / "gather.parquet")
    # The samples are alike but for a number: only names that differ make them different items.
    forms = config(near_duplicates={"text": 0.999, "locals": None, "nameless": None})
    clusters = ["--clusters", work / "near_duplicates.clusters.parquet"]
    stage(drop_near_duplicates, work, work / "deduplicate.parquet", *forms, *clusters)
    report = ["--report", work / "decontaminate.report.json"]
    stage(decontaminate, work, work / "drop_near_duplicates.parquet", *report)
    stage(scrub, work, work / "decontaminate.parquet")
    stage(mix_step, work, work / "scrub.parquet", *config(mix=json.loads(mix), dataset={"size": size}))
    names = ["gather", "deduplicate", "drop_near_duplicates", "decontaminate", "scrub", "mix"]
    run(
        split,
        "--pool",
        work / "mix.parquet",
        *config(dataset={"val_ratio": val_ratio}),
        "--folder",
        out,
        "--funnel",
        work / "split.json",
        "--dropped",
        *(work / f"{name}.dropped.parquet" for name in names),
    )
    run(lock_crates, *crates, "--out", out / "crates.lock.tsv")
    run(
        build_funnel,
        "--stages",
        *(work / f"{name}.json" for name in [*names, "split"]),
        "--dropped",
        out / "dropped.parquet",
        "--provenance",
        out / "provenance.parquet",
        "--out",
        out / "funnel.json",
    )
    run(write_notice, "--provenance", out / "provenance.parquet", *crates, "--out", out / "NOTICE")
    template = Path(__file__).parents[2] / "resources/dataset_card.md"
    run(
        write_dataset_card,
        "--template",
        template,
        "--folder",
        out,
        *config(dataset={"seed": 0}),
        "--out",
        out / "README.md",
    )
    run(
        summarize,
        "--funnel",
        out / "funnel.json",
        "--lock",
        out / "crates.lock.tsv",
        "--folder",
        "results/dataset",
        "--out",
        out / "summary.txt",
    )
    return out
