"""Which files of a crate are its code, which are tests or generated, and why a file is left out.

What is test code is read from the targets of the manifest and from `#[cfg(test)] mod x;`, not from
names: a `tests.rs` that the library compiles is code, a `check.rs` that only a test reaches is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tree_sitter import Node

from ferrule.core.reasons import FileReason
from ferrule.rust import syntax

SKIPPED_FOLDERS = frozenset({"target", ".git"})
LETTERS = bytes(range(65, 91)) + bytes(range(97, 123)) + b" \t\n\r" + bytes(range(128, 256))
GENERATED = re.compile(
    rb"@generated|auto-?(?:matically )?generated (?:by|from|with|using)"
    rb"|\b(?:code|data|file|header|module|tables?|this) (?:(?:is|are|was|were) )?generated (?:by|from|with|using)"
    rb"|^[^\w\n]*generated (?:by|from|with|using)"
    rb"|do not (?:edit|modify)\b(?! .{0,20}directly).{0,40}generated|generated (?:file|code)[.,;:]? *do not edit",
    re.IGNORECASE | re.MULTILINE,
)

# What a file may be at most; the section `files` of the configuration says otherwise.
LIMITS = dict(max_bytes=1_000_000, max_line=500, max_average_line=100, min_alphabetic=0.3)


@dataclass
class SourceFile:
    """One .rs file: its parse tree if it is kept, otherwise why it is not."""

    path: str  # inside the package, with /
    source: bytes
    reason: str = ""
    detail: str = ""
    root: Node | None = None
    module: str = ""  # its module path, "a::b", where the module tree gives it


def read_files(package: Path, targets: list[dict], limits: dict) -> list[SourceFile]:
    """Every .rs file of a package in order of path, with `reason` set on those left out.

    `limits`: max_bytes, max_line (characters), max_average_line (characters), min_alphabetic (0..1).
    """
    outside = target_folders(targets)
    files = {}
    for path in rust_files(package):
        file = files[path] = SourceFile(path, b"")
        if why := outside(path):
            file.reason = why
            continue
        size = (package / path).stat().st_size
        if size > limits["max_bytes"]:
            file.reason, file.detail = FileReason.FILE_TOO_BIG, f"{size} bytes"
            continue
        file.source = (package / path).read_bytes()
        file.reason, file.detail = text_reason(file.source, limits)
        if not file.reason:
            file.root = syntax.parse(file.source)
    place_in_modules(files, targets)
    return list(files.values())


def rust_files(package: Path) -> Iterator[str]:
    """Paths of the package's .rs files, sorted; folders with a manifest of their own are other packages."""

    def walk(folder: str, inside: str) -> Iterator[str]:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = f"{inside}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED_FOLDERS and not Path(entry.path, "Cargo.toml").exists():
                        yield from walk(entry.path, f"{name}/")
                elif entry.name.endswith(".rs") and entry.is_file(follow_symlinks=False):
                    yield name

    yield from sorted(walk(str(package), "")) if package.is_dir() else ()


def target_folders(targets: list[dict]):
    """A function from path to the reason why a target keeps it out, "" for none."""
    reasons: dict[str, str] = {
        "test": FileReason.TEST_TARGET,
        "bench": FileReason.BENCH_TARGET,
        "example": FileReason.EXAMPLE_TARGET,
        "custom-build": FileReason.BUILD_SCRIPT,
    }
    own = {t["path"] for t in targets if not reasons.keys() & set(t["kind"])}
    roots: dict[str, str] = {}
    folders: dict[str, str] = {}
    for target in targets:
        for kind, reason in reasons.items():
            if kind in target["kind"] and target["path"] not in own:
                roots[target["path"]] = reason
                top = target["path"].split("/")[0]
                if top in ("tests", "benches", "examples") and "/" in target["path"]:
                    folders[top] = reason
    folders = {
        "tests": FileReason.TEST_TARGET,
        "benches": FileReason.BENCH_TARGET,
        "examples": FileReason.EXAMPLE_TARGET,
    } | folders

    def why(path: str) -> str:
        return roots.get(path) or ("" if path in own else folders.get(path.split("/")[0], ""))

    return why


def text_reason(source: bytes, limits: dict) -> tuple[str, str]:
    """Why a file's text is not wanted, and the figure that says so; ("", "") if it is."""
    if not source.strip():
        return FileReason.EMPTY, ""
    try:
        source.decode()
    except UnicodeDecodeError as error:
        return FileReason.NOT_UTF8, f"byte {error.start}"
    lines = source.split(b"\n")
    longest = max(lines, key=len)
    # Bytes are an upper bound for characters: decode only where the bound says that it may matter.
    if len(longest) > limits["max_line"] and len(longest.decode()) > limits["max_line"]:
        return FileReason.LINE_TOO_LONG, f"{len(longest.decode())} characters"
    average = len(source) / len(lines)
    if average > limits["max_average_line"]:
        return FileReason.LINES_TOO_LONG, f"{average:.0f} characters on average"
    share = 1 - len(source.translate(None, LETTERS)) / len(source)
    if share < limits["min_alphabetic"]:
        return FileReason.NOT_ALPHABETIC, f"{share:.2f} letters and blanks"
    if b"generated" in source[:2000].lower() and (found := GENERATED.search(source, 0, 2000)):
        return FileReason.GENERATED, found[0].decode(errors="replace")
    return "", ""


def place_in_modules(files: dict[str, SourceFile], targets: list[dict]) -> None:
    """Follow `mod x;` from the library and the binaries; mark what only tests or nothing reaches."""
    roots = [
        t["path"]
        for t in targets
        if {"lib", "bin", "proc-macro", "rlib", "dylib", "cdylib", "staticlib"} & set(t["kind"])
    ]
    reached: dict[str, bool] = {}  # path -> reached as test code only
    queue = [(path, "", False, True) for path in roots]
    while queue:
        path, module, test, is_root = queue.pop()
        file = files.get(path)
        if file is None or reached.get(path, True) is False or (path in reached and test):
            continue
        reached[path] = test
        file.module = module
        if file.root is None:
            continue
        for use in syntax.module_uses(file.root, file.source):
            for child in module_files(path, is_root, use):
                if child in files:
                    name = "::".join(part for part in (module, *use.inside, use.name) if part)
                    queue.append((child, name, test or use.test, False))
                    break
    homes = {str(PurePosixPath(path).parent) for path in roots}
    for path, file in files.items():
        if file.reason:
            continue
        if reached.get(path):
            file.reason = FileReason.TEST_MODULE
        elif path not in reached and not any(under(path, home) for home in homes):
            file.reason = FileReason.NOT_IN_A_TARGET
        # A file below src/ that no `mod` names may hang on a macro: whether it is live, rustc says.


def under(path: str, home: str) -> bool:
    return home == "." or path.startswith(f"{home}/")


def module_files(path: str, is_root: bool, use: syntax.ModuleUse) -> list[str]:
    """Where `mod name;` in `path` may find its file, in the compiler's order."""
    here = PurePosixPath(path)
    owns_folder = is_root or here.name == "mod.rs"
    base = here.parent if owns_folder else here.parent / here.stem
    folder = base.joinpath(*use.inside)
    if use.path:
        start = folder if use.inside else here.parent
        return [normal(start / use.path)]
    return [normal(folder / f"{use.name}.rs"), normal(folder / use.name / "mod.rs")]


def normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
