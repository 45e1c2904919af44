"""What is left out before a crate's tests are built."""

import subprocess
import tomllib

from ferrule.compiler.crate_tests import BuiltTests
from ferrule.compiler.dev_dependencies import (
    incomplete_tests,
    leave_out_unused,
    modules_of_tests,
    project_checks,
)

MANIFEST = """[package]
name = "c"
version = "0.1.0"
edition = "2021"

[features]
fast = [
    "std",
    "harness/fast",
]
std = []

[dev-dependencies.harness]
path = "harness"
features = ["x"]

[dev-dependencies.used-here]
path = "used"

[target."cfg(not(miri))".dev-dependencies.elsewhere]
path = "elsewhere"

[[bench]]
name = "b"
harness = false
"""


def crate(root, tests: str):
    for name, package in (("harness", "harness"), ("used", "used-here"), ("elsewhere", "elsewhere")):
        (root / name / "src").mkdir(parents=True)
        (root / name / "src/lib.rs").touch()
        features = "[features]\nx = []\nfast = []\n" if name == "harness" else ""
        (root / name / "Cargo.toml").write_text(
            f'[package]\nname = "{package}"\nversion = "0.1.0"\nedition = "2021"\n{features}'
        )
    for folder, text in (
        ("src/lib.rs", "// harness\n"),
        ("benches/b.rs", "use harness::x;"),
        ("tests/t.rs", tests),
    ):
        path = root / folder
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (root / "Cargo.toml").write_text(MANIFEST)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=root, check=True)


def test_what_only_benches_use_is_left_out(tmp_path):
    crate(tmp_path, "use used_here::thing;\n")
    assert leave_out_unused(tmp_path, ".") == ["harness", "elsewhere"]
    manifest = tomllib.loads((tmp_path / "Cargo.toml").read_text())
    assert list(manifest["dev-dependencies"]) == ["used-here"] and manifest["features"]["fast"] == ["std"]
    assert manifest["bench"] == [{"name": "b", "harness": False}]
    locked = {p["name"] for p in tomllib.loads((tmp_path / "Cargo.lock").read_text())["package"]}
    assert locked == {"c", "used-here"}


def test_what_tests_use_stays(tmp_path):
    crate(tmp_path, "extern crate elsewhere;\nuse used_here as u;\nfn f() { harness::x!(); }\n")
    before = (tmp_path / "Cargo.toml").read_text()
    assert leave_out_unused(tmp_path, ".") == []
    assert (tmp_path / "Cargo.toml").read_text() == before


def test_a_manifest_that_cargo_then_refuses_stays_as_it_was(tmp_path):
    crate(tmp_path, "use used_here::thing;\n")
    path = tmp_path / "Cargo.toml"
    path.write_text(path.read_text().replace('"harness/fast",', "'harness/fast',"))  # not as cargo writes it
    before = path.read_text(), (tmp_path / "Cargo.lock").read_bytes()
    assert leave_out_unused(tmp_path, ".") == []
    assert (path.read_text(), (tmp_path / "Cargo.lock").read_bytes()) == before


def test_what_only_tests_of_the_project_use_is_left_out_with_them(tmp_path):
    crate(tmp_path, "use used_here::thing;\n")
    targets = [
        dict(kind=["lib"], name="c", path="src/lib.rs"),
        dict(kind=["test"], name="t", path="tests/t.rs"),
    ]
    found = project_checks(tmp_path, targets, ["trybuild", "used-here"])
    assert found == {"tests/t.rs": "checks the project: it uses used-here"}
    assert project_checks(tmp_path, targets, ["trybuild"]) == {}
    assert leave_out_unused(tmp_path, ".", found) == ["harness", "used-here", "elsewhere"]


def test_a_test_without_the_file_of_its_module_is_not_built(tmp_path):
    crate(
        tmp_path,
        """mod here;
mod below;
#[cfg(any())]
mod off;
#[path = "elsewhere/x.rs"]
// a comment between
mod moved;
mod inline { mod deeper; }
""",
    )
    (tmp_path / "tests" / "here.rs").touch()
    (tmp_path / "tests" / "below").mkdir()
    (tmp_path / "tests" / "below" / "mod.rs").touch()
    targets = [
        dict(kind=["lib"], name="c", path="src/lib.rs"),
        dict(kind=["test"], name="t", path="tests/t.rs"),
    ]
    assert incomplete_tests(tmp_path, targets) == {}
    with open(tmp_path / "tests" / "t.rs", "a") as file:
        file.write("// corpus\nmod corpus;\n")
    why = "does not compile: the file of its module `corpus` is not in the package"
    assert incomplete_tests(tmp_path, targets) == {"tests/t.rs": why}
    # What only its modules use is not needed either.
    (tmp_path / "tests" / "here.rs").write_text("use used_here::thing;\n")
    modules = modules_of_tests(tmp_path, targets, {"tests/t.rs"})
    assert modules == {"tests/here.rs", "tests/below/mod.rs"}
    assert "used-here" in leave_out_unused(tmp_path, ".", {"tests/t.rs"} | modules)


def test_a_module_that_two_tests_share_counts(tmp_path):
    crate(tmp_path, "mod shared;\nmod corpus;\n")
    (tmp_path / "tests" / "other.rs").write_text("mod shared;\n")
    (tmp_path / "tests" / "shared").mkdir()
    (tmp_path / "tests" / "shared" / "mod.rs").touch()
    targets = [dict(kind=["test"], name=name, path=f"tests/{name}.rs") for name in ("t", "other")]
    assert modules_of_tests(tmp_path, targets, {"tests/t.rs"}) == set()


def package(root, files: dict[str, str]):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["cargo", "generate-lockfile", "--offline", "-q"], cwd=root, check=True)


def test_a_dependency_that_is_needed_after_all_comes_back(tmp_path):
    """What `include!` reads is no file with a name of Rust: its need shows when it is compiled."""
    source = tmp_path / "source"
    helper = '[package]\nname = "hidden-helper"\nversion = "0.1.0"\nedition = "2021"\n'
    package(
        source,
        {
            "hidden/Cargo.toml": helper,
            "hidden/src/lib.rs": "pub fn two() -> u8 { 2 }",
            "Cargo.toml": '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n'
            '[dev-dependencies.hidden-helper]\npath = "hidden"\n[workspace]\nmembers = ["hidden"]\n',
            "src/lib.rs": "pub fn two() -> u8 { 2 }\n",
            "tests/t.rs": 'include!("t.in");\n',
            "tests/t.in": "#[test] fn two() { assert_eq!(c::two(), hidden_helper::two()) }\n",
        },
    )
    targets = [
        dict(kind=["lib"], name="c", path="src/lib.rs"),
        dict(kind=["test"], name="t", path="tests/t.rs"),
    ]
    with BuiltTests(source, ".", targets) as built:
        assert built.unused == ["hidden-helper"]
        assert built.build(300, None, False) == []
        assert built.unused == []
        assert [program.target for program in built.programs] == ["--lib", "--test t"]


def test_all_targets_that_do_not_compile_show_at_once(tmp_path):
    source = tmp_path / "source"
    names = [f"t{number}" for number in range(4)]
    package(
        source,
        {"Cargo.toml": '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n', "src/lib.rs": ""}
        | {f"tests/{name}.rs": f"#[test] fn f() {{ missing_{name}() }}" for name in names},
    )
    targets = [dict(kind=["lib"], name="c", path="src/lib.rs")]
    targets += [dict(kind=["test"], name=name, path=f"tests/{name}.rs") for name in names]
    with BuiltTests(source, ".", targets) as built:
        assert {target for target, _ in built.build(300, None, False)} == {f"--test {n}" for n in names}


def test_targets_that_cargo_would_not_test_are_not_selected(tmp_path):
    source = tmp_path / "source"
    package(
        source,
        {
            "Cargo.toml": '[package]\nname = "c"\nversion = "0.1.0"\nedition = "2021"\n[features]\nmore = []\n'
            '[[test]]\nname = "needs"\nrequired-features = ["more"]\n[[test]]\nname = "off"\ntest = false\n',
            "src/lib.rs": "",
        }
        | {f"tests/{name}.rs": "#[test] fn f() {}" for name in ("needs", "off", "on")},
    )
    targets = [dict(kind=["lib"], name="c", path="src/lib.rs")]
    targets += [dict(kind=["test"], name=name, path=f"tests/{name}.rs") for name in ("needs", "off", "on")]
    with BuiltTests(source, ".", targets) as built:
        assert built.selected() == ["--test on", "--lib"]
        assert built.build(300, built.selected(), False) == []
    with BuiltTests(source, ".", targets, features="all") as built:
        assert built.selected() == ["--test needs", "--test on", "--lib"]
