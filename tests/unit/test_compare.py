"""Comparing two models: paired tests against enumeration, figures counted by hand, refusals, pages, rankings."""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps import config, run_here, run_script

from ferrule.core.files import read_json, write_json, write_jsonl
from ferrule.evaluation.comparison import environment, paired_tests
from ferrule.evaluation.comparison.compare import Model, NotComparable, comparison
from ferrule.evaluation.comparison.html_page import html_page
from ferrule.evaluation.comparison.markdown_page import markdown_page
from ferrule.evaluation.comparison.paired_tests import flip_drawn, flip_exact, mcnemar
from ferrule.evaluation.comparison.ranking import NotRankable, Run, ranking
from ferrule.evaluation.metrics.bootstrap import Resamples
from ferrule.evaluation.metrics.figures import figures
from ferrule.evaluation.problems.problem import Problem, set_hash, write_problems
from ferrule.evaluation.problems.subset import subset_of

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "resources/comparison.html"


# --- paired tests -----------------------------------------------------------------------------------


def test_mcnemar_is_the_share_of_all_sign_patterns_that_are_as_far_out():
    for won in range(7):
        for lost in range(7):
            patterns = list(itertools.product((-1, 1), repeat=won + lost))
            as_far = sum(abs(sum(signs)) >= abs(won - lost) for signs in patterns)
            assert mcnemar(won, lost) == pytest.approx(as_far / len(patterns), abs=1e-15)


def test_mcnemar_on_known_tables():
    assert mcnemar(10, 2) == pytest.approx(2 * sum(comb(12, k) for k in range(3)) / 2**12)
    assert mcnemar(0, 6) == 2 / 64
    assert mcnemar(5, 5) == mcnemar(0, 0) == 1


DIFFERENCES = st.lists(st.integers(-6, 6).filter(bool), max_size=9)


@given(DIFFERENCES)
def test_the_exact_sign_flip_test_is_an_enumeration(differences):
    sums = [
        sum(s * d for s, d in zip(signs, differences, strict=True))
        for signs in itertools.product((-1, 1), repeat=len(differences))
    ]
    assert flip_exact(differences) == pytest.approx(
        sum(abs(s) >= abs(sum(differences)) for s in sums) / len(sums), abs=1e-12
    )


PAIRS = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 5), st.integers(1, 5), st.integers(0, 5)).map(
        lambda t: (t[0], min(t[0], t[1]), t[2], min(t[2], t[3]))
    ),
    max_size=12,
)


@given(PAIRS)
def test_the_test_does_not_care_who_is_first(pairs):
    there, back = (
        paired_tests.paired_test(pairs),
        paired_tests.paired_test([(c, d, a, b) for a, b, c, d in pairs]),
    )
    assert there["p"] == back["p"] and there["differing"] == back["differing"]
    assert 0 < there["p"] <= 1
    # The printed p is rounded to six digits.
    assert there["p"] >= there["least_p"] * (1 - 1e-5)


@given(PAIRS)
def test_the_same_samples_give_one(pairs):
    found = paired_tests.paired_test([(a, b, a, b) for a, b, _, _ in pairs])
    assert found["p"] == 1 and found["differing"] == 0


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=30))
def test_with_one_sample_each_both_tests_say_the_same(outcomes):
    found = paired_tests.paired_test([(1, a, 1, b) for a, b in outcomes])
    assert found["test"] == "mcnemar_exact"
    assert found["p"] == pytest.approx(flip_exact([b - a for a, b in outcomes if a != b]), rel=1e-5)


def test_rates_with_other_numbers_of_samples_are_whole_numbers_in_one_unit():
    pairs = [(2, 1, 3, 2), (4, 4, 6, 3), (1, 0, 5, 0)]  # differences 1/6, -1/2, 0
    assert paired_tests.whole_differences(pairs) == [1, -3, 0]
    assert paired_tests.paired_test(pairs)["test"] == "sign_flip_exact"


def test_drawn_signs_come_close_to_the_exact_test_and_say_that_they_were_drawn():
    generator = random.Random(5)
    pairs = [(10, generator.randint(0, 8), 10, generator.randint(1, 10)) for _ in range(40)]
    exact, drawn = paired_tests.paired_test(pairs), paired_tests.paired_test(pairs, most_work=0)
    assert (exact["test"], drawn["test"], drawn["flips"]) == ("sign_flip_exact", "sign_flip_drawn", 100_000)
    assert drawn["p"] == pytest.approx(exact["p"], abs=0.004) and 0.0001 < exact["p"] < 0.9
    assert drawn == paired_tests.paired_test(pairs, most_work=0)
    assert drawn["p"] != paired_tests.paired_test(pairs, most_work=0, seed=1)["p"]


def test_drawn_signs_in_pieces_are_all_counted(monkeypatch):
    monkeypatch.setattr(paired_tests, "AT_ONCE", 70_000)
    # Of 2 signs half of the throws are as far out as both alike.
    assert flip_drawn(np.array([1.0, 1.0]), 0) == pytest.approx(0.5, abs=0.01)


def test_a_thousand_samples_of_many_problems_are_exact():
    pairs = [(1000, 300, 1000, 300 + n) for n in range(-60, 104)]
    assert paired_tests.paired_test(pairs)["test"] == "sign_flip_exact"


# --- a small comparison -----------------------------------------------------------------------------

SETTINGS = {"bootstrap": 500, "seed": 0, "policy": ["process"]}
CATEGORIES = ("loops", "loops", "loops", "traits", "traits", "traits")
PROBLEMS = {
    f"p{n}": Problem(f"p{n}", prompt="fn f() {", entry="f", tests="", category=kind, difficulty=1 + n % 2)
    for n, kind in enumerate(CATEGORIES)
}
# One sample of each problem: passed, failed, compile error, passed with a forbidden group.
BASE, TUNED = "pfcfpc", "ppfpPc"


def row(task: str, sample: int, letter: str) -> dict:
    status = {"p": "passed", "P": "passed", "f": "failed", "c": "compile_error", "i": "infrastructure"}[
        letter
    ]
    clean = letter in "pP"
    return {
        "task_id": task,
        "sample": sample,
        "key": f"{task}{letter}",
        "completion": "",
        "passed": status == "passed",
        "result": "passed" if status == "passed" else f"failed: {status}",
        "status": status,
        "stage": "compile" if letter == "c" else "run",
        "tests_total": 2,
        "tests_passed": 2 if status == "passed" else 0,
        "reason": "",
        "form": "body",
        "cut_off": False,
        "policy": ["process"] if letter == "P" else [],
        "category": "",
        "difficulty": 0,
        "compiles": letter != "c",
        "prefilter": "",
        "clippy": None if letter == "c" else {} if clean else {"style": 2},
        "lints": {},
        "clippy_warnings": None if letter == "c" else 0 if clean else 2,
        "clippy_reason": "",
        "idiomatic": 0.5 if clean else 0.25,
        "idiomatic_syntax": 0.5,
        "documented": clean,
        "documented_items": None,
        "has_main": False,
        "has_tests": False,
        "prompt_match": 0.5,
        "functions": 1,
        "structs": 0,
        "impls": 0,
        "traits": 0,
    }


def model(name: str, letters: str, problems: dict = PROBLEMS, *, samples: int = 1, **more) -> Model:
    rows = [
        row(task, n, letters[at * samples + n]) for at, task in enumerate(problems) for n in range(samples)
    ]
    return Model(name, rows, metrics_of(name, rows, problems), **more)


def metrics_of(name: str, rows: list[dict], problems: dict) -> dict:
    about = dict(
        benchmark="small",
        model=name,
        toolchain="rustc 1.0",
        settings=SETTINGS,
        references={"passed": 6, "not_passed": {}},
    )
    of = dict(hash=set_hash(problems.values()), license="MIT", origin="made here", sha256="", errata={})
    allowed = SETTINGS | {"allow_infrastructure": True}
    return about | {"problem_set": of} | figures(problems, rows, allowed)


@pytest.fixture(scope="module")
def found():
    return comparison(PROBLEMS, model("base", BASE), model("tuned", TUNED), SETTINGS)


def test_a_small_comparison_is_what_one_counts_by_hand(found):
    off, on = found["views"]["policy_off"], found["views"]["policy_on"]
    figure = off["pass_at_k"]["1"]
    assert [round(figure[name]["value"], 3) for name in ("base", "run", "difference")] == [
        0.333,
        0.667,
        0.333,
    ]
    assert (off["won"], off["lost"], off["tied"], off["tied_solved"]) == (
        ["p1", "p3"],
        [],
        ["p0", "p2", "p4", "p5"],
        2,
    )
    assert off["test"] == {
        "test": "mcnemar_exact",
        "differing": 2,
        "p": 0.5,
        "least_p": 0.5,
        "won": 2,
        "lost": 0,
    }
    assert (on["won"], on["lost"]) == (["p1", "p3"], ["p4"])
    assert on["statuses"]["run"] == {"passed": 3, "failed": 1, "policy": 1, "compile_error": 1}
    assert off["statuses"]["base"] == {"passed": 2, "failed": 2, "compile_error": 2}
    assert [(s["base"]["samples"], s["run"]["samples"]) for s in off["funnel"]] == [
        (6, 6),
        (6, 6),
        (4, 5),
        (4, 5),
        (2, 4),
    ]
    rate = off["compile_rate"]
    assert [round(rate[name]["value"], 3) for name in ("base", "run", "difference")] == [0.667, 0.833, 0.167]
    loops, traits = off["per_category"]
    assert (loops["category"], loops["problems"], loops["won"], loops["tied"]) == ("loops", 3, 1, 2)
    assert traits["difference"]["value"] == pytest.approx(1 / 3, abs=1e-6)
    assert [group["difficulty"] for group in off["per_difficulty"]] == [1, 2]
    assert off["per_problem"][1]["base"] == {"n": 1, "correct": 0, "statuses": {"failed": 1}}
    assert off["conclusion"] == "not_shown" and off["pass_at_k"]["1"]["difference"]["low"] == 0


def test_quality_is_paired_over_the_problems_that_both_have(found):
    warnings = found["quality"]["clippy_warnings"]
    # Both compile p0, p1, p3, p4: warnings 0, 2, 2, 0 against 0, 0, 0, 0; p2 and p5 are in no difference.
    assert warnings["problems"] == 4 and warnings["difference"]["value"] == -1
    assert (warnings["base"]["n"], warnings["run"]["n"]) == (4, 5)
    assert warnings["run"]["value"] == pytest.approx(2 / 5)
    assert found["quality"]["clippy_style"]["difference"]["value"] == -1
    idiomatic = found["quality"]["idiomatic"]
    assert idiomatic["problems"] == 6 and idiomatic["difference"]["value"] == pytest.approx(0.5 / 6, abs=1e-6)
    assert "documented_items" not in found["quality"]


LETTERS = st.lists(st.tuples(st.sampled_from("pfcP"), st.sampled_from("pfcP")), min_size=12, max_size=12)


@settings(max_examples=10)
@given(LETTERS)
def test_intervals_hold_their_figures_and_turn_round_with_the_models(letters):
    one, other = (
        model(name, "".join(side), samples=2)
        for name, side in zip("ab", zip(*letters, strict=True), strict=True)
    )
    short = SETTINGS | {"bootstrap": 60}
    there, back = comparison(PROBLEMS, one, other, short), comparison(PROBLEMS, other, one, short)
    for name, view in there["views"].items():
        turned = back["views"][name]
        for k, figure in [*view["pass_at_k"].items(), ("", view["compile_rate"])]:
            for part in figure.values():
                assert part["low"] <= part["value"] <= part["high"]
            mirrored = (turned["pass_at_k"][k] if k else turned["compile_rate"])["difference"]
            assert figure["difference"]["value"] == pytest.approx(-mirrored["value"])
            assert figure["difference"]["low"] == pytest.approx(-mirrored["high"], abs=2e-6)
        assert view["test"]["p"] == turned["test"]["p"]
        assert (view["won"], view["lost"]) == (turned["lost"], turned["won"])


def test_the_same_samples_show_nothing():
    found = comparison(PROBLEMS, model("a", "pfcPpc"), model("b", "pfcPpc"), SETTINGS)
    for view in found["views"].values():
        assert view["pass_at_k"]["1"]["difference"] == {"value": 0, "low": 0, "high": 0}
        assert view["test"]["p"] == 1 and view["conclusion"] == "not_shown" and not view["won"]
        assert "No problem came out differently" in " ".join(view["says"])
    assert found["quality"]["idiomatic"]["difference"]["value"] == 0


def test_a_rate_over_samples_has_the_interval_of_the_mean_where_all_have_as_many():
    base, run = (
        model(name, letters, samples=2) for name, letters in (("a", "pfccffpppccc"), ("b", "ppfccfppffpc"))
    )
    rate = comparison(PROBLEMS, base, run, SETTINGS)["views"]["policy_off"]["compile_rate"]
    shares = [
        np.array(
            [sum(r["status"] != "compile_error" for r in one.rows if r["task_id"] == p) / 2 for p in PROBLEMS]
        )
        for one in (base, run)
    ]
    resamples = Resamples(len(PROBLEMS), SETTINGS["bootstrap"], SETTINGS["seed"])
    for name, values in (("base", shares[0]), ("run", shares[1]), ("difference", shares[1] - shares[0])):
        expected = [each[0] for each in resamples.mean(values)]
        assert list(rate[name].values()) == pytest.approx(expected, abs=2e-6)
    assert rate["difference"]["low"] < 0 < rate["difference"]["high"]


def test_a_single_group_has_the_figures_of_the_whole():
    found = comparison(
        MANY, model("a", "p" * 4 + "f" * 16, MANY), model("b", "f" + "p" * 9 + "f" * 10, MANY), SETTINGS
    )
    view = found["views"]["policy_off"]
    (group,) = view["per_category"]
    assert {name: group[name] for name in ("base", "run", "difference")} == view["pass_at_k"]["1"]
    assert (group["won"], group["lost"], group["tied"]) == (6, 1, 13)
    # On the page those that were won stand first, then those that were lost, then the others.
    order = re.findall(r'<tr class="(\w+)">', html_page(found, TEMPLATE))
    assert order == ["won"] * 6 + ["lost"] + ["same"] * 13


MANY = {f"q{n}": Problem(f"q{n}", prompt="", entry="f", tests="") for n in range(20)}


def test_the_difference_is_paired_and_not_that_of_two_separate_intervals():
    hard_and_easy = comparison(
        MANY, model("a", "p" * 10 + "f" * 10, MANY), model("b", "p" * 11 + "f" * 9, MANY), SETTINGS
    )
    figure = hard_and_easy["views"]["policy_off"]["pass_at_k"]["1"]
    alone = figure["run"]["high"] - figure["run"]["low"]
    together = figure["difference"]["high"] - figure["difference"]["low"]
    assert together < alone / 2


@pytest.mark.parametrize(
    "tuned, conclusion, says",
    [
        ("p" * 10 + "f" * 10, "better", "tuned solves more of such problems than base"),
        ("f" * 20, "not_shown", "No problem came out differently"),
        ("p" * 3 + "f" * 17, "not_shown", "Only 3 problems came out differently"),
        ("p" * 5 + "f" * 15, "unclear", "do not agree"),
    ],
)
def test_the_sentence_says_what_the_figures_show(tuned, conclusion, says):
    found = comparison(
        MANY, model("base", "f" * 20, MANY), model("tuned", tuned, MANY), SETTINGS | {"bootstrap": 5000}
    )
    view = found["views"]["policy_off"]
    assert view["conclusion"] == conclusion and says in " ".join(view["says"])
    turned = comparison(
        MANY, model("base", tuned, MANY), model("tuned", "f" * 20, MANY), SETTINGS | {"bootstrap": 5000}
    )
    assert turned["views"]["policy_off"]["conclusion"] == {"better": "worse"}.get(conclusion, conclusion)


# --- refusals and notes -----------------------------------------------------------------------------


def with_metrics(one: Model, **more) -> Model:
    return Model(one.name, one.rows, one.metrics | more, one.sampling)


def test_what_was_not_measured_alike_is_refused_by_name():
    base, run = model("base", BASE), model("tuned", TUNED)
    for other, message in (
        (
            with_metrics(run, toolchain="rustc 2.0"),
            "the toolchains differ: base has rustc 1.0, tuned has rustc 2.0",
        ),
        (with_metrics(run, benchmark="other"), "the benchmarks differ"),
        (
            with_metrics(run, problem_set=run.metrics["problem_set"] | {"hash": "feed"}),
            "hashes of the problem set differ.*feed",
        ),
        (Model("tuned", run.rows[:-1], run.metrics), r"results and metrics of tuned do not fit"),
    ):
        with pytest.raises(NotComparable, match=message):
            comparison(PROBLEMS, base, other, SETTINGS)
    fewer = [each for each in run.rows if each["task_id"] != "p5"]
    with pytest.raises(NotComparable, match="base has samples of 1 problems of which tuned has none: p5"):
        comparison(PROBLEMS, base, Model("tuned", fewer, metrics_of("tuned", fewer, PROBLEMS)), SETTINGS)
    with pytest.raises(NotComparable, match="the problem file has the hash"):
        comparison(PROBLEMS | {"p0": Problem("p0", "fn g() {", "g", "")}, base, run, SETTINGS)


def test_what_a_reader_has_to_know_is_noted():
    base = model("base", BASE, sampling={"temperature": 0.0, "stop": {"tokens": 1}, "seed": 1})
    twice = "".join(letter * 2 for letter in TUNED)
    record = {"problem_set": {"hash": set_hash(PROBLEMS.values())}}
    run = model(
        "tuned",
        twice,
        samples=2,
        sampling={"temperature": 0.8, "stop": {"tokens": 2}, "seed": 1},
        trained_on={"one": record},
    )
    found = comparison(PROBLEMS, base, run, SETTINGS)
    notes = " ".join(found["notes"])
    assert "tuned was trained on answers to these very problems (expert iteration one)" in notes
    assert (
        "temperature: 0.0 for base, 0.8 for tuned" in notes
        and "stop.tokens: 1" in notes
        and "seed:" not in notes
    )
    assert "samples per problem differ: 1 for base, 2 for tuned" in notes
    assert list(found["views"]["policy_off"]["pass_at_k"]) == ["1"]
    assert found["views"]["policy_off"]["test"]["test"] == "sign_flip_exact"
    silent = comparison(PROBLEMS, base, model("b", TUNED, sampling=base.sampling), SETTINGS)
    assert silent["notes"] == []


def test_a_problem_on_which_the_machine_failed_is_left_out_for_both():
    found = comparison(PROBLEMS, model("base", BASE), model("tuned", "p" + "i" + TUNED[2:]), SETTINGS)
    assert found["problems"] == 5 and found["left_out"] == ["p1"]
    assert found["views"]["policy_off"]["funnel"][0] == {
        "step": "given",
        "base": {"samples": 5, "share": 1.0},
        "run": {"samples": 5, "share": 1.0},
    }
    assert "The machine failed on 1 problems" in " ".join(found["notes"])


# --- pages ------------------------------------------------------------------------------------------


class Reader(HTMLParser):
    """Notes tags that are not closed, what would be loaded, and the text."""

    VOID = frozenset("meta link br img input hr".split())

    def __init__(self):
        super().__init__()
        self.open, self.texts, self.loads, self.tags = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loads += [
            (tag, name) for name, _ in attrs if name in ("src", "href", "xlink:href", "data", "action")
        ]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        self.texts.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def test_the_html_page_is_whole_and_needs_nothing_from_elsewhere(found):
    page = html_page(found | {"environment": {"toolchain": {"rustc": "rustc 1.0", "cargo": None}}}, TEMPLATE)
    reader = read(page)
    assert "http" not in page and not reader.loads and "url(" not in page
    assert not {"script", "img", "link", "iframe", "object"} & set(reader.tags)
    assert "prefers-color-scheme: dark" in page
    assert reader.tags.count("svg") == 4  # two views, categories, difficulties
    text = " ".join(reader.texts)
    assert all(name in text for name in PROBLEMS) and "p = 0.500" in text and "rustc 1.0" in text


def test_names_cannot_break_out_of_the_page():
    nasty = '<script>alert("1")</script>&$body {{ 7*7 }} a|b \\|`c`\n\n# d'
    problems = {
        nasty: Problem(nasty, "", "f", "", category=nasty),
        "b": Problem("b", "", "f", "", category="y"),
    }
    found = comparison(problems, model(nasty, "pf", problems), model("b|c", "fp", problems), SETTINGS)
    found |= {"notes": [nasty], "toolchain": nasty, "environment": {nasty: nasty}}
    found["problem_set"] |= {"license": nasty, "origin": nasty}
    for view in found["views"].values():
        for problem in view["per_problem"]:
            problem["base"]["statuses"] = {nasty: 1}
    page = html_page(found, TEMPLATE)
    reader = read(page)
    assert "script" not in reader.tags and "<script" not in page
    assert reader.texts.count(nasty) > 10 and f"{nasty} 1" in reader.texts
    text = markdown_page(found)
    assert "<script" not in text.replace(r"\<script", "") and "\n# d" not in text
    tables = [block.splitlines() for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) == 7 and sum(map(len, tables)) == sum(
        line.startswith("|") for line in text.splitlines()
    )
    for lines in tables:
        # Some readers take a backslash with whatever follows it.
        assert len({len(re.findall(r"(?:\\.|[^|\\])+", line.strip("|"))) for line in lines}) == 1, lines


def test_bars_stay_in_the_picture(found):
    page = html_page(found, TEMPLATE)
    for x, width in re.findall(r'<rect class="\w+" x="([\d.]+)" y="\d+" width="([\d.]+)"', page):
        assert float(width) >= 0 and float(x) + float(width) <= 760


def test_the_markdown_page_says_what_the_figures_say(found):
    text = markdown_page(found)
    assert "# tuned against base on small" in text and "**Policy off: no difference shown.**" in text
    line = next(line for line in text.splitlines() if line.startswith("| pass@1 "))
    assert [cell.split()[0] for cell in line.split("|")[2:5]] == ["33.3", "66.7", "+33.3"]
    assert "- 2 won: p1, p3" in text and "- 4 the same (2 of them unsolved)" in text
    blocks = [block for block in text.split("\n\n") if block.startswith("|")]
    assert all(len({len(line) for line in block.strip().splitlines()}) == 1 for block in blocks)


def test_of_the_compiler_the_pages_have_the_first_line(found):
    told = found | {"toolchain": "rustc 1.0 (abc)\nbinary: rustc\nhost: x86_64"}
    for page in (markdown_page(told), html_page(told, TEMPLATE)):
        assert "rustc 1.0 (abc)" in page and "binary: rustc" not in page


def test_the_golden_summary(found):
    view = found["views"]["policy_off"]
    assert view["says"][:2] == [
        "pass@1 is 66.7 % with tuned and 33.3 % with base: a difference of +33.3 points, 95 % interval 0.0 to +66.7.",
        "Of 6 problems tuned does better on 2, worse on 0, and the same on 4; McNemar's exact test: p = 0.500.",
    ]


# --- steps ------------------------------------------------------------------------------------------


def step(script: str, folder: Path, *argv: str) -> subprocess.CompletedProcess:
    return run_here(script, *argv, cwd=folder)


@pytest.fixture
def files(tmp_path):
    write_problems(tmp_path / "problems.jsonl", PROBLEMS.values())
    for one in (model("base", BASE), model("tuned", TUNED)):
        write_jsonl(tmp_path / f"{one.name}.jsonl", one.rows)
        write_json(tmp_path / f"{one.name}.json", one.metrics)
    return tmp_path


def compare(folder: Path, out: str, *more: str) -> subprocess.CompletedProcess:
    return step(
        "compare_models",
        folder,
        "--benchmark",
        "small",
        "--problems",
        "problems.jsonl",
        "--base",
        "base",
        "--base-results",
        "base.jsonl",
        "--base-metrics",
        "base.json",
        "--run",
        "tuned",
        "--run-results",
        "tuned.jsonl",
        "--run-metrics",
        "tuned.json",
        *config(evaluate=SETTINGS),
        "--template",
        str(TEMPLATE),
        "--json",
        f"{out}.json",
        "--md",
        f"{out}.md",
        "--html",
        f"{out}.html",
        *more,
    )


def test_the_step_writes_the_same_bytes_twice(files, found):
    for out in ("one", "two"):
        done = compare(files, out)
        assert done.returncode == 0, done.stderr
    for end in (".json", ".md", ".html"):
        assert (files / f"one{end}").read_bytes() == (files / f"two{end}").read_bytes()
    assert read_json(files / "one.json") == found


def test_samples_of_other_types_are_reported():
    def noted(**types) -> list[str]:
        base, tuned = model("base", BASE), model("tuned", TUNED)
        for each in (base, tuned):
            if each.name in types:
                each.metrics["samples"]["dtypes"] = types[each.name]
        notes = comparison(PROBLEMS, base, tuned, SETTINGS)["notes"]
        return [note for note in notes if "weights in" in note]

    assert noted(base=["float32"], tuned=["bfloat16"]) == [
        "The samples were drawn with weights in float32 for base and in bfloat16 for tuned. A difference may come from"
        " that."
    ]
    assert noted(base=["float32"], tuned=["float32"]) == noted(base=["float32"]) == []


def test_of_records_of_sampling_only_the_settings_are_compared(files):
    for name, temperature in (("base", 0), ("tuned", 1)):
        write_json(files / f"{name}.sampling.json", {"model": name, "settings": {"temperature": temperature}})
    done = compare(
        files, "one", "--base-sampling", "base.sampling.json", "--run-sampling", "tuned.sampling.json"
    )
    assert done.returncode == 0, done.stderr
    assert [note.split(":")[0] for note in read_json(files / "one.json")["notes"]] == [
        "The sampling settings differ, temperature"
    ]


def test_the_step_refuses_in_words_and_writes_nothing(files):
    write_json(files / "tuned.json", read_json(files / "tuned.json") | {"toolchain": "rustc 9"})
    done = compare(files, "one")
    assert done.returncode == 1 and "the toolchains differ" in done.stderr and "Traceback" not in done.stderr
    assert not list(files.glob("one*"))


def test_results_of_an_earlier_version_are_refused_by_the_files_name(files):
    old = [row | {"tests": 2, "passed": 2} for row in model("tuned", TUNED).rows]
    write_jsonl(files / "tuned.jsonl", old)
    done = compare(files, "one")
    assert done.returncode == 1 and done.stderr.startswith("tuned.jsonl:1: not a row of this version")
    assert "delete the file and run snakemake" in done.stderr and done.stderr.count("\n") == 1


# --- subsets ----------------------------------------------------------------------------------------


def of_subset(name: str, n: int | None, seed: int = 0) -> Model:
    """A model that was measured on the subset that these settings take of PROBLEMS."""
    taken, subset = subset_of(PROBLEMS, {"sample_n": n, "sample_seed": seed})
    found = model(name, "p" * len(taken), taken)
    about = {"hash": set_hash(PROBLEMS.values())}
    metrics = found.metrics | {"subset": subset, "problem_set": found.metrics["problem_set"] | about}
    return Model(name, found.rows, metrics)


def test_two_models_are_compared_on_the_same_subset():
    found = comparison(PROBLEMS, of_subset("base", 4), of_subset("tuned", 4), SETTINGS)
    taken, subset = subset_of(PROBLEMS, {"sample_n": 4})
    assert found["problems"] == 4 and found["subset"] == subset and found["without_samples"] == []
    assert [p["id"] for p in found["views"]["policy_off"]["per_problem"]] == list(taken)
    assert not any("no sample" in note for note in found["notes"])
    words = "A subset: 4 of 6 problems (sample_seed 0, sha256 "
    assert words in markdown_page(found) and words in html_page(found, TEMPLATE)


def test_without_a_subset_the_pages_do_not_speak_of_one(found):
    assert found["subset"] is None
    assert "subset" not in markdown_page(found) and "subset" not in html_page(found, TEMPLATE)


@pytest.mark.parametrize(
    "base, run, words",
    [
        ((4,), (None,), r"base was measured on 4 of 6 problems \(.*\), tuned on all 6 problems"),
        ((None,), (4,), r"base was measured on all 6 problems, tuned on 4 of 6 problems \("),
        ((4,), (3,), r"base was measured on 4 of 6 problems \(.*\), tuned on 3 of 6 problems \("),
        ((4, 0), (4, 1), r"\(sample_seed 0, .*\), tuned on 4 of 6 problems \(sample_seed 1"),
    ],
)
def test_other_problems_of_a_set_are_refused_in_one_line(base, run, words):
    with pytest.raises(NotComparable, match=words) as caught:
        comparison(PROBLEMS, of_subset("base", *base), of_subset("tuned", *run), SETTINGS)
    said = str(caught.value)
    assert said.startswith("tuned cannot be compared with base: ") and "\n" not in said
    assert said.endswith("measure both with the same evaluate.sample_n and evaluate.sample_seed")


def test_a_subset_that_takes_all_problems_is_the_whole():
    found = comparison(PROBLEMS, of_subset("base", 6), of_subset("tuned", None), SETTINGS)
    assert found["subset"] is None and found["problems"] == 6


def test_a_subset_that_another_version_took_is_refused():
    models = [of_subset(name, 4) for name in ("base", "tuned")]
    for each in models:
        each.metrics["subset"]["sha256"] = "0" * 64
    with pytest.raises(NotComparable, match="is not the one that this version takes; delete"):
        comparison(PROBLEMS, *models, SETTINGS)


# --- environment ------------------------------------------------------------------------------------


def test_the_environment_names_versions_and_nothing_of_the_place(tmp_path, monkeypatch):
    import getpass
    import platform
    from importlib import metadata

    secret = {
        "origin": str(tmp_path / "models/own"),
        "revision": "abc",
        "files": {"a": "12"},
        "license": "MIT",
        "loss": 1,
    }
    write_json(tmp_path / "model.json", secret)
    write_json(
        tmp_path / "source.json", {"hash": "feed", "benchmark": "own", "problems": 3, "origin": "made here"}
    )
    (tmp_path / "train.parquet").write_bytes(b"rows")
    done = run_script(
        "record_environment",
        "--model-record",
        f"base={tmp_path / 'model.json'}",
        "--problems",
        "own=source.json",
        "--data",
        "train=train.parquet",
        "--out",
        "environment.json",
        env={"PATH": "/usr/bin:/bin"},  # where no toolchain is
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    found, text = read_json(tmp_path / "environment.json"), (tmp_path / "environment.json").read_text()
    assert found["models"]["base"] == {
        "origin": "own",
        "revision": "abc",
        "files": {"a": "12"},
        "license": "MIT",
    }
    assert found["problems"]["own"]["hash"] == "feed" and len(found["data"]["train"]["sha256"]) == 64
    assert found["python"]["distributions"]["orjson"] == metadata.version("orjson")
    assert found["python"]["version"] == platform.python_version() and found["system"]["cores"] >= 1
    assert str(tmp_path) not in text and platform.node() not in text and "/root" not in text
    assert f'"{getpass.getuser()}"' not in text


def test_origins_lose_where_they_lie_and_keep_what_they_are():
    for text, left in (
        ("/home/me/models/llama/", "llama"),
        ("../llama", "llama"),
        ("hub:meta/Llama@1f", "hub:meta/Llama@1f"),
        ("pypi:a==1:b/c.gguf", "pypi:a==1:b/c.gguf"),
        ("run:x/checkpoint-40", "run:x/checkpoint-40"),
        ("https://10.0.0.1/x", "an address"),
    ):
        assert environment.without_place(text) == left


def test_a_machine_without_tools_is_described_all_the_same(monkeypatch):
    monkeypatch.setattr(environment, "output", lambda *command: None)
    monkeypatch.setattr(environment, "DEVICES", ("/",))  # as if there were one
    monkeypatch.setitem(sys.modules, "torch", None)  # makes importing it fail
    found = environment.environment()
    assert set(found["toolchain"]) == {"rustc", "cargo", "clippy", "bubblewrap"}
    assert not any(found["toolchain"].values()) and found["gpus"] == []


def test_gpus_are_read_from_the_drivers_tool(monkeypatch):
    said = "NVIDIA H100 80GB HBM3, 550.54.15, 81559 MiB\n" * 2
    monkeypatch.setattr(environment, "output", lambda *command: said)
    assert (
        environment.gpus()
        == [{"name": "NVIDIA H100 80GB HBM3", "driver": "550.54.15", "memory": "81559 MiB"}] * 2
    )


# --- ranking ----------------------------------------------------------------------------------------


def trained(name: str, rate: float, loss: float | None, **more) -> Run:
    return Run(
        name, {"base": "x", "train": {"learning_rate": rate, "steps": 10}, **more}, {"eval_loss": loss}
    )


def test_runs_are_ranked_by_loss_with_what_varies():
    found = ranking(
        "s",
        "eval_loss",
        [trained("c", 3e-4, 1.5), trained("a", 1e-4, 1.2), trained("b", 2e-4, 1.5), trained("d", 4e-4, None)],
    )
    assert [(row["rank"], row["run"]) for row in found["runs"]] == [(1, "a"), (2, "b"), (2, "c"), (None, "d")]
    assert found["varying"] == ["train.learning_rate"] and found["runs"][0]["settings"] == {
        "train.learning_rate": 1e-4
    }
    assert found["best"] == ["a"] and "1 runs have no eval_loss and no rank: d." in found["notes"]
    tie = ranking("s", "eval_loss", [trained("a", 1, 1.0), trained("b", 2, 1.0, max_val_rows=5)])
    assert tie["best"] == ["a", "b"] and "2 runs share the first place: a, b." in tie["notes"]
    assert any("max_val_rows differ" in note for note in tie["notes"])


def measured(name: str, value: float, low: float, high: float, toolchain: str = "rustc 1") -> Run:
    view = {"pass_at_k": {"1": {"value": value, "low": low, "high": high}}}
    return Run(
        name,
        {"r": name},
        {"problem_set": {"hash": "1"}, "toolchain": toolchain, "views": {"policy_off": view}},
    )


def test_runs_with_overlapping_intervals_are_not_told_apart():
    runs = [
        measured("low", 0.1, 0.05, 0.2),
        measured("best", 0.5, 0.4, 0.6),
        measured("near", 0.45, 0.35, 0.55),
    ]
    found = ranking("s", "pass@1", runs)
    assert [row["run"] for row in found["runs"]] == ["best", "near", "low"] and found["not_told_apart"] == [
        "near"
    ]
    assert "overlap that of best" in found["notes"][0]
    with pytest.raises(NotRankable, match="other toolchains"):
        ranking("s", "pass@1", [*runs, measured("x", 0.1, 0, 1, "rustc 2")])
    part = measured("x", 0.1, 0, 1)
    part.metrics["subset"] = subset_of(PROBLEMS, {"sample_n": 3})[1]
    with pytest.raises(
        NotRankable, match=r"other problems of the set: 3 of 6 problems \(.*\(x\), all problems"
    ):
        ranking("s", "pass@1", [*runs, part])
    with pytest.raises(NotRankable, match="without runs"):
        ranking("s", "pass@1", [])


def test_the_ranking_step_writes_a_table(tmp_path):
    for name, loss in (("a", 1.25), ("b", 1.5)):
        write_json(tmp_path / f"{name}.json", {"eval_loss": loss})
    runs = [
        {"run": name, "settings": {"lora": {"r": r}}, "metrics": f"{name}.json"}
        for name, r in (("b", 8), ("a", 16))
    ]
    write_json(tmp_path / "runs.json", runs)
    for runs_given in (json.dumps(runs), "runs.json"):
        argv = [
            "--sweep",
            "ranks",
            "--figure",
            "eval_loss",
            "--runs",
            runs_given,
            "--out",
            "rank.json",
            "--table",
            "rank.md",
        ]
        done = step("rank_sweep", tmp_path, *argv)
        assert done.returncode == 0, done.stderr
        text = (tmp_path / "rank.md").read_text()
        assert [line.split("|")[2:5] for line in text.splitlines() if line.startswith("|")][2] == [
            " a   ",
            "    1.2500 ",
            "     16 ",
        ]
    assert read_json(tmp_path / "rank.json")["best"] == ["a"]
    write_json(tmp_path / "a.json", {"eval_loss": None})
    write_json(tmp_path / "b.json", {"eval_loss": None})
    done = step("rank_sweep", tmp_path, *argv)
    assert done.returncode == 1 and "no run has an evaluation loss" in done.stderr
