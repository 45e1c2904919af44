"""Patterns of code in files: those of a user beside Ferrule's, and what is wrong with a file."""

import pickle
from pathlib import Path

import pytest

from ferrule.rust.code_patterns import PatternError, read_patterns
from ferrule.rust.syntax import parse

SHIPPED = Path(__file__).parents[2] / "resources/code_patterns.yaml"
CODE = "use a::b;\nuse a::c;\npub fn f() -> Option<u8> {\n    let mut n = 1;\n    g(n)\n}\n// TODO: more\n"


@pytest.fixture
def signs(tmp_path):
    """signs(text, code) is what the code shows by Ferrule's patterns and by those of a file with this text."""

    def look(text: str = "", code: str = CODE) -> tuple[float, float]:
        file = tmp_path / "mine.yaml"
        file.write_text(text)
        return read_patterns([SHIPPED, file]).signs(parse(code.encode()))

    return look


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (2, 1)),
        ("low_quality: {imports: {text: '^ *use .*;$', least: 2}}", (2, 2)),
        ("low_quality: {imports: {text: '^ *use .*;$', least: 3}}", (2, 1)),
        ("low_quality: {mutable: {query: '(let_declaration (mutable_specifier) @sign)'}}", (2, 2)),
        ("low_quality: {mutable: {query: '(mutable_specifier) @sign', weight: 0.5}}", (2, 1.5)),
        ("low_quality: {calls: {query: '(call_expression function: (_) @sign)', matches: '^g$'}}", (2, 2)),
        ("low_quality: {calls: {query: '(call_expression function: (_) @sign)', matches: '^h$'}}", (2, 1)),
        ("idiomatic: {short: {text: fn}}", (3, 1)),
        ("low_quality: {to_do: null}", (2, 0)),
        ("low_quality: {to_do: {text: nowhere}}", (2, 0)),
        ("idiomatic: {public_item: null, returns_option: null}", (0, 1)),
        ("# nothing but a comment", (2, 1)),
        ("low_quality:", (2, 1)),
    ],
)
def test_a_file_of_the_users_adds_replaces_and_switches_off(signs, text, expected):
    assert signs(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("low_quality: {a: {text: '('}}", "low_quality.a: not a regular expression (missing ), unterminated"),
        ("low_quality: {a: {query: '(nothing) @sign'}}", "low_quality.a.query: not a query for Rust ("),
        (
            "low_quality: {a: {query: '(unsafe_block)'}}",
            "low_quality.a.query: name the node that counts @sign",
        ),
        ("low_quality: {a: {}}", "low_quality.a: needs either query or text"),
        ("low_quality: {a: {text: x, query: '(unsafe_block) @sign'}}", "needs either query or text"),
        ("low_quality: {a: {text: x, matches: y}}", "low_quality.a: matches belongs to query"),
        (
            "low_quality: {a: {pattern: x}}",
            "low_quality.a: there is no key pattern; the keys are query, matches,",
        ),
        ("low_quality: {a: {text: 3}}", "low_quality.a.text: 3 is not of the right type"),
        ("low_quality: {a: {text: x, least: true}}", "low_quality.a.least: True is not of the right type"),
        (
            "low_quality: {a: {text: x, weight: 0}}",
            "low_quality.a.weight: 0 is too small, it must be above 0",
        ),
        ("low_quality: {a: x}", "low_quality.a: expected keys such as query or text"),
        ("low_quality: {zzz: null}", "low_quality.zzz is null, and no earlier file has it; remove it"),
        ("poor: {a: {text: x}}", "there is no section poor; the sections are idiomatic and low_quality"),
        ("[1]", "expected names of patterns below idiomatic and low_quality"),
        ("low_quality: [1]", "expected names of patterns below idiomatic and low_quality"),
        ("{", "not a file of patterns that can be read ("),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line_that_names_it(signs, text, says):
    with pytest.raises(PatternError) as error:
        signs(text)
    assert says in str(error.value) and "mine.yaml: " in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_not_there():
    with pytest.raises(PatternError, match=r"no/where\.yaml: not a file of patterns that can be read"):
        read_patterns([SHIPPED, "no/where.yaml"])


def test_another_process_gets_the_same_patterns():
    patterns = read_patterns([SHIPPED])
    assert pickle.loads(pickle.dumps(patterns)).signs(parse(CODE.encode())) == (2, 1)
