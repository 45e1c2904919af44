"""Dockerfile and apptainer.def: the same pinned base, the same steps, and all that envs/bootstrap.sh asks for."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


def joined(text: str) -> list[str]:
    """The lines without comments, those that end with a backslash joined with the next."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return [line.strip() for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines()]


def docker() -> list[tuple[str, str]]:
    return [tuple(line.split(" ", 1)) for line in joined((ROOT / "Dockerfile").read_text())]


def apptainer() -> dict[str, list[str]]:
    sections, name = {"": []}, ""
    for line in joined((ROOT / "apptainer.def").read_text()):
        if line.startswith("%"):
            name = line[1:]
            sections[name] = []
        else:
            sections[name].append(line)
    return sections


def commands(lines: list[str]) -> list[str]:
    return [part.strip() for line in lines for part in line.split("&&")]


DOCKER = commands([text for word, text in docker() if word == "RUN"])
APPTAINER = commands(apptainer()["post"])


def one(lines: list[str], begin: str) -> str:
    (found,) = [line for line in lines if line.startswith(begin)]
    return found


def test_both_start_from_one_pinned_base():
    (base,) = [text for word, text in docker() if word == "FROM"]
    head = dict(line.split(": ", 1) for line in apptainer()[""])
    assert head == {"Bootstrap": "docker", "From": base}
    # A tag with a date does not move.
    assert re.fullmatch(r"debian:bookworm-\d{8}-slim", base)


def test_both_install_the_same():
    packages = one(DOCKER, "apt-get install")
    assert packages == one(APPTAINER, "apt-get install")
    assert one(DOCKER, "curl") == one(APPTAINER, "curl")
    assert {"bubblewrap", "gcc", "git", "python3", "python3-venv"} <= set(packages.split())
    rust = re.search(r"--default-toolchain (\d+\.\d+)\.\d+ ", one(DOCKER, "curl"))[1]
    assert f"rust ={rust}" in yaml.safe_load((ROOT / "envs/rust.yaml").read_text())["dependencies"]
    for component in ("clippy", "rustfmt"):
        assert f"--component {component}" in one(DOCKER, "curl")


@pytest.mark.parametrize("steps", [DOCKER, APPTAINER], ids=["docker", "apptainer"])
def test_the_steps_are_those_of_the_makefile(steps):
    """What bootstrap.sh would install itself is there before it runs: it could not become root."""
    calls = [step for step in steps if step.startswith("envs/bootstrap.sh")]
    assert calls[0].split()[1] == "env" and calls[1] == "envs/bootstrap.sh machine"
    parts = calls[0].split()[2:]
    known = {path.stem for path in (ROOT / "requirements").glob("*.txt")}
    assert parts in (["base"], ["${PARTS}"])
    assert set(dict(docker())["ARG"].partition("=")[2].strip('"').split()) <= known
    script = (ROOT / "envs/bootstrap.sh").read_text()
    for program in re.findall(r"command -v (\w+)", script.partition("browser()")[0]):
        assert program in {"bwrap", "cargo", "rustc", "apt"}
    assert steps.index(calls[0]) > steps.index(one(steps, "apt-get install"))
    assert steps.index(calls[1]) > steps.index(one(steps, "curl"))


def test_the_user_inside_is_an_ordinary_one():
    words = docker()
    users = [text for word, text in words if word == "USER"]
    assert users == ["ferrule"]
    assert "useradd --create-home --uid 1000 ferrule" in DOCKER
    at = words.index(("USER", "ferrule"))
    assert all(not text.startswith(("apt-get", "useradd")) for word, text in words[at:] if word == "RUN")


def test_what_is_copied_is_there():
    for line in apptainer()["files"]:
        *sources, target = line.split()
        assert target.startswith("/opt/ferrule")
        assert all((ROOT / source).exists() for source in sources)
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "results"} <= set(ignored)
