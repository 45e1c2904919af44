"""A crate's own tests: built once by cargo, then run many times in one sandbox, for about 1 ms of CPU a run.

`BuiltTests` builds every target that `cargo test` would run, without doctests. In place of each test program,
cargo runs a script that saves the environment. So every later run has exactly the environment and folder that
cargo gives. `run` sends a list of runs into the sandbox as one command, and test_runs.c executes them. It
caps what a test prints, kills what a test leaves running, and takes random bytes from a seed, so that random
tests give the same result twice.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Unpack

from ferrule.compiler.cargo_check import Compiler, CompilerOptions, CrateDoesNotCompile, Diagnostic
from ferrule.compiler.cargo_messages import CargoTarget, artifacts, compiler_messages
from ferrule.compiler.compiled_names import default_features
from ferrule.compiler.dev_dependencies import (
    incomplete_tests,
    leave_out_unused,
    modules_of_tests,
    project_checks,
)
from ferrule.compiler.test_runs import Program, Result, Run, job, parse_results
from ferrule.crates import cargo
from ferrule.crates.manifest import Target, read_manifest
from ferrule.sandbox import session

RUNS = Path(__file__).with_name("test_runs.c")

BATCH = 500  # runs in one command
MOST_FILE = 64  # MB that a test may write to one file or print
MOST_LANES = 8  # runs that may sleep at once
LANE = 28  # processes and threads of the sandbox for each of them

# cargo runs this in place of a test program: it saves the environment and prints nothing.
KEEP_ENVIRONMENT = '#!/bin/sh\nenv -0 > "$TMPDIR/programs/${1##*/}"\n'
# Arguments: the program, limits (see `_batch`), then the saved environment. `setarch -R` turns off random
# addresses, which some machines do not allow.
START = """program=$1 jobs=$2 kilobytes=$3 processes=$4 blocks=$5 lanes=$6; shift 6
folder=$TMPDIR/runs
rm -rf "$folder"
# Below the sandbox's own limits, so that a limit stops one test and not the sandbox.
ulimit -v "$kilobytes"; ulimit -f "$blocks"; ulimit -p "$processes" 2>/dev/null || ulimit -u "$processes"
start() {
    "$@" LD_PRELOAD="$TMPDIR/test_runs.so" FERRULE_JOBS="$jobs" FERRULE_FOLDER="$folder" FERRULE_LANES="$lanes" \\
        "$program" </dev/null
}
if [ -e "$TMPDIR/addresses" ]; then start setarch -R env -i "$@"; else start env -i "$@"; fi"""

LISTED = re.compile(r"^(.+): (test|benchmark)$")


class SessionEnded(Exception):
    """A limit of the whole sandbox was hit. Everything built in it is lost."""

    def __init__(self, outcome: session.Outcome) -> None:
        super().__init__(outcome.reason)
        self.status, self.reason = outcome.status, outcome.reason


class BuiltTests(Compiler):
    """A private copy of a crate with a sandbox in which its tests are built and run."""

    def __init__(
        self,
        source: Path,
        package: str,
        targets: list[Target],
        *,
        project_tools: Iterable[str] = (),
        examples: Iterable[str] = (),
        **options: Unpack[CompilerOptions],
    ) -> None:
        """Integration tests that use one of `project_tools`, names of crates, or that lack a file are not built.

        `examples` is further code that will be compiled as a test.
        """
        super().__init__(source, package, targets, **options)
        # Tests that are not built: why, by their path.
        self.skipped = project_checks(self.folder / package, targets, project_tools)
        self.skipped |= incomplete_tests(self.folder / package, targets)
        self.manifest = read_manifest(self.folder / package / "Cargo.toml")
        self._features = default_features(self.manifest) if self.features == "default" else None  # None: all
        self._manifests = {
            path: path.read_bytes()
            for path in (self.folder / package / "Cargo.toml", self.folder / "Cargo.lock")
        }
        without = self.skipped.keys() | modules_of_tests(self.folder / package, targets, self.skipped)
        self.unused = leave_out_unused(
            self.folder, package, without, features=self.features, examples=examples
        )
        self.add_tool("keep", KEEP_ENVIRONMENT)
        self.add_tool("start", START)
        self.add_tool(RUNS.name, RUNS.read_text())
        self.programs: list[Program] = []
        self.builds = self.batches = 0
        # Whether the library that tests link is compiled from the files as they are.
        self.has_built_library = False

    def selected(self) -> list[str]:
        """The arguments of `cargo test` that select the targets with tests, without the skipped ones."""
        chosen = [t for t in self.targets if t["path"] not in self.skipped and self._is_tested(t)]
        found = {argument_of(target) for target in chosen if target["kind"][0] in ("bin", "test")}
        library = any(argument_of(target) == "--lib" for target in chosen)
        return [*sorted(found), *(["--lib"] if self.has_lib and library else [])]

    def _is_tested(self, target: Target) -> bool:
        """Whether cargo tests the target unless it is told to: with all features that it requires, no `test = false`."""
        kind = target["kind"][0] if target["kind"][0] in ("bin", "test") else "lib"
        tables = [self.manifest.get("lib", {})] if kind == "lib" else self.manifest.get(kind, [])
        table: dict[str, Any] = next(
            (t for t in tables if kind == "lib" or t.get("name") == target["name"]), {}
        )
        required = set(table.get("required-features", ()))
        return table.get("test", True) and (self._features is None or required <= self._features)

    # --- building ---------------------------------------------------------------------------------

    def build(
        self, wall_seconds: float, only: list[str] | None, bootstrap: bool
    ) -> list[tuple[str, Diagnostic]]:
        """Build with the files in their current state.

        Returns the errors, each with its target ("" for a dependency).

        `only` has arguments of `cargo test` that select targets; None selects its defaults, or what `selected` names where
        those are more. `bootstrap` allows unstable features in the crate, but not in its dependencies.
        """
        examples = any(example.get("test") for example in self.manifest.get("example", ()))
        if only is None and (self.skipped or examples):
            only = self.selected()
        errors = self._build(wall_seconds, only, bootstrap)
        if any(misses(error, self.unused) for _, error in errors):
            # What seemed to need none of them does.
            for path, text in self._manifests.items():
                path.write_bytes(text)
            self.originals.pop("Cargo.toml", None)
            self.unused = []
            errors = self._build(wall_seconds, only, bootstrap)
        return errors

    def _build(
        self, wall_seconds: float, only: list[str] | None, bootstrap: bool
    ) -> list[tuple[str, Diagnostic]]:
        tools = self.session.inside(self.tools)
        host = cargo.toolchain()["host"].upper().replace("-", "_")
        self.allow_unstable(bootstrap)
        if not self.builds:
            self._build_runs(tools)
        self.builds += 1
        chosen = ["--tests"] if only is None else [word for target in only for word in target.split()]
        command = ["cargo", "test", "--no-fail-fast", *chosen, *self._options()]
        argv = ["env", f"CARGO_TARGET_{host}_RUNNER={tools}/keep", *command]
        outcome = self._cargo(argv, wall_seconds)
        errors = list(self._errors_by_target(outcome.stdout))
        if errors and all(target.startswith("--test ") for target, _ in errors):
            # cargo has stopped at the first target that does not compile; this shows the errors of the others.
            if only is not None:
                chosen = [word for t in only if t.startswith("--test ") for word in t.split()]
            every = self._cargo(["cargo", "build", "--keep-going", *chosen, *self._options()], wall_seconds)
            errors = list(self._errors_by_target(every.stdout)) or errors
        self.has_built_library = outcome.status == "ok" and self.has_lib and only != ["--lib"]
        if outcome.status == "ok":
            self.programs = list(programs(outcome.stdout))
        elif not errors:
            raise CrateDoesNotCompile("failed", cargo_error(outcome))
        return errors

    def _options(self) -> list[str]:
        return [
            "--config",
            'profile.dev.package."*".opt-level=0',
            *(["--all-features"] if self.features == "all" else []),
            "--quiet",
            "--locked",
            "--offline",
            "--message-format=json",
        ]

    def _cargo(self, argv: list[str], wall_seconds: float) -> session.Outcome:
        outcome = self.session.run(argv, wall_seconds=wall_seconds)
        if outcome.status not in ("ok", "failed"):
            raise SessionEnded(outcome)
        self.prepared.count(artifacts(outcome.stdout))
        return outcome

    def largest_program(self) -> int:
        """The bytes of the largest test program."""
        paths = [program.path for program in self.programs]
        outcome = self.session.run(["stat", "-c", "%s", *paths])
        return max(map(int, outcome.stdout.split()), default=0) if outcome.status == "ok" else 0

    def restart(self) -> None:
        super().restart()
        self.programs = []
        self.builds = 0  # the library of test_runs.c is gone with the old sandbox

    def _build_runs(self, tools: str) -> None:
        script = 'mkdir "$TMPDIR/programs"; setarch -R touch "$TMPDIR/addresses"; '
        script += f'cc -shared -fPIC -O1 -o "$TMPDIR/test_runs.so" {tools}/{RUNS.name} -ldl'
        outcome = self.session.run(["sh", "-c", script])
        if outcome.status != "ok":
            raise CrateDoesNotCompile(outcome.status, f"{RUNS.name}: {outcome.reason}")

    def _errors_by_target(self, stdout: bytes) -> Iterator[tuple[str, Diagnostic]]:
        package = f"{self.session.source_inside / self.package}/"
        for entry in compiler_messages(stdout):
            target = entry["target"]
            in_package = target["src_path"].startswith(package)
            for error in self.diagnostics([entry["message"]]):
                yield argument_of(target) if in_package else "", error

    # --- running ----------------------------------------------------------------------------------

    @property
    def lanes(self) -> int:
        """How many runs may sleep at once in the sandbox."""
        return max(1, min(MOST_LANES, self.session.limits.processes // LANE))

    def run(
        self, runs: list[Run], *, limit: float, wall_seconds: float, lanes: int = 1
    ) -> list[Result | None]:
        """The results of the runs; None for those under way or not started when something ended the program's runs.

        With several `lanes`, a run starts while others of its program sleep.
        """
        results: list[Result | None] = [None] * len(runs)
        by_program: dict[Program, list[int]] = {}
        for number, run in enumerate(runs):
            by_program.setdefault(run.program, []).append(number)
        for program, numbers in by_program.items():
            outcome = self._batch(program, [(n, runs[n]) for n in numbers], limit, wall_seconds, lanes)
            for number, result in parse_results(outcome.stdout).items():
                results[number] = replace(result, expected=runs[number].expected)
            if self.session.ended:
                raise SessionEnded(outcome)
        return results

    def _batch(
        self, program: Program, runs: list[tuple[int, Run]], limit: float, wall_seconds: float, lanes: int
    ) -> session.Outcome:
        self.batches += 1
        jobs = self.tools / f"jobs{self.batches}"
        jobs.write_bytes(b"".join(job(number, run, limit) for number, run in runs))
        tools, limits = self.session.inside(self.tools), self.session.limits
        values = [
            program.path,
            f"{tools}/{jobs.name}",
            limits.memory_mb * 1024 * 3 // 4,
            max(limits.processes - 32, 8),
            MOST_FILE * 2048,
            lanes,
        ]
        environment = f'"$TMPDIR/programs"/{shlex.quote(Path(program.path).name)}'
        script = f"exec xargs -0 -x -a {environment} sh {tools}/start {shlex.join(map(str, values))}"
        return self.session.run(["sh", "-c", script], wall_seconds=wall_seconds)


def programs(stdout: bytes) -> Iterator[Program]:
    """The test programs that cargo built, in the order of their names."""
    paths = {
        argument_of(artifact["target"]): artifact["executable"]
        for artifact in artifacts(stdout)
        if artifact["executable"] and artifact["profile"]["test"]
    }
    for target, path in sorted(paths.items()):
        yield Program(target, path)


def misses(error: Diagnostic, crates: list[str]) -> bool:
    """Whether the error says that one of these crates is not there."""
    if error.code not in ("E0432", "E0433", "E0463"):
        return False
    names = "|".join(re.escape(name.replace("-", "_")) for name in crates)
    return bool(names and re.search(rf"`(?:{names})`", error.rendered.splitlines()[0]))


def argument_of(target: CargoTarget | Target) -> str:
    """The argument of `cargo test` that selects a target."""
    kind = target["kind"][0]
    return f"--{kind} {target['name']}" if kind in ("bin", "test", "example", "bench") else "--lib"


def listed(output: str) -> list[str] | None:
    """The tests that `--list --format terse` prints; None if the program does not use libtest."""
    names = []
    for line in output.splitlines():
        match = LISTED.match(line)
        if not match:
            return None
        if match[2] == "test":
            names.append(match[1])
    return names


def cargo_error(outcome: session.Outcome) -> str:
    """The first error of cargo itself, or the reason of the outcome."""
    lines = outcome.stderr.decode(errors="replace").splitlines()
    errors = [line for line in lines if line.startswith("error")]
    return cargo.first_error("\n".join(errors)) if errors else outcome.reason
