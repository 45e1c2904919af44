"""The documentation as a whole: the site builds without dead links, its pictures are those of the workflow, Python runs."""

import importlib.util
import re
import shutil
import subprocess
import sys

import pytest
from dataset_run import SMALL
from documented_commands import ROOT, blocks


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/utilities/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build(site, monkeypatch, out) -> None:
    monkeypatch.setattr(sys, "argv", ["build_site.py", "--out", str(out)])
    site.main()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_every_page_is_in_the_table_of_contents():
    contents = (ROOT / "docs/README.md").read_text()
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if f"]({page})" not in contents and page != "README.md"] == []


def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path, monkeypatch):
    build(script("build_site"), monkeypatch, tmp_path)
    pages = list((tmp_path / "html").rglob("*.html"))
    assert len(pages) > 60
    for page in pages:
        loaded = re.findall(
            r'<(?:script|img|link|source|iframe)\b[^>]*?(?:src|srcset|href)="(https?:[^"]+)"',
            page.read_text(),
        )
        assert [address for address in loaded if "canonical" not in address] == [], page
    home = (tmp_path / "html/index.html").read_text()
    assert 'src="images/report-light.png"' in home and (tmp_path / "html/images/report-light.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "link", ["[x](nothing.md)", "[x](crates.md#no-such-part)", "[x](../scripts/none.py)"]
)
def test_a_dead_link_stops_it(tmp_path, monkeypatch, link):
    site = script("build_site")
    copy = tmp_path / "checkout"
    shutil.copytree(ROOT / "docs", copy / "docs")
    for name in [*site.BESIDE, "mkdocs.yml"]:
        shutil.copy(ROOT / name, copy)
    with (copy / "docs/faq.md").open("a") as page:
        page.write(f"\n{link}\n")
    monkeypatch.setattr(site, "ROOT", copy)
    with pytest.raises(SystemExit, match="dead links"):
        build(site, monkeypatch, tmp_path / "site")


@pytest.mark.slow
def test_the_pictures_are_those_of_the_workflow():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/utilities/draw_workflow.py", "--check"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def python_blocks(page: str) -> list[str]:
    """The blocks of a page that are Python."""
    found = ["\n".join(lines) for _, lines in blocks((ROOT / page).read_text())]
    return [text for text in found if re.match(r"(from|import) ", text)]


@pytest.mark.parametrize("number", range(3))
def test_python_of_the_page_runs(built, number):
    code = python_blocks("docs/python.md")[number]
    if "SnakemakeApi" in code:
        # The jobs instead of the run: the crate is one of the registry.
        code = code.replace("execute_workflow()", 'execute_workflow(executor="dryrun")')
        code = code.replace('{"crates": {"names": ["semver"]}}', repr(SMALL))
    done = subprocess.run([sys.executable, "-c", code], cwd=built.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    if number:
        assert "fn " in done.stdout or "accepted" in done.stdout


def test_there_are_three_examples_in_python():
    assert len(python_blocks("docs/python.md")) == 3
