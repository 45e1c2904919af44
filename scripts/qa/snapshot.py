"""Fetch one commit of a repository, without a work tree: nothing of it is run, no link is followed.

    python scripts/qa/snapshot.py --name dtolnay--semver --address https://github.com/dtolnay/semver --ref 1.0.27 \\
        --clone results/qa/clones/dtolnay--semver.git --out results/qa/repositories/dtolnay--semver/objects.git \\
        --record results/qa/repositories/dtolnay--semver/snapshot.json

--clone is kept from run to run, so that an update fetches what is new; it can be deleted. A repository that is gone, has
moved or has no such ref is a record with a reason. A network that fails ends the step: run again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path

from ferrule.core.command_line import add_files, parser_of
from ferrule.core.files import write_json
from ferrule.core.reasons import RepositoryReason, Status
from ferrule.qa.git import Store, Unfetched, Unreachable
from ferrule.qa.repository_list import Repository, wrong_address


def main() -> None:
    arguments = parse_arguments()
    if wrong := wrong_address(arguments.address):
        sys.exit(f"--address: {wrong}")
    repository = Repository(arguments.name, arguments.address, arguments.ref, arguments.license)
    record = dict(
        name=repository.name,
        address=repository.address,
        ref=repository.ref,
        license=repository.license,
        commit="",
        status=Status.OK,
        reason="",
        detail="",
    )
    clone, out = Path(arguments.clone), Path(arguments.out)
    try:
        record["commit"] = fetch(repository, clone)
        print(f"{repository.name}: commit {record['commit']}")
    except Unfetched as error:
        if error.reason == RepositoryReason.DISK_FULL:
            sys.exit(f"{repository.address}: the disk is full; free some space, then run again")
        record |= dict(status=Status.UNAVAILABLE, reason=error.reason, detail=error.detail)
        print(f"{repository.name}: {error}")
    except (Unreachable, RuntimeError) as error:
        sys.exit(str(error))
    copy_objects(clone if record["commit"] else None, out)
    write_json(arguments.record, record)


def fetch(repository: Repository, clone: Path) -> str:
    """The commit. A clone that git cannot use any more, as a killed run may leave one, is made again once."""
    try:
        return Store.open(clone).fetch(repository)
    except Unfetched as error:
        if error.reason != RepositoryReason.BROKEN or not clone.exists():
            raise
    shutil.rmtree(clone)
    return Store.open(clone).fetch(repository)


def copy_objects(clone: Path | None, out: Path) -> None:
    """The clone as it is now, with linked files: git never changes the file of an object."""
    shutil.rmtree(out, ignore_errors=True)
    if clone is None:
        out.mkdir(parents=True)
        return
    shutil.copytree(clone, out, copy_function=link_or_copy)


def link_or_copy(source: str, target: str) -> None:
    if "/objects/" in source:
        try:
            os.link(source, target)
            return
        except OSError:
            pass  # another file system
    shutil.copyfile(source, target)


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name in results/qa/repositories")
    parser.add_argument("--address", required=True, help="https or ssh address, or a folder")
    parser.add_argument("--ref", default="", help="branch, tag or commit; empty for its own head")
    parser.add_argument("--license", default="", help="SPDX expression, if the repository names none")
    parser.add_argument("--clone", required=True, metavar="FOLDER", help="bare repository that is kept")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="bare repository with the commit")
    add_files(parser, record="what was fetched, or why nothing")
    return parser.parse_args()


if __name__ == "__main__":
    main()
