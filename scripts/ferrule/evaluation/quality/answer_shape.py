"""What an answer is made of, and how many words of its prompt come back in it."""

from __future__ import annotations

import re

from ferrule.evaluation.quality.answer_documentation import TEST, name
from ferrule.rust.answer_tree import Own

COUNTED = {
    "functions": "function_item",
    "structs": "struct_item",
    "impls": "impl_item",
    "traits": "trait_item",
}


def shape(own: Own) -> dict[str, int | bool]:
    """Definitions in the answer's own part, methods and nested ones included."""
    counts = {key: len(own.nodes.get(kind, ())) for key, kind in COUNTED.items()}
    top = (node for node in own.root.children if node.end_byte > own.start)
    return counts | {
        "has_main": any(node.type == "function_item" and name(node) == b"main" for node in top),
        "has_tests": any(TEST.match(node.text) for node in own.nodes.get("attribute_item", ())),
    }


def prompt_match(own: Own, prompt: str) -> float | None:
    """The published definition: words of over three letters that occur anywhere in the code, among all words.

    Short words are in the denominator alone, so that 1 is out of reach: it compares answers to one prompt.
    """
    words = set(re.findall(r"\b\w+\b", prompt.lower()))
    if not words:
        return None
    code = own.text.lower()
    return sum(len(word) > 3 and word in code for word in words) / len(words)
