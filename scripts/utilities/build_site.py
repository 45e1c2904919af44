"""Build the documentation site from docs/, the README and the pages beside it. Dead links are errors.

    python scripts/utilities/build_site.py             # results/site/html
    python scripts/utilities/build_site.py --pages-only    # only the pages, as MkDocs reads them

Needs the packages of requirements/test.txt. `make docs` runs it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import yaml

from ferrule.core.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
# Files beside docs/, and the names of their pages.
BESIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "LICENSE": "LICENSE",
}
INDEX = "contents.md"  # docs/README.md: the site's first page is the README
LINK = re.compile(r"(\]\(|(?:src|srcset|href)=\")([^)\"\s#]+)")


def main() -> None:
    arguments = parse_arguments()
    site = arguments.out
    copy_pages(site / "pages")
    if arguments.pages_only:
        return
    # The theme greets with a warning about another project; the variable is its own.
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "true", "DISABLE_MKDOCS_2_WARNING": "true"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",  # not with --quiet, which would count no warning
            "--config-file",
            site_settings(site),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        sys.exit("the site has dead links or other faults, see above")
    print(site / "html/index.html")


def site_settings(site: Path) -> Path:
    """mkdocs.yml with the decisions, and the pages that it does not name, at the end of its navigation."""
    settings = read_yaml(ROOT / "mkdocs.yml")
    decisions = sorted(path.name for path in (ROOT / "docs/decisions").glob("*.md"))
    named = set(re.findall(r"[\w-]+\.md", yaml.safe_dump(settings["nav"])))
    others = sorted(path.name for path in (site / "pages").glob("*.md") if path.name not in named)
    settings["nav"] += [{"More": others}] if others else []
    settings["nav"].append({"Decisions": [f"decisions/{name}" for name in decisions]})
    settings |= {"docs_dir": str(site / "pages"), "site_dir": str(site / "html")}
    path = site / "mkdocs.yml"
    path.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return path


def copy_pages(folder: Path) -> None:
    """All pages in one folder, with their links adapted."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "docs", folder, ignore=shutil.ignore_patterns("*.tsv"))
    (folder / "README.md").rename(folder / INDEX)
    for page in folder.rglob("*.md"):
        adapted = partial(from_docs, depth=len(page.relative_to(folder).parts) - 1)
        page.write_text(LINK.sub(adapted, page.read_text(encoding="utf-8")), encoding="utf-8")
    for name, page in BESIDE.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        (folder / page).write_text(
            LINK.sub(from_root, text) if page.endswith(".md") else text, encoding="utf-8"
        )


def from_root(match: re.Match[str]) -> str:
    """A link of a page in the checkout's root."""
    lead, target = match[1], match[2].removeprefix("./")
    if target == "docs/README.md":
        return lead + INDEX
    if target.startswith("docs/"):
        return lead + target.removeprefix("docs/")
    return lead + BESIDE.get(target, target)


def from_docs(match: re.Match[str], depth: int) -> str:
    """A link of a page in docs/, `depth` folders down."""
    lead, target = match[1], match[2]
    up = "../" * depth
    if target == up + "README.md":
        return lead + up + INDEX
    if target.startswith("../" + up):
        name = target.removeprefix("../" + up)
        return lead + up + BESIDE.get(name, name)
    return lead + target


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pages-only", action="store_true", help="copy the pages and build nothing")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "results/site", metavar="FOLDER", help="by default results/site"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
