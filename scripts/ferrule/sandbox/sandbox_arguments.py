"""The section `sandbox` of the configuration, for scripts that open one."""

from __future__ import annotations

import sys
from typing import Any

from ferrule.sandbox.session import Limits


def sandbox_of(config: dict[str, dict[str, Any]]) -> tuple[str, Limits]:
    """(mode, limits) from the section `sandbox`; what it leaves out keeps its default."""
    values = dict(config["sandbox"])
    try:
        return values.pop("mode", "bubblewrap"), Limits(**values)
    except TypeError as error:
        sys.exit(f"--config: sandbox: {error}")
