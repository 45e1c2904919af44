"""Write base.txt, its additions (test, train, cluster) and others from the .in files: python3 requirements/lock.py

uv resolves for every Python from 3.11 on and every platform at once, in a throwaway environment. What
only Windows needs is left out, and the additions leave out what base.txt has. rewards.txt and nemo-gym.txt are
environments of their own, for Python 3.12 and later. No addresses are written:
pip takes the packages from wherever the user's own configuration says, and the hashes decide.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).parent
OPTIONS = ["--universal", "--generate-hashes", "--no-header", "--no-annotate"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "--quiet", "uv==0.13.8"], check=True)
        base = resolve(python, "base.in")
        constraint = write("base", base)
        for name in ("test", "train", "cluster"):
            more = resolve(python, f"{name}.in", "--constraint", constraint)
            write(name, {package: text for package, text in more.items() if package not in base})
        for name in ("rewards", "nemo-gym"):
            write(name, resolve(python, f"{name}.in", least="3.12"))


def resolve(python: Path, source: str, *options, least: str = "3.11") -> dict[str, str]:
    """Package name to its lines: `name==version ; marker \\` and its hashes."""
    options = (f"--python-version={least}", *OPTIONS, *options)
    command = [python, "-m", "uv", "pip", "compile", "--quiet", *options, source]
    text = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE).stdout
    if "://" in text:
        sys.exit(f"{source}: the resolution holds an address")
    pins = re.findall(r"^(([\w.-]+)==.*(?:\n    .*)*)", text, re.MULTILINE)
    found: dict[str, list[str]] = {}
    for pin, name in pins:
        if "sys_platform == 'win32'" not in pin.partition("\n")[0]:
            found.setdefault(name, []).append(pin)  # one for each range of Pythons
    return {name: "\n".join(pins) for name, pins in found.items()}


def write(name: str, pins: dict[str, str]) -> Path:
    path = HERE / f"{name}.txt"
    lines = [f"# Made by requirements/lock.py from {name}.in; not to be edited.", *pins.values()]
    path.write_text("\n".join(lines) + "\n")
    return path


if __name__ == "__main__":
    main()
