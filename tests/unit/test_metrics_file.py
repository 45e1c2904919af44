"""The figures for Prometheus: its own parser reads them, and the counts are those of the funnel."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from dataset_samples import run
from prometheus_client.parser import text_string_to_metric_families
from report_pages import finished
from steps import config

from ferrule.core.files import read_json, write_json
from ferrule.report.metrics import metrics_text
from ferrule.report.results_folder import Results
from report import push_metrics, write_metrics


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = finished(tmp_path_factory.mktemp("finished"))
    for rule, cpu in (("judge/alpha@1.0.0", "1.50"), ("judge/beta@1.0.0", "0.50"), ("mix", "0.25")):
        log = folder / f"logs/{rule}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"done\ncost: {cpu} s CPU, 2.00 s, 100 MB\n")
    return folder


def values(text: str) -> dict[tuple, float]:
    """The value of each metric by its name and labels, as the client library's parser has them."""
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_counts_are_those_of_the_funnel(folder):
    found, funnel = values(metrics_text(Results(folder))), read_json(folder / "dataset/funnel.json")
    expected = {
        ("ferrule_crates", ("state", name)): funnel["crates"][name]
        for name in ("listed", "accepted", "refused")
    }
    for stage in funnel["stages"]:
        for side in ("in", "out"):
            for kind, count in stage[side].items():
                expected[f"ferrule_stage_rows_{side}", ("kind", kind), ("stage", stage["stage"])] = count
    for stage, reasons in funnel["dropped"].items():
        for reason, count in reasons.items():
            expected["ferrule_dropped", ("reason", reason), ("stage", stage)] = count
    for split, kinds in funnel["split"]["kinds"].items():
        for kind, count in kinds.items():
            expected["ferrule_dataset_rows", ("kind", kind), ("split", split)] = count
    assert len(expected) > 20 and {name: found[name] for name in expected} == expected


def test_the_costs_are_those_of_the_logs(folder):
    found = values(metrics_text(Results(folder)))
    assert found["ferrule_cpu_seconds", ("rule", "judge")] == 2.0
    assert found["ferrule_jobs", ("rule", "judge")] == 2
    assert found["ferrule_largest_process_bytes", ("rule", "mix")] == 100 * 2**20


def test_models_and_trainings(tmp_path):
    rate = {"value": 0.5, "low": 0.4, "high": 0.6}
    view = {"pass_at_k": {"1": rate}, "compile_rate": rate | {"value": 0.75}}
    write_json(
        tmp_path / "evaluate/own/m/metrics.json",
        {"benchmark": "own", "model": 'm"\n', "views": {"policy_off": view}},
    )
    write_json(tmp_path / "train/small/metrics.json", {"loss": 1.25, "eval_loss": None})
    found = values(metrics_text(Results(tmp_path)))
    labels = (("benchmark", "own"), ("figure", "compile_rate"), ("model", 'm"\n'), ("policy", "policy_off"))
    assert found["ferrule_model_rate", *labels] == 0.75
    assert found["ferrule_training", ("figure", "loss"), ("run", "small")] == 1.25
    assert len(found) == 3


def test_an_empty_and_a_missing_folder(tmp_path):
    assert metrics_text(Results(tmp_path)) == ""
    with pytest.raises(SystemExit, match="no such folder"):
        run(write_metrics, "--results", tmp_path / "none", "--out", tmp_path / "m.prom")


def test_a_push_gateway_gets_them(folder, tmp_path):
    got = []

    class Gateway(BaseHTTPRequestHandler):
        def do_PUT(self):
            got.append((self.path, self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    run(write_metrics, "--results", folder, "--out", tmp_path / "metrics.prom")
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        run(
            push_metrics,
            "--metrics",
            tmp_path / "metrics.prom",
            *config(metrics={"push_gateway": address, "job": "mine"}),
        )
        server.shutdown()
    ((path, text),) = got
    assert path == "/metrics/job/mine" and values(text) == values((tmp_path / "metrics.prom").read_text())


@pytest.mark.parametrize(
    ("address", "says"),
    [(None, r"set metrics\.push_gateway"), ("http://127.0.0.1:9", "did not take the metrics")],
)
def test_what_a_push_says_when_it_fails(tmp_path, address, says):
    (tmp_path / "metrics.prom").write_text("")
    with pytest.raises(SystemExit, match=says):
        run(push_metrics, "--metrics", tmp_path / "metrics.prom", *config(metrics={"push_gateway": address}))
