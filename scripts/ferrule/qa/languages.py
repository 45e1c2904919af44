"""The language of a file, by its name, and the grammar that cuts it, where one is installed.

language_of("src/main.rs")                  # "rust"
language_of("Makefile")                     # "make"; "text" for a name that says nothing
grammar("python")                           # a tree-sitter language, None if tree_sitter_python is not installed
"""

from __future__ import annotations

import functools
from importlib import import_module
from importlib.util import find_spec
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language

TEXT = "text"
LANGUAGES = {
    "bash": ".sh .bash .zsh",
    "c": ".c .h",
    "c_sharp": ".cs",
    "clojure": ".clj .cljs",
    "cmake": ".cmake",
    "cpp": ".cc .cpp .cxx .hpp .hh .hxx .cu .cuh",
    "css": ".css .scss .less",
    "dart": ".dart",
    "elixir": ".ex .exs",
    "erlang": ".erl .hrl",
    "fortran": ".f .f90 .f95",
    "go": ".go",
    "haskell": ".hs",
    "html": ".html .htm .xhtml",
    "java": ".java",
    "javascript": ".js .jsx .mjs .cjs",
    "json": ".json .jsonl",
    "julia": ".jl",
    "kotlin": ".kt .kts",
    "lua": ".lua",
    "markdown": ".md .markdown .mdx",
    "nix": ".nix",
    "objc": ".m .mm",
    "ocaml": ".ml .mli",
    "perl": ".pl .pm",
    "php": ".php",
    "protobuf": ".proto",
    "python": ".py .pyi",
    "r": ".r",
    "ruby": ".rb",
    "rust": ".rs",
    "scala": ".scala",
    "sql": ".sql",
    "swift": ".swift",
    "toml": ".toml",
    "typescript": ".ts .tsx .mts",
    "verilog": ".v .sv",
    "xml": ".xml",
    "yaml": ".yaml .yml",
    "zig": ".zig",
}
BY_SUFFIX = {suffix: language for language, suffixes in LANGUAGES.items() for suffix in suffixes.split()}
BY_NAME = {"makefile": "make", "gnumakefile": "make", "dockerfile": "dockerfile", "cmakelists.txt": "cmake"}
# Grammars whose function in the package is not called `language`.
FUNCTIONS = {
    "typescript": "language_typescript",
    "php": "language_php",
    "ocaml": "language_ocaml",
    "xml": "language_xml",
}
# What is text without being code: asked about last.
PROSE = frozenset({"markdown", "text", "json", "yaml", "toml", "xml", "html", "css"})


def language_of(path: str) -> str:
    """The language of a file. A name that says nothing is `text`."""
    pure = PurePosixPath(path)
    return BY_NAME.get(pure.name.lower()) or BY_SUFFIX.get(pure.suffix.lower(), TEXT)


@functools.cache
def grammar(language: str) -> Language | None:
    """The grammar of the package tree_sitter_LANGUAGE, None where it is not installed or does not load."""
    if find_spec(f"tree_sitter_{language}") is None:
        return None
    from tree_sitter import Language  # the Snakefile needs none of it

    try:
        module = import_module(f"tree_sitter_{language}")
        return Language(getattr(module, FUNCTIONS.get(language, "language"))())
    except (AttributeError, ImportError, TypeError, ValueError):
        return None


def installed() -> list[str]:
    """The languages with a grammar, sorted: what pieces depend on besides the files."""
    return sorted(language for language in LANGUAGES if find_spec(f"tree_sitter_{language}") is not None)


LABELS = {
    "c_sharp": "C#",
    "cpp": "C++",
    "objc": "Objective-C",
    "javascript": "JavaScript",
    "typescript": "TypeScript",
}
SHORT = frozenset({"css", "html", "json", "php", "sql", "toml", "xml", "yaml"})


def described(language: str) -> str:
    """What a piece of a file is, in a question: `Rust code`, `YAML file`, `text`."""
    label = LABELS.get(language) or (language.upper() if language in SHORT else language.capitalize())
    if language == TEXT:
        return "text"
    return f"{label} file" if language in PROSE else f"{label} code"


def order(language: str) -> int:
    """Rust first, then other code, then prose and data."""
    return 0 if language == "rust" else 2 if language in PROSE else 1
