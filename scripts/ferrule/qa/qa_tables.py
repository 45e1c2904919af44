"""The tables of the stage, their columns and meaning (`ferrule.core.schemas` has those of the dataset)."""

from __future__ import annotations

from typing import TypedDict

from ferrule.core.schemas import Int, Text, Texts, schema_of


class RepositoryFileRow(TypedDict):
    """A file of a repository, asked about or left out and why. `reason` is empty for one that is asked about."""

    repository: Text
    path: Text  # with / ; bytes that are not printable UTF-8 as escapes
    oid: Text  # git's name of the content
    sha256: Text  # empty where the content was not read
    bytes: Int
    language: Text
    reason: Text
    detail: Text


class QuestionRow(TypedDict):
    """A question about a piece of a file, before anybody is asked."""

    id: Text  # 16 hex digits of hash(code, context, name, language, kind): the same wherever the piece is
    repository: Text
    path: Text
    sha256: Text  # of the file
    start: Int  # bytes of the piece in the file
    end: Int
    language: Text
    name: Text  # of the item, where the grammar gives it
    kind: Text  # of question: an entry of the prompts
    code: Text  # the piece
    context: Text  # what of the rest of the file goes with it


class TurnRow(TypedDict):
    """One turn of a question as it was asked: the raw answer, or why there is none."""

    id: Text
    turn: Int  # 0, and 1 ... for follow-ups
    key: Text  # of the request, its name in the cache
    wording: Text  # what was asked
    text: Text  # as the server gave it
    finish_reason: Text
    prompt_tokens: Int
    tokens: Int
    at: Text  # when it was answered, or failed: 2026-01-31T12:00:00Z
    reason: Text  # of ferrule.core.reasons.QuestionReason; empty for an answer
    detail: Text


class ExchangeRow(TypedDict):
    """A question and its answer as read from a turn: what the database has."""

    id: Text
    turn: Int
    repository: Text
    path: Text
    sha256: Text
    start: Int
    end: Int
    language: Text
    name: Text
    kind: Text
    question: Text
    user: Text  # the question; in the first turn with the code that it is about
    answer: Text
    code: Text  # the piece that was asked about
    rust: Texts  # the blocks of Rust code in the answer
    key: Text
    at: Text
    tokens: Int
    prompt_tokens: Int


class FailedRow(TypedDict):
    """A question without an answer that can be used."""

    id: Text
    turn: Int
    repository: Text
    path: Text
    kind: Text
    reason: Text
    detail: Text
    key: Text
    at: Text


REPOSITORY_FILES = schema_of(RepositoryFileRow)
QUESTIONS = schema_of(QuestionRow)
TURNS = schema_of(TurnRow)
EXCHANGES = schema_of(ExchangeRow)
FAILED = schema_of(FailedRow)
