"""Recognising a full disk in the errors of different libraries."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

from ferrule.core.errors import LEAST


def is_disk_full(error: BaseException, folder: str | Path) -> bool:
    """Whether a full disk under `folder` caused this error.

    safetensors repeats the system's message. torch's writer reports only a failure, so then the free space decides.
    """
    link: BaseException | None = error  # of the chain of causes
    while link is not None:
        if isinstance(link, OSError) and link.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        text = str(link)
        if re.search(r"No space left|os error (28|122)\b|Disk quota", text):
            return True
        if "PytorchStreamWriter" in text or "unexpected pos" in text:
            return shutil.disk_usage(folder).free < LEAST
        link = link.__cause__ or link.__context__
    return False
