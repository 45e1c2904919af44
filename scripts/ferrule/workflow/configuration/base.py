"""What the models of all sections share: the base class, and the types of values that several sections have.

A section is a class whose fields are its keys. A field says a key's default, its type with the limits, and its
description: the comment in config/config.yaml and the meaning in docs/configuration.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T")


class Section(BaseModel):
    """Keys and values: no unknown key, and every value of the type that is written down, not of one near it.

    A model is built with the whole configuration (`defer_build`), once, rather than separately.
    """

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


def section(model: type[T], description: str) -> T:
    """The field of a section within another one: its default is made of the defaults of its own fields."""
    return Field(default_factory=model, description=description)


def optional(default: Any = None, **more: Any) -> Any:
    """The field of a key that may be left out but, where its type does not say so, not be null.

    `default` is what a step then takes; None, that there is no such thing.
    """
    return Field(default, **more)


@dataclass(frozen=True)
class Comments:
    """Metadata of a section of names: comments in config.yaml for the entries that Ferrule has.

    By dotted key, `own` or `own.path`; a key that is not here has the description of its field.
    """

    by_key: dict[str, str]


# Patterns, by the message for a text that does not match: `expected ..., got ...`
PATTERNS: dict[str, str] = {}


def matching(pattern: str, expected: str) -> Any:
    """The type of a text that has a pattern; `expected` names it in messages, for editors too."""
    PATTERNS[pattern] = expected
    field = Field(pattern=pattern, json_schema_extra={"patternErrorMessage": f"expected {expected}"})
    return Annotated[str, field]


def distinct(items: list) -> list:
    twice = sorted({str(item) for item in items if items.count(item) > 1})
    if twice:
        raise PydanticCustomError("given_twice", "given twice: {items}", {"items": ", ".join(twice)})
    return items


UNIQUE = {"uniqueItems": True}

Distinct = Annotated[list[T], Field(json_schema_extra=UNIQUE), AfterValidator(distinct)]
SomeDistinct = Annotated[list[T], Field(min_length=1, json_schema_extra=UNIQUE), AfterValidator(distinct)]
Texts = list[str]  # by another name, for a section that has a key `list`

Text = Annotated[str, Field(min_length=1)]
Whole = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
PositiveNumber = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]

Name = matching(r"^[A-Za-z0-9][A-Za-z0-9._-]*$", "a name of letters, digits and . _ -")
SnakeName = matching(r"^[a-z][a-z0-9_]*$", "a name of small letters, digits and _")
SweepName = matching(r"^[A-Za-z0-9][A-Za-z0-9-]*$", "a name of letters, digits and -")
Sha256 = matching(r"^[0-9a-f]{64}$", "64 hexadecimal digits in small letters")
SpdxId = matching(r"^[A-Za-z0-9.+-]+( WITH [A-Za-z0-9.-]+)?$", "one SPDX id such as MIT")
Day = matching(r"^\d{4}-\d{2}-\d{2}$", "a day such as 2026-01-31")

TaskKind = Literal["docs", "tests", "compile_error", "behaviour", "completion", "rewrite"]
Kind = Literal[
    "code_generation", "transformations", "error_fixing", "explanations", "fill_in_middle", "modules"
]
