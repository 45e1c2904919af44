"""A crate's licence files, and whether they agree with its manifest.

    files = read_files(source, package, named)  ->  {"LICENSE-MIT": [Text("MIT", 1.0, "text")], ...}
    compare("MIT OR Apache-2.0", files)         ->  [Finding("licence_text_missing", "note", ...), ...]

What is a conflict: a licence file has a licence that the manifest does not name. Of files that are for other
people's code (third-party files, NOTICE, the folder LICENSES) only licences that ask for more than a notice
are, such as the GPL: the code of others comes with permissive licences all the time. The same holds for a
permissive licence that is only mentioned, where the manifest's own is confirmed by a file.

Not a conflict: a licence of an OR whose text is not there; LGPL-3.0 with the GPL-3.0 that it builds on; the old
and the new licence of Unicode; `-only` and `-or-later`, which have one text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ferrule.crates import spdx
from ferrule.crates.licence_texts import WHOLE, Text, licences_in, names_in

FILE_NAME = re.compile(r"(?:un)?licen[sc]e|copying|copyright|^notices?\b", re.IGNORECASE)
SHIPPED_TEXT = re.compile(
    r"\.(rs|toml|json|ya?ml|py|sh|html?|hbs|tera)$", re.IGNORECASE
)  # license.rs is code
OF_OTHERS = re.compile(r"third.?party|3rd.?party|^notices?\b|vendor|bundled|other|dependenc", re.IGNORECASE)
FOLDERS = ("LICENSES", "LICENSE", "licenses")
MAX_BYTES = 200_000

# Permissive: what they ask of a copy is that their notice stays with it, or nothing.
PERMISSIVE = frozenset(
    "0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause BSD-3-Clause-Clear BSL-1.0 BlueOak-1.0.0 CC-BY-4.0 CC0-1.0"
    " CDLA-Permissive-2.0 ISC MIT MIT-0 NCSA OFL-1.1 OpenSSL Unicode-3.0 Unicode-DFS-2016 Unlicense WTFPL Zlib".split()
)
# The text of the first comes with the second, or took its place.
COMES_WITH = {
    "LGPL-3.0": {"GPL-3.0"},
    "Unicode-3.0": {"Unicode-DFS-2016"},
    "Unicode-DFS-2016": {"Unicode-3.0"},
}


@dataclass(frozen=True)
class Finding:
    id: str  # licence_conflict, licence_file, licence_text_changed, licence_text_missing, licence_unknown, no_licence_file
    level: str  # error for a conflict, note for the rest
    file: str | None
    message: str
    licences: tuple[str, ...] = ()


def paths(source: Path, package: str, named: str | None = None) -> list[Path]:
    """Files of the package's top folder (and the source's) with a licence's name, and the manifest's own."""
    found = {source / package / named} if named else set()
    for folder in {source, source / package}:
        if folder.is_dir():
            found |= {path for path in folder.iterdir() if FILE_NAME.search(path.name)}
        for name in FOLDERS:
            if (folder / name).is_dir():
                found |= set((folder / name).iterdir())
    root = source.resolve()
    kept = {path.resolve() for path in found if path.is_file() and not SHIPPED_TEXT.search(path.name)}
    return sorted(source / path.relative_to(root) for path in kept if path.is_relative_to(root))


def read_files(source: Path, package: str, named: str | None = None) -> dict[str, list[Text]]:
    """Every licence file by its path in the source, and the licences in it; none where it is not known."""
    return {
        path.relative_to(source).as_posix(): licences_in(
            path.read_bytes()[:MAX_BYTES].decode(errors="replace")
        )
        for path in paths(source, package, named)
    }


def compare(expression: str | None, files: dict[str, list[Text]]) -> list[Finding]:
    """The findings about a manifest's expression and the licence files beside it; `files` as `read_files` returns them."""
    found = [
        Finding(
            "licence_file",
            "note",
            file,
            ", ".join(map(describe, texts)),
            tuple(text.licence for text in texts),
        )
        if texts
        else Finding("licence_unknown", "note", file, "no licence that is known here")
        for file, texts in files.items()
    ]
    found += [
        Finding("licence_text_changed", "note", file, f"{text.licence}: cut or changed", (text.licence,))
        for file, texts in files.items()
        for text in texts
        if text.how == "text" and text.score < WHOLE
    ]
    if not files:
        return [Finding("no_licence_file", "note", None, "the crate has no licence file")]
    if not expression or not expression.strip() or not (named := allowed_by(expression)):
        return found
    return found + conflicts(expression, files, named) + missing(expression, files)


def conflicts(expression: str, files: dict[str, list[Text]], named: set[str]) -> list[Finding]:
    confirmed = any(family(text.licence) in named for texts in files.values() for text in texts)
    found = []
    for file, texts in files.items():
        unnamed = [text for text in texts if family(text.licence) not in named]
        # Where the manifest's own licence is confirmed, a mention of a permissive one is about a part.
        others = [
            text.licence
            for text in unnamed
            if text.licence not in PERMISSIVE or not (of_others(file) or (confirmed and text.how == "notice"))
        ]
        if others:
            message = f"the manifest says {expression}, the file has {', '.join(others)}"
            found.append(Finding("licence_conflict", "error", file, message, tuple(others)))
    return found


def missing(expression: str, files: dict[str, list[Text]]) -> list[Finding]:
    """Licences that have to be there and are not: any one of an OR is enough, an AND needs all."""
    there = sorted({text.licence for texts in files.values() for text in texts})
    there += [licence.replace("-only", "-or-later") for licence in there if licence.endswith("-only")]
    if spdx.check(expression, there)[0]:
        return []
    names = [name for name in names_in(expression) if name not in there]
    return [Finding("licence_text_missing", "note", None, f"no text of {', '.join(names)}", tuple(names))]


def allowed_by(expression: str) -> set[str]:
    """The families that an expression names, with what comes with them. Empty where it cannot be read."""
    named = {family(name) for name in names_in(expression)}
    return named | {other for name in named for other in COMES_WITH.get(name, ())}


def family(licence: str) -> str:
    """GPL-3.0 for GPL-3.0-only and GPL-3.0-or-later: the text is the same."""
    return re.sub(r"(-only|-or-later|\+)$", "", licence)


def of_others(file: str) -> bool:
    """Whether a file is for code that came from elsewhere, not for the crate as a whole."""
    path = Path(file)
    return bool(OF_OTHERS.search(path.name)) or path.parent.name in FOLDERS


def describe(text: Text) -> str:
    if text.how == "notice":
        return f"{text.licence} (named, without its text)"
    return text.licence + ("" if text.score >= WHOLE else " (cut or changed)")


def expression_of(files: dict[str, list[Text]]) -> str:
    """What the files say together: all of it, since nothing says that one may choose."""
    if not files or not all(files.values()):
        return ""  # no file, or one that is not known: there may be more to it
    return " AND ".join(sorted({text.licence for texts in files.values() for text in texts}))
