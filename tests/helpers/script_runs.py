"""Run a script in a process of its own that has loaded the training stack, and harm it on the way: kill it, fill its disk, poison it.

Imported by the tests and, before it forks, by the process that their runs are forked from (conftest.py: forker).
"""

from __future__ import annotations

import ctypes
import importlib
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from steps import config
from steps import script as script_of

from ferrule.core.files import read_json, sha256_file

NOT_POSSIBLE = 77  # exit status where this machine does not let a test do what it wants
NUMBERS = itertools.count()


@dataclass
class Result:
    """How a script ended: its exit status (negative: the signal), and all that it printed."""

    code: int
    output: str


def call_script(
    context, folder: Path, script: str, arguments: list[str], before: Callable[[], None] | None = None
) -> Result:
    """Run scripts/*/`script`.py; `before` is called in its process first, and must be picklable."""
    printed = folder / f"printed_{next(NUMBERS)}.txt"
    process = context.Process(target=run, args=(script, arguments, str(printed), before))
    process.start()
    process.join(1200)
    assert process.exitcode is not None, f"{script} did not end"
    return Result(process.exitcode, printed.read_text(errors="replace"))


def run(script: str, arguments: list[str], printed: str, before: Callable[[], None] | None) -> None:
    out = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    sys.argv = [f"{script}.py", *arguments]
    if before:
        before()
    importlib.import_module(f"{script_of(script).parent.name}.{script}").main()


def set_variable(name: str, value: str) -> None:
    """An environment variable for the run: `before=functools.partial(set_variable, "NAME", "value")`."""
    os.environ[name] = value


class Job:
    """train_adapter.py with a folder of its own."""

    def __init__(self, call, folder: Path, model: Path, packed: dict[str, Path], settings: dict, *more):
        self.call, self.folder, self.settings = call, folder, settings
        self.arguments = ["--model", model, "--train", packed["train"], "--val", packed["val"], *more]
        folder.mkdir(exist_ok=True)

    def run(self, before: Callable[[], None] | None = None) -> Result:
        return self.call("train_adapter", *self.all_arguments(), before=before)

    def all_arguments(self) -> list[str]:
        outputs = [f"--{name}={self.folder / name}" for name in ("work", "logs", "adapter")]
        outputs += [f"--metrics={self.folder / 'metrics.json'}", *config(run=self.settings)]
        return [str(each) for each in [*self.arguments, *outputs]]

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def adapter(self) -> str:
        return sha256_file(self.folder / "adapter/adapter_model.safetensors")

    @property
    def metrics(self) -> dict:
        return read_json(self.folder / "metrics.json")


class WholeJob(Job):
    """train_model.py with a folder of its own."""

    def run(self, before: Callable[[], None] | None = None) -> Result:
        return self.call("train_model", *self.all_arguments(), before=before)

    def all_arguments(self) -> list[str]:
        outputs = [f"--{name}={self.folder / name}" for name in ("work", "logs")]
        outputs += [f"--out={self.folder / 'merged'}", f"--record={self.folder / 'merge.json'}"]
        outputs += [f"--metrics={self.folder / 'metrics.json'}", *config(run=self.settings)]
        return [str(each) for each in [*self.arguments, *outputs]]

    @property
    def record(self) -> dict:
        return read_json(self.folder / "merge.json")


def kill_in_step(step: int) -> None:
    """SIGKILL between the two micro batches of this step: gradients are there, nothing was updated."""
    from ferrule.training import adapter_training as script

    class Deadly(script.Watch):
        def on_substep_end(self, args, state, control, **more):
            if state.global_step == step - 1:
                os.kill(os.getpid(), signal.SIGKILL)

    script.Watch = Deadly


def kill_in_checkpoint(step: int) -> None:
    """SIGKILL when all files of the checkpoint of this step are written, and it is not marked as whole."""
    from ferrule.training import checkpoints

    mark = checkpoints.mark

    def deadly(checkpoint: Path) -> None:
        if checkpoints.steps(checkpoint) == step:
            os.kill(os.getpid(), signal.SIGKILL)
        mark(checkpoint)

    checkpoints.mark = deadly


def kill_after_step(step: int) -> None:
    """SIGKILL after the step's update, before its checkpoint if it has one."""
    from ferrule.training import adapter_training as script

    class Deadly(script.Watch):
        def on_step_end(self, args, state, control, **more):
            super().on_step_end(args, state, control, **more)
            if state.global_step == step:
                os.kill(os.getpid(), signal.SIGKILL)

    script.Watch = Deadly


def kill_before_adapter() -> None:
    """SIGKILL when all is trained and evaluated, and the adapter is about to be written."""
    from ferrule.training import adapter_training as script

    script.save_adapter = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)


def kill_before_model() -> None:
    """SIGKILL when all is trained and evaluated, and the model is about to be written."""
    from ferrule.training import full_training as script

    script.write_model = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)


def write_down_what_is_seen() -> None:
    """The sequences in the order in which they are asked for, beside the folder of checkpoints."""
    from ferrule.core.files import write_json
    from ferrule.training import adapter_training as script

    seen = []

    class Writing(script.Collator):
        def __call__(self, rows):
            seen.extend(list(row["input_ids"]) for row in rows)
            return super().__call__(rows)

    save = script.save_adapter

    def saved(trainer, folder):
        write_json(folder.parent / "seen.json", seen)
        save(trainer, folder)

    script.Collator, script.save_adapter = Writing, saved


def out_of_memory() -> None:
    """The second forward pass asks for more memory than the device has."""
    import torch
    from trl import SFTTrainer

    def fail(*arguments, **more):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9.00 GiB.\nGPU 0 has ...")

    SFTTrainer.training_step = fail


def without_eight_bits() -> None:
    """bitsandbytes has no 8-bit product for this device."""
    from bitsandbytes import functional

    def fail(*arguments, **more):
        raise RuntimeError("no kernel image is available for\nexecution on the device")

    functional.int8_vectorwise_quant = fail


def poison_last_update() -> None:
    """The last update of the run puts a NaN into the adapter."""
    from ferrule.training import adapter_training as script

    class Poison(script.Watch):
        def on_train_end(self, args, state, control, model=None, **more):
            weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
            weights[0].data[0] = float("nan")

    script.Watch = Poison


def poison_update(step: int) -> None:
    """The update of this step puts a NaN into the adapter, which its own loss does not show."""
    from ferrule.training import adapter_training as script

    class Poison(script.Watch):
        def on_step_end(self, args, state, control, model=None, **more):
            super().on_step_end(args, state, control, **more)
            if state.global_step == step:
                weights = [parameter for parameter in model.parameters() if parameter.requires_grad]
                weights[0].data[0] = float("nan")

    script.Watch = Poison


def small_disk(folder: str, kilobytes: int) -> None:
    """A disk of this size at `folder`, which only this process sees; its real end, not a simulated one."""
    libc = ctypes.CDLL(None, use_errno=True)
    new_mounts, new_user = 0x00020000, 0x10000000
    user, group = os.getuid(), os.getgid()
    if libc.unshare(new_mounts | (0 if user == 0 else new_user)):
        sys.exit(NOT_POSSIBLE)
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    private = 1 << 18 | 1 << 14  # MS_PRIVATE | MS_REC
    if libc.mount(None, b"/", None, private, None):
        sys.exit(NOT_POSSIBLE)
    if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", 0, f"size={kilobytes}k".encode()):
        sys.exit(NOT_POSSIBLE)


def check_on_small_disk(work: str, seen: str) -> None:
    """Train on a disk with room for one checkpoint, write what is there then to `seen`, and give it more room."""
    from ferrule.core.files import write_json
    from ferrule.training import checkpoints
    from train import train_adapter as script

    small_disk(work, kilobytes=700)
    code: object = 0
    try:
        script.main()
    except SystemExit as stopped:
        code = stopped.code
    there = checkpoints.all_of(Path(work))
    whole = [path.name for path in there if checkpoints.is_whole(path)]
    adapter = (Path(work).parent / "adapter").exists()
    write_json(
        seen, {"code": code, "there": [path.name for path in there], "whole": whole, "adapter": adapter}
    )
    remount = 32  # MS_REMOUNT
    if ctypes.CDLL(None).mount(None, work.encode(), None, remount, b"size=100m"):
        sys.exit("the disk cannot be made larger")


def fill_disk(folder: str, seen: str) -> None:
    """Fill a disk with each of the writers that a checkpoint has, and write to `seen` which were understood."""
    import torch
    from safetensors.torch import save_file

    from ferrule.core.files import write_json
    from ferrule.training.full_disk import is_disk_full

    small_disk(folder, kilobytes=300)
    file, tensor = Path(folder) / "file", torch.zeros(200_000)
    writers = {
        "torch": lambda: torch.save({"a": tensor}, file),
        "safetensors": lambda: save_file({"a": tensor}, file),
        "system": lambda: file.write_bytes(bytes(10**6)),
    }
    understood = {}
    for name, write in writers.items():
        try:
            write()
        except Exception as error:
            understood[name] = is_disk_full(error, folder)
        file.unlink(missing_ok=True)
    write_json(seen, understood)
    sys.exit(0)
