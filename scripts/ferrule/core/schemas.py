"""The row types of every table, defined once: columns, types, meaning.

One schema per stage. Writers (`ferrule.core.files.write_rows`) refuse a column that is not here.
Spans are byte offsets, half open, into the UTF-8 file `file` of the crate's package folder.
"""

from __future__ import annotations

import hashlib
from sys import intern

import pyarrow as pa

TEXT, INT, BOOL = pa.string(), pa.int32(), pa.bool_()


def schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


# A source file of a crate, kept or dropped, and why. `reason` is empty for a kept file.
FILES = schema(crate=TEXT, file=TEXT, bytes=INT, reason=TEXT, detail=TEXT)

# A piece of a kept file: function, method, struct, enum, union, trait, impl, module, type, const,
# static, macro, import, associated (a type or constant of an impl or a trait).
CHUNKS = schema(
    id=TEXT,  # 16 hex digits of hash(crate, file, span, kind)
    crate=TEXT,  # the spec, `name@version`
    file=TEXT,  # path inside the package, with /
    kind=TEXT,
    name=TEXT,
    owner=TEXT,  # for methods: the type's name (or the trait's, for a trait's own methods)
    header=TEXT,  # for methods: `impl<T> Trait for Type<T> where ...`, one line, no brace
    path=TEXT,  # module path inside the crate: "", "a", "a::b"
    start=INT,  # the item without its docs and attributes
    end=INT,
    outer=INT,  # start of its docs and attributes
    body=INT,  # where the `{` of its body stands, -1 if there is none
    visibility=TEXT,  # "", "pub", "pub(crate)" ...
    docs=TEXT,  # text of its doc comments, markers taken off
    attributes=TEXT,  # its outer attributes, one a line
    code=TEXT,  # file[start:end]
    unsafe=INT,  # unsafe blocks, functions and impls in it
    nested=BOOL,  # stands inside another function's body
    test=BOOL,  # under cfg(test), or a #[test] function
    generated=BOOL,  # under an attribute that says so (automatically_derived)
    reason=TEXT,  # why it is not offered to tasks: too_many_lines, too_many_chars ... or empty
)

# What the compiler said of a function (no replacement) or of a replacement in it.
VERDICTS = schema(
    id=TEXT,  # chunk id, or the replacement's own id
    chunk=TEXT,  # the function's chunk id
    live=BOOL,  # the compiler reads this function's body in this configuration
    compiles=BOOL,  # null where nothing could be said
    target=TEXT,  # lib or bins: where the compiler reads it
    codes=pa.list_(TEXT),  # error codes, in the order reported
    diagnostic=TEXT,  # rendered, paths relative to the package
    reason=TEXT,  # why there is no verdict: not_live, crate_does_not_compile
)

# A function that a mutation has broken, and what rustc said of it.
BROKEN = schema(
    chunk=TEXT,  # the function's chunk id
    operator=TEXT,  # entry of the catalogue, see ferrule.transforms.mutations.mutation_catalogue
    start=INT,  # the mutated span in the file, and what took its place
    end=INT,
    text=TEXT,
    code=TEXT,  # the first error's code, empty for a syntax error
    codes=pa.list_(TEXT),
    error_start=INT,  # its primary span, from the start of the broken function's text
    error_end=INT,
    diagnostic=TEXT,  # rendered, all errors, paths relative to the package
    reason=TEXT,  # why it gives no row: no_error (in that round), error_elsewhere, time_limit, round_limit; or empty
    simulated=BOOL,  # no compiler was asked: the diagnostic is predicted from what it says of such mutations
)

# A function written in a longer way, or in a better one that clippy suggests, and what the compiler said of it.
REWRITES = schema(
    chunk=TEXT,  # the function's chunk id
    rewrite=TEXT,  # entry of the catalogue (ferrule.transforms.rewrites.rewrite_catalogue), or clippy's lint
    direction=TEXT,  # longer: the text is worse than the original; better: clippy's suggestion; twin: a blocking one
    start=INT,  # the bytes of the file that the text takes the place of
    end=INT,
    text=TEXT,  # the whole item, laid out
    places=INT,  # how many times the rewrite was applied in it
    advice=TEXT,  # one sentence that names the idiom
    twin=TEXT,  # the blocking function's name
    reason=TEXT,  # why it gives no row: does_not_compile, not_formatted, lint_stays ... or empty
    detail=TEXT,
)

# Which of the crate's own tests fail when a function is removed.
COVERAGE = schema(
    chunk=TEXT,  # the function's chunk id
    covered=BOOL,  # null where nothing could be said
    tests=pa.list_(TEXT),  # as arguments of `cargo test`: "--lib a::tests::b", "--test name c"
    reason=TEXT,  # why nothing could be said
)

# What the crate's own tests say of a rewrite of a covered function.
BEHAVIOUR = schema(
    chunk=TEXT,
    rewrite=TEXT,
    text=TEXT,  # as in REWRITES: together they name the form
    outcome=TEXT,  # tested: the covering tests pass; failed: one does not; or empty where they could not be run
    reason=TEXT,  # why they could not: no_switch, timeout ...
)

# The sample row: what a dataset is made of. Columns that start with `_` are provenance.
SAMPLES = schema(
    prompt=TEXT,
    gen=TEXT,
    split=TEXT,  # train or val; empty until the split
    _id=TEXT,  # 16 hex digits of hash(source, crate, version, file, span, task, variant)
    _task_type=TEXT,
    _source=TEXT,  # crates, stack, or a shard's name
    _source_crate=TEXT,  # the crate's name
    _source_file=TEXT,
    _version=TEXT,
    _sha256=TEXT,  # of the .crate, as the registry's index has it; of the folder's files otherwise
    _license=TEXT,
    _repository=TEXT,
    _commit=TEXT,
    _edition=TEXT,
    _start=INT,  # byte span of the human item in that file
    _end=INT,
    _verdict=TEXT,  # tested, compiles, parses, unjudged
    _rustc=TEXT,
    _tests=pa.list_(TEXT),  # the crate's own tests that fail when the item is removed, as cargo takes them
    _variant=TEXT,  # template, mutation or rewrite
    _error_code=TEXT,
    _diagnostic=TEXT,
    _before=TEXT,  # error_fixing, transformations: the item as the prompt has it, in place of bytes [_start, _end)
    _error_start=INT,  # error_fixing: the first error's place in it
    _error_end=INT,
    _prefix=TEXT,  # fill_in_middle: what stands before and after `gen` in the item
    _suffix=TEXT,
    _documented=BOOL,
    _idiomatic=BOOL,
    _clippy=INT,  # clippy warnings inside the item's span; null where clippy did not run
    _unsafe=BOOL,
    _is_test=BOOL,
)

# A sample or a chunk that did not make it, where it fell and why.
DROPPED = schema(
    stage=TEXT,  # chunk, judge, mutate, rewrite, make, gate, deduplicate, scrub ..., mix
    reason=TEXT,  # from a fixed vocabulary, see docs/reasons.md
    detail=TEXT,
    task=TEXT,
    crate=TEXT,
    file=TEXT,
    start=INT,
    end=INT,
    id=TEXT,
)


def identity(*parts: object) -> str:
    """16 hex digits that depend on `parts` alone: the same in every run and on every machine."""
    text = "\x1f".join(map(str, parts))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def choose(seed: int, *parts: object) -> int:
    """A non-negative integer from hash(seed, parts): every random choice comes from here."""
    return int(identity("choice", seed, *parts), 16)


def item_key(
    crate: str | None, file: str | None, start: int | None, version: str | None, end: int | None, id: str
) -> tuple[str, str, int, str, int]:
    """What tells the item that a sample is made of from others; a sample of unknown origin is its own."""
    if not (crate or file):
        version = id
    return intern(crate or ""), intern(file or ""), start or 0, intern(version or ""), end or 0
