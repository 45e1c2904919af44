"""A conversation in the formats that trainers read.

    writer = export_writer("llama3", "resources/chat_templates")
    writer.head                                 # the first line of the file, if the format has one
    writer.line([("user", "Why?"), ("assistant", "Because.")], {"source": "a/b.rs"})

csv         a row for each exchange: source, turn, question, answer
alpaca      JSONL: instruction, input, output, and history for the turns before; a line for each exchange
chatml      JSONL: messages, and text: rendered by the ChatML template
llama3, mistral, gemma      JSONL: text, rendered by the family's own template
sharegpt    JSONL: conversations with from (human, gpt) and value
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
from jinja2.sandbox import ImmutableSandboxedEnvironment

Turns = list[tuple[str, str]]  # (role, content), user and assistant in turn

SUFFIXES = {
    "csv": "csv",
    "alpaca": "jsonl",
    "chatml": "jsonl",
    "llama3": "jsonl",
    "mistral": "jsonl",
    "gemma": "jsonl",
    "sharegpt": "jsonl",
}
# What the tokenizers of the families put in for the names that their templates use.
TOKENS = {
    "llama3": ("<|begin_of_text|>", "<|eot_id|>"),
    "mistral": ("<s>", "</s>"),
    "gemma": ("<bos>", "<eos>"),
    "chatml": ("", "<|im_end|>"),
}
CSV_COLUMNS = ["source", "turn", "question", "answer"]


def export_lines(
    name: str, conversations: Iterator[tuple[str, Turns]], templates: str | Path
) -> Iterator[bytes]:
    """The lines of a file of format `name`. Each conversation comes with its source."""
    if name == "csv":
        yield csv_line(CSV_COLUMNS)
    write = WRITERS.get(name) or rendered(name, templates)
    for source, turns in conversations:
        yield from write(source, turns)


def exchanges(turns: Turns) -> list[tuple[str, str]]:
    return [(turns[at][1], turns[at + 1][1]) for at in range(0, len(turns) - 1, 2)]


def csv_line(cells: list) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()


def csv_rows(source: str, turns: Turns) -> Iterator[bytes]:
    for number, (question, answer) in enumerate(exchanges(turns)):
        yield csv_line([guarded(source), number, guarded(question), guarded(answer)])


def guarded(cell: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def alpaca(source: str, turns: Turns) -> Iterator[bytes]:
    history: list[list[str]] = []
    for question, answer in exchanges(turns):
        row: dict = {"instruction": question, "input": "", "output": answer}
        if history:
            row["history"] = history
        yield json_line(row)
        history = [*history, [question, answer]]


def sharegpt(source: str, turns: Turns) -> Iterator[bytes]:
    names = {"user": "human", "assistant": "gpt"}
    yield json_line({"conversations": [{"from": names[role], "value": content} for role, content in turns]})


def rendered(name: str, templates: str | Path) -> Callable[[str, Turns], Iterator[bytes]]:
    render = template_of(name, templates)

    def write(source: str, turns: Turns) -> Iterator[bytes]:
        messages = [{"role": role, "content": content} for role, content in turns]
        row: dict = {"messages": messages} if name == "chatml" else {}
        yield json_line(row | {"text": render(messages)})

    return write


def template_of(name: str, templates: str | Path) -> Callable[[list[dict]], str]:
    """The family's template as transformers renders it in `apply_chat_template`."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)

    def raise_exception(message: str) -> None:
        raise ValueError(f"{name}: {message}")

    environment.globals["raise_exception"] = raise_exception
    text = (Path(templates) / f"{name}.jinja").read_text(encoding="utf-8")
    template = environment.from_string(text)
    bos, eos = TOKENS[name]
    return lambda messages: template.render(
        messages=messages, add_generation_prompt=False, bos_token=bos, eos_token=eos
    )


def json_line(row: dict) -> bytes:
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)


WRITERS: dict[str, Callable[[str, Turns], Iterator[bytes]]] = {
    "csv": csv_rows,
    "alpaca": alpaca,
    "sharegpt": sharegpt,
}
