"""What licence files say, and where they contradict the manifest. The texts are in tests/data/licences.

Of the long licences the files hold the beginning and the end, with [...] between.
"""

import itertools
from pathlib import Path
from types import SimpleNamespace

import pytest

from analysis import license
from ferrule.crates import licence_files
from ferrule.crates.licence_texts import WHOLE, licences_in, names_in

TEXTS = {
    path.stem: path.read_text() for path in sorted((Path(__file__).parents[1] / "data/licences").iterdir())
}
SHORT = {
    "GPL-3.0": "GPL-3.0-only",
    "GPL-2.0": "GPL-2.0-only",
    "AGPL-3.0": "AGPL-3.0-only",
    "LGPL-3.0": "LGPL-3.0-only",
    "LGPL-2.1": "LGPL-2.1-only",
}
APACHE_NOTICE = """Licensed under the Apache License, Version 2.0 (the "License");
you may not use this file except in compliance with the License."""
GPL_NOTICE = """This program is free software: you can redistribute it and/or modify it under the terms of the
GNU General Public License as published by the Free Software Foundation, either version 3 of the License, or
(at your option) any later version."""
EITHER = """This project is licensed under either of

 * Apache License, Version 2.0, ([LICENSE-APACHE](LICENSE-APACHE))
 * MIT license ([LICENSE-MIT](LICENSE-MIT))

at your option."""


def text(name: str) -> str:
    extra = {
        "Apache notice": APACHE_NOTICE,
        "GPL notice": GPL_NOTICE,
        "either": EITHER,
        "Commons Clause": '"Commons Clause" License Condition v1.0\n\nThe Software is provided to you ...\n\n'
        + TEXTS["MIT"],
        "JSON": TEXTS["MIT"].replace(
            "THE SOFTWARE IS", "The Software shall be used for Good, not Evil.\n\nTHE SOFTWARE IS", 1
        ),
        "BUSL": "Business Source License 1.1\n\nParameters\n\nLicensor: The authors",
        "SSPL": "Server Side Public License\nVERSION 1, OCTOBER 16, 2018",
        "tag": "SPDX-License-Identifier: LGPL-2.1-or-later",
        "odd": "You may use this if you send the authors a postcard.",
    }
    return extra.get(name) or TEXTS[SHORT.get(name, name)]


def crate(folder: Path, **files: str) -> Path:
    """A crate with licence files; a name says which texts stand in it, `MIT + GPL-3.0` is both one after the other."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(map(text, content.split(" + "))))
    return folder


def findings(folder: Path, expression: str | None, **files: str) -> list:
    return licence_files.compare(expression, licence_files.read_files(crate(folder, **files), "."))


def conflicts(found: list) -> list[str]:
    return [licence for one in found if one.id == "licence_conflict" for licence in one.licences]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("shape", ["as it is", "one line", "comment", "markdown", "windows", "titled"])
def test_every_text_is_told_in_every_shape(name, shape):
    content = TEXTS[name]
    shaped = {
        "as it is": content,
        "one line": " ".join(content.split()),
        "comment": "".join(f"// {line}\n" for line in content.split("\n")),
        "markdown": "# Licence\n\n" + "".join(f"> {line}\n" for line in content.split("\n")),
        "windows": content.replace("\n", "\r\n"),
        "titled": f"Copyright 2019-2024 Some Body <body@some.where>\n\n{content.replace('“', chr(34))}",
    }[shape]
    (found,) = licences_in(shaped)
    assert (found.licence, found.how) == (name, "text")
    assert found.score >= WHOLE


def test_no_two_texts_are_taken_for_one_another():
    for one, other in itertools.combinations(TEXTS, 2):
        assert {found.licence for found in licences_in(TEXTS[one] + "\n\n" + TEXTS[other])} >= {
            one,
            other,
        } - {
            "MIT-0",
            "0BSD",
            "BSD-2-Clause",
            "BSD-3-Clause",  # those are told by what is not in them
        }, (one, other)


@pytest.mark.parametrize(
    ("name", "licences"),
    [
        ("Apache notice", ["Apache-2.0"]),
        ("GPL notice", ["GPL-3.0-only"]),
        ("either", ["Apache-2.0", "MIT"]),
        ("tag", ["LGPL-2.1-or-later"]),
        ("odd", []),
    ],
)
def test_sentences_that_refer_to_a_licence(name, licences):
    found = licences_in(text(name))
    assert [one.licence for one in found] == licences
    assert all(one.how == "notice" for one in found)


def test_a_text_with_a_part_missing_is_changed(tmp_path):
    (tmp_path / "LICENSE").write_text(text("Apache-2.0")[:2000])
    found = licence_files.compare("Apache-2.0", licence_files.read_files(tmp_path, "."))
    assert "licence_text_changed" in {one.id for one in found} and not conflicts(found)


CONFLICTS = [  # expression, files, the licences that contradict it
    ("MIT", {"LICENSE": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("MIT", {"LICENSE": "GPL-2.0"}, ["GPL-2.0-only"]),
    ("MIT", {"COPYING": "AGPL-3.0"}, ["AGPL-3.0-only"]),
    ("MIT", {"LICENSE": "Apache-2.0"}, ["Apache-2.0"]),
    ("MIT", {"LICENSE-MIT": "MIT", "LICENSE-GPL": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("MIT", {"LICENSE": "MIT + LGPL-2.1"}, ["LGPL-2.1-only"]),
    ("MIT", {"LICENSE.md": "BSD-3-Clause"}, ["BSD-3-Clause"]),
    ("MIT", {"LICENSE": "ISC"}, ["ISC"]),
    ("MIT", {"LICENSE": "MIT-0"}, ["MIT-0"]),
    ("MIT", {"LICENSE": "Commons Clause"}, ["LicenseRef-Commons-Clause"]),
    ("MIT", {"LICENSE": "JSON"}, ["JSON"]),
    ("MIT OR Apache-2.0", {"LICENSE-MIT": "MIT", "LICENSE-APACHE": "MPL-2.0"}, ["MPL-2.0"]),
    ("MIT OR Apache-2.0", {"LICENSE": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("MIT OR Apache-2.0", {"LICENSE-MIT": "MIT", "COPYING": "GPL notice"}, ["GPL-3.0-only"]),
    ("MIT/Apache-2.0", {"LICENCE": "EUPL-1.2"}, ["EUPL-1.2"]),
    ("Apache-2.0", {"LICENSE": "MIT"}, ["MIT"]),
    ("Apache-2.0", {"LICENSE": "BUSL"}, ["BUSL-1.1"]),
    ("Apache-2.0", {"LICENSE": "SSPL"}, ["SSPL-1.0"]),
    ("BSD-2-Clause", {"LICENSE": "BSD-3-Clause"}, ["BSD-3-Clause"]),
    ("BSD-3-Clause", {"LICENSE": "BSD-2-Clause"}, ["BSD-2-Clause"]),
    ("ISC", {"LICENSE": "0BSD"}, ["0BSD"]),
    ("Zlib", {"LICENSE": "BSL-1.0"}, ["BSL-1.0"]),
    ("Unlicense", {"UNLICENSE": "WTFPL"}, ["WTFPL"]),
    ("CC0-1.0", {"LICENSE": "Unlicense"}, ["Unlicense"]),
    ("MPL-2.0", {"LICENSE": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("LGPL-3.0-or-later", {"COPYING": "GPL-2.0"}, ["GPL-2.0-only"]),
    ("GPL-2.0-only", {"COPYING": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("GPL-3.0-only", {"COPYING": "AGPL-3.0"}, ["AGPL-3.0-only"]),
    ("MIT", {"LICENSE": "MIT", "NOTICE": "GPL-3.0"}, ["GPL-3.0-only"]),
    ("MIT", {"LICENSE": "MIT", "LICENSES/third.txt": "LGPL-3.0"}, ["LGPL-3.0-only"]),
    ("MIT", {"LICENSE": "MIT", "LICENSE-THIRD-PARTY": "MPL-2.0"}, ["MPL-2.0"]),
    ("MIT", {"LICENSE": "Apache notice"}, ["Apache-2.0"]),
    ("MIT", {"LICENSE": "MIT", "COPYRIGHT": "tag"}, ["LGPL-2.1-or-later"]),
    ("(MIT OR Apache-2.0) AND Unicode-3.0", {"LICENSE-MIT": "MIT", "LICENSE": "CC0-1.0"}, ["CC0-1.0"]),
]


@pytest.mark.parametrize(("expression", "files", "licences"), CONFLICTS)
def test_a_planted_conflict_is_found(tmp_path, expression, files, licences):
    found = findings(tmp_path, expression, **files)
    assert conflicts(found) == licences
    (one,) = (one for one in found if one.id == "licence_conflict")
    assert one.level == "error" and expression in one.message and one.file in files


def test_there_are_thirty():
    assert len(CONFLICTS) >= 30


@pytest.mark.parametrize(
    ("expression", "files", "notes"),
    [
        ("MIT", {"LICENSE": "MIT"}, set()),
        ("MIT OR Apache-2.0", {"LICENSE-MIT": "MIT"}, set()),
        (
            "MIT OR Apache-2.0",
            {"LICENSE-MIT": "MIT", "LICENSE-APACHE": "Apache-2.0", "COPYRIGHT": "either"},
            set(),
        ),
        ("MIT AND BSD-3-Clause", {"LICENSE": "MIT + BSD-3-Clause"}, set()),
        ("MIT AND BSD-3-Clause", {"LICENSE": "MIT"}, {"licence_text_missing"}),
        ("Apache-2.0", {"LICENSE": "Apache notice"}, set()),
        ("Apache-2.0 WITH LLVM-exception", {"LICENSE": "Apache-2.0"}, set()),
        ("GPL-3.0-or-later", {"COPYING": "GPL-3.0"}, set()),
        ("GPL-3.0", {"COPYING": "GPL notice"}, set()),
        ("LGPL-3.0-only", {"COPYING": "GPL-3.0", "COPYING.LESSER": "LGPL-3.0"}, set()),
        (
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            {"LICENSE-MIT": "MIT", "LICENSE-UNICODE": "Unicode-3.0"},
            set(),
        ),
        ("MIT", {"LICENSE": "MIT", "LICENSE-THIRD-PARTY": "BSD-3-Clause + Apache-2.0"}, set()),
        ("MIT", {"LICENSE": "MIT", "NOTICE": "Apache notice"}, set()),
        ("MIT", {"LICENSE": "MIT", "COPYRIGHT": "Apache notice"}, set()),
        ("MIT", {"LICENSES/MIT.txt": "MIT", "LICENSES/CC0-1.0.txt": "CC0-1.0"}, set()),
        ("MIT", {}, {"no_licence_file"}),
        ("MIT", {"LICENSE": "odd"}, {"licence_unknown", "licence_text_missing"}),
        (None, {"LICENSE": "GPL-3.0"}, set()),
        ("not an expression at all", {"LICENSE": "GPL-3.0"}, set()),
        ("LicenseRef-Own", {"LICENSE": "odd"}, {"licence_unknown"}),
    ],
)
def test_no_conflict(tmp_path, expression, files, notes):
    found = findings(tmp_path, expression, **files)
    assert conflicts(found) == []
    assert {one.id for one in found} - {"licence_file"} == notes
    assert {one.level for one in found} <= {"note"}


def test_only_files_inside_the_crate_are_read(tmp_path):
    (tmp_path / "LICENSE").write_text(TEXTS["MIT"])
    source = crate(tmp_path / "source", **{"license.rs": "MIT", "license.hbs": "MIT", "sub/LICENSE": "MIT"})
    (source / "LICENSE-LINK").symlink_to(tmp_path / "LICENSE")
    assert licence_files.paths(source, ".", "../LICENSE") == []
    assert licence_files.paths(source, "sub") == [source / "sub/LICENSE"]
    assert licence_files.paths(source, ".", "sub/LICENSE") == [source / "sub/LICENSE"]


def test_a_folder_called_license_is_looked_into(tmp_path):
    source = crate(tmp_path, **{"LICENSE/MIT.txt": "MIT", "LICENSES/Apache-2.0.txt": "Apache-2.0"})
    assert list(licence_files.read_files(source, ".")) == ["LICENSE/MIT.txt", "LICENSES/Apache-2.0.txt"]


def test_what_the_analysis_says(tmp_path):
    row = dict(crate="demo@1.2.3", name="demo", status="ok", package=".", license="MIT", license_file=None)
    crate(tmp_path, **{"LICENSE-MIT": "MIT", "COPYING": "GPL-3.0", "COPYRIGHT": "odd"})
    answer = license.read_license(row, tmp_path, SimpleNamespace(cargo_license=None))
    assert answer["figures"]["files"] == {
        "COPYING": ["GPL-3.0-only"],
        "COPYRIGHT": ["unknown"],
        "LICENSE-MIT": ["MIT"],
    }
    assert answer["figures"]["mismatch"] == ["GPL-3.0-only"]
    assert answer["figures"]["conflicts"] == ["COPYING: the manifest says MIT, the file has GPL-3.0-only"]
    assert {(one["id"], one["level"], one["file"]) for one in answer["findings"]} == {
        ("licence_conflict", "error", "COPYING"),
        ("licence_file", "note", "COPYING"),
        ("licence_file", "note", "LICENSE-MIT"),
        ("licence_unknown", "note", "COPYRIGHT"),
    }


def test_files_stand_in_for_a_missing_expression(tmp_path):
    row = dict(
        crate="demo@1.2.3", name="demo", status="ok", package=".", license=None, license_file="COPYING"
    )
    arguments = SimpleNamespace(cargo_license=None)
    crate(tmp_path, COPYING="BSD-2-Clause", LICENSE="MIT")
    figures = license.read_license(row, tmp_path, arguments)["figures"]
    assert (figures["from_files"], figures["problem"]) == ("BSD-2-Clause AND MIT", "no licence given")
    crate(tmp_path, COPYING="odd")
    assert license.read_license(row, tmp_path, arguments)["figures"]["from_files"] == ""


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("MIT/Apache-2.0", ["MIT", "Apache-2.0"]),
        ("(Apache-2.0 WITH LLVM-exception OR MIT) AND GPL-3.0", ["Apache-2.0", "MIT", "GPL-3.0-only"]),
        ("MIT OR BSD", ["MIT"]),
        ("Ask me.", []),
        (None, []),
    ],
)
def test_names_in_an_expression(expression, names):
    assert names_in(expression) == names
