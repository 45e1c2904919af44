"""Coverage and rewrites on a fixture crate, with the real compiler in the real sandbox."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from one_by_one import OneByOne

from ferrule.compiler.crate_tests import BuiltTests, Result, listed, parse_results
from ferrule.compiler.function_switches import Form, Piece, Switches, body_of
from ferrule.compiler.judge import Function
from ferrule.compiler.test_coverage import Behaviour
from ferrule.core.files import read_json, read_rows, write_json, write_rows
from ferrule.core.schemas import BEHAVIOUR, CHUNKS, COVERAGE, REWRITES, VERDICTS
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax

BASE = Path(__file__).parents[2]
CRATES = Path(__file__).parents[1] / "data" / "crates"
TARGETS = [
    dict(kind=["lib"], name="covered", path="src/lib.rs"),
    dict(kind=["bin"], name="covered", path="src/main.rs"),
    dict(kind=["test"], name="program", path="tests/program.rs"),
    dict(kind=["test"], name="shapes", path="tests/shapes.rs"),
]


def rows_of(folder: Path) -> list[dict]:
    chunks = Chunks("covered@0.1.0")
    for path in sorted(folder.glob("src/*.rs")):
        source = path.read_bytes()
        chunk_file(chunks, path.relative_to(folder).as_posix(), source, syntax.parse(source))
    return [
        dict(zip(CHUNKS.names, values, strict=True)) for values in zip(*chunks.columns.values(), strict=True)
    ]


def functions_of(rows: list[dict]) -> dict[str, Function]:
    return {
        "::".join(filter(None, (row["owner"], row["name"]))): Function(
            row["id"], row["file"], row["start"], row["end"], row["body"]
        )
        for row in rows
        if row["kind"] in ("function", "method") and not row["test"] and row["body"] >= 0
    }


def form(folder: Path, function: Function, name: str, *changes: tuple[str, str]) -> Form:
    text = (folder / function.file).read_bytes()[function.start : function.end].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return Form(function.id, name, function.start, function.end, text)


@pytest.fixture(scope="module")
def crate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("behaviour") / "source"
    shutil.copytree(CRATES / "covered", folder)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=folder, check=True)
    return folder, functions_of(rows_of(folder))


@pytest.fixture(scope="module")
def forms(crate):
    folder, functions = crate
    largest, evens = functions["largest"], functions["evens"]
    branches = "let two = if a > b { a } else { b };\n    if two > c { two } else { c }"
    return {
        "same": form(
            folder,
            largest,
            "same",
            (branches, "let two = match a > b { true => a, false => b };\n    two.max(c)"),
        ),
        "other": form(
            folder,
            largest,
            "other",
            (branches, "if a > b {\n        return a;\n    }\n    b // c is forgotten\n"),
        ),
        "hangs": form(folder, largest, "hangs", (branches, "loop {}")),
        "two_types": form(
            folder, evens, "two_types", ("(0..limit).filter(|n| even(*n))", "(0..limit).step_by(2)")
        ),
        "signature": form(
            folder, evens, "signature", ("evens(limit: u32)", "evens<T: Into<u32>>(limit: u32)")
        ),
        "const": form(folder, functions["even"], "const", ("number % 2 == 0", "number & 1 == 0")),
        "untested": form(folder, functions["untested"], "untested", ("text.len()", "text.bytes().count()")),
        "inner": form(
            folder,
            functions["shout"],
            "inner",
            (
                "return text.split(' ').map(capitals).collect();",
                "let mut all = Vec::new();\n    for word in text.split(' ') {\n        all.push(capitals(word));\n    }\n    all",
            ),
        ),
    }


@pytest.fixture(scope="module")
def findings(crate, forms):
    folder, functions = crate
    with BuiltTests(folder, ".", TARGETS) as build:
        return Behaviour(build, list(functions.values()), list(forms.values()), run_seconds=2).examine()


def test_the_crate_is_examined(findings):
    assert (findings.status, findings.reason) == ("ok", "")
    assert (findings.reach.tests, findings.reach.ignored, findings.reach.set_aside, findings.left_out) == (
        14,
        1,
        {},
        {},
    )


def test_coverage(crate, findings):
    _, functions = crate
    covered = {name: findings.coverage[f.id].arguments for name, f in functions.items()}
    every = [
        "--bin covered tests::greets",
        "--lib tests::only_the_last",
        "--lib tests::takes_the_largest",
        "--test program prints_a_greeting",
    ]
    assert covered["largest"] == every
    assert covered["even"] == ["--lib tests::counts_evens"]  # const, and called at run time too
    assert covered["capitals"] == covered["one"] == covered["nothing"] == ["--lib tests::shouts"]
    # Without `checked` one of its tests panics all the same.
    assert covered["checked"] == ["--lib tests::panics_so"]
    assert covered["Square::larger"] == ["--test shapes compares_in_a_thread"]
    assert covered["Area::double"] == ["--test shapes doubles"]
    assert covered["main"] == ["--test program prints_a_greeting"]
    # Removed, it panics twice and the process dies: each test is asked alone, and one passes.
    assert covered["Guard::drop"] == ["--test shapes asks_a_guard", "--test shapes counts_in_drop"]
    for name in ("untested", "ignored", "twice"):
        assert findings.coverage[functions[name].id].covered is False and not covered[name]


@pytest.mark.slow  # the results are written down in the test above
def test_equal_to_one_at_a_time(crate, findings):
    folder, functions = crate
    names = [
        "largest",
        "shout",
        "checked",
        "Guard::drop",
        "Square::area",
        "Square::unit",
        "untested",
        "greeting",
    ]
    with OneByOne(folder) as slow:
        for name in names:
            found = findings.coverage[functions[name].id]
            assert sorted(found.arguments) == slow.failing(functions[name]), name


def test_rewrites(findings, forms):
    said = {name: findings.outcomes[form] for name, form in forms.items()}
    assert said["same"] == said["const"] == said["inner"] == ("tested", "")
    outcome, reason = said["other"]
    assert outcome == "failed"
    assert reason.split(", ") == [
        "--bin covered tests::greets",
        "--lib tests::only_the_last",
        "--lib tests::takes_the_largest",
        "--test program prints_a_greeting",
    ]
    assert said["hangs"] == ("", "timeout")
    assert said["two_types"] == ("", "no_switch")
    assert said["signature"] == ("", "other_signature")
    assert said["untested"] == ("", "not_covered")


def test_rewrites_switched_to_together_have_the_outcomes_that_they_have_alone(
    crate, forms, findings, monkeypatch
):
    folder, functions = crate
    monkeypatch.setattr(Behaviour, "_suspects", lambda self, group: group)
    with BuiltTests(folder, ".", TARGETS) as build:
        alone = Behaviour(build, list(functions.values()), list(forms.values()), run_seconds=2).examine()
    assert alone.outcomes == findings.outcomes


def test_few_tests_per_function_cover_the_same_functions(crate, findings):
    folder, functions = crate
    with BuiltTests(folder, ".", TARGETS) as build:
        few = Behaviour(build, list(functions.values()), run_seconds=2, tests_per_function=1).examine()
    assert {id: c.covered for id, c in few.coverage.items()} == {
        id: c.covered for id, c in findings.coverage.items()
    }
    # The test that reaches the fewest functions, and every one where that one expects the panic.
    assert few.coverage[functions["largest"].id].arguments == ["--lib tests::only_the_last"]
    for id, covered in few.coverage.items():
        assert set(covered.arguments) <= set(findings.coverage[id].arguments)


def test_tests_that_check_the_project_are_not_built(crate):
    folder, functions = crate
    with BuiltTests(folder, ".", TARGETS, project_tools=["assert_shapes", "covered"]) as build:
        found = Behaviour(build, list(functions.values()), run_seconds=2).examine()
    assert found.left_out == {"--test shapes": "checks the project: it uses covered"}
    assert (found.status, found.coverage[functions["Area::double"].id].covered) == ("ok", False)
    assert found.coverage[functions["largest"].id].covered


def test_an_example_that_is_marked_as_a_test_is_not_built(crate, tmp_path):
    folder, functions = tmp_path / "source", crate[1]
    shutil.copytree(crate[0], folder)
    (folder / "examples").mkdir()
    (folder / "examples/shown.rs").write_text("fn main() { nowhere::run() }\n")
    with open(folder / "Cargo.toml", "a") as manifest:
        manifest.write('\n[[example]]\nname = "shown"\ntest = true\n')
    with BuiltTests(folder, ".", TARGETS) as build:
        found = Behaviour(build, [functions["largest"]], run_seconds=2).examine()
    assert (found.status, list(found.left_out)) == ("ok", [])
    assert found.coverage[functions["largest"].id].covered


def test_what_the_compiler_refuses_is_left_out(crate, forms):
    folder, functions = crate
    chosen = [functions["largest"], functions["untested"]]
    with BuiltTests(folder, ".", TARGETS) as build:
        behaviour = Behaviour(build, chosen, [forms["same"]])
        head = functions["largest"].body + 1
        original = behaviour.switches._pieces
        # A switch that is no Rust, in one of the two.
        behaviour.switches._pieces = lambda switched: (
            [Piece(head, b"nowhere();", switched)] if switched.function is chosen[0] else original(switched)
        )
        findings = behaviour.examine()
    assert (findings.status, findings.builds) == ("ok", 3)  # without its rewrite, then without it
    refused = findings.coverage[functions["largest"].id]
    assert (refused.covered, refused.reason) == (None, "no_switch")
    assert findings.outcomes[forms["same"]] == ("", "no_switch")
    assert findings.coverage[functions["untested"].id].covered is False


def test_what_stands_behind_a_switch_is_the_rewritten_body(crate, forms):
    folder, functions = crate
    source = (folder / "src/lib.rs").read_bytes()
    body, reason = body_of(forms["inner"], source, functions["shout"])
    assert reason == "" and b"#![" not in body and body.strip().endswith(b"all")


def test_forms_of_a_generic_function_are_limited_by_their_length(tmp_path):
    source = "fn many<T>(x: T) -> T { x }\nfn one(x: u8) -> u8 { x }\n"
    (tmp_path / "lib.rs").write_text(source)
    functions, forms = [], []
    for name, start in (("many", 0), ("one", source.index("fn one"))):
        end = source.index("}", start) + 1
        functions.append(Function(name, "lib.rs", start, end, source.index("{", start)))
        head = source[start : source.index("{", start)]
        forms += [Form(name, f"{n}", start, end, f"{head}{{ {'x;' * n * 1000} x }}") for n in (5, 2, 1)]

    def names(switches):
        return [form.rewrite for s in switches.functions for form, _ in s.forms.values()]

    def original(file):
        return (tmp_path / file).read_bytes()

    chosen = Switches(original, ["lib.rs"], functions, forms)
    assert names(chosen) == ["5", "5", "2", "1"]
    assert [*chosen.refused.values()] == ["budget", "budget"]
    assert names(Switches(original, ["lib.rs"], functions, forms, every_form=True)) == ["5", "2", "1"] * 2


@pytest.mark.parametrize(
    ("head", "body", "form", "reason"),
    [
        ("fn f() -> impl Fn(u8) -> u8", "|x| x", "|x| x + 0", "no_switch"),
        ("fn f() -> impl Iterator<Item = u8>", "(0..9).map(|x| x)", "(0..9).map(same)", "no_switch"),
        ("fn f() -> impl Iterator<Item = u8>", "let n = (0..9).map(|x| x).count(); 0..n", "0..9", ""),
        ("fn f() -> Box<dyn Fn(u8) -> u8>", "Box::new(|x| x)", "Box::new(|x| x + 0)", ""),
        ("fn f<F: Fn() -> u8>(_: impl Sized) -> u8", "g(|x| x)", "g(|x| x + 0)", ""),
        ("fn f() -> impl Sized", "", "// |x|", ""),
    ],
)
def test_a_closure_behind_impl_has_no_second_form(head, body, form, reason):
    source = f"{head} {{ {body} }}".encode()
    at = len(head) + 1
    function = Function("f", "lib.rs", 0, len(source), at)
    text = f"{head} {{ {form}\n }}"
    switches = Switches(lambda file: source, [], [function], [Form("f", "r", 0, len(source), text)])
    assert [*switches.refused.values()] == ([reason] if reason else [])


def test_lines_of_the_original_keep_their_numbers(crate, forms):
    folder, functions = crate
    source = (folder / "src/lib.rs").read_bytes()
    switches = Switches(
        lambda file: (folder / file).read_bytes(), ["src/lib.rs"], [functions["evens"]], [forms["two_types"]]
    )
    at, _, text = switches.edits()["src/lib.rs"][0]
    assert source[functions["evens"].body : at] == b"{" and b"\n" not in text


def test_a_message_that_is_cut_off_gives_what_is_whole():
    whole = b"3 101 7 0 5 10\nhello1 a::b\n2 \n"
    assert parse_results(whole + b"4 0 1 0 900 0\nmissing") == {
        3: Result(101, "hello", frozenset({(1, "a::b"), (2, "")}))
    }
    assert parse_results(b"") == {}


def test_a_program_that_is_no_libtest_lists_nothing():
    assert listed("a::b: test\nc: benchmark\n") == ["a::b"]
    assert listed("") == []
    assert listed("hello\n") is None


def run_script(folder: Path, **rows) -> dict:
    command = [
        sys.executable,
        BASE / "scripts/tasks/run_tests.py",
        "--crate",
        "covered@0.1.0",
        "--crate-json",
        folder / "crate.json",
        "--source",
        folder / "source",
    ]
    for name in ("chunks", "verdicts", "rewrites", "coverage"):
        command += [f"--{name}", folder / f"{name}.parquet"]
    command += ["--behaviour-out", folder / "behaviour.parquet", "--mutants", folder / "mutants.parquet"]
    command += ["--examples", folder / "examples.parquet", "--json", folder / "behaviour.json"]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": str(BASE / "scripts")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return read_json(folder / "behaviour.json")


def write_inputs(folder: Path, source: Path, **crate) -> None:
    rows = rows_of(source)
    live = [row for row in rows if row["kind"] in ("function", "method") and row["body"] >= 0]
    write_json(folder / "crate.json", dict(status="ok", reason="", package=".", targets=TARGETS) | crate)
    write_rows(folder / "chunks.parquet", rows, CHUNKS)
    verdicts = [
        dict(
            id=r["id"],
            chunk=r["id"],
            live=True,
            compiles=True,
            target="lib",
            codes=[],
            diagnostic="",
            reason="",
        )
        for r in live
    ]
    write_rows(folder / "verdicts.parquet", verdicts if crate.get("status", "ok") == "ok" else [], VERDICTS)
    name = functions_of(rows)["largest"]
    same = form(source, name, "same", ("if a > b { a } else { b }", "a.max(b)"))
    write_rows(
        folder / "rewrites.parquet",
        [
            dict(
                chunk=same.chunk,
                rewrite=n,
                direction="longer",
                start=same.start,
                end=same.end,
                text=same.text,
                places=1,
                reason=reason,
                detail="",
            )
            for n, reason in (("same", ""), ("dropped", "does_not_compile"))
        ],
        REWRITES,
    )


# tests/workflow/test_rebuilt.py compares a second run of the rule in the fast lane.
@pytest.mark.parametrize("names", [["one"], pytest.param(["one", "two"], marks=pytest.mark.slow)])
def test_the_script_writes_the_same_bytes_each_time(crate, tmp_path, names):
    source, _ = crate
    written = []
    for name in names:
        folder = tmp_path / name
        shutil.copytree(source, folder / "source")
        write_inputs(folder, source)
        said = run_script(folder)
        written.append(
            [(folder / f).read_bytes() for f in ("coverage.parquet", "behaviour.parquet", "behaviour.json")]
        )
    assert written[0] == written[-1]
    assert said["status"] == "ok" and said["builds"] == 1 and said["rewrites"] == {"tested": 1}
    rows = read_rows(folder / "coverage.parquet", COVERAGE)
    assert len(rows) == said["functions"] == said["covered"] + said["not_covered"]
    assert [row["rewrite"] for row in read_rows(folder / "behaviour.parquet", BEHAVIOUR)] == ["same"]


def test_a_crate_that_was_not_fetched_has_empty_coverage(crate, tmp_path):
    source, _ = crate
    (tmp_path / "source").mkdir()
    write_inputs(tmp_path, source, status="failed", reason="checksum")
    said = run_script(tmp_path)
    assert (said["status"], said["reason"]) == ("failed", "not fetched: checksum")
    assert read_rows(tmp_path / "coverage.parquet", COVERAGE) == []
