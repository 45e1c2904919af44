"""From a repository to its questions: fetching with git, files and licence, what a change asks; hostile content."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from https_git import HttpsGit
from qa_run import MIT, QaRun, commit, git, git_repository, rust_function

from ferrule.core.reasons import RepositoryFileReason as FileReason
from ferrule.core.reasons import RepositoryReason
from ferrule.qa import git as git_module
from ferrule.qa.git import Store, Unfetched, Unreachable
from ferrule.qa.repository_list import Repository

FILES = {"src/lib.rs": rust_function(1) + rust_function(2), "LICENSE": MIT}


def taken(tmp_path, content: dict, **settings) -> QaRun:
    repository = git_repository(tmp_path / "mine", {"LICENSE": MIT} | content)
    run = QaRun(tmp_path / "run", [repository], **settings)
    run.prepare()
    return run


def reasons(run: QaRun) -> dict[str, str]:
    return {row["path"]: row["reason"] for row in run.of("files.parquet")}


# Fetching


def test_a_branch_a_tag_and_a_commit(tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    first = git(repository, "rev-parse", "HEAD")
    git(repository, "tag", "v1")
    second = commit(repository, {"src/lib.rs": rust_function(3)})
    git(repository, "branch", "other", first)
    found = {}
    for ref in ("", "main", "v1", "other", first):
        store = Store.open(tmp_path / f"clone-{ref or 'head'}")
        found[ref] = store.fetch(Repository("mine", str(repository), ref))
    assert found == {"": second, "main": second, "v1": first, "other": first, first: first}


def test_an_update_brings_the_new_commit_and_no_history(tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    store = Store.open(tmp_path / "clone")
    mine = Repository("mine", str(repository))
    store.fetch(mine)
    new = commit(repository, {"new.rs": rust_function(9)})
    assert store.fetch(mine) == new
    assert git(tmp_path / "clone", "rev-list", "--count", "refs/ferrule/snapshot") == "1"


@pytest.mark.parametrize(
    ("ref", "reason"),
    [("no-such-branch", RepositoryReason.UNKNOWN_REF), ("a" * 40, RepositoryReason.UNKNOWN_REF)],
)
def test_an_unknown_branch_or_commit_is_a_reason(ref, reason, tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    with pytest.raises(Unfetched) as error:
        Store.open(tmp_path / "clone").fetch(Repository("mine", str(repository), ref))
    assert error.value.reason == reason


def test_a_repository_without_commits_and_what_is_none(tmp_path):
    (tmp_path / "plain").mkdir()
    empty = tmp_path / "empty"
    empty.mkdir()
    git(empty, "init", "--quiet")
    for folder, reason in (
        (empty, RepositoryReason.UNKNOWN_REF),
        (tmp_path / "plain", RepositoryReason.GONE),
        (tmp_path / "missing", RepositoryReason.GONE),
    ):
        with pytest.raises(Unfetched) as error:
            Store.open(tmp_path / "clone").fetch(Repository("mine", str(folder)))
        assert error.value.reason == reason, folder


def test_a_repository_that_is_gone_is_a_record_and_asks_nothing(tmp_path):
    run = QaRun(tmp_path / "run", [Repository("gone", str(tmp_path / "gone"))])
    run.prepare()
    assert run.of("snapshot.json")["reason"] == "gone"
    assert run.of("licence.json")["reason"] == "gone"
    assert run.of("files.parquet") == run.of("questions.parquet") == []


def test_a_killed_clone_is_continued_and_a_broken_one_made_again(tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    commit_before = run.of("snapshot.json")["commit"]
    clone = tmp_path / "run/clones/mine.git"
    (clone / "shallow.lock").touch()
    (clone / "refs/ferrule/snapshot.lock").touch()
    run.prepare()
    assert run.of("snapshot.json")["commit"] == commit_before
    (clone / "config").write_text("[core\nnonsense")
    run.prepare()
    assert run.of("snapshot.json")["commit"] == commit_before


def test_a_network_that_fails_is_told_and_tried_again(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(git_module.time, "sleep", waits.append)
    with pytest.raises(Unreachable, match=r"cannot be reached .*: check the network"):
        # Nothing listens on port 1 of this machine.
        Store.open(tmp_path / "clone").fetch(Repository("x", "https://127.0.0.1:1/a/b"))
    # `subprocess` sleeps too, for milliseconds, while it waits for git.
    assert [seconds for seconds in waits if seconds >= 1] == [2.0, 4.0]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl for a certificate")
def test_over_https_with_the_user_s_own_settings(tmp_path, monkeypatch):
    (tmp_path / "served").mkdir()
    repository = git_repository(tmp_path / "served/owner/mine", FILES)
    with HttpsGit(tmp_path / "served", tmp_path) as server:
        monkeypatch.setenv("GIT_SSL_CAINFO", str(server.certificate))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        store = Store.open(tmp_path / "clone")
        at = f"{server.address}/owner/mine/.git"
        assert store.fetch(Repository("mine", at)) == git(repository, "rev-parse", "HEAD")
        new = commit(repository, {"new.rs": rust_function(9)})
        assert store.fetch(Repository("mine", at, "main")) == new
        assert git(tmp_path / "clone", "rev-list", "--count", "refs/ferrule/snapshot") == "1"
        server.moved["/owner/old"] = "/owner/mine"
        for address, ref, reason in (
            (f"{server.address}/owner/none", "", RepositoryReason.GONE),
            (at, "none", RepositoryReason.UNKNOWN_REF),
            (f"{server.address}/owner/old/.git", "", RepositoryReason.MOVED),
        ):
            with pytest.raises(Unfetched) as error:
                Store.open(tmp_path / "other").fetch(Repository("mine", address, ref))
            assert error.value.reason == reason
        assert "/owner/mine/.git" in error.value.detail
        # A certificate that nobody vouches for is not accepted.
        monkeypatch.delenv("GIT_SSL_CAINFO")
        monkeypatch.setattr(git_module.time, "sleep", lambda seconds: None)
        with pytest.raises(Unreachable, match="certificate"):
            store.fetch(Repository("mine", at))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("fatal: repository 'https://x/a/b/' not found", RepositoryReason.GONE),
        (
            "remote: Repository not found.\nfatal: Authentication failed for 'https://x'",
            RepositoryReason.GONE,
        ),
        ("fatal: could not read Username for 'https://x': terminal prompts disabled", RepositoryReason.GONE),
        ("fatal: couldn't find remote ref nothing", RepositoryReason.UNKNOWN_REF),
        ("fatal: detected dubious ownership in repository at '/x'", RepositoryReason.OTHER_OWNER),
        ("error: file write error: No space left on device", RepositoryReason.DISK_FULL),
        ("fatal: unable to access 'https://x/': Could not resolve host: x", None),
    ],
)
def test_what_git_says(said, reason):
    found = next((each for pattern, each in git_module.SAID if pattern.search(said)), None)
    assert found == reason


# Files and licence


def test_every_file_that_is_left_out_has_its_reason(tmp_path):
    run = taken(
        tmp_path,
        FILES
        | {
            "copy.rs": FILES["src/lib.rs"],
            "logo.PNG": b"\x89PNG",
            "deep/.DS_Store": b"x",
            "program": b"\x7fELF\0\0" + b"x" * 100,
            "latin.txt": "é".encode("latin-1") * 100,
            "empty.rs": "\n \n",
            "nothing.rs": "",
            "node_modules/x/index.js": "let x = 1;",
            "Vendor/lib.c": "int x;",
            "big.txt": "word \n" * 1000,
            "long.txt": "x" * 3000,
            "five.txt": "y" * 4000 + "\nshort\n",
            "Cargo.lock": "[[package]]",
            "made.go": "// Code generated by protoc-gen-go. DO NOT EDIT.\npackage x\n",
            "weights.dat": "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12345\n",
        },
        files={
            "max_bytes": 5000,
            "max_line": 2000,
            "excluded": [".png", ".DS_Store"],
            "vendored": ["node_modules", "vendor"],
        },
    )
    assert reasons(run) == {
        "LICENSE": FileReason.LICENCE_TEXT,
        "src/lib.rs": FileReason.SAME_CONTENT,  # copy.rs is before it
        "copy.rs": "",
        "logo.PNG": FileReason.EXCLUDED,
        "deep/.DS_Store": FileReason.EXCLUDED,
        "program": FileReason.BINARY,
        "latin.txt": FileReason.NOT_UTF8,
        "empty.rs": FileReason.EMPTY,
        "nothing.rs": FileReason.EMPTY,
        "node_modules/x/index.js": FileReason.VENDORED,
        "Vendor/lib.c": FileReason.VENDORED,
        "big.txt": FileReason.FILE_TOO_BIG,
        "long.txt": FileReason.LINE_TOO_LONG,
        "five.txt": FileReason.LINE_TOO_LONG,
        "Cargo.lock": FileReason.GENERATED,
        "made.go": FileReason.GENERATED,
        "weights.dat": FileReason.LFS_POINTER,
    }


@pytest.mark.parametrize(
    ("files", "said", "license", "reason"),
    [
        ({"LICENSE": MIT}, "", "MIT", ""),
        ({"Cargo.toml": '[package]\nlicense = "MIT OR GPL-3.0"', "LICENSE": MIT}, "", "MIT OR GPL-3.0", ""),
        ({"Cargo.toml": '[workspace.package]\nlicense = "ISC"'}, "", "ISC", ""),
        ({"package.json": '{"license": "GPL-3.0-only"}'}, "", "GPL-3.0-only", "license"),
        ({"pyproject.toml": '[project]\nlicense = {text = "MIT"}'}, "", "MIT", ""),
        ({"Cargo.toml": '[package]\nlicense = "ISC"', "LICENSE": "GNU GENERAL PUBLIC LICENSE Version 3, 29 June 2007 Everyone is permitted to copy and distribute verbatim copies of this license document"}, "", "ISC", "license"),
        ({}, "", None, "license"),
        ({}, "Apache-2.0", "Apache-2.0", ""),
        ({"package.json": "[" * 5000}, "MIT", "MIT", ""),
    ],
)  # fmt: skip
def test_the_licence_is_that_of_manifest_text_or_list(files, said, license, reason, tmp_path):
    repository = git_repository(tmp_path / "mine", {"src/lib.rs": rust_function(1)} | files)
    run = QaRun(tmp_path / "run", [Repository("mine", str(repository), "", said)])
    run.prepare()
    found = run.of("licence.json")
    assert (found["license"], found["reason"]) == (license, reason)
    assert bool(run.of("questions.parquet")) == (not reason)
    if reason:
        assert found["detail"] and set(reasons(run).values()) == {FileReason.LICENSE}


def test_a_moved_file_and_a_new_commit_ask_the_same(tmp_path):
    run = taken(tmp_path, FILES)
    before = {row["id"]: row for row in run.of("questions.parquet")}
    commit(
        tmp_path / "mine",
        {"src/lib.rs": None, "moved/other.rs": FILES["src/lib.rs"], "new.rs": rust_function(3)},
    )
    run.prepare()
    after = {row["id"]: row for row in run.of("questions.parquet")}
    assert before.keys() < after.keys()
    assert {after[each]["path"] for each in before} == {"moved/other.rs"}
    assert {row["path"] for each, row in after.items() if each not in before} == {"new.rs"}


# Hostile repositories: nothing outside is read, nothing is run


def test_links_out_of_the_repository_are_not_followed(tmp_path):
    (tmp_path / "secret.rs").write_text(rust_function(666))
    repository = git_repository(tmp_path / "mine", FILES)
    (repository / "link.rs").symlink_to(tmp_path / "secret.rs")
    (repository / "folder").symlink_to(tmp_path)
    commit(repository, {})
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert reasons(run)["link.rs"] == reasons(run)["folder"] == FileReason.SYMLINK
    assert "666" not in str(run.of("questions.parquet"))


def test_names_that_no_table_should_have(tmp_path):
    repository = git_repository(tmp_path / "mine", FILES)
    for name in (b"new\nline.rs", b"\xff\xfe.rs", b"bell\x07.rs", b"right\xe2\x80\xaeto-left.rs"):
        (repository / os.fsdecode(name)).write_text(rust_function(len(name)))
    commit(repository, {})
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    found = {path: reason for path, reason in reasons(run).items() if reason == FileReason.UNUSABLE_NAME}
    assert sorted(found) == [r"\xff\xfe.rs", r"bell\x07.rs", r"new\nline.rs", r"right\u202eto-left.rs"]


def test_a_line_of_megabytes_is_named_with_its_length(tmp_path):
    run = taken(tmp_path, FILES | {"big.rs": "// " + "x" * 4_900_000 + "\n", "bigger.txt": "y" * 5_000_001})
    found = {row["path"]: (row["reason"], row["detail"]) for row in run.of("files.parquet")}
    assert found["big.rs"] == (FileReason.LINE_TOO_LONG, "4900003 characters")
    assert found["bigger.txt"] == (FileReason.FILE_TOO_BIG, "5000001 bytes")


def marker_config(tmp_path) -> str:
    """A configuration whose commands leave a file behind, if any of them is run."""
    command = f"touch {tmp_path}/ran"
    return (
        f'[core]\n\trepositoryformatversion = 1\n\tfsmonitor = "{command}; false"\n\thooksPath = {tmp_path}/hooks\n\tsshCommand = {command}\n'
        f"\tpager = {command}\n\talternateRefsCommand = {command}\n"
        f'[uploadpack]\n\tpackObjectsHook = {command}\n[filter "x"]\n\tsmudge = {command}\n\tprocess = {command}\n'
        f'[extensions]\n\tpartialClone = origin\n[remote "origin"]\n\turl = ext::{command}\n\tpromisor = true\n'
        f"\tuploadpack = {command}\n[gpg]\n\tprogram = {command}\n[credential]\n\thelper = !{command}\n"
    )


def hooks_in(folder: Path, marker: Path) -> None:
    folder.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-merge", "reference-transaction", "pre-receive", "post-update"):
        (folder / hook).write_text(f"#!/bin/sh\ntouch {marker}\n")
        (folder / hook).chmod(0o755)


def test_hooks_of_the_user_do_not_run(tmp_path, monkeypatch):
    """git would run those of `core.hooksPath` and of the template for every repository, ours among them."""
    repository = git_repository(tmp_path / "mine", FILES)
    hooks_in(tmp_path / "hooks", tmp_path / "ran")
    (tmp_path / "template").mkdir()
    hooks_in(tmp_path / "template/hooks", tmp_path / "ran")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\thooksPath = {tmp_path}/hooks\n[init]\n\ttemplateDir = {tmp_path}/template\n"
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    subprocess.run(["git", "-C", repository, "update-ref", "refs/heads/other", "HEAD"], check=True)
    assert (tmp_path / "ran").exists(), "this git would not run them in any case"
    (tmp_path / "ran").unlink()
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert not (tmp_path / "ran").exists()
    assert reasons(run)["src/lib.rs"] == ""


def test_commands_in_a_repository_s_configuration_and_hooks_are_not_run(tmp_path):
    """git 2.39 and later refuse these by themselves; older ones need our options."""
    repository = git_repository(tmp_path / "mine", FILES | {".gitattributes": "* filter=x\n"})
    for folder in (tmp_path / "hooks", repository / ".git/hooks"):
        hooks_in(folder, tmp_path / "ran")
    with open(repository / ".git/config", "a") as config:
        config.write(marker_config(tmp_path))
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert not (tmp_path / "ran").exists()
    assert reasons(run)["src/lib.rs"] == ""


def test_objects_that_a_repository_lacks_are_not_fetched_from_where_it_says(tmp_path):
    """A partial clone would ask its promisor, by a command of its own."""
    repository = git_repository(tmp_path / "mine", FILES)
    blob = git(repository, "rev-parse", "HEAD:src/lib.rs")
    (repository / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with open(repository / ".git/config", "a") as config:
        config.write(marker_config(tmp_path))
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert not (tmp_path / "ran").exists()
    assert run.of("snapshot.json")["reason"] == RepositoryReason.BROKEN


@pytest.mark.parametrize("how", ["file", "link", "alternates", "objects", "commondir"])
def test_a_git_folder_that_points_elsewhere_is_not_followed(how, tmp_path):
    private = git_repository(tmp_path / "private", {"secret.rs": rust_function(666), "LICENSE": MIT})
    mine = tmp_path / "mine"
    mine.mkdir()
    if how == "file":
        (mine / ".git").write_text(f"gitdir: {private}/.git\n")
    elif how == "link":
        (mine / ".git").symlink_to(private / ".git")
    else:
        git(mine, "init", "--quiet", "--template=")
        home = mine / ".git"
        (home / "refs/heads/master").write_text(git(private, "rev-parse", "HEAD") + "\n")
        (home / "HEAD").write_text("ref: refs/heads/master\n")
        if how == "alternates":
            (home / "objects/info").mkdir(exist_ok=True)
            (home / "objects/info/alternates").write_text(f"{private}/.git/objects\n")
        elif how == "objects":
            for path in sorted((home / "objects").rglob("*"), reverse=True):
                path.rmdir()
            (home / "objects").rmdir()
            (home / "objects").symlink_to(private / ".git/objects")
        else:
            (home / "commondir").write_text(f"{private}/.git\n")
    run = QaRun(tmp_path / "run", [mine])
    run.prepare()
    assert run.of("snapshot.json")["reason"] == RepositoryReason.POINTS_ELSEWHERE
    assert run.of("questions.parquet") == []


def test_a_submodule_is_named_and_not_fetched(tmp_path):
    other = git_repository(tmp_path / "other", {"inner.rs": rust_function(5)})
    repository = git_repository(tmp_path / "mine", FILES)
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", str(other), "sub")
    commit(repository, {})
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert reasons(run)["sub"] == FileReason.SUBMODULE
    assert not [path for path in reasons(run) if path.startswith("sub/")]


def test_variables_of_git_do_not_lead_elsewhere(tmp_path, monkeypatch):
    other = git_repository(tmp_path / "other", {"secret.rs": rust_function(5)})
    repository = git_repository(tmp_path / "mine", FILES)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git/objects"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {tmp_path}/ran")
    run = QaRun(tmp_path / "run", [repository])
    run.prepare()
    assert "secret.rs" not in reasons(run) and not (tmp_path / "ran").exists()
