from dataset_samples import run
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from dataset import cut_pieces


@given(lengths=st.lists(st.integers(0, 40), max_size=30), limit=st.integers(1, 60))
def test_pieces_join_to_the_file_and_keep_the_limit(lengths, limit, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    data = b"".join(b"x" * length + b"\n" for length in lengths)
    (folder / "train.jsonl").write_bytes(data)
    number = cut_pieces.cut(folder / "train.jsonl", folder, limit)
    found = sorted(path for path in folder.iterdir() if path.name != "train.jsonl")
    assert [path.name for path in found] == [f"train-{n:05d}.jsonl" for n in range(number)]
    assert b"".join(path.read_bytes() for path in found) == data
    for path in found:
        piece = path.read_bytes()
        assert piece.endswith(b"\n") and (len(piece) <= limit or piece.count(b"\n") == 1)


def test_pieces_of_an_earlier_run_are_gone(tmp_path):
    (tmp_path / "pieces").mkdir()
    (tmp_path / "pieces/train-00007.jsonl").write_text("old\n")
    (tmp_path / "train.jsonl").write_text('{"a":1}\n' * 300_000)
    (tmp_path / "val.jsonl").write_text("")
    run(
        cut_pieces,
        *config(dataset={"pieces_mb": 1}),
        "--folder",
        tmp_path / "pieces",
        tmp_path / "train.jsonl",
        tmp_path / "val.jsonl",
    )
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "pieces").iterdir()}
    assert sorted(sizes) == ["train-00000.jsonl", "train-00001.jsonl", "train-00002.jsonl"]
    assert max(sizes.values()) <= 1024 * 1024
