"""Which faults may share a check."""

from ferrule.faults import Fault, next_round, phase_of
from ferrule.judge import Function, Replacement


def fault(name, file="a.rs", start=0, words=(), phase="types"):
    function = Function(f"{file}:{name}", file, start, start + 50, start + 10)
    replacement = Replacement(f"{name} {phase}", function, start + 20, start + 21, b"x")
    return Fault(replacement, "op", name, frozenset({name, *words}), phase)


def names(batch):
    return [f.name for f in batch]


def test_one_mutation_of_a_function_at_a_time():
    waiting = [fault("a"), fault("a"), fault("b", start=100), fault("a")]
    assert names(next_round(waiting, "types")) == ["a", "b"]


def test_functions_that_mention_each_other_do_not_change_their_signatures_together():
    waiting = [
        fault("a", words=["b"]),
        fault("b", start=100),
        fault("c", start=200, words=["a"]),
        fault("d", start=300),
    ]
    assert names(next_round(waiting, "signature")) == ["a", "d"]
    assert names(next_round(waiting, "types")) == ["a", "b", "c", "d"]


def test_broken_syntax_comes_once_per_file():
    waiting = [fault("a"), fault("b", start=100), fault("c", file="b.rs")]
    assert names(next_round(waiting, "syntax")) == ["a", "c"]


def test_phases():
    assert phase_of(("E0425",), False, False) == "names"
    assert phase_of(("E0382", "E0308"), False, False) == "borrows"
    assert phase_of(("E0308",), False, False) == "types"
    assert phase_of((), False, False) == "types"
    assert phase_of(("E0425",), True, False) == "signature"
    assert phase_of(("E0425",), True, True) == "syntax"
