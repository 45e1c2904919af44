"""Remove the dev-dependencies that a crate's tests do not use, in a private copy, before the tests are built.

A benchmark harness and its dependencies are often most of what `cargo test` compiles, although no test needs
them. The same holds for tools that check the project and not its functions (the version in the README, the
compiler's messages): the tests that use them are not built either. Nor are tests that cannot be built because a file
of theirs is not in the package, as large test data often is not.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any

from ferrule.compiler.compiled_names import CompiledNames, names_in
from ferrule.crates import cargo
from ferrule.crates.manifest import Target
from ferrule.crates.source_files import module_files
from ferrule.rust import syntax
from ferrule.rust.syntax import MODULE_NAME, ModuleUse


def project_checks(package: Path, targets: list[Target], tools: Iterable[str]) -> dict[str, str]:
    """The integration tests that use one of `tools` (names of crates): path of the test, and why it is not built."""
    found: dict[str, str] = {}
    for path, text in test_roots(package, targets):
        names = names_in(text.decode(errors="replace"))
        if used := next((tool for tool in tools if tool.replace("-", "_") in names), None):
            found[path] = f"checks the project: it uses {used}"
    return found


def incomplete_tests(package: Path, targets: list[Target]) -> dict[str, str]:
    """The integration tests with a module whose file is missing: path of the test, and why it is not built."""
    return {
        path: f"does not compile: the file of its module `{name}` is not in the package"
        for path, text in test_roots(package, targets)
        if (name := missing_module(package, path, text))
    }


def modules_of_tests(package: Path, targets: list[Target], without: Container[str]) -> set[str]:
    """The files of modules that the roots of these tests declare and no other test's does, by their path."""
    inside, outside = set[str](), set[str]()
    for path, text in test_roots(package, targets):
        files = inside if path in without else outside
        for use in syntax.module_uses(syntax.parse(text), text):
            files.update(module_files(path, True, use))
        outside.add(path)
    return {path for path in inside - outside if (package / path).is_file()}


def test_roots(package: Path, targets: list[Target]) -> Iterator[tuple[str, bytes]]:
    """The root files of the integration tests: path in the package, and text."""
    for target in targets:
        file = package / target["path"]
        if "test" in target["kind"] and file.is_file():
            yield target["path"], file.read_bytes()


def missing_module(package: Path, path: str, text: bytes) -> str:
    """The first module at the top of a crate root that has no file there, and no attribute that may say why."""
    plain = True
    for node in syntax.parse(text).named_children:
        module = MODULE_NAME.search(text, node.start_byte, node.end_byte)
        if plain and node.type == "mod_item" and module and node.child_by_field_name("body") is None:
            use = ModuleUse(module[1].decode(), (), None, False)
            if not any((package / file).is_file() for file in module_files(path, True, use)):
                return use.name
        if node.kind_id not in syntax.COMMENTS:
            plain = node.kind_id not in syntax.ATTRIBUTE
    return ""


def leave_out_unused(
    root: Path,
    package: str,
    without: Container[str] = (),
    *,
    features: str = "default",
    examples: Iterable[str] = (),
) -> list[str]:
    """Remove the dev-dependencies that no source and no test names from the manifest and the lock file.

    Files of `without`, by their path in the package, do not count; the code of `examples` does. Returns the names of
    the dependencies. If cargo does not accept the shorter manifest, both files keep their contents.
    """
    manifest, lock = root / package / "Cargo.toml", root / "Cargo.lock"
    text, locked = manifest.read_text(encoding="utf-8"), lock.read_bytes()
    contents = tomllib.loads(text)
    names = {name: name.replace("-", "_") for name in declared(contents)}
    used = CompiledNames(root / package, contents, features, without).names(names.values())
    for example in examples:
        used |= names_in(example)
    unused = [name for name, inside in names.items() if inside not in used]
    shorter = without_features(text, contents.get("features", {}), unused)
    for name in unused:
        shorter = without_table(shorter, name)
    if shorter == text:
        return []
    manifest.write_text(shorter, encoding="utf-8")
    try:
        cargo.cargo("update", "--workspace", "--offline", "--quiet", folder=root / package)
        lock.chmod(0o644)
    except cargo.CrateError:
        manifest.write_text(text, encoding="utf-8")
        lock.write_bytes(locked)
        return []
    return unused


def declared(manifest: dict[str, Any]) -> list[str]:
    """The names of the dev-dependencies, those of single platforms included."""
    tables = [manifest, *manifest.get("target", {}).values()]
    return list(dict.fromkeys(name for table in tables for name in table.get("dev-dependencies", {})))


def without_features(text: str, features: dict[str, list[str]], names: list[str]) -> str:
    """The manifest in which the crate's features no longer enable features of these dependencies."""
    for parts in features.values():
        for part in parts:
            if re.split(r"[/?]", part)[0] in names and "/" in part:
                text = re.sub(
                    rf'^ *"{re.escape(part)}",?\n|"{re.escape(part)}"(?:, )?', "", text, flags=re.MULTILINE
                )
    return text


def without_table(text: str, name: str) -> str:
    """The manifest without `[dev-dependencies.name]`, as cargo writes it when it packages a crate."""
    table = re.compile(
        rf'^\[(?:target\.(?:\'[^\']*\'|"[^"]*"|[\w-]+)\.)?dev-dependencies\."?{re.escape(name)}"?(?:\.[^\]]*)?\]\n'
        r"(?:(?!\[).*\n?)*",
        re.MULTILINE,
    )
    return table.sub("", text)
