"""The failure analysis as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from ferrule.core.markdown import table

NAMED = 10  # crates of a gate or a lint that are named; the JSON file has all


def as_markdown(report: dict) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: dict) -> Iterator[str]:
    crates = report["crates"]
    yield from ["# Failure analysis", ""]
    yield f"{crates['listed']} crates listed, {crates['accepted']} accepted, {crates['refused']} refused."
    yield from ["", "## Crates by gate", ""]
    if report["gates"]:
        ranked = sorted(report["gates"].items(), key=lambda pair: (-pair[1]["crates"], pair[0]))
        yield table(
            ["gate", "crates", "by it alone", "not measured", "which"],
            [
                [
                    gate,
                    found["crates"],
                    found["alone"],
                    found["unavailable"],
                    named(row["crate"] for row in found["rows"]),
                ]
                for gate, found in ranked
            ],
        )
        for gate, found in ranked:
            yield from ["", f"### {gate}", ""]
            for row in found["rows"][:NAMED]:
                yield f"- {row['crate']}: {in_words(row)}"
            if found["crates"] > NAMED:
                yield f"- and {found['crates'] - NAMED} more"
    else:
        yield "None was refused."
    yield from ["", "## Lints of the crates that clippy's gates refused", ""]
    yield (
        table(
            ["lint", "category", "findings", "crates", "by it alone", "which"],
            [
                [
                    row["lint"],
                    row["category"],
                    row["findings"],
                    len(row["crates"]),
                    row["alone"],
                    named(row["crates"]),
                ]
                for row in report["lints"]
            ],
        )
        if report["lints"]
        else "None."
    )
    yield from ["", "## Crates that one gate alone stands against", ""]
    yield (
        table(
            ["crate", "gate", "value", "limit", "short by", "would pass with"],
            [
                [
                    row["crate"],
                    row["gate"],
                    str(row["value"]),
                    str(row["threshold"]),
                    str(row["by"]),
                    f"`{row['setting']}`",
                ]
                for row in sorted(report["near"], key=lambda row: (row["by"], row["crate"]))
            ],
        )
        if report["near"]
        else "None."
    )
    yield from ["", "## Functions and rows by reason", ""]
    yield (
        table(
            ["stage", "reason", "task", "rows", "functions", "crates"],
            [
                [row[key] for key in ("stage", "reason", "task", "rows", "functions", "crates")]
                for row in report["functions"]
            ],
        )
        if report["functions"]
        else "None."
    )


def named(crates) -> str:
    """The first few; the rest as a number."""
    names = list(crates)
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def in_words(row: dict) -> str:
    """What was measured against what was asked."""
    words = " ".join(str(row["reason"]).split())
    if row["value"] is None or isinstance(row["threshold"], list):
        return words
    return f"{row['value']}, the limit is {row['threshold']}" + (f" ({words})" if words else "")
