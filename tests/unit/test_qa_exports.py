"""Exports: byte for byte what the families' templates give, and the order and shape of each format."""

import csv
import io
import json
from pathlib import Path

import pytest

from ferrule.qa.export_formats import SUFFIXES, export_lines, template_of

TEMPLATES = Path(__file__).parents[2] / "resources/chat_templates"
TURNS = [
    ("user", " What is it?\n```rust\nfn f() {}\n```"),
    ("assistant", 'A function, "f".\n'),
    ("user", "Why?"),
    ("assistant", "Ünïcode."),
]
# Written by hand from the documentation of each family.
GOLDEN = {
    "llama3": "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nWhat is it?\n```rust\nfn f() {}\n```<|eot_id|>"
    '<|start_header_id|>assistant<|end_header_id|>\n\nA function, "f".<|eot_id|>'
    "<|start_header_id|>user<|end_header_id|>\n\nWhy?<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nÜnïcode.<|eot_id|>",
    "mistral": '<s>[INST]  What is it?\n```rust\nfn f() {}\n``` [/INST]A function, "f".\n</s>[INST] Why? [/INST]Ünïcode.</s>',
    "gemma": "<bos><start_of_turn>user\nWhat is it?\n```rust\nfn f() {}\n```<end_of_turn>\n"
    '<start_of_turn>model\nA function, "f".<end_of_turn>\n<start_of_turn>user\nWhy?<end_of_turn>\n'
    "<start_of_turn>model\nÜnïcode.<end_of_turn>\n",
    "chatml": "<|im_start|>user\n What is it?\n```rust\nfn f() {}\n```<|im_end|>\n"
    '<|im_start|>assistant\nA function, "f".\n<|im_end|>\n<|im_start|>user\nWhy?<|im_end|>\n'
    "<|im_start|>assistant\nÜnïcode.<|im_end|>\n",
}


def exported(name: str, *conversations) -> bytes:
    found = conversations or [("a/b.rs", TURNS)]
    return b"".join(export_lines(name, iter(found), TEMPLATES))


@pytest.mark.parametrize("family", GOLDEN)
def test_a_family_is_rendered_as_it_publishes(family):
    assert json.loads(exported(family))["text"] == GOLDEN[family]


def test_chatml_has_the_messages_as_well():
    assert json.loads(exported("chatml"))["messages"] == [{"role": r, "content": c} for r, c in TURNS]


def test_alpaca_has_a_line_for_each_exchange():
    first, second = map(json.loads, exported("alpaca").splitlines())
    assert first == {"instruction": TURNS[0][1], "input": "", "output": TURNS[1][1]}
    assert second == {
        "instruction": "Why?",
        "input": "",
        "output": "Ünïcode.",
        "history": [[TURNS[0][1], TURNS[1][1]]],
    }


def test_sharegpt():
    (row,) = map(json.loads, exported("sharegpt").splitlines())
    assert [turn["from"] for turn in row["conversations"]] == ["human", "gpt", "human", "gpt"]
    assert [turn["value"] for turn in row["conversations"]] == [content for _, content in TURNS]


def test_csv_is_read_back_with_line_ends_and_formulas_as_text():
    turns = [("user", '=HYPERLINK("x")'), ("assistant", 'a,b\n"c"')]
    rows = list(csv.reader(io.StringIO(exported("csv", ("a/b.rs", turns)).decode(), newline="")))
    assert rows == [
        ["source", "turn", "question", "answer"],
        ["a/b.rs", "0", '\'=HYPERLINK("x")', 'a,b\n"c"'],
    ]


@pytest.mark.parametrize("name", SUFFIXES)
def test_nothing_gives_an_empty_file_or_a_head(name):
    assert b"".join(export_lines(name, iter([]), TEMPLATES)) == (
        b"source,turn,question,answer\r\n" if name == "csv" else b""
    )


def test_a_template_that_refuses_says_which():
    with pytest.raises(ValueError, match="gemma: Conversation roles must alternate"):
        template_of("gemma", TEMPLATES)([{"role": "assistant", "content": "x"}])
