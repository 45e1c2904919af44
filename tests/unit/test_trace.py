import pytest
from dataset_samples import build, run, sample, write_crate, write_pool

from ferrule.core.files import read_json, read_rows, write_json
from ferrule.core.schemas import SAMPLES
from utilities import trace

MIX = '{"code_generation": 0.4, "explanations": 0.3, "fill_in_middle": 0.3}'


@pytest.fixture
def made(tmp_path):
    trace.find_crate.cache_clear()
    trace.read_source.cache_clear()
    write_crate(tmp_path / "crates", "alpha", 6)
    write_crate(tmp_path / "crates", "beta", 6, spec="beta")
    build(tmp_path, ["alpha@1.0.0", "beta"], MIX)
    return tmp_path


def call(folder, *arguments):
    with pytest.raises(SystemExit) as end:
        run(trace, "--dataset", folder / "dataset", "--crates", folder / "crates", *arguments)
    return end.value.code


def test_every_row_traces_back(made, capfd):
    assert call(made, "--all") == 0
    assert ", 0 do not fit" in capfd.readouterr().out


def test_the_exact_bytes_are_shown(made, capfd):
    row = next(r for r in read_rows(made / "dataset/provenance.parquet") if r["_source_crate"] == "beta")
    assert call(made, "--id", row["_id"]) == 0
    source = (made / "crates/beta/source/src/lib.rs").read_bytes()[row["_start"] : row["_end"]].decode()
    out = capfd.readouterr().out
    assert out.endswith("-" * 80 + "\n" + source + "\n\n")
    assert "beta 1.0.0" in out and row["_sha256"] in out and "MIT OR Apache-2.0" in out


def test_an_unknown_row(made, capfd):
    assert call(made, "--id", "0" * 16) == 1
    assert "no such row" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("task", "change", "problem"),
    [
        ("code_generation", lambda row: row.update(gen=row["gen"] + " "), None),
        (
            "code_generation",
            lambda row: row.update(gen=row["gen"].replace("len", "size")),
            "not what stands there",
        ),
        ("fill_in_middle", lambda row: row.update(_suffix=row["_suffix"] + "}"), "not what stands there"),
        ("explanations", lambda row: row.update(gen="Something else."), "not in the item's documentation"),
        ("explanations", lambda row: row.update(_end=10**6), "the file has"),
        ("explanations", lambda row: row.update(_source_file="src/no.rs"), "its file is not in the crate"),
        ("explanations", lambda row: row.update(_version="9.9.9"), "not among the crates"),
        ("explanations", lambda row: row.update(_sha256="f" * 64), "the checksum of the crate is"),
        ("explanations", lambda row: row.update(_source="stack", gen="x"), None),
    ],
)
def test_a_row_that_does_not_fit_is_named(made, capfd, task, change, problem):
    rows = read_rows(made / "dataset/provenance.parquet", SAMPLES)
    row = next(row for row in rows if row["_task_type"] == task)
    change(row)
    write_pool(made / "dataset/provenance.parquet", rows)
    assert call(made, "--all") == (1 if problem else 0)
    out = capfd.readouterr().out
    assert not problem or (row["_id"] in out and problem in out)


def test_a_changed_source_is_found(made):
    path = made / "crates/alpha@1.0.0/crate.json"
    write_json(path, read_json(path) | dict(sha256="0" * 64))
    assert call(made, "--all") == 1


@pytest.mark.parametrize(
    ("before", "answer", "found"),
    [
        ("/// One.\n/// Two.\n", "One.\nTwo.", True),
        ("/// One.\n///\n/// ```\n/// f(); }\n/// ```\n#[inline]\n#[cfg(\n    all(),\n)]\n", "One.", True),
        ("/**\n * One.\n\n * Two.\n */\n", "One.\nTwo.", True),
        ("/// One.\n\n#[inline]\n", "One.", True),
        ('/// One.\n#[cfg_attr(\n    x,\n    doc = r#"\n\nf();\n"#\n)]\n/// Two.\n', "One.\nTwo.", True),
        ("/// One.\nfn g() {}\n\n", "One.", False),
        ("/// One.\nconst A: u8 = 1;\n", "One.", False),
        ("// One.\n\nmod x {\n\n", "One.", False),
    ],
)
def test_documentation_above_an_item(before, answer, found):
    source = f"{before}fn f() {{}}\n".encode()
    row = sample(task="explanations", gen=answer)
    assert trace.compare(row, source, len(before), len(source) - 1).startswith("not in") != found
