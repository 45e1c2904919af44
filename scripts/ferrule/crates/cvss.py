"""The severity of a vulnerability from its CVSS vector, as first.org's standards score it: versions 2, 3 and 4."""

from __future__ import annotations

SEVERITIES = ("none", "low", "medium", "high", "critical")


def severity(vector: str | None) -> str:
    """The severity of a CVSS vector's base score, one of SEVERITIES; `high` for none and one that cannot be read.

    A vector without a version is of CVSS 2, which has no `none` and no `critical`.
    CVSS 4 has one score, which takes threat and environment into account where the vector states them.
    """
    # Here: the import takes 5 to 10 ms, and the gates want SEVERITIES alone.
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError

    vector = vector or ""
    version = CVSS4 if vector.startswith("CVSS:4") else CVSS3 if vector.startswith("CVSS:") else CVSS2
    try:
        return version(vector).severities()[0].lower()
    except CVSSError:
        return "high"
