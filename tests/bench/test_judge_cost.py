"""What a verdict costs: many functions in one check against one `cargo check` per function.

    make bench ARGS="tests/bench/test_judge_cost.py"

CPU seconds of the whole process tree (sandbox, cargo, rustc, dependencies), and their ratio, in one run.
"""

import resource
from pathlib import Path

import pytest

from ferrule.compiler.judge import Judge, Replacement
from ferrule.core.schemas import choose

pytestmark = pytest.mark.bench

TEXTS = [
    b' let wrong: u8 = "text";',
    b" nowhere();",
    b" let mut v = [1]; let a = &mut v; let b = &mut v; a[0] = 1; b[0] = 2;",
    b" let s = [Box::new(1)]; let t = s; let u = s; let _ = (t, u);",
    b" let fine = 1; let _ = fine;",
]


def cpu() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def replacement(number: int, function) -> Replacement:
    text = TEXTS[number % len(TEXTS)]
    return Replacement(f"{function.id}", function, function.body + 1, function.body + 1, text)


@pytest.mark.parametrize("spec", ["itertools@0.15.0", "petgraph@0.8.3"])
def test_judge(spec, crate, capsys):
    folder, row, functions = crate(spec)
    source = Path(folder)

    start = cpu()
    with Judge(source, row["package"], row["targets"]) as judge:
        judge.baseline()
        live = judge.liveness(functions)
    liveness = cpu() - start

    chosen = [f for f in functions if f.id in live]
    start = cpu()
    with Judge(source, row["package"], row["targets"]) as judge:
        judge.baseline()
        judge.liveness(functions)
        verdicts = judge.judge([replacement(n, f) for n, f in enumerate(chosen)])
        checks = judge.checks
    judged = cpu() - start
    verdict_of = {v.id: v for v in verdicts}

    numbered = sorted(enumerate(chosen), key=lambda pair: choose(1, pair[1].id))[:100]
    with Judge(source, row["package"], row["targets"]) as judge:
        judge.baseline()
        setup = cpu()
        agree = 0
        for number, function in numbered:
            one = replacement(number, function)
            judge.write({function.file: [(one.start, one.end, one.text)]})
            outcome, _ = judge.check("lib")
            agree += (outcome.status == "ok") == verdict_of[one.id].compiles
        # A session's processes are counted when it ends: the first build is in both figures.
    alone = cpu() - setup

    with capsys.disabled():
        n = len(chosen)
        print(
            f"\n{spec}: {len(functions)} functions, {n} live"
            f"\n  liveness, dependencies included   {liveness:6.2f} CPU s, {1000 * liveness / len(functions):5.2f} ms a function"
            f"\n  liveness and {n} verdicts        {judged:6.2f} CPU s, {1000 * judged / n:5.2f} ms a function, {checks} checks"
            f"\n  one check each, {len(numbered)} functions    {alone:6.2f} CPU s, {1000 * alone / len(numbered):5.0f} ms a function"
            f"\n  ratio {alone / len(numbered) / (judged / n):.0f}, same verdict on {agree} of {len(numbered)}"
        )
    assert agree == len(numbered)
