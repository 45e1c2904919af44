"""The NOTICE beside a dataset: whose code it is, and every licence text once."""

import pytest
from dataset_samples import run, sample, write_crate, write_pool

from dataset import write_notice
from ferrule.core.files import read_json, write_json

MIT = "MIT License\n\nCopyright (c) {who}\n\nPermission is hereby granted ...\n"
APACHE = "Apache License\nVersion 2.0, January 2004\n\nTERMS\n"


@pytest.fixture
def dataset(tmp_path):
    """Three crates, of which `gamma` has no rows, and a row of another source."""
    crates = tmp_path / "crates"
    manifest = '[package]\nname = "{0}"\nauthors = [{1}]\n'
    people = {"alpha": '"Ann Á <ann@a.org>", "Bo"', "beta": "", "gamma": '"Cy"'}
    for name, authors in people.items():
        write_crate(crates, name)
        source = crates / f"{name}@1.0.0/source"
        (source / "Cargo.toml").write_text(manifest.format(name, authors))
        (source / "LICENSE-APACHE").write_bytes(
            APACHE.replace("\n", "  \r\n" if name == "beta" else "\n").encode() + b"\n" * len(name)
        )
        (source / "LICENSE-MIT").write_text(MIT.format(who=name))
    (crates / "alpha@1.0.0/source/AUTHORS").write_text("Ann, Bo and others\n")
    rows = [sample(crate=name, start=start) for name in ("beta", "alpha") for start in range(3)]
    rows.append(sample(_source="stack", crate=None, _license="MIT"))
    (tmp_path / "list").write_text("".join(f"{name}@1.0.0\t\n" for name in people))
    write_pool(tmp_path / "provenance.parquet", rows)
    return tmp_path


def make(folder, name="NOTICE"):
    run(
        write_notice,
        "--provenance",
        folder / "provenance.parquet",
        "--crates-dir",
        folder / "crates",
        "--list",
        folder / "list",
        "--out",
        folder / name,
    )
    return (folder / name).read_text(encoding="utf-8")


def test_every_crate_with_rows_is_named(dataset):
    text = make(dataset)
    assert "PACKAGES (2)" in text and "gamma" not in text
    alpha = text[text.index("\nalpha 1.0.0\n") : text.index("\nbeta 1.0.0\n")]
    assert "authors     Ann Á <ann@a.org>, Bo\n" in alpha
    assert "repository  https://example.org/o/alpha\n" in alpha
    assert "licence     MIT OR Apache-2.0\n" in alpha
    assert "files       AUTHORS [1], LICENSE-APACHE [2], LICENSE-MIT [3]\n" in alpha
    assert "rows        3\n" in alpha
    assert "authors     not stated in the manifest\n" in text[text.index("\nbeta 1.0.0\n") :]


def test_a_text_stands_once_with_all_that_have_it(dataset):
    text = make(dataset)
    assert text.count("Version 2.0, January 2004") == 1
    assert "[2] of alpha 1.0.0, beta 1.0.0\n" in text
    # Another name in it makes another text.
    assert "[3] of alpha 1.0.0\n" in text and "[4] of beta 1.0.0\n" in text and text.count("MIT License") == 2


def test_other_sources_are_named(dataset):
    assert "stack: 1 rows under MIT\n" in make(dataset)


def test_the_same_files_give_the_same_notice(dataset):
    assert make(dataset) == make(dataset, "again")


def test_a_crate_without_files_and_licence(dataset):
    source = dataset / "crates/beta@1.0.0/source"
    for path in source.glob("LICENSE*"):
        path.unlink()
    path = dataset / "crates/beta@1.0.0/crate.json"
    write_json(path, read_json(path) | dict(license=None, repository=None))
    beta = make(dataset).split("\nbeta 1.0.0\n")[1]
    assert "licence     not stated in the manifest" in beta and "repository  not stated" in beta
    assert "files       the package has no licence file\n" in beta


def test_rows_of_a_crate_that_is_not_there_end_the_run(dataset):
    write_pool(dataset / "provenance.parquet", [sample(crate="delta")])
    with pytest.raises(SystemExit, match=r"delta 1\.0\.0 has rows"):
        make(dataset)
