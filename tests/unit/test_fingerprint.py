"""The checksum of a script is that of all code it runs, and of no other."""

import functools
import itertools
import modulefinder
from modulefinder import ModuleFinder
from pathlib import Path

import pytest

from ferrule.workflow.fingerprint import LIBRARY, files_of, fingerprint

SCRIPTS = LIBRARY.parent
ALL = sorted(path for path in SCRIPTS.glob("*/*.py") if path.parent != LIBRARY)


@pytest.fixture(scope="module", autouse=True)
def looked_at_once():
    """ModuleFinder compiles every module for every script, and goes through its instructions."""
    scan = ModuleFinder.scan_opcodes
    found = functools.cache(lambda code: list(scan(None, code)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modulefinder, "compile", functools.cache(compile), raising=False)
        patch.setattr(ModuleFinder, "scan_opcodes", lambda self, code: found(code))
        yield


@pytest.mark.parametrize("script", ALL, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_the_modules_are_those_that_python_would_load(script):
    finder = ModuleFinder(path=[str(SCRIPTS)])
    finder.run_script(str(script))
    loaded = {Path(module.__file__) for module in finder.modules.values() if module.__file__}
    found = {file for file in files_of(script) if file.suffix == ".py"}
    assert found == loaded and script in found


def test_every_file_of_the_library_that_is_no_module_is_code_of_some_script():
    """One that no module names with `with_name` would change without a job running again."""
    beside = {
        file
        for file in LIBRARY.rglob("*")
        if file.is_file() and file.suffix != ".py" and "__pycache__" not in file.parts
    }
    used = set(itertools.chain.from_iterable(map(files_of, ALL)))
    assert beside and beside - used == set()


def test_a_script_that_needs_no_compiler_is_not_tied_to_it():
    (split,) = SCRIPTS.glob("*/split.py")
    used = {file.relative_to(LIBRARY).parts[0] for file in files_of(split) if file.is_relative_to(LIBRARY)}
    assert "dataset" in used and not used & {"compiler", "sandbox", "evaluation", "training"}


@pytest.mark.parametrize(
    ("file", "scripts"),
    [
        (
            "training/packing.py",
            {
                "train/merge_model",
                "train/pack_rows",
                "train/train_adapter",
                "train/train_grpo",
                "train/train_model",
            },
        ),
        ("training/trainer.py", {"train/train_adapter", "train/train_grpo", "train/train_model"}),
        (
            "sandbox/run_answers.c",
            {
                "problems/examine_problems",
                "problems/judge_references",
                "evaluate/judge_answers",
                "executable/prove_functions",
                "executable/grade_references",
                "executable/grade_answers",
                "ferrule_tasks/__init__",
                "train/train_grpo",
            },
        ),
    ],
)
def test_the_scripts_that_a_changed_file_of_the_library_runs_in(file, scripts):
    assert {f"{path.parent.name}/{path.stem}" for path in ALL if LIBRARY / file in files_of(path)} == scripts


# A library of its own

FILES = {
    "ferrule/__init__.py": '"""All of it."""\n',
    "ferrule/core/__init__.py": '"""Files.\n\nfrom ferrule.core import unused\n"""\n',
    "ferrule/core/files.py": "import json\nfrom pathlib import Path\n",
    "ferrule/core/errors.py": "",
    "ferrule/core/unused.py": "from ferrule.tasks import unused\n",
    "ferrule/sandbox/__init__.py": "",
    "ferrule/sandbox/room.py": (
        '"""A room.\n\n    from ferrule.core import unused  # how it is not used\n"""\n\n'
        "from pathlib import Path\n\n"
        'SOURCE = Path(__file__).with_name("room.c")\n'
    ),
    "ferrule/sandbox/room.c": '#include <stdio.h>\n#include "room.h"\n  #include "other.h"\n',
    "ferrule/sandbox/room.h": '#include "deep.h"\n',
    "ferrule/sandbox/deep.h": "int deep;\n",
    "ferrule/sandbox/other.h": "int other;\n",
    "ferrule/sandbox/unused.h": "int unused;\n",
    "ferrule/tasks/__init__.py": "from ferrule.tasks.late import late\n",
    "ferrule/tasks/late.py": "def late():\n    from ferrule.core.errors import Error\n\n    return Error\n",
    "ferrule/tasks/kinds/__init__.py": "",
    "ferrule/tasks/kinds/one.py": "import ferrule.core.files\n",
    "ferrule/tasks/kinds/two.py": "",
    "ferrule/tasks/unused.py": "",
    "tasks/make.py": (
        '"""Make them.\n\n'
        "    python scripts/tasks/make.py\n\n"
        '    from ferrule.core import unused\n"""\n\n'
        "import argparse\n\n"
        "# from ferrule.core import unused\n"
        "from ferrule.tasks.kinds import (\n    one,  # unused (but for this)\n    two,\n)\n\n\n"
        'def main():\n    """Run it.\n\n    import ferrule.core.unused\n    """\n'
        "    from ferrule.sandbox import room\n\n    return room\n"
    ),
}
UNUSED = {name for name in FILES if Path(name).stem == "unused"}


def build(folder: Path, **changed: str) -> tuple[Path, Path]:
    """(script, library) of a library like this one, in a folder of its own: what was read once is cached."""
    for name, text in (FILES | changed).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder / "tasks/make.py", folder / "ferrule"


def test_imports_in_functions_files_beside_and_headers_are_found_and_imports_in_docstrings_are_not(tmp_path):
    found = files_of(*build(tmp_path))
    assert {file.relative_to(tmp_path).as_posix() for file in found} == FILES.keys() - UNUSED
    assert found == sorted(found)


def test_the_checksum_is_the_same_wherever_the_checkout_is(tmp_path):
    first, second = (fingerprint(*build(tmp_path / name)) for name in ("one", "a longer name"))
    assert first == second and len(first) == 12 and int(first, 16)


@pytest.mark.parametrize("name", FILES)
def test_a_change_counts_where_the_file_is_used_and_nowhere_else(tmp_path, name):
    before = fingerprint(*build(tmp_path / "before"))
    comment = "// changed\n" if name.endswith((".c", ".h")) else "# changed\n"
    after = fingerprint(*build(tmp_path / "after", **{name: FILES[name] + comment}))
    assert (after != before) == (name not in UNUSED)


def test_a_file_of_another_name_counts(tmp_path):
    before = fingerprint(*build(tmp_path / "before"))
    script, library = build(
        tmp_path / "after",
        **{
            "ferrule/sandbox/room.c": FILES["ferrule/sandbox/room.c"].replace("other.h", "unused.h"),
            "ferrule/sandbox/unused.h": FILES["ferrule/sandbox/other.h"],
        },
    )
    assert fingerprint(script, library) != before
    names = {file.name for file in files_of(script, library)}
    assert "unused.h" in names and "other.h" not in names
