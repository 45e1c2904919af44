"""The address of a server, its API key, and the names of its settings in messages.

endpoint = Endpoint("http://127.0.0.1:8000", key_variable="FERRULE_SERVER_KEY")
endpoint.address                                # http://127.0.0.1:8000/v1
"""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from ferrule.llm.errors import LLMError


class Endpoint:
    """The validated address of an OpenAI-compatible server. /v1 is added to an address without a path.

    `key_variable` names the environment variable that holds the key; the key itself is not stored.
    `address_setting` and `model_setting` are the names of the settings in messages. Raises LLMError for an address
    that cannot be used.
    """

    def __init__(
        self,
        address: str | None,
        *,
        key_variable: str,
        address_setting: str = "the address",
        model_setting: str = "the model",
    ):
        self.key_variable = key_variable
        self.address_setting, self.model_setting = address_setting, model_setting
        address = (address or "").rstrip("/")
        if any(character in address for character in "@?#"):
            # The message omits the address, which may contain a key.
            raise LLMError(
                f"{address_setting} holds a user, a query or a fragment: give the plain address of the server, and"
                f" the key in the environment variable {key_variable}"
            )
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise LLMError(
                f"{address_setting} is {address!r}: give the address of an OpenAI-compatible server, such as"
                " http://127.0.0.1:8000/v1"
            )
        self.address = address if parts.path else f"{address}/v1"
        self.loopback = is_loopback(parts.hostname or "")

    def key(self) -> str:
        """The key, empty if the variable is not set. Raises LLMError for a key that a header cannot hold."""
        key = os.environ.get(self.key_variable, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise LLMError(
                f"the environment variable {self.key_variable} holds a key with characters that no HTTP header may"
                " have: set it again, without line breaks and quotation marks"
            )
        return key


def is_loopback(host: str) -> bool:
    """Whether a host name or IP address is this machine. Does not resolve names."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
