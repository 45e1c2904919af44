"""Waiting while the battery is low (Linux and macOS)."""

from __future__ import annotations

import sys
import time

import psutil

LOOK = 30.0  # seconds between two looks


def low(percent: float | None) -> bool:
    """Whether the machine runs on a battery with less than `percent`. False without a battery, or with null."""
    if percent is None:
        return False
    try:
        battery = psutil.sensors_battery()
    except (AttributeError, OSError):  # a system without this interface
        return False
    return bool(battery) and not battery.power_plugged and battery.percent < percent


def wait(percent: float | None) -> None:
    """Return when the battery is not low; say so once."""
    told = False
    while low(percent):
        if not told:
            print(
                f"the battery is below {percent:g} %: paused until it is charged (qa.pause_below_battery)",
                file=sys.stderr,
                flush=True,
            )
            told = True
        time.sleep(LOOK)
