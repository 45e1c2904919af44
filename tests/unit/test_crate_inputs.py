"""What the rules of crates ask about: files of local crates, refused licences, the commit of a clone."""

import subprocess
from types import SimpleNamespace

import pytest

from ferrule.core.files import write_json
from ferrule.crates import tool_report
from ferrule.workflow.configuration.crates_and_gates import Gates
from ferrule.workflow.crate_inputs import Refusals, git_commit, licence_refusal, source_files


def test_the_files_of_a_local_crate_come_in_one_order_without_builds_clones_and_links(tmp_path):
    for name in (
        "src/lib.rs",
        "src/b/mod.rs",
        "Cargo.toml",
        "target/debug/x.d",
        ".git/HEAD",
        "src/target/y.rs",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "src/link.rs").symlink_to("lib.rs")
    (tmp_path / "dangling.rs").symlink_to("nothing")
    expected = [str(tmp_path / name) for name in ("Cargo.toml", "src/lib.rs", "src/b/mod.rs")]
    assert source_files(str(tmp_path)) == expected


def test_a_crate_file_is_its_own_only_file(tmp_path):
    (tmp_path / "a.crate").touch()
    assert source_files(str(tmp_path / "a.crate")) == [str(tmp_path / "a.crate")]


def test_a_crate_of_the_registry_has_no_files():
    assert source_files("") == []


@pytest.mark.parametrize(
    ("licence", "allowed", "refused"),
    [
        ("MIT", ["MIT"], False),
        ("MIT OR Apache-2.0", ["Apache-2.0"], False),
        ("MIT/Apache-2.0", ["Apache-2.0"], False),
        ("MIT AND Zlib", ["MIT"], True),
        ("GPL-3.0-only", ["MIT", "Apache-2.0"], True),
        ("GPL-3.0-only", [], True),
        ("no such licence", ["MIT"], True),
        (None, ["MIT"], False),  # a licence file alone: the gate decides on what it says
        ({"workspace": True}, ["MIT"], False),
    ],
)
def test_a_licence_is_refused_with_a_reason(tmp_path, licence, allowed, refused):
    write_json(tmp_path / "resolved.json", {"status": "ok", "license": licence})
    reason = licence_refusal(tmp_path / "resolved.json", allowed)
    assert isinstance(reason, str) and bool(reason) == refused
    if licence == "GPL-3.0-only":
        assert "GPL-3.0-only" in reason


def test_what_was_not_resolved_yet_has_no_answer(tmp_path):
    assert licence_refusal(tmp_path / "resolved.json", ["MIT"]) is None


def test_a_crate_that_could_not_be_resolved_is_not_refused(tmp_path):
    write_json(tmp_path / "resolved.json", {"status": "failed", "reason": "no crate named `x`"})
    assert licence_refusal(tmp_path / "resolved.json", []) == ""


def test_the_commit_of_a_clone(tmp_path, monkeypatch):
    def git(*words):
        command = ["git", "-C", tmp_path / "db", "-c", "user.name=x", "-c", "user.email=x@y", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    (tmp_path / "db").mkdir()
    git("init", "--quiet")
    assert git_commit(str(tmp_path / "db")) == ""  # no commit yet
    git("commit", "--quiet", "--allow-empty", "--message", "one")
    first = git_commit(str(tmp_path / "db"))
    assert first == git("rev-parse", "HEAD") != ""
    git("commit", "--quiet", "--allow-empty", "--message", "two")
    assert git_commit(str(tmp_path / "db")) not in ("", first)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert git_commit("~/db") == git("rev-parse", "HEAD")


@pytest.mark.parametrize("folder", [None, "", "nothing", "plain"])
def test_what_is_no_clone_has_no_commit(tmp_path, folder):
    (tmp_path / "plain").mkdir()
    assert git_commit(folder and str(tmp_path / folder)) == ""


def test_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(str(tmp_path)) == ""


GATES = Gates().model_dump() | dict(min_documented=0.5, max_bad_code_warnings=0)


def refusals(folder, **gates):
    return Refusals(f"{folder}/{{crate}}/{{name}}", GATES | gates, ["license", "clippy"])


@pytest.fixture
def measured(tmp_path):
    """The wildcards of a crate whose files say: MIT, edition 2021, 6 of 10 items documented, 1 bad warning."""
    facts = dict(
        crate=dict(crate="a@1.0.0", status="ok", reason="", license="MIT", edition="2021"),
        figures=dict(public_items=10, documented_items=6, unsafe_items=0),
        judge=dict(status="ok", reason="", functions=4, live=4),
        license=tool_report.build("a@1.0.0", "license", figures=dict(conflicts=[])),
        clippy=tool_report.build("a@1.0.0", "clippy", figures=dict(bad_code=1, usual=1)),
    )
    for name, fact in facts.items():
        write_json(tmp_path / f"a@1.0.0/{name}.json", fact)
    return SimpleNamespace(crate="a@1.0.0")


def test_a_refused_crate_is_told_by_its_gates(tmp_path, measured):
    assert refusals(tmp_path).early(measured) == "''"
    assert refusals(tmp_path).late(measured) == "clippy_bad_code"
    assert refusals(tmp_path, max_bad_code_warnings=1).late(measured) == "''"
    assert refusals(tmp_path, min_documented=0.7).early(measured) == "''", "it takes the compiler"
    assert refusals(tmp_path, min_edition=2024).early(measured) == "edition"
    assert refusals(tmp_path, min_documented=0.7).late(measured) == "documentation,clippy_bad_code"


def test_a_crate_is_refused_by_nothing_before_it_was_measured(tmp_path, measured):
    (tmp_path / "a@1.0.0/clippy.json").unlink()
    assert refusals(tmp_path).late(measured) is None
    assert refusals(tmp_path).early(measured) == "''"
    assert refusals(tmp_path).early(SimpleNamespace(crate="b")) is None


def test_files_that_change_in_a_run_are_read_again(tmp_path, measured):
    asked = refusals(tmp_path)
    assert asked.late(measured) == "clippy_bad_code"
    write_json(
        tmp_path / "a@1.0.0/clippy.json",
        tool_report.build("a@1.0.0", "clippy", figures=dict(bad_code=0, usual=10)),
    )
    assert asked.late(measured) == "''"


def test_every_step_of_refused_crates_runs_where_gates_are_studied(tmp_path, measured):
    asked = refusals(tmp_path, min_documented=0.7, study_refused=True)
    assert (asked.early(measured), asked.late(measured)) == ("''", "''")


def test_a_crate_that_was_not_fetched_has_its_reason_already(tmp_path, measured):
    write_json(
        tmp_path / "a@1.0.0/crate.json", dict(crate="a@1.0.0", status="failed", reason="no such crate")
    )
    assert refusals(tmp_path).late(measured) == "''"
