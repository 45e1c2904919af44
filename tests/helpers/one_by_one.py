"""The slow way to coverage, for comparison: remove one function, build, run all tests, look which fail.

It shares the sandbox with what it checks, and nothing else.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import orjson

from ferrule.sandbox import session

GONE = b'panic!("gone");'


class OneByOne:
    """A crate in a sandbox; `failing(function)` gives the tests that fail without it, None if it is not built."""

    def __init__(self, source: Path, package: str = "."):
        self.temporary = tempfile.TemporaryDirectory(prefix="ferrule-one-")
        self.folder = Path(self.temporary.name) / "source"
        shutil.copytree(source, self.folder, copy_function=shutil.copyfile)
        self.package = package
        self.session = session.Session(
            self.folder,
            package=package,
            environment={"RUSTFLAGS": "--cap-lints=allow", "CARGO_PROFILE_TEST_DEBUG": "0"},
        )

    def __enter__(self) -> OneByOne:
        self.session.__enter__()
        assert self.failing(None) == []
        return self

    def __exit__(self, *error) -> None:
        self.session.__exit__(*error)
        self.temporary.cleanup()

    def failing(self, function) -> list[str] | None:
        """Sorted arguments of `cargo test`; `function` has file, start, end, body; None changes nothing."""
        if function is None:
            return self._run()
        path = self.folder / self.package / function.file
        text = path.read_bytes()
        at = function.body + 1
        # Inner attributes and docs come first.
        head = re.match(rb"(?:\s*(?:#!\[[^\]]*\]|//![^\n]*\n))+", text[at : function.end])
        at += head.end() if head else 0
        path.write_bytes(text[:at] + GONE + text[at:])
        try:
            return self._run()
        finally:
            path.write_bytes(text)

    def _run(self) -> list[str] | None:
        done = self.session.run(
            ["cargo", "test", "--tests", "--no-run", "--offline", "--message-format=json"]
        )
        if done.status != "ok":
            return None
        failing = []
        for line in done.stdout.splitlines():
            artifact = orjson.loads(line) if line.startswith(b'{"reason":"compiler-artifact"') else {}
            if artifact.get("executable") and artifact["profile"]["test"]:
                kind, name = artifact["target"]["kind"][0], artifact["target"]["name"]
                target = f"--{kind} {name}" if kind in ("bin", "test") else "--lib"
                failing += [f"{target} {test}" for test in self._failing_of(target)]
        return sorted(failing)

    def _failing_of(self, target: str) -> list[str]:
        cargo = ["cargo", "test", "--offline", "--quiet", *target.split(), "--"]
        whole = self.session.run([*cargo, "--test-threads=1", "--format=pretty"]).stdout.decode(
            errors="replace"
        )
        if "test result:" in whole:
            last = whole.rpartition("\nfailures:\n")[2] if "test result: FAILED" in whole else ""
            return [line.strip() for line in last.splitlines() if line.startswith("    ")]
        # The program died before it could say which: each test alone.
        listed = self.session.run([*cargo, "--list", "--format", "terse"]).stdout.decode()
        names = re.findall(r"^(.+): test$", listed, re.MULTILINE)
        return [name for name in names if self.session.run([*cargo, "--exact", name]).status != "ok"]
