"""What a sandbox is made of: the toolchain, a view of the registry, and bubblewrap around them."""

from __future__ import annotations

import functools
import os
import pwd
import random
import resource
import shutil
import subprocess
from pathlib import Path

from ferrule.sandbox.cargo_view import cargo_home, git_indexes, sanitised_config

MB = 1024 * 1024
HALLS = ("/mnt", "/srv", "/run", "/media")  # root collects what the sandbox binds in one of these

# As root: make what is bound reachable for a plain uid, in a mount namespace of its own; become that uid.
# Limits on processes do not bind root.
AS_ROOT = """set -e; uid=$1 hall=$2 stage=$3; shift 3
mount -t tmpfs -o mode=0755,size=1m tmpfs "$stage"
while [ "$1" != -- ]; do
    if [ -d "$1" ]; then mkdir "$stage/$2"; else : > "$stage/$2"; fi
    mount --rbind "$1" "$stage/$2"; shift 2
done; shift
mount --move "$stage" "$hall"
exec setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs env -i "$@" """


class Unavailable(RuntimeError):
    """This machine has no sandbox; the message says what to do."""


def advice(said: str) -> str:
    """What to do about a sandbox that did not start, from what it said."""
    said = " ".join(said.split()) or "it ended without a word"
    if "nknown option" in said:
        return f"bubblewrap is too old, 0.8 or newer is needed ({said}); conda-forge has one"
    return (
        f"no sandbox on this machine: {said}. Allow user namespaces (sysctl user.max_user_namespaces, "
        "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0; in Docker --cap-add "
        "SYS_ADMIN and --security-opt seccomp=unconfined, apparmor=unconfined, systempaths=unconfined), or let "
        "foreign code run with your own rights: sandbox.mode: none"
    )


def installed() -> str:
    """The path of bubblewrap."""
    bwrap = shutil.which("bwrap")
    if not bwrap:
        raise Unavailable(
            "bubblewrap is not installed: apt-get install bubblewrap (or dnf, pacman, conda-forge), version 0.8 or "
            "newer; or let foreign code run with your own rights: sandbox.mode: none"
        )
    return bwrap


def bubblewrap(
    source: Path,
    *,
    index: dict[str, bytes],
    uid: int | None,
    stage: str,
    tmp_mb: int,
    readonly: dict[Path, str],
    variables: dict[str, str],
    pass_fds: list[int],
) -> list[str]:
    """The command that opens a sandbox around what follows it. Files it needs open join `pass_fds`.

    `index` is this session's own copy of the registry's index, see `ferrule.sandbox.cargo_view.index_entries`.
    """
    bwrap = installed()
    home = cargo_home()
    config, mirrors = sanitised_config(home)
    registry = (home / "registry").resolve()
    binds = [
        (toolchain(), "/rust"),
        (source, "/src"),
        *((folder, str(folder)) for folder in mirrors),
        *((Path(host).resolve(), inside) for host, inside in readonly.items()),
        *((folder.resolve(), f"/tmp/cargo/registry/index/{folder.name}") for folder in git_indexes()),
        *(
            (registry / name, f"/tmp/cargo/registry/{name}")
            for name in ("cache", "src")
            if (registry / name).is_dir()
        ),
    ]
    prefix = []
    if uid:
        prefix, binds = as_root(uid, source, stage, binds)

    room = [
        bwrap,
        "--unshare-all",
        "--unshare-user",
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--hostname",
        "sandbox",
        "--cap-drop",
        "ALL",
        "--ro-bind",
        "/usr",
        "/usr",
        # Only links: /usr/bin/cc goes through it. Nothing else of /etc is there.
        "--ro-bind-try",
        "/etc/alternatives",
        "/etc/alternatives",
    ]
    # Links into /usr, or on some hosts folders.
    for name in ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        place = Path(name)
        if place.is_symlink():
            room += ["--symlink", str(place.readlink()), name]
        elif place.is_dir():
            room += ["--ro-bind", name, name]
    for private in {home, Path.home()}:  # the Rust images keep CARGO_HOME in /usr/local
        if private.is_relative_to("/usr") and private != Path("/usr") and private.is_dir():
            room += ["--tmpfs", str(private), "--remount-ro", str(private)]
    room += ["--proc", "/proc", "--dev", "/dev"]
    room += ["--size", str(tmp_mb * MB), "--tmpfs", "/tmp", "--dir", "/tmp/cargo"]
    room += ["--tmpfs", "/tmp/cargo/registry"]
    for host, inside in binds:
        room += ["--ro-bind", str(host), inside]
    files = {f"/tmp/cargo/registry/index/{name}": data for name, data in index.items()}
    if config:
        files["/tmp/cargo/config.toml"] = config.encode()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a file each, until bubblewrap has read them
    for inside, data in files.items():
        pass_fds.append(os.memfd_create("file"))
        os.pwrite(pass_fds[-1], data, 0)
        room += ["--file", str(pass_fds[-1]), inside]
    room += ["--remount-ro", "/tmp/cargo/registry"]
    # Without these two, / and /dev are tmpfs of any size.
    room += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/src"]
    for name, value in variables.items():
        room += ["--setenv", name, value]
    return [*prefix, *room]


def as_root(uid: int, source: Path, stage: str, binds: list[tuple[Path, str]]):
    """The command that collects `binds` for an unprivileged uid and switches to it, and their new places."""
    hall = next((hall for hall in HALLS if Path(hall).is_dir()), None)
    if hall is None:
        raise Unavailable(f"run as root, the sandbox needs one of the folders {', '.join(HALLS)}: mkdir /mnt")
    if source.stat().st_mode & 0o5 != 0o5:
        raise Unavailable(
            f"run as root, the sandbox needs a source that everyone can read: chmod -R o+rX {source}"
        )
    pairs = [word for number, (host, _) in enumerate(binds) for word in (str(host), str(number))]
    command = ["unshare", "-m", "sh", "-c", AS_ROOT, "sh", str(uid), hall, stage, *pairs, "--"]
    return command, [(Path(hall, str(number)), inside) for number, (_, inside) in enumerate(binds)]


def free_uid() -> int:
    """A uid that nobody has: processes are counted per uid, so each sandbox gets its own."""
    while True:
        uid = random.SystemRandom().randrange(40000, 60000)
        try:
            pwd.getpwuid(uid)
        except KeyError:
            return uid


def plain(folder: Path, index: dict[str, bytes]) -> None:
    """For mode none: cargo's home in `folder`, with the same registry and mirrors as in a sandbox."""
    home, registry = cargo_home(), folder / "cargo" / "registry"
    registry.mkdir(parents=True)
    (registry / "index").mkdir()
    for folder_of_git in git_indexes():
        (registry / "index" / folder_of_git.name).symlink_to(folder_of_git)
    for name, data in index.items():
        (registry / "index" / name).parent.mkdir(parents=True, exist_ok=True)
        (registry / "index" / name).write_bytes(data)
    for name in ("cache", "src"):
        if (home / "registry" / name).is_dir():
            (registry / name).symlink_to(home / "registry" / name)
    (folder / "cargo" / "config.toml").write_text(sanitised_config(home)[0], encoding="utf-8")


def variables(rust: str, tmp: str) -> dict[str, str]:
    """The whole environment of a command."""
    return {
        "PATH": f"{rust}/bin:/usr/bin:/bin",
        "HOME": tmp,
        "TMPDIR": tmp,
        "CARGO_HOME": f"{tmp}/cargo",
        "CARGO_TARGET_DIR": f"{tmp}/target",
        "CARGO_NET_OFFLINE": "true",
        "CARGO_INCREMENTAL": "0",
        "CARGO_TERM_COLOR": "never",
        "RUST_BACKTRACE": "0",
        "LANG": "C.UTF-8",
    }


@functools.cache
def toolchain() -> Path:
    """The folder of the Rust toolchain in use."""
    try:
        done = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Unavailable(f"rustc does not run ({error}); install Rust with rustup, then repeat") from None
    return Path(done.stdout.strip()).resolve()
