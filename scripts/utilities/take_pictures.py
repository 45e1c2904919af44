"""Take the pictures of the report that the README shows, light and dark, with Chromium.

    python scripts/utilities/take_pictures.py --report results/report.html --out docs/images

Needs the packages of requirements/test.txt and Chromium (`envs/bootstrap.sh browser`).
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1240, "height": 900}
# A row with a diagnostic and a difference.
CHOOSE = """() => {
    const kind = document.querySelector('#filters [name=kind]');
    kind.value = 'error_fixing';
    kind.dispatchEvent(new Event('input', { bubbles: true }));
    document.querySelectorAll('#list button')[1]?.click();
    window.scrollTo(0, 0);
}"""


def main() -> None:
    arguments = parse_arguments()
    chromium = next(filter(None, map(shutil.which, NAMES)), None)
    if not chromium:
        sys.exit("no Chromium on PATH; envs/bootstrap.sh browser installs it")
    from playwright.sync_api import sync_playwright

    arguments.out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport=SIZE, color_scheme=scheme)
            page.goto(arguments.report.resolve().as_uri())
            page.wait_for_selector("#browser[aria-busy=false]")
            # The main figures and a row: what a reader of the README wants to see first.
            page.add_style_tag(
                content=".next, #funnel, #crates, #rows, .filters { display: none !important; }"
            )
            page.add_style_tag(content="section { margin-top: 1.6rem; }")
            page.evaluate(CHOOSE)
            page.screenshot(path=arguments.out / f"report-{scheme}.png")
        browser.close()


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--report", required=True, type=Path, help="results/report.html of a finished run")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="where the pictures go")
    return parser.parse_args()


if __name__ == "__main__":
    main()
