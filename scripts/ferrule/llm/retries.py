"""How often a request is tried, and how long to wait in between.

retries = Retries(tries=6, first_wait=1.0)
retries.wait(1, asked=0.0)                      # 1 to 1.25 s before the second try; then 2, 4, 8 and 16 s
retry_after("120", now=time.time())             # 120.0
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from random import random

# At most this share of a wait is added at random: without it, all requests that a server rejected would return together.
JITTER = 0.25


@dataclass(frozen=True)
class Retries:
    """All waits are in seconds."""

    tries: int = 6  # the first one included
    first_wait: float = 1.0  # before the second try; doubled for each further one
    longest_wait: float = 60.0  # limits the doubling and a server's Retry-After; the jitter comes on top

    def wait(self, tried: int, asked: float = 0.0) -> float:
        """Seconds to wait after `tried` tries. The `asked` seconds of a server count up to `longest_wait`."""
        backoff = min(self.first_wait * 2.0 ** (tried - 1), self.longest_wait)
        return max(backoff, min(asked, self.longest_wait)) + JITTER * random() * backoff


def may_pass(status: int) -> bool:
    """Whether a request with this HTTP status may succeed later: timeout, conflict, too many requests, 5xx."""
    return status in (408, 409, 429) or status >= 500


def retry_after(value: str, now: float) -> float:
    """The seconds of a Retry-After header: a number or an HTTP date. 0 for the past and for an invalid value.

    `now` is the time in seconds since 1970.
    """
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
            seconds = date.replace(tzinfo=date.tzinfo or UTC).timestamp() - now
        except (ValueError, OverflowError):
            return 0.0
    return seconds if seconds > 0 else 0.0  # NaN is not above 0 either
