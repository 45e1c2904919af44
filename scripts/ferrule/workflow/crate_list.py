"""The list of crates: read, checked, and cut down to what the configuration asks for.

Every problem is reported at once, with file and line. What is wrong with the user's own text is an error
here; a crate that the registry does not have is a row later on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ferrule.core.crate_names import NAME, VERSION
from ferrule.core.errors import ConfigError

COLUMNS = ["name", "version", "source"]


@dataclass(frozen=True)
class Crate:
    """One line of the list. `version` is empty for the newest one, `source` for the registry."""

    spec: str
    name: str
    version: str = ""
    source: str = ""


def read_crates(path: str | Path, names: Iterable[str] = (), limit: int | None = None) -> list[Crate]:
    """The crates of the list at `path`, in its order; ConfigError names file and line of all that is wrong.

    `names` (name or name@version) takes only these, in their own order; one that is not on the list
    comes from the registry. `limit` takes the first N.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        raise ConfigError(
            [f"{path}: no such file; crates.list in the configuration names the list of crates"]
        ) from None
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: not UTF-8 text"]) from None

    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        # A comment is a whole line or follows a blank.
        cells = [cell.strip() for cell in re.sub(r"(^|\s)#.*", "", line).rstrip().split("\t")]
        if cells != [""]:
            lines.append((number, cells))

    problems, widest = [], len(COLUMNS)
    if lines and lines[0][1][0].lower() == "name":
        number, header = lines.pop(0)
        # Columns after ours are notes: the lock file has some and can be used as a list.
        widest = max(len(header), widest)
        if [cell.lower() for cell in header[:3]] != COLUMNS[: len(header)]:
            problems.append(f"{path}:{number}: the columns are {', '.join(COLUMNS)}, got {', '.join(header)}")

    crates: list[Crate] = []
    seen: dict[tuple[str, str], int] = {}
    for number, cells in lines:
        crate, wrong = read_line(cells, widest)
        if crate and (twin := seen.setdefault(same(crate), number)) != number:
            wrong = f"{crate.spec} is already on line {twin} (a registry ignores case and takes _ for -)"
        if wrong:
            problems.append(f"{path}:{number}: {wrong}")
        elif crate:
            crates.append(crate)
    if problems:
        raise ConfigError(problems)
    crates = select(crates, list(names))
    if not crates:
        raise ConfigError([f"{path}: no crate in it"])
    return crates[:limit]


def read_line(cells: list[str], widest: int = len(COLUMNS)) -> tuple[Crate | None, str]:
    """The crate of one line, or what is wrong with the line."""
    if len(cells) > widest:
        return (
            None,
            f"{len(cells)} columns, expected at most {widest} ({', '.join(COLUMNS)}, separated by tabs)",
        )
    name, version, source = (cells + ["", ""])[:3]
    if not NAME.fullmatch(name):
        hint = "; columns are separated by tabs" if " " in name else ""
        hint = "; the version goes into the second column" if "@" in name else hint
        return None, f"{name!r} is not a crate name (letters, digits, - and _, a letter first){hint}"
    if version and not VERSION.fullmatch(version):
        return (
            None,
            f"{name}: {version!r} is not an exact version such as 1.2.3 (leave it empty for the newest)",
        )
    if source:
        place = Path(source)
        if not place.exists():
            return None, f"{name}: there is no {source} (a path is taken from where snakemake runs)"
        if place.is_dir() and not (place / "Cargo.toml").is_file():
            return None, f"{name}: the folder {source} has no Cargo.toml"
        if place.is_file() and place.suffix != ".crate":
            return None, f"{name}: {source} is neither a folder nor a .crate file"
    return Crate(f"{name}@{version}" if version else name, name, version, source), ""


def same(crate: Crate) -> tuple[str, str]:
    """The key of which a registry has only one: case, - against _ and build metadata make no difference."""
    return plain(crate.name), crate.version.partition("+")[0]


def plain(name: str) -> str:
    return name.lower().replace("_", "-")


def select(crates: list[Crate], names: list[str]) -> list[Crate]:
    """The crates that `names` asks for: lines of the list, else crates of the registry."""
    if not names:
        return crates
    chosen: dict[tuple[str, str], Crate] = {}
    problems = []
    for text in names:
        found = [crate for crate in crates if plain(text) in (plain(crate.name), plain(crate.spec))]
        if not found:
            name, at, version = text.partition("@")
            crate, wrong = read_line([name, version])
            if at and not version:
                wrong = f"{text!r} has no version after the @"
            if wrong or crate is None:
                problems.append(f"crates.names: {wrong}")
                continue
            found = [crate]
        chosen.update((same(crate), crate) for crate in found)
    if problems:
        raise ConfigError(problems)
    return list(chosen.values())
