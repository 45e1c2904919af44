"""What a row must not teach: code that its author calls unfinished or that nobody would write, and broken forms
whose fix nobody could know.

Each function says what is wrong in a few words, or gives an empty text.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from ferrule.rust import syntax
from ferrule.rust.code_tokens import KEYWORDS, PRIMITIVE, is_name, tokens
from ferrule.rust.item_text import comments
from ferrule.rust.nodes import parent_of
from ferrule.tasks.context import PRELUDE, STD_METHODS

UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
# A comment that speaks of a numbered point elsewhere, and code that somebody took out.
POINT = re.compile(r"(?<![\w)])\(\d\)")
POINT_SAID = re.compile(r"\W*\(\d\)\W*\w")  # the point itself
TAKEN_OUT = re.compile(
    r"//(?![/!]) *(?:(?:let|return|use|const) .*;|(?:if|for|while|match|fn|pub) .*\{|[\w.:]+!?\(.*\);"
    r"|[\w.\[\]]+ [-+*/|&]?= .*;) *$",
    re.MULTILINE,
)
SAFETY = re.compile(r"\bsafety\b", re.IGNORECASE)
DUMMY_NAME = re.compile(r"(?:^|_)(?:dummy|noop|no_op|foo|bar|baz|placeholder|unreachable)(?:_|$)")
PANICS = frozenset(("panic", "unreachable"))

MOST_DELETED = 14  # tokens; what is longer is a thought of its own, and not one slip of the pen
# Literals that anybody tries first.
PLAIN_LITERALS = frozenset('0 1 2 "" true false 0.0 1.0'.split())
# Words that need not be shown: every program has them in scope, or every Rust programmer writes them.
COMMON = (
    KEYWORDS
    | PRELUDE
    | STD_METHODS
    | frozenset(
        "String Vec Box Rc Arc Cell RefCell Mutex HashMap HashSet BTreeMap Cow Option Result Ordering std core alloc"
        " vec format println write assert assert_eq matches await move as_ref as_mut clone unwrap iter into ok self"
        " Self crate super fmt Formatter new default".split()
    )
)
MEANINGFUL = re.compile(r"[\w\"'].*", re.DOTALL)


def unfinished(code: str) -> str:
    """The first mark of unfinished work in a comment."""
    text = code.encode()
    if not UNFINISHED.search(code):
        return ""
    for start, end in comments(text):
        if found := UNFINISHED.search(text[start:end].decode(errors="replace")):
            return found[0]
    return ""


def loose_comment(code: str) -> str:
    """The first comment that means nothing to a reader of this code alone, or that is code."""
    if not (POINT.search(code) or TAKEN_OUT.search(code)):
        return ""
    text = code.encode()
    for start, end in comments(text):
        comment = text[start:end].decode(errors="replace")
        if comment.startswith(("///", "//!", "/**", "/*!")):
            continue  # documentation is left out of answers
        point = None if POINT_SAID.match(comment) else POINT.search(comment)
        if found := point or TAKEN_OUT.search(comment):
            return found[0].strip()[:60]
    return ""


def unexplained_unsafe(row: dict) -> bool:
    """Whether a safe function has an unsafe block that no comment explains: callers must trust what nobody says.

    A `SAFETY` comment may stand above the block or in it; one for all blocks may stand above the function.
    """
    code = row["code"].encode()
    if b"unsafe" not in code:
        return False
    root = syntax.parse(b"impl X {" + code + b"\n}")
    blocks, stack = [], [root]
    while stack:
        node = stack.pop()
        if node.type == "function_modifiers" and b"unsafe" in (node.text or b""):
            return False  # its own callers have to know what it needs
        if node.type == "unsafe_block":
            blocks.append(node)
        stack += node.children
    if not blocks:
        return False
    above = row.get("above", "") + row.get("docs", "")
    if SAFETY.search(above):
        return False
    said = [
        text
        for span in comments(code)
        if SAFETY.search(text := code[span[0] : span[1]].decode(errors="replace"))
    ]
    return len(said) == 0


NUMBER_OR_CHAR = re.compile(r"\d[\w.]*|'(?:[^'\\]|\\.[^']*)'")
SMALL = re.compile(r"\d{1,2}(?:\.0?|\.5|\.25)?(?:_?[iuf]\d+|_?[iu]size)?")
MOST_NUMBERS, MOST_CHARS = 4, 1  # that a prompt does not have


CONSTRUCTOR = re.compile(r"\bfn (?:new|default|empty)\b[^{;]*\{(?:[^{}]|\{[^{}]*\})*\}")
CONSTRUCTOR_DOCS = re.compile(
    r"((?:^[ \t]*///.*\n)+)(?:^[ \t]*#\[.*\n)*^[ \t]*(?:pub[^\n]* )?(?:const )?fn (?:new|default|empty)\b",
    re.MULTILINE,
)
CHOSEN = re.compile(r"\b[a-z_]\w*: [A-Z]\w*::([A-Z]\w*)\b(?!\s*[({:])")


def untold_values(answer: str, prompt: str) -> str:
    """Numbers and characters of an answer that its prompt does not have, if they are too many to be worked out.

    Also the variants that a constructor chooses for its fields, if the documentation does not name them.
    """
    said = set(re.findall(r"\w+", "\n".join(CONSTRUCTOR_DOCS.findall(prompt))))
    for constructor in CONSTRUCTOR.findall(answer):
        chosen = [variant for variant in CHOSEN.findall(constructor) if variant not in said]
        if len(chosen) > 1:
            return ", ".join(chosen)[:80]
    seen = set(NUMBER_OR_CHAR.findall(prompt))
    untold = {
        token
        for token in tokens(answer)
        if NUMBER_OR_CHAR.fullmatch(token) and not SMALL.fullmatch(token) and token not in seen
    }
    chars = {token for token in untold if token.startswith("'") and token[1] != "\\"}
    numbers = {token for token in untold if not token.startswith("'")}
    if len(chars) > MOST_CHARS or len(numbers) > MOST_NUMBERS:
        return ", ".join(sorted(chars if len(chars) > MOST_CHARS else numbers)[:8])[:80]
    return ""


SETS = re.compile(r"self(?:\.\w+)+ = \w+; self")
# What a body may consist of that only hands values on: names, paths, calls, struct literals, empty brackets, a `match`.
HANDING = (
    frozenset(". , :: : ; & ( ) { } [ ] < > ! mut self Self _ true false match => &&".split()) | PRIMITIVE
)
# Calls that only change the form of a value.
CHANGES_FORM = frozenset(
    "as_ref as_mut as_str as_slice borrow borrow_mut clone default deref from into iter iter_mut new to_owned to_string".split()
)


def only_forwards(row: dict) -> bool:
    """Whether the function only hands its arguments and fields on: into fields or to a function, before or after a call without arguments."""
    body = row["code"].encode()[row["body"] - row["start"] + 1 : -1].decode()
    if SETS.fullmatch(" ".join(body.split())):
        return True
    found = tokens(re.sub(r"\.\d+\b", "", body))  # fields of tuple structs
    if not all(token in HANDING or is_name(token) for token in found):
        return False
    # A call is a name before a bracket; `Some(...)` and other tuple structs are values.
    calls = [
        at
        for at, (name, after) in enumerate(pairwise(found))
        if (after in ("(", "!") or found[at + 1 : at + 3] == ["::", "<"])
        and name[0].islower()
        and name not in CHANGES_FORM | PRIMITIVE | {"match"}
    ]
    if "match" in found:  # one or two arms that take a value out
        return not calls and found.count("=>") <= 2
    if len({found[at] for at in calls}) <= 1:
        return True
    if "&&" in found:
        return False
    first, second = calls[0], next(at for at in calls if found[at] != found[calls[0]])
    closed = closing(found, first)
    within = second < closed or found[closed + 1 : second] == ["."]
    inner = [at for at in calls if found[at] == found[second]]
    return (
        within and len({found[at] for at in calls}) == 2 and all(closing(found, at) == at + 2 for at in inner)
    )


def closing(found: list[str], at: int) -> int:
    """Where the bracket closes that comes next."""
    depth = 0
    for place in range(at, len(found)):
        depth += (found[place] in "([{") - (found[place] in ")]}")
        if found[place] in ")]}" and not depth:
            return place
    return len(found)


def dummy(row: dict) -> bool:
    """Whether the function only stands in for another one: it panics at once, or its name says so."""
    if DUMMY_NAME.search(row["name"]):
        return True
    root = syntax.parse(b"impl X {" + row["code"].encode() + b"\n}")
    stack = [root]
    while stack:
        node = stack.pop()
        if node.type == "block" and parent_of(node).type == "function_item":
            inner = [c for c in node.named_children if c.kind_id not in syntax.COMMENTS]
            if len(inner) != 1:
                return False
            only = inner[0].named_child(0) if inner[0].type == "expression_statement" else inner[0]
            macro = (
                only.child_by_field_name("macro")
                if only is not None and only.type == "macro_invocation"
                else None
            )
            return macro is not None and (macro.text or b"").decode() in PANICS
        stack += reversed(node.children)
    return False


def cannot_be_guessed(before: str, after: str, shown: str) -> str:
    """Why nobody could get from the text `before` to `after` with what is `shown`; both are whole functions.

    Names and literals of the answer have to stand somewhere in the prompt, or be common knowledge.
    """
    gone = Counter(tokens(after)) - Counter(tokens(before))
    if sum(gone.values()) > MOST_DELETED:
        return f"{sum(gone.values())} tokens are gone"
    seen = set(re.findall(r"\w+", shown)) | set(tokens(shown))
    for token in sorted(gone):
        known = token in seen or token in COMMON or token in PLAIN_LITERALS
        if MEANINGFUL.fullmatch(token) and not known:
            return token[:40]
    return ""


# --- documentation as an answer ---------------------------------------------------------------------

SENTENCE_END = re.compile(r"[.!?](?:[\s)`*_\"']|$)")
NOT_AN_END = re.compile(r"\b(?:e\.g|i\.e|etc|cf|vs|resp|approx|incl|Fig|Eq|No)\.", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"\bsee\s+\[|\bspecial case of\b"
    r"|\b(?:as per|according to|see (?:also|above|below|the)?|above|below|previous(?:ly)?|aforementioned|earlier"
    r"|the (?:paper|article|spec(?:ification)?|standard|rfc|book|module|crate|readme|other|following|trait|parent"
    r"|method|struct|type)(?:-level)? (?:docs|documentation|level)|documentation (?:of|for)|refer to|described in|details? (?:in|at)|section \d"
    r"|(?:equation|figure|table|algorithm|theorem|lemma|chapter|step) \(?\d|RFC ?\d+|issue #?\d|ditto)\b"
    r"|\(\d\)|\[\d+\]|#\d+|https?://|\b(?:this|our) (?:crate|library)\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"`([^`\n]+)`")
BIG_O = re.compile(r"\b[OoΘ]\s?\(")
NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?(?![\w.]*\w)")
SECTION_ONLY = re.compile(r"#+ *(?:safety|panics|errors|notes?|examples?)\b", re.IGNORECASE)
NAMING = re.compile(r"\b(?:not|is|was) (?:named|called) ")
HISTORY = re.compile(r"\b(?:since|as of|until|prior to|deprecated|in (?:version|rust)) v?\d", re.IGNORECASE)


def sentences(said: str) -> int:
    """How many sentences a text has; a list item counts as one."""
    plain = NOT_AN_END.sub(" ", said)
    ends = len(SENTENCE_END.findall(plain))
    items = sum(
        bool(re.match(r"\s*(?:[-*+]|\d+\.)\s", line)) and not line.rstrip().endswith((".", "!", "?"))
        for line in said.split("\n")
    )
    return ends + items


RETURNS = re.compile(r"->\s*(?:\w+::)*(Result|Option)\b")
# Words without which an explanation leaves out when there is no value.
WHEN_NONE = {
    "Option": re.compile(
        r"\b(?:none|some|option(?:al)?|if|unless|empty|any|exists?|valid|or)\b", re.IGNORECASE
    ),
    "Result": re.compile(
        r"\b(?:err|errors?|fail\w*|results?|invalid|valid|unless|if|try|tries|attempts?|otherwise)\b",
        re.IGNORECASE,
    ),
}


def leaves_out_failure(said: str, head: str) -> str:
    """Why an explanation does not tell what a function gives that may have no value."""
    found = RETURNS.search(head)
    if found and not WHEN_NONE[found[1]].search(said):
        return f"it does not say when the {found[1]} has no value"
    return ""


ABOUT_ONE_PARAMETER = re.compile(
    r"(?:the |this )?(?:(?:const-generic|const|generic|boolean|optional|first|second|last) )*"
    r"(?:`\w+` (?:parameter|argument|flag)|(?:parameter|argument|flag) `\w+`)|if `\w+` is\b",
    re.IGNORECASE,
)


def weak_explanation(said: str, shown: str) -> str:
    """Why `said` teaches little about the code that is `shown`: what it says must be there to be read."""
    first = next((line for line in said.split("\n") if line.strip()), "")
    if SECTION_ONLY.match(first):
        return "it has only a section of its documentation"
    if ABOUT_ONE_PARAMETER.match(first):
        return "it begins with a parameter, not with what the code does"
    if sentences(re.split(r"\n#+ ", said)[0]) < 2:  # a section on errors or panics does not count
        return "it is one sentence"
    if found := ELSEWHERE.search(said) or HISTORY.search(said) or NAMING.search(said):
        return f"it leans on a text elsewhere: {found[0]}"
    words = set(re.findall(r"\w+", shown))
    for quoted in QUOTED.findall(said):
        for word in re.findall(r"[A-Za-z_]\w{2,}", quoted):
            if word not in words and word not in COMMON:
                return f"the code does not show {word}"
    if BIG_O.search(said):
        return "it states a complexity"
    numbers = {number.replace("_", "") for number in re.findall(r"\d[\d_]*(?:\.\d+)?", shown)}
    for number in NUMBER.findall(QUOTED.sub("", said)):
        if number.replace("_", "") not in numbers and number not in ("0", "1", "2"):
            return f"the code does not show {number}"
    return ""
