"""The licence of a crate: the manifest's expression, and what its licence files contain.

    python scripts/analysis/license.py --crate-json crate.json --source source/ --out license.json
    python scripts/analysis/license.py --crate-json crate.json --source source/ \\
        --cargo-license results/tools/bin/cargo-license --out license.json

No allow-list here: whether the licence is accepted is the verdict's to say. Figures:

    declared    the manifest's expression, unchanged      expression  the same in SPDX's spelling
    problem     what is wrong with it                        files       licence files and what they look like
    from_files  what the files say together, where the manifest has no expression
    mismatch    licences of the files that the expression does not name, except permissive ones of others' code
    conflicts   the same in words, file by file: what the gate `license_conflict` reads
    dependencies  licence -> how many locked packages have it (with --cargo-license)

Texts are recognised by phrases (ferrule.crates.licence_texts) and compared with the manifest by ferrule.crates.licence_files,
whose findings these are. Not covered: notices inside source files.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_crate, add_files, parser_of
from ferrule.core.files import read_json
from ferrule.core.reasons import Status
from ferrule.crates import cargo, licence_files, spdx, tool_report


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = tool_report.not_measured(crate, "license") or read_license(crate, source, arguments)
    tool_report.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: license: {result['status']}: {result['reason']}", file=sys.stderr)


def read_license(crate: dict, source: Path, arguments) -> dict:
    expression, problem = spdx.normalise(crate["license"])
    files = licence_files.read_files(source, crate["package"], crate.get("license_file"))
    found = licence_files.compare(crate["license"], files)
    conflicts = [finding for finding in found if finding.id == "licence_conflict"]
    figures = dict(
        declared=crate["license"],
        expression=expression,
        problem=problem,
        files={file: [text.licence for text in texts] or ["unknown"] for file, texts in files.items()},
        from_files="" if crate["license"] else licence_files.expression_of(files),
        mismatch=sorted({licence for finding in conflicts for licence in finding.licences}),
        conflicts=[f"{finding.file}: {finding.message}" for finding in conflicts],
    )
    findings = [
        tool_report.finding(one.id, file=one.file, level=one.level, message=one.message) for one in found
    ]
    version, status, reason = "", Status.OK, ""
    if tool := arguments.cargo_license:
        version = f"cargo-license {arguments.version}".strip()
        rows, reason = run(tool, source / crate["package"])
        status = Status.UNAVAILABLE if reason else Status.OK
        figures["dependencies"] = dependencies(rows, crate["name"])
    return tool_report.build(crate["crate"], "license", version, status, reason, figures, findings)


def run(tool: str, package: Path) -> tuple[list[dict], str]:
    """cargo-license's rows for what is locked for this platform, or why there are none. Builds nothing."""
    if not Path(tool).exists():
        return [], f"{tool} is missing; build it with: snakemake tools"
    command = [
        str(Path(tool).resolve()),
        "license",
        "--json",
        "--avoid-dev-deps",
        "--filter-platform",
        cargo.toolchain()["host"],
        "--manifest-path",
        str(package / "Cargo.toml"),
    ]
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
    parser = parser_of(__doc__)
    add_crate(parser)
    parser.add_argument(
        "--cargo-license", metavar="PATH", help="cargo-license 0.7, for the dependencies' licences"
    )
    parser.add_argument("--version", default="", help="its version, for the record")
    add_files(parser, "out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
