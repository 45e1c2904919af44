"""The severity of a vulnerability from its CVSS 3 vector (first.org, specification of CVSS 3.1)."""

from __future__ import annotations

SEVERITIES = ("none", "low", "medium", "high", "critical")

# CVSS 3.1, section 7.4: the metric values of the base score.
CVSS = {
    "AV": dict(N=0.85, A=0.62, L=0.55, P=0.2),
    "AC": dict(L=0.77, H=0.44),
    "UI": dict(N=0.85, R=0.62),
    "PR": dict(N=0.85, L=0.62, H=0.27),
    "C": dict(H=0.56, L=0.22, N=0),
    "I": dict(H=0.56, L=0.22, N=0),
    "A": dict(H=0.56, L=0.22, N=0),
}


def severity(vector: str | None) -> str:
    """The severity of a CVSS 3 vector, `high` for none, another version or a broken one."""
    parts = dict(part.split(":", 1) for part in (vector or "").split("/") if ":" in part)
    if parts.get("CVSS") not in ("3.0", "3.1"):
        return "high"
    try:
        value = {metric: CVSS[metric][parts[metric]] for metric in CVSS}
        changed = {"C": True, "U": False}[parts["S"]]
    except KeyError:
        return "high"
    if changed:
        value["PR"] = dict(N=0.85, L=0.68, H=0.5)[parts["PR"]]
    loss = 1 - (1 - value["C"]) * (1 - value["I"]) * (1 - value["A"])
    impact = 7.52 * (loss - 0.029) - 3.25 * (loss - 0.02) ** 15 if changed else 6.42 * loss
    ease = 8.22 * value["AV"] * value["AC"] * value["PR"] * value["UI"]
    score = min(10, (1.08 if changed else 1) * (impact + ease)) if impact > 0 else 0
    # The standard rounds up to one decimal; the bounds of its bands are 4, 7 and 9.
    tenths = -(-round(score * 100_000) // 10_000)
    return SEVERITIES[sum(tenths >= bound for bound in (1, 40, 70, 90))]
