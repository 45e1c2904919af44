"""References to models: the text that names one in a configuration, and what lies in its folder.

    models/mine                                       a folder: a whole model, an adapter, or checkpoints
    results/train/x/checkpoints/checkpoint-4000       a checkpoint of a run
    hub:OWNER/NAME/checkpoint-9000@REVISION           of the hub; the folder and the revision may be left out
    pypi:PACKAGE==VERSION:FILE.gguf, random:JSON      whole models only

An adapter has adapter_config.json, a whole model config.json and weights. In a folder of checkpoints the newest complete
one counts.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import orjson

from ferrule.training import checkpoints
from ferrule.training.models import ModelError

ADAPTER = "adapter_config.json"
MODEL = "config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLE = "adapter_model.bin"  # what adapters were saved as before safetensors
# The adapter itself. Its folder may also have the state of the training and a card, which do not change the samples.
ADAPTER_FILES = (ADAPTER, WEIGHTS)
LICENSES = ("LICENSE*", "NOTICE*", "USE_POLICY*")  # patterns of the files that go with either

Kind = Literal["folder", "hub", "pypi", "random"]
Content = Literal["adapter", "model", ""]

FORM = "hub:OWNER/NAME/FOLDER@REVISION (folder and revision may be left out)"
PART = r"[A-Za-z0-9][\w.-]*"
HUB = re.compile(
    rf"hub:(?P<repository>{PART}/{PART})(?:/(?P<folder>{PART}(?:/{PART})*))?(?:@(?P<revision>[\w./-]+))?"
)
# Without `hub:`: what the published pipelines take for a model of the hub.
BARE = re.compile(rf"{PART}/{PART}(/{PART})*(@[\w./-]+)?")
PAGE = re.compile(
    rf"https?://[^/]+/({PART}/{PART})(?:/(?:tree|blob|resolve)/([\w.-]+)(?:/({PART}(?:/{PART})*))?)?/?"
)
OF_A_RUN = re.compile(r"(?:\./)?results/train/([^/]+)/(?:checkpoints|monitored)(?:/checkpoint-[0-9]+)?/?")
OTHER_PREFIXES = ("hub", "hf", "huggingface", "pypi", "random")


@dataclass(frozen=True)
class Hub:
    """A repository of the hub, or a folder in it."""

    repository: str  # OWNER/NAME
    folder: str = ""
    revision: str = ""  # commit, branch or tag; empty for the default branch

    @property
    def place(self) -> str:
        """The reference without its revision."""
        return "hub:" + "/".join(filter(None, (self.repository, self.folder)))


# The text


def kind_of(text: str) -> Kind:
    """What a reference names, by its form. ModelError, with the right form, for a text that is misspelt."""
    prefix, colon, rest = text.partition(":")
    if not colon:
        return "folder"
    if prefix == "hub":
        hub_of(text)
        return "hub"
    if prefix in ("pypi", "random"):
        return "pypi" if prefix == "pypi" else "random"
    if page := PAGE.fullmatch(text):
        raise ModelError(f"{text}: an address is not taken; write {of_page(page)}")
    near = difflib.get_close_matches(prefix.lower(), OTHER_PREFIXES, n=1)
    if near and near[0] not in ("pypi", "random") and BARE.fullmatch(rest.strip("/ ")):
        raise ModelError(f"{text}: unknown prefix {prefix}:; write hub:{rest.strip('/ ')}")
    raise ModelError(f"{text}: unknown prefix {prefix}:; give a folder, {FORM}, pypi:... or random:...")


def hub_of(text: str) -> Hub:
    """The parts of hub:OWNER/NAME/FOLDER@REVISION; ModelError for a text of another form."""
    if found := HUB.fullmatch(text):
        if ".." not in text:
            return Hub(found["repository"], found["folder"] or "", found["revision"] or "")
    rest = text.removeprefix("hub:").strip("/ ")
    page = PAGE.fullmatch(rest)
    if page or (BARE.fullmatch(rest) and ".." not in rest):
        raise ModelError(f"{text!r} is misspelt: write {of_page(page) if page else f'hub:{rest}'}")
    raise ModelError(f"{text!r} is misspelt: expected {FORM}")


def of_page(page: re.Match) -> str:
    """The reference to what an address shows."""
    repository, revision, folder = page.groups()
    place = Hub(repository, folder or "").place
    return f"{place}@{revision}" if revision and revision != "main" else place


def is_reference(text: str) -> bool:
    """Whether a text names a model by its place, rather than by a name of the configuration."""
    return ":" in text or "/" in text or Path(text).is_dir()


def run_of(text: str) -> str:
    """The run whose checkpoints a reference names, else ""."""
    found = OF_A_RUN.fullmatch(text)
    return found[1] if found else ""


# What lies in a folder


def content_of(folder: Path, wanted: Content = "") -> Content:
    """What lies directly in the folder, by its files: a whole model, an adapter, or neither.

    Where both are there, that which is `wanted`, otherwise the model if it has weights of its own.
    """
    adapter, model = (folder / ADAPTER).is_file(), (folder / MODEL).is_file()
    if adapter and model and not wanted:
        own = [file for file in folder.glob("*.safetensors") if file.name != WEIGHTS]
        return "model" if own else "adapter"
    if adapter and wanted != "model":
        return "adapter"
    return "model" if model and wanted != "adapter" else ""


def find(path: str | Path, wanted: Content = "") -> tuple[Path, Content]:
    """(folder, what lies there): the folder itself or, in a folder of checkpoints, the newest complete one.

    ModelError if there is no such folder, or nothing usable in it.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ModelError(no_folder(str(path)))
    candidates = [each for each in checkpoints.all_of(folder)[::-1] if content_of(each, wanted)]
    if content := content_of(folder, wanted):
        if folder.name.startswith(checkpoints.PREFIX) and not is_whole(folder):
            raise ModelError(f"{folder}: incomplete, a job was or is writing it; take an earlier checkpoint")
        return folder, content
    # An incomplete checkpoint may be one that a running job is writing.
    for each in candidates:
        if is_whole(each):
            return each, content_of(each, wanted)
    raise ModelError(nothing_in(folder, wanted, len(candidates)))


def nothing_in(folder: Path, wanted: Content, incomplete: int) -> str:
    names = {"adapter": ("adapter", ADAPTER), "model": ("model", MODEL)}
    what, files = names.get(wanted, ("model and no adapter", f"{MODEL}, {ADAPTER}"))
    text = f"{folder}: no {what} in it (no {files})"
    if incomplete:
        return f"{text}, and {incomplete} checkpoints that are not whole"
    if other := content_of(folder):
        return (
            f"{text}; it holds {'an adapter' if other == 'adapter' else 'a whole model, which has no base'}"
        )
    below = [each.name for each in sorted(folder.iterdir()) if each.is_dir() and content_within(each, wanted)]
    return f"{text}; did you mean {folder / below[0]}?" if below else text


def content_within(folder: Path, wanted: Content) -> bool:
    return any(content_of(each, wanted) for each in (folder, *checkpoints.all_of(folder)))


def no_folder(path: str) -> str:
    """The message for a folder that is not there, with what it may have been meant to be."""
    folder, name = Path(path).parent, Path(path).name
    if name.startswith(checkpoints.PREFIX) and folder.is_dir():
        there = ", ".join(each.name for each in checkpoints.all_of(folder)) or "none"
        return f"there is no folder {path}; checkpoints in {folder}: {there}"
    if BARE.fullmatch(path) and not path.startswith("results/"):
        return f"there is no folder {path}; a model of the hub is hub:{path}"
    return f"there is no folder {path}"


def is_whole(checkpoint: Path) -> bool:
    """Whether all of a checkpoint is there: by the list that Ferrule writes, else by the size of the adapter."""
    if (checkpoint / checkpoints.LIST).is_file() or (checkpoint.parent / checkpoints.CLAIM).is_file():
        return checkpoints.is_whole(checkpoint)
    weights = [*checkpoint.glob("*.safetensors")]
    return all(not is_cut_off(file) for file in weights) and bool(weights or [*checkpoint.glob("*.bin")])


def is_cut_off(file: Path) -> bool:
    """Whether a safetensors file is shorter than its head says."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            size = file.stat().st_size
            head = orjson.loads(stream.read(length)) if length < size else {}
        ends = [entry["data_offsets"][1] for name, entry in head.items() if name != "__metadata__"]
        return size < 8 + length + max(ends, default=0) or not head
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return True


def files_of(folder: Path, content: Content) -> list[Path]:
    """The files that make the model, sorted: of an adapter only its own and its licence, not the state of training."""
    if content == "adapter":
        texts = [file for name in LICENSES for file in folder.glob(name)]
        weights = WEIGHTS if (folder / WEIGHTS).is_file() else PICKLE
        named = [folder / ADAPTER, folder / weights, *texts]
        return sorted(file for file in named if file.is_file())
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(folder).parts)
    )
