"""Reports of made-up results folders, and what stands in them."""

from __future__ import annotations

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from dataset_samples import build, sample, write_crate

from ferrule.core.files import write_rows
from ferrule.core.schemas import SAMPLES
from ferrule.report.page import html, read_page

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "resources/report/page.html"
MIX = '{"code_generation": 0.6, "explanations": 0.2, "fill_in_middle": 0.2}'
# Ends a script element, opens a tag, reorders a line, rings a bell, is not in any font.
HOSTILE = '</script><img src=x onerror="window.hacked=1">\x07\x1b[31m\u202e{{ 1 + 1 }}<!-- \ud7ff'


def finished(folder: Path) -> Path:
    """A results folder with two accepted crates and a refused one, without logs, training or tests."""
    write_crate(folder / "crates", "alpha", 12)
    write_crate(folder / "crates", "beta", 8)
    write_crate(folder / "crates", "refused", 4, accepted=False)
    build(folder, ["beta@1.0.0", "alpha@1.0.0", "refused@1.0.0"], MIX)
    return folder


def hostile_rows(folder: Path) -> Path:
    """A table of rows, every text of which is meant to break the page."""
    rows = [
        sample(
            prompt=f"Fix it:\n```rust\n{HOSTILE}\n```\nerror[E0308]: {HOSTILE}",
            gen=f"fn f() {{ {HOSTILE} }}",
            split="train",
            task="error_fixing",
            crate=f"evil{number}",
            file=HOSTILE,
            variant="drop_await",
            _error_code="E0308",
            _diagnostic=f"error[E0308]: {HOSTILE}\n --> src/lib.rs:1:1\n  |\n1 | x\n  | ^ {HOSTILE}\n",
            _before=f"fn f() {{ {HOSTILE}\n }}",
            _license=HOSTILE,
            id=f"{number:016x}",
        )
        for number in range(3)
    ]
    write_rows(folder / "dataset/provenance.parquet", rows, SAMPLES)
    return folder


def page_of(folder: Path, **options) -> str:
    return html(read_page(folder), TEMPLATE, **options)


def rows_in(page: str) -> list[dict]:
    """The rows that a page's browser can show."""
    found = re.search(r'<script type="application/octet-stream" id="sample-data">([^<]*)</script>', page)
    return json.loads(gzip.decompress(base64.b64decode(found[1]))) if found else []


class Text(HTMLParser):
    """The visible text of a page, and what it loads."""

    def __init__(self, page: str):
        super().__init__()
        self.texts: list[str] = []
        self.loaded: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.loaded += [given[name] for name in ("src", "srcset", "data") if given.get(name)]
        if tag in ("link", "use", "image"):
            self.loaded.append(given.get("href") or "")
        if tag in ("script", "style"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and tag == self.open[-1]:
            self.open.pop()

    def handle_data(self, data):
        if not self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())
