"""A crate with dependencies from a registry on loopback, and a CARGO_HOME that has downloaded them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from registry import Registry

BUILD_SCRIPT = 'fn main() {\n    println!("cargo:rerun-if-env-changed=RUSTC_BOOTSTRAP");\n}\n'
MANIFEST = '[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\nlicense = "MIT"\n'


def write_crate(folder: Path, dependencies: int) -> Path:
    """A crate whose only function adds up what its dependencies return, with a test."""
    names = [f"part-{number}" for number in range(dependencies)]
    (folder / "src").mkdir(parents=True)
    lines = "".join(f'{name} = "1"\n' for name in names)
    (folder / "Cargo.toml").write_text(MANIFEST.format(name="whole") + f"[dependencies]\n{lines}")
    total = " + ".join(f"{name.replace('-', '_')}::one()" for name in names)
    (folder / "src/lib.rs").write_text(
        "//! Adds up.\n\n"
        "/// The sum of what all the parts of this crate give, which is their number.\n"
        f"pub fn total() -> u32 {{\n    let parts = {total};\n    parts\n}}\n\n"
        "/// The number that is one less, and none below nought; its switch needs unstable features.\n"
        "pub const fn before(number: u32) -> u32 {\n    let one = 1;\n    number.saturating_sub(one)\n}\n\n"
        f"#[cfg(test)]\nmod tests {{\n    #[test]\n    fn adds_up() {{\n"
        f"        assert_eq!(super::total(), {dependencies});\n        assert_eq!(super::before(3), 2);\n    }}\n}}\n"
    )
    return folder


def fill(registry: Registry, folder: Path, dependencies: int) -> None:
    """Put the dependencies into the registry. The first has a build script that runs again as proc-macro2's does."""
    for number in range(dependencies):
        name = f"part-{number}"
        (folder / name / "src").mkdir(parents=True)
        (folder / name / "Cargo.toml").write_text(MANIFEST.format(name=name))
        (folder / name / "src/lib.rs").write_text("pub fn one() -> u32 {\n    1\n}\n")
        if number == 0:
            (folder / name / "build.rs").write_text(BUILD_SCRIPT)
        registry.add_folder(folder / name, name, "1.0.0")


def fetch(folder: Path, cargo_home: str) -> None:
    """Lock the crate and download its dependencies, as the workflow's `download` does."""
    environment = os.environ | {"CARGO_HOME": cargo_home}
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=folder, env=environment, check=True)
