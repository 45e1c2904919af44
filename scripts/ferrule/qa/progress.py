"""Progress of asking: a line about every ten seconds, with rate and time left; and one at the end of each repository.

120 of 1,000 questions (12 %), 3.1 a minute, 4 h 44 min left; now semver: src/parse.rs (7 of 31 files)
"""

from __future__ import annotations

import logging
import time
from collections import Counter

from ferrule.qa.asking import Conversation

EVERY = 10.0  # seconds

log = logging.getLogger("ferrule.qa")


class Progress:
    def __init__(self, conversations: list[Conversation], every: float = EVERY):
        self.every, self.total = every, len(conversations)
        self.left_in_repository = Counter(each.question["repository"] for each in conversations)
        self.left_in_file = Counter(place_of(each) for each in conversations)
        self.files = Counter(repository for repository, _ in self.left_in_file)
        self.files_done: Counter[str] = Counter()
        self.began = self.told = time.monotonic()
        self.done = self.before = 0
        for conversation in conversations:
            if conversation.done:
                self._count(conversation)
        self.before = self.done
        if self.before:
            log.info("%d of %d questions have their answers already", self.before, self.total)

    def take(self, conversation: Conversation) -> None:
        """Count a conversation that is done, and perhaps print a line."""
        if not conversation.done:
            return
        self._count(conversation)
        repository, path = place_of(conversation)
        log.debug("done: %s", conversation)
        if not self.left_in_repository[repository]:
            log.info("%s: all questions done", repository)
        elif time.monotonic() - self.told >= self.every:
            self.told = time.monotonic()
            files = f"{self.files_done[repository]} of {self.files[repository]} files"
            log.info("%s; now %s: %s (%s)", self.line(), repository, path, files)

    def line(self) -> str:
        share = 100 * self.done // max(self.total, 1)
        text = f"{self.done:,} of {self.total:,} questions ({share} %)"
        new, seconds = self.done - self.before, time.monotonic() - self.began
        if new and seconds > 0:
            rate = new / seconds
            text += f", {60 * rate:.1f} a minute, {duration((self.total - self.done) / rate)} left"
        return text

    def _count(self, conversation: Conversation) -> None:
        self.done += 1
        place = place_of(conversation)
        self.left_in_repository[place[0]] -= 1
        self.left_in_file[place] -= 1
        self.files_done[place[0]] += not self.left_in_file[place]


def place_of(conversation: Conversation) -> tuple[str, str]:
    return conversation.question["repository"], conversation.question["path"]


def duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
