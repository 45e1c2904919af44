"""A disk that is full, however a library says so."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

LEAST = 2**20  # bytes; a disk with less than this left is full


def is_disk_full(error: BaseException, folder: str | Path) -> bool:
    """Whether this error, or one that led to it, is of a full disk under `folder`.

    safetensors has the system's words in its message; torch's writer says only that it failed, so that the disk
    itself is asked.
    """
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        text = str(seen)
        if re.search(r"No space left|os error (28|122)\b|Disk quota", text):
            return True
        if "PytorchStreamWriter" in text or "unexpected pos" in text:
            return shutil.disk_usage(folder).free < LEAST
        seen = seen.__cause__ or seen.__context__
    return False
