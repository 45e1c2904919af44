"""Run a command twice with a small file system at results/: as a fault leaves it, and when the fault is over.

    python small_disk.py KILOBYTES COMMAND_AS_JSON

The file system is real, and vanishes with this process. It begins with a copy of before/. What it holds after the
first run is copied to harmed/, after the second to repaired/; small_disk.json has how the runs ended.
"""

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

from script_runs import small_disk

REMOUNT = 32


def main() -> None:
    small_disk("results", int(sys.argv[1]))
    copy("before", "results")
    told = [run()]
    copy("results", "harmed")
    if os.statvfs("results").f_flag & os.ST_RDONLY:
        subprocess.run(["umount", "--lazy", "results"], check=True)
    if ctypes.CDLL(None).mount(None, b"results", None, REMOUNT, b"size=1g"):
        sys.exit("the disk cannot be made larger")
    Path("results/filler").unlink(missing_ok=True)
    os.environ.pop("FERRULE_FAULT")
    told.append(run())
    copy("results", "repaired")
    Path("small_disk.json").write_text(json.dumps(told))


def run() -> dict:
    done = subprocess.run(
        json.loads(sys.argv[2]), stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace"
    )
    return {"code": done.returncode, "output": done.stdout + done.stderr}


def copy(source: str, target: str) -> None:
    # With the times of modification, by which Snakemake decides what to run again.
    subprocess.run(["cp", "-a", f"{source}/.", target], check=True)


if __name__ == "__main__":
    main()
