"""The share of a crate's direct dependencies that have a newer version, by cargo-outdated.

    python scripts/analysis/outdated.py --crate-json crate.json --source source/ \\
        --tool results/tools/bin/cargo-outdated --out outdated.json

It asks the registry and runs no code of the crate: outside the sandbox, in a private copy that has the
manifests and the lock, and an empty file for every source file. cargo-outdated lists only what has
changed, so the number of direct dependencies comes from the manifest. The answer is that of the day.

`outdated` counts what is locked in a version older than the newest, as cargo-outdated lists it;
`not_admitted` those of them whose newest version the manifest's requirement rules out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from ferrule.core.command_line import add_crate, add_files, add_refused, parser_of
from ferrule.core.files import read_json
from ferrule.crates import cargo, tool_report

SECONDS = 300


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = tool_report.not_measured(crate, "outdated", arguments.refused) or measure(
        crate, source, arguments
    )
    tool_report.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: outdated: {result['status']}: {result['reason']}", file=sys.stderr)


def measure(crate: dict, source: Path, arguments) -> dict:
    if not Path(arguments.tool).exists():
        reason = f"{arguments.tool} is missing; build it with: snakemake tools"
        return tool_report.unavailable(crate["crate"], "outdated", reason)
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        skeleton(source, Path(folder))
        manifest = Path(folder) / crate["package"] / "Cargo.toml"
        try:
            done = run(arguments.tool, manifest, Path(folder))
            direct = direct_dependencies(cargo.metadata(manifest.parent))
        except subprocess.TimeoutExpired:
            return tool_report.build(
                crate["crate"], "cargo-outdated", arguments.version, "timeout", f"over {SECONDS} s"
            )
        except cargo.CrateError as error:
            # Of the message, not the temporary folder's name: which differs every time.
            reason = str(error).replace(Path(folder).name, "crate")
            return tool_report.build(crate["crate"], "cargo-outdated", arguments.version, "failed", reason)
    sys.stderr.buffer.write(done.stderr)
    rows = read_rows(done.stdout, crate["name"])
    if done.returncode or rows is None:
        # The network or the tool, not the crate: nothing is known.
        said = re.sub(
            rf"{re.escape(folder)}(/again/cargo-outdated\w*)?", "...", done.stderr.decode(errors="replace")
        )
        reason = cargo.first_error(said)
        return tool_report.build(
            crate["crate"], "cargo-outdated", arguments.version, "unavailable", reason or "no answer"
        )
    figures, findings = count(rows, direct)
    return tool_report.build(
        crate["crate"], "cargo-outdated", arguments.version, figures=figures, findings=findings
    )


def run(tool: str, manifest: Path, folder: Path) -> subprocess.CompletedProcess:
    command = [
        str(Path(tool).resolve()),
        "outdated",
        "--root-deps-only",
        "--format",
        "json",
        "--manifest-path",
        str(manifest),
    ]
    environment = os.environ | {
        "CARGO_TERM_COLOR": "never",
        "CARGO_TARGET_DIR": str(folder / "target"),
        "TMPDIR": str(folder / "again"),
        "CARGO_NET_OFFLINE": "false",  # else an old index would answer that nothing is newer
    }
    (folder / "again").mkdir()  # it copies the manifests once more
    return subprocess.run(
        command,
        cwd=manifest.parent,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
    )


def skeleton(source: Path, folder: Path) -> None:
    """Manifests and locks as they are, every .rs file empty: enough for cargo to find the targets."""
    for path in sorted(source.rglob("*")):
        copy = folder / path.relative_to(source)
        if path.is_symlink() or not path.is_file():
            continue
        if path.name in ("Cargo.toml", "Cargo.lock"):
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        elif path.suffix == ".rs":
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.touch()


def direct_dependencies(metadata: dict) -> set[str]:
    """Names of the direct dependencies that come from a registry or git, of every kind."""
    return {d["name"] for d in metadata["dependencies"] if d["source"]}


def read_rows(stdout: bytes, name: str) -> list[dict] | None:
    """The crate's rows: one object a line, one line for each member of a workspace."""
    for line in stdout.splitlines():
        try:
            answer = json.loads(line)
        except ValueError:
            continue
        if isinstance(answer, dict) and answer.get("crate_name") == name:
            return answer["dependencies"]
    return None


def count(rows: list[dict], direct: set[str]) -> tuple[dict, list[dict]]:
    # `---` means no newer one; `Removed` that the newest release of the crate does without it.
    newer = {
        row["name"]: row
        for row in rows
        if row["name"] in direct and row["latest"] not in ("---", "Removed", row["project"])
    }
    # `compat` is the newest that the requirement admits, `---` where that is what is locked.
    ruled_out = [row for row in newer.values() if row["compat"] != row["latest"]]
    figures = dict(
        direct=len(direct),
        outdated=len(newer),
        not_admitted=len(ruled_out),
        ratio=round(len(newer) / len(direct), 6) if direct else 0.0,
    )
    findings = [
        tool_report.finding(
            name,
            category=(row.get("kind") or "").lower() or None,
            level="note",
            message=f"{row['project']}, newest {row['latest']}",
        )
        for name, row in newer.items()
    ]
    return figures, findings


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    add_refused(parser)
    parser.add_argument("--tool", required=True, metavar="PATH", help="cargo-outdated 0.19")
    parser.add_argument("--version", default="", help="its version, for the record")
    add_files(parser, "out")
    return parser.parse_args()


if __name__ == "__main__":
    main()
