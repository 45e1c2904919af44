"""The section `sandbox` of the configuration, for scripts that open one."""

from __future__ import annotations

import sys
from typing import Any

from ferrule.sandbox.session import Limits

MODES = ("bubblewrap", "none")


def sandbox_of(config: dict[str, dict[str, Any]]) -> tuple[str, Limits]:
    """(mode, limits) from the section `sandbox`; what it leaves out keeps its default."""
    values = dict(config["sandbox"])
    mode = values.pop("mode", "bubblewrap")
    if mode not in MODES:
        sys.exit(f"--config: sandbox: mode {mode!r}: it is {' or '.join(MODES)}")
    try:
        return mode, Limits(**values)
    except TypeError as error:
        sys.exit(f"--config: sandbox: {error}")
