"""Which licence a text is, told by phrases of it.

    licences_in(text)  ->  [Text("MIT", 1.0, "text")]

Texts are compared as small words without punctuation, and `licence` is `license`. A licence has phrases that
are always there, some that never are, and further ones: the share that a text has is its score. A score under
WHOLE is a text that was cut or changed. Where a file has no licence's text, sentences that refer to one
("Licensed under the Apache License, Version 2.0") and SPDX tags count instead, as `notice`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ferrule.crates import spdx

WHOLE = 0.75


@dataclass(frozen=True)
class Text:
    licence: str  # SPDX's id
    score: float  # share of the licence's phrases that are there
    how: str  # text or notice


@dataclass(frozen=True)
class Phrases:
    licence: str
    has: list[str]  # all of these: the licence's own words
    lacks: list[str] = field(default_factory=list)  # none of these: what makes it another one
    more: list[str] = field(default_factory=list)  # spread over the text


GRANT = "permission is hereby granted free of charge to any person obtaining a copy of this software"
AS_IS = "the software is provided as is without warranty of any kind express or implied"
NOT_LIABLE = "be liable for any claim damages or other liability"
FORMS = "redistribution and use in source and binary forms"
FEE = "distribute this software for any purpose with or without fee is hereby granted"
GNU = ["everyone is permitted to copy and distribute verbatim copies of this license document"]

TEXTS = [
    Phrases(
        "MIT",
        [GRANT, "permission notice shall be included"],
        ["shall be used for good not evil", "without written agreement", "commons clause license condition"],
        ["to deal in the software without restriction", AS_IS, NOT_LIABLE],
    ),
    Phrases(
        "MIT-0",
        [GRANT],
        ["permission notice", "unicode"],
        ["to deal in the software without restriction", AS_IS, NOT_LIABLE],
    ),
    Phrases("JSON", [GRANT, "shall be used for good not evil"]),
    Phrases(
        "Apache-2.0",
        ["apache license version 2.0 january 2004"],
        [],
        [
            "terms and conditions for use reproduction and distribution",
            "grant of copyright license",
            "grant of patent license",
            "submission of contributions",
            "limitation of liability",
            "accepting warranty or additional liability",
        ],
    ),
    Phrases(
        "BSD-2-Clause",
        [FORMS, "must reproduce the above copyright"],
        ["endorse or promote products", "all advertising materials", "openssl project"],
        ["must retain the above copyright notice", "in no event shall"],
    ),
    Phrases(
        "BSD-3-Clause",
        [FORMS, "endorse or promote products"],
        [
            "all advertising materials",
            "openssl project",
            "no express or implied licenses to any party s patent",
        ],
        ["must retain the above copyright notice", "must reproduce the above copyright", "in no event shall"],
    ),
    Phrases("BSD-3-Clause-Clear", [FORMS, "no express or implied licenses to any party s patent"]),
    Phrases("BSD-4-Clause", [FORMS, "all advertising materials"], ["openssl project"]),
    Phrases("OpenSSL", [FORMS, "all advertising materials", "openssl project"]),
    Phrases("ISC", [FEE + " provided"], [], ["the software is provided as is and the author"]),
    Phrases("0BSD", [FEE], [FEE + " provided"], ["the software is provided as is and the author"]),
    Phrases(
        "Zlib",
        ["altered source versions must be plainly marked"],
        [],
        [
            "the origin of this software must not be misrepresented",
            "may not be removed or altered from any source distribution",
        ],
    ),
    Phrases(
        "BSL-1.0",
        ["boost software license version 1.0"],
        [],
        [
            "any person or organization obtaining a copy of the software and accompanying documentation",
            "machine executable object code",
        ],
    ),
    Phrases("MPL-1.1", ["mozilla public license version 1.1", "initial developer"]),
    Phrases(
        "MPL-2.0",
        ["mozilla public license version 2.0", "1 definitions"],
        [],
        ["covered software", "secondary license", "larger work"],
    ),
    Phrases(
        "Unlicense",
        ["this is free and unencumbered software released into the public domain"],
        [],
        [
            "anyone is free to copy modify publish use compile sell or distribute this software",
            "dedicate any and all copyright interest",
        ],
    ),
    Phrases(
        "CC0-1.0", ["cc0 1.0 universal"], [], ["statement of purpose", "affirmer", "public license fallback"]
    ),
    Phrases("CC-BY-4.0", ["creative commons attribution 4.0 international"]),
    Phrases("CC-BY-SA-4.0", ["creative commons attribution sharealike 4.0 international"]),
    Phrases("CC-BY-NC-4.0", ["creative commons attribution noncommercial 4.0 international"]),
    Phrases(
        "WTFPL",
        ["do what the fuck you want to public license"],
        [],
        ["terms and conditions for copying distribution and modification"],
    ),
    Phrases("Unicode-3.0", ["unicode license v3"], [], ["data files", "without restriction"]),
    Phrases(
        "Unicode-DFS-2016",
        ["unicode inc license agreement data files and software"],
        [],
        ["without restriction"],
    ),
    Phrases(
        "EUPL-1.2",
        ["european union public license v 1.2"],
        [],
        ["the licensor", "derivative works", "disclaimer of liability"],
    ),
    Phrases(
        "EUPL-1.1",
        ["european union public license v 1.1"],
        [],
        ["the licensor", "derivative works", "disclaimer of liability"],
    ),
    Phrases("GPL-1.0-only", ["gnu general public license version 1 february 1989"], [], GNU),
    Phrases("GPL-2.0-only", ["gnu general public license version 2 june 1991"], [], GNU),
    Phrases("GPL-3.0-only", ["gnu general public license version 3 29 june 2007"], [], GNU),
    Phrases("LGPL-2.0-only", ["gnu library general public license version 2 june 1991"], [], GNU),
    Phrases("LGPL-2.1-only", ["gnu lesser general public license version 2.1 february 1999"], [], GNU),
    Phrases("LGPL-3.0-only", ["gnu lesser general public license version 3 29 june 2007"], [], GNU),
    Phrases("AGPL-3.0-only", ["gnu affero general public license version 3 19 november 2007"], [], GNU),
    Phrases("EPL-2.0", ["eclipse public license v 2.0"]),
    Phrases("Artistic-2.0", ["artistic license 2.0", "standard version"]),
    Phrases("NCSA", ["deal with the software without restriction", "neither the names of"]),
    Phrases("OFL-1.1", ["sil open font license version 1.1"]),
    Phrases("BlueOak-1.0.0", ["blue oak model license"]),
    Phrases("CDLA-Permissive-2.0", ["community data license agreement permissive version 2.0"]),
    Phrases("CDDL-1.0", ["common development and distribution license"]),
    Phrases("BUSL-1.1", ["business source license 1.1"]),
    Phrases("SSPL-1.0", ["server side public license version 1"]),
    Phrases("Elastic-2.0", ["elastic license 2.0"]),
    Phrases("PolyForm-Noncommercial-1.0.0", ["polyform noncommercial license"]),
    Phrases("LicenseRef-Commons-Clause", ["commons clause license condition"]),
    Phrases("LicenseRef-proprietary", ["proprietary and confidential"]),
]

# What a sentence refers to. Of the GNU licences the version stands in the sentence.
NOTICES = [
    (
        "Apache-2.0",
        re.compile(
            r"(?:(?:licensed|distributed) under|under the terms of|either|either of|or) (?:the )?apache(?: software)? license,? (?:version )?2(?:\.0)?\b"
        ),
    ),
    ("MIT", re.compile(r"\bmit licenses?\b")),
    ("Unlicense", re.compile(r"(?:under|or|and) the unlicense\b")),
    ("MPL-2.0", re.compile(r"terms of the mozilla public license v(?:ersion)? ?2\.0")),
    ("BSD-3-Clause", re.compile(r"(?:under|or) (?:the |a )?bsd 3 clause")),
    ("BSD-2-Clause", re.compile(r"(?:under|or) (?:the |a )?bsd 2 clause")),
    ("CC0-1.0", re.compile(r"(?:under|waived .*) cc0 1\.0|dedicated to the public domain under cc0")),
]
GNU_NOTICE = re.compile(
    r"(?:terms of|under) the gnu (lesser |library |affero )?general public license"
    r"(?: as published by the free software foundation)?(?: either)? (?:version|v) ?([123](?:\.[01])?)"
)
GNU_NAMES = {None: "GPL", "lesser ": "LGPL", "library ": "LGPL", "affero ": "AGPL"}
TAG = re.compile(r"SPDX-License-Identifier:[ \t]*([^\n*]+)")
WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)*")


def licences_in(text: str) -> list[Text]:
    words = plain(text)
    found = [
        Text(
            one.licence,
            round(sum(part in words for part in one.has + one.more) / len(one.has + one.more), 2),
            "text",
        )
        for one in TEXTS
        if all(part in words for part in one.has) and not any(part in words for part in one.lacks)
    ]
    return sorted(found or notices(text, words), key=lambda one: one.licence)


def plain(text: str) -> str:
    words = " ".join(WORD.findall(text.lower())).replace("licence", "license")
    return words.replace("permission notice including the next paragraph", "permission notice")


def notices(text: str, words: str) -> list[Text]:
    """Licences that a text without a licence of its own refers to."""
    ids = {licence for licence, pattern in NOTICES if pattern.search(words)}
    for name, version in GNU_NOTICE.findall(words):
        ids.add(f"{GNU_NAMES[name or None]}-{version if '.' in version else version + '.0'}-only")
    for tag in TAG.findall(text) or [text.strip()][: len(text) < 100]:  # or nothing but an expression
        ids |= set(names_in(tag.strip().rstrip("-/>").strip()))
    return [Text(licence, 0.0, "notice") for licence in ids]


def names_in(expression: str | None) -> list[str]:
    """The licences of SPDX's list that an expression names, without their exceptions."""
    text, _ = spdx.normalise(expression)
    words = re.sub(r" WITH \S+", "", text.replace("(", " ").replace(")", " ")).split()
    return [word for word in words if word not in ("AND", "OR") and not spdx.normalise(word)[1]]
