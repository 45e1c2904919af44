"""docs/reasons.md names every status and every reason that the code can give, and no other.

Reasons are collected from the source by simple patterns, section by section. A pattern that finds nothing
is a failure too: then the code says it otherwise, and this table has to follow.
"""

import re
from pathlib import Path

import pytest

from ferrule.crates import tool_report
from ferrule.evaluation.answers import answer
from ferrule.evaluation.exam import examination
from ferrule.evaluation.judging import submission

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "scripts"
ASSIGNED = r'\w*reason(?:, [\w.]+)? = "(\w+)"'  # reason = "x"; file.reason, file.detail = "x", ...
CALLED = r'{}\(\s*(?:facts, )?"(\w+)"'  # Drop("x"), tool_gate(facts, "x"

# Section of the page: file (or glob) below scripts/, pattern with the reason as its group.
SOURCES = {
    "Statuses": [
        ("crates/*.py", r'\bstatus="(\w+)"'),
        ("ferrule/sandbox/session.py", r'return (?:None, \()?"(\w+)", '),
        ("ferrule/crates/tool_report.py", r'status(?:: str)? ?= ?"(\w+)"'),
    ],
    "Answers of gates": [
        ("analysis/apply_gates.py", r'"(\w+)" if passes'),
        ("analysis/apply_gates.py", r'if passes else "(\w+)"'),
        ("analysis/apply_gates.py", r', (?:None|threshold|least|most|"ok"), "(\w+)"'),
    ],
    "Files": [
        ("ferrule/crates/source_files.py", rf"(?<![\w,] )(?:\w+\.)?{ASSIGNED}"),
        ("ferrule/crates/source_files.py", r'return "(\w+)", '),
        ("ferrule/crates/source_files.py", r'"(\w+_target|build_script)"'),
    ],
    "Stage chunk": [("ferrule/crates/chunks.py", rf"(?<!, ){ASSIGNED}")],
    "Stage judge": [
        ("tasks/judge.py", r'why_not = "(\w+)"'),
        ("tasks/judge.py", r'why_not = .* else "(\w+)"'),
        ("ferrule/compiler/judge.py", r'None, \[\], "(\w+)"'),
        ("ferrule/compiler/judge.py", r'else "(\w+)",\n'),
    ],
    "Stage mutate": [
        ("ferrule/transforms/error_injection.py", r'Finding\(fault, \[\], "(\w+)"\)'),
        ("ferrule/transforms/error_injection.py", r'else "(\w+)"\)'),
        ("ferrule/compiler/bisect.py", r'"(compiler_\w+)"'),
    ],
    "Stage rewrite": [
        ("ferrule/transforms/rewrite_selection.py", r'reason = (?:verdict\.reason or )?"(\w+)"'),
        ("tasks/rewrite.py", r'form\.reason = "(\w+)"'),
        ("ferrule/compiler/judge.py", r'else "(\w+)",\n'),
    ],
    "Stage make": [("**/*.py", CALLED.format(r"\bDrop"))],
    "Stage gate": [
        ("analysis/apply_gates.py", CALLED.format(r"\b(?:answer|compare|missing|tool_gate)")),
        ("ferrule/crates/crate_records.py", r'return "(\w+)", '),
    ],
    "Stage source": [
        ("ferrule/core/shard_reader.py", CALLED.format(r"\bProblem")),
        ("ferrule/core/shard_reader.py", r'return "(other_encoding)", file'),
        ("ferrule/core/shard_reader.py", r'return "(broken_line)", file'),
        ("sources/*.py", r'Problem\(\s*"(\w+)"'),
        ("sources/import_stack.py", r'return "(not_rust)"'),
        ("sources/import_stack.py", r'reason, detail = "(\w+)", f'),
        ("sources/*.py", r'"(license)", why\)'),
    ],
    "Stage merge": [("sources/merge_sources.py", r'\("(\w+)", (?:verdict|f")')],
    "Stage deduplicate": [
        ("curation/deduplicate.py", r'reasons\[i\] = "(\w+)"'),
        ("curation/deduplicate.py", r'\[\("(\w+)", row\.'),  # keys of which a row may have only one
    ],
    "Stage near_duplicates": [("curation/drop_near_duplicates.py", r'": "(\w+_copy)"')],
    "Stage decontaminate": [("curation/decontaminate.py", r'\("(benchmark)", str')],
    "Stage scrub": [
        ("curation/scrub.py", r'"(\w+)": (?:secrets|pii)\b'),
        ("curation/scrub.py", r'\("(\w+)", answer\)'),
    ],
    "Stage mix": [
        ("curation/mix.py", r'else \("(\w+)" if'),
        ("curation/mix.py", r'else "(\w+)", kind\)'),
    ],
    # Not all that judges: `policy` and `no_answer` come with the metrics, `infrastructure` with no step so far.
    "Statuses of answers": [
        ("ferrule/evaluation/judging/answer_judge.py", r'status, reason = "(\w+)"'),
        ("ferrule/evaluation/judging/answer_judge.py", r'": "(timeout|memory|output)"'),
        ("ferrule/evaluation/judging/answer_judge.py", r'return "(\w+)", "'),
        ("ferrule/evaluation/judging/building.py", r'"(compile_error)", fault'),
        ("ferrule/evaluation/metrics/outcomes.py", r'"status": "(\w+)"'),
        ("ferrule/evaluation/metrics/figures.py", r'else "(policy)"'),
    ],
    "No answer": [
        ("ferrule/evaluation/answers/extraction.py", r'reason="(\w+)"'),
        ("ferrule/evaluation/answers/extraction.py", r'else "(\w+)"\)'),
        ("evaluate/extract_answers.py", r'reason="(\w+)"'),
    ],
    "Pre-filter": [("ferrule/rust/prefilter.py", r'return "(\w+)"')],
    "Exam": [("ferrule/evaluation/exam/examination.py", r'"(\w+)": (?:bool|not|self|len|found)\b')],
}

# What is declared in a table of its own: also what patterns do not find.
DECLARED = {
    "Statuses": tool_report.STATUSES,
    "Statuses of answers": submission.STATUSES,
    "No answer": answer.REASONS,
    "Exam": examination.REASONS,
}


def given(section: str) -> set[str]:
    """The reasons that the code can give."""
    found = set()
    for files, pattern in SOURCES[section]:
        texts = [path.read_text(encoding="utf-8") for path in SCRIPTS.glob(files)]
        here = {reason for text in texts for reason in re.findall(pattern, text)}
        assert here, f"{files}: nothing looks like {pattern}"
        found |= here
    found |= set(DECLARED.get(section, ()))
    if section == "Pre-filter":
        text = (SCRIPTS / "ferrule/rust/prefilter.py").read_text(encoding="utf-8")
        found |= {f"incomplete_{kind}" for kind in re.findall(r'"open_(\w+)"', text)}
    if section == "Stage make":
        make = (SCRIPTS / "ferrule/tasks/sample_rows.py").read_text(encoding="utf-8")
        names, suffix = re.search(r'for name in \((.+)\):\n.*\n.*\n\s+return f"\{name\}(\w+)"', make).groups()
        found |= {name + suffix for name in re.findall(r'"(\w+)"', names)}
    return found


def documented() -> dict[str, set[str]]:
    """Section of the page: the names in the first column of its table."""
    page = (ROOT / "docs/reasons.md").read_text(encoding="utf-8")
    _, *sections = re.split(r"^## ", page, flags=re.MULTILINE)
    return {
        section.split("\n", 1)[0]: set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
        for section in sections
    }


@pytest.mark.parametrize("section", SOURCES)
def test_the_page_names_what_the_code_gives(section):
    page, code = documented()[section], given(section)
    assert code - page == set(), "given by the code, missing in docs/reasons.md"
    assert page - code == set(), "in docs/reasons.md, given by no code"


def test_every_stage_has_its_table():
    rules = (ROOT / "rules/dataset.smk").read_text(encoding="utf-8")
    stages = re.findall(r'"(\w+)"', re.search(r"^STAGES = (.*)", rules, re.MULTILINE)[1])
    # What `gather` drops is called after what made it: the gates.
    expected = {f"Stage {stage}" for stage in stages if stage != "gather"} | {"Stage source"}
    assert expected <= set(SOURCES)
    assert set(documented()) == set(SOURCES)
