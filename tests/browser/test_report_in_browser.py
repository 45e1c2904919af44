"""The report in a real browser: no error, no request, its numbers, filters, keyboard, contrast and speed of its parts.

Needs Chromium: `envs/bootstrap.sh browser` installs it. Without it these tests are skipped, in continuous integration
they fail.
"""

import os
import shutil
from collections import Counter

import pytest
from axe_playwright_python.sync_playwright import Axe
from dataset_samples import sample
from playwright.sync_api import sync_playwright
from report_pages import HOSTILE, finished, hostile_rows, page_of

from ferrule.core.files import read_json, read_rows, write_rows, write_text
from ferrule.core.schemas import SAMPLES

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    not CHROMIUM and not os.environ.get("CI"), reason="no Chromium; envs/bootstrap.sh browser installs it"
)
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "no Chromium: envs/bootstrap.sh browser"
    with sync_playwright() as playwright:
        # Root has no sandbox of Chromium's own; the page is ours.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = finished(tmp_path_factory.mktemp("finished"))
    write_text(folder / "report.html", page_of(folder, settings={"dataset": {"seed": 0}}))
    return folder


@pytest.fixture
def opened(browser):
    """`opened(file, size, scheme)`: a page that is ready; what goes wrong in it fails the test."""
    contexts, faults = [], []

    def open_page(file, size="desktop", scheme="light"):
        context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request", lambda request: faults.append(request.url) if request.url.startswith("http") else None
        )
        page.goto(file.as_uri())
        page.wait_for_selector("#browser[aria-busy=false], #samples .missing")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.mark.parametrize(
    ("scheme", "size"),
    [
        ("light", "desktop"),
        ("dark", "phone"),
        pytest.param("light", "phone", marks=pytest.mark.slow),
        pytest.param("dark", "desktop", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_in_the_way_of_readers(opened, folder, size, scheme):
    page = opened(folder / "report.html", size, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    found = Axe().run(page).response
    assert len(found["passes"]) > 30, "axe looked at nothing"
    assert [(each["id"], each["impact"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size]["width"], (
        "it scrolls sideways"
    )


def test_the_numbers_that_a_person_sees(opened, folder):
    page = opened(folder / "report.html")
    funnel = read_json(folder / "dataset/funnel.json")
    rows = read_rows(folder / "dataset/provenance.parquet")
    steps = {
        step.query_selector("strong").inner_text(): int(
            step.query_selector(".left").inner_text().replace(",", "")
        )
        for step in page.query_selector_all(".funnel .step")
    }
    assert (
        steps["on the list"] == funnel["crates"]["listed"]
        and steps["accepted"] == funnel["crates"]["accepted"]
    )
    assert steps["seen"] == funnel["functions"]["seen"]
    assert steps["candidates"] == sum(funnel["candidates"].values())
    assert steps["in the dataset"] == len(rows)
    kinds = {
        row.query_selector("th").inner_text(): int(row.query_selector("td").inner_text())
        for row in page.query_selector_all("[aria-label='Rows by kind of task'] tbody tr")
    }
    assert kinds == Counter(row["_task_type"] for row in rows)
    assert page.inner_text("#found") == f"{len(rows)} of {len(rows)} rows"


def test_filters_and_links_to_rows(opened, folder):
    page = opened(folder / "report.html")
    rows = read_rows(folder / "dataset/provenance.parquet")
    wanted = [row for row in rows if row["_task_type"] == "explanations"]
    page.click("#rows a[data-filter*=explanations]")
    page.wait_for_function(f"document.getElementById('found').textContent.startsWith('{len(wanted)} of')")
    page.fill("[name=text]", "no such text anywhere")
    assert page.inner_text("#found") == "No row matches. Clear a filter."
    page.click("button[type=reset]")
    page.fill("[name=text]", wanted[0]["_id"])
    assert page.inner_text("#found").startswith("1 of")
    assert wanted[0]["gen"].split("`")[0].strip() in page.inner_text("#detail")
    assert f"trace.py --id {wanted[0]['_id']}" in page.inner_text("#detail")


def test_a_refusal_leads_to_its_crate(opened, folder):
    page = opened(folder / "report.html")
    page.locator(".refused > summary", has_text="1 refused").click()
    refusal = page.locator(".refusal", has_text="edition").first
    refusal.locator("summary").click()
    refusal.get_by_role("link", name="refused@1.0.0").click()
    assert page.get_attribute("[id='crate-refused@1.0.0']", "open") is not None
    page.check("#crate-refused")
    assert page.locator(".crates > li:visible").count() == 1


def test_by_keyboard_alone(opened, folder):
    page = opened(folder / "report.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id || location.hash") in ("main", "#main")
    page.focus("#list button")
    page.keyboard.press("ArrowDown")
    second = page.locator("#list button").nth(1)
    assert second.evaluate("(button) => button === document.activeElement")
    page.keyboard.press("Enter")
    assert (
        second.get_attribute("aria-current") == "true"
        and page.evaluate("document.activeElement.id") == "detail"
    )
    assert page.url.partition("#row-")[2] in page.inner_text("#detail")


def test_an_address_opens_its_row(opened, folder):
    row = read_rows(folder / "dataset/provenance.parquet")[-1]
    page = opened(folder / "report.html")
    page.goto((folder / "report.html").as_uri() + f"#row-{row['_id']}")
    page.reload()
    page.wait_for_selector("#browser[aria-busy=false]")
    assert row["_id"] in page.inner_text("#detail")


def test_hostile_rows_are_text(opened, tmp_path):
    write_text(tmp_path / "report.html", page_of(hostile_rows(tmp_path)))
    page = opened(tmp_path / "report.html")
    assert page.evaluate("window.hacked") is None and page.query_selector("main img") is None
    shown = page.inner_text("#detail")
    assert "</script><img src=x onerror" in shown and "\\u{1b}" in shown and "\x1b" not in shown
    assert HOSTILE not in page.content()
    assert page.locator("#detail .diff ins").count() == 1, "the difference of broken and right"
    assert page.locator("#detail .d-error").count() > 0, "the diagnostic in colours"


def test_an_unfinished_run(opened, tmp_path):
    write_text(tmp_path / "report.html", page_of(tmp_path))
    page = opened(tmp_path / "report.html", "phone", "dark")
    assert "No crate was looked at yet." in page.inner_text("#crates")
    assert Axe().run(page).response["violations"] == []


def test_without_javascript_everything_but_the_samples_is_there(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "report.html").as_uri())
    assert "This part needs JavaScript" in page.inner_text("#samples")
    assert page.locator("#browser").is_hidden() and page.locator(".crates > li").count() == 3
    context.close()


def test_the_difference_of_a_method_leaves_its_indentation_out(opened, tmp_path):
    right = "fn next(&mut self) -> Option<u8> {\n    self.at += 1;\n    None\n}"
    broken = right.replace("None", "Err(())").replace("\n", "\n    ")
    row = sample(
        id="a" * 16, split="train", task="error_fixing", gen=right, _before=broken, _error_code="E0308"
    )
    write_rows(tmp_path / "dataset/provenance.parquet", [row], SAMPLES)
    write_text(tmp_path / "report.html", page_of(tmp_path))
    page = opened(tmp_path / "report.html")
    assert page.locator("#detail .diff del").all_inner_texts() == ["-     Err(())"]
    assert page.locator("#detail .diff ins").all_inner_texts() == ["+     None"]
    assert page.locator("#detail .diff ins b").inner_text() == "None"
