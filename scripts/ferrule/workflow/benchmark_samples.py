"""Fewer samples of running jobs for the benchmark files.

For `benchmark:` Snakemake 9.27 looks at a job's processes twice a second for 15 seconds, then every 30 seconds. One look
goes over all of /proc and adds up the memory map of each process of the job: for a compiler's, some 8 ms. In the
demonstration that was half of the CPU time of Snakemake's own process. Every three seconds are enough for files that
only say how much memory a long job took; what a job cost stands in its log (ferrule.core.costs).

tests/unit/test_benchmark_samples.py fails when a newer Snakemake no longer has the constant.
"""

from __future__ import annotations

SECONDS = 3.0


def install() -> None:
    """Set how long Snakemake waits between two looks at a job. Snakemake without the constant is left as it is."""
    from snakemake import benchmark

    if hasattr(benchmark, "BENCHMARK_INTERVAL_SHORT"):
        benchmark.BENCHMARK_INTERVAL_SHORT = SECONDS
