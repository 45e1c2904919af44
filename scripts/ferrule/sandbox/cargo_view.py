"""What of the user's cargo a sandbox may see: the registry, its mirrors, never a secret."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

LOCK_WAIT = 60  # seconds to wait for a cargo that is downloading, before the index is copied all the same


def cargo_home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo").resolve()


KEPT = {"source": ("replace-with", "registry", "local-registry", "directory"), "registries": ("index",)}


def sanitised_config(home: Path) -> tuple[str, list[Path]]:
    """The mirrors of the user's cargo configuration, without secrets, and the folders they name."""
    file = next((home / name for name in ("config", "config.toml") if (home / name).is_file()), None)
    config = tomllib.loads(file.read_text(encoding="utf-8")) if file else {}
    lines, folders = [], []
    for section, keys in KEPT.items():
        for name, table in config.get(section, {}).items():
            lines.append(f"[{section}.{json.dumps(name)}]")
            for key in keys:
                value = table.get(key)
                if not isinstance(value, str):
                    continue
                if key in ("local-registry", "directory"):  # relative to the folder that holds .cargo
                    folder = (home.parent / value).resolve()
                    folders += [folder] if folder.is_dir() else []
                    value = str(folder)
                elif key != "replace-with":
                    value = re.sub(r"//[^/]*@", "//", value)  # user:password@
                lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
    return "".join(f"{line}\n" for line in lines), folders


def index_entries(lock_file: Path) -> dict[str, bytes]:
    """The index entries of the packages in a Cargo.lock, by their path in `registry/index`.

    cargo rewrites an entry in place whenever it asks for it, under a lock of its home that a cargo in
    the sandbox, with a home of its own, does not see: it could meet half an entry and say that there is
    no such package. So each sandbox gets a copy, made while no cargo of this home downloads.
    """
    index = cargo_home() / "registry" / "index"
    names = (
        {p["name"] for p in tomllib.loads(lock_file.read_text()).get("package", ())}
        if lock_file.exists()
        else ()
    )
    wanted = sorted({"config.json", *(f".cache/{entry(name)}" for name in names)})
    entries: dict[str, bytes] = {}
    with _no_download(cargo_home()):
        for registry in sorted(index.iterdir()) if index.is_dir() else ():
            if (registry / ".git").exists():
                continue  # the old protocol, see `git_indexes`
            for name in wanted:
                with contextlib.suppress(FileNotFoundError):
                    entries[f"{registry.name}/{name}"] = (registry / name).read_bytes()
    return entries


def git_indexes() -> list[Path]:
    """Index folders of registries with the old protocol: cargo reads the repository, and needs all of it."""
    return sorted(folder.parent for folder in (cargo_home() / "registry" / "index").glob("*/.git"))


def entry(name: str) -> str:
    """Where an index keeps a package: `se/rd/serde`, `3/s/syn`, `2/cc`."""
    name = name.lower()
    if len(name) <= 2:
        return f"{len(name)}/{name}"
    return f"3/{name[0]}/{name}" if len(name) == 3 else f"{name[:2]}/{name[2:4]}/{name}"


@contextlib.contextmanager
def _no_download(home: Path) -> Iterator[None]:
    """Hold cargo's own lock on its package cache, shared; cargo holds it alone while it downloads."""
    try:
        lock = os.open(home / ".package-cache", os.O_RDONLY)
    except OSError:
        yield  # no cargo has run here, or its home cannot be read: nothing to wait for
        return
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.02)
            except OSError:
                break  # a file system without locks
        yield
    finally:
        os.close(lock)


def publication_day(name: str, version: str) -> str | None:
    """The day a version was published (ISO 8601), from cargo's copy of the registry's index; None where it has none."""
    index = cargo_home() / "registry" / "index"
    for file in sorted(index.glob(f"*/.cache/{entry(name)}")):
        for part in file.read_bytes().split(b"\0"):
            if part.startswith(b"{"):
                with contextlib.suppress(ValueError):
                    found = json.loads(part)
                    if found.get("vers") == version and found.get("pubtime"):
                        return str(found["pubtime"])[:10]
    return None
