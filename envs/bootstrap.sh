#!/usr/bin/env bash
# Makes what the Makefile's targets stand on, and says in one message what it cannot make.
#
#   envs/bootstrap.sh env base        .venv with what requirements/base.txt pins
#   envs/bootstrap.sh env base test   the same, then requirements/test.txt
#   envs/bootstrap.sh separate rewards  .venv-rewards with what requirements/rewards.txt pins, and nothing else
#   envs/bootstrap.sh machine         bubblewrap and a Rust toolchain
#   envs/bootstrap.sh browser         Chromium, in which tests look at the report
#
# Nothing is done twice: .venv/.base and .venv/.test hold the checksum of what they were made from.
# PYTHON=/path/to/python3 chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# An environment cannot be remade by its own interpreter.
PATH=${PATH//"$PWD/.venv/bin:"/}

main() {
    case "${1:-}" in
        env) shift && environment "$@" ;;
        separate) shift && separate "$@" ;;
        machine) sandbox && toolchain ;;
        browser) browser ;;
        *) stop "usage: envs/bootstrap.sh env base [test] | separate PART | machine | browser" ;;
    esac
}

environment() {
    local part
    for part in "$@"; do
        # The checksum rather than the time: a fresh checkout gives every file a new time.
        if [[ "$(cat ".venv/.$part" 2>/dev/null)" == "$(checksum "$part")" && -x .venv/bin/python ]]; then
            touch ".venv/.$part"
            continue
        fi
        # A changed base starts afresh, so that no package of the old one stays behind.
        [[ $part != base ]] || create
        say "installing requirements/$part.txt (a minute or two the first time)"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
            --requirement "requirements/$part.txt" || stop "pip could not install requirements/$part.txt"
        # `ferrule` itself, from this folder; its packages are there already.
        [[ $part != base ]] || .venv/bin/python -m pip install --quiet --disable-pip-version-check \
            --no-deps --no-build-isolation --editable . || stop "pip could not install this folder"
        checksum "$part" >".venv/.$part"
    done
}

# Libraries that want other versions than base.txt, each list in an environment of its own.
separate() {
    local part
    for part in "$@"; do
        [[ "$(cat ".venv-$part/.made" 2>/dev/null)" != "$(checksum "$part")" ]] || continue
        create ".venv-$part" 12
        say "installing requirements/$part.txt (some minutes the first time)"
        ".venv-$part/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
            --requirement "requirements/$part.txt" || stop "pip could not install requirements/$part.txt"
        checksum "$part" >".venv-$part/.made"
    done
}

# create [FOLDER [MINOR]]: an environment, with Python 3.MINOR or later
create() {
    local python folder=${1:-.venv}
    python=$(find_python "${2:-11}")
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian ships the module venv without what it needs.
        local version
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        install "$version-venv" || stop "$python cannot make environments. Run: sudo apt-get install $version-venv"
    fi
    say "making $folder with $("$python" --version)"
    "$python" -m venv --clear "$folder"
}

find_python() {
    local python
    for python in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        # Run it: a name on PATH may be the shim of a version that is not there.
        if "$python" -c "import sys; sys.exit(sys.version_info < (3, $1))" 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    stop "no Python 3.$1 or later (python3 is: $(python3 --version 2>/dev/null || echo none))." \
        "On Debian 12 or Ubuntu 24.04 and later run: sudo apt-get install python3 python3-venv" \
        "Elsewhere install one and name it: make run PYTHON=/path/to/python3.12"
}

sandbox() {
    command -v bwrap >/dev/null || install bubblewrap || stop \
        "no bubblewrap, in which the crates' code is compiled." \
        "Run: sudo apt-get install bubblewrap   (dnf install, pacman -S: the same name)"
}

toolchain() {
    { command -v cargo && command -v rustc; } >/dev/null || stop \
        "no Rust toolchain (cargo and rustc). Run one of:" \
        "  curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh" \
        "  sudo apt-get install rustup && rustup default stable    (Debian 13, Ubuntu 24.04 and later)"
    cargo clippy --version >/dev/null 2>&1 || stop \
        "cargo has no clippy. Run: rustup component add clippy" \
        "or, where Rust came with Debian: sudo apt-get install rust-clippy"
}

# Tests that need it are skipped without it, except in continuous integration.
browser() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        install chromium || say "no Chromium: the tests that look at the report in a browser are skipped"
}

# install PACKAGE: by apt-get, where that needs no password. Fails where it cannot.
install() {
    local -a root=()
    command -v apt-get >/dev/null || return 1
    if ((EUID != 0)); then
        sudo -n true 2>/dev/null || return 1
        root=(sudo -n)
    fi
    say "installing the Debian package $1"
    local -a apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    # A fresh machine has no package lists yet.
    "${apt[@]}" install --no-install-recommends --yes "$1" >/dev/null 2>&1 ||
        { "${apt[@]}" update && "${apt[@]}" install --no-install-recommends --yes "$1"; } >&2
}

# With the folder in it, because an environment does not survive being moved.
checksum() { (pwd && cat requirements/base.txt "requirements/$1.txt") | sha256sum; }
say() { echo "ferrule: $*" >&2; }
stop() {
    printf 'ferrule: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf '         %s\n' "$@" >&2
    exit 1
}

main "$@"
