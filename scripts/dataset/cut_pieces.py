"""Cut JSONL files into pieces of about `dataset.pieces_mb` MB, at the ends of lines.

    python scripts/dataset/cut_pieces.py --config config/config.yaml --folder pieces train.jsonl val.jsonl

Writes pieces/train-00000.jsonl and so on; joined in order of name they are the file, byte for byte. A
piece is larger than the limit only where a single line is. One MB is 1,048,576 bytes.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of

MEGABYTE = 1024 * 1024


def main() -> None:
    arguments = parse_arguments()
    # Made beside the folder and renamed, so that the folder never holds half of the pieces.
    folder = arguments.folder
    unfinished = folder.with_name(f".{folder.name}.tmp")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    for path in arguments.files:
        print(
            f"{path}: {cut(path, unfinished, int(arguments.config['dataset'].get('pieces_mb', 11) * MEGABYTE))} pieces"
        )
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def cut(path: Path, folder: Path, limit: int) -> int:
    """Write the pieces of one file into `folder`; gives their number, 0 for an empty file."""
    number, size, out = 0, 0, None
    with open(path, "rb") as lines:
        for line in lines:
            if out is None or size + len(line) > limit:
                if out:
                    out.close()
                out = open(folder / f"{path.stem}-{number:05d}.jsonl", "wb")  # noqa: SIM115
                number, size = number + 1, 0
            out.write(line)
            size += len(line)
    if out:
        out.close()
    return number


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="JSONL files")
    parser.add_argument(
        "--folder", required=True, type=Path, help="where the pieces go; what is in it is replaced"
    )
    add_config(parser, "dataset")
    return parser.parse_args()


if __name__ == "__main__":
    main()
