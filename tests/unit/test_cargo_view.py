"""The copy of the registry's index that a sandbox gets."""

import fcntl
import os
import threading
import time

from ferrule.sandbox import cargo_view

LOCK = 'version = 4\n[[package]]\nname = "serde"\nversion = "1.0.0"\n[[package]]\nname = "cc"\nversion = "1.0.0"\n'


def prepared(tmp_path, monkeypatch):
    home = tmp_path / "home"
    for name in ("config.json", ".cache/se/rd/serde", ".cache/2/cc", ".cache/3/s/syn"):
        path = home / "registry/index/mirror-1234" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"all of {name}")
    (home / ".package-cache").touch()
    (home / "credentials.toml").write_text("secret")
    (tmp_path / "Cargo.lock").write_text(LOCK)
    monkeypatch.setenv("CARGO_HOME", str(home))
    return home


def test_it_holds_what_the_lock_names_and_nothing_else(tmp_path, monkeypatch):
    prepared(tmp_path, monkeypatch)
    assert cargo_view.index_entries(tmp_path / "Cargo.lock") == {
        "mirror-1234/config.json": b"all of config.json",
        "mirror-1234/.cache/se/rd/serde": b"all of .cache/se/rd/serde",
        "mirror-1234/.cache/2/cc": b"all of .cache/2/cc",
    }


def test_it_waits_for_a_cargo_that_is_downloading(tmp_path, monkeypatch):
    home = prepared(tmp_path, monkeypatch)
    entry = home / "registry/index/mirror-1234/.cache/se/rd/serde"
    lock = os.open(home / ".package-cache", os.O_RDWR)
    fcntl.flock(lock, fcntl.LOCK_EX)
    entry.write_text("")  # as cargo leaves it for a moment

    def finish():
        time.sleep(0.3)
        entry.write_text("whole again")
        fcntl.flock(lock, fcntl.LOCK_UN)

    writer = threading.Thread(target=finish)
    writer.start()
    found = cargo_view.index_entries(tmp_path / "Cargo.lock")
    writer.join()
    os.close(lock)
    assert found["mirror-1234/.cache/se/rd/serde"] == b"whole again"


def test_an_index_of_the_old_protocol_is_given_whole(tmp_path, monkeypatch):
    home = prepared(tmp_path, monkeypatch)
    (home / "registry/index/old-5678/.git").mkdir(parents=True)
    assert cargo_view.git_indexes() == [home / "registry/index/old-5678"]
    assert not any(name.startswith("old-5678") for name in cargo_view.index_entries(tmp_path / "Cargo.lock"))


def test_without_a_lock_file_or_a_registry(tmp_path, monkeypatch):
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "nothing"))
    assert cargo_view.index_entries(tmp_path / "Cargo.lock") == {}
