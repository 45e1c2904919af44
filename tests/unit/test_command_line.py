"""What the scripts' command lines have in common: one option for the configuration, as a file or as JSON."""

import json
import sys
from pathlib import Path

import pytest

from ferrule.core.command_line import add_config, add_crate, add_files, parser_of

CONFIG = Path(__file__).parents[2] / "config/config.yaml"


def parse(*words, sections=("files", "chunks")):
    parser = parser_of("Cut a crate into pieces.\n\nMore about it.")
    add_config(parser, *sections)
    return parser.parse_args([str(word) for word in words]).config


def refused(capsys, *words) -> str:
    """The message of a command line that ends with exit code 2."""
    with pytest.raises(SystemExit) as stopped:
        parse(*words)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert "error: argument --config: " in said and "Traceback" not in said
    return said.partition("argument --config: ")[2].strip()


def test_sections_as_json():
    given = {"files": {"max_bytes": 10}, "chunks": {"max_lines": None}}
    assert parse("--config", json.dumps(given)) == given
    assert parse("--config", f"  \n{json.dumps(given)}") == given


@pytest.mark.parametrize("name", ["mine.yaml", "mine.json", "mine"])
def test_a_file_may_be_yaml_or_json(tmp_path, name):
    file = tmp_path / name
    json_text, yaml_text = '{"files": {"max_bytes": 10}}', "files:  # sizes\n  max_bytes: 10\nchunks:\n"
    file.write_text(json_text if name.endswith("json") else yaml_text)
    assert parse("--config", file) == {"files": {"max_bytes": 10}, "chunks": {}}


def test_of_the_configuration_only_the_sections_asked_for_are_there():
    found = parse("--config", CONFIG)
    assert set(found) == {"files", "chunks"}
    assert found["files"]["max_bytes"] == 1_000_000 and found["chunks"]["max_lines"] == 200


@pytest.mark.parametrize("words", [[], ["--config", "{}"], ["--config", '{"files": null, "other": 1}']])
def test_sections_that_are_not_given_are_empty(words):
    assert parse(*words) == {"files": {}, "chunks": {}}


def test_no_two_command_lines_share_their_sections():
    parse()["files"]["max_bytes"] = 1
    assert parse()["files"] == {}


@pytest.mark.parametrize("wrong", [[], [1], "text", 0, 7, True], ids=repr)
def test_a_section_of_another_type_is_refused_by_name(capsys, wrong):
    said = refused(capsys, "--config", json.dumps({"files": wrong, "chunks": {}}))
    assert said == "files: expected keys and values"


def test_all_sections_of_another_type_are_named(capsys):
    assert refused(capsys, "--config", '{"files": 1, "chunks": 2}').startswith("files, chunks: ")


def test_what_is_not_json_is_refused_with_the_place(capsys):
    said = refused(capsys, "--config", '{"files": {"max_bytes": 10}')
    assert said.startswith("not JSON: ") and "line 1 column 28" in said


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "No such file"),
        (b"files: {max_bytes: 10", "expected ',' or '}'"),
        (b"files: \xff\xfe", "invalid"),
        (b"- files\n- chunks\n", "expected keys and values"),
        (b"", "expected keys and values"),
    ],
    ids=["missing", "not YAML", "not UTF-8", "a list", "empty"],
)
def test_a_file_that_cannot_be_used_is_refused_by_name(capsys, tmp_path, content, expected):
    file = tmp_path / "mine.yaml"
    if content is not None:
        file.write_bytes(content)
    said = refused(capsys, "--config", file)
    assert said.startswith(f"{file}") and expected in said


def test_a_folder_is_no_configuration(capsys, tmp_path):
    assert "cannot be read" in refused(capsys, "--config", tmp_path)


def test_a_key_that_a_step_needs_and_does_not_get_is_named():
    found = parse("--config", '{"files": {"max_line": 1, "max_bytes": 2}}')
    with pytest.raises(SystemExit) as stopped:
        found["files"]["min_alphabetic"]
    assert stopped.value.code == "--config: files.min_alphabetic is missing; files has max_line, max_bytes"
    with pytest.raises(SystemExit, match=r"chunks\.max_lines is missing; chunks has no keys"):
        parse()["chunks"]["max_lines"]
    assert found["files"].get("min_alphabetic", 3) == 3 and "min_alphabetic" not in found["files"]


def test_json_needs_no_yaml(monkeypatch):
    """The sandbox's self-test runs where only the standard library may be."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert parse("--config", '{"files": {}}') == {"files": {}, "chunks": {}}


def test_files_are_required_and_keep_their_dashes(capsys):
    parser = parser_of("Do it.\n\nMore.")
    add_files(parser, "judge-json", behaviour_out="what the tests say")
    add_crate(parser)
    words = ["--judge-json=a", "--behaviour-out=b", "--crate-json=c", "--source=d"]
    found = parser.parse_args(words)
    assert (found.judge_json, found.behaviour_out, found.crate_json, found.source) == ("a", "b", "c", "d")
    for left_out in words:
        with pytest.raises(SystemExit) as stopped:
            parser.parse_args([word for word in words if word != left_out])
        assert stopped.value.code == 2
        assert f"required: {left_out.partition('=')[0]}\n" in capsys.readouterr().err
    told = parser.format_help()
    assert "Do it." in told and "More." not in told and "what the tests say" in told
