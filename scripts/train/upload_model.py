"""Upload a run's merged model and its card to a repository of the hub; only on request (`snakemake` names the file).

    python scripts/train/upload_model.py --folder results/train/tiny/merged \\
        --card results/train/tiny/README.md --repo me/tiny --record results/train/tiny/uploaded.json

The repository is made private if it is not there. The token is that of `hf auth login`.
"""

from __future__ import annotations

import argparse
import sys

from ferrule.core.files import write_json


def main() -> None:
    arguments = parse_arguments()
    if not arguments.repo:
        sys.exit("no repository to upload to: set `upload: OWNER/NAME` in the run's settings")
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError, LocalTokenNotFoundError

    hub = HfApi()
    try:
        hub.create_repo(arguments.repo, private=True, exist_ok=True)
        hub.upload_folder(repo_id=arguments.repo, folder_path=arguments.folder, commit_message="Merged model")
        commit = hub.upload_file(
            repo_id=arguments.repo,
            path_or_fileobj=arguments.card,
            path_in_repo="README.md",
            commit_message="Model card",
        )
    except LocalTokenNotFoundError:
        sys.exit("not logged in to the hub: `hf auth login`, then repeat")
    except (HTTPError, OSError) as error:
        sys.exit(
            f"{arguments.repo}: the hub did not take it ({str(error).splitlines()[0]}); nothing is lost here"
        )
    write_json(arguments.record, {"repository": arguments.repo, "commit": commit.oid})


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", required=True, help="the merged model")
    parser.add_argument("--card", required=True, help="its card")
    parser.add_argument("--repo", required=True, help="OWNER/NAME")
    parser.add_argument("--record", required=True, help="repository and commit, JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
