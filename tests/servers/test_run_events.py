"""Events of a run, made from records as Snakemake writes them: names, fields, outcomes, traces, rotation."""

import io
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ferrule.core.files import write_json
from ferrule.workflow import run_traces
from ferrule.workflow.run_events import RunEvents, outcome
from ferrule.workflow.run_record import record_in, rotate, stream_of_events


def record(event: str, **fields) -> logging.LogRecord:
    made = logging.LogRecord("snakemake", logging.INFO, "", 0, fields.pop("msg", ""), None, None)
    made.__dict__ |= {"event": event} | fields
    return made


def job_info(number: int, rule="clippy", crate="semver@1.0.28", output=(), log=()):
    wildcards = {"crate": crate} if crate else {}
    return record(
        "job_info", jobid=number, rule_name=rule, wildcards=wildcards, output=list(output), log=list(log)
    )


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        self.now += 1
        return self.now


def run_of(listeners, records):
    events = RunEvents(logging.NullHandler(), listeners, Clock())
    for each in records:
        events.emit(each)
    events.close()
    events.close()


def test_a_run_as_lines_of_json(tmp_path):
    log = tmp_path / "clippy.log"
    log.write_text("no space left\ncost: 1.50 s CPU, 2.00 s, 30 MB\n")
    write_json(tmp_path / "clippy.json", {"status": "timeout", "reason": "over 600 s"})
    out = io.StringIO()
    run_of(
        [stream_of_events(out)],
        [
            record("run_info", stats={"clippy": 2, "total": 2}),
            job_info(1, output=[str(tmp_path / "clippy.json")], log=[str(log)]),
            job_info(2, crate="hex@0.4.3", log=[str(log)]),
            record("job_finished", job_id=1),
            record(
                "error", msg="CalledProcessError in file ...\nCommand ... returned non-zero exit status 1."
            ),
            record("job_error", jobid=2, rule_name="clippy", log=[str(log)]),
        ],
    )
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [
        "run started",
        "job started",
        "job started",
        "job finished",
        "job failed",
        "run finished",
    ]
    done, failed, end = lines[3:]
    assert (done["crate"], done["status"], done["reason"]) == ("semver@1.0.28", "timeout", "over 600 s")
    assert (done["cpu_s"], done["memory_mb"]) == (1.5, 30) and done["seconds"] > 0
    assert (failed["crate"], failed["level"]) == ("hex@0.4.3", "error")
    assert failed["reason"] == "returned non-zero exit status 1" and "no space left" in failed["last_lines"]
    assert (end["finished"], end["failed"], end["status"]) == (1, 1, "failed")


def test_a_job_that_runs_when_the_run_is_stopped_is_recorded():
    out = io.StringIO()
    run_of([stream_of_events(out)], [record("run_info", stats={"total": 1}), job_info(1)])
    assert [json.loads(line)["event"] for line in out.getvalue().splitlines()][-2:] == [
        "job stopped",
        "run finished",
    ]


def test_a_listener_that_breaks_does_not_stop_the_run():
    class Broken:
        def __call__(self, *event):
            raise OSError("disk full")

        def close(self):
            pass

    shown = []

    class Display(logging.NullHandler):
        def handle(self, record):
            shown.append(str(record.msg))

    events = RunEvents(Display(), [Broken()], Clock())
    events.emit(record("run_info", stats={"total": 1}))
    assert "event not recorded: OSError('disk full')" in shown


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"status": "failed", "reason": "no lib"}, {"status": "failed", "reason": "no lib"}),
        (
            {"accepted": False, "failed": ["edition", "license"]},
            {"status": "refused", "reason": "edition, license"},
        ),
        ({"accepted": True, "failed": []}, {"status": "accepted", "reason": ""}),
        ([1], {"status": "ok", "reason": ""}),
    ],
)
def test_outcomes(tmp_path, content, expected):
    write_json(tmp_path / "out.json", content)
    assert (
        outcome([str(tmp_path / "none.json"), str(tmp_path / "rows.parquet"), str(tmp_path / "out.json")])
        == expected
    )


def test_the_newest_files_stay(tmp_path):
    for number in range(5):
        (tmp_path / f"2026-01-0{number}.jsonl").touch()
    rotate(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2026-01-03.jsonl", "2026-01-04.jsonl"]
    made = record_in(tmp_path, 2)
    made("run started", {"jobs": 1}, (0.0, 1.0))
    made.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert len(names) == 2 and names[0] == "2026-01-04.jsonl"
    assert json.loads((tmp_path / names[1]).read_text())["event"] == "run started"


# --- traces, against a receiver that decodes OTLP -----------------------------------------------------


@pytest.fixture
def receiver():
    """An address of this machine, and the spans that it was sent."""
    spans = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            request = ExportTraceServiceRequest()
            request.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in request.resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                spans.extend(
                    (self.path, names, span) for scope in resource.scope_spans for span in scope.spans
                )
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", spans
        server.shutdown()


def attributes(span) -> dict:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}


def test_a_span_for_every_job(receiver, monkeypatch):
    address, spans = receiver
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "team=data")
    run_of(
        [run_traces.traces()],
        [
            record("run_info", stats={"total": 2}),
            job_info(1),
            job_info(2, rule="mix", crate=""),
            record("job_finished", job_id=1),
            record("error", msg="returned non-zero exit status 1"),
            record("job_error", jobid=2, rule_name="mix", log=[]),
        ],
    )
    found = {span.name: span for _, _, span in spans}
    assert set(found) == {"snakemake", "clippy", "mix"}
    path, resource, _ = spans[0]
    assert path == "/v1/traces" and (resource["service.name"], resource["team"]) == ("ferrule", "data")
    run, clippy, mix = found["snakemake"], found["clippy"], found["mix"]
    assert {span.trace_id for span in found.values()} == {run.trace_id}
    assert clippy.parent_span_id == mix.parent_span_id == run.span_id and not run.parent_span_id
    assert attributes(clippy) | {"ferrule.status": ""} == {
        "ferrule.rule": "clippy",
        "ferrule.wildcards": "semver@1.0.28",
        "ferrule.crate": "semver@1.0.28",
        "ferrule.status": "",
    }
    assert mix.status.code == 2 and mix.status.message == "returned non-zero exit status 1"
    # By the run's clock: the job began one second after the other, and took some.
    assert (
        clippy.start_time_unix_nano >= 1_000 * 10**9
        and clippy.end_time_unix_nano > clippy.start_time_unix_nano
    )
    assert attributes(run)["ferrule.failed"] == 1


def test_traces_are_off_unless_a_receiver_is_named(monkeypatch):
    for name in run_traces.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert run_traces.traces() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert run_traces.traces() is None


def test_a_receiver_that_is_down_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:9/v1/traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    run_of(
        [run_traces.traces()],
        [record("run_info", stats={"total": 1}), job_info(1), record("job_finished", job_id=1)],
    )
    said = capsys.readouterr().err
    assert said == "traces: the receiver did not take 2 spans; is http://127.0.0.1:9/v1/traces right?\n"
