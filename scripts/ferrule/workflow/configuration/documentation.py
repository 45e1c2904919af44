"""docs/configuration.md: how settings are given, and every key with its type, limits, default and meaning."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.workflow.configuration.rendering import json_schema, scalar

INTRODUCTION = """\
# Configuration

<!-- Written by scripts/utilities/write_configuration.py from the models in scripts/ferrule/workflow/configuration. -->

`config/config.yaml` has every key with its default. A file of your own, YAML or JSON, needs only what differs:

    snakemake --cores all --configfile mine.yaml
    snakemake --cores all --configfile mine.yaml more.yaml           # where both have a key, the last one counts
    snakemake --cores all --config 'crates={limit: 3}'               # counts more than any file

- Sections are laid over each other key by key; a list is taken as a whole.
- `--config` can give a value of any type. Snakemake hands over what is nested in one as text, so `true`, `3`, `1e-4` and
  `null` become what the key wants; where text is wanted they stay text. The same is true in files, except for `null` where
  text is allowed as well: a file says with quotes what is text.
- All mistakes are reported at once, before anything runs, each with the file and the line that it comes from. A key that a
  file has twice is a mistake. A file that holds no keys (a list, a text, nothing at all) is refused by Snakemake, before
  the workflow is read and without the file's name.
- An editor with a YAML language server checks a file as you type if it begins with
  `# yaml-language-server: $schema=schema.json`, the path as seen from that file.

All of this comes from the models in `scripts/ferrule/workflow/configuration`. After a change there,
`scripts/utilities/write_configuration.py` writes `config/config.yaml`, `config/schema.json` and this page.
"""

TYPES = {"integer": "integer", "number": "number", "string": "text", "boolean": "true or false"}

HEAD = "| key | type | limits | default | meaning |\n|---|---|---|---|---|\n"


def configuration_md() -> str:
    return INTRODUCTION + "".join(Tables(json_schema()).sections())


class Tables:
    """A table for each section of a JSON schema. A section that others hold in part, as `runs` hold `run_defaults`,
    is reported once."""

    def __init__(self, schema: dict):
        self.parts = schema["properties"]
        self.models = schema["$defs"]
        self.homes = {part["$ref"]: name for name, part in self.parts.items() if "$ref" in part}

    def sections(self) -> Iterator[str]:
        for name, part in self.parts.items():
            keys = self.keys_of(part) if "$ref" in part else self.below("NAME", below_names(part), "")
            words = part["description"][0].upper() + part["description"][1:]
            yield f"\n## {name}\n\n{words}.\n\n{HEAD}{''.join(keys)}"

    def keys_of(self, part: dict, prefix: str = "") -> Iterator[str]:
        """The lines of a section's keys."""
        model = self.models[part["$ref"].rpartition("/")[2]]
        for key, each in model["properties"].items():
            default = "needed" if key in model.get("required", ()) else ""
            yield from self.below(prefix + key, each, default)
        if named := below_names(model):
            yield from self.below(f"{prefix}NAME", named, "")

    def below(self, key: str, part: dict, default: str) -> Iterator[str]:
        """The line of a key, or the lines of its section."""
        if part.get("$ref") and part["$ref"] not in self.homes:
            yield from self.keys_of(part, f"{key}.")
        elif section := next((each for each in part.get("anyOf", ()) if "$ref" in each), None):
            yield f"| `{key}` | keys or null |  | the keys below | {part['description']} |\n"
            yield from self.keys_of(section, f"{key}.")
        elif part.get("items", {}).get("$ref"):
            if isinstance(part.get("default"), str):  # a word that may stand for the list
                meaning = part["description"].replace("\n", " ")
                yield f"| `{key}` | `{part['default']}`, or a list |  | `{part['default']}` | {meaning} |\n"
            yield from self.keys_of(part["items"], f"{key}[].")
        else:
            default = default or (f"`{scalar(part['default'])}`" if "default" in part else "")
            meaning = part.get("description", "").replace("\n", " ")
            yield f"| `{key}` | {self.type_of(part)} | {limits(part)} | {default} | {meaning} |\n"

    def type_of(self, part: dict) -> str:
        if "anyOf" in part:
            return " or ".join(self.type_of(each) for each in part["anyOf"])
        if home := self.homes.get(part.get("$ref", "")):
            return f"keys of [{home}](#{home})"
        if part.get("type") == "array":
            words = self.type_of(part["items"])
            return f"list of {words}s" if words in ("integer", "number") else f"list of {words}"
        if part.get("type") == "object":
            return f"names with {self.type_of(below_names(part))}"
        if "enum" in part and "type" not in part:  # texts, and true and false
            return "text or true or false"
        return TYPES.get(part.get("type", ""), "null" if part else "anything")


def below_names(part: dict) -> dict:
    """The sections under keys that the user names."""
    return part.get("additionalProperties") or {}


def limits(part: dict) -> str:
    if "anyOf" in part:
        return ", ".join(filter(None, map(limits, part["anyOf"])))
    found = []
    if "enum" in part:
        found.append(" ".join(f"`{scalar(value)}`" for value in part["enum"]))
    least, most = part.get("minimum"), part.get("maximum")
    if least is not None and most is not None:
        found.append(f"{least} to {most}")
    elif least is not None:
        found.append(f"at least {least}")
    if "exclusiveMinimum" in part:
        found.append(f"above {part['exclusiveMinimum']}")
    if most is not None and least is None:
        found.append(f"at most {most}")
    if "exclusiveMaximum" in part:
        found.append(f"below {part['exclusiveMaximum']}")
    if "patternErrorMessage" in part:
        found.append(part["patternErrorMessage"].removeprefix("expected "))
    if part.keys() & {"minLength", "minItems", "minProperties"}:
        found.append("not empty")
    if part.get("uniqueItems"):
        found.append("none twice")
    for inner in (part.get("items"), below_names(part)):
        if inner and (words := limits(inner)):
            found.append(f"each: {words}")
    return ", ".join(found)
