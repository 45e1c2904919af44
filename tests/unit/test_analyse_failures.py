import pytest
from dataset_samples import run, write_crate

from ferrule.core.files import read_json, write_json, write_rows
from ferrule.core.schemas import DROPPED
from ferrule.crates import tool_report
from ferrule.workflow.crate_list import read_crates
from utilities import analyse_failures


def gate(name, value, threshold, answer="fail", reason=""):
    return dict(gate=name, value=value, threshold=threshold, answer=answer, reason=reason)


def refuse(folder, *gates, crate=None):
    """Make a written crate a refused one: these gates stand against it."""
    verdict = dict(
        crate=folder.name, accepted=False, gates=list(gates), failed=[row["gate"] for row in gates]
    )
    write_json(folder / "verdict.json", verdict)
    write_json(folder / "crate.json", read_json(folder / "crate.json") | (crate or {}))


def lint(folder, **findings):
    """clippy.json with so many findings of each lint; `category__name` is a lint's category and name."""
    rows = [
        tool_report.finding(f"clippy::{name}", category=category, file="src/lib.rs", start=n)
        for key, count in findings.items()
        for category, _, name in [key.partition("__")]
        for n in range(count)
    ]
    write_json(folder / "clippy.json", tool_report.build(folder.name, "clippy", findings=rows))


@pytest.fixture
def crates(tmp_path):
    """Two accepted crates, and one refused for each way to be refused."""
    folder = tmp_path / "crates"
    for name in "good fine old older rough worse bare gone timed copyleft several".split():
        write_crate(folder, name)
    at = {path.name.partition("@")[0]: path for path in folder.iterdir()}
    refuse(at["old"], gate("edition", 2018, 2021))
    refuse(at["older"], gate("edition", 2015, 2021))
    refuse(at["rough"], gate("clippy_bad_code", 2, 0))
    lint(at["rough"], bad_code__mut_from_ref=2, questionable__indexing_slicing=50)
    refuse(at["worse"], gate("clippy_bad_code", 5, 0), gate("clippy_total", 6, 1))
    lint(
        at["worse"],
        bad_code__mut_from_ref=1,
        bad_code__eq_op=4,
        ignorable__needless_return=1,
        questionable__indexing_slicing=9,
    )
    refuse(at["bare"], gate("documentation", 0.46, 0.5, reason="46 of 100 public items"))
    refuse(
        at["gone"],
        gate("fetched", "failed", "ok", reason="the registry has no gone"),
        gate("license", None, [], "unavailable", "not fetched"),
        crate=dict(status="failed", reason="the registry has no gone"),
    )
    refuse(at["timed"], gate("clippy_bad_code", None, 0, "unavailable", "clippy: over 600 s"))
    refuse(at["copyleft"], gate("license", "GPL-3.0", ["MIT"], reason="GPL-3.0 is not allowed"))
    refuse(at["several"], gate("edition", 2018, 2021), gate("documentation", 0.49, 0.5))
    (tmp_path / "crates.txt").write_text(
        "".join(f"{path.name}\t\n" for path in at.values()) + "fine\tlocal/fine\n"
    )
    # `fine` is in the list twice: by name with a folder of its own, and with its version.
    write_crate(folder, "fine", spec="fine")
    return folder


def analyse(crates, *arguments):
    at = crates.parent
    lints = at / "lints.tsv"
    lints.write_text(
        "lint\tcategory\tdefault\twhy\nclippy::indexing_slicing\tquestionable\tallow\tx\n"
        "clippy::needless_return\tignorable\twarn\tx\n"
    )
    run(
        analyse_failures,
        "--crates-dir",
        crates,
        "--list",
        at / "crates.txt",
        "--lints",
        lints,
        "--out",
        at / "f.json",
        "--report",
        at / "f.md",
        "--proposed",
        at / "proposed.tsv",
        *arguments,
    )
    return read_json(at / "f.json"), (at / "f.md").read_text(), (at / "proposed.tsv").read_text()


def test_refused_crates_by_gate(crates):
    report, page, _ = analyse(crates)
    assert report["crates"] == dict(listed=12, accepted=2, refused=10)
    gates = {
        name: (found["crates"], found["alone"], found["unavailable"])
        for name, found in report["gates"].items()
    }
    assert gates == dict(
        edition=(3, 2, 0),
        clippy_bad_code=(3, 2, 1),
        clippy_total=(1, 0, 0),
        documentation=(2, 1, 0),
        fetched=(1, 1, 0),
        license=(1, 1, 0),
        listed_twice=(1, 1, 0),
    )
    assert "- gone@1.0.0: failed, the limit is ok (the registry has no gone)" in page
    assert "- bare@1.0.0: 0.46, the limit is 0.5 (46 of 100 public items)" in page
    assert "- timed@1.0.0: clippy: over 600 s" in page


def test_clippy_by_lint(crates):
    report, page, _ = analyse(crates)
    rows = {row["lint"]: (row["findings"], row["alone"], row["crates"]) for row in report["lints"]}
    # indexing_slicing is in no gate's count: clippy does not report it by itself.
    assert rows == {
        "clippy::mut_from_ref": (3, 1, ["rough@1.0.0", "worse@1.0.0"]),
        "clippy::eq_op": (4, 0, ["worse@1.0.0"]),
        "clippy::needless_return": (1, 0, ["worse@1.0.0"]),
    }
    assert report["lints"][0]["lint"] == "clippy::mut_from_ref"  # most crates first
    assert "| clippy::eq_op | bad_code | 4 | 1 | 0 | worse@1.0.0 |" in page


def test_functions_by_reason(crates):
    rows = [
        dict(stage="make", reason="undocumented", task=task, crate=f"c{n % 2}", file="a", start=n)
        for n in range(6)
        for task in ("code_generation", "code_generation", "explanations")
    ]
    rows.append(dict(stage="chunk", reason="test_code", crate="c0", file="a", start=1))
    write_rows(crates.parent / "dropped.parquet", rows, DROPPED)
    report, page, _ = analyse(crates, "--dropped", crates.parent / "dropped.parquet")
    assert [
        (row["stage"], row["task"], row["rows"], row["functions"], row["crates"])
        for row in report["functions"]
    ] == [
        ("make", "code_generation", 12, 6, 2),
        ("make", "explanations", 6, 6, 2),
        ("chunk", "", 1, 1, 1),
    ]
    assert "| make | undocumented | code_generation | 12 | 6 | 2 |" in page


def names(proposed):
    return [line.split("\t")[0] for line in proposed.splitlines()[1:] if not line.startswith("#")]


def test_the_proposed_list_can_be_given_back(crates):
    *_, proposed = analyse(crates)
    # What could not be measured may pass another time: it stays.
    assert sorted(names(proposed)) == ["fine", "good", "timed"]
    left_out = [line for line in proposed.splitlines() if line.startswith("# left out")]
    assert len(left_out) == 9  # nothing goes without a word: 12 are 3 and 9
    assert any("copyleft" in line and "GPL-3.0 is not allowed" in line for line in left_out)
    proposed = proposed.replace("local/fine", "")
    (crates.parent / "list.tsv").write_text(proposed)
    found = read_crates(crates.parent / "list.tsv")
    assert {crate.name for crate in found} == {"fine", "good", "timed"} and all(
        c.version == "1.0.0" for c in found
    )


@pytest.mark.parametrize(
    ("near", "more"),
    [
        (0, []),
        (2, ["rough"]),
        (3, ["old", "rough"]),
        (4, ["bare", "old", "rough"]),
        (6, ["bare", "old", "older", "rough"]),
    ],
)
def test_near_takes_what_failed_one_gate_narrowly(crates, near, more):
    *_, proposed = analyse(crates, "--near", near)
    assert sorted(names(proposed)) == sorted(["fine", "good", "timed", *more])
    lines = proposed.splitlines()
    if "bare" in more:
        assert (
            lines[lines.index("bare\t1.0.0\t") - 1]
            == "# The next one needs gates.min_documented: 0.46 (now 0.5)."
        )


def test_a_run_that_has_not_ended_is_told(crates):
    (crates / "good@1.0.0/verdict.json").unlink()
    with pytest.raises(SystemExit, match=r"1 crates have no verdict yet \(good@1.0.0"):
        analyse(crates)
