"""The Rust code in an answer, and what the compiler says about it where it can stand alone.

    blocks("Use it so:\\n```rust\\nlet x = 1;\\n```")        # ["let x = 1;"]
    program("let x = 1;")                                  # "fn main() {\\nlet x = 1;\\n}"
    verdict_of([BlockVerdict.COMPILES, BlockVerdict.PARSES])    # PARSES: an answer is as good as its worst block

Code without a main function that has more than items is put into one, as rustdoc does. A block that names something of
the project it was asked about cannot stand alone: it only `parses`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

from ferrule.evaluation.judging.rustc import Rustc
from ferrule.rust import syntax
from ferrule.rust.fences import fences
from ferrule.rust.syntax import KIND_OF

EDITION = "2021"
SECONDS = 10  # CPU time for one block
ARGUMENTS = ["--crate-name=block", f"--edition={EDITION}", "--emit=metadata", "--test"]
# Names that are not there: of another crate, of the project, of the code before.
UNRESOLVED = frozenset("E0405 E0412 E0422 E0423 E0424 E0425 E0432 E0433 E0463 E0531 E0532 E0574".split())


class BlockVerdict(StrEnum):
    """From best to worst; `broken` is code that cannot be right, whatever is around it."""

    COMPILES = "compiles"
    PARSES = "parses"
    BROKEN = "broken"


def blocks(answer: str) -> list[str]:
    """The closed fences of an answer that say they are Rust."""
    found: list[str] = []
    for fence in fences(answer) if "```" in answer or "~~~" in answer else []:
        head = answer[fence.outside : fence.start].strip().strip("`~").strip()
        code = answer[fence.start : fence.end].strip("\n")
        if fence.rust and fence.closed and head and code.strip():
            found.append(code)
    return found


def program(code: str) -> str:
    """A block as a whole file."""
    root = syntax.parse(code.encode())
    known = [child for child in root.named_children if child.type not in ("line_comment", "block_comment")]
    items = all(child.kind_id in KIND_OF or child.type in ITEM_LIKE for child in known)
    return code if items else f"fn main() {{\n{code}\n}}"


ITEM_LIKE = frozenset(
    {"attribute_item", "inner_attribute_item", "use_declaration", "extern_crate_declaration"}
)


def parses(code: str) -> bool:
    return not syntax.parse(program(code).encode()).has_error


def judge(rustc: Rustc, code: str) -> BlockVerdict:
    """The verdict of the compiler. Raises ferrule.evaluation.judging.rustc.Infrastructure if the machine fails."""
    if not parses(code):
        return BlockVerdict.BROKEN
    (Path(rustc.folder) / "block.rs").write_text(program(code), encoding="utf-8")
    outcome, messages, _ = rustc.compile([*ARGUMENTS, "block.rs"], SECONDS)
    if outcome.status == "ok":
        return BlockVerdict.COMPILES
    codes = set(error_codes(messages))
    return BlockVerdict.BROKEN if codes and not codes & UNRESOLVED else BlockVerdict.PARSES


def error_codes(messages: bytes) -> Iterable[str]:
    for line in messages.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("level") == "error" and message.get("code"):
            yield message["code"]["code"]


def verdict_of(verdicts: list[BlockVerdict]) -> str:
    """The verdict on an answer; `none` for one without Rust code."""
    order = list(BlockVerdict)
    return str(max(verdicts, key=order.index)) if verdicts else "none"
