from collections import defaultdict

import pytest
from dataset_samples import run, sample, write_pool
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from dataset import split
from ferrule.core.files import read_json, read_jsonl, read_rows, read_table, sha256_file
from ferrule.core.schemas import SAMPLES
from ferrule.dataset.group_split import choose_val
from ferrule.dataset.repositories import Groups, repository_key


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/owner/name",
        "https://example.org/Owner/Name.git",
        "http://www.example.org/owner/name/",
        "git@example.org:owner/name.git",
        "ssh://git@example.org/owner/name",
        "git://example.org/owner/name.git/",
        "git+https://example.org/owner/name?branch=main",
        "https://example.org/owner/name/tree/main/crates/a",
        "https://example.org/owner/name/-/tree/main/a",
        "https://user@example.org/owner/name/blob/main/a.rs#L1",
        " https://example.org/owner/name ",
        "ssh://git@example.org:22/owner/name.git",
    ],
)
def test_one_repository_has_one_key(address):
    assert repository_key(address) == "example.org/owner/name"


def test_other_repositories_have_other_keys():
    assert repository_key("https://example.org/owner/name2") != repository_key(
        "https://example.org/owner/name"
    )
    assert repository_key(None) == repository_key("") == ""
    assert (
        repository_key("https://example.org/tree/owner") == "example.org"
    )  # nobody's project is called tree


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3), max_size=12), st.randoms())
def test_groups_do_not_depend_on_the_order(joins, random):
    first, second = Groups(), Groups()
    for names in joins:
        first.join(names)
    random.shuffle(joins)
    for names in joins:
        second.join(names)
    assert all(first.find(name) == second.find(name) <= name for name in "abcdefgh")
    assert all(len({first.find(name) for name in names}) == 1 for names in joins)


SIZES = st.dictionaries(
    st.text("abcdefghij", min_size=1, max_size=3), st.integers(1, 40), min_size=2, max_size=10
)


@given(SIZES, st.sampled_from([0.05, 0.1, 0.25, 0.5, 0.9]), st.integers(0, 5))
def test_val_is_as_near_to_the_ratio_as_whole_groups_allow(sizes, ratio, seed):
    val, _ = choose_val(sizes, ratio, seed)
    assert set() < val < set(sizes)
    total, sums = sum(sizes.values()), {0}
    for size in sizes.values():
        sums |= {s + size for s in sums}
    target = round(ratio * total)
    best = min(abs(s - target) for s in sums - {0, total})
    assert abs(sum(sizes[group] for group in val) - target) == best
    assert choose_val(dict(reversed(sizes.items())), ratio, seed)[0] == val


def test_another_seed_gives_another_split():
    sizes = {f"crate {n}": 10 for n in range(50)}
    choices = {tuple(sorted(choose_val(sizes, 0.1, seed)[0])) for seed in range(5)}
    assert len(choices) == 5


def test_one_group_is_all_train_and_says_so():
    assert choose_val({"a": 10}, 0.1, 0) == (set(), "one group of crates only: all of it is train")
    assert choose_val({"a": 1, "b": 2}, 0.0, 0) == (set(), "")
    assert choose_val({}, 0.1, 0) == (set(), "")


def test_many_groups_are_quick_and_exact():
    sizes = {f"crate {n}": 1 + n * n % 997 for n in range(5000)}
    val, note = choose_val(sizes, 0.1, 0)
    assert sum(sizes[group] for group in val) == round(sum(sizes.values()) / 10) and not note


def pool_of(path):
    """Twelve crates: two of one repository, two versions of one crate, one without a repository."""
    rows = []
    for n in range(12):
        repository = "https://example.org/o/Shared.git" if n in (2, 7) else f"https://example.org/o/r{n}"
        for k in range(3 + n):
            rows.append(
                sample(
                    crate="twin" if n in (4, 9) else f"crate{n}",
                    version=f"1.{n}.0",
                    start=k,
                    repository=None if n == 5 else repository,
                    prompt=f"p {n} {k}",
                    gen=f"fn f{k}() {{ é }}",
                    task=("code_generation", "explanations")[k % 2],
                )
            )
    return write_pool(path, rows), rows


def do_split(folder, pool, *arguments):
    run(split, "--pool", pool, "--folder", folder, "--funnel", folder / "split.json", *arguments)
    return read_rows(folder / "provenance.parquet", SAMPLES)


def test_no_group_is_on_both_sides(tmp_path):
    pool, rows = pool_of(tmp_path / "pool.parquet")
    for seed in range(8):
        out = do_split(tmp_path / str(seed), pool, *config(dataset={"seed": seed, "val_ratio": 0.3}))
        sides = defaultdict(set)
        for row in out:
            sides[row["_source_crate"]].add(row["split"])
            sides[repository_key(row["_repository"]) or row["_id"]].add(row["split"])
        assert all(len(found) == 1 for found in sides.values())
        assert sorted(row["_id"] for row in out) == sorted(row["_id"] for row in rows)
        counts = read_json(tmp_path / str(seed) / "split.json")
        assert counts["groups"]["train"] + counts["groups"]["val"] == 10
        assert counts["val_ratio"]["got"] == pytest.approx(0.3, abs=0.01)


def test_the_formats(tmp_path):
    pool, _ = pool_of(tmp_path / "pool.parquet")
    out = do_split(tmp_path / "out", pool)
    by_side = {side: [row for row in out if row["split"] == side] for side in ("train", "val")}
    assert out == by_side["train"] + by_side["val"]
    for side, rows in by_side.items():
        expected = [{name: row[name] for name in ("prompt", "gen", "split", "messages")} for row in rows]
        assert list(read_jsonl(tmp_path / f"out/{side}.jsonl")) == expected
        table = read_table(tmp_path / f"out/{side}.parquet")
        assert table.to_pylist() == expected
        assert [f"{field.name}: {field.type}" for field in table.schema] == [
            "prompt: string",
            "gen: string",
            "split: string",
            "messages: list<element: struct<role: string, content: string>>",
        ]
    first = (tmp_path / "out/train.jsonl").read_bytes().split(b"\n")[0]
    assert first.startswith(b'{"prompt":"p ') and first.endswith(
        '{ é }","split":"train","messages":null}'.encode()
    )


def test_a_trainer_that_reads_in_order_sees_a_mix(tmp_path):
    pool, _ = pool_of(tmp_path / "pool.parquet")
    rows = [row for row in do_split(tmp_path / "out", pool) if row["split"] == "train"]
    assert len({row["_source_crate"] for row in rows[:20]}) > 4


def test_order_of_the_rows_does_not_matter(tmp_path):
    pool, rows = pool_of(tmp_path / "pool.parquet")
    turned = write_pool(tmp_path / "turned.parquet", rows[::-1])
    do_split(tmp_path / "a", pool)
    do_split(tmp_path / "b", turned)
    for name in (
        "train.jsonl",
        "val.jsonl",
        "train.parquet",
        "val.parquet",
        "provenance.parquet",
        "split.json",
    ):
        assert sha256_file(tmp_path / "a" / name) == sha256_file(tmp_path / "b" / name)


def test_an_empty_pool_gives_empty_files(tmp_path):
    assert do_split(tmp_path / "out", write_pool(tmp_path / "pool.parquet", [])) == []
    assert (tmp_path / "out/train.jsonl").read_bytes() == b""


def test_a_leak_would_stop_the_run():
    with pytest.raises(SystemExit, match="in train and in val"):
        split.check(["g", "g"], ["train", "val"])
