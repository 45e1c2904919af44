"""Tasks whose proof is a test of the crate: make it pass, fix what it catches, write it, predict a value, show a use."""

from dataclasses import replace

import pytest

from ferrule.core.schemas import CHUNKS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.rust.doc_examples import as_module, examples, standing_alone
from ferrule.tasks import api_usage, bug_fixing, make_tests_pass, output_prediction, test_writing
from ferrule.tasks.constraints import constraints_met
from ferrule.tasks.context import Crate
from ferrule.tasks.diagnosis import diagnosis
from ferrule.tasks.error_fixing import near
from ferrule.tasks.output_prediction import predictable
from ferrule.tasks.task import Drop, Settings
from ferrule.tasks.test_sources import TestCode, TestSources, enough
from ferrule.tasks.wordings import complete, read_templates

LIBRARY = """/// The larger one of two numbers, or nothing if both are the same.
pub fn larger(a: u8, b: u8) -> Option<u8> {
    match a.cmp(&b) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(b),
        std::cmp::Ordering::Greater => Some(a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u8 = 9;

    fn check(a: u8, b: u8, expected: Option<u8>) {
        assert_eq!(larger(a, b), expected);
        assert_eq!(larger(b, a), expected);
    }

    /// Both ways round.
    #[test]
    fn finds_the_larger() {
        check(1, MOST, Some(MOST));
        check(4, 4, None);
    }

    #[test]
    fn of_literals() {
        assert_eq!(larger(3, 7), Some(7));
    }

    #[test]
    #[should_panic]
    fn fails() {
        check(1, 1, Some(1));
    }
}
"""
INTEGRATION = """use demo::larger;

#[test]
fn larger_of_many() {
    let mut most = 0;
    for n in [3, 1, 2] {
        most = larger(most, n).unwrap_or(most);
    }
    assert_eq!(most, 3);
}
"""
SETTINGS = Settings()


@pytest.fixture
def crate():
    chunks = Chunks("demo@1")
    chunk_file(chunks, "src/lib.rs", LIBRARY.encode(), syntax.parse(LIBRARY.encode()))
    columns = [chunks.columns[name] for name in CHUNKS.names]
    rows = [dict(zip(CHUNKS.names, values, strict=True)) for values in zip(*columns, strict=True)]
    files = {"src/lib.rs": LIBRARY.encode(), "tests/many.rs": INTEGRATION.encode()}
    sources = TestSources(rows, files.__getitem__, [dict(kind=["test"], name="many", path="tests/many.rs")])
    row = next(row for row in rows if row["name"] == "larger")
    row |= dict(
        margin=0, above="", tests=["--lib tests::finds_the_larger"], sources=sources, mutants=mutants(row)
    )
    return row, Crate(rows), sources


def mutants(row: dict) -> list[dict]:
    changes = {
        "4:27 result Some(b) -> None": (
            "Some(b)",
            "None",
            ["--lib tests::finds_the_larger", "--lib tests::of_literals"],
        ),
        "5:30 result Some(a) -> None": ("Some(a)", "None", ["--lib tests::finds_the_larger"]),
        "3:28 result None -> Some(a)": ("None", "Some(a)", []),
    }
    return [
        dict(
            mutant=name,
            operator=name.split()[1],
            text=row["code"].replace(old, new, 1),
            outcome="killed" if tests else "survived",
            tests=tests,
            output="assertion `left == right` failed\n  left: None\n right: Some(9)" if tests else "",
            reason="",
        )
        for name, (old, new, tests) in changes.items()
    ]


def test_a_test_is_found_with_its_helpers_and_imports(crate):
    _, _, sources = crate
    test = sources.find("--lib tests::finds_the_larger")
    assert test.code.startswith("#[test]\nfn finds_the_larger() {\n    check(")
    assert (
        "fn check(" in test.helpers
        and "const MOST: u8 = 9;" in test.helpers
        and test.imports == "use super::*;"
    )
    assert LIBRARY.encode()[test.start : test.end].decode().split() == test.code.split()
    many = sources.find("--test many larger_of_many")
    assert many.imports == "use demo::larger;" and many.file == "tests/many.rs" and not many.inline


@pytest.mark.parametrize(
    "argument", ["--lib tests::fails", "--lib tests::nowhere", "--test other x", "--lib tests::check"]
)
def test_what_cannot_be_shown_is_no_test(crate, argument):
    assert crate[2].find(argument) is None


def test_tests_give_the_function(crate):
    row, of_crate, _ = crate
    draft = make_tests_pass.make(row, of_crate, SETTINGS)
    assert draft.kind == "tests" and draft.tests == ["--lib tests::finds_the_larger"]
    assert draft.gen == row["code"] and "todo!()" in draft.values["code"]
    assert "check(1, MOST, Some(MOST));" in draft.values["tests"] and "fn check(" in draft.values["tests"]
    assert "Ordering::Less => Some(b)" not in draft.values["code"] + draft.values["tests"]


def test_tests_that_look_at_little_are_no_specification(crate):
    row, of_crate, _ = crate
    row["mutants"] = [one | dict(outcome="survived", tests=[]) for one in row["mutants"][:2]] + row[
        "mutants"
    ][:1]
    assert make_tests_pass.make(row, of_crate, SETTINGS) == Drop("weak_tests", "1 of 3 wrong forms")
    row["mutants"] = []
    assert make_tests_pass.make(row, of_crate, SETTINGS).reason == "no_tests"


def test_a_wrong_form_and_the_test_that_notices_it_give_the_function(crate):
    row, of_crate, _ = crate
    (draft, *_) = bug_fixing.make(row, of_crate, SETTINGS)
    assert draft.kind == "behaviour" and draft.gen == row["code"] != draft.before
    assert "left: None" in draft.values["output"] and draft.diagnostic.startswith("assertion")
    assert draft.tests[0] in ("--lib tests::finds_the_larger",)


@pytest.mark.parametrize(
    ("body", "suits"),
    [
        ("let a = larger(1, 2);\n    assert_eq!(a, Some(2));", True),
        ("let a = larger(1, 2);\n    // larger(2, 1);\n    assert_eq!(a, Some(2));", False),
        ("for _ in 0..1024 {\n        assert_eq!(larger(1, 2), Some(2));\n    }", False),
        ('let a = run("larger(1, 2)");\n    assert_eq!(a, Some(2));', False),
    ],
)
def test_which_tests_may_be_asked_for(crate, body, suits):
    code = f"#[test]\nfn larger_one() {{\n    {body}\n}}"
    test = replace(crate[2].find("--lib tests::of_literals"), name="larger_one", code=code, helpers="")
    assert bool(test_writing.suits(test, crate[0], crate[1])) is suits


def test_a_test_of_a_function_with_a_longer_name_is_not_one_of_this(crate):
    row, of_crate, sources = crate
    code = "#[test]\nfn much_larger() {\n    let a = much_larger(1, 2);\n    assert_eq!(a, larger(1, 2));\n}"
    test = replace(sources.find("--lib tests::of_literals"), name="much_larger", code=code, helpers="")
    assert test_writing.suits(test, row, of_crate)
    of_crate.methods["much_larger"] = [row | dict(name="much_larger")]
    assert not test_writing.suits(test, row, of_crate)


def test_a_test_beside_other_code_is_not_one_of_this_function(crate):
    row, of_crate, sources = crate
    test = replace(sources.find("--lib tests::finds_the_larger"), inline=True)
    assert test_writing.suits(test, row, of_crate)
    assert test_writing.suits(replace(test, file="src/largest/tests.rs"), row, of_crate)
    assert not test_writing.suits(replace(test, file="src/smaller.rs"), row, of_crate)
    assert test_writing.suits(replace(test, file="tests/all.rs", inline=False), row, of_crate)


def test_a_function_gives_its_strongest_test(crate):
    row, of_crate, _ = crate
    draft = test_writing.make(row, of_crate, SETTINGS)
    assert draft.kind == "test" and draft.gen.startswith("#[test]\nfn finds_the_larger()")
    assert "fn check(" in draft.values["place"] and "/// The larger one" in draft.values["code"]
    assert LIBRARY.encode()[draft.start : draft.end].decode().split() == draft.gen.split()


def test_a_call_of_literals_gives_its_value(crate):
    row, of_crate, _ = crate
    draft = output_prediction.make(row, of_crate, SETTINGS)
    assert draft.kind == "output" and draft.gen == "Some(7)" and "larger(3, 7)" in draft.values["call"]
    assert draft.before == "assert_eq!(larger(3, 7), Some(7))"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("assert_eq!(f(1, 2), 3);", [("f(1, 2)", "3")]),
        ("assert_eq!(3, f(1, 2));", [("f(1, 2)", "3")]),
        ('assert_eq!(f("a, b").len(), 4, "why");', []),
        ('assert_eq!(f("a, b"), vec!["a", "b"]);', [('f("a, b")', 'vec!["a", "b"]')]),
        ("assert_eq!(f(x), 3);", []),
        ("assert_eq!(g(1), 3);", []),
        ("assert_eq!(f(1), g(3));", []),
        ("assert_eq!(f(7), 7);", []),
    ],
)
def test_which_assertions_can_be_predicted(body, found):
    test = TestCode("--lib t", "t", f"#[test]\nfn t() {{\n    {body}\n}}", "", "", "src/lib.rs", 0, 9, True)
    assert [(call, value) for call, value, _ in predictable(test, "f")] == found


def test_a_long_list_takes_no_time():
    test = TestCode(
        "--lib t", "t", f"fn t() {{ assert_eq!(f(1), [{'1111, ' * 3000}x]); }}", "", "", "l", 0, 9, True
    )
    assert predictable(test, "f") == []


def test_few_short_tests_are_enough():
    tests = [
        TestCode(f"--lib {n}", n, "x" * size, "", "", "l", 0, 9, True)
        for n, size in (("a", 90), ("b", 10), ("c", 30))
    ]
    killed = {"--lib a": {"1", "2", "3"}, "--lib b": {"1"}, "--lib c": {"2", "3"}}
    assert [test.name for test in enough(tests, killed, 3, 4, 500)] == ["a"]
    assert [test.name for test in enough(tests[1:], killed, 2, 4, 500)] == ["c"]
    assert enough(tests, killed, 4, 4, 500) == [] and enough(tests, killed, 3, 4, 50) == []


DOCS = """Adds.

```
# use demo::add;
let sum = add(1, 2);
assert_eq!(sum, 3);
## not hidden
```

```ignore
no();
```

```rust,should_panic
panic!();
```
"""


def test_examples_are_those_that_run():
    (one,) = examples(DOCS)
    assert one.shown == "let sum = add(1, 2);\nassert_eq!(sum, 3);\n# not hidden"
    assert one.whole.startswith("use demo::add;\n")
    assert as_module("m", "fn main() { f(); }").endswith("fn run() { let _ = main(); }\n}\n")
    assert "-> Result<(), Error>" in as_module("m", "f()?;\nOk::<(), Error>(())")


USES = "let sum = add(1, 2);\nassert_eq!(sum, 3);"


@pytest.mark.parametrize(
    ("whole", "alone"),
    [
        (USES, USES),
        (f"use demo::add;\n{USES}", f"use demo::add;\n{USES}"),
        (f"use demo::add;\n\n\n\n{USES}", f"use demo::add;\n\n{USES}"),
        (
            f"fn main() -> Result<(), Error> {{\n{USES}\nOk(())\n}}",
            "fn main() -> Result<(), Error> {\n    let sum = add(1, 2);\n    assert_eq!(sum, 3);\n    Ok(())\n}",
        ),
        (f"struct Known;\n{USES}", ""),  # what it defines nobody can guess
        (
            f"use demo::add;\n{USES}\nOk::<(), Error>(())",
            "",
        ),  # there is no function that it could return from
    ],
)
def test_an_example_has_the_hidden_lines_that_it_needs(whole, alone):
    assert standing_alone(USES, whole) == alone


def test_an_example_with_a_question_mark_needs_a_function():
    shown = "let sum = add(1, 2)?;\nassert_eq!(sum, 3);"
    assert standing_alone(shown, shown) == ""
    assert standing_alone(shown, f"fn main() -> R {{\n{shown}\nOk(())\n}}").startswith(
        "fn main() -> R {\n    let sum"
    )


def test_an_example_is_asked_for_with_what_the_documentation_says(crate):
    row, of_crate, _ = crate
    shown = "use demo::larger;\nassert_eq!(larger(1, 2), Some(2));\nassert_eq!(larger(2, 2), None);"
    row |= dict(examples=[dict(number=0, shown=shown, whole=shown)])
    draft = api_usage.make(row, of_crate, SETTINGS)
    assert draft.kind == "api" and draft.gen == shown and draft.values["crate"] == "demo"
    assert "/// The larger one" in draft.values["code"] and "Some(b)" not in draft.values["code"]
    foreign = f"use approx::assert_relative_eq;\n{shown}"
    row["examples"] = [dict(number=0, shown=foreign, whole=foreign)]
    assert api_usage.make(row, of_crate, SETTINGS) == Drop("no_example"), (
        "it needs a crate that nobody told of"
    )
    row["examples"] = []
    assert api_usage.make(row, of_crate, SETTINGS) == Drop("no_example")


MOVED = """error[E0382]: use of moved value: `a`
 --> src/lib.rs:3:5
  |
2 |     let b = a;
  |             - value moved here
3 |     g(a)
  |       ^ value used here after move
"""


def test_a_diagnosis_is_made_of_facts():
    before, after = "fn f() {\n    let b = a;\n    g(a)\n}", "fn f() {\n    let b = a.clone();\n    g(a)\n}"
    said = diagnosis(MOVED, before, after, "Forgot to clone a value.", 1)
    assert said == (
        "rustc reports use of moved value: `a` (E0382): value used here after move. The mistake: forgot to clone a value."
        " `let b = a;` has to be `let b = a.clone();`."
    )
    assert diagnosis("warning: x", before, after, "Forgot.", 0) == ""
    early = "fn f() {\n    drop(a);\n    let b = a;\n    g(a)\n}"
    late = "fn f() {\n    let b = a;\n    drop(a);\n    g(a)\n}"
    moved = diagnosis(MOVED, early, late, "Dropped a value one statement before its last use.", 1)
    assert moved.endswith(" `let b = a;` has to come before `drop(a);`.")
    assert diagnosis(MOVED, after, after, "Forgot.", 0) == ""


def test_conditions_are_those_that_the_code_meets():
    chain = "fn f(v: &[u8]) -> Option<u8> { v.iter().copied().find(|x| *x > 1) }"
    assert constraints_met(chain) == [
        "Do not allocate.",
        "Do not call `unwrap` or `expect`.",
        "Use iterator methods, not a loop.",
    ]
    assert constraints_met("fn f() -> String { x.unwrap().to_string() }") == []
    assert "Do not call `unwrap` or `expect`." in constraints_met('fn f() -> Option<u8> { g(".unwrap()") }')


def test_large_kinds_have_many_wordings_and_every_placeholder_is_known():
    from pathlib import Path

    templates = read_templates(Path(__file__).parents[2] / "resources/prompts.yaml")
    for task, group in (
        ("code_generation", "any"),
        ("code_generation", "tests"),
        ("error_fixing", "any"),
        ("transformations", "any"),
    ):
        assert len(set(templates[task][group])) >= 40
    assert complete({"before": ["A."], "after": ["B."], "ends": ["C."]}) == [
        "A.\n\n{code}\n\nC.",
        "{code}\n\nB. C.",
    ]
    import re

    known = set(
        "name owner item Item path whole code diagnostic advice twin tests test output call place crate".split()
    )
    found = {
        word
        for groups in templates.values()
        for group in groups.values()
        for text in group
        for word in re.findall(r"\{(\w+)\}", text)
    }
    assert found <= known, found - known


@pytest.mark.parametrize(
    ("asserted", "worth"),
    [
        ("assert_eq!(larger(1, 2), Some(2));", True),
        ("assert!(larger(1, 2).is_err());", False),
        ("assert_eq!(larger(1, 2), Err(3));", False),
        ("assert!(larger(1, 2).is_err());\nassert_eq!(larger(1, 2), Some(2));", True),
        ("larger(1, 2).unwrap();", False),
    ],
)
def test_an_example_shows_more_than_failures(asserted, worth):
    shown = f"use demo::larger;\n\nlet a = 1;\n{asserted}"
    assert api_usage.worth(shown, "larger", "demo@1.0.0") is worth


def test_two_turns_are_about_one_place():
    code = "fn f() {\n    a();\n    b();\n    c();\n}"
    row = dict(code=code, start=100)

    def form(word: str) -> dict:
        return dict(start=100 + code.index(word), end=100 + code.index(word) + len(word))

    assert near(row, form("a()"), form("b()")) and near(row, form("b()"), form("a()"))
    assert not near(row, form("a()"), form("c()"))
