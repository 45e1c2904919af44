from dataset_samples import run, write_crate

from dataset import lock_crates
from ferrule.core.files import read_json, write_json
from ferrule.workflow.crate_list import read_crates


def write_lock(folder, lines):
    (folder / "crates.txt").write_text("".join(line + "\n" for line in lines))
    run(
        lock_crates,
        "--crates-dir",
        folder / "crates",
        "--list",
        folder / "crates.txt",
        "--out",
        folder / "lock.tsv",
    )
    return [line.split("\t") for line in (folder / "lock.tsv").read_text().splitlines()]


def test_the_lock_can_be_given_back_as_the_list(tmp_path):
    write_crate(tmp_path / "crates", "newest", spec="newest", version="2.1.0")
    write_crate(tmp_path / "crates", "pinned", accepted=False)
    write_crate(tmp_path / "crates", "local", version="0.1.0", spec="local")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/Cargo.toml").write_text("")
    rows = write_lock(tmp_path, ["pinned@1.0.0", "newest", f"local\t{tmp_path / 'mine'}"])
    assert rows[0] == lock_crates.COLUMNS and rows[0][:3] == ["name", "version", "source"]
    assert [row[0] for row in rows[1:]] == ["local", "newest", "pinned"]
    assert [row[-2] for row in rows[1:]] == ["yes", "yes", "no"] and rows[3][
        -1
    ] == "edition: 0, the limit is 1; documented: 0, the limit is 1"
    crates = read_crates(tmp_path / "lock.tsv")
    assert [crate.spec for crate in crates] == ["local@0.1.0", "newest@2.1.0", "pinned@1.0.0"]
    assert [crate.source for crate in crates] == [str(tmp_path / "mine"), "", ""]


def test_a_crate_listed_twice_is_one_line(tmp_path):
    write_crate(tmp_path / "crates", "twice", spec="twice")
    write_crate(tmp_path / "crates", "twice")
    assert len(write_lock(tmp_path, ["twice", "twice@1.0.0"])) == 2
    assert len(read_crates(tmp_path / "lock.tsv")) == 1


def test_a_reason_of_many_lines_stays_in_its_cell(tmp_path):
    write_crate(tmp_path / "crates", "broken")
    path = tmp_path / "crates/broken@1.0.0/crate.json"
    reason = "error:\n\tcannot find #1 in\x0b this\u2028file #2"
    write_json(path, read_json(path) | dict(status="failed", reason=reason, license=None))
    rows = write_lock(tmp_path, ["broken@1.0.0"])
    assert len(rows) == 2 and len(rows[1]) == len(lock_crates.COLUMNS)
    assert rows[1][-1] == "error: cannot find no. 1 in this file no. 2"
    assert [crate.spec for crate in read_crates(tmp_path / "lock.tsv")] == ["broken@1.0.0"]
