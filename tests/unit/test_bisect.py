"""Who is guilty where the compiler falls over, and what is said of it; the compiler is a stand-in."""

import pytest

from ferrule.compiler.bisect import HALVINGS, LOUD, answers, reason_of
from ferrule.compiler.cargo_check import CompilerFell
from ferrule.compiler.judge import Diagnostic, Function, Replacement


def replacement(number: int) -> Replacement:
    function = Function(f"f{number}", "src/lib.rs", 100 * number, 100 * number + 50, 100 * number + 10)
    return Replacement(f"r{number}", function, function.body + 1, function.body + 1, b" x")


class Falls:
    """A compiler that falls over every batch with a guilty replacement in it."""

    def __init__(self, guilty: dict[str, str]):
        self.guilty, self.checks = guilty, 0

    def check_unchanged(self, target):
        pass

    def blame(self, target, batch, *, careful, stop):
        self.checks += 1
        for one in batch:
            if one.id in self.guilty:
                raise CompilerFell(self.guilty[one.id], "")
        return {one.id: [Diagnostic("E0308", "", ())] for one in batch}, []


def test_the_guilty_stand_alone_and_all_others_have_their_answer():
    judge = Falls({"r3": "crash", "r700": "timeout"})
    given = list(answers(judge, "lib", [replacement(number) for number in range(1000)]))
    fallen = {one.id: answer.reason for answer in given if answer.reason for one in answer.batch}
    assert fallen == {"r3": "compiler_crash", "r700": "compiler_timeout"}
    assert sum(len(answer.blamed) for answer in given) == 998
    assert judge.checks <= HALVINGS + 1


def test_a_batch_with_too_many_guilty_is_given_up():
    judge = Falls({f"r{number}": "crash" for number in range(0, 1000, 2)})
    given = list(answers(judge, "lib", [replacement(number) for number in range(1000)]))
    assert sum(len(answer.batch) for answer in given) == 1000
    assert judge.checks <= HALVINGS + 10  # what is left then is tried once more


@pytest.mark.parametrize(
    ("status", "printed", "replacements", "reason"),
    [
        ("timeout", LOUD, 1, "compiler_timeout"),
        ("timeout", LOUD + 1, 1, "compiler_output"),
        ("timeout", LOUD + 1, 2, "compiler_timeout"),
        ("output", 10, 1, "compiler_output"),
        ("memory", 10 * LOUD, 1, "compiler_memory"),
        ("crash", 10 * LOUD, 1, "compiler_crash"),
    ],
)
def test_the_reason_of_endless_printing_does_not_depend_on_which_limit_ends_it(
    status, printed, replacements, reason
):
    assert reason_of(CompilerFell(status, "", printed), replacements) == reason
