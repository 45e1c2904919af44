"""Count unsafe code in a crate and its dependencies with cargo-geiger.

    python scripts/analysis/geiger.py --crate-json crate.json --source source/ \\
        --tool results/tools/bin/cargo-geiger --config config/config.yaml --out geiger.json

cargo-geiger builds the crate, build scripts included, so it runs in the sandbox, on a copy in the
private /tmp. Counted is what the build uses; `unsafe` is over all packages, `own` the crate's share.

It wants the sources of all platforms' dependencies, while `download` brings those of this one. Where some are
missing they are downloaded, as `download` does it and outside the sandbox, and it is run again.

cargo-geiger passes over a file that its parser cannot read (anonymous parameters of edition 2015) and
counts nothing in it. Where the build uses such a file (`unread`), the total is not known: `unsafe` is
null, which the gate takes for unavailable, and `at_least` is what was counted. What `include!` takes
from a file of another name (icu's `.rs.data`) is not counted, nor is the inside of a macro's definition.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from ferrule.core.command_line import add_config, add_crate, add_files, add_refused, parser_of
from ferrule.core.files import read_json
from ferrule.core.reasons import Status
from ferrule.crates import cargo, tool_report
from ferrule.sandbox import session as sandbox
from ferrule.sandbox.sandbox_arguments import sandbox_of

KINDS = ("functions", "exprs", "item_impls", "item_traits", "methods")

# It wants to write beside the manifest (the lock, its own target folder): give it a copy.
SCRIPT = """source=$1 tool=$2 package=$3; shift 3
work=$TMPDIR/ferrule-crate && mkdir "$work" && cp -R "$source"/. "$work" && chmod -R u+w "$work" && cd "$work/$package" &&
"$tool" geiger --offline --locked --output-format Json "$@"
"""
# Where that copy is depends on the machine; what rustc was called with helps nobody.
COPY = re.compile(r"[^\s`(]*/ferrule-crate")
CALL = re.compile(r" Caused by: process didn't exit successfully: `\S*rustc .*")


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = tool_report.not_measured(crate, "geiger", arguments.refused) or measure(crate, source, arguments)
    tool_report.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: geiger: {result['status']}: {result['reason']}", file=sys.stderr)


def measure(crate: dict, source: Path, arguments) -> dict:
    tool = Path(arguments.tool).resolve()
    if not tool.exists():
        reason = f"{arguments.tool} is missing; build it with: snakemake tools"
        return tool_report.unavailable(crate["crate"], "geiger", reason)
    done = scan(tool, crate, source, arguments)
    if done.status == "failed" and b"failed to download" in done.stderr:
        try:
            cargo.cargo("fetch", "--locked", "--quiet", folder=source / crate["package"])
        except (cargo.CrateError, cargo.MachineError) as error:
            reason = f"it needs the sources of all platforms' dependencies: {error}"
            return tool_report.build(crate["crate"], "cargo-geiger", arguments.version, "unavailable", reason)
        done = scan(tool, crate, source, arguments)
    sys.stderr.buffer.write(done.stderr)
    report = read_report(done.stdout)
    # It exits with 1 for warnings too, so a whole report counts more than the exit code. Without
    # one it failed on this crate: most often the crate does not build.
    if report is None or done.status not in ("ok", "failed"):
        status, reason = done.status, done.reason
        if status in ("ok", "failed"):
            said = cargo.first_error(COPY.sub("...", done.stderr.decode(errors="replace")))
            status, reason = Status.FAILED, CALL.sub("", said) or "cargo-geiger gave no report"
        return tool_report.build(crate["crate"], "cargo-geiger", arguments.version, status, reason)
    figures, findings = count(report, crate["name"], crate["version"])
    reason = f"cargo-geiger could not read {figures['unread']} of the files" if figures["unread"] else ""
    return tool_report.build(
        crate["crate"], "cargo-geiger", arguments.version, "ok", reason, figures, findings
    )


def scan(tool: Path, crate: dict, source: Path, arguments) -> sandbox.Outcome:
    mode, limits = sandbox_of(arguments.config)
    features = ["--all-features"] if arguments.config["crates"].get("features") == "all" else []
    with sandbox.Session(source, mode=mode, limits=limits, readonly={tool: "/opt/cargo-geiger"}) as session:
        inside = [str(session.source_inside), session.inside(tool)]
        return session.run(["sh", "-c", SCRIPT, "sh", *inside, crate["package"], *features])


def read_report(stdout: bytes) -> dict | None:
    """cargo-geiger's JSON, which may stand after lines of progress; None if there is none."""
    text = stdout.decode(errors="replace")
    for start in (i for i, letter in enumerate(text) if letter == "{"):
        try:
            report, _ = json.JSONDecoder().raw_decode(text, start)
        except ValueError:
            continue
        if "packages" in report:
            return report
    return None


def count(report: dict, name: str, version: str) -> tuple[dict, list[dict]]:
    figures = {"unsafe": 0, "own": 0, "packages": 0, "packages_with_unsafe": 0} | dict.fromkeys(KINDS, 0)
    figures["unscanned"] = len(report["packages_without_metrics"])
    figures["unread"] = sum(file.endswith(".rs") for file in report["used_but_not_scanned_files"])
    findings = []
    for row in report["packages"]:
        who, used = row["package"]["id"], row["unsafety"]["used"]
        counts = {kind: used[kind]["unsafe_"] for kind in KINDS}
        total = sum(counts.values())
        for kind in KINDS:
            figures[kind] += counts[kind]
        figures["unsafe"] += total
        figures["packages"] += 1
        figures["packages_with_unsafe"] += total > 0
        if (who["name"], who["version"]) == (name, version):
            figures["own"] = total
        if total:
            message = ", ".join(f"{n} {kind}" for kind, n in counts.items() if n)
            findings.append(
                tool_report.finding(f"{who['name']}@{who['version']}", level="note", message=message)
            )
    if figures["unread"]:
        figures["at_least"], figures["unsafe"] = figures["unsafe"], None
    return figures, findings


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    add_refused(parser)
    parser.add_argument("--tool", required=True, metavar="PATH", help="cargo-geiger 0.13")
    parser.add_argument("--version", default="", help="its version, for the record")
    add_files(parser, "out")
    add_config(parser, "crates", "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
