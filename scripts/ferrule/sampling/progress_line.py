"""A line about every ten seconds: how many samples there are, and how fast tokens come."""

from __future__ import annotations

import sys
import time

EVERY = 10  # seconds


class Pace:
    """`tokens` and `sample` count; both say how far things are when it is time to."""

    def __init__(self, total: int, known: int = 0, every: float = EVERY):
        self.total, self.samples, self.every = total, known, every
        self.count = 0
        self.began = self.told = time.monotonic()
        if known:
            print(f"{known} of {total} samples are there from an earlier run", file=sys.stderr)

    def tokens(self, count: int) -> None:
        self.count += count
        if time.monotonic() - self.told >= self.every:
            self.tell()

    def sample(self) -> None:
        self.samples += 1

    def tell(self) -> None:
        self.told = time.monotonic()
        speed = self.count / max(self.told - self.began, 1e-9)
        print(f"{self.samples} of {self.total} samples, {speed:.0f} tokens/s", file=sys.stderr, flush=True)
