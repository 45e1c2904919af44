"""SPDX licence expressions: what a manifest's `license` says, and whether an allow-list covers it.

    check("(MIT OR Apache-2.0) AND Unicode-3.0", ["MIT", "Unicode-3.0"])  ->  (True, "MIT, Unicode-3.0")
    check("GPL-3.0 AND MIT", ["MIT"])  ->  (False, "GPL-3.0-only is not on the list")

The rules, fail-closed:
- OR needs one allowed side, AND needs all. `/` is OR, as crates wrote it before SPDX.
- `L WITH E` is allowed if the list has exactly that, or L: an exception only adds permissions.
- `L-or-later` is allowed if L-only is, and `L+` if L is: the choice of version is the user's.
- Case is ignored; deprecated ids are replaced (GPL-3.0 is GPL-3.0-only), which the library knows.
- An id that SPDX does not have (`BSD`, `Apache 2.0`, an exception without WITH, a LicenseRef) is never
  allowed, but one beside it in an OR may be. LicenseRef-... may stand on the list itself.
- No expression, or one that cannot be read, is refused with the reason.

Not covered: whether licences are compatible with each other, and licences of single files.
"""

from __future__ import annotations

import functools
import re

# SPDX has replaced these by an expression; the library knows only ids replaced by ids.
DEPRECATED = {
    "gpl-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "gpl-2.0-with-bison-exception": "GPL-2.0-or-later WITH Bison-exception-2.2",
    "gpl-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "gpl-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "gpl-2.0-with-gcc-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "gpl-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "gpl-3.0-with-gcc-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "ecos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "wxwindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}

# Names that people write for more than one licence, or without its id.
HINTS = {
    "bsd": "BSD-2-Clause or BSD-3-Clause?",
    "apache": "Apache-2.0?",
    "apache 2.0": "Apache-2.0?",
    "apache2": "Apache-2.0?",
    "gpl": "which version?",
    "lgpl": "which version?",
    "gplv2": "GPL-2.0-only or GPL-2.0-or-later?",
    "gplv3": "GPL-3.0-only or GPL-3.0-or-later?",
    "cc0": "CC0-1.0?",
    "mpl": "MPL-2.0?",
}

# A manifest is a stranger's text: the longest expression on the registry has some 200 characters.
MAX_LENGTH = 1000
OPERATORS = {"and", "or", "with"}
WORD = re.compile(r"[^\s()/]+")


@functools.cache
def _library():
    """The licensing object with SPDX's ids; loaded when first needed (30 ms)."""
    import license_expression

    # The index that comes with the library also has names of another catalogue as LicenseRef-...,
    # some as aliases of SPDX's ids. In a manifest a LicenseRef means what its author says it means.
    return license_expression.Licensing(
        license_expression.LicenseSymbol(
            row["spdx_license_key"],
            aliases=tuple(
                name for name in row["other_spdx_license_keys"] if not name.startswith("LicenseRef-")
            ),
            is_exception=row["is_exception"],
        )
        for row in license_expression.get_license_index()
        if row["spdx_license_key"] and not row["spdx_license_key"].startswith("LicenseRef-")
        if not row["is_deprecated"]
    )


@functools.cache
def _ids() -> dict[str, str]:
    """Every id and alias in small letters, and the id that SPDX uses now."""
    ids = {}
    for symbol in _library().known_symbols.values():
        for name in (symbol.key, *symbol.aliases):
            ids[name.lower()] = symbol.key
    return ids


def parse(expression: str | None):
    """The expression's tree, or None and what is wrong: (tree, problem)."""
    if expression is None or not expression.strip():
        return None, "no licence given"
    if len(expression) > MAX_LENGTH:
        return None, f"the licence expression has more than {MAX_LENGTH} characters"
    try:
        tree = _library().parse(_modern(expression), validate=False, strict=False)
    except Exception:  # its own errors; for some texts, such as `()`, any error that its parser runs into
        tree = None
    if tree is None:
        return None, f"{expression!r} is not an SPDX expression"
    return tree, ""


def _modern(expression: str) -> str:
    """`/` as OR, deprecated ids as what replaces them, `L+` as L where SPDX has no L-or-later."""

    def replace(match: re.Match) -> str:
        word = match.group()
        if word.lower() in DEPRECATED:
            return f"({DEPRECATED[word.lower()]})"
        if word.endswith("+") and word.lower() not in _ids() and word[:-1].lower() in _ids():
            return word[:-1]
        return word

    # The library reads operators in capitals, in small letters, and nothing between.
    words = WORD.sub(
        lambda m: m.group().upper() if m.group().lower() in OPERATORS else replace(m), expression
    )
    return words.replace("/", " OR ")


def normalise(expression: str | None) -> tuple[str, str]:
    """(the expression with SPDX's own spelling, what is wrong). An unknown id is a problem as well."""
    tree, problem = parse(expression)
    if tree is None:
        return "", problem
    problems = [p for leaf in _leaves(tree) if (p := _leaf_problem(leaf))]
    return _text(tree), "; ".join(dict.fromkeys(problems))


def check(expression: str | None, allowed: list[str]) -> tuple[bool, str]:
    """Whether the allow-list covers the expression, and through which licences, or why not."""
    names = _allowed(tuple(allowed))
    tree, problem = parse(expression)
    if tree is None:
        return False, problem
    good, reasons = _check(tree, names)
    return good, (", " if good else "; ").join(dict.fromkeys(reasons))


def _check(tree, names: frozenset[str]) -> tuple[bool, list[str]]:
    kind = getattr(tree, "operator", None)
    if kind is None:
        return _check_leaf(tree, names)
    answers = [_check(side, names) for side in tree.args]
    accepted = any(good for good, _ in answers) if kind.strip() == "OR" else all(good for good, _ in answers)
    return accepted, [reason for good, reasons in answers if good == accepted for reason in reasons]


def _check_leaf(leaf, names: frozenset[str]) -> tuple[bool, list[str]]:
    text = _text(leaf)
    if problem := _leaf_problem(leaf):
        # A licence of one's own has no SPDX id; the list may name it.
        return text.lower() in names, [text if text.lower() in names else problem]
    licence = _text(getattr(leaf, "license_symbol", leaf))
    only = re.sub(r"-or-later$", "-only", licence)
    if names & {text.lower(), licence.lower(), only.lower()}:
        return True, [text]
    return False, [f"{text} is not on the list"]


def _leaf_problem(leaf) -> str:
    """Why a licence, or a licence with its exception, is not one that SPDX has; empty if it is."""
    licence, exception = getattr(leaf, "license_symbol", leaf), getattr(leaf, "exception_symbol", None)
    if problem := _id_problem(licence.key, exception=False):
        return problem
    return _id_problem(exception.key, exception=True) if exception else ""


def _id_problem(key: str, exception: bool) -> str:
    known = _library().known_symbols.get(_ids().get(key.lower(), ""))
    if known is None:
        hint = HINTS.get(key.lower())
        return f"{key} is not an SPDX id" + (f" ({hint})" if hint else "")
    if known.is_exception != exception:
        return f"{key} is not an exception" if exception else f"{key} is an exception, not a licence"
    return ""


@functools.cache
def _allowed(allowed: tuple[str, ...]) -> frozenset[str]:
    """The allow-list in SPDX's spelling, in small letters. An entry that is not a licence is a ValueError."""
    names = set()
    for entry in allowed:
        tree, problem = parse(entry)
        if tree is not None and getattr(tree, "operator", None):
            problem = "name its licences one by one"
        elif tree is not None and not _text(tree).startswith("LicenseRef-"):
            problem = _leaf_problem(tree)
        if problem:
            raise ValueError(f"allowed_licenses: {entry!r}: {problem}")
        names.add(_text(tree).lower())
    return frozenset(names)


def _leaves(tree) -> list:
    if getattr(tree, "operator", None):
        return [leaf for side in tree.args for leaf in _leaves(side)]
    return [tree]


def _text(tree) -> str:
    return tree.render("{symbol.key}")
