"""How often Snakemake looks at a running job for its benchmark file."""

import subprocess

from snakemake import benchmark

from ferrule.workflow import benchmark_samples


def test_a_job_is_looked_at_when_it_starts_and_every_few_seconds(monkeypatch):
    monkeypatch.setattr(benchmark, "BENCHMARK_INTERVAL_SHORT", benchmark.BENCHMARK_INTERVAL_SHORT)
    benchmark_samples.install()
    timers = []
    monkeypatch.setattr(benchmark.DaemonTimer, "start", lambda timer: timers.append(timer.interval))
    with subprocess.Popen(["sleep", "60"]) as job:
        with benchmark.benchmarked(job.pid, record := benchmark.BenchmarkRecord()):
            assert timers == [benchmark_samples.SECONDS] and record.max_rss > 0
        job.kill()
