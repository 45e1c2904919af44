import json
from collections import Counter
from pathlib import Path

import pytest
import yaml
from dataset_samples import build, run, write_crate

from dataset import build_funnel, export_provenance
from ferrule.core.files import read_json, read_jsonl, read_rows, sha256_file, write_json
from ferrule.core.hub_metadata import dataset_header, licenses, size_category
from ferrule.core.markdown import table
from ferrule.core.schemas import DROPPED, SAMPLES

GOLDEN = Path(__file__).parent / "golden"
MIX = '{"code_generation": 0.6, "explanations": 0.2, "fill_in_middle": 0.1, "transformations": 0.1}'


@pytest.fixture
def dataset(tmp_path):
    write_crate(tmp_path / "crates", "alpha", 12)
    write_crate(tmp_path / "crates", "beta", 8)
    write_crate(tmp_path / "crates", "copy", 6, text="beta")
    write_crate(tmp_path / "crates", "refused", 4, accepted=False)
    specs = ["beta@1.0.0", "alpha@1.0.0", "refused@1.0.0", "copy@1.0.0"]
    return build(tmp_path, specs, MIX)


def test_the_head_of_the_card(dataset):
    head = (dataset / "README.md").read_text().split("---\n")[1]
    assert head == (GOLDEN / "dataset_card_head.yaml").read_text()
    read = yaml.safe_load(head)
    assert read["license"] == ["apache-2.0", "mit"] and read["task_categories"] == ["text-generation"]


def test_the_card_says_what_the_files_say(dataset):
    card = (dataset / "README.md").read_text()
    assert "$" not in card.replace("${", "")
    for path in dataset.iterdir():
        if path.name not in ("README.md", "summary.txt"):
            assert sha256_file(path) in card
    rows = read_rows(dataset / "provenance.parquet", SAMPLES)
    assert f"{len(rows)} samples in Rust made from" in card
    counts = Counter(row["_source_crate"] for row in rows)
    for crate, count in counts.items():
        assert f"| {crate} | 1.0.0 | MIT OR Apache-2.0 | {count} |" in card
    assert "| transformations | 0.1 | 0 | 0 | 0 |" in card
    # No benchmark was named in the settings; near-duplicates and secrets were looked for.
    assert "not compared with any benchmark" in card
    assert "near-duplicates are not" not in card and "not searched for secrets" not in card


def test_every_candidate_is_in_the_dataset_or_among_the_dropped_once(dataset):
    kept = [row["_id"] for row in read_rows(dataset / "provenance.parquet", SAMPLES)]
    dropped = read_rows(dataset / "dropped.parquet", DROPPED)
    fallen = [row["id"] for row in dropped if row["stage"] in ("gate", "deduplicate", "mix")]
    candidates = [
        row["_id"]
        for path in (dataset.parent / "crates").glob("*/candidates.parquet")
        for row in read_rows(path)
    ]
    assert sorted(kept + fallen) == sorted(candidates) and len(set(candidates)) == len(candidates)
    counts = read_json(dataset / "funnel.json")
    assert sum(counts["candidates"].values()) == len(candidates)
    assert counts["split"]["rows"]["train"] + counts["split"]["rows"]["val"] == len(kept)
    assert sum(sum(reasons.values()) for reasons in counts["dropped"].values()) == len(dropped)
    assert counts["mix"]["kinds"]["transformations"]["deficit"] > 0


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("mix.json", lambda counts: counts["out"].update(code_generation=1)),
        ("deduplicate.json", lambda counts: counts["dropped"].clear()),
        ("gather.json", lambda counts: counts["dropped_earlier"]["judge"].update(not_live=1)),
        ("split.json", lambda counts: counts["rows"].update(val=0)),
    ],
)
def test_counts_that_do_not_add_up_end_the_run(dataset, part, change):
    work = dataset.parent / "work"
    counts = read_json(work / part)
    change(counts)
    write_json(work / part, counts)
    with pytest.raises(SystemExit, match="do not add up"):
        run(
            build_funnel,
            "--stages",
            *(work / f"{name}.json" for name in ("gather", "deduplicate", "mix", "split")),
            "--dropped",
            dataset / "dropped.parquet",
            "--provenance",
            dataset / "provenance.parquet",
            "--out",
            work / "out.json",
        )
    assert not (work / "out.json").exists()


def test_the_summary_names_what_matters(dataset):
    lines = (dataset / "summary.txt").read_text().splitlines()
    assert lines[0] == "crates    3 accepted, 1 refused of 4" and "edition (1)" in lines[1]
    assert any(line.startswith("deficit   transformations: ") for line in lines)
    assert 10 <= len(lines) <= 20 and "trace.py --all" in lines[-2] and "failures" in lines[-1]


def test_all_files_are_the_same_whatever_the_order_of_the_list(dataset, tmp_path):
    other = tmp_path / "again"
    other.mkdir()
    (other / "crates").symlink_to(dataset.parent / "crates")
    again = build(other, ["copy@1.0.0", "refused@1.0.0", "alpha@1.0.0", "beta@1.0.0"], MIX)
    names = sorted(path.name for path in dataset.iterdir())
    assert names == sorted(path.name for path in again.iterdir()) and len(names) == 11
    assert {n: sha256_file(dataset / n) for n in names} == {n: sha256_file(again / n) for n in names}


def test_a_run_without_rows_has_a_card_too(tmp_path):
    write_crate(tmp_path / "crates", "refused", accepted=False)
    out = build(tmp_path, ["refused@1.0.0"], MIX)
    head = yaml.safe_load((out / "README.md").read_text().split("---\n")[1])
    assert head["license"] == ["other"] and "configs" not in head
    assert "none: see the reasons above" in (out / "summary.txt").read_text()


def test_provenance_as_jsonl(dataset):
    run(
        export_provenance,
        "--provenance",
        dataset / "provenance.parquet",
        "--out",
        dataset / "provenance.jsonl",
    )
    rows = list(read_jsonl(dataset / "provenance.jsonl"))
    assert rows == read_rows(dataset / "provenance.parquet") and list(rows[0]) == SAMPLES.names
    assert json.loads((dataset / "train.jsonl").read_text().split("\n")[0]).items() <= rows[0].items()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("MIT OR Apache-2.0", {"mit", "apache-2.0"}),
        ("Apache-2.0 WITH LLVM-exception", {"apache-2.0"}),
        ("MIT/Apache-2.0", {"mit", "apache-2.0"}),
        ("(MIT AND BSL-1.0) OR GPL-3.0-or-later", {"mit", "bsl-1.0", "gpl-3.0"}),
        ("LGPL-2.1-only", {"lgpl-2.1"}),
        ("Unicode-3.0", {"other"}),
        ("", {"other"}),
    ],
)
def test_hub_licences(expression, expected):
    assert licenses(expression) == expected


def test_small_parts():
    assert [size_category(n) for n in (0, 999, 1000, 99_999)] == ["n<1K", "n<1K", "1K<n<10K", "10K<n<100K"]
    assert table(["a"], [["x|y\nz"], [1234]]) == "| a |\n| --- |\n| x\\|y z |\n| 1,234 |"
    assert "val.parquet" not in dataset_header("T", ["MIT"], {"train": 5, "val": 0})


def test_rows_of_other_sources_are_said_to_be_so(dataset):
    from collections import Counter

    from dataset.write_dataset_card import limits

    funnel = json.loads((dataset / "funnel.json").read_text())
    rows = dict(_verdict=Counter(compiles=3, parses=2), _source=Counter(crates=3, stack=2))
    said = limits(funnel, rows, {})
    assert "2 rows are from the source `stack`: no crate, no checks of crates, no compiler." in said
    assert not any("`crates`" in line for line in said)
