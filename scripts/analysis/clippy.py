"""Lint one crate with clippy, sorted into bad code, questionable and ignorable by resources/lints.tsv.

    python scripts/analysis/clippy.py --crate-json crate.json --source source/ --lints resources/lints.tsv \\
        --config config/config.yaml --out clippy.json

Clippy runs the crate's build script and macros, so it runs in the sandbox. Lints of the table that
clippy does not report by itself are switched on; `usual` counts without them.

The authors' own `#[allow]` holds: one who wrote it has looked at the place. Lints never stop the
build (`--cap-lints warn`), so an error is an error of the language and means `does not compile`.

Not covered: tests, examples and benches; code that features, cfg or the platform leave out.
"""

from __future__ import annotations

import argparse
import csv
import json
import posixpath
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from ferrule.compiler.cargo_messages import artifacts
from ferrule.compiler.compiler_arguments import add_prepared
from ferrule.compiler.prepared_dependencies import ENVIRONMENT, Prepared
from ferrule.core.command_line import add_config, add_crate, add_files, add_refused, parser_of
from ferrule.core.files import read_json
from ferrule.core.reasons import Status
from ferrule.crates import tool_report
from ferrule.sandbox import session
from ferrule.sandbox.sandbox_arguments import sandbox_of

LIBRARY = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}
NAMES = {"E0133": "unsafe_op_in_unsafe_fn"}  # the one lint that goes by an error's code
UNLISTED = "questionable"  # a lint newer than the table is counted and named, and fails no crate


def main() -> None:
    arguments = parse_arguments()
    crate, source = read_json(arguments.crate_json), Path(arguments.source)
    result = tool_report.not_measured(crate, "clippy", arguments.refused) or lint(crate, source, arguments)
    tool_report.write(arguments.out, result)
    if result["status"] != "ok":
        print(f"{crate['crate']}: clippy: {result['status']}: {result['reason']}", file=sys.stderr)


def lint(crate: dict, source: Path, arguments) -> dict:
    table = read_lints(arguments.lints)
    kinds = {kind for target in crate["targets"] for kind in target["kind"]}
    chosen = ["--lib"] * bool(kinds & LIBRARY) + ["--bins"] * ("bin" in kinds)
    if not chosen:
        return tool_report.build(
            crate["crate"], "clippy", status=Status.FAILED, reason="no library and no program in it"
        )
    mode, limits = sandbox_of(arguments.config)
    features = arguments.config["crates"].get("features", "default")
    prepared = Prepared(arguments.prepared, source, features, mode)
    with session.Session(
        source,
        package=crate["package"],
        mode=mode,
        limits=limits,
        environment=ENVIRONMENT,
        readonly=prepared.readonly(),
    ) as sandbox:
        prepared.unpack(sandbox)
        done = sandbox.run(command(chosen, features, arguments.threads, table))
    sys.stderr.buffer.write(done.stderr)
    prepared.count(artifacts(done.stdout))
    prepared.report()
    answer = judge(done.stdout, table, crate["package"])
    status, reason = done.status, "" if done.status == "ok" else done.reason
    if answer["errors"]:
        status, reason = Status.FAILED, f"does not compile: {answer['errors'][0]}"
    elif status == "failed":
        status, reason = Status.FAILED, f"does not build: {last_error(done)}"
    elif status == "ok" and not answer["checked"] & {target["name"] for target in crate["targets"]}:
        status, reason = Status.FAILED, "nothing was compiled: every target needs features that are off"
    if status != "ok":  # half an answer counts for nothing
        return tool_report.build(
            crate["crate"], "clippy", version(), status, reason, dict(errors=len(answer["errors"]))
        )
    figures = count(answer["findings"], table) | dict(errors=0)
    return tool_report.build(
        crate["crate"], "clippy", version(), figures=figures, findings=answer["findings"]
    )


def command(targets: list[str], features: str, threads: int, table: dict[str, dict]) -> list[str]:
    asked = [
        lint for lint, row in table.items() if row["default"] == "allow" and row["category"] != "ignorable"
    ]
    return [
        "cargo",
        "clippy",
        *targets,
        "--message-format=json",
        "--locked",
        "--offline",
        f"-j{threads}",
        *(["--all-features"] if features == "all" else []),
        "--",
        "--cap-lints",
        "warn",
        *(word for lint in asked for word in ("-W", lint)),
    ]


def read_lints(path: str) -> dict[str, dict]:
    with open(path, encoding="utf-8", newline="") as lines:
        return {row["lint"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def judge(stdout: bytes, table: dict[str, dict], package: str) -> dict:
    """cargo's messages as findings (each place once), errors in order of place, and what was checked."""
    findings, errors, checked = {}, {}, set()
    for line in stdout.splitlines():
        message = read_message(line)
        if message.get("reason") == "compiler-artifact" and message["package_id"].startswith("path+"):
            checked.add(message["target"]["name"])
        if message.get("reason") != "compiler-message":
            continue
        said = message["message"]
        code, level = (said["code"] or {}).get("code"), said["level"]
        place = first_place(said["spans"], package)
        if level.startswith("error") and (code is None or re.fullmatch(r"E\d{4}", code)):
            if not said["message"].startswith(("aborting due to", "could not compile")):
                where = f" ({place['file']}:{place['line']})" if place else ""
                text = f"{code + ': ' if code else ''}{one_line(said['message'])}{where}"
                errors.setdefault(text, (place is None, place and (place["file"], place["start"])))
        elif code and level in ("warning", "error") and (place or not said["spans"]):
            if "custom-build" in message["target"]["kind"]:
                continue  # build.rs is not what is learned from
            code = NAMES.get(code, code)
            category = table.get(code, dict(category=UNLISTED))["category"]
            found = tool_report.finding(
                code, category=category, level=level, message=one_line(said["message"]), **place or {}
            )
            findings[code, found["file"], found["start"], found["end"]] = found
    ordered = sorted(errors, key=lambda text: (errors[text][0], errors[text][1] or ("", 0), text))
    return dict(findings=list(findings.values()), errors=ordered, checked=checked)


def read_message(line: bytes) -> dict:
    # A build script or macro may print into the stream; what is not an object of cargo's is not for us.
    try:
        message = json.loads(line)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def first_place(spans: list[dict], package: str) -> dict | None:
    """The first primary span inside the package; for code from a foreign macro, the call that made it."""
    for span in (span for span in spans if span["is_primary"]):
        while span:
            if file := own_file(span["file_name"], package):
                return dict(
                    file=file, line=span["line_start"], start=span["byte_start"], end=span["byte_end"]
                )
            span = (span["expansion"] or {}).get("span")
    return None


def own_file(name: str, package: str) -> str | None:
    """The path inside the package, or None. rustc gives paths from the workspace's root."""
    path = posixpath.normpath(posixpath.join("/src", name))
    root = posixpath.normpath(posixpath.join("/src", package))
    return posixpath.relpath(path, root) if path.startswith(root + "/") else None


def count(findings: list[dict], table: dict[str, dict]) -> dict:
    category = Counter(f["category"] for f in findings)
    lints = Counter(f["id"] for f in findings)
    asked = sum(n for lint, n in lints.items() if table.get(lint, {}).get("default") == "allow")
    return dict(
        bad_code=category["bad_code"],
        questionable=category["questionable"],
        ignorable=category["ignorable"],
        total=len(findings),
        usual=len(findings) - asked,
        lints=dict(lints),
        unlisted=sorted(lint for lint in lints if lint not in table),
    )


def one_line(text: str) -> str:
    return " ".join(text.split())


def last_error(done: session.Outcome) -> str:
    """The limit that was hit, or cargo's own `error:` line, where rustc had nothing to say."""
    lines = done.stderr.decode(errors="replace").splitlines()
    found = [line.removeprefix("error: ") for line in lines if line.startswith("error")]
    return found[0][:300] if found and done.reason.startswith("exit code") else done.reason


def version() -> str:
    return subprocess.run(["cargo", "clippy", "-V"], capture_output=True, text=True).stdout.strip()


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    add_crate(parser)
    add_refused(parser)
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="crates compiled at the same time"
    )
    add_files(parser, "out", lints="table of lint, category, default level, why")
    add_prepared(parser)
    add_config(parser, "crates", "sandbox")
    return parser.parse_args()


if __name__ == "__main__":
    main()
