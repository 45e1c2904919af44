"""Make samples of whole Rust files that come without their crate, such as those of The Stack Rust Clean.

    python scripts/sources/import_stack.py --name stack --config \\
        '{"sources": {"stack": {"files": ["stack-*.parquet"]}}, "gates": {"allowed_licenses": ["MIT"]}}' \\
        --prompts resources/prompts.yaml --out stack.parquet --dropped stack.dropped.parquet --counts stack.json

A file passes the filters, the chunker and the makers that a crate's files pass (`files`, `chunks` and `tasks`
of the configuration); its context is the file itself. Nothing compiled it: its rows are `parses`. Tasks that
need a compiler (error_fixing, transformations) are not made. A file without a licence is refused: `license` of
the source says what holds for files that name none.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache

from ferrule.core import shard_reader
from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import FileReason, SourceReason
from ferrule.core.schemas import CHUNKS
from ferrule.crates import spdx
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.crates.source_files import LIMITS, target_folders, text_reason
from ferrule.dataset.source_tables import SourceTables
from ferrule.rust import syntax
from ferrule.tasks import whole_modules
from ferrule.tasks.context import Crate
from ferrule.tasks.kinds import kinds
from ferrule.tasks.sample_rows import FUNCTIONS, Origin, drop_row, made_of, sample_row, too_long
from ferrule.tasks.task import Drop, Settings
from ferrule.tasks.wordings import read_templates

NAMES = {
    "content": ("content", "text", "code"),
    "repository": ("max_stars_repo_name", "repo_name", "repository"),
    "path": ("max_stars_repo_path", "path", "file_name"),
    "license": ("max_stars_repo_licenses", "licenses", "license"),
    "commit": ("max_stars_repo_head_hexsha", "revision_id", "commit"),
}
WITHOUT_COMPILER = ("code_generation", "explanations", "fill_in_middle", "modules")
FORGE = "https://github.com/"  # The Stack names its repositories `owner/name`, and all are from there
FOLDERS = ("tests", "benches", "examples")


def main() -> None:
    arguments = parse_arguments()
    config = arguments.config
    source = config["sources"][arguments.name]
    wanted = config["tasks"].pop("kinds", None) or WITHOUT_COMPILER
    maker = FileTasks(
        arguments.name,
        source.get("license"),
        config["gates"]["allowed_licenses"],
        LIMITS | config["files"],
        config["chunks"],
        Settings(**config["tasks"]),
        {name: module for name, module in kinds().items() if name in wanted and name in WITHOUT_COMPILER},
        read_templates(arguments.prompts),
    )
    with SourceTables(
        arguments.name, arguments.out, arguments.dropped, config["sources"].get("on_error", "stop")
    ) as tables:
        for row in shard_reader.read(source, NAMES, ("content",), {"license": list}):
            if isinstance(row, shard_reader.Problem):
                tables.problem(row)
                continue
            tables.read += 1
            for kept, made in maker.rows(row.values):
                (tables.keep if kept else tables.drop)(made)
    write_json(arguments.counts, tables.counts())


class FileTasks:
    """From a file to its samples and its dropped items."""

    def __init__(self, source, license, allowed, limits, chunk_limits, settings, makers, templates):
        self.source, self.license, self.limits = source, license, limits
        self.chunk_limits, self.settings, self.makers, self.templates = (
            chunk_limits,
            settings,
            makers,
            templates,
        )
        # Expressions are few and files are many.
        self.check = lru_cache(4096)(lambda text: spdx.check(text, allowed))

    def rows(self, values: dict) -> list[tuple[bool, dict]]:
        """(True, a sample) or (False, a row of DROPPED), in the order of the file."""
        source = values["content"].encode(errors="surrogatepass")
        origin = self.origin(values, source)
        file = values["path"] or "file.rs"
        if not origin.name:  # a path says little without its repository: the checksum tells files apart
            file = f"{origin.sha256[:16]}/{file}"
        reason, detail = self.file_reason(values, file, source, origin)
        if not reason:
            try:
                return list(self.rows_of_items(file, source, origin))
            except Exception as error:  # one of a million strangers' files must not stop the run
                reason, detail = SourceReason.NOT_CHUNKED, f"{type(error).__name__}: {error}"
                print(f"{self.source}: {origin.name} {file}: {detail}")
        place = dict(crate=origin.name or self.source, file=file, start=None, end=None, id="")
        return [(False, dict(stage="source", reason=reason, detail=detail, task="") | place)]

    def rows_of_items(self, file: str, source: bytes, origin: Origin) -> Iterator[tuple[bool, dict]]:
        chunks = chunk_rows(origin.name or self.source, file, source, self.chunk_limits)
        crate = Crate(chunks)
        whole = (
            whole_modules.whole_rows(chunks, lambda _: source) if whole_modules.NAME in self.makers else []
        )
        items = [row for row in chunks if row["kind"] in FUNCTIONS]
        for row in (items if self.makers.keys() - {whole_modules.NAME} else []) + whole:
            if row["reason"]:
                yield False, drop_row(row, "chunk", row["reason"])
                continue
            for task, made in made_of(row, crate, self.settings, self.makers):
                if isinstance(made, Drop):
                    yield False, drop_row(row, made.stage, made.reason, made.detail, task)
                    continue
                sample = sample_row(row, origin, made, task, self.templates[task], self.settings.seed)
                why = too_long(sample)
                yield (False, drop_row(row, "make", *why, task)) if why else (True, sample)

    def origin(self, values: dict, source: bytes) -> Origin:
        repository = values["repository"] or ""
        address = f"{FORGE}{repository}" if re.fullmatch(r"[\w.-]+/[\w.-]+", repository) else repository
        # A repository's licences hold together unless it says otherwise, which a list does not.
        found = sorted(set(filter(None, values["license"] or [])))
        license = " AND ".join(f"({one})" if " " in one else one for one in found) or self.license
        return Origin(
            self.source,
            repository,
            sha256=hashlib.sha256(source).hexdigest(),
            license=license,
            repository=address or None,
            commit=values["commit"],
            verdict="parses",
        )

    def file_reason(self, values: dict, file: str, source: bytes, origin: Origin) -> tuple[str, str]:
        """Why a file is not wanted: the reasons of a crate's files, and those that only a stranger's can have."""
        if not file.endswith(".rs"):
            return SourceReason.NOT_RUST, file
        if why := target_reason(file):
            return why, ""
        if len(source) > self.limits["max_bytes"]:
            return FileReason.FILE_TOO_BIG, f"{len(source)} bytes"
        reason, detail = text_reason(source, self.limits)
        if reason:
            return reason, detail
        allowed, why = self.check(origin.license)
        return ("", "") if allowed else (SourceReason.LICENSE, why)


def target_reason(file: str) -> str:
    """Test, bench, example or build script by its place, as cargo finds them where no manifest says otherwise."""
    parts = file.split("/")
    if parts[-1] == "build.rs":
        return FileReason.BUILD_SCRIPT
    inner = next((i for i, part in enumerate(parts[:-1]) if part in FOLDERS), None)
    return "" if inner is None else target_folders([])("/".join(parts[inner:]))


def chunk_rows(name: str, file: str, source: bytes, limits: dict) -> list[dict]:
    """The file's items, as rows that makers of tasks take (see ferrule.tasks.chunk_facts)."""
    chunks = Chunks(name, **limits)
    chunk_file(chunks, file, source, syntax.parse(source))
    rows = [dict(zip(CHUNKS.names, row, strict=True)) for row in chunks.rows]
    for row in rows:
        if row["kind"] in FUNCTIONS:
            row |= dict(
                margin=syntax.indentation(source, row["start"]), above="", broken=[], rewritten=[], tests=[]
            )
    return rows


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name under `sources`")
    add_files(parser, out="samples", dropped="what fell, and why", counts="how many")
    add_files(parser, "prompts")
    add_config(parser, "sources", "gates", "files", "chunks", "tasks")
    return parser.parse_args()


if __name__ == "__main__":
    main()
