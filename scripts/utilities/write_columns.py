"""Write docs/columns.md from the row types in scripts/ferrule/core/schemas.py: every table, its columns and meanings.

    python scripts/utilities/write_columns.py            # after a change of a row type
    python scripts/utilities/write_columns.py --check    # writes nothing; exits with 1 if the page is stale

The meaning of a column is the comment behind it. COMMON has those that many tables share. A column without a meaning
stops the script.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from ferrule.core import schemas
from ferrule.core.markdown import code, row

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/columns.md"
HEAD = """# Columns

Every table that the workflow writes for its steps and for you, and the meaning of its columns.
`scripts/utilities/write_columns.py` writes this page from `scripts/ferrule/core/schemas.py`. Spans are byte offsets, half
open, into the UTF-8 file `file` of the crate's package folder.
"""
# The type: where it is, by the name of its class.
FILES = {
    "FileRow": "results/crates/{crate}/files.parquet",
    "ChunkRow": "results/crates/{crate}/chunks.parquet",
    "VerdictRow": "results/crates/{crate}/verdicts.parquet",
    "BrokenRow": "results/crates/{crate}/broken.parquet",
    "RewriteRow": "results/crates/{crate}/rewrites.parquet",
    "CoverageRow": "results/crates/{crate}/coverage.parquet",
    "BehaviourRow": "results/crates/{crate}/behaviour.parquet",
    "SampleRow": "results/dataset/provenance.parquet, results/crates/{crate}/candidates.parquet",
    "DroppedRow": "results/dataset/dropped.parquet",
}
COMMON = {
    "crate": "the crate, `name@version`",
    "file": "the file inside the package",
    "bytes": "its size",
    "start": "first byte of the item",
    "end": "the byte behind it",
    "id": "the sample's or the function's id",
    "kind": "what it is, see above",
    "name": "its name",
    "detail": "more about the reason",
    "task": "the kind of task, where it is a sample",
    "chunk": "the function's chunk id",
    "rewrite": "the rewrite, as in rewrites.parquet",
    "text": "what takes the place of these bytes",
    "reason": "why it is left out, see [reasons.md](reasons.md); empty if it is kept",
    "codes": "all error codes of the diagnostic",
    "prompt": "the instruction",
    "gen": "the answer: what people wrote",
    "_task_type": "kind of task ([tasks.md](tasks.md#the-kinds))",
    "_license": "SPDX expression of the crate",
    "_repository": "the repository that the crate names",
    "_commit": "the commit that its package names",
    "_edition": "Rust edition",
    "_version": "version of the crate",
    "_source_file": "the file inside the package",
    "_rustc": "the compiler that judged it",
    "_error_code": "error fixing: rustc's code; empty for a broken syntax",
    "_diagnostic": "error fixing: rustc's message, with paths inside the package",
    "_documented": "the item has doc comments",
    "_idiomatic": "it has signs of idiomatic code ([training-data.md](training-data.md))",
    "_unsafe": "it holds unsafe code",
    "_is_test": "it is test code",
    "_suffix": "fill_in_middle: the item after `gen`",
    "_end": "the byte behind it",
    "_error_end": "the byte behind that place",
    "error_end": "the byte behind that span",
}


def main() -> None:
    arguments = parse_arguments()
    try:
        wanted = page()
    except ValueError as error:
        sys.exit(str(error))
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == wanted:
        return
    if arguments.check:
        sys.exit(f"{PAGE}: stale; run python {Path(__file__).relative_to(ROOT)}")
    PAGE.write_text(wanted, encoding="utf-8")
    print(f"{PAGE}: written")


def page() -> str:
    """The page. Raises ValueError for a column without a meaning."""
    parts = [HEAD]
    for name, row_type in row_types():
        title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize().removesuffix(" row") + " rows"
        about = " ".join((inspect.getdoc(row_type) or "").split())
        comments = meanings(name)
        lines = [row(["column", "type", "meaning"]), row(["---"] * 3)]
        for column in schemas.schema_of(row_type):
            meaning = comments.get(column.name) or COMMON.get(column.name)
            if not meaning:
                raise ValueError(
                    f"{name}.{column.name} has no meaning: write a comment behind it in schemas.py"
                )
            lines.append(row([code(column.name), type_in_words(column.type), meaning]))
        where = f"\n\n`{FILES[name]}`" if name in FILES else ""
        parts.append(f"## {title}\n\n{about}{where}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def row_types() -> Iterator[tuple[str, type]]:
    """The row types in the order of the file."""
    for node in ast.parse(inspect.getsource(schemas)).body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("Row"):
            yield node.name, getattr(schemas, node.name)


def meanings(name: str) -> dict[str, str]:
    """The comment of each column of a row type: behind it, or inside its parentheses."""
    source = inspect.getsource(getattr(schemas, name))
    columns = [
        (node.target.id, node.lineno, node.end_lineno)
        for node in ast.parse(source).body[0].body  # type: ignore[attr-defined]
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    lines = iter(source.splitlines(keepends=True))
    comments = {
        token.start[0]: token.string.lstrip("# ")
        for token in tokenize.generate_tokens(lambda: next(lines, ""))
        if token.type == tokenize.COMMENT
    }
    return {
        column: " ".join(comments[line] for line in range(first, (last or first) + 1) if line in comments)
        for column, first, last in columns
    }


def type_in_words(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        if pa.types.is_struct(kind.value_type):
            return f"list of objects with {' and '.join(field.name for field in kind.value_type)}"
        return f"list of {type_in_words(kind.value_type)}s"
    return {
        "string": "text",
        "int32": "integer",
        "int64": "integer",
        "bool": "true or false",
        "double": "number",
    }[str(kind)]


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if the page is stale"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
