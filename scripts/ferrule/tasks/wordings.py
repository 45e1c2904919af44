"""The wordings of prompts: resources/prompts.yaml, read into complete templates.

A group is a list of templates, or parts that go together: every request with every ending, the code between them
(`before`: the request comes first) or above both (`after`: the code comes first).
"""

from __future__ import annotations

from pathlib import Path

from ferrule.core.yaml_files import read_yaml

ANY = "any"  # the group for functions and methods alike

Templates = dict[str, dict[str, list[str]]]


def read_templates(path: str | Path) -> Templates:
    """Task -> group -> templates."""
    given = read_yaml(path)
    return {task: {name: complete(group) for name, group in groups.items()} for task, groups in given.items()}


def complete(group: list[str] | dict) -> list[str]:
    if isinstance(group, list):
        return [template.strip("\n") for template in group]
    shown = group.get("shown", "{code}").strip("\n")
    made = []
    for end in group["ends"]:
        made += [f"{ask.strip()}\n\n{shown}\n\n{end.strip()}" for ask in group.get("before", ())]
        made += [f"{shown}\n\n{ask.strip()} {end.strip()}" for ask in group.get("after", ())]
    return made
