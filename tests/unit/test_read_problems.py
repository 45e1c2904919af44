"""Problem sets: every format in, one type out, and each fault told by file, line and problem."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from steps import config, run_here

from ferrule.core.errors import ConfigError
from ferrule.evaluation.problems.errata import read_errata
from ferrule.evaluation.problems.formats import read_set
from ferrule.evaluation.problems.problem import read_problems

ROOT = Path(__file__).parents[2]
PROMPT = "// Twice n.\nfn double(n: i32) -> i32 {"
TESTS = "#[cfg(test)]\nmod tests {\n    use super::*;\n\n    #[test]\n    fn test_double() {\n        assert_eq!(double(2), 4);\n    }\n}\n"
HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": PROMPT,
    "canonical_solution": "\n    n * 2\n}\n",
    "test": TESTS,
    "entry_point": "double",
}
PACK = HUMANEVAL | {
    "task_id": "Rust/0",
    "prompt": "fn main(){}\n\nuse rand::Rng;\nuse std::cmp::max;\n\n/*\n Twice n.\n*/\nfn double(n: i32) -> i32 {\n",
    "declaration": "\nuse rand::Rng;\nuse std::cmp::max;\n\nfn double(n: i32) -> i32 {\n",
    "buggy_solution": "    n * 3\n}\n",
    "test_setup": "use std::collections::HashMap;",
    "entry_point": "double_it",
    "instruction": "Write a Rust function.",
}
MULTIPLE = {
    "name": "HumanEval_0_double",
    "language": "rs",
    "prompt": "/// Twice n.\nfn double(n: isize) -> isize {\n",
    "doctests": "transform",
    "tests": "}\n\nfn main() {\n    let candidate = double;\n    assert_eq!(candidate(2), 4);\n}\n",
    "stop_tokens": ["\n}"],
}
OWN = """\
//! difficulty: 2
//! edition: 2024
use std::collections::HashMap;

/// How often each letter is there.
fn letters(text: &str) -> HashMap<char, usize> {
    let mut found = HashMap::new();
    text.chars().for_each(|c| *found.entry(c).or_default() += 1);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(letters("aab")[&'a'], 2);
    }
}
"""


def lines(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def said(path: Path, format="auto", **options) -> list[str]:
    """What the reader says is wrong, without the folder."""
    with pytest.raises(ConfigError) as raised:
        read_set(path, format, **options)
    return [line.replace(f"{path.parent}/", "") for line in raised.value.problems]


def errata_file(path: Path, *entries: str, head="sha256: abc\n") -> Path:
    path.write_text(head + "errata:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return path


# --- formats ---------------------------------------------------------------------------------------


def test_humaneval(tmp_path):
    (problem,) = read_set(lines(tmp_path / "a.jsonl", HUMANEVAL))
    assert (problem.id, problem.entry, problem.kind, problem.edition) == (
        "HumanEval/0",
        "double",
        "function",
        "2021",
    )
    assert problem.prompt == PROMPT  # what a model is prompted with stays as it is
    assert problem.reference == "\n    n * 2\n}\n"
    assert problem.tests.startswith("    use super::*;") and "mod tests" not in problem.tests
    assert problem.tests.count("#[test]") == 1 and problem.tests.endswith("}\n")
    assert (problem.names, problem.crates, problem.errata) == ((), (), ())


def test_humaneval_with_category_and_edition(tmp_path):
    row = HUMANEVAL | {"category": "codegen", "edition": "2024", "typechecked": True}
    (problem,) = read_set(lines(tmp_path / "a.jsonl", row))
    assert (problem.category, problem.edition) == ("codegen", "2024")


def test_gzip_and_parquet_give_the_same(tmp_path):
    plain = read_set(lines(tmp_path / "a.jsonl", HUMANEVAL, HUMANEVAL | {"task_id": "HumanEval/1"}))
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress((tmp_path / "a.jsonl").read_bytes()))
    rows = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert [problem.id for problem in plain] == ["HumanEval/0", "HumanEval/1"]
    assert read_set(tmp_path / "a.jsonl.gz") == plain == read_set(tmp_path / "a.parquet")


def test_humanevalpack(tmp_path):
    (problem,) = read_set(lines(tmp_path / "a.jsonl", PACK))
    assert problem.entry == "double"  # `entry_point` has the Python name
    assert problem.crates == ("rand",)
    assert problem.instruction == "Write a Rust function."
    assert problem.tests.startswith("use std::collections::HashMap;\n")


def test_humanevalpack_with_docs_alone_as_prompt(tmp_path):
    (problem,) = read_set(lines(tmp_path / "a.jsonl", PACK | {"prompt": "\n/* Twice n. */\n"}))
    assert problem.prompt == "\n/* Twice n. */\n" + PACK["declaration"]


def test_humanevalpack_to_fix(tmp_path):
    (problem,) = read_set(lines(tmp_path / "a.jsonl", PACK), task="fix")
    assert problem.instruction == "Fix the bug in `double`.\n\nfn double(n: i32) -> i32 {\n    n * 3\n}"
    assert problem.reference == PACK["canonical_solution"]


def test_multiple(tmp_path):
    (problem,) = read_set(lines(tmp_path / "a.jsonl", MULTIPLE))
    assert (problem.id, problem.entry, problem.reference) == ("HumanEval_0_double", "double", "")
    assert problem.tests.startswith(
        "use super::*;\n\n#[test]\nfn test_double() {\n    let candidate = double;"
    )
    assert "fn main" not in problem.tests
    assert problem.stop == ("\n}",)


def test_names_are_what_tests_need_of_the_reference(tmp_path):
    row = HUMANEVAL | {
        "prompt": "struct Before;\n" + PROMPT,
        "canonical_solution": "\n    n * 2\n}\nstruct After;\nstruct Unused;\nimpl After { fn new() {} }\n",
        "test": TESTS.replace("assert_eq!(", "let _ = (Before, After);\n        assert_eq!("),
    }
    (problem,) = read_set(lines(tmp_path / "a.jsonl", row))
    assert problem.names == ("After",)


# --- what is wrong ---------------------------------------------------------------------------------

FAULTS = {
    "missing field": ({"prompt": None}, "there is no field 'prompt'"),
    "no text": ({"test": ["a"]}, "field 'test' is not text"),
    "empty prompt": ({"prompt": " \n"}, "the prompt is empty"),
    "no brace": (
        {"prompt": "fn double(n: i32) -> i32"},
        "the prompt does not end in the `{` of its entry item",
    ),
    "no item": (
        {"prompt": PROMPT + "\n    if n > 1 {"},
        "the prompt, closed with a brace, is not Rust from its line 1 on",
    ),
    "no function": ({"prompt": "mod double {"}, "the prompt does not end in a function or an impl block"),
    "other entry": ({"entry_point": "twice"}, "the entry is `twice`, but the prompt ends in `double`"),
    "no tests": ({"test": "\n"}, "it has no tests"),
    "no test function": ({"test": TESTS.replace("#[test]", "")}, "there is no #[test] function in its tests"),
    "tests of another": ({"test": TESTS.replace("double(2)", "twice(2)")}, "its tests never use `double`, "),
    "cut off": ({"test": TESTS[:-20]}, "the tests are not Rust from their line "),
    "unclosed reference": (
        {"canonical_solution": "\n    n * 2\n"},
        "the reference does not complete the prompt: ",
    ),
    "edition": ({"edition": "2019"}, "there is no edition '2019'"),
}


@pytest.mark.parametrize("change, expected", FAULTS.values(), ids=FAULTS)
def test_fault(tmp_path, change, expected):
    good = HUMANEVAL | {"task_id": "HumanEval/1"}
    (fault,) = said(lines(tmp_path / "a.jsonl", good, HUMANEVAL | change))
    assert fault.startswith(f"a.jsonl:2: HumanEval/0: {expected}")


def test_all_faults_are_told_at_once(tmp_path):
    without_id = {key: value for key, value in HUMANEVAL.items() if key != "task_id"}
    path = lines(
        tmp_path / "a.jsonl", HUMANEVAL, HUMANEVAL, without_id, HUMANEVAL | {"task_id": "x", "test": ""}
    )
    assert said(path) == [
        "a.jsonl:2: HumanEval/0: this id is taken by " + f"{path}:1".replace(f"{path.parent}/", ""),
        "a.jsonl:3: there is no field 'task_id'",
        "a.jsonl:4: x: it has no tests",
    ]


def test_files_that_are_no_problem_set(tmp_path):
    assert said(tmp_path / "none.jsonl") == ["none.jsonl: there is no such file or folder"]
    assert said(lines(tmp_path / "empty.jsonl")) == ["empty.jsonl: no problem in it"]
    (fault,) = said(lines(tmp_path / "a.jsonl", {"question": "?"}))
    assert fault.startswith("a.jsonl:1: no known format has these fields (question)")
    assert said(lines(tmp_path / "b.jsonl", MULTIPLE | {"language": "py"})) == [
        "b.jsonl:1: HumanEval_0_double: its language is 'py', not rs"
    ]
    assert said(tmp_path / "a.jsonl", "own") == ["a.jsonl: format own is a folder of <category>/<name>.rs"]
    (tmp_path / "c.jsonl").write_text("{")
    assert said(tmp_path / "c.jsonl")[0].startswith("c.jsonl:1: not a JSON line")


# --- our own ---------------------------------------------------------------------------------------


def own(folder: Path, text: str = OWN, name="iterators/letters.rs") -> Path:
    path = folder / "problems" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return folder / "problems"


def test_own(tmp_path):
    (problem,) = read_set(own(tmp_path), "own")
    assert problem.id == "iterators/letters" and problem.category == "iterators"
    assert (problem.difficulty, problem.edition, problem.entry) == (2, "2024", "letters")
    assert problem.prompt.startswith("use std::collections::HashMap;\n\n/// How often")
    assert problem.prompt.endswith("-> HashMap<char, usize> {")
    assert problem.reference.startswith("\n    let mut found") and problem.reference.endswith("found\n}\n")
    assert "cfg(test)" not in problem.reference and "fn counts" in problem.tests


def test_own_with_a_marked_impl_and_items_behind_it(tmp_path):
    text = OWN.replace(
        "/// How often each letter is there.\nfn letters",
        "struct Up(u8);\n\n// entry\n/// Counts.\nimpl  Iterator\n    for Up {\n    type Item = u8;\n"
        "    fn next(&mut self) -> Option<u8> { helper() }\n}\n\nfn helper() -> Option<u8> { None }\n\nfn letters",
    )
    (problem,) = read_set(own(tmp_path, text), "own")
    assert (problem.kind, problem.entry) == ("impl", "impl Iterator for Up")
    assert problem.prompt.endswith("struct Up(u8);\n\n/// Counts.\nimpl  Iterator\n    for Up {")
    assert "fn helper" in problem.reference
    assert problem.names == ("letters",)  # the tests use it, the context does not have it


OWN_FAULTS = {
    "no difficulty": (
        OWN.replace("//! difficulty: 2\n", ""),
        "its first line is not `//! difficulty: 1`, 2 or 3",
    ),
    "unknown key": ("//! author: me\n" + OWN, "its header has `author`; known are difficulty and edition"),
    "no tests": (OWN[: OWN.index("#[cfg")], "it does not end in one `#[cfg(test)] mod tests { ... }`"),
    "behind the tests": (OWN + "fn more() {}\n", "it does not end in one `#[cfg(test)] mod tests { ... }`"),
    "not Rust": (OWN.replace("found\n}", "found\n"), "not Rust in line "),
    "two entries": (
        OWN.replace("use std", "// entry\nuse std").replace("/// How", "// entry\n/// How"),
        "it has more than one line `// entry`",
    ),
    "no function": (
        OWN.replace("use std", "// entry\nuse std"),
        "its entry is not a function or an impl block",
    ),
}


@pytest.mark.parametrize("text, expected", OWN_FAULTS.values(), ids=OWN_FAULTS)
def test_fault_of_our_own(tmp_path, text, expected):
    (fault,) = said(own(tmp_path, text), "own")
    assert fault.startswith("problems/iterators/letters.rs: iterators/letters: " + expected)


def test_files_of_our_own_have_a_category(tmp_path):
    own(tmp_path)
    assert said(own(tmp_path, name="Loose.rs"), "own") == [
        "problems/Loose.rs: it is not <category>/<name>.rs in lower case"
    ]


# --- errata ----------------------------------------------------------------------------------------


def test_errata_mend(tmp_path):
    path = errata_file(
        tmp_path / "errata.yaml",
        'ids: [HumanEval/0, HumanEval/1], why: "the `use` lines\n    are gone", if: "n * 2", use: ["std::cmp::max"], crates: [regex]',
        'ids: [HumanEval/0], why: too few, tests: {old: "assert_eq!(double(2), 4);", new: "assert_eq!(double(3), 6);"}',
        'ids: [HumanEval/0], why: another, if: "fn double", prompt: "fn twice(n: i32) -> i32 {", entry: twice,'
        ' tests: [{old: "double(3)", new: "twice(3)"}], names: [Other]',
    )
    errata = read_errata(path)
    first, second, third = read_set(
        lines(tmp_path / "a.jsonl", *(HUMANEVAL | {"task_id": f"HumanEval/{n}"} for n in range(3))),
        errata=errata,
    )
    assert first.prompt == "fn twice(n: i32) -> i32 {" and first.entry == "twice"
    assert "assert_eq!(twice(3), 6);" in first.tests and "double(2)" not in first.tests
    assert first.names == ("Other",)
    assert first.errata == (
        "use, crates: the `use` lines are gone",
        "tests: too few",
        "entry, prompt, tests, names: another",
    )
    assert second.prompt == "use std::cmp::max;\n" + PROMPT and second.crates == ("regex",)
    assert third.prompt == PROMPT and third.errata == ()


def test_errata_exclude_what_cannot_even_be_read(tmp_path):
    cut = HUMANEVAL | {"task_id": "HumanEval/9", "test": TESTS[:60] + " BEGIN_TESTS"}
    path = lines(tmp_path / "a.jsonl", HUMANEVAL, cut)
    entry = "ids: [HumanEval/9], why: cut off, if: BEGIN_TESTS, exclude: true"
    errata = read_errata(errata_file(tmp_path / "errata.yaml", entry))
    assert [problem.id for problem in read_set(path, errata=errata)] == ["HumanEval/0"]
    assert errata.excluded == {"HumanEval/9": "cut off"}
    lines(path, HUMANEVAL, HUMANEVAL | {"task_id": "HumanEval/9"})  # mended by its authors meanwhile
    (fault,) = said(path, errata=read_errata(tmp_path / "errata.yaml"))
    assert fault.startswith("a.jsonl:2: HumanEval/9: its erratum does not find 'BEGIN_TESTS'")


CHANGED = {
    "if": (
        'if: "n * 3", use: ["std::cmp::max"]',
        "its erratum does not find 'n * 3': not the file that it was",
    ),
    "old": ('tests: {old: "triple", new: ""}', "its erratum does not find 'triple'"),
    "twice": ('tests: {old: "double", new: ""}', "its erratum finds 'double' 2 times"),
    "unknown crate": ("crates: [serde]", "there is no crate `serde` in resources/problem_crates"),
}


@pytest.mark.parametrize("entry, expected", CHANGED.values(), ids=CHANGED)
def test_errata_of_another_file(tmp_path, entry, expected):
    errata = errata_file(tmp_path / "errata.yaml", f"ids: [HumanEval/0], why: because, {entry}")
    (fault,) = said(lines(tmp_path / "a.jsonl", HUMANEVAL), errata=read_errata(errata))
    assert fault.startswith(f"a.jsonl:1: HumanEval/0: {expected}")


def test_errata_of_a_problem_that_is_not_there(tmp_path):
    errata = read_errata(errata_file(tmp_path / "errata.yaml", "ids: [HumanEval/7], why: because, entry: x"))
    assert said(lines(tmp_path / "a.jsonl", HUMANEVAL), errata=errata) == [
        "errata.yaml: there is no problem HumanEval/7 in a.jsonl"
    ]


def test_faults_of_errata_are_told_at_once(tmp_path):
    path = errata_file(
        tmp_path / "errata.yaml",
        "ids: x, why: a, entry: b",
        "ids: [x], entry: b",
        "ids: [x], why: a",
        "ids: [x], why: a, prompt: whole",
        "ids: [x], why: a, exclude: true",
        "ids: [x], why: a, tests: {old: a}",
        "ids: [x], why: a, use: max",
        "ids: [x], why: a, entry: b, when: now",
    )
    with pytest.raises(ConfigError) as raised:
        read_errata(path)
    assert [line.split(": ", 1)[1] for line in raised.value.problems] == [
        "erratum 1: `ids` is not a list of problem ids",
        "erratum 2: it has no `why`",
        "erratum 3: it corrects nothing",
        "erratum 4: it excludes or replaces a whole text, so it needs an `if`",
        "erratum 5: it excludes or replaces a whole text, so it needs an `if`",
        "erratum 6: `tests` is neither text nor {old, new}",
        "erratum 7: `use` is not a list of texts",
        "erratum 8: unknown key 'when'",
    ]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "resources/errata").glob("*.yaml")), ids=lambda path: path.stem
)
def test_shipped_errata_can_be_read(path):
    errata = read_errata(path)
    assert len(errata.sha256) == 64 and errata.entries


# --- the steps -------------------------------------------------------------------------------------


def test_problems_step(tmp_path):
    file = lines(tmp_path / "a.jsonl", HUMANEVAL, HUMANEVAL | {"task_id": "cut", "test": "{ CUT"})
    errata = errata_file(
        tmp_path / "errata.yaml",
        "ids: [cut], why: cut off, if: CUT, exclude: true",
        "ids: [HumanEval/0], why: spelled, prompt: {old: Twice, new: Double}",
    )
    asked = ["--benchmark", "mine", "--file", file, "--errata", errata]
    mine = {"license": "MIT", "origin": "here"}
    out, source = tmp_path / "problems.jsonl", tmp_path / "source.json"
    asked += ["--out", out, "--source", source]
    done = run_here("read_problems", *asked, *config(benchmarks={"mine": mine}))
    assert done.returncode == 0, done.stderr
    assert "written for a file with another sha256" in done.stdout
    (problem,) = read_problems(out).values()
    assert problem.prompt.startswith("// Double n.")
    told = json.loads(source.read_text())
    assert told["origin"] == "here" and told["license"] == "MIT" and told["problems"] == 1
    assert told["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert told["errata"]["excluded"] == {"cut": "cut off"}
    assert told["errata"]["mended"] == {"HumanEval/0": ["prompt: spelled"]}
    first = out.read_bytes(), source.read_bytes()
    assert run_here("read_problems", *asked, *config(benchmarks={"mine": mine})).returncode == 0
    assert (out.read_bytes(), source.read_bytes()) == first

    done = run_here("read_problems", *asked, *config(benchmarks={"mine": mine | {"sha256": "0" * 64}}))
    assert done.returncode == 1 and "its sha256 is" in done.stderr and "Traceback" not in done.stderr


def test_problems_step_takes_a_folder(tmp_path):
    asked = ["--benchmark", "own", "--file", own(tmp_path)]
    asked += config(benchmarks={"own": {"license": "MIT", "origin": "here"}})
    out, source = tmp_path / "problems.jsonl", tmp_path / "source.json"
    assert run_here("read_problems", *asked, "--out", out, "--source", source).returncode == 0
    before = json.loads(source.read_text())
    own(tmp_path, OWN.replace("'a'], 2", "'b'], 1"))
    assert run_here("read_problems", *asked, "--out", out, "--source", source).returncode == 0
    after = json.loads(source.read_text())
    assert before["sha256"] != after["sha256"] and before["hash"] != after["hash"]
