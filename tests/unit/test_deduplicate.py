from dataset_samples import sample, stage, write_pool
from hypothesis import given
from hypothesis import strategies as st

from curation import deduplicate
from ferrule.core.files import read_rows, sha256_file
from ferrule.core.schemas import DROPPED, SAMPLES, choose


def fates(rows, **options):
    """reason and kept id by id."""
    return {
        row["_id"]: fate
        for row, fate in zip(
            rows, deduplicate.duplicates(list(map(deduplicate.Row, rows)), **options), strict=True
        )
    }


def test_copied_code_goes_and_names_the_row_that_stays():
    rows = [
        sample(id="a", prompt="A", gen="fn f() {\n    1\n}", crate="zeta", documented=True),
        sample(id="b", prompt="B", gen="fn f() {\n\n        1  \n    }\n", crate="alpha", documented=False),
        sample(id="c", prompt="C", gen="fn f() {\n    2\n}", crate="beta"),
    ]
    assert fates(rows) == {"a": None, "b": ("same_code", "a"), "c": None}


def test_blanks_inside_a_line_may_be_in_a_string():
    rows = [sample(id="a", prompt="A", gen='f("a b")'), sample(id="b", prompt="B", gen='f("a  b")', start=50)]
    assert set(fates(rows).values()) == {None}


def test_of_equal_documentation_the_longer_prompt_then_the_place_decides():
    same = dict(gen="fn f() {}", documented=True)
    rows = [
        sample(id="a", prompt="short", crate="alpha", **same),
        sample(id="b", prompt="longer, with more context", crate="beta", **same),
        sample(id="c", prompt="Longer, with more context", crate="gamma", **same),
    ]
    assert fates(rows) == {"a": ("same_code", "b"), "b": None, "c": ("same_code", "b")}


def test_variants_of_one_item_all_stay():
    rows = [
        sample(
            id="a",
            prompt="A",
            gen="x",
            prefix="fn f() { ",
            suffix="; y }",
            task="fill_in_middle",
            variant="1",
        ),
        sample(
            id="b",
            prompt="B",
            gen="y",
            prefix="fn f() { x; ",
            suffix=" }",
            task="fill_in_middle",
            variant="2",
        ),
        sample(id="c", prompt="C", gen="fn f() { x; y }", task="error_fixing", variant="mut"),
        sample(id="d", prompt="D", gen="fn f() { x; y }", task="error_fixing", variant="type"),
    ]
    assert set(fates(rows).values()) == {None}


def test_a_copied_item_goes_with_all_its_rows_whatever_their_tasks():
    rows = [
        sample(id="a", prompt="A", gen="fn f() { x }", crate="one", documented=True),
        sample(
            id="b",
            prompt="B",
            gen="x",
            prefix="fn f() { ",
            suffix=" }",
            task="fill_in_middle",
            crate="two",
            documented=False,
        ),
        sample(id="c", prompt="C", gen="Explains f.", task="explanations", crate="two", documented=False),
    ]
    assert fates(rows) == {"a": None, "b": ("same_code", "a"), "c": ("same_code", "a")}


def test_the_same_middle_in_other_surroundings_is_no_copy():
    rows = [
        sample(id="a", prompt="P", gen="x", prefix="fn f() { ", suffix=" }", task="fill_in_middle"),
        sample(id="b", prompt="P", gen="x", prefix="fn g() { ", suffix=" }", task="fill_in_middle", start=50),
    ]
    assert set(fates(rows).values()) == {None}


def test_copied_documentation_and_prompts():
    rows = [
        sample(id="a", prompt="Explain f", gen="Creates it.", task="explanations"),
        sample(id="b", prompt="Explain g", gen="Creates it.\n", task="explanations", start=50),
        sample(id="c", prompt="Write", gen="fn c() {}", start=70),
        sample(id="d", prompt=" Write\n", gen="fn d() {}", start=90),
    ]
    # c and d: the prompt of d is longer by its blanks
    assert fates(rows) == {"a": None, "b": ("same_docs", "a"), "c": ("same_prompt", "d"), "d": None}
    assert fates(rows, prompts=False) == {"a": None, "b": ("same_docs", "a"), "c": None, "d": None}


def test_one_id_twice():
    rows = [sample(id="a", prompt="P", start=0), sample(id="a", prompt="Q", start=0)]
    assert deduplicate.duplicates(list(map(deduplicate.Row, rows))).count(None) == 1


TEXT = st.sampled_from(["fn a() {}", "fn b() {}", " fn a() {}\n", "fn c() {\n  1\n}"])
ROWS = st.lists(
    st.builds(
        lambda prompt, gen, crate, start, task, documented, variant: dict(
            prompt=prompt,
            gen=gen,
            crate=crate,
            start=start,
            task=task,
            documented=documented,
            variant=variant,
        ),
        st.sampled_from(["p", "q", "a longer one"]),
        TEXT,
        st.sampled_from("xyz"),
        st.integers(0, 3),
        st.sampled_from(["code_generation", "explanations", "error_fixing"]),
        st.booleans(),
        st.sampled_from("12"),
    ),
    max_size=14,
    unique_by=lambda row: tuple(row.values()),
)


@given(ROWS, st.integers(0, 100))
def test_what_stays_holds_no_copy_and_every_dropped_row_names_one_that_stays(columns, seed):
    rows = [sample(**row) for row in columns]
    found = fates(rows)
    kept = {row["_id"]: row for row in rows if found[row["_id"]] is None}
    assert all(fate is None or fate[1] in kept for fate in found.values())
    assert bool(kept) == bool(rows)

    code = {}
    for row in kept.values():
        if row["_task_type"] != "explanations":
            item = (row["_source_crate"], row["_start"])
            assert code.setdefault(row["gen"].strip(), item) == item
    assert len({row["prompt"] for row in kept.values()}) == len(kept)

    mixed = sorted(rows, key=lambda row: choose(seed, row["_id"]))
    assert fates(mixed) == found


def test_nothing_is_lost_and_a_second_pass_changes_nothing(tmp_path):
    texts = ["fn a() {}", "fn b() {}", "fn c() {}"]
    rows = [sample(prompt=f"p{n % 7}", gen=texts[n % 3] + str(n % 5), start=n) for n in range(40)]
    pool = write_pool(tmp_path / "pool.parquet", rows)
    counts = stage(deduplicate, tmp_path, pool)
    kept = read_rows(tmp_path / "deduplicate.parquet", SAMPLES)
    dropped = read_rows(tmp_path / "deduplicate.dropped.parquet", DROPPED)
    assert sorted([r["_id"] for r in kept] + [r["id"] for r in dropped]) == sorted(r["_id"] for r in rows)
    assert {r["stage"] for r in dropped} == {"deduplicate"}
    assert counts["in"]["code_generation"] == 40 and counts["out"]["code_generation"] == len(kept)
    again = tmp_path / "again"
    again.mkdir()
    stage(deduplicate, again, tmp_path / "deduplicate.parquet")
    assert sha256_file(again / "deduplicate.parquet") == sha256_file(tmp_path / "deduplicate.parquet")


def test_rows_of_unknown_origin_are_items_of_their_own(tmp_path):
    shards = [
        sample(id=id, prompt=f"P{id}", gen=gen)
        | dict(_source_crate=None, _source_file=None, _start=None, _end=None)
        for id, gen in (("a", "fn f() {}"), ("b", "fn f() {}"), ("c", "fn g() {}"))
    ]
    kept = stage(deduplicate, tmp_path, write_pool(tmp_path / "pool.parquet", shards))
    assert kept["dropped"] == {"same_code": {"code_generation": 1}}
