"""A server of our own on this machine: `transformers serve` with a small model, for as long as a block runs.

    with own_server("results/models/smollm2-135m") as address:     # http://127.0.0.1:PORT/v1
        ...

It needs the training packages (`make train`). The answers of a model of this size are poor.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ferrule.core.errors import MissingPackages

START_SECONDS = 300.0
LOOK = 0.2  # seconds between two looks
PR_SET_PDEATHSIG = 1
PARTS = ("torch", "transformers", "fastapi", "uvicorn")


@contextlib.contextmanager
def own_server(model: str | Path, seconds: float = START_SECONDS) -> Iterator[str]:
    """The address of a server that knows the model by its folder's name.

    Raises MissingPackages without the training packages, RuntimeError for a server that does not start.
    """
    if missing := [name for name in PARTS if find_spec(name) is None]:
        raise MissingPackages(
            f"{', '.join(missing)}: not installed, so no server of our own can be started. `make train` installs the"
            " training packages; or set qa.server to the address of a server of yours"
        )
    folder, port = Path(model).absolute(), free_port()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "transformers.cli.transformers", "serve", folder.name]
            + ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            cwd=folder.parent,  # the model's name is the folder's, without a path of this machine
            env=os.environ
            | {
                "HF_HUB_OFFLINE": "1",
                "OMP_NUM_THREADS": str(os.cpu_count() or 1),  # a rule's jobs have one
                "OMP_WAIT_POLICY": "PASSIVE",
                "TOKENIZERS_PARALLELISM": "false",
            },
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  no thread runs yet
        )
        try:
            wait_until_up(process, port, seconds, said)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def end_with_parent() -> None:
    """Called in the new process: a killed run leaves no server behind (Linux; elsewhere nothing happens)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def wait_until_up(process: subprocess.Popen, port: int, seconds: float, said) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(
                f"transformers serve ended with exit code {process.returncode}: {last_words(said)}"
            )
        try:
            with opener.open(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(LOOK)
    raise RuntimeError(f"transformers serve did not start within {seconds:.0f} s: {last_words(said)}")


def last_words(said) -> str:
    said.seek(0, os.SEEK_END)
    said.seek(max(0, said.tell() - 2000))
    return " ".join(said.read().decode(errors="replace").split())[-500:]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
