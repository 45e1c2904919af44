"""Licence expressions against an allow-list: ferrule.crates.spdx."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ferrule.core.yaml_files import read_yaml
from ferrule.crates import spdx

ALLOWED = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Unlicense", "Zlib", "Unicode-3.0"]

# expression, accepted, a word of the reason
TABLE = [
    ("MIT", True, "MIT"),
    ("mit", True, "MIT"),
    ("MIT OR Apache-2.0", True, "MIT, Apache-2.0"),
    ("mit Or apache-2.0", True, "MIT, Apache-2.0"),
    ("MIT/Apache-2.0", True, "MIT, Apache-2.0"),
    ("MIT / GPL-3.0", True, "MIT"),
    ("AGPL-3.0/MIT", True, "MIT"),
    ("Unlicense OR MIT", True, "Unlicense"),
    ("GPL-3.0 AND MIT", False, "GPL-3.0-only is not on the list"),
    ("MIT AND BSD-3-Clause", True, "MIT, BSD-3-Clause"),
    ("BSD-3-Clause", True, ""),
    ("BSD-2-Clause", True, ""),
    ("Zlib", True, ""),
    ("0BSD", False, "0BSD"),
    ("MPL-2.0", False, "MPL-2.0"),
    ("(MIT OR Apache-2.0)", True, ""),
    ("(MIT OR Apache-2.0) AND Unicode-3.0", True, "Unicode-3.0"),
    ("(MIT OR Apache-2.0) AND Unicode-DFS-2016", False, "Unicode-DFS-2016"),
    ("LGPL-3.0 AND (MIT OR ISC)", False, "LGPL-3.0-only"),
    ("MIT OR Apache-2.0 AND GPL-3.0", True, "MIT"),  # AND binds closer
    ("(MIT OR Apache-2.0) AND GPL-3.0", False, "GPL-3.0-only"),
    ("Apache-2.0 WITH LLVM-exception", True, "LLVM-exception"),
    ("LLVM-exception OR Apache-2.0 OR MIT", True, "Apache-2.0, MIT"),
    ("LLVM-exception", False, "an exception, not a licence"),
    ("MIT WITH Apache-2.0", False, "not an exception"),
    ("GPL-2.0-with-classpath-exception", False, "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-3.0+", False, "GPL-3.0-or-later"),
    ("Apache-2.0+", True, "Apache-2.0"),
    ("BSD", False, "BSD-2-Clause or BSD-3-Clause?"),
    ("Apache 2.0", False, "Apache-2.0?"),
    ("NoSuchLicence-1.0", False, "not an SPDX id"),
    ("MIT OR NoSuchLicence-1.0", True, "MIT"),
    ("MIT AND NoSuchLicence-1.0", False, "NoSuchLicence-1.0"),
    ("LicenseRef-MIT-Bootstrap", False, "LicenseRef-MIT-Bootstrap"),  # an alias of MIT elsewhere
    ("MIT, Apache-2.0", False, "not an SPDX expression"),
    ("MIT OR", False, "not an SPDX expression"),
    ("MIT ISC", False, "not an SPDX expression"),
    ("(MIT", False, "not an SPDX expression"),
    ("()", False, "not an SPDX expression"),
    ("MIT AND NOT GPL-3.0", False, "not an SPDX expression"),
    ("", False, "no licence"),
    (None, False, "no licence"),
    ("(" * 2000 + "MIT", False, "more than 1000"),
]


# Expressions that another pipeline was measured on, with the right answers for the list that ships. It had
# taken AND for OR, knew no parentheses, no WITH and no BSD, and so was wrong on most of them.
MEASURED = {
    "MIT": True,
    "MIT OR Apache-2.0": True,
    "MIT/Apache-2.0": True,
    "ISC": True,
    "Unlicense OR MIT": True,
    "GPL-3.0 AND MIT": False,
    "MIT AND BSD-3-Clause": True,
    "AGPL-3.0/MIT": True,
    "LLVM-exception OR Apache-2.0 OR MIT": True,
    "BSD-3-Clause": True,
    "BSD-2-Clause": True,
    "0BSD": True,
    "Zlib": True,
    "CC0-1.0": True,
    "MPL-2.0": False,
    "(MIT OR Apache-2.0)": True,
    "(MIT OR Apache-2.0) AND Unicode-DFS-2016": True,
    "Apache-2.0 WITH LLVM-exception": True,
    "Apache 2.0": False,
    "LGPL-3.0 AND (MIT OR ISC)": False,
    "GPL-3.0-only AND MIT": False,
    "BSD": False,
    "MIT, Apache-2.0": False,
    None: False,
}


def test_measured_expressions_against_the_list_that_ships():
    config = read_yaml(Path(__file__).parents[2] / "config/config.yaml")
    allowed = config["gates"]["allowed_licenses"]
    assert len(MEASURED) == 24
    assert {expression: spdx.check(expression, allowed)[0] for expression in MEASURED} == MEASURED


@pytest.mark.parametrize(("expression", "accepted", "word"), TABLE)
def test_expression(expression, accepted, word):
    answer, reason = spdx.check(expression, ALLOWED)
    assert answer == accepted
    assert word in reason
    assert reason


@pytest.mark.parametrize(
    ("expression", "allowed", "accepted"),
    [
        ("Apache-2.0 WITH LLVM-exception", ["Apache-2.0 WITH LLVM-exception"], True),
        ("Apache-2.0", ["Apache-2.0 WITH LLVM-exception"], False),  # without what the list asks for
        ("Apache-2.0 WITH LLVM-exception", ["MIT"], False),
        ("GPL-3.0", ["gpl-3.0"], True),
        ("GPL-3.0-or-later", ["GPL-3.0-only"], True),
        ("GPL-3.0-only", ["GPL-3.0-or-later"], False),
        ("LicenseRef-House AND MIT", ["LicenseRef-House", "MIT"], True),
        ("MIT", [], False),
    ],
)
def test_list(expression, allowed, accepted):
    assert spdx.check(expression, allowed)[0] == accepted


@pytest.mark.parametrize("entry", ["BSD", "MIT OR ISC", "", "LLVM-exception"])
def test_list_with_a_wrong_entry(entry):
    with pytest.raises(ValueError, match="allowed_licenses"):
        spdx.check("MIT", [entry])


@pytest.mark.parametrize(
    ("expression", "text", "problem"),
    [
        ("mit/apache-2.0", "MIT OR Apache-2.0", ""),
        ("gpl-3.0", "GPL-3.0-only", ""),
        ("((MIT) or ISC) and zlib", "(MIT OR ISC) AND Zlib", ""),
        ("MIT OR BSD", "MIT OR BSD", "BSD is not an SPDX id (BSD-2-Clause or BSD-3-Clause?)"),
        ("MIT,", "", "'MIT,' is not an SPDX expression"),
    ],
)
def test_normalise(expression, text, problem):
    assert spdx.normalise(expression) == (text, problem)


leaves = st.sampled_from(
    [
        "MIT",
        "isc",
        "GPL-3.0",
        "Apache-2.0 WITH LLVM-exception",
        "BSD",
        "LicenseRef-x",
        "Nothing-1.0",
        "MPL-2.0+",
    ]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["AND", "OR", "/"]), inner),
    max_leaves=6,
)


@given(expressions, expressions)
def test_or_needs_one_side_and_needs_both(a, b):
    one, other = spdx.check(a, ALLOWED)[0], spdx.check(b, ALLOWED)[0]
    assert spdx.check(f"({a}) OR ({b})", ALLOWED)[0] == (one or other)
    assert spdx.check(f"{a}/{b}", ALLOWED)[0] == (one or other)
    assert spdx.check(f"({a}) AND ({b})", ALLOWED)[0] == (one and other)


@given(expressions)
def test_a_longer_list_accepts_no_less(expression):
    if spdx.check(expression, ["MIT"])[0]:
        assert spdx.check(expression, ["MIT", "ISC", "MPL-2.0"])[0]


@given(expressions)
def test_normalised_means_the_same(expression):
    text, _ = spdx.normalise(expression)
    assert spdx.normalise(text)[0] == text
    assert spdx.check(text, ALLOWED) == spdx.check(expression, ALLOWED)


@given(st.text(max_size=40) | st.text("MITORAND WH()/+-.20", max_size=40))
@example("()")
def test_no_text_raises_or_gets_in_by_accident(text):
    accepted, _ = spdx.check(text, ["MIT"])
    assert not accepted or "mit" in text.lower()
