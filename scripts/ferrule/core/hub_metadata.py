"""The metadata that dataset and model hubs read from the head of a card."""

from __future__ import annotations

import re

# Identifiers that the hub's licence field knows, as far as crates use them; the rest is "other".
LICENSES = frozenset(
    """afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 cc0-1.0
    cc-by-4.0 cc-by-sa-4.0 ecl-2.0 epl-1.0 epl-2.0 eupl-1.1 eupl-1.2 gpl-2.0 gpl-3.0 isc lgpl-2.1 lgpl-3.0
    mit mpl-2.0 ms-pl ncsa ofl-1.1 osl-3.0 postgresql unlicense wtfpl zlib""".split()
)
SIZES = [
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
]


def licenses(expression: str) -> set[str]:
    """The hub's identifiers for an SPDX expression; an exception does not change the licence's name."""
    text = re.sub(r"\bWITH\s+[\w.+-]+", "", expression.replace("/", " OR "))
    names = [name for name in re.findall(r"[\w.+-]+", text) if name not in ("AND", "OR")]
    plain = {re.sub(r"(-only|-or-later|\+)$", "", name.lower()) for name in names}
    return {name if name in LICENSES else "other" for name in plain} or {"other"}


def size_category(rows: int) -> str:
    return next((name for limit, name in SIZES if rows < limit), "n>1T")


def dataset_header(title: str, expressions: list[str], rows: dict[str, int]) -> str:
    """The YAML block. Written by hand: its order is part of the format, and no value needs quoting.

    `rows` counts both splits; the hub calls the second one `validation`. Splits without rows are left
    out, because a reader of an empty file fails.
    """
    identifiers = set().union(*map(licenses, expressions)) or {"other"}
    lines = ["---", f"pretty_name: {title}", "license:", *(f"- {name}" for name in sorted(identifiers))]
    lines += ["language:", "- en", "- code", "task_categories:", "- text-generation"]
    lines += ["size_categories:", f"- {size_category(sum(rows.values()))}"]
    lines += ["tags:", "- rust", "- code", "- instruction-tuning"]
    splits = [(name, file) for name, file in (("train", "train"), ("validation", "val")) if rows[file]]
    if splits:
        lines += ["configs:", "- config_name: default", "  data_files:"]
        for name, file in splits:
            lines += [f"  - split: {name}", f"    path: {file}.parquet"]
    return "\n".join([*lines, "---"])
