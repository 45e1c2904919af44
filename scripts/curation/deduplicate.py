"""Drop exact duplicates: copied code, copied documentation, the same prompt twice.

    python scripts/curation/deduplicate.py --pool pool.parquet --config config/config.yaml \\
        --out unique.parquet --dropped dropped.parquet --funnel deduplicate.json

same_code    an item whose code another item has too goes with all its rows, whatever their tasks:
             were the copy kept for another task, one text could be in both splits. The variants
             of one item (several mutations, several gaps) have the same code and all stay.
same_docs    an explanation whose answer is another item's too
same_prompt  the same prompt twice, whatever the answers (`dataset.same_prompt: keep` switches this off,
             for prompts that are fixed sentences)
same_id      the same row twice

Of the same texts the one that is documented stays, then that of the longer prompt (more documentation
and context), then the first by crate, file and start. `detail` is the id of the row that stayed.
Texts are compared line by line without whitespace at either end of a line and without empty lines;
whitespace inside a line stays, because it may be part of a string. Near-duplicates are not looked for here.
"""

from __future__ import annotations

import argparse
import hashlib
from sys import intern

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import DuplicateReason
from ferrule.core.row_stream import batches, sift, stage_counts
from ferrule.core.schemas import item_key
from ferrule.rust.fences import code_of

COLUMNS = [
    "prompt",
    "gen",
    "_id",
    "_task_type",
    "_source_crate",
    "_version",
    "_source_file",
    "_start",
    "_end",
    "_variant",
    "_prefix",
    "_suffix",
    "_documented",
]


def main() -> None:
    arguments = parse_arguments()
    rows = [row for table in batches(arguments.pool, COLUMNS) for row in map(Row, table.to_pylist())]
    fates = duplicates(rows, prompts=arguments.config["dataset"].get("same_prompt", "drop") == "drop")
    sift(arguments.pool, arguments.out, arguments.dropped, "deduplicate", fates)
    counts = stage_counts("deduplicate", (row.task for row in rows), fates)
    write_json(arguments.funnel, counts)
    print(f"{sum(counts['out'].values())} of {len(rows)} rows are not duplicates")


class Row:
    """What the decision needs of a sample: hashes instead of texts."""

    __slots__ = ("code", "docs", "documented", "id", "item", "last", "length", "prompt", "task")

    def __init__(self, sample: dict):
        gap = (sample["_prefix"] or "", sample["_suffix"] or "")
        self.id, self.task = sample["_id"], intern(sample["_task_type"])
        places = ("_source_crate", "_source_file", "_start", "_version", "_end", "_id")
        self.item = item_key(*(sample[name] for name in places))
        explanation = self.task == "explanations"
        self.code = b"" if explanation else text_hash(gap[0] + code_of(sample["gen"]) + gap[1])
        self.docs = text_hash(sample["gen"]) if explanation else b""
        # The prompt of a gap may be the same sentence every time: what is around the gap belongs to it.
        self.prompt = text_hash(sample["prompt"], *gap)
        self.documented, self.length = bool(sample["_documented"]), len(sample["prompt"])
        self.last = (self.task, intern(sample["_variant"] or ""), self.id)


def text_hash(*texts: str) -> bytes:
    lines = "\0".join("\n".join(filter(None, map(str.strip, text.split("\n")))) for text in texts)
    return hashlib.blake2b(lines.encode(), digest_size=16).digest()


def duplicates(rows: list[Row], prompts: bool = True) -> list[tuple[str, str] | None]:
    """For every row None, or why it is a duplicate and the id of the row that stays."""
    ranks = item_ranks(rows)
    order = sorted(range(len(rows)), key=lambda i: (ranks[rows[i].item], rows[i].last))
    lost = copied_items(rows, order)

    keeper: list[int | None] = [None] * len(rows)  # the row that is kept instead of a dropped one
    reasons = [""] * len(rows)
    taken: dict[tuple[str, str | bytes], int] = {}
    stays: dict[tuple, dict[str, int]] = {}  # item: task: its first row
    for i in order:
        row = rows[i]
        if row.item in lost:
            of_winner = stays[lost[row.item]]
            reasons[i] = DuplicateReason.SAME_CODE
            keeper[i] = of_winner.get(row.task, next(iter(of_winner.values())))
            continue
        stays.setdefault(row.item, {}).setdefault(row.task, i)
        keys = [(DuplicateReason.SAME_ID, row.id)]
        keys += [(DuplicateReason.SAME_DOCS, row.docs)] if row.docs else []
        keys += [(DuplicateReason.SAME_PROMPT, row.prompt)] if prompts else []
        clash = next((key for key in keys if key in taken), None)
        if clash:
            reasons[i], keeper[i] = clash[0], taken[clash]
        else:
            taken.update((key, i) for key in keys)

    def kept(i: int) -> str:
        while keeper[i] is not None:  # the winner's own row may be a duplicate of yet another
            i = keeper[i]
        return rows[i].id

    return [(reasons[i], kept(i)) if keeper[i] is not None else None for i in range(len(rows))]


def item_ranks(rows: list[Row]) -> dict[tuple, tuple]:
    """The smaller, the better: documented first, then the longer prompt, then the first by place."""
    best: dict[tuple, tuple[bool, int]] = {}
    for row in rows:
        documented, length = best.get(row.item, (False, 0))
        best[row.item] = (documented or row.documented, max(length, row.length))
    return {item: (not documented, -length, *item) for item, (documented, length) in best.items()}


def copied_items(rows: list[Row], order: list[int]) -> dict[tuple, tuple]:
    """Items whose code a better one has, with that one. Only an item that stays can claim a text."""
    codes: dict[tuple, dict[bytes, None]] = {}  # in order of rank; dicts keep their order
    for i in order:
        codes.setdefault(rows[i].item, {}).update({rows[i].code: None} if rows[i].code else {})
    owner, lost = {}, {}
    for item, texts in codes.items():
        winner = next((owner[text] for text in texts if text in owner), None)
        if winner is not None:
            lost[item] = winner
        else:
            owner.update((text, item) for text in texts)
    return lost


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, pool="samples", out="samples that stay", dropped="what fell and why", funnel="counts")
    add_config(parser, "dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
