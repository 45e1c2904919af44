"""Writing files and folders whole, what killed writers leave, and errors that are told in one line."""

import errno
import os
import subprocess
import sys

import pyarrow as pa
import pytest

from ferrule.core.errors import UnreadableFile, disk_fault, in_one_line
from ferrule.core.files import atomic, atomic_folder, read_json, read_table, write_json, write_table


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path):
    left = [tmp_path / f".a[1].json.{pid}.tmp" for pid in (7, 8)]
    left[0].write_text("{")
    left[1].mkdir()
    other = tmp_path / ".a1.json.7.tmp"  # of another file: the name is no pattern
    other.write_text("{")
    write_json(tmp_path / "a[1].json", {})
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a1.json.7.tmp", "a[1].json"]


def test_a_folder_takes_the_place_of_another_or_nothing_changes(tmp_path):
    folder = tmp_path / "source"
    with atomic_folder(folder) as new:
        (new / "one").write_text("1")
    with atomic_folder(folder) as new:
        (new / "two").write_text("2")
    assert [path.name for path in folder.iterdir()] == ["two"]
    with pytest.raises(ZeroDivisionError), atomic_folder(folder) as new:
        (new / "three").write_text("3")
        raise ZeroDivisionError
    assert [path.name for path in tmp_path.rglob("*")] == ["source", "two"]


def test_a_file_that_could_not_be_written_leaves_the_old_one(tmp_path):
    file = tmp_path / "a.json"
    write_json(file, {"a": 1})
    with pytest.raises(OSError, match="full"), atomic(file) as new:
        new.write_text("{")
        raise OSError(errno.ENOSPC, "full", str(new))
    assert read_json(file) == {"a": 1} and list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("part", [0.0, 0.4, 0.99])
@pytest.mark.parametrize("kind", ["json", "parquet"])
def test_a_file_that_is_cut_off_is_named_with_what_to_do(tmp_path, kind, part):
    file = tmp_path / f"a.{kind}"
    if kind == "json":
        write_json(file, {"a": list(range(100))})
    else:
        write_table(file, pa.table({"a": list(range(100))}))
    os.truncate(file, int(file.stat().st_size * part) - bool(part))
    with pytest.raises(UnreadableFile) as told:
        (read_json if kind == "json" else read_table)(file)
    assert str(told.value).startswith(f"{file}: not ")
    assert in_one_line(told.value).endswith("; delete the file and run the same command again")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "x", "results/a"), "results/a: the disk is full"),
        (OSError(errno.EROFS, "x", "results/a"), "results/a: the file system is read-only"),
        (PermissionError(errno.EACCES, "x", b"results/a"), "results/a: permission denied"),
        (OSError(errno.ENOSPC, "x"), "the disk is full"),
        (OSError(errno.EIO, "x", "results/a"), None),
        (ValueError("x"), None),
    ],
)
def test_an_error_that_a_person_can_correct_is_one_line(error, words):
    said = in_one_line(error)
    assert said is None if words is None else said.startswith(words)


def test_a_script_prints_that_line_and_no_traceback(tmp_path):
    program = "from ferrule.core.command_line import parser_of\nparser_of('x')\nopen('/dev/full', 'wb', 0).write(b'x')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "Traceback" not in done.stderr and "the disk is full; free some space" in done.stderr


def test_a_disk_that_works_has_no_fault(tmp_path):
    assert disk_fault(tmp_path / "not/there/yet.log") is None
