"""Build the crates that answers and tests may use, once: fetched by cargo, compiled in the sandbox, offline.

    python scripts/problems/build_problem_crates.py --manifest resources/problem_crates/Cargo.toml \\
        --config config/config.yaml --out results/problems/crates

    deps/*.rlib      every crate, dependencies included
    crates.json      {name: {"file": "deps/libregex-1a2b3c.rlib", "version": "1.13.1"}} of those that can be named

A program uses them with `--extern regex=deps/libregex-1a2b3c.rlib -L dependency=deps`, compiled by the same rustc.
Only the download uses the network; versions and checksums are those of Cargo.lock, which need not name the registry.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

import orjson

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import write_json
from ferrule.crates import cargo
from ferrule.crates.cargo import CrateError, MachineError
from ferrule.sandbox.sandbox_arguments import sandbox_of
from ferrule.sandbox.session import Outcome, Session, Unavailable


class BuildFailed(Exception):
    """A crate does not compile here; the text says what the compiler said."""


def main() -> None:
    arguments = parse_arguments()
    os.umask(0o022)  # the sandbox reads these files as another user
    manifest = Path(arguments.manifest)
    mode, limits = sandbox_of(arguments.config)
    with tempfile.TemporaryDirectory(prefix="ferrule-") as temporary:
        source = Path(temporary) / "source"
        shutil.copytree(manifest.parent, source, ignore=shutil.ignore_patterns("target"))
        try:
            fetch(source)
            with Session(source, mode=mode, limits=limits) as session:
                files = build(session, arguments.threads)
                rlibs = take(session, files)
        except (CrateError, MachineError, Unavailable, BuildFailed) as error:
            sys.exit(f"{manifest.parent}: {error}")
        crates = named(source, files)
    out = Path(arguments.out)
    shutil.rmtree(out / "deps", ignore_errors=True)
    (out / "deps").mkdir(parents=True)
    for name, data in rlibs.items():
        (out / "deps" / name).write_bytes(data)
    write_json(out / "crates.json", crates)  # last: it says that all is there


def fetch(source: Path) -> None:
    name_registry(source)
    cargo.cargo("fetch", "--locked", "--quiet", "--target", cargo.toolchain()["host"], folder=source)
    if os.geteuid() == 0:
        cargo.let_all_read(source / "Cargo.lock")


def name_registry(source: Path) -> None:
    """Put into Cargo.lock where its crates come from, as cargo has it in a lock that it makes itself."""
    lock = source / "Cargo.lock"
    text = lock.read_text()
    packages = tomllib.loads(text)["package"]
    if all("source" in package for package in packages if "checksum" in package):
        return
    lock.unlink()
    cargo.cargo("generate-lockfile", "--quiet", folder=source)
    made = tomllib.loads(lock.read_text())["package"]
    registry = next(package["source"] for package in made if "checksum" in package)
    lock.write_text(re.sub(r"(?m)^(?=checksum = )", f'source = "{registry}"\n', text))


def build(session: Session, threads: int) -> dict[str, str]:
    """Compile; the name of each library and its .rlib, by its path inside the sandbox."""
    outcome = session.run(
        [
            "cargo",
            "build",
            "--release",
            "--offline",
            "--locked",
            "--message-format=json-render-diagnostics",
            "--jobs",
            str(threads),
        ]
    )
    if outcome.status != "ok":
        raise BuildFailed(f"{outcome.reason}\n{said(outcome)}")
    files = {}
    for line in outcome.stdout.splitlines():
        message = orjson.loads(line)
        if message["reason"] == "compiler-artifact" and "lib" in message["target"]["kind"]:
            files |= {
                message["target"]["name"].replace("-", "_"): file
                for file in message["filenames"]
                if file.endswith(".rlib")
                and not message["manifest_path"].startswith(str(session.source_inside))
            }
    return files


def said(outcome: Outcome) -> str:
    return outcome.stderr.decode(errors="replace").strip()[-2000:]


def take(session: Session, files: dict[str, str]) -> dict[str, bytes]:
    """The files out of the sandbox, through its stdout: nothing of the host can be written in there."""
    folder = {str(Path(file).parent) for file in files.values()}
    if len(folder) != 1:
        raise BuildFailed(f"cargo wrote libraries into {len(folder)} folders instead of one")
    names = sorted(Path(file).name for file in files.values())
    outcome = session.run(["tar", "-c", "-f", "-", "-C", folder.pop(), "--", *names])
    if outcome.status != "ok":
        raise BuildFailed(f"the libraries cannot be read: {outcome.reason}\n{said(outcome)}")
    with tarfile.open(fileobj=io.BytesIO(outcome.stdout)) as archive:
        taken = {member.name: archive.extractfile(member).read() for member in archive if member.isreg()}
    if sorted(taken) != names:
        raise BuildFailed("the sandbox gave other files than were asked for")
    return taken


def named(source: Path, files: dict[str, str]) -> dict[str, dict[str, str]]:
    """The crates that the manifest names, each with its file and its version."""
    dependencies = tomllib.loads((source / "Cargo.toml").read_text())["dependencies"]
    return {
        name.replace("-", "_"): dict(
            file=f"deps/{Path(files[name.replace('-', '_')]).name}", version=requirement.removeprefix("=")
        )
        for name, requirement in sorted(dependencies.items())
    }


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--manifest", required=True, help="Cargo.toml with exact versions, Cargo.lock beside it"
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="how many crates to compile at once"
    )
    parser.add_argument("--out", required=True, metavar="FOLDER")
    add_config(parser, "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
