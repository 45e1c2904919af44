"""Build the same data with two revisions of this repository and compare every file's sha256.

    python scripts/utilities/compare_revisions.py main~5 main
    python scripts/utilities/compare_revisions.py v0.1.0 main --sets fixtures crates evaluation --cores 4
    python scripts/utilities/compare_revisions.py main~5 main --keep /tmp/compared
    python scripts/utilities/compare_revisions.py main~5 main --sets crates --crates euclid@0.22.14 bytes@1.12.1

Three sets: `fixtures` (the small crates of tests/data), `crates` (five crates of the registry) and `evaluation` (the
references and answers of every form to some of our own problems). Each revision is cloned and run by its own
Snakefile, under the interpreter that runs this script. The exit code is 1 if a file that both have differs, or if
the second lacks a file of the first. What each revision took is printed in CPU seconds of all its processes. Files of another name, as a renamed stage would give, count as that; name them
with `--renamed OLD=NEW`, paths below results/.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_DATA = {"logs", "benchmarks"}

KINDS = {
    "code_generation": 0.6,
    "transformations": 0.15,
    "error_fixing": 0.1,
    "explanations": 0.05,
    "fill_in_middle": 0.1,
}
LOOSE = {  # the fixtures are too small for the limits meant for real crates
    "tasks": {"min_doc_chars": 20, "kinds": list(KINDS)},
    "gates": {"min_documented": 0.0},
    "mix": KINDS,
}
FIXTURES = ["tidy", "counter", "tool", "broken", "derive", "space/member", "empty"]
CRATES = ["semver@1.0.28", "heck@0.5.0", "roman@0.2.2", "bit-set@0.11.1", "slab@0.4.12"]
PROBLEMS = ["ownership/*.rs", "iterators/*.rs"]
FORMS = ("{reference}", "```rust\n{prompt}{reference}```", "Here it is:\n\n{prompt}    todo!()\n}}", "no")


def main() -> None:
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ferrule-compare-") as temporary:
        base = Path(arguments.keep or temporary)
        found = {}
        for name, revision in (("first", arguments.first), ("second", arguments.second)):
            folder = clone(revision, base / name)
            for each in arguments.sets:
                before = cpu_seconds()
                run(folder, each, arguments.cores, arguments.crates)
                print(f"{revision}: {each}: {cpu_seconds() - before:.0f} CPU seconds", flush=True)
                found[name, each] = checksums(folder / f"{each}-results")
    renamed = dict(pair.split("=", 1) for pair in arguments.renamed)
    wrong = 0
    for each in arguments.sets:
        first, second = found["first", each], found["second", each]
        first = {renamed.get(path, path): digest for path, digest in first.items()}
        differ = sorted(path for path in first.keys() & second.keys() if first[path] != second[path])
        missing, new = sorted(first.keys() - second.keys()), sorted(second.keys() - first.keys())
        print(f"{each}: {len(first)} files, {len(differ)} differ, {len(missing)} missing, {len(new)} new")
        for word, paths in (("differs", differ), ("missing", missing), ("new", new)):
            for path in paths:
                print(f"  {word}: {path}")
        wrong += len(differ) + len(missing)
    sys.exit(1 if wrong else 0)


def clone(revision: str, folder: Path) -> Path:
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    commit = subprocess.run(
        ["git", "rev-parse", revision], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run(["git", "checkout", "--quiet", "--detach", commit], cwd=folder, check=True)
    return folder


def cpu_seconds() -> float:
    """Of all processes that this one has waited for, and of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(folder: Path, which: str, cores: int, crates: list[str]) -> None:
    """Build one set in `folder`, and put its results aside as `{which}-results`."""
    overlay, target = {}, "dataset"
    if which == "fixtures":
        lines = [f"{Path(name).name}\t\ttests/data/crates/{name}\n" for name in FIXTURES]
        (folder / "compared.tsv").write_text("name\tversion\tsource\n" + "".join(lines))
        overlay = LOOSE | {"crates": {"list": "compared.tsv"}}
    elif which == "crates":
        overlay = {"crates": {"names": crates}}
    else:
        overlay, target = evaluation(folder), "evaluate"
    (folder / "compared.json").write_text(json.dumps(overlay))
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), "--configfile", "compared.json"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [*command, "--", target], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit(f"{folder}: snakemake {target} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    (folder / "results").rename(folder / f"{which}-results")


def evaluation(folder: Path) -> dict:
    """Samples of every form to some problems of our own, read by the package that this script is installed with."""
    from ferrule.evaluation.problems.formats import read_set

    problems = folder / "compared-problems"
    for pattern in PROBLEMS:
        for file in sorted((ROOT / "resources/problems").glob(pattern)):
            place = problems / file.parent.name / file.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    rows = [
        {
            "task_id": problem.id,
            "completion": form.format(prompt=problem.prompt, reference=problem.reference),
        }
        for problem in read_set(problems, "own")
        for form in FORMS
    ]
    (folder / "compared.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return {
        "benchmarks": {"some": {"path": problems.name, "format": "own", "license": "MIT"}},
        "evaluate": {"benchmarks": ["some"], "samples": {"mine": {"some": "compared.jsonl"}}},
    }


def checksums(folder: Path) -> dict[str, str]:
    """sha256 of every data file by its path below results/, without logs and benchmarks."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.relative_to(folder).parts[0] not in NOT_DATA
        and path.name != ".snakemake_timestamp"
    }


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("first", help="a revision of git")
    parser.add_argument("second", help="another one")
    parser.add_argument("--sets", nargs="+", default=["fixtures", "crates", "evaluation"], metavar="SET")
    parser.add_argument(
        "--crates", nargs="+", default=CRATES, metavar="NAME@VERSION", help="of the set `crates`"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--keep", metavar="FOLDER", help="where the clones stay, for a closer look")
    parser.add_argument("--renamed", nargs="*", default=[], metavar="OLD=NEW", help="files of another name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
