"""Figures about executable tasks: how many of each kind, how strong their tests are, why functions have none."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from ferrule.core.markdown import table
from ferrule.core.schemas import TaskRow


def figures_of(tasks: list[TaskRow], outcomes: dict[str, dict], copies: set[str]) -> dict[str, Any]:
    """`outcomes` has of every crate what its proof says, and how many tasks it gave."""
    by_crate = Counter(f"{task['crate']}@{task['version']}" for task in tasks)
    left_out: Counter[str] = Counter()
    for facts in outcomes.values():
        left_out.update(facts["left_out"])
    return dict(
        tasks=len(tasks),
        crates=len(by_crate),
        median_of_a_crate=median(by_crate.values()) if by_crate else 0,
        functions=len({(task["crate"], task["file"], task["start"]) for task in tasks}),
        splits=dict(Counter(task["split"] for task in tasks)),
        kinds=dict(sorted(Counter(task["kind"] for task in tasks).items())),
        strengths=dict(sorted(Counter(task["strength"] for task in tasks).items())),
        unsafe=sum(task["unsafe"] for task in tasks),
        copies_of_train=len(copies),
        left_out=dict(sorted(left_out.items())),
        by_crate={
            spec: dict(
                covered=facts["covered"],
                examined=facts["functions"],
                proved=sum(facts["outcomes"].get(word, 0) for word in ("strong", "weak")),
                strong=facts["outcomes"].get("strong", 0),
                tasks=by_crate.get(spec, facts["tasks"]),
                tests_set_aside=len(facts["set_aside"]),
                reason=facts["reason"],
            )
            for spec, facts in outcomes.items()
        },
    )


def page_of(figures: dict[str, Any]) -> str:
    """The figures as a page."""
    total = max(figures["tasks"], 1)
    strong = figures["strengths"].get("strong", 0)
    parts = [
        "# Executable tasks",
        f"{figures['tasks']} tasks of {figures['functions']} functions in {figures['crates']} crates;"
        f" {strong / total:.0%} strong; {figures['median_of_a_crate']:g} tasks a crate in the median.",
        "",
        table(["kind", "tasks"], [[kind, number] for kind, number in figures["kinds"].items()]),
        table(["split", "tasks"], [[split, number] for split, number in sorted(figures["splits"].items())]),
        table(
            [
                "crate",
                "covered functions",
                "examined",
                "with proof",
                "strong",
                "tasks",
                "tests set aside",
                "why none",
            ],
            [
                [
                    spec,
                    f["covered"],
                    f["examined"],
                    f["proved"],
                    f["strong"],
                    f["tasks"],
                    f["tests_set_aside"],
                    f["reason"],
                ]
                for spec, f in figures["by_crate"].items()
            ],
        ),
        table(
            ["why a function or a prompt gives no task", "number"],
            list(map(list, figures["left_out"].items())),
        ),
    ]
    return "\n\n".join(parts) + "\n"
