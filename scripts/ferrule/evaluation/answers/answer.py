"""What a model gave, as what is judged: the module that an answer stands for, and what can be told by reading it.

extraction   which part of a completion is the answer, and the whole module's text
tampering    does it reach for the measurement and not for the problem
policy       what it uses of files, processes, threads ...: a property of the answer, not a verdict
"""

from __future__ import annotations

from dataclasses import dataclass

# Why there is nothing that could be compiled, one word each.
REASONS = {
    "empty": "nothing but blanks",
    "too_long": "over the limit of size",
    "bad_text": "a NUL character or half of a surrogate pair is in it: no text",
    "only_thoughts": "the thoughts before the answer never end",
    "no_code": "prose or comments only",
    "no_entry": "code, but neither the entry item nor what could stand in it",
    "signature_only": "the entry item is declared and has no body",
}

# How an answer is written. Each also with `_in_fence` or, a whole item in a text without fences, `_in_prose`.
FORMS = {
    "body": "the prompt goes on, without the brace that closes the entry item",
    "body_closed": "the prompt goes on up to that brace, further items may follow",
    "function": "the entry item alone",
    "file": "the entry item among others",
}


@dataclass(frozen=True)
class Answer:
    """What was taken of a completion."""

    form: str = ""  # one of FORMS and where it stood; "" if there is no answer
    code: str = ""  # the text of the whole module: the prompt's items and the answer's
    taken: str = ""  # what of the completion is in it: one stretch, or several joined by a line end
    reason: str = ""  # why there is no answer, one of REASONS
    cut_off: bool = False  # it stops in the middle; the code does too, and does not compile
