"""Files that were cut off between two runs: named, with what to do; once deleted, they are made again."""

import pytest
from fault_scene import cut

# The file, the rules since which everything is made again, and the part of the file that stays.
CUT_OFF = [
    ("chunks.parquet", "judge", 0.5),
    ("chunks.parquet", "judge", 0.0),
    ("verdicts.parquet", "clippy", 0.5),
    ("broken.parquet", "make_tasks", 0.5),
    ("candidates.parquet", "gather", 0.9),
    ("work/gather.parquet", "merge", 0.5),
    ("work/mix.parquet", "split", 0.99),
    ("dataset/provenance.parquet", "pages", 0.5),
    ("crate.json", "chunk", 0.5),
    ("crate.json", "chunk", 0.0),
    ("figures.json", "judge", 0.5),
    ("judge.json", "clippy", 0.5),
    ("verdict.json", "gather", 0.5),
    ("work/gather.json", "merge", 0.5),
]
ORDINARY = {("work/gather.json", 0.5)}  # the cheapest


@pytest.mark.parametrize(
    ("name", "since", "part"),
    [
        pytest.param(
            *case,
            id=f"{case[0]}-{case[2]}",
            marks=[] if (case[0], case[2]) in ORDINARY else [pytest.mark.slow],
        )
        for case in CUT_OFF
    ],
)
def test_a_file_that_is_cut_off_is_named(scene, name, since, part):
    scene.take_away(since)
    file = scene.file(name)
    cut(file, part)
    broken = scene.run()
    assert broken.returncode == 1, broken.output
    said = f"{file.relative_to(scene.path)}: not "
    assert said in broken.output and "delete the file and run the same command again" in broken.output
    assert "Traceback (most recent" not in broken.output
    assert scene.not_whole() <= {file.relative_to(scene.results).as_posix()}
    file.unlink()
    again = scene.run()
    assert again.returncode == 0, again.output
    assert scene.different() == set()
