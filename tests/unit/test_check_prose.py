"""The prose check: its patterns find what they are made for, and leave code alone."""

from pathlib import Path

import pytest
from steps import run_here

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/utilities/check_prose.py"
TABLE = [
    line.split("\t")
    for line in (ROOT / "docs/prose.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
][1:]


def check(*files: Path) -> tuple[int, list[str]]:
    done = run_here("check_prose", *files)
    return done.returncode, done.stdout.splitlines()


def test_every_pattern_finds_its_example(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("".join(f"{example}\n\n" for _, _, example in TABLE), encoding="utf-8")
    code, hits = check(page)
    assert code == 1
    for number, (pattern, instead, _) in enumerate(TABLE):
        at = f"{page}:{2 * number + 1}: "
        assert any(hit.startswith(at) and hit.endswith(instead) for hit in hits), pattern


@pytest.mark.parametrize(
    "name, text, lines",
    [
        ("a.md", "It is judged\nanew.\n", [2]),
        ("a.md", "An answer that is\nnone.\n", [1]),
        ("a.md", "First what\n\nstands alone.\n", []),
        ("a.md", "There\nis no network. It is no longer there. `what stands`\n", []),
        ("a.md", "Text\n\n    judged anew\n\n```\njudged anew\n```\n\nanew\n", [9]),
        ("a.py", '"""Doc.\n\nanew\n"""\nx = "anew"  # anew\n', [3, 5]),
        ("a.py", "if x is None:  # a value that\n    # is none\n    pass\n", [1]),
        ("a.py", '# Mine.\n\n"""anew"""\ny = f(\n    """anew""",\n)\n', [3]),
        ("a.smk", 'rule a:\n    """anew"""\n    shell:\n        "anew"\n', [2]),
        ("a.yaml", "a: anew  # mended\n", [1]),
    ],
)
def test_where_it_looks(tmp_path, name, text, lines):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    code, hits = check(file)
    assert [int(hit.split(":")[1]) for hit in hits] == lines
    assert code == (1 if lines else 0)
