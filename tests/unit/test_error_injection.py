"""Which faults may share a check, what is judged again, and who is to blame for an error elsewhere."""

from dataclasses import replace

from ferrule.compiler.judge import Diagnostic, Function, Replacement
from ferrule.transforms.error_injection import Fault, causes, judge_faults, next_round, words_of


def fault(name, file="a.rs", start=0, words=(), phase="bodies", resolves=True):
    function = Function(f"{file}:{name}", file, start, start + 50, start + 10)
    replacement = Replacement(f"{name} {phase}", function, start + 20, start + 21, b"x")
    return Fault(replacement, "op", name, frozenset({name, *words}), phase, resolves)


def names(batch):
    return [f.name for f in batch]


def test_one_mutation_of_a_function_at_a_time():
    waiting = [fault("a"), fault("a"), fault("b", start=100), fault("a")]
    assert names(next_round(waiting)) == ["a", "b"]


def test_functions_inside_each_other_are_not_broken_together():
    outer = fault("outer")
    inner = fault("inner", start=20)
    inner = replace(inner, replacement=replace(inner.replacement, function=Function("i", "a.rs", 20, 40, 25)))
    assert names(next_round([outer, fault("after", start=100), inner])) == ["outer", "after"]
    assert names(next_round([inner, outer])) == ["inner"]


def test_a_changed_signature_shares_no_check_with_those_that_mention_it():
    waiting = [
        fault("a", words=["b"], phase="signature"),
        fault("b", start=100, phase="signature"),
        fault("c", start=200, words=["a"]),
        fault("d", start=300, phase="signature"),
        fault("e", start=400),
    ]
    assert names(next_round(waiting)) == ["a", "d", "e"]
    assert names(next_round([replace(f, phase="bodies") for f in waiting])) == ["a", "b", "c", "d", "e"]


def test_a_method_is_mentioned_where_it_is_called_and_not_where_a_variable_has_its_name():
    words = words_of("fn f(len: usize) { x.push(len); y::take::<u8>(); map(Self::name) }")
    assert {".push", ".take", ".name", "len", "map"} <= words
    assert ".len" not in words


def test_an_unresolved_import_shares_no_check_with_unresolved_names():
    waiting = [
        fault("a", phase="imports"),
        fault("b", start=100, resolves=False),
        fault("c", start=200),
    ]
    assert names(next_round(waiting)) == ["a", "c"]
    assert names(next_round(waiting[1:] + waiting[:1])) == ["b", "c"]


def test_broken_syntax_comes_once_per_file_and_an_open_bracket_once_per_check():
    waiting = [
        fault("a", phase="syntax"),
        fault("b", start=100, phase="syntax"),
        fault("c", file="b.rs", phase="syntax"),
    ]
    assert names(next_round(waiting)) == ["a", "c"]
    assert names(next_round([replace(f, phase="tokens") for f in waiting])) == ["a"]


class Fake:
    """A judge whose compiler sees a fault in `wrong` unless one in `hides` is in the same check."""

    def __init__(self, wrong, hides=()):
        self.wrong, self.hides, self.rounds = wrong, set(hides), []
        self.live_in = defaultdict_of("lib")

    def blame(self, target, batch, *, careful, stop):
        ids = [one.id.split()[0] for one in batch]
        self.rounds.append(ids)
        seen = [one for one in batch if one.id.split()[0] in self.wrong]
        if self.hides & set(ids):
            seen = [one for one in seen if one.id.split()[0] in self.hides]
        return {one.id: [Diagnostic("E0308", "error", ())] for one in seen}, []

    def restore(self):
        pass


class defaultdict_of(dict):
    def __init__(self, value):
        self.value = value

    def __missing__(self, key):
        return self.value


def reasons(judge, faults, seconds=100, rounds=3):
    return {f.fault.name: f.reason for f in judge_faults(judge, faults, seconds, rounds)}


def test_what_another_fault_has_hidden_is_found_in_a_second_check():
    faults = [fault(name, start=100 * n) for n, name in enumerate(["a", "b", "c"])]
    judge = Fake(wrong={"a", "b"}, hides={"a"})
    assert reasons(judge, faults) == {"a": "", "b": "", "c": "no_error"}
    assert judge.rounds == [["a", "b", "c"], ["b", "c"]]


def test_a_few_silent_ones_among_many_get_no_check_for_themselves():
    faults = [fault(f"f{n}", start=100 * n) for n in range(100)]
    judge = Fake(wrong={f"f{n}" for n in range(99)})
    assert reasons(judge, faults)["f99"] == "no_error"
    assert len(judge.rounds) == 1


def test_limits_leave_a_reason():
    faults = [fault("a", phase="syntax"), fault("b", start=100, phase="syntax")]
    assert reasons(Fake({"a", "b"}), faults, rounds=1) == {"a": "", "b": "round_limit"}
    assert set(reasons(Fake({"a"}), faults, seconds=0).values()) == {"time_limit"}


def test_an_error_elsewhere_is_laid_to_whom_it_points_at_then_to_whom_it_names():
    a, b = fault("a", phase="signature"), fault("b", start=100, phase="signature")
    c = fault("c", start=200)
    stray = Diagnostic("E0308", "mismatched types in `b`", (("z.rs", 1, 2),))
    assert causes([a, b, c], stray) == [b]
    assert causes([a, b, c], replace(stray, touches=frozenset([c.replacement.id]))) == [c]
    assert causes([a, b, c], replace(stray, rendered="nothing")) == [a, b]
