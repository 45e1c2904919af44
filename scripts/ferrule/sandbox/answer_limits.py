"""What one answer may use when its tests run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JudgeLimits:
    """What one answer may use when its tests run. Compiling has limits of its own."""

    cpu_seconds: int = 10  # CPU time of a process
    wall_seconds: float = 60  # a backstop: a process that uses CPU is ended by `cpu_seconds`
    idle_seconds: float = 5  # without any CPU time used: asleep or in a deadlock
    memory_mb: int = 4096  # address space of a process, memory of all processes
    output_kb: int = 64  # stdout and stderr together
    tmp_mb: int = 16  # its private /tmp
    processes: int = 64  # processes and threads
    stack_mb: int = 8  # of the main thread, where the tests run
