"""Drop items that nearly equal another item: reformatted, renamed, without comments, a statement changed.

    python scripts/curation/drop_near_duplicates.py --pool unique.parquet --config config/config.yaml \\
        --out distinct.parquet --dropped dropped.parquet --clusters clusters.parquet --funnel near_duplicates.json

near_copy     an item of which so many shingles (runs of 4 tokens without comments and layout) are another
              item's too that their Jaccard is at least `near_duplicates.text`
renamed_copy  the same after names were taken out: those that mean something in the item alone
              (`locals`), or in items of some length all of them (`nameless`)

An item is dropped with all its rows, and only if it is a copy of an item that stays. Items are taken in the order
of `deduplicate`: documented first, then the longer prompt, then by place. `detail` is the id of the row that
stays; the clusters table has all items that stay for others, and those others. MinHash finds the pairs, but the
exact Jaccard decides: nothing falls below it. What is compared is the code of an item: an item that has rows of the
kinds `explanations` and `questions` alone is not, and neither are prompts. A form that is null is switched off.
"""

from __future__ import annotations

import argparse
import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import chain
from sys import intern

import numpy as np
import pyarrow as pa

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json, write_table
from ferrule.core.reasons import NearDuplicateReason
from ferrule.core.row_stream import Fate, batches, sift, stage_counts
from ferrule.core.schemas import BOOL, INT, TEXT, item_key, schema
from ferrule.dataset.near_duplicates import Candidates, Sets
from ferrule.rust.code_tokens import tokens
from ferrule.rust.fences import code_of

PROSE = ("explanations", "questions")  # tasks whose answers are not code
CODE = ["_task_type", "gen", "_prefix", "_suffix"]
PLACE = ["_source_crate", "_source_file", "_start", "_version", "_end"]
COLUMNS = [*CODE, *PLACE, "prompt", "_id", "_variant", "_documented"]
REASONS = {
    "text": NearDuplicateReason.NEAR_COPY,
    "locals": NearDuplicateReason.RENAMED_COPY,
    "nameless": NearDuplicateReason.RENAMED_COPY,
}
THRESHOLDS = {"text": 0.7, "locals": 0.85, "nameless": 0.95}  # least Jaccard of a copy; null: not asked
CROWD = (
    50  # texts that stay under one key: the best by rank; a key that more texts share does not mark a copy
)
MOST = 16  # texts that one is compared with in a form: those that share the most keys with it

# A cluster: the item that is kept, then its copies. One row per item.
CLUSTERS = schema(
    cluster=TEXT,  # the id of the row that stays
    stays=BOOL,
    crate=TEXT,
    version=TEXT,
    file=TEXT,
    start=INT,
    end=INT,
    form=TEXT,  # text, locals or nameless: in which form the item is a copy of the one that stays
    similarity=pa.float64(),  # their Jaccard in it
)


def main() -> None:
    arguments = parse_arguments()
    thresholds = THRESHOLDS | arguments.config["near_duplicates"]
    forms = {form: thresholds[form] for form in REASONS if thresholds[form] is not None}
    pool, candidates = Pool(), Candidates(forms)
    for table in batches(arguments.pool, COLUMNS):
        candidates.add([tokens(text) for text in pool.add(table)])
    copies = find_copies(arguments.pool, pool, candidates)
    fates = pool.fates(copies)
    sift(arguments.pool, arguments.out, arguments.dropped, "near_duplicates", fates)
    write_clusters(arguments.clusters, pool, copies)
    counts = stage_counts("near_duplicates", pool.tasks, fates)
    write_json(arguments.funnel, counts | {"near_duplicates": figures(forms, pool, copies)})
    print(f"{len(copies)} of {len(pool.items)} items are nearly another one's copy")


Copies = dict[int, tuple[int, str, float]]  # item: the item that stays, the form, the similarity


class Pool:
    """What the decision needs of the rows: to which item each belongs, and how good the item is."""

    def __init__(self) -> None:
        self.items: dict[tuple, int] = {}
        self.documented, self.longest = bytearray(), array("q")  # by item
        self.of_row, self.ids, self.tasks, self.variants = array("q"), [], [], []  # by row
        self.texts: dict[bytes, None] = {}  # item and text: a text of an item is looked at once
        self.of_text, self.first_row = array("q"), array("q")  # by text

    def add(self, table: pa.Table) -> list[str]:
        """Take in rows; give the texts of code that are new."""
        new = []
        columns = (table[name].to_pylist() for name in COLUMNS)
        for task, gen, prefix, suffix, *place, prompt, id, variant, documented in zip(*columns, strict=True):
            key = item_key(*place, id)
            item = self.item_of(key)
            self.documented[item] |= bool(documented)
            self.longest[item] = max(self.longest[item], len(prompt))
            if task not in PROSE:
                code = f"{prefix or ''}{code_of(gen)}{suffix or ''}"
                digest = hashlib.blake2b(f"{key} {code}".encode("utf-8", "replace"), digest_size=16).digest()
                if digest not in self.texts:
                    self.texts[digest] = None
                    self.of_text.append(item)
                    self.first_row.append(len(self.of_row))
                    new.append(code)
            self.of_row.append(item)
            self.ids.append(id)
            self.tasks.append(intern(task))
            self.variants.append(intern(variant or ""))
        return new

    def item_of(self, key: tuple) -> int:
        if key not in self.items:
            self.items[key] = len(self.items)
            self.documented.append(0)
            self.longest.append(0)
        return self.items[key]

    def ranked(self, items: Iterable[int]) -> list[int]:
        """These items, the best first: as in `deduplicate`."""
        places = list(self.items)
        return sorted(items, key=lambda item: (not self.documented[item], -self.longest[item], places[item]))

    def kept_rows(self, items: set[int]) -> dict[int, dict[str, str]]:
        """Of each of these items the id of its first row of every task; the first of all comes first."""
        rows: dict[int, list[tuple]] = {item: [] for item in items}
        for number, item in enumerate(self.of_row):
            if item in rows:
                rows[item].append((self.tasks[number], self.variants[number], self.ids[number]))
        first: dict[int, dict[str, str]] = {item: {} for item in rows}
        for item, known in rows.items():
            for task, _, id in sorted(known):
                first[item].setdefault(task, id)
        return first

    def fates(self, copies: Copies) -> list[Fate]:
        kept = self.kept_rows({stays for stays, _, _ in copies.values()})
        fates: list[Fate] = []
        for item, task in zip(self.of_row, self.tasks, strict=True):
            if item not in copies:
                fates.append(None)
                continue
            stays, form, _ = copies[item]
            fates.append((REASONS[form], kept[stays].get(task) or next(iter(kept[stays].values()))))
        return fates


def find_copies(path: str, pool: Pool, candidates: Candidates) -> Copies:
    """Every item that is a copy of an item that stays, the best items being asked first."""
    texts, keys = candidates.sharing()
    sets = read_sets(path, pool, candidates, np.unique(texts))
    keys_of = dict(zip(sets, np.split(keys, np.flatnonzero(np.diff(texts)) + 1), strict=True)) if sets else {}
    digests = list(pool.texts)
    texts_of: dict[int, list[int]] = defaultdict(list)
    for text in sorted(keys_of, key=digests.__getitem__):
        texts_of[pool.of_text[text]].append(text)

    copies: Copies = {}
    staying: dict[int, list[int]] = defaultdict(list)  # key: texts of items that stay, the best first
    for item in pool.ranked(texts_of):
        own = [(text, keys_of.pop(text).tolist()) for text in texts_of[item]]
        if found := nearest(candidates, own, staying, sets):
            other, form, similarity = found
            copies[item] = (pool.of_text[other], form, similarity)
            continue
        for text, its_keys in own:
            for key in its_keys:
                if len(staying[key]) < CROWD:
                    staying[key].append(text)
    return copies


def nearest(
    candidates: Candidates,
    own: list[tuple[int, list[int]]],
    staying: dict[int, list[int]],
    sets: dict[int, Sets],
) -> tuple[int, str, float] | None:
    """Of the texts that stay the one of which an item's texts are copies: in the first form in which there is
    one, the most similar."""
    for form in candidates.thresholds:
        best = None
        for text, keys in own:
            mine = [key for key in keys if candidates.form_of(key) == form]
            sharing = Counter(chain.from_iterable(staying.get(key, ()) for key in mine))
            for other, _ in sharing.most_common(MOST):
                similarity = candidates.alike(form, sets[text], sets[other])
                if similarity > (best[2] if best else 0.0):
                    best = (other, form, similarity)
        if best:
            return best
    return None


def read_sets(path: str, pool: Pool, candidates: Candidates, texts: np.ndarray) -> dict[int, Sets]:
    """The shingles of these texts, which takes another pass over the rows."""
    row_of = np.frombuffer(pool.first_row, np.int64)[texts] if texts.size else texts
    sets, at = {}, 0  # texts are numbered in the order of their rows
    for table in batches(path, CODE) if texts.size else ():
        low, high = np.searchsorted(row_of, [at, at + table.num_rows])
        wanted = table.take(pa.array(row_of[low:high] - at))
        at += table.num_rows
        parts = (wanted[name].to_pylist() for name in ("_prefix", "gen", "_suffix"))
        code = [
            f"{prefix or ''}{code_of(gen)}{suffix or ''}" for prefix, gen, suffix in zip(*parts, strict=True)
        ]
        found = candidates.shingle_sets([tokens(text) for text in code])
        sets.update(zip(texts[low:high].tolist(), found, strict=True))
    return sets


def write_clusters(path: str, pool: Pool, copies: Copies) -> None:
    fallen: dict[int, list[int]] = defaultdict(list)
    for item in pool.ranked(copies):
        fallen[copies[item][0]].append(item)
    kept, places = pool.kept_rows(set(fallen)), list(pool.items)
    columns: dict[str, list] = {name: [] for name in CLUSTERS.names}
    for stays in pool.ranked(fallen):
        first = next(iter(kept[stays].values()))
        for item in [stays, *fallen[stays]]:
            crate, file, start, version, end = places[item]
            _, form, similarity = copies.get(item, (stays, "", 1.0))
            row = (first, item == stays, crate, version, file, start, end, form, round(similarity, 4))
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    write_table(path, pa.table(columns, schema=CLUSTERS))


def figures(forms: dict[str, float], pool: Pool, copies: Copies) -> dict:
    sizes = Counter(stays for stays, _, _ in copies.values())
    return dict(
        thresholds=forms,
        items=len(pool.items),
        compared=len(set(pool.of_text)),
        copies=Counter(form for _, form, _ in copies.values()),
        clusters=len(sizes),
        largest_cluster=max(sizes.values(), default=0) + 1 if sizes else 0,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(
        parser,
        pool="samples",
        out="samples that stay",
        dropped="what fell and why",
        funnel="counts",
        clusters="which items are copies of which",
    )
    add_config(parser, "near_duplicates")
    return parser.parse_args()


if __name__ == "__main__":
    main()
