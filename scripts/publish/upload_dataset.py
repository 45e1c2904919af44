"""Upload the hub folder to a repository of the hub; only on request (`snakemake upload_hub`).

    python scripts/publish/upload_dataset.py --folder results/hub --record results/hub_uploaded.json \\
        --config '{"hub": {"repository": "me/rust-rows", "private": true}}'

The repository is created if it is not there. The token is that of `hf auth login`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, parser_of
from ferrule.core.files import write_json
from ferrule.core.hub_uploads import told_in_one_line


def main() -> None:
    arguments = parse_arguments()
    repository = arguments.config["hub"].get("repository")
    if not repository:
        sys.exit("no repository to upload to: set hub.repository: OWNER/NAME")
    commit = upload(repository, arguments.folder, arguments.config["hub"].get("private", True))
    write_json(arguments.record, {"repository": repository, "commit": commit})


def upload(repository: str, folder: Path, private: bool) -> str:
    """The commit. Exits with one line where the hub does not take the folder."""
    try:
        from huggingface_hub import HfApi
    except ImportError:
        sys.exit("huggingface_hub is not installed: `make train`, then repeat")
    hub = HfApi()
    with told_in_one_line(repository):
        hub.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        commit = hub.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=folder,
            commit_message="Dataset",
            # Shards of an earlier version with other names.
            delete_patterns="*.parquet",
        )
    return commit.oid


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--folder", required=True, type=Path, help="results/hub")
    parser.add_argument("--record", required=True, help="repository and commit, JSON")
    add_config(parser, "hub")
    return parser.parse_args()


if __name__ == "__main__":
    main()
