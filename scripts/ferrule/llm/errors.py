"""Errors of a server. Every message gives the next step, and none contains the key."""

from __future__ import annotations


class LLMError(RuntimeError):
    """A server cannot be asked, or it gives no usable answer."""


class Refused(LLMError):
    """The server refused a request; another try would not help. `status` is the HTTP status."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class NoAnswer(LLMError):
    """Every try failed for a reason that may be temporary: the server is down, overloaded or too slow.

    `reached` is False if the last try could not connect, or if the connection broke.
    """

    def __init__(self, message: str, reached: bool = True):
        super().__init__(message)
        self.reached = reached
