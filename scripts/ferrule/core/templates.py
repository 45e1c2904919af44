"""Jinja2 templates of pages and cards.

    html_template("resources/comparison.html").render(title=title, ...)
    markdown_template("resources/model_card.md").render(run=run, ...)

Pages escape every value for HTML. Cards do not: a template writes text from elsewhere with the filter `inline`, `code`,
`cell` or `row` (`ferrule.core.markdown`), and counts with `thousands`. A name that is not given is an UndefinedError.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from ferrule.core import markdown


def html_template(file: str | Path, **filters: Callable) -> Template:
    """The template of an HTML page, with filters of its own. TemplateNotFound names a file that does not exist."""
    return _html_environment(Path(file).absolute().parent, *filters.items()).get_template(Path(file).name)


def markdown_template(file: str | Path) -> Template:
    """The template of a Markdown file. TemplateNotFound names a file that does not exist."""
    return _markdown_environment(Path(file).absolute().parent).get_template(Path(file).name)


# One for each folder and its filters: it compiles a template again only when its file has changed.
@functools.cache
def _html_environment(folder: Path, *filters: tuple[str, Callable]) -> Environment:
    environment = _environment(folder, autoescape=True)
    environment.filters |= dict(filters)
    return environment


@functools.cache
def _markdown_environment(folder: Path) -> Environment:
    environment = _environment(folder, autoescape=False)
    environment.filters |= {
        "cell": markdown.cell,
        "code": markdown.code,
        "inline": markdown.inline,
        "row": markdown.row,
    }
    return environment


def _environment(folder: Path, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["thousands"] = "{:,}".format
    return environment
