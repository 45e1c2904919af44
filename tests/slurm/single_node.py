"""A real SLURM on this machine, for tests: its daemons, two virtual nodes, and the records that it keeps.

    with Slurm(folder) as slurm:
        subprocess.run(["sbatch", ...], env=os.environ | slurm.environment)
        slurm.jobs()

Everything is in `folder` and listens on 127.0.0.1; nothing is written to /etc, and the daemons end with the block. It
needs the programs of slurmctld, slurmd, slurm-client and munge, and no rights: every job runs as the caller.

The partition `cpu` has the node c1. The partitions `gpu` and `urgent` share the node g1, which has two devices that
count as GPUs and are none; a job of `urgent` takes the node from jobs of `gpu`, which go back to the queue. There are
no control groups, so memory is polled, and a job over its request is killed.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol")
GRACE = 60  # seconds between SIGTERM and SIGKILL of a job that is pre-empted
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=1,default_queue_depth=1000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
MpiDefault=none
SwitchType=switch/none
ReturnToService=2
# squeue knows a job that is over, for as long as a test may ask.
MinJobAge=3600
KillWait=30
InactiveLimit=0
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName=c1 NodeHostname={host} NodeAddr=127.0.0.1 Port={c1_port} CPUs={cpus} RealMemory={memory} State=UNKNOWN
NodeName=g1 NodeHostname={host} NodeAddr=127.0.0.1 Port={g1_port} CPUs={cpus} RealMemory={memory} Gres=gpu:h100:2 State=UNKNOWN
PartitionName=cpu Nodes=c1 Default=YES MaxTime=1-0 DefaultTime=30 State=UP PreemptMode=OFF
PartitionName=gpu Nodes=g1 MaxTime=1-0 DefaultTime=30 State=UP PriorityTier=1 GraceTime={grace}
PartitionName=urgent Nodes=g1 MaxTime=1-0 DefaultTime=30 State=UP PriorityTier=9 PreemptMode=OFF
"""
FIELDS = [
    "JobID",
    "Name",
    "State",
    "Partition",
    "NodeList",
    "NumCPUs",
    "MinMemory",
    "tres-per-job",
    "Comment",
]
GPUS = "NodeName=g1 Name=gpu Type=h100 File={folder}/gpu[0-1] Flags=nvidia_gpu_env\n"


@dataclass(frozen=True)
class Job:
    """A job as SLURM's queue has it, finished ones too."""

    number: int
    name: str
    state: str
    partition: str
    node: str
    cpus: int
    memory: str
    gpus: int
    comment: str


def missing_programs() -> list[str]:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    return [program for program in PROGRAMS if not shutil.which(program, path=path)]


class Slurm:
    def __init__(self, folder: Path, cpus: int = 32, memory: int = 200_000):
        """`cpus` and `memory` (MB) of each node are counted, not there: SLURM gives away no more than these."""
        self.folder, self.cpus, self.memory = folder, cpus, memory
        self.processes: list[subprocess.Popen] = []
        path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"], "/usr/sbin"])
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": path}

    def __enter__(self) -> Slurm:
        self.folder.mkdir(parents=True)
        # munge trusts a folder that nobody else can write to.
        self.folder.chmod(0o755)
        for name in ("state", "spool-c1", "spool-g1"):
            (self.folder / name).mkdir()
        # Inside a job Snakemake's plugin takes away the variable that says where the configuration is.
        srun = self.folder / "bin/srun"
        srun.parent.mkdir()
        real = shutil.which("srun")
        srun.write_text(f'#!/bin/sh\nSLURM_CONF="{self.folder}/slurm.conf" exec {real} "$@"\n')
        srun.chmod(0o755)
        for number in range(2):
            device = self.folder / f"gpu{number}"
            # With a plain file slurmd complains; only root can make a device.
            if os.geteuid() == 0:
                os.mknod(device, 0o666 | 0o020000, os.makedev(1, 3))
            else:
                device.touch()
        host = socket.gethostname().partition(".")[0]
        names = ("ctld_port", "c1_port", "g1_port")
        values = dict(zip(names, free_ports(len(names)), strict=True)) | {
            "host": host,
            "user": getpass.getuser(),
            "folder": self.folder,
            "cpus": self.cpus,
            "memory": self.memory,
            "grace": GRACE,
        }
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(**values))
        (self.folder / "gres.conf").write_text(GPUS.format(**values))
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self) -> None:
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        files = {name: self.folder / f"munge.{name}" for name in ("socket", "pid", "log", "seed")}
        options = [f"--key-file={key}", f"--socket={files['socket']}", f"--pid-file={files['pid']}"]
        options += [f"--log-file={files['log']}", f"--seed-file={files['seed']}"]
        self.daemon(["munged", "--force", "--foreground", *options])
        self.wait_for(files["socket"].exists, "munged")
        configuration = self.environment["SLURM_CONF"]
        self.daemon(["slurmctld", "-D", "-f", configuration])
        for node in ("c1", "g1"):
            self.daemon(["slurmd", "-D", "-N", node, "-f", configuration])
        self.wait_for(
            lambda: self.ask("sinfo", "-h", "-N", "-t", "idle", "-o", "%N").split() == ["c1", "g1", "g1"],
            "SLURM",
        )

    def daemon(self, command: list[str]) -> None:
        program = command[0]
        with open(self.folder / f"{program}-{len(self.processes)}.said", "wb") as said:
            started = subprocess.Popen(
                command,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.processes.append(started)

    def wait_for(self, there: Callable[[], bool], what: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not there():
            if time.monotonic() > until or any(process.poll() is not None for process in self.processes):
                said = "\n".join(
                    path.read_text(errors="replace")[-600:] for path in self.folder.glob("*.said")
                )
                raise RuntimeError(f"{what} did not come up:\n{said}")
            time.sleep(0.1)

    def __exit__(self, *error) -> None:
        if (self.folder / "slurmctld.pid").exists():
            subprocess.run(
                ["scancel", "--user", getpass.getuser()],
                env=os.environ | self.environment,
                capture_output=True,
            )
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def ask(self, *command: str) -> str:
        done = subprocess.run(command, env=os.environ | self.environment, capture_output=True, text=True)
        return done.stdout

    def jobs(self) -> list[Job]:
        """All jobs since the start, in the order of their numbers, as squeue shows them."""
        wide = ",".join(f"{field}:200" for field in FIELDS)
        lines = self.ask("squeue", "--all", "--noheader", "--states=all", "--sort=i", f"--Format={wide}")
        return [job_of(line) for line in lines.splitlines()]


def job_of(line: str) -> Job:
    number, name, state, partition, node, cpus, memory, tres, comment = (
        line[at : at + 200].strip() for at in range(0, 200 * len(FIELDS), 200)
    )
    gpus = re.search(r"gres[:/]gpu(?::\w+)?[:=](\d+)", tres)
    return Job(
        int(number), name, state, partition, node, int(cpus), memory, int(gpus[1]) if gpus else 0, comment
    )


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
