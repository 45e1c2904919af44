"""Tests in this folder start no compiler and no sandbox: one that does fails, and belongs into tests/toolchain."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from toolchain_guard import Guard

GUARD = pytest.StashKey[Guard]()


def pytest_configure(config: pytest.Config) -> None:
    folder = tempfile.TemporaryDirectory(prefix="ferrule-guard-")
    config.add_cleanup(folder.cleanup)
    config.stash[GUARD] = Guard(Path(folder.name), free=Path(tempfile.gettempdir()))


# Hooks and no fixture: a fixture of the session is set up before any fixture of the test.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    item.config.stash[GUARD].arm()
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    try:
        yield
    finally:
        if started := item.config.stash[GUARD].disarm():
            pytest.fail(f"{item.nodeid} starts {', '.join(sorted(set(started)))}: move it to tests/toolchain")
