"""A subset of a problem set: the same everywhere, named, and never larger than the set."""

import os
import random
import subprocess

import pytest

from ferrule.evaluation.problems.problem import Problem
from ferrule.evaluation.problems.subset import in_words, sha256_of, subset_of

PROBLEMS = {f"set/{n}": Problem(f"set/{n}", "fn f() {", "f", "") for n in range(12)}


def chosen(n: int | None, seed: int = 0, problems: dict = PROBLEMS) -> list[str]:
    return list(subset_of(problems, {"sample_n": n, "sample_seed": seed})[0])


def test_the_choice_is_this_one_in_every_version():
    """A change here would make every earlier subset incomparable."""
    assert chosen(4) == ["set/2", "set/4", "set/5", "set/6"]
    assert chosen(4, seed=1) != chosen(4)


def test_the_order_of_the_set_does_not_decide_and_is_kept():
    names = list(PROBLEMS)
    random.Random(3).shuffle(names)
    shuffled = {name: PROBLEMS[name] for name in names}
    assert set(chosen(5, problems=shuffled)) == set(chosen(5))
    assert chosen(5, problems=shuffled) == [name for name in names if name in set(chosen(5))]


def test_a_larger_subset_contains_the_smaller_ones():
    for n in range(1, 12):
        assert len(chosen(n)) == n and set(chosen(n)) <= set(chosen(n + 1))


def test_every_problem_has_a_chance():
    seen = {name for seed in range(60) for name in chosen(2, seed)}
    assert seen == set(PROBLEMS)


@pytest.mark.parametrize("settings", [{}, {"sample_n": None, "sample_seed": 3}, {"sample_n": 12}])
def test_the_whole_set_is_not_a_subset(settings):
    assert subset_of(PROBLEMS, settings) == (PROBLEMS, None)


def test_the_sum_is_that_of_the_shell_s_tools():
    """docs/evaluation.md shows the command."""
    taken, subset = subset_of(PROBLEMS, {"sample_n": 5, "sample_seed": 7})
    assert (subset["n"], subset["of"], subset["seed"]) == (5, 12, 7)
    lines = "".join(
        f"{name}\n" for name in [*reversed(taken), *taken]
    )  # as rows of results.jsonl, several each
    done = subprocess.run(
        ["sh", "-c", "sort -u | sha256sum"],
        input=lines,
        capture_output=True,
        text=True,
        env=os.environ | {"LC_ALL": "C"},
        check=True,
    )
    assert done.stdout.split()[0] == subset["sha256"] == sha256_of(taken)
    assert in_words(subset).startswith("5 of 12 problems (sample_seed 7, sha256 ")


@pytest.mark.parametrize(
    "n, said",
    [
        (
            13,
            "evaluate.sample_n: 13 is more than the 12 problems of the set; take at most 12, or null for all",
        ),
        (0, "evaluate.sample_n: 0 problems cannot be measured; take 1 or more, or null for all"),
    ],
)
def test_a_number_that_cannot_be_taken_is_refused_in_one_line(n, said):
    with pytest.raises(ValueError) as caught:
        chosen(n)
    assert str(caught.value) == said
