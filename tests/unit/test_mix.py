from collections import Counter
from fractions import Fraction

from dataset_samples import sample, stage, write_pool
from hypothesis import given
from hypothesis import strategies as st
from steps import config

from curation import mix
from ferrule.core.files import read_rows, sha256_file
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.dataset import quotas

SHARES = st.dictionaries(st.sampled_from("abcde"), st.integers(1, 100), min_size=1).map(
    lambda parts: {kind: Fraction(part, sum(parts.values())) for kind, part in parts.items()}
)


@given(SHARES, st.integers(0, 3000))
def test_quotas_add_up_and_are_within_one_row_of_the_share(shares, total):
    found = quotas.largest_remainder(shares, total)
    assert sum(found.values()) == total
    assert all(abs(found[kind] - share * total) < 1 for kind, share in shares.items())


@given(SHARES, st.data())
def test_the_largest_total_fits_and_no_larger_one_does(shares, data):
    pool = {kind: data.draw(st.integers(1, 60)) for kind in shares}
    total = quotas.largest_total(pool, shares)

    def fits(size):
        return all(quota <= pool[kind] for kind, quota in quotas.largest_remainder(shares, size).items())

    assert fits(total)
    assert not any(fits(size) for size in range(total + 1, sum(pool.values()) + 2))


def test_without_a_size_an_empty_kind_gives_its_share_to_the_others():
    plan = quotas.plan_mix(dict(a=100, b=50), dict(a=0.6, b=0.2, c=0.2), None)
    assert (plan["total"], plan["limited_by"]) == (133, ["a"])
    assert plan["kinds"]["a"] == dict(share=0.6, pool=100, quota=100, taken=100, deficit=0, limited_by="")
    assert plan["kinds"]["b"]["quota"] == plan["kinds"]["b"]["taken"] == 33
    assert plan["kinds"]["c"] == dict(
        share=0.2, pool=0, quota=0, taken=0, deficit=26, limited_by="its pool of 0 rows"
    )


def test_with_a_size_a_deficit_is_named_and_never_refilled():
    plan = quotas.plan_mix(dict(a=1000, b=5), dict(a=0.7, b=0.2, c=0.1), 100)
    assert {kind: row["taken"] for kind, row in plan["kinds"].items()} == dict(a=70, b=5, c=0)
    assert {kind: row["deficit"] for kind, row in plan["kinds"].items()} == dict(a=0, b=15, c=10)
    assert plan["kinds"]["b"]["limited_by"] == "its pool of 5 rows"
    assert plan["total"] == 75 and plan["limited_by"] == []


def test_a_kind_outside_the_mix_is_not_taken():
    plan = quotas.plan_mix(dict(a=10, z=10), dict(a=1.0), None)
    assert plan["total"] == 10 and plan["kinds"]["z"]["taken"] == 0


def test_an_empty_pool_or_mix():
    assert quotas.plan_mix({}, dict(a=0.5, b=0.5), None)["total"] == 0
    assert quotas.plan_mix(dict(a=3), {}, None)["total"] == 0


def test_ten_percent_is_ten_percent():
    shares = {"a": 0.1, "b": 0.2, "c": 0.7}
    assert quotas.plan_mix(dict.fromkeys("abc", 10**6), shares, 10)["kinds"]["a"]["quota"] == 1


def test_crates_take_turns():
    crates = ["huge"] * 900 + ["small"] * 5 + ["mid"] * 30
    ids = [f"{n:04d}" for n in range(len(crates))]
    taken = quotas.select(["k"] * len(ids), crates, ids, dict(k=60), seed=3)
    count = Counter(crate for crate, take in zip(crates, taken, strict=True) if take)
    assert (
        count["small"] == 5 and count["mid"] in (27, 28) and count["huge"] in (27, 28) and count.total() == 60
    )


@given(st.integers(0, 40), st.permutations(range(30)))
def test_the_choice_depends_on_the_rows_alone(quota, order):
    ids, crates = [f"{n:02d}" for n in range(30)], [f"crate{n % 4}" for n in range(30)]

    def chosen(rows):
        taken = quotas.select(
            ["k"] * 30, [crates[i] for i in rows], [ids[i] for i in rows], dict(k=quota), seed=0
        )
        return {ids[i] for i, take in zip(rows, taken, strict=True) if take}

    assert chosen(range(30)) == chosen(order)
    assert len(chosen(range(30))) == min(quota, 30)


def test_another_seed_takes_other_rows():
    ids = [f"{n:03d}" for n in range(200)]
    first, second = (quotas.select(["k"] * 200, ["c"] * 200, ids, dict(k=50), seed) for seed in (0, 1))
    assert first != second and sum(first) == sum(second) == 50


def test_nothing_is_lost(tmp_path):
    kinds = ["code_generation"] * 30 + ["explanations"] * 20 + ["unknown"] * 3
    rows = [sample(task=kind, crate=f"c{n % 5}", start=n) for n, kind in enumerate(kinds)]
    pool = write_pool(tmp_path / "pool.parquet", rows)
    shares = {"code_generation": 0.5, "explanations": 0.5}
    free = dict(choice=dict(crate_share=1.0, one_line=1.0, twins=None, same_answer=None, siblings=None))
    counts = stage(mix, tmp_path, pool, *config(mix=shares, dataset={"size": None}, **free))
    kept = read_rows(tmp_path / "mix.parquet", SAMPLES)
    dropped = read_rows(tmp_path / "mix.dropped.parquet", DROPPED)
    assert len(kept) == counts["mix"]["total"] == 41  # 20.5 of each: one of the two rounds up
    assert Counter((r["stage"], r["reason"], r["task"]) for r in dropped) == {
        ("mix", "over_quota", "code_generation"): 9,
        ("mix", "not_in_mix", "unknown"): 3,
    }
    assert sorted([r["_id"] for r in kept] + [r["id"] for r in dropped]) == sorted(r["_id"] for r in rows)
    before = sha256_file(tmp_path / "mix.parquet")
    stage(mix, tmp_path, pool, *config(mix=shares, **free))
    assert sha256_file(tmp_path / "mix.parquet") == before


def test_error_codes_take_turns_within_a_crate():
    ids = [f"{i:016x}" for i in range(120)]
    codes = ["E0308"] * 100 + ["E0382"] * 15 + ["E0425"] * 5
    taken = quotas.select(["k"] * 120, ["c"] * 120, ids, dict(k=30), seed=1, facets=codes)
    counts = {code: sum(t for t, c in zip(taken, codes, strict=True) if c == code) for code in set(codes)}
    assert counts == {"E0425": 5, "E0382": 12, "E0308": 13} or counts == {
        "E0425": 5,
        "E0382": 13,
        "E0308": 12,
    }
