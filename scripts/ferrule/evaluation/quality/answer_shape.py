"""The shape of an answer: what it defines, and how many words of its prompt occur in it."""

from __future__ import annotations

import re

from ferrule.evaluation.quality.answer_documentation import TEST, name
from ferrule.evaluation.quality.quality_types import Shape
from ferrule.rust.answer_tree import Own
from ferrule.rust.nodes import text_of


def shape(own: Own) -> Shape:
    """The shape of the answer's own part."""
    top = (node for node in own.root.children if node.end_byte > own.start)
    return {
        "functions": len(own.nodes.get("function_item", ())),
        "structs": len(own.nodes.get("struct_item", ())),
        "impls": len(own.nodes.get("impl_item", ())),
        "traits": len(own.nodes.get("trait_item", ())),
        "has_main": any(node.type == "function_item" and name(node) == b"main" for node in top),
        "has_tests": any(TEST.match(text_of(node)) for node in own.nodes.get("attribute_item", ())),
    }


def prompt_match(own: Own, prompt: str) -> float | None:
    """The share of the prompt's words that have more than three letters and occur in the code (published definition).

    Short words count in the denominator only, so the share never reaches 1. It compares answers to the same prompt.
    None if the prompt has no words.
    """
    words = set(re.findall(r"\b\w+\b", prompt.lower()))
    if not words:
        return None
    code = own.text.lower()
    return sum(len(word) > 3 and word in code for word in words) / len(words)
