"""Reading a model's answer: a question and an answer, or a reason why there is none. A pure function of the text.

read('{"question": "Why?", "answer": "Because."}', "stop", structured="schema")    # Exchange("Why?", "Because.")
read("I cannot help", "stop", structured="text")                                   # Unread(refusal)
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from ferrule.core.reasons import QuestionReason as Reason
from ferrule.rust.fences import answer_start, fences

LONGEST_QUESTION, LONGEST_ANSWER = 2_000, 20_000  # characters
# Tokens that end a turn or begin one in the templates of ferrule.qa.export_formats and of other families.
CONTROL = re.compile(
    r"<\|(?:im_start|im_end|im_sep|eot_id|eom_id|start_header_id|end_header_id|begin_of_text|end_of_text|endoftext"
    r"|python_tag|system|user|assistant|end|fim_\w+)\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos|pad)>"
)
REFUSAL = re.compile(
    r"\s*(?:i['’]?m sorry|sorry,|i apologi[sz]e|as an ai\b|i(?: can(?:no|['’])t|['’]?m (?:not able|unable)) (?:to )?"
    r"(?:help|assist|answer|provide|fulfil))",
    re.I,
)
# The dot behind the number of a list is not an end.
SENTENCE_END = re.compile(r"(?<!\n\d)(?<!\n\d\d)(?<!\n)[.!?](?=\s|$)|\n```[ \t]*(?=\n|$)")


@dataclass(frozen=True)
class Exchange:
    """`question` is empty where the wording of the request was the question."""

    question: str
    answer: str


@dataclass(frozen=True)
class Unread:
    reason: Reason
    detail: str = ""


def read(text: str, finish_reason: str, structured: str, cut_off: str = "drop") -> Exchange | Unread:
    """What an answer says. `cut_off`: drop, or trim plain text to its last whole sentence."""
    if not text.strip():
        return Unread(Reason.EMPTY_ANSWER)
    if "\0" in text:
        return Unread(Reason.BAD_TEXT, "NUL")
    start = answer_start(text)
    if start < 0:
        return Unread(Reason.ONLY_THOUGHTS)
    text = text[start:].strip()
    if finish_reason == "length" and (structured != "text" or cut_off == "drop"):
        return Unread(Reason.CUT_OFF, f"after {len(text)} characters")
    found = Exchange("", text) if structured == "text" else from_json(text)
    if isinstance(found, Exchange) and finish_reason == "length":
        found = Exchange("", whole_sentences(text))
        if not found.answer:
            return Unread(Reason.CUT_OFF, "no whole sentence")
    return found if isinstance(found, Unread) else checked(found)


def from_json(text: str) -> Exchange | Unread:
    """The one object of a structured answer: alone, in a fence, or between lines of prose."""
    inside = [text[fence.start : fence.end] for fence in fences(text) if fence.closed]
    for candidate in (text, *inside, text[text.find("{") :] if "{" in text else ""):
        try:
            value, _ = json.JSONDecoder(strict=False).raw_decode(candidate.strip())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            break
    else:
        return Unread(Reason.NOT_JSON, text[:80])
    if value.keys() != {"question", "answer"}:
        return Unread(Reason.WRONG_SHAPE, f"keys {', '.join(sorted(map(str, value)))[:80] or 'none'}")
    for name, item in value.items():
        if not isinstance(item, str):
            return Unread(Reason.WRONG_SHAPE, f"{name} is not text")
    question, answer = value["question"].strip(), value["answer"].strip()
    if not question or not answer:
        return Unread(Reason.EMPTY_ANSWER, "question" if not question else "answer")
    return Exchange(question, answer)


def checked(found: Exchange) -> Exchange | Unread:
    for text, longest in ((found.question, LONGEST_QUESTION), (found.answer, LONGEST_ANSWER)):
        if len(text) > longest:
            return Unread(Reason.TOO_LONG, f"{len(text)} characters")
        if ("<" in text or "[" in text) and (token := CONTROL.search(text)):
            return Unread(Reason.CONTROL_TOKENS, token[0])
        try:
            text.encode()
        except UnicodeEncodeError:
            return Unread(Reason.BAD_TEXT, "half of a surrogate pair")
        if "\0" in text:
            return Unread(Reason.BAD_TEXT, "NUL")
    if REFUSAL.match(found.answer):
        return Unread(Reason.REFUSAL, found.answer[:80])
    return found


def whole_sentences(text: str) -> str:
    """The text up to its last whole sentence outside of code; empty if there is none."""
    open_fence = next((fence for fence in fences(text) if not fence.closed), None)
    if open_fence:
        text = text[: open_fence.outside]
    ends = [found.end() for found in SENTENCE_END.finditer(text)]
    closed = [fence for fence in fences(text) if fence.closed]
    ends = [end for end in ends if not any(fence.start <= end < fence.end for fence in closed)]
    return text[: max(ends, default=0)].strip()
