import json
import re
from collections import Counter
from pathlib import Path

import pytest
from dataset_samples import build, run, write_crate
from jinja2 import TemplateNotFound, UndefinedError

from dataset import build_funnel, export_provenance, write_dataset_card
from ferrule.core.files import read_json, read_jsonl, read_rows, sha256_file, write_json
from ferrule.core.hub_metadata import dataset_header, licenses, size_category
from ferrule.core.markdown import cell, code, inline, table
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.core.templates import html_template, markdown_template
from ferrule.core.yaml_files import parse_yaml

GOLDEN = Path(__file__).parent / "golden"
TEMPLATE = Path(__file__).parents[2] / "resources/dataset_card.md"
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
    read = parse_yaml(head)
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
    head = parse_yaml((out / "README.md").read_text().split("---\n")[1])
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


@pytest.mark.parametrize(
    ("function", "text", "written"),
    [
        (cell, "a|b", r"a\|b"),
        (cell, r"a\|b", r"a\\\|b"),  # so that both ways of reading `\\|` see an escaped bar
        (cell, 1234, "1,234"),
        (cell, "<b>|", r"\<b>\|"),
        (inline, "a\n\n# b\t|", "a # b |"),
        (inline, "</p><!-- <?x", r"\</p>\<!-- \<?x"),
        (inline, "1 < 2 <|end|> a<=b", "1 < 2 <|end|> a<=b"),
        (code, "a\nb", "`a b`"),
        (code, "a`b", "`` a`b ``"),
        (code, "``", "``` `` ```"),
    ],
)
def test_text_from_elsewhere_in_markdown(function, text, written):
    assert function(text) == written


def test_a_template_escapes_what_it_is_given_and_wants_every_name(tmp_path):
    file = tmp_path / "page.txt"
    file.write_text("{% if number > 1 %}\n{{ number | thousands }} {{ text }}\n{% endif %}\n")
    given = dict(number=1234, text="<b> {{ 7*7 }}")
    assert html_template(file).render(given) == "1,234 &lt;b&gt; {{ 7*7 }}\n"
    assert markdown_template(file).render(given) == "1,234 <b> {{ 7*7 }}\n"
    for template in (html_template, markdown_template):
        with pytest.raises(UndefinedError, match="'text' is undefined"):
            template(file).render(number=2)
        with pytest.raises(TemplateNotFound, match=str(tmp_path)):
            template(tmp_path / "none.txt")


def limits(funnel, rows, settings=None) -> str:
    values = write_dataset_card.figures(funnel, rows, settings or {}) | {"crates": [], "files": []}
    return markdown_template(TEMPLATE).render(values).split("## Limits\n")[1].split("\n## ")[0]


def counts_of(**columns) -> dict[str, Counter]:
    names = ("_license", "_rustc", "_verdict", "_task_type", "_source", "crate")
    return {name: Counter(columns.get(name, {"": 1})) for name in names}


def test_rows_of_other_sources_are_said_to_be_so(dataset):
    funnel = read_json(dataset / "funnel.json")
    rows = counts_of(_verdict={"compiles": 3, "parses": 2}, _source={"crates": 3, "stack": 2})
    said = limits(funnel, rows)
    assert "- 2 rows are from the source `stack`: no crate, no checks of crates, no compiler.\n" in said
    assert "`crates`" not in said
    assert "- 2 of 13 rows have no compiler's verdict" in said and "No test was run" in said
    assert "No test was run" not in limits(funnel, counts_of(_verdict={"tested": 1}))


def test_what_was_not_looked_for_is_said(dataset):
    funnel, rows = read_json(dataset / "funnel.json"), counts_of()
    for settings, stage in (
        ({"scrub": {"secrets": "keep"}}, "not searched for secrets"),
        ({"near_duplicates": {"text": None}}, "near-duplicates are not"),
    ):
        assert stage in limits(funnel, rows, settings) and stage not in limits(funnel, rows)
    assert "not compared with any benchmark" in limits(funnel, rows)
    funnel["compared"] = [dict(name="HumanEval", problems=164, sha256="0" * 64)]
    assert "- Compared with HumanEval, and with no other benchmark.\n" in limits(funnel, rows)


HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% raw %} a|b \\|c `d` ``\ne\n\n# f"


def test_hostile_values_break_no_table_and_are_no_html(dataset):
    funnel = read_json(dataset / "funnel.json")
    funnel["crates"]["refused_by_reason"] = {HOSTILE: 1}
    funnel["mix"]["kinds"][HOSTILE] = dict(funnel["mix"]["kinds"]["explanations"], deficit=7)
    funnel["split"]["note"] = HOSTILE
    named = ("_license", "_rustc", "_verdict", "_task_type", "_source")
    rows = counts_of(**{name: {HOSTILE: 1} for name in named})
    crate = dict(name=HOSTILE, version=HOSTILE, license=HOSTILE, rows=1, sha256="0" * 64)
    settings = {"decontaminate": {"benchmarks": [{"name": HOSTILE}]}}
    values = write_dataset_card.figures(funnel, rows, settings) | {"crates": [crate], "files": []}
    text = markdown_template(TEMPLATE).render(values)
    assert "{{ 7*7 }} {% raw %}" in text
    # The settings are JSON in a fence; a code span shows a tag as it is.
    shown = re.sub(r"(?s)\n```json\n.*?\n```\n|(?<!`)(```+) .*? \1(?!`)", "", text)
    assert not re.findall(r"(?<!\\)<script>", shown) and shown.count(r"\<script>") > 9
    assert "\n# f" not in text
    cells = [len(columns(line)) for line in shown.splitlines() if line.startswith("| ")]
    tables = [block.splitlines() for block in shown.split("\n\n") if block.startswith("| ")]
    assert len(tables) == 10 and sum(map(len, tables)) == len(cells)
    for lines in tables:
        assert len({len(columns(line)) for line in lines}) == 1, lines


def columns(line: str) -> list[str]:
    """The cells of a line, read as readers do that take a backslash with whatever follows it."""
    return re.findall(r"(?:\\.|[^|\\])+", line.strip("|"))
