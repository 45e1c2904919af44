"""Provide one cargo tool: link the one on PATH if its version is right, otherwise build it.

    python scripts/tools/cargo_tool.py --tool cargo-license --version 0.7.0 \\
        --out results/tools/bin/cargo-license --record results/tools/cargo-license.json

The same version is asked for, since another one may print another JSON. What was taken is recorded:
{tool, version, asked, origin}. Building takes 1 to 8 minutes of processor time, which is why it is done
at opt-level 1 and without LTO; cargo shows crate by crate on stderr. It runs the build scripts of the
tool's dependencies, as any `cargo install` does.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from ferrule.tables import write_json

CHEAP = {
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_LTO": "false",
    "CARGO_PROFILE_RELEASE_DEBUG": "false",
    # cargo draws its bar (crate i of n) only on a terminal unless told to.
    "CARGO_TERM_PROGRESS_WHEN": "always",
    "CARGO_TERM_PROGRESS_WIDTH": "100",
}


def main() -> None:
    arguments = parse_arguments()
    out = Path(arguments.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    root = out.parent.parent / "built" / arguments.tool
    origin, path = "PATH", shutil.which(arguments.tool)
    if path is None or version_of(path) != arguments.version:
        if path:
            print(
                f"{path} is version {version_of(path) or 'unknown'}, not {arguments.version}: building",
                file=sys.stderr,
            )
        origin, path = "built", build(arguments.tool, arguments.version, root)
    version = version_of(path)
    if version != arguments.version:
        sys.exit(
            f"{arguments.tool}: asked for {arguments.version}, got {version or 'no version'} from {path}"
        )
    out.unlink(missing_ok=True)
    # Relative inside results/, so that the folder can be moved; a tool on PATH stays where it is.
    out.symlink_to(os.path.relpath(path, out.parent) if origin == "built" else os.path.realpath(path))
    write_json(
        arguments.record, dict(tool=arguments.tool, version=version, asked=arguments.version, origin=origin)
    )


def version_of(path: str | os.PathLike) -> str:
    """The version that `TOOL SUBCOMMAND --version` or `TOOL --version` prints, or an empty text."""
    for words in ([Path(path).name.removeprefix("cargo-"), "--version"], ["--version"]):
        try:
            done = subprocess.run(
                [path, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and (found := re.search(r"\b\d+\.\d+\.\d+\S*", done.stdout)):
            return found.group()
    return installed(Path(path))


def installed(path: Path) -> str:
    """The version in cargo's own record, for a tool that does not print one (cargo-license)."""
    try:
        record = (path.resolve().parent.parent / ".crates.toml").read_text()
    except OSError:
        return ""
    found = re.search(rf'^"{re.escape(path.name)} (\S+) ', record, re.MULTILINE)
    return found.group(1) if found else ""


def build(tool: str, version: str, root: Path) -> Path:
    command = ["cargo", "install", "--locked", "--force", "--version", version, "--root", str(root), tool]
    environment = os.environ | CHEAP | {"CARGO_TARGET_DIR": str(root / "target")}
    try:
        code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
    except FileNotFoundError:
        sys.exit("cargo is not on PATH; install Rust with rustup, then repeat")
    if code:
        sys.exit(
            f"{tool} {version} could not be built (see above); put one on PATH, or switch it off under `tools`"
        )
    shutil.rmtree(root / "target", ignore_errors=True)  # some hundred megabytes, of no more use
    return root / "bin" / tool


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tool", required=True, help="its name, such as cargo-geiger")
    parser.add_argument("--version", required=True)
    parser.add_argument("--out", required=True, help="the link to make")
    parser.add_argument("--record", required=True, help="what was taken, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
