"""The independent route to a verdict: one file, one `rustc --test`, one run of the program, with the plain test harness.

Of the evaluator it uses the sandbox alone: the file is the prompt, the completion and the tests as text.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from ferrule.core.schemas import choose
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.answer_judge import judge
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem
from ferrule.sandbox.session import Limits, Session

# What is put before a reference so that it does not compile, by the phase of the compiler that says so.
BREAKS = {
    "syntax": "    let x = ;\n",
    "name": "    let x = no_such_name;\n",
    "type": '    let x: u8 = "text";\n',
    "borrow": '    let v = Vec::<String>::new(); drop(v); println!("{}", v.len());\n',
    "lint": "    let x: u8 = 255 + 1;\n",
    "trait": "    let x = 1u8 + 1.0f32;\n",
    "paren": "    let x = (1;\n",
    "macro": "    no_such_macro!();\n",
}


def mixed(problems: list[Problem], pool, count: int) -> list[tuple[Problem, str]]:
    """`count` pairs of a problem and a completion: references, changed references (`pool(problem)`), broken ones."""
    pairs: list[tuple[Problem, str]] = []
    texts = {problem.id: [problem.reference, *pool(problem)] for problem in problems}
    number = 0
    while len(pairs) < count and number < max(map(len, texts.values())):
        for problem in problems:
            if number < len(texts[problem.id]):
                text = texts[problem.id][number]
                # A third is broken; of functions only, where the first line of a body is known.
                if problem.kind == "function" and choose(3, problem.id, str(number)) % 3 == 0:
                    names = sorted(BREAKS)
                    text = BREAKS[names[choose(4, problem.id, str(number)) % len(names)]] + text
                pairs.append((problem, text))
        number += 1
    return pairs[:count]


class Apart:
    """One sandbox for all: every file is compiled and run by itself in it."""

    def __init__(self, crates: Path | None = None):
        self.folder = tempfile.TemporaryDirectory(prefix="ferrule-apart-")
        Path(self.folder.name).chmod(0o755)
        self.crates = crates
        self.session = self._open()
        self.count = 0

    def _open(self) -> Session:
        readonly = {self.crates: "/crates"} if self.crates else None
        session = Session(
            Path(self.folder.name), limits=Limits(cpu_seconds=20, wall_seconds=120), readonly=readonly
        )
        return session.__enter__()

    def __enter__(self) -> Apart:
        return self

    def __exit__(self, *error) -> None:
        self.session.__exit__(*error)
        self.folder.cleanup()

    def verdict(self, problem: Problem, completion: str) -> str:
        """passed, failed, compile_error, signal, memory or timeout."""
        self.count += 1
        name = f"one{self.count}"
        tests = problem.tests
        if "mod tests" not in tests:
            tests = f"#[cfg(test)]\nmod tests {{\n{tests}\n}}\n"
        file = Path(self.folder.name) / f"{name}.rs"
        file.write_text(f"{problem.prompt}\n{completion}\n{tests}", encoding="utf-8")
        file.chmod(0o644)
        externs = []
        if self.crates:
            for each in sorted((self.crates / "deps").glob("*.rlib")):
                crate = each.name.removeprefix("lib").split("-")[0].removesuffix(".rlib")
                if crate in problem.crates:
                    externs += ["--extern", f"{crate}=/crates/deps/{each.name}"]
            externs += ["-L", "dependency=/crates/deps"]
        compiled = self.session.run(
            [
                "rustc",
                "--test",
                f"--edition={problem.edition}",
                "-Copt-level=0",
                "--cap-lints=warn",
                "-Awarnings",
                *externs,
                f"/src/{name}.rs",
                "-o",
                f"/tmp/{name}",
            ]
        )
        if compiled.status != "ok":
            return "compile_error"
        ran = self.session.run([f"/tmp/{name}", "--test-threads=1"], wall_seconds=30)
        if self.session.ended:
            self.session.__exit__()
            self.session = self._open()
            return "timeout"
        if ran.code == 0:
            return "passed"
        if ran.status in ("timeout", "memory"):
            return ran.status
        return "failed" if ran.code == 101 else "signal"


def disagreements(pairs, options) -> list[tuple[str, str, str, str]]:
    """(problem, completion, alone, in the batch) where the two differ."""
    submissions = [Submission(problem, take(problem, completion).code) for problem, completion in pairs]
    judged = {verdict.key: verdict.status for verdict in judge(submissions, options=options)}
    found = []
    with Apart(options.crates) as apart:
        for (problem, completion), submission in zip(pairs, submissions, strict=True):
            alone, together = apart.verdict(problem, completion), judged[submission.key]
            if alone != together:
                found.append((problem.id, completion, alone, together))
    return found
