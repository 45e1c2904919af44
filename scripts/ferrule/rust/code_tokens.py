"""Rust code as tokens without comments and layout.

`tokens` is forgiving: text that is not Rust gives tokens too, it never fails. A comma before a closing
bracket is layout (rustfmt writes it where it breaks a list into lines) and is left out.
"""

from __future__ import annotations

import re

from ferrule.rust.lexer import FLAT
from ferrule.rust.lexer import NAME as NAME_PATTERN

WORD = re.compile(rf"'?{NAME_PATTERN}")

PRIMITIVE = frozenset("bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize".split())
KEYWORDS = PRIMITIVE | frozenset(
    "as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod"
    " move mut pub ref return self Self static struct super trait true type union unsafe use where while yield"
    " 'static '_ _".split()
)


def tokens(code: str) -> list[str]:
    return list(filter(None, FLAT.findall(code)))


def is_name(token: str) -> bool:
    return token not in KEYWORDS and WORD.fullmatch(token) is not None
