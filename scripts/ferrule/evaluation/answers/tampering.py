"""Does an answer reach for the measurement instead of the problem?

    reason(code) -> "attribute no_mangle", or "" for an honest answer

Tests run in a program that also holds the harness, after a compilation that reads files and variables of the
machine. An answer needs nothing of what is named here to solve any problem; each of it can change what is compiled
or linked besides the answer, or reach what the harness reports with. Such an answer is not compiled.

Looked at by tokens, inside macros too; comments never count, and of strings only the names of descriptor files do.
`unsafe` alone, `std::process::exit`, threads, panics are not here: what an answer does when it runs, the harness sees
to. It shares its memory with the answer though: unsafe code that hunts for the report in it is only hindered.
`cfg(test)` is not here either: tests are compiled without it, from a file of their own.
"""

from __future__ import annotations

import re

from ferrule.evaluation.answers.policy import foreign
from ferrule.rust.lexer import STRING
from ferrule.rust.paths import Paths

# Attributes, wherever they stand, also in `cfg_attr(.., here)` and `unsafe(here)`.
ATTRIBUTES = {
    "path": "a module out of any file of the machine that compiles",
    "no_mangle": "a symbol that replaces one of std or libc",
    "export_name": "the same under any name",
    "link_section": "code that runs before main: .init_array",
    "used": "keeps what link_section put there",
    "linkage": "weak symbols",
    "link": "a library of the machine",
    "link_name": "a symbol of another name",
    "link_args": "arguments of the linker",
    "naked": "a function of assembly only",
    "panic_handler": "what a failing test calls",
    "global_allocator": "code inside every allocation of the harness",
    "alloc_error_handler": "the same when memory runs out",
    "lang": "replaces a part of the language's own library",
    "start": "another main",
    "ffi_const": "foreign functions",
    "ffi_pure": "foreign functions",
    "test_runner": "another harness",
    "custom_test_frameworks": "another harness",
    "reexport_test_harness_main": "the harness's main",
    "rustc_std_internal_symbol": "a symbol of std",
}
# Only as `#![..]`: they mean the whole crate, which is not the answer's, or take the answer's module away.
INNER = {
    "cfg": "takes the answer out of the crate",
    "feature": "another language than the tests are judged in",
    "no_std": "a crate without std",
    "no_core": "a crate without core",
    "no_main": "a program without the harness's main",
    "crate_type": "no program",
    "crate_name": "another crate",
    "no_implicit_prelude": "other names than the tests mean",
}
# Macros that are built in. `env` only as a call: `std::env` is also a module.
MACROS = {
    "include": "code out of a file of the machine that compiles",
    "include_str": "a file of the machine that compiles",
    "include_bytes": "a file of the machine that compiles",
    "env": "a variable of the machine that compiles",
    "option_env": "a variable of the machine that compiles",
    "asm": "system calls of its own",
    "global_asm": "symbols and sections of its own",
    "naked_asm": "system calls of its own",
}
# Names for which there is no other use: the harness's report goes through a descriptor.
NAMES = {
    "from_raw_fd": "a descriptor by its number",
    "FromRawFd": "a descriptor by its number",
    "borrow_raw": "a descriptor by its number",
    "OwnedFd": "a descriptor",
    "BorrowedFd": "a descriptor",
    "RawFd": "a descriptor",
}
# Of std: what holds a descriptor. Beside `unsafe` it is the way to one by its number, whatever its name: transmute, a
# union, a pointer. With the harness's memory in reach, that is all a forged report needs.
HOLDERS = {
    *(("std", name) for name in ("fs", "os")),
    *(("std", "net", name) for name in ("TcpStream", "TcpListener", "UdpSocket")),
    *(("std", "io", name) for name in ("pipe", "PipeReader", "PipeWriter")),
    *(
        ("std", "process", name)
        for name in ("Command", "Child", "ChildStdin", "ChildStdout", "ChildStderr", "Stdio")
    ),
}
DESCRIPTOR_FILES = re.compile(r"/proc/(?:self|thread-self|\d)|/dev/(?:fd|std(?:in|out|err))\b")


def reason(code: str) -> str:
    """Why this is no honest answer, in words; "" if it is one."""
    return reason_of(Paths(code))


def reason_of(paths: Paths) -> str:
    for inner, at in paths.attributes():
        name = paths.tokens[at].text
        if name in ATTRIBUTES and (name != "path" or paths.tokens[at + 1].text == "="):
            return f"attribute {name}: {ATTRIBUTES[name]}"
        if inner and name in INNER:
            return f"attribute {name}: {INNER[name]}"
    for path, called in sorted(paths.resolved):
        built_in = path[0] == "std" or len(path) == 1
        imported = path[0] == "std" and len(path) <= 3 and path[-1] != "env"
        if path[-1] in MACROS and built_in and (called or imported):
            return f"macro {path[-1]}: {MACROS[path[-1]]}"
    if "unsafe" in paths.words:
        for path, _ in sorted(paths.resolved):
            if path[:2] in HOLDERS or path[:3] in HOLDERS:
                return f"unsafe beside {'::'.join(path)}: a descriptor by its number"
    fragments = paths.from_fragments()
    for names in (MACROS, ATTRIBUTES):
        for name in names:
            # Words that every text may have count only where a macro gets them by themselves.
            if name in fragments and name not in ("path", "used", "link", "start", "env", "lang"):
                return f"macro that is given {name}: {names[name]}"
    for name in NAMES:
        if name in paths.words:
            return f"{name}: {NAMES[name]}"
    for at, token in enumerate(paths.tokens[:-1]):
        if foreign(paths.tokens, at):
            return "extern: functions and symbols of foreign code"
        if token.kind == STRING and "/" in token.text and DESCRIPTOR_FILES.search(token.text):
            return "names a file that stands for a descriptor of the program"
    return ""
