"""The log of asking: everything in a file, what a person wants to see on stderr; earlier logs are rotated.

log = open_log("results/logs/ask.log", keep=5)      # the last run's log is ask.log.1 now, the one before ask.log.2
"""

from __future__ import annotations

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "ferrule.qa"


def open_log(path: str | Path, keep: int) -> logging.Logger:
    """The logger. `keep` is the number of logs, this one included."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    began = path.is_file() and path.stat().st_size > 0
    file = RotatingFileHandler(path, backupCount=max(keep - 1, 0), encoding="utf-8")
    if began:
        file.doRollover()
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    screen = logging.StreamHandler(sys.stderr)
    screen.setLevel(logging.INFO)
    screen.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger(NAME)
    log.setLevel(logging.DEBUG)
    log.handlers, log.propagate = [file, screen], False
    return log
