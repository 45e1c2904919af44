"""What the scripts read out of geiger, outdated, deny, cargo-license and licence files.

The files in tests/data/tools are recordings, descriptions, links and folders taken out: cargo-license
0.7.0 on serde_json 1.0.149; cargo-outdated 0.19.0 on petgraph 0.8.3; cargo-geiger 0.13.0 on nom 8.0.0;
cargo-deny 0.20.2, called as deny.py calls it, on a crate `old` that depends on time 0.1.44, chrono 0.4.19,
ansi_term 0.12.1, unicode-ident and a local crate `odd` under `MIT OR Weird`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis import deny, geiger, license, outdated
from ferrule.core.errors import ConfigError
from ferrule.core.yaml_files import read_yaml
from ferrule.crates import cvss, spdx, tool_report
from ferrule.workflow.configuration import check
from ferrule.workflow.configuration.contradictions import COMMON_LICENSES
from tools import install_tool

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests/data/tools"
CRATE = dict(
    crate="demo@1.2.3", name="demo", version="1.2.3", status="ok", reason="", package=".", license="MIT"
)


# The envelope


def test_the_order_of_findings_does_not_matter():
    findings = [
        tool_report.finding("b", file="x.rs", start=3),
        tool_report.finding("a", file="x.rs", start=3),
        tool_report.finding("c"),
    ]
    assert tool_report.build("x", "t", findings=findings) == tool_report.build(
        "x", "t", findings=findings[::-1]
    )


def test_an_envelope_says_why_it_is_not_ok():
    with pytest.raises(ValueError, match="without a reason"):
        tool_report.build("x", "t", status="failed")
    with pytest.raises(ValueError, match="no status"):
        tool_report.build("x", "t", status="good", reason="x")
    with pytest.raises(ValueError, match="'path'"):
        tool_report.finding("x", path="y")


def test_a_broken_envelope_is_told(tmp_path):
    (tmp_path / "x.json").write_text(
        '{"crate": "x", "tool": "t", "status": "ok", "reason": "", "figures": {}}'
    )
    with pytest.raises(ValueError, match="findings"):
        tool_report.read(tmp_path / "x.json")


def test_a_crate_that_was_not_fetched_fails_every_tool():
    told = tool_report.not_measured(CRATE | dict(status="refused", reason="licence: GPL"), "clippy")
    assert (told["status"], told["reason"]) == ("failed", "not fetched: licence: GPL")
    assert tool_report.not_measured(CRATE, "clippy") is None


@pytest.mark.parametrize("script", [geiger, outdated, deny])
def test_a_missing_tool_is_unavailable_and_says_how_to_get_it(script, tmp_path):
    told = script.measure(CRATE, tmp_path, SimpleNamespace(tool="results/tools/bin/cargo-none", config={}))
    assert told["status"] == "unavailable"
    assert "cargo-none" in told["reason"]
    assert "snakemake tools" in told["reason"]


def test_no_advisory_database_is_unavailable(tmp_path):
    tool = tmp_path / "cargo-deny"
    tool.touch()
    told = deny.measure(CRATE, tmp_path, SimpleNamespace(tool=str(tool), config={"tools": {}}))
    assert told["status"] == "unavailable"
    assert "tools.advisory_db" in told["reason"]


# geiger


def test_geiger_counts_what_is_used_over_all_packages():
    report = geiger.read_report(b"Checking {x} {}\n" + (DATA / "geiger.json").read_bytes() + b"\nwarning\n")
    figures, findings = geiger.count(report, "nom", "8.0.0")
    assert (figures["unsafe"], figures["own"]) == (2047, 36)
    assert (figures["packages"], figures["packages_with_unsafe"]) == (3, 2)
    assert (figures["unscanned"], figures["unread"]) == (0, 0)
    assert (figures["functions"], figures["exprs"], figures["methods"]) == (36, 1990, 21)
    assert sorted(found["id"] for found in findings) == ["memchr@2.5.0", "nom@8.0.0"]


def test_geiger_that_could_not_read_a_file_gives_no_total():
    report = json.loads((DATA / "geiger.json").read_text())
    report["used_but_not_scanned_files"] = ["/x/src/lib.rs", "/x/data/table.rs.data"]
    figures, _ = geiger.count(report, "nom", "8.0.0")
    assert (figures["unsafe"], figures["at_least"], figures["unread"]) == (None, 2047, 1)


def test_geiger_without_a_report():
    assert geiger.read_report(b"error: no such thing {}\n") is None


# outdated


def test_outdated_counts_direct_dependencies_that_have_a_newer_version():
    rows = outdated.read_rows((DATA / "outdated.json").read_bytes(), "petgraph")
    direct = {row["name"] for row in rows} | {"fixedbitset", "defmac", "odds", "smallvec"}
    figures, findings = outdated.count(rows, direct)
    # indexmap, rayon, serde and serde_derive: only the shipped lock is old.
    assert figures == dict(direct=16, outdated=12, not_admitted=8, ratio=0.75)
    told = {found["id"]: (found["category"], found["message"]) for found in findings}
    assert told["ahash"] == ("development", "0.7.8, newest 0.8.12")
    assert told["indexmap"] == ("normal", "2.11.4, newest 2.14.2")


def test_outdated_leaves_out_what_has_no_newer_version():
    row = dict(project="1.0.0", compat="---", kind="Normal", platform=None)
    rows = [
        row | dict(name="gone", latest="Removed"),
        row | dict(name="same", latest="---", compat="1.0.1"),
        row | dict(name="a->b", latest="2.0.0"),
        row | dict(name="other", latest="2.0.0"),
    ]
    assert outdated.count(rows, {"gone", "same", "a"})[0]["outdated"] == 0


def test_outdated_of_a_workspace_takes_its_own_line():
    other = b'{"crate_name": "other", "dependencies": [{"name": "x"}]}\nno json\n'
    assert outdated.read_rows(other, "petgraph") is None
    assert len(outdated.read_rows(other + (DATA / "outdated.json").read_bytes(), "petgraph")) == 12


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
    findings, finished, error = deny.read_messages((DATA / "deny.jsonl").read_bytes(), ["MIT", "Apache-2.0"])
    assert finished
    assert error == ""
    assert {(f["id"], f["category"], f["level"], f["message"]) for f in findings} == {
        ("RUSTSEC-2020-0071", "vulnerability", "medium", "time@0.1.44: Potential segfault in the time crate"),
        (
            "RUSTSEC-2020-0159",
            "vulnerability",
            "high",
            "chrono@0.4.19: Potential segfault in `localtime_r` invocations",
        ),
        ("RUSTSEC-2021-0139", "unmaintained", "low", "ansi_term@0.12.1: ansi_term is Unmaintained"),
        ("unlicensed", "unlicensed", "high", "odd@0.1.0: odd = 0.1.0 is unlicensed"),
        ("rejected", "rejected", "high", UNICODE),
    }
    figures = deny.count(findings)
    assert figures["worst"] == "high"
    assert figures["by_kind"] == dict(vulnerability=2, unmaintained=1, rejected=1, unlicensed=1)


UNICODE = "unicode-ident@1.0.27: (MIT OR Apache-2.0) AND Unicode-3.0: Unicode-3.0 is not on the list"


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [
        (["MIT", "Unicode-3.0"], 0),  # MIT/Apache-2.0 and the like: one side is enough
        (["Apache-2.0", "Unicode-3.0"], 2),  # ansi_term and old have only MIT
        (["mit", "LicenseRef-x", "GPL-3.0+", "unicode-3.0"], 0),  # entries that cargo-deny itself cannot read
    ],
)
def test_the_allow_list_decides_on_licences_as_in_the_licence_gate(allowed, refused):
    findings, _, _ = deny.read_messages((DATA / "deny.jsonl").read_bytes(), allowed)
    assert sum(found["category"] == "rejected" for found in findings) == refused


def test_deny_that_did_not_come_to_its_end():
    log = json.dumps(dict(type="log", fields=dict(level="ERROR", message="failed to fetch the database")))
    assert deny.read_messages(log.encode() + b"\nplain text\n[]\n", []) == (
        [],
        False,
        "failed to fetch the database",
    )


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


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
        ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N/E:U/MS:C/MC:H", "low"),  # the base score counts
        # Of the vectors that the package `cvss` is tested with.
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L", "critical"),  # 9.2
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", "high"),  # 8.7
        ("CVSS:4.0/AV:P/AC:H/AT:P/PR:H/UI:A/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H/E:P", "medium"),  # 5.9
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:L/SA:N", "medium"),  # 6.9
        ("CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:A/VC:N/VI:N/VA:N/SC:L/SI:N/SA:N", "low"),  # 2.1
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N/E:A", "none"),  # 0
        ("AV:L/AC:L/Au:N/C:C/I:C/A:C", "high"),  # 7.2
        ("AV:L/AC:L/Au:N/C:C/I:C/A:P", "medium"),  # 6.8
        ("AV:L/AC:H/Au:M/C:N/I:N/A:P", "low"),  # 0.8
        ("CVSS:4.0/AV:N/AC:L", "high"),
        ("CVSS:5.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:N/SC:N/SI:N/SA:N", "high"),
        ("CVSS:3.1/AV:Q", "high"),
        ("AV:L/AC:H/Au:M/C:N/I:N", "high"),
        ("nonsense", "high"),
        (None, "high"),
    ],
)
def test_severity_of_a_vulnerability(vector, severity):
    assert cvss.severity(vector) == severity


def test_what_only_names_severities_does_not_load_the_calculator():
    code = "import sys; from ferrule.crates.cvss import SEVERITIES; assert 'cvss' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": str(ROOT / "scripts")})


# license


def test_dependencies_by_licence():
    rows = json.loads((DATA / "cargo-license.json").read_text())
    counts = license.dependencies(rows, "serde_json")
    assert counts["Apache-2.0 OR MIT"] == 7
    assert counts["(Apache-2.0 OR MIT) AND Unicode-3.0"] == 1
    assert sum(counts.values()) == len(rows) - 1


# install_tool


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
    assert install_tool.version_of(tool) == version


def test_version_of_a_tool_that_prints_none(tmp_path):
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin" / "cargo-license"
    tool.write_text("#!/bin/sh\nexit 2\n")
    tool.chmod(0o755)
    (tmp_path / ".crates.toml").write_text('[v1]\n"cargo-license 0.7.0 (registry+x)" = ["cargo-license"]\n')
    assert install_tool.version_of(tool) == "0.7.0"


def test_a_build_shows_how_far_it_is(tmp_path, monkeypatch, capfd):
    """A line now and then; cargo's bar and its line for every crate are left out, its errors are not."""
    script(
        tmp_path / "cargo",
        r"""printf '    Updating index\n   Compiling a v1.0.0\n    Building [=>   ] 1/3: a\r    Building [==>  ] 2/3: b\r' >&2
        sleep 0.8; echo "error: no linker" >&2; exit 101""",
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(install_tool, "EVERY", 0.25)
    with pytest.raises(SystemExit, match=r"cargo-x 1\.0\.0 could not be built"):
        install_tool.build("cargo-x", "1.0.0", tmp_path / "root", 2)
    told = capfd.readouterr().err.splitlines()
    assert told[0] == "cargo-x 1.0.0: building, which takes minutes"
    assert all(line.startswith("cargo-x 1.0.0: ") for line in told[1:-1])
    assert told[-2].endswith(" s, 2/3: b")
    assert told[-1] == "error: no linker"


def test_a_tool_that_was_built(tmp_path, monkeypatch, capfd):
    script(tmp_path / "cargo", 'echo "$*"; mkdir -p "$CARGO_TARGET_DIR"')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    root = tmp_path / "root"
    assert install_tool.build("cargo-x", "1.0.0", root, 2) == root / "bin" / "cargo-x"
    out, err = capfd.readouterr()
    assert out == f"install --locked --force --version 1.0.0 --root {root} cargo-x --jobs 2\n"
    assert "cargo-x 1.0.0: built in 0 s, 0 s of processor time" in err
    assert not (root / "target").exists()


# The configuration of these tools

DEFAULTS = read_yaml(ROOT / "config/config.yaml")


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("BSD", "'BSD': BSD is not an SPDX id (BSD-2-Clause or BSD-3-Clause?)"),
        ("Apache-2.0 WITH MIT", "'Apache-2.0 WITH MIT': MIT is not an exception"),
        ("LLVM-exception", "'LLVM-exception': LLVM-exception is an exception, not a licence"),
        ("GPL-3.0", ""),
        ("GPL-2.0+", ""),
        ("apache-2.0", ""),
        ("LicenseRef-own", ""),
        ("GPL-2.0-only WITH Classpath-exception-2.0", ""),
    ],
)
def test_an_entry_of_the_allow_list_that_is_no_licence_is_told_before_the_run(entry, problem):
    config = DEFAULTS | dict(gates=DEFAULTS["gates"] | dict(allowed_licenses=["Zlib", entry]))
    if problem:
        with pytest.raises(ConfigError) as told:
            check(config)
        assert told.value.problems == [f"gates.allowed_licenses[1]: {problem}"]
    else:
        check(config)


def test_the_ids_that_need_no_look_at_the_list_are_on_it():
    assert {name for name in COMMON_LICENSES if spdx.normalise(name) != (name, "")} == set()


def test_the_default_allow_list_does_not_load_the_list_of_all_licences():
    code = (
        "import sys, yaml; from ferrule.workflow.configuration import check;"
        "check(yaml.load(open('config/config.yaml'), yaml.CSafeLoader));"
        "assert 'ferrule.crates.spdx' not in sys.modules"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
