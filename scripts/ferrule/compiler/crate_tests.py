"""A crate's own tests: built once by cargo, then run many times in one sandbox, for about 1 ms of CPU a run.

`BuiltTests` builds every target that `cargo test` would run, without doctests. cargo then "runs" a script
in place of each test program which keeps the environment, so that every later run has exactly the
environment and folder that cargo gives. `run` sends a list of runs into the sandbox as one command;
test_runs.c carries them out: what a test prints is capped, what it leaves running is ended,
and random bytes come from a seed, so that a crate with random tests says the same twice.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson

from ferrule.compiler.cargo_check import Compiler, CrateDoesNotCompile, Diagnostic
from ferrule.compiler.dev_dependencies import leave_out_unused
from ferrule.crates import cargo
from ferrule.sandbox import session

RUNS = Path(__file__).with_name("test_runs.c")

BATCH = 500  # runs in one command
MOST_FILE = 64  # MB that a test may write into one file, and print
TIMED_OUT = 124
FILE_TOO_BIG = 128 + 25  # SIGXFSZ

# What cargo runs in place of a test program: keeps the environment, says nothing.
KEEP_ENVIRONMENT = '#!/bin/sh\nenv -0 > "$TMPDIR/programs/${1##*/}"\n'
# Arguments: the program, limits (see `_batch`), then the environment that was kept. Addresses are random
# bytes too (setarch -R); some machines do not allow that, then they stay so.
START = """program=$1 jobs=$2 kilobytes=$3 processes=$4 blocks=$5; shift 5
folder=$TMPDIR/runs
rm -rf "$folder"
# Below the sandbox's own limits, so that one test ends and not the sandbox.
ulimit -v "$kilobytes"; ulimit -f "$blocks"; ulimit -p "$processes" 2>/dev/null || ulimit -u "$processes"
start() {
    "$@" LD_PRELOAD="$TMPDIR/test_runs.so" FERRULE_JOBS="$jobs" FERRULE_FOLDER="$folder" "$program" </dev/null
}
if [ -e "$TMPDIR/addresses" ]; then start setarch -R env -i "$@"; else start env -i "$@"; fi"""

FAILURES = re.compile(r"\nfailures:\n((?:    .+\n)+)\ntest result: FAILED")
PASSED = re.compile(r"^test result: ok\. (\d+) passed;", re.MULTILINE)
STARTED = re.compile(r"^test (\S+)(?: - should panic)? \.\.\. (.*)$", re.MULTILINE)
LISTED = re.compile(r"^(.+): (test|benchmark)$")


@dataclass(eq=False)
class Program:
    """A test program: how cargo names its target, where it is inside the sandbox, and its tests."""

    target: str  # "--lib", "--bin name", "--test name"
    path: str
    tests: list[str] = field(default_factory=list)  # without those that are ignored

    def argument(self, test: str) -> str:
        """The test as arguments of `cargo test`."""
        return f"{self.target} {test}"


@dataclass(frozen=True)
class Run:
    """One start of a test program: with which switch, and which tests (None for all)."""

    program: Program
    tests: tuple[str, ...] | None = None
    switch: int | str = 0  # or "record" by thread, or "alone": record without regard to threads
    seed: int = 0
    threads: int = 1
    arguments: tuple[str, ...] = ()
    limit: float | None = None  # seconds, where it has less time than the others

    @property
    def expected(self) -> int | None:
        tests = self.program.tests if self.tests is None else self.tests
        return None if self.arguments else len(tests)


@dataclass(frozen=True)
class Result:
    """What came of a run. `reached` are pairs of a switch and the name of the thread that came by;
    `expected` is how many tests have to pass, None where that is not what was asked."""

    code: int
    output: str = ""
    reached: frozenset[tuple[int, str]] = frozenset()
    expected: int | None = None
    seconds: float = field(default=0, compare=False)  # for limits alone: it never reaches a table

    @property
    def ended(self) -> str:
        """ok, failed (libtest says which tests), timeout, output, memory, or died."""
        if self.code == 0:
            # A test that ends the process with 0 hides all that come after it.
            passed = PASSED.findall(self.output)[-1:]
            return "ok" if self.expected in (None, *map(int, passed)) else "died"
        if self.code == TIMED_OUT:
            return "timeout"
        if self.code == FILE_TOO_BIG:
            return "output"
        if session.MEMORY.search(STARTED.sub(r"\2", self.output).encode()):
            return "memory"
        return "failed" if self.code == 101 and self.failures else "died"

    @property
    def failures(self) -> list[str]:
        """The names in libtest's last list of failures."""
        found = FAILURES.findall(self.output)
        return [line.strip() for line in found[-1].splitlines()] if found else []

    @property
    def unfinished(self) -> list[str]:
        """Tests that were started and have no result, as far as the output shows."""
        done = STARTED.findall(self.output)
        return [name for name, said in done[-1:] if not re.search(r"(ok|FAILED|ignored\S*)$", said)]


class SessionEnded(Exception):
    """A limit of the sandbox as a whole was hit; what was built in it is gone."""

    def __init__(self, outcome: session.Outcome):
        super().__init__(outcome.reason)
        self.status, self.reason = outcome.status, outcome.reason


class BuiltTests(Compiler):
    """A private copy of a crate with a sandbox in which its tests are built and run."""

    def __init__(self, source: Path, package: str, targets: list[dict], **options):
        super().__init__(source, package, targets, **options)
        leave_out_unused(self.folder, package)
        self.tools = self.folder.with_name("tools")
        self.tools.mkdir()
        (self.tools / "keep").write_text(KEEP_ENVIRONMENT)
        (self.tools / "keep").chmod(0o755)
        (self.tools / "start").write_text(START)
        (self.tools / RUNS.name).write_bytes(RUNS.read_bytes())
        self.session = self._new_session(readonly={self.tools: "/tools"})
        self.programs: list[Program] = []
        self.builds = self.batches = 0

    # --- building ---------------------------------------------------------------------------------

    def build(
        self, wall_seconds: float, only: list[str] | None, bootstrap: bool
    ) -> list[tuple[str, Diagnostic]]:
        """`cargo test` with the files as they now stand: the errors, each with its target's name ("" in a dependency), or none.

        `only` are targets as cargo names them; None for all that it tests by default. `bootstrap`
        lets the crate, and nothing else, use unstable features.
        """
        tools = self.session.inside(self.tools)
        host = cargo.toolchain()["host"].upper().replace("-", "_")
        names = ",".join(sorted({target["name"].replace("-", "_") for target in self.targets}))
        words = [
            "env",
            "CARGO_PROFILE_DEV_DEBUG=0",
            "CARGO_PROFILE_TEST_DEBUG=0",
            # The crate is compiled once and run a thousand times; what it depends on is not.
            "CARGO_PROFILE_DEV_OPT_LEVEL=1",
            "CARGO_PROFILE_TEST_OPT_LEVEL=1",
            f"CARGO_TARGET_{host}_RUNNER={tools}/keep",
            *([f"RUSTC_BOOTSTRAP={names}"] if bootstrap else []),
            "cargo",
            "test",
            "--config",
            'profile.dev.package."*".opt-level=0',
            *(["--tests"] if only is None else [w for target in only for w in target.split()]),
            *(["--all-features"] if self.features == "all" else []),
            # It says so of the build, too: errors of all targets at once.
            "--no-fail-fast",
            "--quiet",
            "--locked",
            "--offline",
            "--message-format=json",
        ]
        if not self.builds:
            self._build_runs(tools)
        self.builds += 1
        outcome = self.session.run(words, wall_seconds=wall_seconds)
        if outcome.status not in ("ok", "failed"):
            raise SessionEnded(outcome)
        errors = list(self._errors_by_target(outcome.stdout))
        if outcome.status == "ok":
            self.programs = list(programs(outcome.stdout))
        elif not errors:
            raise CrateDoesNotCompile("failed", said_last(outcome))
        return errors

    def _build_runs(self, tools: str) -> None:
        script = 'mkdir "$TMPDIR/programs"; setarch -R touch "$TMPDIR/addresses"; '
        script += f'cc -shared -fPIC -O1 -o "$TMPDIR/test_runs.so" {tools}/{RUNS.name} -ldl'
        outcome = self.session.run(["sh", "-c", script])
        if outcome.status != "ok":
            raise CrateDoesNotCompile(outcome.status, f"{RUNS.name}: {outcome.reason}")

    def _errors_by_target(self, stdout: bytes) -> Iterable[tuple[str, Diagnostic]]:
        for line in stdout.splitlines():
            if line.startswith(b'{"reason":"compiler-message"'):
                target = orjson.loads(line)["target"]
                ours = target["src_path"].startswith(f"{self.session.source_inside / self.package}/")
                for error in self._errors(line):
                    yield argument_of(target) if ours else "", error

    # --- running ----------------------------------------------------------------------------------

    def run(self, runs: list[Run], *, limit: float, wall_seconds: float) -> list[Result | None]:
        """The runs' results; None for those that were not started after one that hit its limit."""
        results: list[Result | None] = [None] * len(runs)
        by_program: dict[Program, list[int]] = {}
        for number, run in enumerate(runs):
            by_program.setdefault(run.program, []).append(number)
        for program, numbers in by_program.items():
            outcome = self._batch(program, [(n, runs[n]) for n in numbers], limit, wall_seconds)
            for number, result in parse_results(outcome.stdout).items():
                results[number] = replace(result, expected=runs[number].expected)
            if self.session.ended:
                raise SessionEnded(outcome)
        return results

    def _batch(
        self, program: Program, runs: list[tuple[int, Run]], limit: float, wall_seconds: float
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
        ]
        kept = f'"$TMPDIR/programs"/{shlex.quote(Path(program.path).name)}'
        script = f"exec xargs -0 -x -a {kept} sh {tools}/start {shlex.join(map(str, values))}"
        return self.session.run(["sh", "-c", script], wall_seconds=wall_seconds)


def job(number: int, run: Run, limit: float) -> bytes:
    """A run as test_runs.c reads it."""
    arguments = list(run.arguments) or [f"--test-threads={run.threads}"]
    if run.tests is not None:
        arguments += ["--exact", *run.tests]
    words = [number, run.switch, run.seed, int((run.limit or limit) * 1000), len(arguments), *arguments]
    return b"".join(str(word).encode() + b"\0" for word in words)


def parse_results(stdout: bytes) -> dict[int, Result]:
    """What test_runs.c sends; of a message that is cut off, the results that are whole."""
    results, at = {}, 0
    while (end := stdout.find(b"\n", at)) >= 0:
        try:
            number, code, took, said, reached = map(int, stdout[at:end].split())
        except ValueError:
            break
        middle, at = end + 1 + said, end + 1 + said + reached
        if at > len(stdout):
            break
        entries = stdout[middle:at].decode(errors="replace").splitlines()
        pairs = (entry.split(" ", 1) for entry in entries if " " in entry)
        results[number] = Result(
            code,
            stdout[end + 1 : middle].decode(errors="replace"),
            frozenset((int(switch), thread) for switch, thread in pairs),
            seconds=took / 1000,
        )
    return results


def programs(stdout: bytes) -> Iterable[Program]:
    """The test programs that cargo built, in the order of their names."""
    found = {}
    for line in stdout.splitlines():
        if line.startswith(b'{"reason":"compiler-artifact"'):
            artifact = orjson.loads(line)
            if artifact["executable"] and artifact["profile"]["test"]:
                found[argument_of(artifact["target"])] = artifact["executable"]
    for target in sorted(found):
        yield Program(target, found[target])


def argument_of(target: dict) -> str:
    """How `cargo test` is told of a target."""
    kind = target["kind"][0]
    return f"--{kind} {target['name']}" if kind in ("bin", "test", "example", "bench") else "--lib"


def listed(output: str) -> list[str] | None:
    """The tests that `--list --format terse` names; None if the program is no libtest."""
    found = []
    for line in output.splitlines():
        match = LISTED.match(line)
        if not match:
            return None
        if match[2] == "test":
            found.append(match[1])
    return found


def said_last(outcome: session.Outcome) -> str:
    lines = outcome.stderr.decode(errors="replace").splitlines()
    said = [line for line in lines if line.startswith("error")]
    return cargo.first_error("\n".join(said)) if said else outcome.reason
