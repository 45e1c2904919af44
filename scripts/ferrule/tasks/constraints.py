"""Conditions that the code of an author meets, so that a prompt may ask for them: no unsafe code, no allocation, no unwrap.

Read off the syntax alone, and on the safe side: a condition is offered only where the code plainly meets it and where
somebody could easily have broken it.
"""

from __future__ import annotations

import re

from ferrule.rust.lexer import NOT_CODE

ALLOCATES = re.compile(
    r"\b(?:Vec|String|Box|Rc|Arc|HashMap|HashSet|BTreeMap|BTreeSet|VecDeque|Cow|format!|vec!)"
    r"|\.(?:to_string|to_owned|to_vec|clone|cloned|collect|into_owned|into_boxed_\w+|repeat|join|concat|replace)\b"
    r"|\b(?:\w*reserve\w*|push\w*|insert\w*|extend\w*|append|resize\w*|grow\w*|with_capacity|shrink_to\w*|alloc\w*)\b"
)
PANICS = re.compile(
    r"\.(?:unwrap|expect|unwrap_err|expect_err)\(|\b(?:panic|assert|assert_eq|assert_ne|unreachable|debug_assert)!"
)
LOOPS = re.compile(r"\b(?:for(?!\s*<)|while|loop)\b")
FALLIBLE = re.compile(r"\b(?:Option|Result)\b|\?[;,.)\s]|\bSome\(|\bOk\(")
CHAINS = re.compile(r"\.(?:iter|iter_mut|into_iter|chars|bytes|char_indices|windows|chunks|zip|enumerate)\(")
COLLECTIONS = re.compile(r"&(?:'\w+ )?(?:mut )?(?:\[|str\b)|\.(?:iter|chars|bytes|len)\(")
STD_ONLY = re.compile(r"\bstd::|\balloc::")


def constraints_met(code: str) -> list[str]:
    """Sentences that the code of a function bears out."""
    plain = NOT_CODE.sub(" ", code)
    met = []
    if "unsafe" not in plain and re.search(r"\*(?:const|mut)\b|[\w)]\[\w+\]", plain):
        met.append("Do not use `unsafe`.")
    if not ALLOCATES.search(plain) and COLLECTIONS.search(plain):
        met.append("Do not allocate.")
    if not PANICS.search(plain) and FALLIBLE.search(plain):
        met.append("Do not call `unwrap` or `expect`.")
    if CHAINS.search(plain) and not LOOPS.search(plain):
        met.append("Use iterator methods, not a loop.")
    if LOOPS.search(plain) and not ALLOCATES.search(plain) and not STD_ONLY.search(plain):
        met.append("It has to work without the standard library (`no_std`).")
    return met
