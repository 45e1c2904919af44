"""Mark the answers that could not be read, so that their questions are asked again with another seed.

    python scripts/qa/retry.py --failed results/qa/failed.parquet --config config/config.yaml

Then `snakemake qa` asks for them, and for the requests that failed, and for nothing else.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_rows
from ferrule.qa.answer_cache import AnswerCache, CacheError
from ferrule.qa.qa_tables import FAILED


def main() -> None:
    arguments = parse_arguments()
    if not Path(arguments.failed).is_file():
        sys.exit(f"{arguments.failed} is missing: there is nothing to retry; run `snakemake qa` first")
    rows = read_rows(arguments.failed, FAILED)
    try:
        with AnswerCache(arguments.config["qa"]["cache"]) as cache:
            # A request that has no answer is asked again as it is.
            unread = sorted({row["key"] for row in rows if cache.get(row["key"])})
            cache.give_up(unread)
    except CacheError as error:
        sys.exit(str(error))
    for reason, count in Counter(row["reason"] for row in rows).most_common():
        print(f"{reason}: {count}")
    print(f"{len(rows)} questions are asked again by `snakemake qa`, {len(unread)} of them with another seed")


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_files(parser, failed="failed.parquet")
    add_config(parser, "qa")
    return parser.parse_args()


if __name__ == "__main__":
    main()
