"""The list of repositories: addresses, refs, names, and what is wrong with a line."""

import pytest

from ferrule.core.errors import ConfigError
from ferrule.qa.repository_list import Repository, files_of_refs, read_repositories, transport


def read(tmp_path, text: str, names=()):
    (tmp_path / "repos.tsv").write_text(text)
    return read_repositories(tmp_path / "repos.tsv", names)


def test_a_table_with_refs_and_licences(tmp_path):
    found = read(
        tmp_path,
        "address\tref\tlicense\n"
        "https://example.org/owner/one.git\tv1.0\n"
        "git@example.org:owner/two.git\t\tMIT\n"
        "ssh://git@example.org:2222/owner/three  # a comment\n"
        "/somewhere/four\tmain\n",
    )
    assert found == [
        Repository("owner--one", "https://example.org/owner/one.git", "v1.0"),
        Repository("owner--two", "git@example.org:owner/two.git", "", "MIT"),
        Repository("owner--three", "ssh://git@example.org:2222/owner/three"),
        Repository("four", "/somewhere/four", "main"),
    ]
    assert [each.folder for each in found] == [False, False, False, True]


def test_a_plain_list_with_one_address_a_line(tmp_path):
    found = read(tmp_path, "https://github.com/user/repo1\nhttps://github.com/user/repo2\n")
    assert [each.name for each in found] == ["user--repo1", "user--repo2"]


def test_names_choose_by_name_or_address_and_in_their_order(tmp_path):
    text = "https://example.org/a/one\nhttps://example.org/a/two\nhttps://example.org/a/three\n"
    found = read(tmp_path, text, ["https://example.org/a/three", "a--one"])
    assert [each.name for each in found] == ["a--three", "a--one"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("http://example.org/a/b", "the transport http is not used"),
        ("git://example.org/a/b", "the transport git is not used"),
        ("ext::sh -c whoami", "is not an address"),
        ("--upload-pack=evil", "is not an address"),
        ("https://user:secret@example.org/a/b", "leave it to git's credential helper"),
        ("https://example.org/a/b?x=1", "is not an address"),
        ("ssh://-oProxyCommand=evil/a", "is not an address"),
        ("https://example.org/", "has no name at its end"),
        ("https://example.org/a/b\t--upload-pack=evil", "is not a branch, tag or commit"),
        ("https://example.org/a/b\tmain:refs/heads/x", "is not a branch, tag or commit"),
        ("https://example.org/a/b\tx\ty\tz", "4 columns"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(line, said, tmp_path):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, f"# a list\n{line}\n")
    (problem,) = error.value.problems
    assert problem.startswith(f"{tmp_path}/repos.tsv:2: ") and said in problem
    assert "secret" not in problem


def test_all_problems_at_once(tmp_path):
    with pytest.raises(ConfigError) as error:
        read(tmp_path, "https://example.org/a/b\nftp://x/y\nhttps://example.org/a/b.git\n", ["nobody"])
    assert len(error.value.problems) == 3
    with pytest.raises(ConfigError, match=r"no such file; qa\.repositories names"):
        read_repositories(tmp_path / "missing.tsv")


def test_transports():
    addresses = [
        "https://a/b",
        "HTTPS://a/b",
        "ssh://a/b",
        "me@host:b",
        "host:b",
        "./host:b",
        "folder/b",
        "file:///b",
    ]
    assert [transport(each) for each in addresses] == [
        "https",
        "https",
        "ssh",
        "ssh",
        "ssh",
        "file",
        "file",
        "file",
    ]


def test_the_files_that_a_new_commit_of_a_folder_changes(tmp_path):
    home = tmp_path / "mine/.git"
    (home / "refs/heads").mkdir(parents=True)
    (home / "HEAD").write_text("ref: refs/heads/main\n")
    (home / "refs/heads/main").write_text("0" * 40)
    mine = str(tmp_path / "mine")
    assert files_of_refs(Repository("mine", mine)) == [f"{home}/HEAD", f"{home}/refs/heads/main"]
    assert files_of_refs(Repository("mine", mine, "main")) == [f"{home}/refs/heads/main"]
    assert files_of_refs(Repository("mine", mine, "a" * 40)) == []
    (home / "HEAD").write_text("ref: ../../../etc/passwd\n")
    assert files_of_refs(Repository("mine", mine)) == [f"{home}/HEAD"]
