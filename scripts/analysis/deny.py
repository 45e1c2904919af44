"""Advisories, licences and bans among a crate's dependencies, by cargo-deny and a local advisory database.

    python scripts/analysis/deny.py --crate-json crate.json --source source/ --tool results/tools/bin/cargo-deny \\
        --database advisory-db --allowed '["MIT", "Apache-2.0"]' --out deny.json

It reads manifests, the lock and the database, builds nothing and stays offline. `--database` is a git
clone of an advisory database; without one the answer is `unavailable`, never a pass.

`worst` is the severity of the worst finding, none to critical:
- a vulnerability has the severity of its CVSS 3 score; without one, or with another CVSS, it is high
- unsound and yanked are medium, unmaintained and notices low
- a licence that the allow-list refuses and a banned crate are high
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

from ferrule import cargo, envelope
from ferrule.cvss import SEVERITIES, severity
from ferrule.tables import read_json

SECONDS = 300
SEVERITY = {"unmaintained": "low", "notice": "low", "unsound": "medium", "yanked": "medium"}
# Remarks on our own configuration, on an index that is not asked, or on the spelling of a licence
# (one that is not accepted is `rejected` or `unlicensed` besides).
REMARKS = {
    "advisory-not-detected", "yanked-not-detected", "index-failure", "index-cache-load-failure",
    "license-not-encountered", "license-exception-not-encountered", "parse-error", "no-license-field",
    "empty-license-field", "gather-failure",
}  # fmt: skip

# cargo-deny takes a database only from an address with a domain name. This one exists nowhere: git
# is told (GIT_CONFIG_*) to take the local clone instead.
ADDRESS = "https://advisories.invalid/db"
CONFIG = """
[graph]
targets = [{host}]
[advisories]
db-path = {folder}
db-urls = ["{address}"]
git-fetch-with-cli = true
maximum-db-staleness = "P3650D"
yanked = "allow"
[licenses]
allow = {allowed}
unused-allowed-license = "allow"
[bans]
multiple-versions = "allow"
wildcards = "allow"
"""


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = envelope.not_fetched(crate, "deny") or measure(crate, source, arguments)
    envelope.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: deny: {result['status']}: {result['reason']}", file=sys.stderr)


def measure(crate: dict, source: Path, arguments) -> dict:
    if not Path(arguments.tool).exists():
        reason = f"{arguments.tool} is missing; build it with: snakemake tools"
        return envelope.unavailable(crate["crate"], "deny", reason)
    if not arguments.database or not Path(arguments.database).is_dir():
        reason = "no advisory database: set tools.advisory_db to a git clone of one"
        return envelope.unavailable(crate["crate"], "deny", reason)
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        config = Path(folder) / "deny.toml"
        config.write_text(CONFIG.format(
            host=json.dumps(cargo.toolchain()["host"]), folder=json.dumps(str(Path(folder) / "db")),
            address=ADDRESS, allowed=json.dumps(arguments.allowed),
        ))  # fmt: skip
        command = [
            str(Path(arguments.tool).resolve()), "deny", "--format", "json", "--config", str(config),
            "--manifest-path", str(source / crate["package"] / "Cargo.toml"), "check", "advisories", "licenses", "bans",
        ]  # fmt: skip
        environment = os.environ | {
            "CARGO_NET_OFFLINE": "true", "CARGO_TERM_COLOR": "never", "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{Path(arguments.database).resolve().as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": ADDRESS,
        }  # fmt: skip
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            return envelope.build(
                crate["crate"], "cargo-deny", arguments.version, "timeout", f"over {SECONDS} s"
            )
    sys.stderr.buffer.write(done.stderr)
    findings, finished, error = read_messages(done.stderr)
    if not finished:  # it ends with a summary, whatever it found
        return envelope.build(
            crate["crate"], "cargo-deny", arguments.version, "unavailable", error or "no answer"
        )
    return envelope.build(
        crate["crate"], "cargo-deny", arguments.version, figures=count(findings), findings=findings
    )


def read_messages(stderr: bytes) -> tuple[list[dict], bool, str]:
    """(findings, whether it came to its end, the last error that it logged)."""
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
        if (
            kind == "diagnostic"
            and fields["severity"] in ("error", "warning")
            and fields.get("code") not in REMARKS
        ):
            found = read_diagnostic(fields)
            findings[found["id"], found["message"]] = found
    return list(findings.values()), finished, error


def read_diagnostic(fields: dict) -> dict:
    code, advisory = fields.get("code") or "unknown", fields.get("advisory") or {}
    graphs = fields.get("graphs") or []
    node = graphs[0].get("Krate", graphs[0]) if graphs else {}
    who = f"{node['name']}@{node['version']}: " if "name" in node else ""
    level = SEVERITY.get(code, "high")
    if code == "vulnerability":
        level = severity(advisory.get("cvss"))
    return envelope.finding(
        advisory.get("id") or code,
        category=code,
        level=level,
        message=f"{who}{' '.join(fields['message'].split())}",
    )


def count(findings: list[dict]) -> dict:
    levels = Counter(found["level"] for found in findings)
    kinds = Counter(found["category"] for found in findings)
    worst = max((found["level"] for found in findings), key=SEVERITIES.index, default="none")
    return dict(worst=worst, total=len(findings), by_severity=dict(levels), by_kind=dict(kinds))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--crate-json", required=True, help="what fetch says of the crate")
    parser.add_argument("--source", required=True, help="the crate's folder")
    parser.add_argument("--tool", required=True, metavar="PATH", help="cargo-deny 0.20")
    parser.add_argument("--version", default="", help="its version, for the record")
    parser.add_argument("--database", default="", metavar="FOLDER", help="git clone of an advisory database")
    parser.add_argument("--allowed", type=json.loads, default=[], metavar="JSON", help="list of SPDX ids")
    parser.add_argument("--out", required=True)
    return parser.parse_args()


if __name__ == "__main__":
    main()
