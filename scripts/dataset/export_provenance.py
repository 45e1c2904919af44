"""Write the dataset with all its columns as JSONL, for readers that take no Parquet.

    python scripts/dataset/export_provenance.py --provenance provenance.parquet --out provenance.jsonl

One object a line with the columns in the order of the table; columns that start with `_` are provenance.
"""

from __future__ import annotations

import argparse

from ferrule.core.files import write_jsonl
from ferrule.core.row_stream import batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--provenance", required=True, help="the dataset with all columns")
    parser.add_argument("--out", required=True)
    arguments = parser.parse_args()
    write_jsonl(arguments.out, (row for table in batches(arguments.provenance) for row in table.to_pylist()))


if __name__ == "__main__":
    main()
