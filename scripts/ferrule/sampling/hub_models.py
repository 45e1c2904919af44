"""Models and adapters of the hub: no more of a repository is fetched than the folder that is asked for.

Files go through the hub's cache on this machine. A branch or tag is resolved to its commit. Without a network
the cache serves, if it has the files.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ferrule.sampling.model_sources import copy_files
from ferrule.training import checkpoints
from ferrule.training.model_references import (
    ADAPTER,
    FORM,
    LICENSES,
    MODEL,
    PICKLE,
    WEIGHTS,
    Content,
    Hub,
    content_of,
    hub_of,
)
from ferrule.training.models import ModelError

# The files to take from a folder: no code, no pickled weights, nothing below it (other formats).
WANTED = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt", *LICENSES]
UNWANTED = "*/*"
MOST_SHOWN = 5  # folders in a message


def from_hub(path: str, out: Path, revision: str = "", wanted: Content = "") -> tuple[Hub, Content]:
    """Copy a model or an adapter of the hub, through the hub's cache on this machine; no more than it needs.

    `path` is hub:OWNER/NAME/FOLDER@REVISION, without folder and revision the root of the default branch. Where there
    is neither model nor adapter in the folder, the checkpoint below it with the most steps is taken. Returns where it
    was found, with the commit as revision, and what it is.
    """
    hub = hub_of(path)
    hub = replace(hub, revision=revision or hub.revision)
    # The small files that say what lies where, then the files of one folder.
    under = f"{hub.folder}/" if hub.folder else ""
    heads = [
        f"{under}{below}{name}" for below in ("", f"{checkpoints.PREFIX}*/") for name in (ADAPTER, MODEL)
    ]
    snapshot = snapshot_of(hub, heads)
    hub = replace(hub, revision=snapshot.name)
    folder, content = place_of(snapshot / hub.folder, hub, wanted)
    hub = replace(hub, folder=folder)
    under = f"{folder}/" if folder else ""
    names = [ADAPTER, WEIGHTS, *LICENSES] if content == "adapter" else WANTED
    snapshot_of(hub, [under + name for name in names], [under + UNWANTED])
    if content == "adapter" and not (snapshot / folder / WEIGHTS).is_file():
        snapshot_of(hub, [under + PICKLE])
    copy_files(snapshot / folder, content, out)
    return hub, content


def place_of(folder: Path, hub: Hub, wanted: Content) -> tuple[str, Content]:
    """(folder in the repository, what lies there), by the heads of what is in the snapshot's folder."""
    below = checkpoints.all_of(folder)[::-1] if folder.is_dir() else []
    for each in (folder, *below):
        if content := content_of(each, wanted):
            name = each.name if each != folder else ""
            return "/".join(filter(None, (hub.folder, name))), content
    names = {"adapter": f"adapter ({ADAPTER})", "model": f"model ({MODEL})"}
    text = f"{hub.place} has no {names.get(wanted, f'model and no adapter ({MODEL}, {ADAPTER})')} at {hub.revision}"
    if there := folders_of(hub):
        raise ModelError(f"{text}; there is {', '.join(f'hub:{hub.repository}/{name}' for name in there)}")
    raise ModelError(f"{text}; look at its page for the folder that has one")


def folders_of(hub: Hub) -> list[str]:
    """Folders of the repository that hold a model or an adapter, the last checkpoints first; at most MOST_SHOWN."""
    from huggingface_hub import HfApi, errors

    try:
        files = HfApi().list_repo_files(hub.repository, revision=hub.revision)
    except (errors.HTTPError, errors.OfflineModeIsEnabled, OSError):
        return []
    folders = {Path(file).parent for file in files if Path(file).name in (ADAPTER, MODEL)} - {Path()}
    return [str(each) for each in sorted(folders, key=lambda each: (-checkpoints.steps(each), each))][
        :MOST_SHOWN
    ]


def snapshot_of(hub: Hub, wanted: list[str], unwanted: list[str] | None = None) -> Path:
    """The folder of the hub's cache with these files of the repository; it has the name of the commit."""
    from huggingface_hub import errors, snapshot_download

    name, revision = hub.repository, hub.revision
    try:
        return Path(
            snapshot_download(
                name, revision=revision or None, allow_patterns=wanted, ignore_patterns=unwanted
            )
        )
    except errors.GatedRepoError:
        raise ModelError(
            f"{name} is gated: ask for access on its page on the hub, then `hf auth login` and run again"
        ) from None
    except errors.RevisionNotFoundError:
        raise ModelError(f"{name} has no revision {revision!r}; give a commit or tag from its page") from None
    except errors.RepositoryNotFoundError:
        raise ModelError(
            f"{name}: the hub has no such repository, or it is private: check the spelling, or `hf auth login`; the"
            f" form is {FORM}"
        ) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise ModelError(
            f"{name} is not in the cache and the hub cannot be reached: check the network and that HF_HUB_OFFLINE is"
            " not set, or download the model elsewhere and give its folder as path"
        ) from None
    except (errors.HTTPError, errors.HFValidationError, OSError) as error:
        raise ModelError(
            f"{name}: the hub did not deliver it ({' '.join(str(error).split())[:300]})"
        ) from None
