"""Write the dataset with all its columns as JSONL, for readers that take no Parquet.

    python scripts/dataset/provenance_jsonl.py --provenance provenance.parquet --out provenance.jsonl

One object a line with the columns in the order of the table; columns that start with `_` are provenance.
"""

from __future__ import annotations

import argparse

from ferrule.streams import batches
from ferrule.tables import write_jsonl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--provenance", required=True, help="the dataset with all columns")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    write_jsonl(arguments.out, (row for table in batches(arguments.provenance) for row in table.to_pylist()))


if __name__ == "__main__":
    main()
