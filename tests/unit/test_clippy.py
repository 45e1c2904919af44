"""The table of lints in itself, and the reading of clippy's messages."""

import json
from pathlib import Path

import pytest

from analysis import clippy

TABLE = clippy.read_lints(Path(__file__).parents[2] / "resources" / "lints.tsv")
CATEGORIES = ("bad_code", "questionable", "ignorable")


def test_every_row_has_a_category_and_a_reason():
    assert {row["category"] for row in TABLE.values()} == set(CATEGORIES)
    assert [lint for lint, row in TABLE.items() if not row["why"]] == []


def test_rows_are_sorted_so_that_a_lint_is_found():
    order = [(CATEGORIES.index(row["category"]), lint) for lint, row in TABLE.items()]
    assert order == sorted(order)


def test_lints_that_are_off_by_default_are_switched_on():
    command = clippy.command(["--lib"], "default", 1, TABLE)
    asked = {command[i + 1] for i, word in enumerate(command) if word == "-W"}
    assert {"clippy::todo", "clippy::unimplemented", "clippy::dbg_macro", "clippy::unwrap_used"} <= asked
    assert "unused_must_use" not in asked  # on already; the authors' manifest may switch it off
    assert command[command.index("--cap-lints") + 1] == "warn"


def message(code, text="text", level="warning", spans=(), kind="lib"):
    said = dict(code=code and dict(code=code), level=level, message=text, spans=list(spans))
    return json.dumps(dict(reason="compiler-message", target=dict(kind=[kind]), message=said)).encode()


def span(file="src/lib.rs", start=10, end=20, line=2, primary=True, expansion=None):
    return dict(
        file_name=file,
        byte_start=start,
        byte_end=end,
        line_start=line,
        is_primary=primary,
        expansion=expansion and dict(span=expansion),
    )


def judge(*messages, package="."):
    return clippy.judge(b"\n".join(messages), TABLE, package)


def test_findings_are_sorted_into_categories():
    answer = judge(
        message("clippy::todo", spans=[span()]),
        message("clippy::unwrap_used", spans=[span(start=30)]),
        message("clippy::needless_return", spans=[span(start=40)]),
        message("clippy::from_the_future", spans=[span(start=50)]),
    )
    figures = clippy.count(answer["findings"], TABLE)
    assert (figures["bad_code"], figures["questionable"], figures["ignorable"]) == (1, 2, 1)
    assert (figures["total"], figures["usual"]) == (4, 2)  # todo and unwrap_used were asked for
    assert figures["unlisted"] == ["clippy::from_the_future"]
    assert figures["lints"]["clippy::todo"] == 1


def test_a_place_counts_once_though_two_targets_share_the_file():
    answer = judge(message("clippy::todo", spans=[span()]), message("clippy::todo", spans=[span()]))
    assert len(answer["findings"]) == 1


def test_summaries_are_no_findings():
    assert judge(message(None, "1 warning emitted"))["findings"] == []


def test_code_of_a_foreign_macro_is_found_where_the_crate_calls_it():
    inner = span(
        "/rustc/1234/library/std/src/macros.rs",
        1,
        2,
        expansion=span("src/lib.rs", 70, 80, line=9, primary=False),
    )
    (found,) = judge(message("clippy::panic", spans=[inner]))["findings"]
    assert (found["file"], found["line"], found["start"], found["end"]) == ("src/lib.rs", 9, 70, 80)


@pytest.mark.parametrize(
    "file", ["/cargo/registry/src/x/src/lib.rs", "../other/src/lib.rs", "/tmp/target/out/gen.rs"]
)
def test_code_that_is_not_the_crates_own_is_left_out(file):
    assert judge(message("clippy::todo", spans=[span(file)]))["findings"] == []


def test_build_scripts_are_not_linted_but_must_compile():
    lint, error = (
        message("clippy::todo", spans=[span("build.rs")], kind="custom-build"),
        message("E0308", "x", "error", [span("build.rs")], kind="custom-build"),
    )
    answer = judge(lint, error)
    assert (answer["findings"], answer["errors"]) == ([], ["E0308: x (build.rs:2)"])


def test_only_the_primary_span_counts():
    spans = [span(start=1, primary=False), span(start=5)]
    (found,) = judge(message("clippy::todo", spans=spans))["findings"]
    assert found["start"] == 5


def test_paths_of_a_workspace_member_are_those_inside_the_package():
    (found,) = judge(message("clippy::todo", spans=[span("crates/a/src/lib.rs")]), package="crates/a")[
        "findings"
    ]
    assert found["file"] == "src/lib.rs"
    assert (
        judge(message("clippy::todo", spans=[span("crates/b/src/lib.rs")]), package="crates/a")["findings"]
        == []
    )


def test_errors_of_the_language_are_errors_and_lints_are_not():
    answer = judge(
        message("E0308", "mismatched types", "error", [span(start=90, line=7)]),
        message(None, "expected one of `;`", "error", [span(start=5, line=1)]),
        message(None, "aborting due to 2 previous errors", "error"),
        message("overflowing_literals", "literal out of range", "error", [span()]),
        message("E0133", "call to unsafe function", "warning", [span(start=60)]),
    )
    assert answer["errors"] == [
        "expected one of `;` (src/lib.rs:1)",
        "E0308: mismatched types (src/lib.rs:7)",
    ]
    assert {found["id"] for found in answer["findings"]} == {"overflowing_literals", "unsafe_op_in_unsafe_fn"}


def test_foreign_lines_in_the_stream_are_skipped():
    assert judge(b"hello", b"{broken", b"[1]", b'"text"', b"{}", b"\xff\xfe")["findings"] == []
