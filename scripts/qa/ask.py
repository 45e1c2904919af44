"""Ask a model the questions that have no answer yet; every answer is kept at once, outside of the results.

    python scripts/qa/ask.py --questions questions.parquet --prompts resources/qa/prompts.yaml \\
        --config config/config.yaml --out turns.parquet --summary asked.json --log ask.log

The server is that of `qa.server`; with null it is `transformers serve` with the model in --model, for as long as the
step runs. Before anything is asked, the server is checked. A server that stops answering ends the step: what was
answered is kept, and the next run asks the rest. A key is read from the environment variable FERRULE_SERVER_KEY.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from ferrule.core.command_line import add_config, add_files, parser_of
from ferrule.core.errors import MissingPackages
from ferrule.core.files import read_rows, write_json, write_rows
from ferrule.llm.client import Client
from ferrule.llm.endpoint import Endpoint
from ferrule.llm.errors import LLMError
from ferrule.llm.retries import Retries
from ferrule.qa import battery
from ferrule.qa.answer_cache import AnswerCache, CacheError
from ferrule.qa.ask_log import open_log
from ferrule.qa.asking import AskOptions, Work, chosen
from ferrule.qa.own_server import own_server
from ferrule.qa.progress import Progress
from ferrule.qa.prompts import PromptError, Prompts
from ferrule.qa.qa_tables import QUESTIONS, TURNS
from ferrule.qa.server_check import KEY, check

SMALL_LIMIT = 20  # questions that the small model is asked where no limit is set


class PatientWork(Work):
    """Work that is held while the battery is low."""

    least_battery: float | None = None

    def held(self) -> bool:
        return super().held() or battery.low(self.least_battery)


def main() -> None:
    arguments = parse_arguments()
    settings = arguments.config["qa"]
    log = open_log(arguments.log, settings["max_log_files"])
    try:
        work = ask_all(arguments, settings, log)
    except (CacheError, LLMError, MissingPackages, PromptError, RuntimeError) as error:
        log.error("%s", error)
        sys.exit(1)
    except KeyboardInterrupt:
        log.error("interrupted. The answers so far are kept; run again to ask the rest")
        sys.exit(130)
    turns = work.turns()
    failed = Counter(row["reason"] for row in turns if row["reason"])
    told = ", ".join(f"{reason} {count}" for reason, count in failed.items()) or "none"
    log.info("%d answers new, %d from the cache, failed: %s", work.asked, work.cached, told)
    if work.stopped:
        log.error("stopped: %s\nThe answers so far are kept; run again to ask the rest", work.stopped)
        sys.exit(1)
    write_rows(arguments.out, turns, TURNS)
    write_json(arguments.summary, summary_of(turns, settings, arguments.model is not None))


def ask_all(arguments: argparse.Namespace, settings: dict, log) -> PatientWork:
    """Every question has an answer or a reason afterwards, or `stopped` says why not."""
    own = settings["server"] is None
    if own and not arguments.model:
        raise LLMError("qa.server is null: give --model, the folder of a model for a server of our own")
    prompts = Prompts.read(arguments.prompts)
    limit = settings["limit"] or (SMALL_LIMIT if own else None)
    structured = settings["structured"]
    if structured == "auto":
        structured = "text" if own else "schema"
    found = [row for path in arguments.questions for row in read_rows(path, QUESTIONS)]
    questions = chosen(found, limit, settings["seed"])
    log.info("%d of %d questions are asked", len(questions), len(found))
    if own:
        log.info(
            "qa.server is null: %s is started here. Its answers are poor: a demonstration", arguments.model
        )
    model = Path(arguments.model).name if own else settings["model"]
    with AnswerCache(settings["cache"]) as cache, contextlib.ExitStack() as stack:
        checked = None
        if model is None and not settings["ask"]:
            raise LLMError("qa.ask is false: set qa.model to the name that the answers were asked from")
        if model is None:
            checked = checked_endpoint(settings["server"], None, structured, settings, log)
            model = checked.model
        options = AskOptions(
            model, structured, settings["max_tokens"], settings["temperature"], settings["seed"]
        )
        work = PatientWork(questions, prompts, cache, options)
        work.least_battery = settings["pause_below_battery"]
        if work.ready and settings["ask"]:
            if checked is None:
                address = stack.enter_context(own_server(arguments.model)) if own else settings["server"]
                checked = checked_endpoint(address, model, structured, settings, log)
            # The small model computes one answer after the other, whatever is asked for at once.
            window = 1 if own else settings["window"]
            send(work, checked.endpoint, settings | {"window": window}, Progress(work.conversations))
    return work


class Checked(NamedTuple):
    """An endpoint whose server answers, and the model that it is asked for."""

    endpoint: Endpoint
    model: str


def checked_endpoint(address: str, model: str | None, structured: str, settings: dict, log) -> Checked:
    endpoint = Endpoint(address, key_variable=KEY, address_setting="qa.server", model_setting="qa.model")
    report = check(endpoint, model, structured, settings["time_limit"])
    log.info("%s is up and answers as %s, in %.1f s", endpoint.address, report.model, report.seconds)
    if report.note:
        log.warning("%s", report.note)
    return Checked(endpoint, report.model)


def send(work: PatientWork, endpoint: Endpoint, settings: dict, progress: Progress) -> None:
    """Send what is left, `qa.window` requests at once."""
    client = Client(
        endpoint,
        at_once=settings["window"],
        time_limit=settings["time_limit"],
        retries=Retries(tries=settings["tries"], longest_wait=settings["longest_wait"]),
        per_minute=settings["requests_per_minute"],
        ahead=max(1, settings["window"] // 8),
    )
    while work.ready and not work.stopped:
        battery.wait(work.least_battery)
        with contextlib.closing(client.outcomes(work)) as outcomes:
            for conversation, outcome in outcomes:
                for done in work.take(conversation, outcome):
                    progress.take(done)


def summary_of(turns: list[dict], settings: dict, own: bool) -> dict:
    """Counts, tokens and the price, of all answers, whenever they were paid."""
    answers = [row for row in turns if not row["reason"]]
    tokens = {
        "prompt": sum(row["prompt_tokens"] or 0 for row in answers),
        "answer": sum(row["tokens"] or 0 for row in answers),
    }
    prices = settings["price"]
    known = [tokens[name] * prices[name] / 1e6 for name in tokens if prices[name] is not None]
    return dict(
        questions=len({row["id"] for row in turns}),
        answers=len(answers),
        failed=Counter(row["reason"] for row in turns if row["reason"]),
        tokens=tokens,
        price=round(sum(known), 4) if known else None,
        small_model=own,
    )


def parse_arguments() -> argparse.Namespace:
    parser = parser_of(__doc__)
    parser.add_argument(
        "--questions", nargs="*", required=True, metavar="FILE", help="questions.parquet of each repository"
    )
    parser.add_argument("--model", metavar="FOLDER", help="of the small model, where qa.server is null")
    add_files(
        parser,
        prompts="templates",
        out="the answers as they were given",
        summary="counts, tokens, price",
        log="log",
    )
    add_config(parser, "qa")
    return parser.parse_args()


if __name__ == "__main__":
    main()
