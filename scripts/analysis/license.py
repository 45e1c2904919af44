"""What a crate says of its licence: the manifest's expression, and what its licence files look like.

    python scripts/analysis/license.py --crate-json crate.json --source source/ --out license.json
    python scripts/analysis/license.py --crate-json crate.json --source source/ --cargo-license bin/cargo-license --out license.json

No allow-list here: whether the licence is accepted is the verdict's to say. Figures:

    declared    the manifest's expression as it stands      expression  the same in SPDX's spelling
    problem     what is wrong with it                        files       licence files and what they look like
    from_files  what the files say together, where the manifest has no expression
    mismatch    licences of the files that the expression does not name
    dependencies  licence -> how many locked packages have it (with --cargo-license)

A file is told by phrases of its text (TEXTS below), not by comparing it whole: a changed or shortened
licence may pass for the original, and a text that is not listed is `unknown`. A file with several
texts gives each. Not covered: notices inside source files.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ferrule import cargo, envelope, spdx
from ferrule.tables import read_json

FILE_NAME = re.compile(r"(un)?licen[sc]e|copying|copyright", re.IGNORECASE)
SHIPPED_TEXT = re.compile(r"\.(rs|toml|json|ya?ml|py|sh|html?)$", re.IGNORECASE)  # license.rs is code
MAX_BYTES = 200_000

# Licence, phrases that its text has, phrases that it does not have. Texts are compared in small
# letters with one blank between words. Titles with dates tell the GNU licences apart, since each
# of them names the others further down.
TEXTS = [
    ("Apache-2.0", ["apache license version 2.0, january 2004"], []),
    ("Apache-2.0", ["licensed under the apache license, version 2.0"], []),
    ("MIT", ["permission is hereby granted, free of charge, to any person obtaining a copy", "permission notice shall be included"], ["for any purpose without written agreement"]),
    ("MIT-0", ["permission is hereby granted, free of charge, to any person obtaining a copy"], ["permission notice", "boost software license", "unicode"]),
    ("BSD-3-Clause", ["redistribution and use in source and binary forms", "endorse or promote products"], ["all advertising materials"]),
    ("BSD-4-Clause", ["redistribution and use in source and binary forms", "all advertising materials"], []),
    ("BSD-2-Clause", ["redistribution and use in source and binary forms", "must reproduce the above copyright"], ["endorse or promote products", "all advertising materials"]),
    ("ISC", ["distribute this software for any purpose with or without fee is hereby granted, provided"], []),
    ("0BSD", ["distribute this software for any purpose with or without fee is hereby granted."], []),
    ("Zlib", ["altered source versions must be plainly marked"], []),
    ("BSL-1.0", ["boost software license - version 1.0"], []),
    ("MPL-2.0", ["mozilla public license version 2.0 ="], []),
    ("MPL-2.0", ["mozilla public license, version 2.0 1. definitions"], []),
    ("MPL-2.0", ["mozilla public license version 2.0 1. definitions"], []),
    ("Unlicense", ["this is free and unencumbered software released into the public domain"], []),
    ("CC0-1.0", ["cc0 1.0 universal"], []),
    ("Unicode-3.0", ["unicode license v3"], []),
    ("Unicode-DFS-2016", ["unicode, inc. license agreement - data files and software"], []),
    ("AGPL-3.0-only", ["gnu affero general public license version 3, 19 november 2007"], []),
    ("LGPL-3.0-only", ["gnu lesser general public license version 3, 29 june 2007"], []),
    ("LGPL-2.1-only", ["gnu lesser general public license version 2.1, february 1999"], []),
    ("GPL-3.0-only", ["gnu general public license version 3, 29 june 2007"], []),
    ("GPL-2.0-only", ["gnu general public license version 2, june 1991"], []),
]  # fmt: skip


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = envelope.not_fetched(crate, "license") or read_license(crate, source, arguments)
    envelope.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: license: {result['status']}: {result['reason']}", file=sys.stderr)


def read_license(crate: dict, source: Path, arguments) -> dict:
    expression, problem = spdx.normalise(crate["license"])
    files = {
        path.relative_to(source).as_posix(): licences_in(
            path.read_bytes()[:MAX_BYTES].decode(errors="replace")
        )
        for path in licence_files(source, crate["package"], crate.get("license_file"))
    }
    seen = sorted({licence for licences in files.values() for licence in licences})
    families = {family(word) for word in expression.split()}
    figures = dict(
        declared=crate["license"], expression=expression, problem=problem,
        files={file: licences or ["unknown"] for file, licences in files.items()},
        from_files="" if crate["license"] else expression_of(files),
        mismatch=[licence for licence in seen if expression and family(licence) not in families],
    )  # fmt: skip
    findings = [envelope.finding("licence_file", file=file, level="note", message=", ".join(found) or "unknown")
                for file, found in files.items()]  # fmt: skip
    version, status, reason = "", "ok", ""
    if tool := arguments.cargo_license:
        version = f"cargo-license {arguments.version}".strip()
        rows, reason = run(tool, source / crate["package"])
        status = "unavailable" if reason else "ok"
        figures["dependencies"] = dependencies(rows, crate["name"])
    return envelope.build(crate["crate"], "license", version, status, reason, figures, findings)


def licence_files(source: Path, package: str, named: str | None) -> list[Path]:
    """Files of the package's top folder (and the source's) with a licence's name, and the manifest's own."""
    found = {source / package / named} if named else set()
    for folder in {source, source / package, source / "LICENSES", source / package / "LICENSES"}:
        if folder.is_dir():
            found |= {
                path for path in folder.iterdir()
                if folder.name == "LICENSES" or (FILE_NAME.search(path.name) and not SHIPPED_TEXT.search(path.name))
            }  # fmt: skip
    root = source.resolve()
    resolved = {path.resolve() for path in found if path.is_file() and not path.is_symlink()}
    return sorted(source / path.relative_to(root) for path in resolved if path.is_relative_to(root))


def licences_in(text: str) -> list[str]:
    text = plain(text)
    found = [
        name
        for name, has, lacks in TEXTS
        if all(h in text for h in has) and not any(x in text for x in lacks)
    ]
    return sorted(set(found))


def plain(text: str) -> str:
    return " ".join(text.lower().split())


def family(licence: str) -> str:
    """GPL-3.0 for GPL-3.0-only and GPL-3.0-or-later: the text is the same."""
    return re.sub(r"-(only|or-later)$", "", licence.strip("()"))


def expression_of(files: dict[str, list[str]]) -> str:
    """What the files say together: all of it, since nothing says that one may choose."""
    if not files or not all(files.values()):
        return ""  # no file, or one that is not known: there may be more to it
    return " AND ".join(sorted({licence for licences in files.values() for licence in licences}))


def run(tool: str, package: Path) -> tuple[list[dict], str]:
    """cargo-license's rows for what is locked for this platform, or why there are none. Builds nothing."""
    if not Path(tool).exists():
        return [], f"{tool} is missing; build it with: snakemake tools"
    command = [
        str(Path(tool).resolve()), "license", "--json", "--avoid-dev-deps",
        "--filter-platform", cargo.toolchain()["host"], "--manifest-path", str(package / "Cargo.toml"),
    ]  # fmt: skip
    environment = os.environ | {"CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never"}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=180
        )
        sys.stderr.buffer.write(done.stderr)
        return json.loads(done.stdout), ""
    except subprocess.TimeoutExpired:
        return [], "cargo-license took over 180 s"
    except ValueError:
        return [], f"cargo-license: {cargo.first_error(done.stderr.decode(errors='replace')) or 'no answer'}"


def dependencies(rows: list[dict], crate: str) -> dict[str, int]:
    licences = Counter()
    for row in rows:
        if row["name"] != crate:
            text, problem = spdx.normalise(row["license"])
            licences[text or ("by file" if row.get("license_file") else problem)] += 1
    return dict(licences)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--crate-json", required=True, help="what fetch says of the crate")
    parser.add_argument("--source", required=True, help="the crate's folder")
    parser.add_argument(
        "--cargo-license", metavar="PATH", help="cargo-license 0.7, for the dependencies' licences"
    )
    parser.add_argument("--version", default="", help="its version, for the record")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
