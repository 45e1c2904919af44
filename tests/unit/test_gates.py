"""The gates: every one decided, every failure listed, nothing unknown ever a pass by itself."""

import pytest

from ferrule.crates import gates as crate_gates
from ferrule.crates import tool_report

CRATE = dict(
    crate="demo@1.0.0",
    name="demo",
    version="1.0.0",
    status="ok",
    reason="",
    license="MIT OR Apache-2.0",
    edition="2021",
)
FIGURES = dict(public_items=10, documented_items=8, unsafe_items=2)
JUDGE = dict(status="ok", reason="", functions=100, live=90)
GATES = dict(
    allowed_licenses=["MIT"],
    min_edition=2021,
    min_documented=0.5,
    max_bad_code_warnings=0,
    max_clippy_warnings=None,
    max_unsafe_items=None,
    max_geiger_unsafe=None,
    max_outdated_ratio=None,
    max_deny_severity=None,
    min_live=0.1,
    license_conflict="reject",
    on_unavailable="reject",
)
NAMES = [
    "fetched",
    "compiles",
    "license",
    "license_conflict",
    "edition",
    "documentation",
    "clippy_bad_code",
    "clippy_total",
    "unsafe",
    "geiger",
    "outdated",
    "deny",
    "platform",
]


def told(tool, status="ok", reason="", **figures):
    return tool_report.build(
        "demo@1.0.0", tool, "1", status, reason or ("" if status == "ok" else "why"), figures
    )


CLIPPY = told("clippy", bad_code=0, usual=3, total=9)
LICENSE = told("license", conflicts=[])


def decide(crate=None, figures=FIGURES, judge=JUDGE, gates=None, **tools):
    facts = crate_gates.Facts(
        CRATE | (crate or {}), figures, judge, dict(clippy=CLIPPY, license=LICENSE) | tools
    )
    answer = crate_gates.decide(facts, GATES | (gates or {}))
    assert [row["gate"] for row in answer["gates"]] == NAMES  # every gate is listed, whatever happened
    assert answer["accepted"] == (not answer["failed"])
    return answer


def test_documentation_is_counted_by_the_compiler_and_of_a_program_by_its_text():
    answer = decide(judge=JUDGE | dict(public_items=4, documented_items=1))
    assert answer["failed"] == ["documentation"]
    assert row(answer, "documentation")["reason"] == "1 of 4 reachable items"
    answer = decide(judge=JUDGE | dict(public_items=None, documented_items=None))
    assert row(answer, "documentation")["reason"] == "8 of 10 public items"
    answer = decide(judge=JUDGE | dict(public_items=0, documented_items=0))
    assert answer["accepted"] and row(answer, "documentation")["value"] is None
    refused = dict(status="not_asked", reason="refused by edition")
    assert row(decide(judge=refused), "documentation")["answer"] == "not_asked"


def row(answer, gate):
    return next(row for row in answer["gates"] if row["gate"] == gate)


def test_a_good_crate_is_accepted():
    answer = decide()
    assert answer["accepted"]
    assert {row["gate"] for row in answer["gates"] if row["answer"] == "off"} == {
        "clippy_total",
        "unsafe",
        "geiger",
        "outdated",
        "deny",
    }
    assert row(answer, "clippy_total")["value"] == 3  # measured all the same
    assert row(answer, "platform")["value"] == 0.9


@pytest.mark.parametrize(
    ("gate", "change"),
    [
        ("compiles", dict(judge=dict(status="failed", reason="E0308", functions=5, live=5))),
        ("license", dict(crate=dict(license="GPL-3.0 AND MIT"))),
        ("license", dict(crate=dict(license=None))),
        ("edition", dict(crate=dict(edition="2018"))),
        ("documentation", dict(figures=FIGURES | dict(documented_items=4))),
        ("clippy_bad_code", dict(clippy=told("clippy", bad_code=1, usual=1))),
        ("clippy_total", dict(gates=dict(max_clippy_warnings=2))),
        ("unsafe", dict(gates=dict(max_unsafe_items=1))),
        ("geiger", dict(gates=dict(max_geiger_unsafe=5), geiger=told("geiger", unsafe=6))),
        ("outdated", dict(gates=dict(max_outdated_ratio=0.2), outdated=told("outdated", ratio=0.25))),
        ("deny", dict(gates=dict(max_deny_severity="medium"), deny=told("deny", worst="high"))),
        ("platform", dict(judge=JUDGE | dict(live=9))),
    ],
)
def test_each_gate_alone_rejects(gate, change):
    answer = decide(**change)
    assert gate in answer["failed"]
    assert row(answer, gate)["answer"] == "fail"
    if gate != "compiles":  # what does not compile has no live functions either
        assert answer["failed"] == [gate]


@pytest.mark.parametrize(
    "change",
    [
        dict(clippy=told("clippy", bad_code=3, usual=3), gates=dict(max_bad_code_warnings=3)),
        dict(gates=dict(max_unsafe_items=2)),
        dict(gates=dict(max_deny_severity="high"), deny=told("deny", worst="high")),
        dict(gates=dict(max_deny_severity="low"), deny=told("deny", worst="none")),
        dict(figures=FIGURES | dict(documented_items=5)),
        dict(crate=dict(edition="2024")),
        dict(figures=dict(public_items=0, documented_items=0, unsafe_items=0)),  # a program has none
        dict(judge=JUDGE | dict(functions=0, live=0)),
    ],
)
def test_a_value_at_its_threshold_passes(change):
    assert decide(**change)["failed"] == []


def test_all_failed_gates_are_listed():
    answer = decide(crate=dict(license="GPL-3.0", edition="2015"), clippy=told("clippy", bad_code=2, usual=2))
    assert answer["failed"] == ["license", "edition", "clippy_bad_code"]


@pytest.mark.parametrize("status", ["timeout", "memory", "output", "unavailable"])
def test_what_could_not_be_measured_is_no_pass(status):
    broken = dict(clippy=told("clippy", status, "no sandbox"))
    answer = decide(**broken)
    assert answer["failed"] == ["clippy_bad_code"]
    assert row(answer, "clippy_bad_code") == dict(
        gate="clippy_bad_code", value=None, threshold=0, answer="unavailable", reason="no sandbox"
    )
    assert decide(gates=dict(on_unavailable="ignore"), **broken)["accepted"]


def test_a_tool_that_failed_on_the_crate_fails_its_gate_whatever_is_ignored():
    answer = decide(
        clippy=told("clippy", "failed", "does not compile: E0308"), gates=dict(on_unavailable="ignore")
    )
    assert answer["failed"] == ["clippy_bad_code"]


def test_a_figure_that_is_missing_is_unavailable():
    assert decide(clippy=told("clippy"))["failed"] == ["clippy_bad_code"]
    assert decide(figures={})["failed"] == ["documentation"]
    assert decide(judge={})["failed"] == ["platform"]  # clippy compiled it


def test_a_gate_that_is_set_while_its_tool_is_off_is_unavailable():
    answer = decide(gates=dict(max_geiger_unsafe=5))
    assert answer["failed"] == ["geiger"]
    assert row(answer, "geiger")["reason"] == "tools.geiger is off"


def test_without_a_check_nothing_says_that_it_compiles():
    answer = crate_gates.decide(crate_gates.Facts(CRATE, FIGURES, {}, {}), GATES)
    assert "compiles" in answer["failed"]
    timeout = decide(judge=dict(status="timeout", reason="over 600 s", functions=5, live=0))
    assert row(timeout, "compiles")["answer"] == "unavailable"
    assert timeout["failed"] == ["compiles", "platform"]


def test_a_crate_that_was_not_fetched_fails_that_and_no_more():
    crate = dict(crate="x@1", name="x", version="1", status="failed", reason="no such crate")
    tools = dict(clippy=tool_report.not_measured(crate, "clippy"))
    judge = dict(status="failed", reason="not fetched", functions=0, live=0)
    answer = crate_gates.decide(crate_gates.Facts(crate, {}, judge, tools), GATES)
    assert answer["failed"] == ["fetched"]
    assert row(answer, "fetched")["reason"] == "no such crate"
    assert {row["answer"] for row in answer["gates"][1:] if row["threshold"] is not None} == {"unavailable"}


def test_a_crate_refused_by_licence_says_so():
    crate = dict(
        crate="x@1", name="x", version="1", status="refused", reason="licence: ...", license="GPL-3.0-only"
    )
    answer = crate_gates.decide(crate_gates.Facts(crate, {}, {}, {}), GATES | dict(on_unavailable="ignore"))
    assert answer["failed"] == ["fetched", "license"]


def test_licence_files_stand_in_for_a_missing_expression():
    by_file = told("license", from_files="MIT", mismatch=[], conflicts=[])
    assert decide(crate=dict(license=None), license=by_file)["accepted"]
    assert decide(
        crate=dict(license=None), license=told("license", from_files="AGPL-3.0-only", conflicts=[])
    )["failed"] == ["license"]
    # They never widen what the manifest says.
    assert decide(crate=dict(license="GPL-3.0"), license=by_file)["failed"] == ["license"]


def test_licence_files_that_contradict_the_manifest():
    told_so = told("license", conflicts=["COPYING: the manifest says MIT, the file has GPL-3.0-only"])
    answer = decide(license=told_so)
    assert answer["failed"] == ["license_conflict"]
    assert row(answer, "license_conflict")["reason"].startswith("COPYING: the manifest says MIT")
    assert (
        row(decide(license=told_so, gates=dict(license_conflict="ignore")), "license_conflict")["answer"]
        == "off"
    )
    assert decide(license=told("license"))["failed"] == ["license_conflict"]  # files that were not read


@pytest.mark.parametrize(
    ("failed", "change"),
    [
        ([], {}),
        (["license"], dict(crate=dict(license="GPL-3.0-only"))),
        (["license_conflict"], dict(license=told("license", conflicts=["LICENSE: GPL"]))),
        (["edition"], dict(crate=dict(edition="2018"))),
        (["unsafe"], dict(gates=dict(max_unsafe_items=1))),
        (["license", "edition"], dict(crate=dict(license="GPL-3.0-only", edition="2015"))),
    ],
)
def test_early_gates_need_no_compiler_and_no_further_tool(failed, change):
    crate, figures = CRATE | change.get("crate", {}), change.get("figures", FIGURES)
    facts = crate_gates.Facts(crate, figures, {}, dict(license=change.get("license", LICENSE)))
    assert crate_gates.failed_early(facts, GATES | change.get("gates", {})) == failed


def test_what_was_not_asked_of_a_refused_crate_counts_neither_for_nor_against_it():
    crate = CRATE | dict(edition="2018")
    judge = dict(status="not_asked", reason="refused by edition", functions=5, live=0)
    tools = {
        name: tool_report.not_measured(crate, name, "edition") for name in ("clippy", "geiger", "outdated")
    }
    answer = decide(
        crate=crate, judge=judge, gates=dict(max_geiger_unsafe=5, max_outdated_ratio=0.1), **tools
    )
    assert answer["failed"] == ["edition"]
    for gate in ("compiles", "clippy_bad_code", "geiger", "outdated", "platform"):
        assert row(answer, gate)["answer"] == "not_asked", gate
        assert row(answer, gate)["reason"] == "refused by edition"
