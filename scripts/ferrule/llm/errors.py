"""What can go wrong with a server. Every message gives the next step, and none holds the key."""

from __future__ import annotations


class LLMError(RuntimeError):
    """A server cannot be asked or gives no usable answer; asking the same again would not help."""


class Refused(LLMError):
    """The server refused a request for good. `status` is the HTTP status."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class NoAnswer(LLMError):
    """Every try failed in a way that may pass: the server is down, overloaded or too slow."""
