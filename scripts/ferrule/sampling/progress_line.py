"""A progress line about every ten seconds: the number of samples, and the tokens per second."""

from __future__ import annotations

import sys
import time

EVERY = 10  # seconds


class Pace:
    """Counts new tokens and samples, and prints a line at most every `every` seconds.

    `known` is the number of samples that an earlier run left.
    """

    def __init__(self, total: int, known: int = 0, every: float = EVERY):
        self.total, self.samples, self.every = total, known, every
        self.new_tokens = 0
        self.began = self.last_line = time.monotonic()
        if known:
            print(f"{known} of {total} samples are there from an earlier run", file=sys.stderr)

    def tokens(self, count: int) -> None:
        self.new_tokens += count
        if time.monotonic() - self.last_line >= self.every:
            self.print_line()

    def sample(self) -> None:
        self.samples += 1

    def print_line(self) -> None:
        self.last_line = time.monotonic()
        speed = self.new_tokens / max(self.last_line - self.began, 1e-9)
        print(f"{self.samples} of {self.total} samples, {speed:.0f} tokens/s", file=sys.stderr, flush=True)
