"""Forms of a fixture crate's functions, laid out and judged with the real rustfmt and the real compiler."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ferrule.compiler.judge import Function, Judge
from ferrule.compiler.rustfmt import Text, rustfmt
from ferrule.crates.chunks import Chunks, chunk_file
from ferrule.rust import syntax
from ferrule.transforms.rewrite_selection import Form, chosen, judge_forms, lay_out
from ferrule.transforms.rewrites.rewrite_catalogue import Form as Made
from ferrule.transforms.rewrites.rewrite_catalogue import apart, apply
from ferrule.transforms.rewrites.rewrite_entry import Edit

CRATES = Path(__file__).parents[1] / "data" / "crates"


@pytest.fixture(scope="module")
def tidy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rewritten") / "source"
    shutil.copytree(CRATES / "tidy", folder)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=folder, check=True)
    chunks = Chunks("c@1")
    for path in sorted(folder.glob("src/*.rs")):
        source = path.read_bytes()
        chunk_file(chunks, path.relative_to(folder).as_posix(), source, syntax.parse(source))
    rows = [dict(zip(chunks.columns, v, strict=True)) for v in zip(*chunks.columns.values(), strict=True)]
    functions = {row["name"]: row for row in rows if row["kind"] in ("function", "method")}
    with Judge(folder, ".", [dict(kind=["lib"], name="tidy", path="src/lib.rs")]) as judge:
        judge.baseline()
        judge.liveness([function(row) for row in functions.values() if not row["test"]])
        yield judge, functions, rows


def function(row: dict) -> Function:
    return Function(row["id"], row["file"], row["start"], row["end"], row["body"])


def form(row: dict, old: str, new: str, places: int = 1) -> Form:
    text = row["code"].replace(old, new)
    assert text != row["code"]
    return Form(row, function(row), "r", "longer", text.encode(), places, "Do it.")


def test_a_form_is_laid_out_in_its_place_and_judged(tidy):
    judge, functions, _ = tidy
    one = form(functions["is_empty"], "self.len() == 0", "if self.len()==0{true}else{false}")
    lay_out(judge, [one], "2021")
    assert one.text.decode() == (
        "pub fn is_empty(&self) -> bool {\n        if self.len() == 0 {\n            true\n        } else {\n"
        "            false\n        }\n    }"
    )
    judge_forms(judge, [one])
    assert one.reason == ""


def test_what_does_not_compile_is_told(tidy):
    judge, functions, _ = tidy
    one = form(functions["is_empty"], "self.len() == 0", "self.len()")
    lay_out(judge, [one], "2021")
    judge_forms(judge, [one])
    assert one.reason == "does_not_compile" and "E0308" in one.detail


def test_a_form_that_rustfmt_makes_the_original_is_none(tidy):
    judge, functions, _ = tidy
    one = form(functions["is_empty"], "self.len() == 0", "self.len()  ==  0")
    lay_out(judge, [one], "2021")
    assert one.reason == "same_text"


def test_items_that_are_not_laid_out_by_rustfmt_are_left_out(tidy):
    judge, functions, _ = tidy
    row = dict(functions["is_empty"])
    path = judge.folder / row["file"]
    source = path.read_bytes()
    crooked = source.replace(b"self.len() == 0", b"self.len()==0")
    path.write_bytes(crooked)
    judge.originals.pop(row["file"], None)
    try:
        end = row["end"] - 2
        row |= dict(code=crooked[row["start"] : end].decode(), end=end)
        one = form(row, "self.len()==0", "0 == self.len()")
        lay_out(judge, [one], "2021")
        assert one.reason == "not_formatted"
    finally:
        path.write_bytes(source)
        judge.originals.pop(row["file"], None)


def test_single_places_only_where_all_together_do_not_compile(tidy):
    judge, functions, _ = tidy
    row = functions["parse_span"]
    wrong = form(row, ".trim()", ".trim().nothing()", places=2)
    one = form(row, "left.trim()", "str::trim(left)")
    unused = form(row, "right.trim()", "str::trim(right)")
    lay_out(judge, [wrong, one, unused], "2021")
    judge_forms(judge, [wrong, one, unused])
    assert wrong.reason == "does_not_compile" and one.reason == ""
    assert chosen([wrong, one, unused])[0] is one
    good = form(row, ".trim()", ".trim_start().trim_end()", places=2)
    lay_out(judge, [good, one], "2021")
    judge_forms(judge, [good, one])
    assert good.reason == "" and one.reason == "all_places_compile"


def test_a_type_is_live_where_the_compiler_reads_what_follows_it(tidy):
    judge, _, rows = tidy
    span = next(row for row in rows if row["kind"] == "struct" and row["name"] == "Span")
    item = Function(span["id"], span["file"], span["outer"], span["end"], -1)
    assert judge.liveness([item]) == {span["id"]}
    elsewhere = b"\n#[cfg(windows)]\nmod w {\n    #[derive(Clone)]\n    pub struct Handle(u8);\n}\n"
    path = judge.folder / span["file"]
    source = path.read_bytes()
    path.write_bytes(source + elsewhere)
    judge.originals.pop(span["file"])
    try:
        start = len(source) + elsewhere.index(b"#[derive")
        dead = Function("dead", span["file"], start, len(source) + elsewhere.index(b";") + 1, -1)
        assert judge.liveness([dead]) == set()
    finally:
        path.write_bytes(source)
        judge.originals.pop(span["file"])


def test_layout_of_many_and_of_none(tidy):
    judge, *_ = tidy
    laid = rustfmt(
        judge.session,
        [
            Text(b"fn a(&self){let x=1;}", 4, True),
            Text(b"fn broken( {", 0, False),
            Text(b"fn b(){}", 0, False),
            Text(b"#[derive(Debug)]\n/// d\nstruct A{x:u8}\nimpl Clone for A{}", 0, False),
        ],
        "2021",
    )
    assert laid[0] == b"fn a(&self) {\n        let x = 1;\n    }"
    assert laid[1] is None
    assert laid[2] == b"fn b() {}"
    assert (
        laid[3].startswith(b"#[derive(Debug)]\n/// d\nstruct A {\n    x: u8,\n}") and b"impl Clone" in laid[3]
    )
    assert rustfmt(judge.session, [], "2021") == []
    assert not (judge.folder / "ferrule_layout.rs").exists()


def test_places_that_overlap_are_not_rewritten_together():
    inner, outer = (Edit(4, 6, b"x"),), (Edit(2, 8, b"y"),)
    later, two = (Edit(8, 9, b"z"),), (Edit(0, 1, b"a"), Edit(9, 10, b"b"))
    assert apart([outer, inner, later]) == [outer, later]
    assert apart([two, later]) == [two, later]
    assert apply(b"0123456789", [two, later]) == b"a1234567zb"
    assert Made("r", b"", 1).places == 1
