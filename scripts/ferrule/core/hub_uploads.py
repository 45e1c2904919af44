"""What can go wrong with an upload to a hub, in one line each."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def told_in_one_line(repository: str) -> Iterator[None]:
    """Exits with one line where the hub does not take what the block uploads."""
    from huggingface_hub.errors import HTTPError, LocalTokenNotFoundError

    try:
        yield
    except LocalTokenNotFoundError:
        sys.exit("not logged in to the hub: `hf auth login`, then repeat")
    except (HTTPError, OSError) as error:
        sys.exit(
            f"{repository}: the hub did not take it ({str(error).splitlines()[0]}); nothing is lost here"
        )
