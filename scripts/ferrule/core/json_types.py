"""The column types of JSON rows, found by looking at all of them.

null, boolean, whole number, number, text, list and object; whole numbers and numbers together are numbers.
Anything else that meets in one column is an error: no type would hold both without a change.
"""

from __future__ import annotations

import pyarrow as pa

NULL = pa.null()


class Mixed(ValueError):
    """Two values that no column can hold together."""


def type_of(value: object) -> pa.DataType:
    """The narrowest type of one JSON value."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return pa.bool_()
    if isinstance(value, int):
        return pa.int64() if value < 2**63 else pa.uint64()
    if isinstance(value, float):
        return pa.float64()
    if isinstance(value, str):
        return pa.string()
    if isinstance(value, list):
        kind = NULL
        for item in value:
            kind = together(kind, type_of(item))
        return pa.list_(kind)
    if not isinstance(value, dict) or not value:
        raise Mixed("an object without keys has no type in Parquet")
    return pa.struct([pa.field(name, type_of(item)) for name, item in value.items()])


def together(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """The type that holds values of both."""
    if one == other or other == NULL:
        return one
    if one == NULL:
        return other
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_list(one) and pa.types.is_list(other):
        return pa.list_(together(one.value_type, other.value_type))
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        if [field.name for field in one] != [field.name for field in other]:
            raise Mixed("objects with other keys, or in another order, than in the lines before")
        return pa.struct(
            [pa.field(a.name, together(a.type, b.type)) for a, b in zip(one, other, strict=True)]
        )
    raise Mixed(f"{word(other)} where lines before have {word(one)}")


def word(kind: pa.DataType) -> str:
    names = {
        "string": "text",
        "int64": "a whole number",
        "uint64": "a whole number over 2^63",
        "double": "a number",
        "bool": "true or false",
    }
    return names.get(str(kind), "a list" if pa.types.is_list(kind) else "an object")


def has_json(kind: pa.DataType) -> bool:
    """Whether JSON can say every value of a type so that it can be read back."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return has_json(kind.value_type)
    if pa.types.is_struct(kind):
        return kind.num_fields > 0 and all(has_json(field.type) for field in kind)
    if pa.types.is_dictionary(kind):
        return has_json(kind.value_type)
    plain = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_null,
    )
    return any(check(kind) for check in plain)
