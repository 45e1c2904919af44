"""Mutants of references: what each operator makes, what it leaves alone, and which ones are chosen."""

import re
from collections import Counter

import pytest

from ferrule.evaluation.problems.problem import Problem
from ferrule.rust.syntax import parse
from ferrule.transforms.mutants.generate import OPERATORS, all_mutants, mutants

PROMPT = (
    "fn helper(n: u32) -> u32 { n + 1 }\n/// Of what is asked.\nfn asked(n: u32, v: &mut Vec<u32>) -> u32 {"
)

# Operator | the rest of `asked`, in which «before|after» marks what changes.
EXAMPLES = """
arithmetic | n «+|-» 2 }
arithmetic | format!("{}", n «*|/» 3).len() as u32 }
boolean | let more = «true|false»; more as u32 }
boundary | if n «<|<=» 3 { 7 } else { 9 } }
character | if c == «'a'|'b'» { 1 } else { 2 } }
character | if c == «'{'|'x'» { 1 } else { 2 } }
comparison | if n «==|!=» 3 { 7 } else { 9 } }
comparison | matches!(v.get(0), Some(x) if *x «>|<=» 3) as u32 }
compound_assignment | let mut a = n; a «+=|-=» 2; a }
compound_assignment | let mut a = n; a «+=|=» 2; a }
decimal | (n as f64 * «0.5|1.5») as u32 }
drop_arm | match n { «1 => 5,|» 2 => 6, _ => 7 } }
drop_guard | match n { x« if x > 3|» => 5, _ => 7 } }
drop_step | v.iter()«.rev()|».copied().next().unwrap_or(n) }
drop_unary | if «!|»ok(n) { 5 } else { 6 } }
drop_unary | («-|»3i32).unsigned_abs() + n }
index | v[«n|n + 1»] }
integer | n + «2|3» }
integer | n + «2|1» }
integer | n + «0xff_u32|0x100u32» }
logic | if ok(n) «&&|» ok(2) { 5 } else { 6 } }
method_swap | v.iter().copied().«min|max»().unwrap_or(n) }
method_swap | n.«saturating_sub|wrapping_sub»(2) }
negate_closure | v.iter().filter(|x| «ok(**x)|!(ok(**x))»).count() as u32 }
negate_condition | if «ok(n)|!(ok(n))» { 5 } else { 6 } }
negate_predicate | if «|!»v.is_empty() { 5 } else { 6 } }
ordering | v.sort_by(|a, b| if a < b { Ordering::«Less|Greater» } else { Ordering::Equal }); n }
range_end | (0«..|..=»n).sum() }
range_end | match n { 1«..=|..»9 => 5, _ => 7 } }
remove_effect | v.iter().for_each(|x| { «seen.push(x)|» }); n }
remove_statement | «v.push(n);|» n }
remove_statement | for x in v { if ok(*x) { «continue;|» } n += 1; } n }
remove_statement | for x in v { if ok(*x) { n += 1; «break;|» } } n }
result | if ok(n) { return «n|0»; } n }
result | if ok(n) { n } else { «n + 7|1» } }
result | inner(n).unwrap_or(0) } fn inner(n: u32) -> Option<u32> { «Some(n)|None» }
result | inner(n).unwrap_or(0) } fn inner(n: u32) -> Option<u32> { if ok(n) { Some(n) } else { «None|Some(0)» } }
result | inner(n).unwrap_or(0) } fn inner(n: u32) -> Result<u32, Vec<u8>> { «Err(vec![])|Ok(0)» }
result | inner(n).len() as u32 } fn inner(n: u32) -> Vec<u32> { «vec![n]|Vec::new()» }
string | label(«"a"|""») }
string | label(«""|"mutant"») }
swap_arguments | f(«a, b|b, a») }
swap_compared | v.sort_by(|a, b| «a.1.cmp(&b.1)|b.1.cmp(&a.1)»); n }
"""
EXAMPLES = [tuple(map(str.strip, line.split("|", 1))) for line in EXAMPLES.strip().splitlines()]
MARK = re.compile("«(.*)»")


def example(text: str) -> tuple[str, str]:
    """(reference, mutant) of a marked text; `||` in a mark is the operator, an empty side is nothing."""
    marked = MARK.search(text)[1]
    before, after = ("&&", "||") if marked == "&&|" else marked.rsplit("|", 1)
    return MARK.sub(lambda _: before, text), MARK.sub(lambda _: after, text)


def problem(reference: str, prompt: str = PROMPT) -> Problem:
    return Problem("set/asked", prompt, "asked", "", reference)


def names(reference: str) -> set[str]:
    return {mutant.operator for mutant in all_mutants(problem(reference))}


@pytest.mark.parametrize(("operator", "text"), EXAMPLES)
def test_every_operator_makes_its_example(operator, text):
    reference, expected = example(text)
    assert not parse((PROMPT + reference).encode()).has_error
    made = [mutant.reference for mutant in all_mutants(problem(reference)) if mutant.operator == operator]
    assert expected.split() in [each.split() for each in made]


def test_every_operator_has_an_example():
    assert {operator for operator, _ in EXAMPLES} == set(OPERATORS)


@pytest.mark.parametrize(
    "reference",
    [
        "n as u32 }",  # a cast
        'unreachable!("at {}", 3) }',  # what a panic says
        "Vec::<u32>::with_capacity(7); v.reserve(10); v }",  # hints
        'v.pop().expect("not empty") }',
        "let pair: [u8; 3] = x; pair.0 }",  # a type, a field
        "flag.store(X, Ordering::SeqCst); flag.load(Ordering::Relaxed) }",
        'println!("{}", 1 + 2); Y }',
    ],
)
def test_what_changes_nothing_is_left_alone(reference):
    found = {m.operator for m in all_mutants(problem(reference))}
    assert found <= {"result", "remove_statement"}, [m.name for m in all_mutants(problem(reference))]


def test_equal_ones_do_not_matter_to_the_largest():
    assert "boundary" not in names("for x in v { if *x > n { n = *x; } } n }")
    assert "boundary" not in names("if n > m { n } else { m } }")
    assert "boundary" in names("for x in v { if *x > n { n = 3; } } n }")


def test_neutral_elements_are_left_alone():
    assert "arithmetic" not in names("n + 0 }")
    assert "arithmetic" not in names("n * 1 }")
    assert "arithmetic" in names("n * 0 }")


def test_statements_whose_absence_is_not_seen_stay():
    for reference in (
        "for x in v { n += X; if ok(*x) { continue; } } n }",  # the next round comes anyway
        "for x in v { if ok(*x) { found = true; break; } } n }",  # the others only say it again
        "drop(v); n }",
        "handle.join().unwrap(); n }",  # now this and now that
        "return n; }",
    ):
        removed = [m for m in all_mutants(problem(reference)) if m.operator == "remove_statement"]
        assert not [m.name for m in removed if "n +=" not in m.name and "found" not in m.name]


def test_only_the_reference_changes():
    for mutant in all_mutants(problem("helper(n) + 2 * n }")):
        assert mutant.change.start >= len(PROMPT)
        assert mutant.reference.endswith("}") and "Of what is asked" not in mutant.reference


def test_nothing_is_made_of_an_impl_before_the_reference():
    prompt = "struct S(u32);\nimpl Iterator for S {"
    made = all_mutants(
        problem(
            "\n type Item = u32;\n fn next(&mut self) -> Option<u32> { self.0 -= 1; Some(self.0) }\n}\n",
            prompt,
        )
    )
    assert {m.operator for m in made} >= {"compound_assignment", "result", "remove_statement", "integer"}
    assert all(not parse((prompt + m.reference).encode()).has_error for m in made)


def test_a_name_says_where_and_what():
    made = {mutant.name: mutant for mutant in all_mutants(problem("\n    let é = n;\n    é - 2\n}\n"))}
    assert made["3:7 arithmetic - -> +"].reference == "\n    let é = n;\n    é + 2\n}\n"
    assert made["3:9 integer 2 -> 3"].line == 3
    assert not any("\t" in name or "\n" in name for name in made)


LONG = (
    "\n".join(f"    v[{i}] = n * {i + 2} + {i}; if v[{i}] < {i} {{ v.push({i}); }}" for i in range(2, 30))
    + "\n n }"
)


def test_what_two_operators_make_is_one_mutant():
    made = all_mutants(problem("inner() as u32 }\nfn inner() -> bool { true }"))
    assert [m.operator for m in made if "false" in m.reference] == ["boolean"]


def test_mutants_are_distinct_and_the_same_every_time():
    made = all_mutants(problem(LONG))
    assert len({tuple(m.reference.split()) for m in made}) == len(made) > 200
    assert len({m.name for m in made}) == len(made)
    assert mutants(problem(LONG)) == mutants(problem(LONG))


def test_the_chosen_are_spread_over_operators_and_lines():
    chosen = mutants(problem(LONG), 40)
    assert len(chosen) == 40
    by_operator = Counter(m.operator for m in chosen)
    assert by_operator.keys() == {m.operator for m in all_mutants(problem(LONG))}
    by_operator.pop("result")  # there is one place for it
    assert max(by_operator.values()) - min(by_operator.values()) <= 1
    assert len({m.line for m in chosen}) == 29
    assert [m.change for m in chosen] == sorted(m.change for m in chosen)


def test_a_problem_without_reference_has_no_mutants():
    assert mutants(problem("")) == mutants(problem(" \n")) == []
