"""What is made of the models for people and editors: config/config.yaml and config/schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema

from ferrule.workflow.configuration.base import Comments, Section
from ferrule.workflow.configuration.models import Configuration

HEADER = """\
# yaml-language-server: $schema=schema.json
# Every setting with its default. Put what you change into a file of your own (YAML or JSON), which needs to hold only
# what differs: `snakemake --configfile mine.yaml`. A key that does not exist, or a value that cannot be meant, stops
# the run before anything is built. Types and limits are in docs/configuration.md.
# Written by scripts/utilities/write_configuration.py from the models in scripts/ferrule/workflow/configuration.
"""

COMMENTS_FROM = 29  # column of the comments, if the text before them is shorter
LONGEST_LIST = 100  # characters of a list that is written on one line


def config_yaml() -> str:
    """Every key with its default and its description as a comment."""
    lines: list[str] = []
    for key, field in Configuration.model_fields.items():
        comments = next((each.by_key for each in field.metadata if isinstance(each, Comments)), {})
        part = list(entry(key, default_of(field), field.description or "", comments))
        # Sections that have no key yet stand together.
        lines += part if len(part) == 1 and lines and not lines[-1].startswith(" ") else ["", *part]
    return HEADER + "\n".join(lines) + "\n"


def default_of(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True)


def entry(
    key: str, value: Any, comment: str, comments: dict[str, str], path: str = "", depth: int = 0
) -> Iterator[str]:
    """The lines of a key and of everything under it. `comments` are those of named entries, by `path`."""
    name = "  " * depth + scalar(key) + ":"
    if isinstance(value, Section):
        yield from commented(name, comment)
        given = value.model_fields_set  # of a named entry; a section has its defaults
        for each, field in type(value).model_fields.items():
            if given and each not in given:
                continue
            inner = f"{path}.{each}" if path else each
            words = comments.get(inner, field.description or "")
            yield from entry(each, getattr(value, each), words, comments, inner, depth + 1)
    elif isinstance(value, dict) and value:
        yield from commented(name, comment)
        for each, item in value.items():
            yield from entry(each, item, comments[each], comments, each, depth + 1)
    elif isinstance(value, list) and len(", ".join(map(scalar, value))) > LONGEST_LIST:
        yield from commented(name, comment)
        yield from (f"{'  ' * (depth + 1)}- {scalar(item)}" for item in value)
    elif isinstance(value, list):
        yield from commented(f"{name} [{', '.join(map(scalar, value))}]", comment)
    else:
        yield from commented(f"{name} {scalar(value)}", comment)


def commented(text: str, comment: str) -> Iterator[str]:
    first, *more = comment.split("\n")
    yield f"{text + '  ':{COMMENTS_FROM}}# {first}"
    yield from (f"{'':{COMMENTS_FROM}}# {line}" for line in more)


def scalar(value: Any) -> str:
    text = yaml.safe_dump(value, width=float("inf"), default_flow_style=True, allow_unicode=True)
    return text.removesuffix("...\n").rstrip("\n")


class WithoutTitles(GenerateJsonSchema):
    """Titles that repeat a key's name say nothing."""

    def field_title_should_be_set(self, schema) -> bool:
        return False


def json_schema() -> dict:
    """What an editor checks a file of settings with; no key is required, as a file needs only what differs."""
    schema = Configuration.model_json_schema(schema_generator=WithoutTitles)
    tidied(schema)
    let_known_entries_be_changed(schema)
    return {"$schema": WithoutTitles.schema_dialect, "title": "Ferrule's configuration"} | schema


def let_known_entries_be_changed(schema: dict) -> None:
    """An entry that config.yaml has, such as a benchmark, needs no more than what differs; a new one needs all."""
    for key, field in Configuration.model_fields.items():
        part, entries = schema["properties"][key], default_of(field)
        if entries and isinstance(entries, dict) and isinstance(part.get("additionalProperties"), dict):
            name = part["additionalProperties"]["$ref"].rpartition("/")[2]
            definition = schema["$defs"][name]
            schema["$defs"][f"Known{name}"] = {k: v for k, v in definition.items() if k != "required"}
            part["properties"] = {entry: {"$ref": f"#/$defs/Known{name}"} for entry in entries}


def tidied(part: Any) -> None:
    """A schema as one would write it by hand, in place."""
    if isinstance(part, list):
        for each in part:
            tidied(each)
    elif isinstance(part, dict):
        if isinstance(part.get("title"), str):  # of a model: the class's name
            del part["title"]
        if part.get("default", ...) is None and {"type": "null"} not in part.get("anyOf", []):
            del part["default"]  # a key that may be left out, but not be null
        if names := part.pop("patternProperties", None):  # by itself it lets other names pass
            ((pattern, part["additionalProperties"]),) = names.items()
            part["propertyNames"] = {"pattern": pattern} | part["propertyNames"]
        for each in part.values():
            tidied(each)


def schema_json() -> str:
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
