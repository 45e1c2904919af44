"""Sections of what people and other systems get of a run: the report, metrics, the hub."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ferrule.workflow.configuration.base import Section, Text, Whole


class Report(Section):
    samples: Annotated[Whole, Field(le=20_000)] = Field(
        2_000, description="most rows that can be browsed in it; of more rows a choice is shown"
    )


class Metrics(Section):
    push_gateway: Text | None = Field(
        None,
        description="address of a Prometheus push gateway, for `snakemake push_metrics`; null pushes nowhere",
    )
    job: Text = Field("ferrule", description="name of the job that is pushed")


class Hub(Section):
    repository: Text | None = Field(
        None,
        description="OWNER/NAME on the hub; nothing is uploaded unless `snakemake upload_hub` is asked for",
    )
    private: bool = Field(True, description="the repository is private if it has to be created")
