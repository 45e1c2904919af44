"""Upload a run's merged model or adapter, and its card, to a repository of the hub; only on request (name the file).

    python scripts/publish/upload_model.py --folder results/train/tiny/merged --card results/train/tiny/README.md \\
        --model-record results/models/smollm2-135m.json --record results/train/tiny/uploaded.json \\
        --config '{"run": {"upload": {"repository": "me/tiny", "what": "merged", "private": true}}}'

The repository is created if it is not there. The token is that of `hf auth login`. An adapter names its base model by
the name on this machine; if the base is a model of the hub, the uploaded one has its name and revision there.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import read_json, write_json
from ferrule.core.hub_uploads import told_in_one_line
from ferrule.training.model_references import ADAPTER, hub_of
from ferrule.training.run_records import ModelRecord

MESSAGES = {"merged": "Merged model", "adapter": "Adapter"}


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["run"]["upload"]
    repository = settings["repository"]
    if not repository:
        sys.exit("no repository to upload to: set upload.repository: OWNER/NAME in the run's settings")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.folder)
        if settings["what"] == "adapter":
            folder = for_the_hub(folder, read_json(arguments.model_record), Path(temporary))
        commit = upload(repository, folder, arguments.card, MESSAGES[settings["what"]], settings["private"])
    write_json(arguments.record, {"repository": repository, "what": settings["what"], "commit": commit})


def for_the_hub(adapter: Path, base: ModelRecord, folder: Path) -> Path:
    """A copy of the adapter that names its base as the hub does; the adapter itself if its base is not from there."""
    if not base["origin"].startswith("hub:"):
        return adapter
    place = hub_of(base["origin"])
    if place.folder:  # PEFT looks for a base in the root of its repository alone
        return adapter
    shutil.copytree(adapter, folder, dirs_exist_ok=True)
    settings = read_json(adapter / ADAPTER) | {
        "base_model_name_or_path": place.repository,
        "revision": base["revision"] or None,
    }
    write_json(folder / ADAPTER, settings)
    return folder


def upload(repository: str, folder: Path, card: str, message: str, private: bool) -> str:
    """The commit after both. Exits with one line where the hub does not take them."""
    from huggingface_hub import HfApi

    hub = HfApi()
    with told_in_one_line(repository):
        hub.create_repo(repository, private=private, exist_ok=True)
        hub.upload_folder(repo_id=repository, folder_path=folder, commit_message=message)
        commit = hub.upload_file(
            repo_id=repository, path_or_fileobj=card, path_in_repo="README.md", commit_message="Model card"
        )
    return commit.oid


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--folder", required=True, help="the merged model, or the adapter")
    parser.add_argument("--card", required=True, help="the run's card")
    parser.add_argument("--model-record", required=True, help="model.json of the base")
    parser.add_argument("--record", required=True, help="repository and commit, JSON")
    add_config(parser, "run")
    return parser.parse_args()


if __name__ == "__main__":
    main()
