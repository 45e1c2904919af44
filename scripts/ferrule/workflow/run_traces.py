"""A trace of a run by OpenTelemetry: a span for the run, and one for each job below it.

Off, unless OTEL_EXPORTER_OTLP_ENDPOINT or OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is set; OTLP over HTTP. The other standard
variables hold too: OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS, OTEL_SDK_DISABLED ...
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
ENDED = ("job finished", "job failed", "job stopped")
FLUSH = 10_000  # milliseconds that the end of a run waits for the receiver


def traces() -> Traces | None:
    """The listener of a run's events; None where no receiver is named."""
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return None
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    return Traces()


class Traces:
    """Makes spans of events."""

    def __init__(self) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # A receiver that is down is named once, at the end, and not at each try of the library.
        library = logging.getLogger("opentelemetry")
        library.addHandler(logging.NullHandler())
        library.propagate = False
        self.exporter = Counting(OTLPSpanExporter())
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "ferrule"}
        self.provider = TracerProvider(resource=Resource.create(named))
        processor = BatchSpanProcessor(self.exporter)  # type: ignore[arg-type]  # has its methods
        self.provider.add_span_processor(processor)
        self.tracer = self.provider.get_tracer("ferrule")
        self.run: Any = None
        self.above: Any = None  # the context with the span of the run

    def __call__(self, event: str, fields: Mapping[str, Any], times: tuple[float, float]) -> None:
        from opentelemetry import trace
        from opentelemetry.trace import StatusCode

        began, ended = (int(seconds * 1e9) for seconds in times)
        if event == "run started":
            if self.run is None:
                self.run = self.tracer.start_span("snakemake", start_time=began)
                self.above = trace.set_span_in_context(self.run)
            self.run.set_attributes({"ferrule.jobs": fields["jobs"]})
        elif event in ENDED:
            span = self.tracer.start_span(str(fields["rule"]), context=self.above, start_time=began)
            attributes = {
                f"ferrule.{name}": value
                for name, value in fields.items()
                if value != "" and name != "last_lines"
            }
            span.set_attributes(attributes)
            if event != "job finished":
                span.set_status(StatusCode.ERROR, str(fields.get("reason") or event))
            span.end(ended)
        elif event == "run finished" and self.run is not None:
            self.run.set_attributes({f"ferrule.{name}": value for name, value in fields.items()})
            if fields.get("failed"):
                self.run.set_status(StatusCode.ERROR, f"{fields['failed']} jobs failed")
            self.run.end(ended)

    def close(self) -> None:
        self.provider.force_flush(FLUSH)
        self.provider.shutdown()
        if self.exporter.lost:
            print(
                f"traces: the receiver did not take {self.exporter.lost} spans; is"
                f" {next(os.environ[name] for name in ENDPOINTS if os.environ.get(name))} right?",
                file=sys.stderr,
            )


class Counting:
    """An exporter that counts the spans that its receiver did not take."""

    def __init__(self, exporter: Any):
        self.exporter, self.lost = exporter, 0

    def export(self, spans: Sequence[Any]) -> Any:
        from opentelemetry.sdk.trace.export import SpanExportResult

        try:
            result = self.exporter.export(spans)
        except Exception:  # whatever the library makes of a broken connection
            result = SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self.lost += len(spans)
        return result

    def shutdown(self) -> None:
        self.exporter.shutdown()

    def force_flush(self, timeout_millis: int = FLUSH) -> bool:
        return self.exporter.force_flush(timeout_millis)
