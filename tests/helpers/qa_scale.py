"""Large inputs of the questions' steps, for measurements: python tests/helpers/qa_scale.py repository|answers FOLDER

Made in a process of its own: the memory that a process has used counts for those that it starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import orjson
from qa_run import MIT, QaRun, git

from ferrule.core.files import write_json, write_rows
from ferrule.core.schemas import identity
from ferrule.qa.answer_cache import AnswerCache
from ferrule.qa.asking import AskOptions, Conversation, Work
from ferrule.qa.prompts import Prompts
from ferrule.qa.qa_tables import QUESTIONS, REPOSITORY_FILES

PROMPTS = Path(__file__).parents[2] / "resources/qa/prompts.yaml"
OPTIONS = AskOptions("mine", "schema", 500, 0.7, 0)
FILES, ANSWERS = 50_000, 100_000


def questions(count: int) -> list[dict]:
    return [
        dict(
            id=identity(n),
            repository="big",
            path=f"src/f{n // 4}.rs",
            sha256="0" * 64,
            start=n % 4 * 100,
            end=n % 4 * 100 + 90,
            language="rust",
            name=f"compute_{n}",
            kind="purpose",
            code=f"pub fn compute_{n}() -> u64 {{\n    let value = {n};\n    value + 1\n}}",
            context="",
        )
        for n in range(count)
    ]


def make_repository(repository: Path) -> None:
    """50,000 files of some kilobytes, all different, in one commit."""
    repository.mkdir()
    git(repository, "init", "--quiet", "--template=")
    lines = ["commit refs/heads/main", "committer A <a@example.org> 0 +0000", "data 1", "x"]
    body = "".join(f"    let value_{n} = {n} * 2; // step {n} of the work\n" for n in range(60))
    for n in range(FILES):
        text = f"pub fn compute_{n}() -> u64 {{\n{body}    {n}\n}}\n" if n else MIT
        name = f"src/d{n // 500}/f{n}.rs" if n else "LICENSE"
        lines += [f"M 100644 inline {name}", f"data {len(text)}", text]
    command = ["git", "-C", repository, "fast-import", "--quiet"]
    subprocess.run(command, input="\n".join(lines).encode() + b"\n", check=True)
    git(repository, "symbolic-ref", "HEAD", "refs/heads/main")


def make_answers(folder: Path) -> None:
    """100,000 questions of one repository, and their answers in the cache."""
    rows = questions(ANSWERS)
    run = QaRun(folder, [folder / "big"])
    (mine,) = run.repositories
    write_rows(run.place(mine, "questions.parquet"), rows, QUESTIONS)
    file = dict(repository="big", oid="", sha256="0" * 64, bytes=400, language="rust", reason="", detail="")
    files = [file | {"path": f"src/f{n}.rs"} for n in range(ANSWERS // 4)]
    write_rows(run.place(mine, "files.parquet"), files, REPOSITORY_FILES)
    licence = {"license": "MIT", "reason": "", "detail": "", "files_by_reason": {}}
    write_json(run.place(mine, "licence.json"), licence)
    snapshot = {"name": "big", "address": "https://example.org/a/big", "commit": "0" * 40}
    write_json(run.place(mine, "snapshot.json"), snapshot)
    with AnswerCache(folder / "cache") as cache:
        work = Work(rows, Prompts.read(PROMPTS), cache, OPTIONS)
        lines = [
            orjson.dumps(cached(work, each), option=orjson.OPT_APPEND_NEWLINE) for each in work.conversations
        ]
    (folder / "cache/answers.jsonl").write_bytes(b"".join(lines))


def cached(work: Work, conversation: Conversation) -> dict:
    """A line of the cache, as a server would have answered."""
    name = conversation.question["name"]
    words = " ".join(f"word{n}" for n in range(80))
    text = json.dumps({"question": f"What does `{name}` do?", "answer": f"`{name}` adds one. {words}"})
    return dict(
        key=work.request(conversation)[0],
        model="mine",
        text=text,
        finish_reason="stop",
        prompt_tokens=100,
        tokens=90,
        at="2026-01-01T00:00:00Z",
    )


if __name__ == "__main__":
    {"repository": make_repository, "answers": make_answers}[sys.argv[1]](Path(sys.argv[2]))
