"""Provide one cargo tool: link the one on PATH if its version is right, otherwise build it.

    python scripts/tools/install_tool.py --tool cargo-license --version 0.7.0 \\
        --out results/tools/bin/cargo-license --record results/tools/cargo-license.json

The same version is asked for, since another one may print another JSON. What was taken is recorded:
{tool, version, asked, origin}. Building takes 1 to 8 minutes of processor time, which is why it is done
at opt-level 1 and without LTO; a line on stderr every 15 seconds says how far it is. It runs the build
scripts of the tool's dependencies, as any `cargo install` does.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json

CHEAP = {
    "CARGO_PROFILE_RELEASE_OPT_LEVEL": "1",
    "CARGO_PROFILE_RELEASE_LTO": "false",
    "CARGO_PROFILE_RELEASE_DEBUG": "false",
    # cargo draws its bar (crate i of n) only on a terminal unless told to. Here it is read, not shown.
    "CARGO_TERM_PROGRESS_WHEN": "always",
    "CARGO_TERM_PROGRESS_WIDTH": "100",
    "CARGO_TERM_COLOR": "never",
}
EVERY = 15  # seconds between two lines of progress
BAR = re.compile(r"\s*(?:(?:Building|Fetch) \[[=> ]*\] (?=\d)|(?=Downloading \d))(.*\S)")
ROUTINE = re.compile(r"\s*(?:Compiling|Downloaded|Updating|Blocking) ")


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
        origin, path = "built", build(arguments.tool, arguments.version, root, arguments.jobs)
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


def build(tool: str, version: str, root: Path, jobs: int | None) -> Path:
    name = f"{tool} {version}"
    command = ["cargo", "install", "--locked", "--force", "--version", version, "--root", str(root), tool]
    command += ["--jobs", str(jobs)] if jobs else []
    environment = os.environ | CHEAP | {"CARGO_TARGET_DIR": str(root / "target")}
    print(f"{name}: building, which takes minutes", file=sys.stderr, flush=True)
    began, before = time.monotonic(), processor_seconds()
    try:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except FileNotFoundError:
        sys.exit("cargo is not on PATH; install Rust with rustup, then repeat")
    stage = ["starting"]
    reader = threading.Thread(target=follow, args=(process.stderr, stage), daemon=True)
    reader.start()
    while True:
        try:
            code = process.wait(EVERY)
            break
        except subprocess.TimeoutExpired:
            print(f"{name}: {time.monotonic() - began:.0f} s, {stage[0]}", file=sys.stderr, flush=True)
    reader.join(5)
    if code:
        sys.exit(f"{name} could not be built (see above); put one on PATH, or switch it off under `tools`")
    seconds = f"{time.monotonic() - began:.0f} s, {processor_seconds() - before:.0f} s of processor time"
    print(f"{name}: built in {seconds}", file=sys.stderr)
    shutil.rmtree(root / "target", ignore_errors=True)  # some hundred megabytes, of no more use
    return root / "bin" / tool


def processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def follow(stderr, stage: list[str]) -> None:
    """Pass on what cargo prints, except its progress bar and its lines per crate; `stage` is its current step."""
    rest = b""
    while chunk := stderr.read1(65536):
        *lines, rest = re.split(rb"[\r\n]", rest + chunk)
        for line in (line.decode(errors="replace").rstrip() for line in lines):
            if bar := BAR.match(line):
                stage[0] = bar[1]
            elif line and not ROUTINE.match(line):
                print(line, file=sys.stderr, flush=True)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--tool", required=True, help="its name, such as cargo-geiger")
    parser.add_argument("--version", required=True)
    parser.add_argument("--jobs", type=int, metavar="N", help="how many crates to compile at once")
    add_files(parser, out="the link to make", record="what was taken, JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
