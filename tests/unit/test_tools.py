"""What the scripts read out of geiger, outdated, deny, cargo-license and licence files.

tests/data/tools/cargo-license.json was recorded from cargo-license 0.7.0 on serde_json 1.0.149, authors
and links taken out. The others are constructed after the tools' sources, which they say themselves.
"""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis import deny, geiger, license, outdated
from ferrule import cvss, envelope
from tools import cargo_tool

DATA = Path(__file__).parents[1] / "data" / "tools"
CRATE = dict(
    crate="demo@1.2.3", name="demo", version="1.2.3", status="ok", reason="", package=".", license="MIT"
)


# The envelope


def test_the_order_of_findings_does_not_matter():
    findings = [
        envelope.finding("b", file="x.rs", start=3),
        envelope.finding("a", file="x.rs", start=3),
        envelope.finding("c"),
    ]
    assert envelope.build("x", "t", findings=findings) == envelope.build("x", "t", findings=findings[::-1])


def test_an_envelope_says_why_it_is_not_ok():
    with pytest.raises(ValueError, match="without a reason"):
        envelope.build("x", "t", status="failed")
    with pytest.raises(ValueError, match="no status"):
        envelope.build("x", "t", status="good", reason="x")
    with pytest.raises(ValueError, match="'path'"):
        envelope.finding("x", path="y")


def test_a_broken_envelope_is_told(tmp_path):
    (tmp_path / "x.json").write_text(
        '{"crate": "x", "tool": "t", "status": "ok", "reason": "", "figures": {}}'
    )
    with pytest.raises(ValueError, match="findings"):
        envelope.read(tmp_path / "x.json")


def test_a_crate_that_was_not_fetched_fails_every_tool():
    told = envelope.not_fetched(CRATE | dict(status="refused", reason="licence: GPL"), "clippy")
    assert (told["status"], told["reason"]) == ("failed", "not fetched: licence: GPL")
    assert envelope.not_fetched(CRATE, "clippy") is None


@pytest.mark.parametrize("script", [geiger, outdated, deny])
def test_a_missing_tool_is_unavailable_and_says_how_to_get_it(script, tmp_path):
    told = script.measure(CRATE, tmp_path, SimpleNamespace(tool="results/tools/bin/cargo-none", sandbox=None))
    assert told["status"] == "unavailable"
    assert "cargo-none" in told["reason"]
    assert "snakemake tools" in told["reason"]


def test_no_advisory_database_is_unavailable(tmp_path):
    tool = tmp_path / "cargo-deny"
    tool.touch()
    told = deny.measure(CRATE, tmp_path, SimpleNamespace(tool=str(tool), database=""))
    assert told["status"] == "unavailable"
    assert "tools.advisory_db" in told["reason"]


# geiger


def test_geiger_counts_what_is_used_over_all_packages():
    report = geiger.read_report(b"Checking {x} {}\n" + (DATA / "geiger.json").read_bytes() + b"\nwarning\n")
    figures, findings = geiger.count(report, "demo", "1.2.3")
    assert (figures["unsafe"], figures["own"]) == (22, 15)
    assert (figures["packages"], figures["packages_with_unsafe"], figures["unscanned"]) == (3, 2, 1)
    assert (figures["functions"], figures["exprs"], figures["methods"]) == (1, 19, 2)
    assert sorted(found["id"] for found in findings) == ["demo@1.2.3", "libc@0.2.139"]


def test_geiger_without_a_report():
    assert geiger.read_report(b"error: no such thing {}\n") is None


# outdated


def test_outdated_counts_direct_dependencies_that_have_a_newer_version():
    rows = outdated.read_rows((DATA / "outdated.json").read_bytes(), "demo")
    figures, findings = outdated.count(rows, {"rand", "serde", "gone", "same", "libc"})
    assert figures == dict(direct=5, outdated=2, ratio=0.4)
    assert sorted(found["message"] for found in findings) == [
        "0.8.5, newest 0.9.2",
        "1.0.100, newest 1.0.228",
    ]


def test_outdated_of_a_workspace_takes_its_own_line():
    other = b'{"crate_name": "other", "dependencies": [{"name": "x"}]}\nno json\n'
    assert outdated.read_rows(other, "demo") is None
    assert len(outdated.read_rows(other + (DATA / "outdated.json").read_bytes(), "demo")) == 5


def test_no_dependencies_are_not_outdated():
    assert outdated.count([], set())[0]["ratio"] == 0


def test_direct_dependencies_leave_out_local_ones():
    rows = [
        dict(name="a", source="registry+x"),
        dict(name="a", source="registry+x"),
        dict(name="b", source=None),
    ]
    assert outdated.direct_dependencies(dict(dependencies=rows)) == {"a"}


def test_the_skeleton_has_manifests_and_empty_sources(tmp_path):
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "src").mkdir(parents=True)
    (source / "Cargo.toml").write_text("[package]")
    (source / "src" / "lib.rs").write_text("fn main() {}")
    (source / "secret.txt").write_text("x")
    outdated.skeleton(source, copy)
    assert (copy / "Cargo.toml").read_text() == "[package]"
    assert (copy / "src" / "lib.rs").read_text() == ""
    assert not (copy / "secret.txt").exists()


# deny


def test_deny_reads_errors_and_leaves_remarks_on_the_configuration():
    findings, finished, error = deny.read_messages((DATA / "deny.jsonl").read_bytes())
    assert finished
    assert error == ""
    assert {(f["id"], f["category"], f["level"]) for f in findings} == {
        ("RUSTSEC-2020-0071", "vulnerability", "medium"),
        ("RUSTSEC-2021-9999", "unmaintained", "low"),
        ("rejected", "rejected", "high"),
    }
    assert any(f["message"].startswith("time@0.1.44: ") for f in findings)
    figures = deny.count(findings)
    assert figures["worst"] == "high"
    assert figures["by_kind"] == dict(vulnerability=1, unmaintained=1, rejected=1)


def test_deny_that_did_not_come_to_its_end():
    log = json.dumps(dict(type="log", fields=dict(level="ERROR", message="failed to fetch the database")))
    assert deny.read_messages(log.encode() + b"\nplain text\n[]\n") == (
        [],
        False,
        "failed to fetch the database",
    )


def test_nothing_found():
    assert deny.count([])["worst"] == "none"


@pytest.mark.parametrize(
    ("vector", "severity"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "critical"),  # 9.8
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", "critical"),  # 10.0
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "high"),  # 7.5
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "medium"),  # 6.1
        ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N", "low"),  # 2.5
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", "none"),  # 0
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:L/SC:N/SI:N/SA:N", "high"),  # not computed
        ("CVSS:3.1/AV:Q", "high"),
        ("nonsense", "high"),
        (None, "high"),
    ],
)
def test_severity_of_a_vulnerability(vector, severity):
    assert cvss.severity(vector) == severity


# license


def test_dependencies_by_licence():
    rows = json.loads((DATA / "cargo-license.json").read_text())
    counts = license.dependencies(rows, "serde_json")
    assert counts["Apache-2.0 OR MIT"] == 7
    assert counts["(Apache-2.0 OR MIT) AND Unicode-3.0"] == 1
    assert sum(counts.values()) == len(rows) - 1


MIT = "Permission is hereby granted, free of charge, to any\n person obtaining a copy of this software"
BSD = "Redistribution and use in source and binary forms, with or without ... must reproduce the above copyright"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"MIT License\n\n{MIT} ... this permission notice shall be included in all copies", ["MIT"]),
        (f"MIT No Attribution\n\n{MIT} ... THE SOFTWARE IS PROVIDED", ["MIT-0"]),
        ("   Apache License\n  Version 2.0, January 2004", ["Apache-2.0"]),
        (BSD, ["BSD-2-Clause"]),
        (f"{BSD} ... may be used to endorse or promote products derived", ["BSD-3-Clause"]),
        (f"{BSD} ... All advertising materials mentioning ... endorse or promote products", ["BSD-4-Clause"]),
        ("distribute this software for any purpose with or without fee is hereby granted, provided that", ["ISC"]),
        ("distribute this software for any purpose with or without fee is hereby granted.", ["0BSD"]),
        ("GNU GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007 ... GNU Lesser General Public License", ["GPL-3.0-only"]),
        ("GNU LESSER GENERAL PUBLIC LICENSE\n Version 3, 29 June 2007 ... version 3 of the GNU General Public License", ["LGPL-3.0-only"]),
        ("This is free and unencumbered software released into the public domain.", ["Unlicense"]),
        ("All rights reserved.", []),
        (f"{MIT} ... permission notice shall be included\n\n Apache License Version 2.0, January 2004", ["Apache-2.0", "MIT"]),
    ],
)  # fmt: skip
def test_what_a_licence_file_looks_like(text, found):
    assert license.licences_in(text) == found


def read_license(folder, declared, **files):
    for name, text in files.items():
        (folder / name).write_text(text)
    crate = CRATE | dict(license=declared, license_file=None)
    return license.read_license(crate, folder, SimpleNamespace(cargo_license=None))["figures"]


def test_files_stand_in_for_a_missing_expression(tmp_path):
    figures = read_license(tmp_path, None, LICENSE=f"{MIT} permission notice shall be included", COPYING=BSD)
    assert figures["from_files"] == "BSD-2-Clause AND MIT"
    assert figures["problem"] == "no licence given"


def test_an_unknown_text_says_nothing(tmp_path):
    figures = read_license(
        tmp_path, None, LICENSE=f"{MIT} permission notice shall be included", COPYING="Ask me."
    )
    assert figures["from_files"] == ""
    assert figures["files"] == {"COPYING": ["unknown"], "LICENSE": ["MIT"]}


def test_files_that_the_expression_does_not_name(tmp_path):
    gpl = "GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007"
    assert read_license(tmp_path, "MIT", LICENSE=gpl)["mismatch"] == ["GPL-3.0-only"]
    assert read_license(tmp_path, "(GPL-3.0-or-later OR MIT)", LICENSE=gpl)["mismatch"] == []


def test_a_licence_file_outside_the_crate_is_not_read(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "LICENSE").write_text(MIT)
    (tmp_path / "source" / "LICENSE-LINK").symlink_to(tmp_path / "LICENSE")
    assert license.licence_files(tmp_path / "source", ".", "../LICENSE") == []


def test_code_is_no_licence_file(tmp_path):
    (tmp_path / "license.rs").write_text(MIT)
    assert license.licence_files(tmp_path, ".", None) == []


# cargo_tool


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ('[ "$1" = deny ] && echo "cargo-deny 0.20.2"', "0.20.2"),
        ('[ "$1" = --version ] && echo "cargo-deny 1.2.3-rc.1"', "1.2.3-rc.1"),
        ("exit 1", ""),
    ],
)
def test_version_of_a_tool(tmp_path, script, version):
    tool = tmp_path / "cargo-deny"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    assert cargo_tool.version_of(tool) == version


def test_version_of_a_tool_that_prints_none(tmp_path):
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "cargo-license"
    tool.write_text("#!/bin/sh\nexit 2\n")
    tool.chmod(0o755)
    (tmp_path / ".crates.toml").write_text('[v1]\n"cargo-license 0.7.0 (registry+x)" = ["cargo-license"]\n')
    assert cargo_tool.version_of(tool) == "0.7.0"
