"""Advisories, licences and bans among a crate's dependencies, by cargo-deny and a local advisory database.

    python scripts/analysis/deny.py --crate-json crate.json --source source/ --tool results/tools/bin/cargo-deny \\
        --config config/config.yaml --out deny.json

It reads manifests, the lock and the database, builds nothing and stays offline. `tools.advisory_db` is
a git clone of an advisory database, and what is checked out there counts; its commit is a figure of the answer.
Without one the answer is `unavailable`, never a pass. Dependencies for development only are left out.

`worst` is the severity of the worst finding, none to critical:
- a vulnerability has the severity of its CVSS score; without one, or with one that cannot be read, it is high
- unsound and yanked are medium, unmaintained and notices low
- a licence that the allow-list refuses and a banned crate are high

cargo-deny finds each package's licence expression, in its manifest or its licence files; what the
allow-list permits it is decided by `ferrule.crates.spdx`, as in the gate `license`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ferrule.core.command_line import add_config, add_crate, add_files, add_refused, parser_of
from ferrule.core.files import read_json
from ferrule.crates import cargo, spdx, tool_report
from ferrule.crates.cvss import SEVERITIES, severity

SECONDS = 300
SEVERITY = {"unmaintained": "low", "notice": "low", "unsound": "medium", "yanked": "medium"}
# Remarks on our own configuration, on an index that is not asked, or on the spelling of a licence
# (one that is not accepted is `rejected` or `unlicensed` besides).
REMARKS = {
    "advisory-not-detected",
    "yanked-not-detected",
    "index-failure",
    "index-cache-load-failure",
    "license-not-encountered",
    "license-exception-not-encountered",
    "parse-error",
    "no-license-field",
    "empty-license-field",
    "gather-failure",
}

# cargo-deny clones a database from an address with a domain name, its branch `main`. This one exists
# nowhere: GIT_CONFIG_* makes git take the local repository instead.
ADDRESS = "https://advisories.invalid/db"
# With an empty allow-list every licence is `rejected`, and its expression told.
CONFIG = """
[graph]
targets = [{host}]
exclude-dev = true
all-features = {all_features}
[advisories]
db-path = {folder}
db-urls = ["{address}"]
git-fetch-with-cli = true
maximum-db-staleness = "P3650D"
yanked = "allow"
unmaintained = "all"
unsound = "all"
[licenses]
allow = []
[bans]
multiple-versions = "allow"
wildcards = "allow"
"""


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = tool_report.not_measured(crate, "deny", arguments.refused) or measure(crate, source, arguments)
    tool_report.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: deny: {result['status']}: {result['reason']}", file=sys.stderr)


def measure(crate: dict, source: Path, arguments) -> dict:
    if not Path(arguments.tool).exists():
        reason = f"{arguments.tool} is missing; build it with: snakemake tools"
        return tool_report.unavailable(crate["crate"], "deny", reason)
    advisory_db = arguments.config["tools"].get("advisory_db")
    if not advisory_db:
        reason = "no advisory database: set tools.advisory_db to a git clone of one"
        return tool_report.unavailable(crate["crate"], "deny", reason)
    with tempfile.TemporaryDirectory(prefix="ferrule-") as name:
        folder = Path(name)
        try:
            database = front(Path(advisory_db).expanduser(), folder / "database")
        except (OSError, subprocess.CalledProcessError):
            reason = "tools.advisory_db is not a git clone with a commit in it"
            return tool_report.unavailable(crate["crate"], "deny", reason)
        try:
            done = run(crate, source, folder, arguments)
        except subprocess.TimeoutExpired:
            return tool_report.build(
                crate["crate"], "cargo-deny", arguments.version, "timeout", f"over {SECONDS} s"
            )
    # Every licence is rejected here (CONFIG); those that the list refuses are among the findings.
    sys.stderr.buffer.write(
        b"".join(line for line in done.stderr.splitlines(True) if b'"code":"rejected"' not in line)
    )
    findings, finished, error = read_messages(
        done.stderr, arguments.config["gates"].get("allowed_licenses", [])
    )
    if not finished:  # it ends with a summary, whatever it found
        error = " ".join(error.replace(name, "...").split())[:400]
        return tool_report.build(
            crate["crate"], "cargo-deny", arguments.version, "unavailable", error or "no answer"
        )
    return tool_report.build(
        crate["crate"],
        "cargo-deny",
        arguments.version,
        figures=count(findings) | dict(database=database),
        findings=findings,
    )


def front(database: Path, folder: Path) -> str:
    """Make a repository whose `main` is what is checked out in `database`; the commit. Copies nothing.

    So a pinned checkout, another branch's name and a database that belongs to someone else all work.
    """
    git = ["git", "-c", "safe.directory=*", "-C", str(database), "rev-parse", "--path-format=absolute"]
    words = ["--verify", "HEAD^{commit}", "--git-path", "objects", "--git-path", "shallow"]
    commit, objects, shallow = (
        subprocess.run([*git, *pair], capture_output=True, text=True, check=True).stdout.strip()
        for pair in (words[:2], words[2:4], words[4:])
    )
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    (folder / "objects" / "info" / "alternates").write_text(f"{objects}\n")
    if Path(shallow).exists():
        (folder / "shallow").write_bytes(Path(shallow).read_bytes())
    subprocess.run(["git", "-C", str(folder), "update-ref", "refs/heads/main", commit], check=True)
    return commit


def run(crate: dict, source: Path, folder: Path, arguments) -> subprocess.CompletedProcess:
    config = folder / "deny.toml"
    config.write_text(
        CONFIG.format(
            host=json.dumps(cargo.toolchain()["host"]),
            folder=json.dumps(str(folder / "clones")),
            address=ADDRESS,
            all_features=json.dumps(arguments.config["crates"].get("features") == "all"),
        )
    )
    manifest = source.resolve() / crate["package"] / "Cargo.toml"
    command = [
        str(Path(arguments.tool).resolve()),
        "deny",
        "--format",
        "json",
        "--config",
        str(config),
        "--manifest-path",
        str(manifest),
        "check",
        "advisories",
        "licenses",
        "bans",
    ]
    own = int(os.environ.get("GIT_CONFIG_COUNT") or 0)  # what the user gives git the same way stays
    environment = os.environ | {
        "CARGO_NET_OFFLINE": "true",
        "CARGO_TERM_COLOR": "never",
        "GIT_CONFIG_COUNT": str(own + 1),
        f"GIT_CONFIG_KEY_{own}": f"url.{(folder / 'database').as_uri()}.insteadOf",
        f"GIT_CONFIG_VALUE_{own}": ADDRESS,
    }
    # Not in the crate's folder: what cargo reads from there is the crate's to choose.
    return subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS
    )


def read_messages(stderr: bytes, allowed: list[str]) -> tuple[list[dict], bool, str]:
    """(findings, whether cargo-deny finished, the last error that it logged)."""
    findings, finished, error = {}, False, ""
    for line in stderr.splitlines():
        try:
            message = json.loads(line)
            kind, fields = message["type"], message["fields"]
        except (ValueError, TypeError, KeyError):
            continue
        finished |= kind == "summary"
        if kind == "log" and fields.get("level", "").upper() == "ERROR":
            error = fields["message"]
        if kind == "diagnostic" and (found := read_diagnostic(fields, allowed)):
            findings[found["id"], found["message"]] = found
    return list(findings.values()), finished, error


def read_diagnostic(fields: dict, allowed: list[str]) -> dict | None:
    """The finding of one message, None for one that says nothing against a package."""
    code, advisory = fields.get("code") or "unknown", fields.get("advisory") or {}
    # `unlicensed` comes twice, first as a warning.
    if (
        fields["severity"] not in ("error", "warning")
        or code in REMARKS
        or (code, fields["severity"]) == ("unlicensed", "warning")
    ):
        return None
    graphs = fields.get("graphs") or []
    node = graphs[0].get("Krate", graphs[0]) if graphs else {}
    who = f"{node['name']}@{node['version']}: " if "name" in node else ""
    text = fields["message"]
    level = SEVERITY.get(code, "high")
    if code == "vulnerability":
        level = severity(advisory.get("cvss"))
    if code == "rejected" and fields.get("labels"):
        expression = fields["labels"][0]["span"]
        accepted, reason = spdx.check(expression, allowed)
        if accepted:
            return None
        text = f"{expression}: {reason}"
    return tool_report.finding(
        advisory.get("id") or code, category=code, level=level, message=f"{who}{' '.join(text.split())}"
    )


def count(findings: list[dict]) -> dict:
    levels = Counter(found["level"] for found in findings)
    kinds = Counter(found["category"] for found in findings)
    worst = max((found["level"] for found in findings), key=SEVERITIES.index, default="none")
    return dict(worst=worst, total=len(findings), by_severity=dict(levels), by_kind=dict(kinds))


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    add_refused(parser)
    parser.add_argument("--tool", required=True, metavar="PATH", help="cargo-deny 0.20")
    parser.add_argument("--version", default="", help="its version, for the record")
    add_files(parser, "out")
    add_config(parser, "crates", "gates", "tools")
    return parser.parse_args()


if __name__ == "__main__":
    main()
