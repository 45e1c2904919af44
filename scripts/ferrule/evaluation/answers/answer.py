"""The answer in a completion: the module that is judged, and the labels that reading the code gives.

extraction   which part of a completion is the answer, and the text of the whole module
tampering    does the code manipulate the measurement instead of solving the problem?
policy       which groups of features it uses (files, processes, threads, ...): a property, not a verdict
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict

# How an answer is written. `_in_fence` is appended if it was in a fence, `_in_prose` if a whole item was between prose.
FORMS = {
    "body": "it continues the prompt, without the brace that closes the entry item",
    "body_closed": "it continues the prompt up to that brace; further items may follow",
    "function": "the entry item alone",
    "file": "the entry item among others",
}


class CompletionRow(TypedDict):
    """A sample, in samples.jsonl: the output of a model for one problem."""

    task_id: str
    sample: int  # its number among the samples of the problem, from 0
    completion: str
    prompt: NotRequired[str]  # the text that the model got
    dtype: NotRequired[str | None]  # of the model's weights, where it is known
    unusable: NotRequired[str]  # set if the completion was not valid Unicode


class AnswerRow(TypedDict):
    """The answer that was extracted from a sample, in answers.jsonl."""

    task_id: str
    sample: int
    key: str  # the same for equal answers to a problem; "" if there is no answer
    form: str
    taken: str
    code: str
    reason: str
    cut_off: bool
    tampering: str  # why the code counts as tampering, or ""
    policy: list[str]  # the groups of features that the code uses


@dataclass(frozen=True)
class Answer:
    """What was extracted from a completion."""

    form: str = ""  # one of FORMS, with its suffix; "" if there is no answer
    code: str = ""  # the text of the whole module: the prompt's items and the answer's
    taken: str = ""  # the part of the completion that is in it: one span, or several joined by line ends
    reason: str = ""  # why there is no answer, a NoAnswer
    cut_off: bool = False  # the answer stops in the middle, so its code does not compile
