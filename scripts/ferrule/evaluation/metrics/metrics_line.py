"""The main figures of an evaluation as one flat JSON object, under the names that other harnesses print."""

from __future__ import annotations

from typing import Any

import orjson

from ferrule.evaluation.metrics.metrics_page import shown_k
from ferrule.evaluation.metrics.metrics_types import Figure, Metrics, View


def metrics_line(metrics: Metrics) -> str:
    """One line of JSON. `pass@k` and `compile_rate` are those with the policy off; `policy_on` has both again.

    A figure of quality is null if no sample has it, and missing if quality was not measured.
    """
    views = metrics["views"]
    line: dict[str, Any] = {"benchmark": metrics["benchmark"], "model": metrics["model"]}
    if subset := metrics.get("subset"):
        line["subset"] = subset
    line["problems"] = len(views["policy_off"]["per_problem"])
    line["evaluated_samples"] = metrics["samples"]["total"] - metrics["samples"]["infrastructure"]
    line |= rates(metrics, views["policy_off"])
    if quality := metrics.get("quality"):
        line |= {
            "avg_clippy_warnings": value(quality["clippy"]["warnings"]),
            "avg_idiomatic_score": value(quality["scores"]["idiomatic"]),
            "doc_comment_rate": value(quality["scores"]["documented"]),
            "filtered_samples": quality["prefilter"]["samples"],
        }
    line["policy_on"] = rates(metrics, views["policy_on"])
    return orjson.dumps(line).decode()


def rates(metrics: Metrics, view: View) -> dict[str, float]:
    passing = {f"pass@{k}": view["pass_at_k"][str(k)]["value"] for k in shown_k(metrics)}
    return passing | {"compile_rate": view["compile_rate"]["value"]}


def value(figure: Figure | None) -> float | None:
    return figure and figure["value"]
