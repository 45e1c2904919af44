"""cargo as the way to the registry: resolving, downloading, locking. Nothing here runs a crate's code.

Everything goes through the user's own cargo configuration, so mirrors, vendored sources and
credentials work as they do for `cargo build`, and cargo verifies what it downloads.
"""

from __future__ import annotations

import functools
import json
import os
import re
import stat
import subprocess
import tempfile
import tomllib
from pathlib import Path

from ferrule.core.files import sha256_file
from ferrule.sandbox.cargo_view import cargo_home


class CrateError(Exception):
    """The crate cannot be used: becomes a row with this reason, and the run goes on."""


class MachineError(Exception):
    """This machine lacks something (cargo, the network, disk): the job fails and can be repeated."""


@functools.cache
def toolchain() -> dict[str, str]:
    """`rustc -vV` as a dict (release, host, commit-hash ...), plus `version`, its first line."""
    try:
        text = subprocess.run(["rustc", "-vV"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise MachineError(f"rustc does not run ({error}); install Rust with rustup, then repeat") from None
    first, *rest = text.strip().splitlines()
    return {"version": first} | dict(line.split(": ", 1) for line in rest if ": " in line)


def cargo(*arguments: str, folder: Path, timeout: float = 600) -> str:
    """Run cargo in `folder` and return its standard output. Errors are sorted into ours."""
    environment = os.environ | {
        # A lock made for a crate that ships none keeps to what this toolchain can build.
        "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS": "fallback",
        "CARGO_TERM_COLOR": "never",
        "RUSTC_WRAPPER": "",
    }
    try:
        done = subprocess.run(
            ["cargo", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
        )
    except FileNotFoundError:
        raise MachineError("cargo is not on PATH; install Rust with rustup, then repeat") from None
    except subprocess.TimeoutExpired:
        raise MachineError(f"cargo {arguments[0]} took over {timeout:.0f} s; is the network up?") from None
    if done.returncode:
        raise _sorted_error(done.stderr)
    return done.stdout


NETWORK_SIGNS = (
    "could not resolve host",
    "failed to connect",
    "couldn't connect",
    "network failure",
    "spurious network",
    "failed to download from",
    "timed out",
    "timeout was reached",
    "ssl connect",
    "--offline was specified",
    "download of config.json failed",
    "failed to query replaced source",
    "connection refused",
    "connection reset",
    "failed to get successful http response",
)
DISK_SIGNS = ("no space left on device", "read-only file system", "permission denied")


def _sorted_error(stderr: str) -> Exception:
    text = stderr.lower()
    if "failed to verify the checksum" in text:
        return CrateError(f"checksum: {first_error(stderr)}")
    if any(sign in text for sign in DISK_SIGNS):
        return MachineError(f"disk: {first_error(stderr)}")
    # A port may have these digits too.
    if any(sign in text for sign in NETWORK_SIGNS) and not re.search(r"\b404\b", text):
        return MachineError(
            f"the registry cannot be reached ({last_cause(stderr)}); check the network or cargo's "
            "configuration and run the same command again"
        )
    return CrateError(f"cargo: {first_error(stderr)}")


def first_error(stderr: str) -> str:
    """cargo's `error:` paragraph with its causes, on one line, without folders of this machine."""
    lines = stderr.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("error")]
    kept = lines[starts[0] :] if starts else lines[-3:]
    words = [line.strip() for line in kept if line.strip() and not line.strip().startswith("--> ")]
    text = " ".join(words).removeprefix("error: ")
    # Files by their place in the crate: where a run keeps its copy differs from run to run.
    text = re.sub(r"[^\s`'\"(]*/ferrule-[a-z0-9_]{8}(?:/source)?(?:/([^\s`'\")]*))?", r"\1", text)
    for folder in {str(cargo_home()), str(Path.home())}:
        text = text.replace(folder, "...")
    return text[:400]


def last_cause(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


def resolve(name: str, version: str) -> tuple[str, str]:
    """The version that the registry gives for `name`, and its checksum from the index.

    With no version: the newest stable one that this toolchain can build. The answer comes from the
    lock file of an empty package that depends on it, so cargo's own resolver decides; a yanked or
    unknown version is a CrateError.
    """
    requirement = f"={version}" if version else "*"
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        empty_package(Path(folder), f'{json.dumps(name)} = "{requirement}"')
        try:
            cargo("generate-lockfile", "--quiet", folder=Path(folder))
        except CrateError as error:
            raise CrateError(_plain(str(error), name, version)) from None
        lock = tomllib.loads((Path(folder) / "Cargo.lock").read_text())
    direct = [p for p in lock["package"] if p["name"] == name and (not version or p["version"] == version)]
    if not direct:
        others = [p["name"] for p in lock["package"] if p["name"] != "ferrule-empty"]
        raise CrateError(f"the registry has no crate named `{name}`; it has {others[:3]}")
    # `cargo` may lock two versions of one name when the crate depends on another version of itself.
    newest = max(direct, key=lambda p: version_key(p["version"]))
    return newest["version"], newest.get("checksum", "")


def version_key(version: str) -> tuple:
    core = version.split("+")[0].split("-")[0]
    return tuple(int(part) for part in core.split("."))


def empty_package(folder: Path, dependency: str) -> None:
    (folder / "src").mkdir()
    (folder / "src" / "lib.rs").touch()
    (folder / "Cargo.toml").write_text(
        '[package]\nname = "ferrule-empty"\nversion = "0.0.0"\nedition = "2021"\n'
        f'rust-version = "{toolchain()["release"].split("-")[0]}"\n[workspace]\n[dependencies]\n{dependency}\n'
    )


def _plain(message: str, name: str, version: str) -> str:
    """Say in plain words what cargo's resolver says at length."""
    if "is yanked" in message:
        return f"version {version} of `{name}` is yanked; take another version"
    if "no matching package" in message and "found" in message:
        return f"the registry has no crate named `{name}`; check the spelling in the crate list"
    if f'requirement `{name} = "={version}"`' in message and "candidate versions" in message:
        return f"`{name}` has no version {version}; check the version in the crate list"
    return message


def download(name: str, version: str, sha256: str) -> Path:
    """Have cargo download `name@version`: its `.crate` in cargo's cache, checked once more.

    Where cargo's configuration replaces the registry by a folder of crates there is no `.crate`: then
    the folder that cargo has of it, checked against the list of checksums that `cargo vendor` left there.
    """
    with tempfile.TemporaryDirectory(prefix="ferrule-") as folder:
        # By the registry's name: without it `cargo info` refuses to work where a mirror is configured.
        cargo("info", "--quiet", "--registry", "crates-io", f"{name}@{version}", folder=Path(folder))
        found = sorted((cargo_home() / "registry" / "cache").glob(f"*/{name}-{version}.crate"))
        if not found:
            return _vendored(Path(folder), name, version)
    for path in found:
        if not sha256 or sha256_file(path) == sha256:
            return path
    raise CrateError(
        f"checksum: {name}-{version}.crate in cargo's cache is not what the index says "
        f"(sha256 {sha256[:16]}...); remove it from the cache and repeat"
    )


def _vendored(folder: Path, name: str, version: str) -> Path:
    empty_package(folder, f'{json.dumps(name)} = "={version}"')
    packages = json.loads(cargo("metadata", "--format-version", "1", folder=folder))["packages"]
    manifest = next(p["manifest_path"] for p in packages if (p["name"], p["version"]) == (name, version))
    crate = Path(manifest).parent
    for file, expected in json.loads((crate / ".cargo-checksum.json").read_text())["files"].items():
        if not (crate / file).is_file() or sha256_file(crate / file) != expected:
            raise CrateError(
                f"checksum: {file} in the vendored {name}-{version} is not what its list of checksums says"
            )
    return crate


def lock_and_fetch(package: Path, root: Path) -> str:
    """Make sure of `root/Cargo.lock`, download what it names for this platform; says whose lock it is.

    A shipped lock is kept when it fits the manifest, so the crate is built as its authors built it.
    """
    lock, whose = root / "Cargo.lock", "shipped"
    fetch = ("fetch", "--locked", "--quiet", "--target", toolchain()["host"])
    if lock.exists():
        try:
            cargo(*fetch, folder=package)
        except CrateError:
            lock.unlink()  # older than the manifest, or names what is gone
    if not lock.exists():
        cargo("generate-lockfile", "--quiet", folder=package)
        cargo(*fetch, folder=package)
        whose = "resolved"
    if os.geteuid() == 0:
        let_all_read(lock)
    return whose


def let_all_read(lock: Path) -> None:
    """Let every user read the unpacked dependencies: as root, the sandbox becomes a user who owns none of them.

    Some crates are packed with files that only their author's group may read.
    """
    for locked in tomllib.loads(lock.read_text())["package"]:
        for folder in (cargo_home() / "registry" / "src").glob(f"*/{locked['name']}-{locked['version']}"):
            for path in [folder, *folder.rglob("*")]:
                mode = path.lstat().st_mode
                wanted = mode | (0o055 if stat.S_ISDIR(mode) else 0o044)
                if wanted != mode and not stat.S_ISLNK(mode):
                    path.chmod(stat.S_IMODE(wanted))


def metadata(package: Path) -> dict:
    """`cargo metadata` of one package: inherited keys resolved, targets listed, no dependency read."""
    text = cargo("metadata", "--no-deps", "--offline", "--format-version", "1", folder=package)
    manifest = os.path.realpath(package / "Cargo.toml")
    for candidate in json.loads(text)["packages"]:
        if os.path.realpath(candidate["manifest_path"]) == manifest:
            return candidate
    raise CrateError("the manifest has no [package] table (a workspace root?); name one of its members")
