"""The section of questions and answers about repositories."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ferrule.workflow.configuration.base import (
    Distinct,
    NotNegative,
    Positive,
    PositiveNumber,
    Section,
    SomeDistinct,
    Text,
    Texts,
    Whole,
    section,
)

# Those of the published pipeline. Other binary files are recognised by their content.
EXCLUDED = ".png .jpg .jpeg .gif .svg .zip .tar .gz .bin .pack .idx .rev .pdf .pptx .DS_Store".split()
VENDORED = "node_modules vendor vendored third_party third-party site-packages target dist .venv".split()
Format = Literal["csv", "alpaca", "chatml", "llama3", "mistral", "gemma", "sharegpt"]
FORMATS: list[Format] = ["csv", "alpaca", "chatml", "llama3", "mistral", "gemma", "sharegpt"]


class QaFiles(Section):
    max_bytes: Positive = Field(5000000, description="a larger file is left out")
    max_line: Positive = Field(2000, description="characters; a file with a longer line is left out")
    excluded: Distinct[Text] = Field(EXCLUDED, description="endings of names that are left out")
    vendored: Distinct[Text] = Field(
        VENDORED, description="folders with the code of others, or built by a tool"
    )


class Price(Section):
    prompt: NotNegative | None = Field(None, description="of a million tokens that are sent")
    answer: NotNegative | None = Field(None, description="of a million tokens that the model generates")


class Qa(Section):
    repositories: Text = Field(
        "config/repos.tsv",
        description="the repositories: address, ref, license, separated by tabs; or one address a line",
    )
    names: Texts = Field([], description="only these (name or address) instead of the whole list")
    files: QaFiles = section(QaFiles, "which files are asked about")
    kinds: SomeDistinct[Text] = Field(
        ["purpose", "reason", "usage", "pitfalls", "tests", "conversation"],
        description="kinds of question, entries of the prompts",
    )
    per_piece: Positive | None = Field(
        2, description="kinds that one piece of code is asked, chosen by a hash; null asks all"
    )
    prompts: Text = Field("resources/qa/prompts.yaml", description="what is asked, as templates (docs/qa.md)")
    limit: Positive | None = Field(
        None, description="questions in all; null: no limit, but 20 with the small model of server: null"
    )
    server: Text | None = Field(
        None,
        description="address of an OpenAI-compatible server, such as http://localhost:11454; null starts a small model here",
    )
    model: Text | None = Field(None, description="the server's name of the model; null takes its only one")
    structured: Literal["auto", "schema", "prompt", "text"] = Field(
        "auto",
        description=(
            "schema: a JSON object by response_format; prompt: asked for in words; text: plain text, our question;\n"
            "auto: schema, and text with server: null"
        ),
    )
    max_tokens: Positive = Field(500, description="tokens of the longest answer")
    temperature: Annotated[float, Field(ge=0, le=2)] = Field(
        0.7, description="0 is greedy, 2 the most random"
    )
    cut_off: Literal["drop", "trim"] = Field(
        "drop",
        description="an answer that reaches max_tokens: drop it, or trim plain text to whole sentences",
    )
    seed: Whole = Field(0, description="a different seed makes different choices, and asks everything again")
    window: Positive = Field(8, description="requests at once; 1 with server: null")
    time_limit: Positive = Field(600, description="seconds for one try of a request")
    tries: Positive = Field(6, description="tries of a request")
    longest_wait: Positive = Field(
        600, description="seconds between two tries, also where the server asks for more"
    )
    requests_per_minute: PositiveNumber | None = Field(
        None, description="the rate that is not exceeded; null: no limit"
    )
    ask: bool = Field(True, description="false: take the answers that are in the cache, and ask nothing")
    cache: Text = Field(
        "cache/qa", description="folder of all answers, which deleting results does not touch"
    )
    pause_below_battery: Annotated[float, Field(ge=0, le=100)] | None = Field(
        15, description="percent: wait while a battery without mains is below; null never waits"
    )
    max_log_files: Positive = Field(5, description="logs of earlier runs of asking that are kept")
    price: Price = section(Price, "for the summary, in a currency of your own")
    intended_model: str = Field("", description="value of the column model_type_intended")
    formats: Distinct[Format] = Field(FORMATS, description="exports of the database")
