"""Extract the code of each sample, and detect tampering by reading it: the first step of judging.

    python scripts/evaluate/extract_answers.py --problems problems.jsonl --samples samples.jsonl \\
        --policy-table resources/policy.tsv --config config/config.yaml --threads 2 --out answers.jsonl

A row per sample, in the samples' order:

task_id, sample  whose answer it is
key              stands for (problem, code): equal answers have one key; "" where there is no answer
form             how it was written, one of ferrule.evaluation.answers.answer.FORMS, with `_in_fence` or `_in_prose`
taken            what of the completion was used
code             the whole module: the prompt's context and the answer
reason           why there is no answer, a ferrule.core.reasons.NoAnswer, or ""
cut_off          it stops in the middle
tampering        how it manipulates the measurement; such an answer is not compiled
policy           what it uses beyond plain computing, as groups
"""

from __future__ import annotations

import argparse
import multiprocessing
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import ferrule.core.without_numpy  # noqa: F401

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.files import read_jsonl, write_jsonl
from ferrule.core.reasons import NoAnswer
from ferrule.evaluation.answers import policy, tampering
from ferrule.evaluation.answers.answer import Answer
from ferrule.evaluation.answers.extraction import take
from ferrule.evaluation.judging.submission import Submission
from ferrule.evaluation.problems.problem import Problem, read_problems
from ferrule.rust.paths import Paths

MANY = 2000  # samples for which another process is worth its start
AT_ONCE = 200  # that a process is given


def main() -> None:
    arguments = parse_arguments()
    problems = read_problems(arguments.problems)
    counts: Counter[str] = Counter()
    write_jsonl(arguments.out, counted(read_answers(problems, arguments), counts))
    print(", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "no samples")


def read_answers(problems: dict[str, Problem], arguments: argparse.Namespace) -> Iterator[dict]:
    samples = read_jsonl(arguments.samples)
    start = (
        problems,
        arguments.config["evaluate"].get("max_answer_kb", 100) * 1000,
        policy.Table(arguments.policy_table),
    )
    first = [sample for _, sample in zip(range(MANY), samples, strict=False)]
    if arguments.threads == 1 or len(first) < MANY:
        worker = Worker(*start)
        yield from map(worker.row, chain(first, samples))
        return
    context = multiprocessing.get_context("spawn")
    with context.Pool(arguments.threads, open_worker, start) as pool:
        yield from pool.imap(work, chain(first, samples), AT_ONCE)


class Worker:
    """Reads samples of a set, each distinct one once in a while: models repeat themselves, and do it in a row."""

    def __init__(self, problems: dict[str, Problem], max_bytes: int, rules: policy.Table):
        self.problems, self.max_bytes, self.rules = problems, max_bytes, rules
        self.task, self.known = "", {}

    def row(self, sample: dict) -> dict:
        if sample["task_id"] != self.task:
            self.task, self.known = sample["task_id"], {}
        # A completion that is not valid Unicode has lost characters: the rest is not the answer.
        given = (sample["completion"], bool(sample.get("unusable")))
        if given not in self.known:
            self.known[given] = self.read(self.problems[self.task], *given)
        return {"task_id": self.task, "sample": sample["sample"], **self.known[given]}

    def read(self, problem: Problem, completion: str, unusable: bool) -> dict:
        answer = Answer(reason=NoAnswer.BAD_TEXT) if unusable else take(problem, completion, self.max_bytes)
        paths = Paths(answer.code)
        return {
            "key": Submission(problem, answer.code).key if answer.code else "",
            "form": answer.form,
            "taken": answer.taken,
            "code": answer.code,
            "reason": answer.reason,
            "cut_off": answer.cut_off,
            "tampering": tampering.reason_of(paths),
            "policy": policy.groups_of(paths, self.rules),
        }


_here: Worker | None = None  # a process's own


def open_worker(problems: dict[str, Problem], max_bytes: int, rules: policy.Table) -> None:
    global _here  # noqa: PLW0603
    _here = Worker(problems, max_bytes, rules)


def work(sample: dict) -> dict:
    return _here.row(sample)


def counted(rows: Iterable[dict], counts: Counter[str]) -> Iterator[dict]:
    for row in rows:
        counts[row["form"] or row["reason"]] += 1
        counts["cut_off"] += row["cut_off"]
        counts["tampering"] += bool(row["tampering"])
        yield row


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument("--problems", required=True, type=Path, help="the set, problems.jsonl")
    parser.add_argument("--samples", required=True, type=Path, help="samples.jsonl, checked")
    parser.add_argument(
        "--policy-table", required=True, type=Path, help="which paths, macros and words are which group"
    )
    parser.add_argument("--threads", type=int, default=1, help="processes, from some thousands of samples on")
    add_files(parser, "out")
    add_config(parser, "evaluate")
    return parser.parse_args()


if __name__ == "__main__":
    main()
