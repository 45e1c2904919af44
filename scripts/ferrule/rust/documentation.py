"""Doc comments: from their lines in the source to the text that a reader of the rendered page sees."""

from __future__ import annotations

import re

# Sections whose text lives in their code block, or that speak to the crate's developers.
LEFT_OUT = re.compile(r"^#+\s*(?:examples?|usage|see also|todo|implementation|notes? to)", re.IGNORECASE)

FENCE = re.compile(r"\s*(```+|~~~+)")
# `[name]: target "title"`; a sentence may begin like that too: `[name]: it goes on`.
LINK_TARGET = re.compile(r"""\s*\[[^\]]+\]:\s+\S+(?:\s+(?:"[^"]*"|'[^']*'|\([^)]*\)))?\s*$""")


def doc_text(comments: list[bytes]) -> str:
    """The text of outer doc comments (`///`, `/** */`), markers and their one blank taken off."""
    lines: list[str] = []
    for raw in comments:
        if raw.startswith(b"///"):
            if raw[3:4] != b"/":
                lines.append(raw[3:].rstrip().decode(errors="replace"))
        elif raw.startswith(b"/**") and raw[3:4] != b"*" and len(raw) > 4:
            lines += block_lines(raw[3:-2].decode(errors="replace"))
    full = [line for line in lines if line and not line.isspace()]
    if not full:
        return ""
    margin = 1
    if not all(line.startswith(" ") for line in full):
        margin = 0
    elif all(line.startswith("  ") for line in full):
        margin = min(len(line) - len(line.lstrip(" ")) for line in full)
    return "\n".join([line[margin:] for line in lines] if margin else lines).strip("\n")


def block_lines(text: str) -> list[str]:
    """The lines of a `/** */` comment; a column of stars before them is taken off."""
    lines = [line.rstrip() for line in text.strip("\n").split("\n")]
    starred = all(line.lstrip().startswith("*") for line in lines[1:] if line)
    return [line.lstrip()[1:] if starred and line.lstrip().startswith("*") else line for line in lines]


def visible(docs: str) -> str:
    """Documentation as a reader of the rendered page sees it: hidden doctest lines taken out."""
    lines, fence = [], ""
    for line in docs.split("\n"):
        mark = FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif fence and re.match(r"\s*#(?: |$)", line):
            continue
        lines.append(line)
    return "\n".join(lines)


def prose(docs: str) -> str:
    """Documentation without code blocks, headings and link definitions, paragraphs kept."""
    lines, fence = [], ""
    for line in docs.split("\n"):
        mark = FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        elif not fence and not re.match(r"\s*(?:#+ |\[[^\]]+\]:\s)", line):
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def explanation(docs: str) -> str:
    """The documentation's sentences: no code blocks, no examples section, no link definitions.

    Lines are taken or left whole, so every line of the answer is a line of the author's.
    """
    lines, fence, skipping = [], "", False
    for line in docs.split("\n"):
        mark = FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
            continue
        if fence or LINK_TARGET.match(line):
            continue
        if re.match(r"#+\s", line):
            skipping = bool(LEFT_OUT.match(line))
        if not skipping:
            lines.append(line.rstrip())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    # What introduced a code block now ends in a colon with nothing behind it.
    paragraphs = text.split("\n\n")
    while paragraphs and (paragraphs[-1].rstrip().endswith(":") or paragraphs[-1].startswith("#")):
        paragraphs.pop()
    return "\n\n".join(paragraphs).strip()
