"""The row types of every table, defined once: columns, types, meaning.

One row type per stage, and the Arrow schema made from it. Writers (`ferrule.core.files.write_rows`) refuse a column
that is not here. Spans are byte offsets, half open, into the UTF-8 file `file` of the crate's package folder.
"""

from __future__ import annotations

import hashlib
from sys import intern
from types import UnionType
from typing import Annotated, TypedDict, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

TEXT, INT, BOOL = pa.string(), pa.int32(), pa.bool_()

# A column's type for the type checker, and for Arrow. `| None` says that a row may lack it; Arrow allows that anywhere.
Text = Annotated[str, TEXT]
Int = Annotated[int, INT]
Bool = Annotated[bool, BOOL]
Texts = Annotated[list[str], pa.list_(TEXT)]
# The turns of a conversation, as trainers of chat models read them.
Messages = Annotated[list[dict], pa.list_(pa.struct([("role", TEXT), ("content", TEXT)]))]
Ints = Annotated[list[int], pa.list_(INT)]


def schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in columns.items()])


def schema_of(row: type) -> pa.Schema:
    """The Arrow schema of a row type, its columns in their order."""
    columns = get_type_hints(row, include_extras=True)
    return schema(**{name: _arrow_type(annotation) for name, annotation in columns.items()})


def _arrow_type(annotation) -> pa.DataType:
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return get_args(annotation)[1]


class FileRow(TypedDict):
    """A source file of a crate, kept or dropped, and why. `reason` is empty for a kept file."""

    crate: Text
    file: Text
    bytes: Int
    reason: Text
    detail: Text


class ChunkRow(TypedDict):
    """A piece of a kept file: function, method, struct, enum, union, trait, impl, module, type, const, static, macro, import, associated (a type or constant of an impl or a trait)."""

    id: Text  # 16 hex digits of hash(crate, file, span, kind)
    crate: Text  # the spec, `name@version`
    file: Text  # path inside the package, with /
    kind: Text
    name: Text
    owner: Text  # for methods: the type's name (or the trait's, for a trait's own methods)
    header: Text  # for methods: `impl<T> Trait for Type<T> where ...`, one line, no brace
    path: Text  # module path inside the crate: "", "a", "a::b"
    start: Int  # the item without its docs and attributes
    end: Int
    outer: Int  # start of its docs and attributes
    body: Int  # where the `{` of its body stands, -1 if there is none
    visibility: Text  # "", "pub", "pub(crate)" ...
    docs: Text  # text of its doc comments, markers taken off
    attributes: Text  # its outer attributes, one a line
    code: Text  # file[start:end]
    unsafe: Int  # number of unsafe blocks, functions and impls
    nested: Bool  # stands inside another function's body
    test: Bool  # under cfg(test), or a #[test] function
    generated: Bool  # under an attribute that says so (automatically_derived)
    reason: Text  # why it is not offered to tasks: too_many_lines, too_many_chars ... or empty


class VerdictRow(TypedDict):
    """The compiler's verdict on a function (no replacement) or on a replacement in it."""

    id: Text  # chunk id, or the replacement's own id
    chunk: Text  # the function's chunk id
    live: Bool  # the compiler reads this function's body in this configuration
    compiles: Bool | None  # null where nothing could be said
    target: Text  # lib or bins: where the compiler reads it
    cut: Bool | None  # the crate still checks with `todo!()` for its body; null where that was not asked
    codes: Texts  # error codes, in the order reported
    diagnostic: Text  # rendered, paths relative to the package
    reason: Text  # why there is no verdict: not_live, crate_does_not_compile


class CallRow(TypedDict):
    """A function that a function of the crate calls or passes on, as the compiler resolves it."""

    chunk: Text  # the calling function's chunk id
    start: Int  # the name in the file
    end: Int
    name: Text
    path: Text  # `std::vec::Vec::<T>::push`, `<T as graph::Visit>::next`, `shapes::area`


class BrokenRow(TypedDict):
    """A function that a mutation has broken, and the diagnostic of rustc."""

    chunk: Text  # the function's chunk id
    operator: Text  # entry of the catalogue, see ferrule.transforms.mutations.mutation_catalogue
    start: Int  # the mutated span in the file, and what took its place
    end: Int
    text: Text
    code: Text  # the first error's code, empty for a syntax error
    codes: Texts
    error_start: Int | None  # its primary span, from the start of the broken function's text
    error_end: Int | None
    diagnostic: Text  # rendered, all errors, paths relative to the package
    reason: Text  # why it gives no row: no_error (in that round), error_elsewhere, time_limit, round_limit; or empty
    simulated: Bool  # no compiler was asked: the diagnostic is predicted from those of similar mutations


class RewriteRow(TypedDict):
    """A function written in a longer way, or in a better one that clippy suggests, and the verdict of the compiler."""

    chunk: Text  # the function's chunk id
    rewrite: Text  # entry of the catalogue (ferrule.transforms.rewrites.rewrite_catalogue), or clippy's lint
    direction: (
        Text  # longer: the text is worse than the original; better: clippy's suggestion; twin: a blocking one
    )
    start: Int  # the bytes of the file that the text takes the place of
    end: Int
    text: Text  # the whole item, formatted
    places: Int  # how many times the rewrite was applied in it
    advice: Text  # one sentence that names the idiom
    twin: Text  # the blocking function's name
    reason: Text  # why it gives no row: does_not_compile, not_formatted, lint_stays ... or empty
    detail: Text


class CoverageRow(TypedDict):
    """Which of the crate's own tests fail when a function is removed."""

    chunk: Text  # the function's chunk id
    covered: Bool | None  # null where nothing could be said
    tests: Texts  # as arguments of `cargo test`: "--lib a::tests::b", "--test name c"
    reason: Text  # why nothing could be said


class BehaviourRow(TypedDict):
    """Whether the crate's own tests pass with a rewrite of a covered function."""

    chunk: Text
    rewrite: Text
    text: Text  # as in REWRITES: together they name the form
    outcome: (
        Text  # tested: the covering tests pass; failed: one does not; or empty where they could not be run
    )
    reason: Text  # why they could not: no_switch, timeout ...


class MutantRow(TypedDict):
    """A wrong form of a covered function, and whether the tests that cover the function notice it."""

    chunk: Text  # the function's chunk id
    mutant: Text  # `line:column operator before -> after`, counted from the brace of the body
    operator: Text  # what makes the wrong form of the right one, such as `boundary` or `negate_condition`
    text: Text  # the whole function in its wrong form
    outcome: Text  # killed, survived, or empty where it was not tried
    tests: Texts  # those that fail with it, as arguments of `cargo test`; none if the program hung or died
    output: Text  # what the first of them prints, without places and threads; empty if it is not the same in every run
    reason: Text  # why it was not tried (no_switch, other_signature, budget, too_large, timeout ...), or how the program ended


class ExampleRow(TypedDict):
    """An example of an item's documentation that compiles and runs."""

    chunk: Text
    number: Int  # which of the item's examples
    shown: Text  # as a reader sees it
    whole: Text  # with its hidden lines


class ProofRow(TypedDict):
    """Whether a function's tests can grade an answer, as runs in an answer room show."""

    chunk: Text  # the function's chunk id
    reason: Text  # why there is no task: no_test, stub_passes, not_repeatable, no_switch ... or empty
    strength: Text  # strong, weak, or empty where there is a reason
    fail_to_pass: Texts  # tests that fail without the function, as arguments of `cargo test`
    pass_to_pass: Texts  # others that reach the function, and some of the same modules
    default: Text  # with `Default::default()` for its body: fails, passes, does_not_compile
    empty: Text  # the same with an empty body
    killed: Int  # mutants that a test of fail_to_pass notices
    tried: Int  # mutants of the function that compile
    repeats: Int  # runs of every test with the author's code, each with another order and seed
    cpu_seconds: Int  # what an answer's tests may take


class TaskRow(TypedDict):
    """An executable task: a function of a crate to write or to correct, and the tests that grade an answer."""

    id: Text  # 16 hex digits; that of the sample with the same prompt
    kind: Text  # docs, tests, compile_error, behaviour, completion or rewrite
    split: Text  # train or heldout: never the same repository in both
    crate: Text  # its name
    version: Text  # of the crate
    sha256: Text  # of the .crate, as in SAMPLES
    repository: Text  # its address; empty where the manifest has none
    commit: Text  # that the version was published from, where the archive says so
    license: Text  # of the crate, as its manifest has it
    edition: Text  # of the crate
    published: Text | None  # the day, ISO 8601, where the registry's index has it
    rustc: Text  # that proved the task
    features: Text  # cargo features that the tests are built with: default or all
    file: Text  # of the function, below the package's folder
    start: Int  # byte span of the function in the file
    end: Int  # behind its closing brace
    body: Int  # where the brace of its body is
    entry: Text  # the function's name
    messages: Messages  # the prompt
    prefix: Text  # completion: the function's text before the answer; else empty
    suffix: Text  # completion: its text after the answer; else empty
    before: Text  # the function as the prompt has it, where it is broken or longer; else empty
    stub: Text  # the function with `todo!()` for its body
    reference: Text  # the author's function
    fail_to_pass: Texts  # tests that fail with the stub, as arguments of `cargo test`
    pass_to_pass: Texts  # others that reach the function, and some of the same modules
    strength: Text  # strong: the tests notice at least 0.8 of the mutants; weak otherwise
    killed: Int  # mutants that a test of fail_to_pass notices
    tried: Int  # mutants of the function that compile
    repeats: Int  # runs of every test with the author's code, each with another order and seed
    default: Text  # with `Default::default()` for its body: fails, does_not_compile
    empty: Text  # the same with an empty body
    unsafe: Bool  # the reference has unsafe code; benchmarks and rewards leave such tasks out by default
    cpu_seconds: Int  # what an answer's tests may take
    lines: Int  # of the body that is asked for
    context_chars: Int  # of the prompt
    calls: Int  # functions that the reference calls
    branches: Int  # if, match arms, loops and `?` in the reference


class SampleRow(TypedDict):
    """The sample row: what a dataset is made of. Columns that start with `_` are provenance."""

    prompt: Text
    gen: Text
    split: Text  # train or val; empty until the split
    messages: Messages | None  # the turns of a row with more than one: role and content; else null
    _id: Text  # 16 hex digits of hash(source, crate, version, file, span, task, variant)
    _task_type: Text
    _source: Text  # crates, stack, or a shard's name
    _source_crate: Text | None  # the crate's name
    _source_file: Text | None
    _version: Text | None
    _sha256: Text | None  # of the .crate, as the registry's index has it; of the folder's files otherwise
    _license: Text | None
    _repository: Text | None
    _commit: Text | None
    _edition: Text | None
    _start: Int | None  # byte span of the human item in that file
    _end: Int | None
    _verdict: Text  # tested, compiles, parses, unjudged
    _rustc: Text
    _tests: Texts  # the crate's own tests that fail when the item is removed, as cargo takes them
    _mutants: (
        Ints | None
    )  # wrong forms of the function: how many the tests noticed, of how many; null where none was tried
    _kind: Text | None  # which kind of the task's rows it is, such as tests or behaviour
    _variant: Text  # template, mutation or rewrite
    _error_code: Text
    _diagnostic: Text
    _before: (
        Text | None
    )  # error_fixing, transformations, whole blocks: the item as the prompt has it, for bytes [_start, _end)
    _error_start: Int | None  # error_fixing: the first error's place in it
    _error_end: Int | None
    _prefix: Text | None  # fill_in_middle: the item before and after `gen`
    _suffix: Text | None
    _documented: Bool | None
    _idiomatic: Bool | None
    _clippy: Int | None  # clippy warnings inside the item's span; null where clippy did not run
    _unsafe: Bool | None
    _is_test: Bool | None


class DroppedRow(TypedDict):
    """A sample or a chunk that did not make it, where it fell and why."""

    stage: Text  # chunk, judge, mutate, rewrite, make, gate, deduplicate, scrub ..., mix
    reason: Text  # from a fixed vocabulary, see docs/reasons.md
    detail: Text
    task: Text
    crate: Text | None
    file: Text | None
    start: Int | None
    end: Int | None
    id: Text


FILES = schema_of(FileRow)
CHUNKS = schema_of(ChunkRow)
VERDICTS = schema_of(VerdictRow)
CALLS = schema_of(CallRow)
BROKEN = schema_of(BrokenRow)
REWRITES = schema_of(RewriteRow)
COVERAGE = schema_of(CoverageRow)
BEHAVIOUR = schema_of(BehaviourRow)
MUTANTS = schema_of(MutantRow)
EXAMPLES = schema_of(ExampleRow)
PROOFS = schema_of(ProofRow)
TASKS = schema_of(TaskRow)
SAMPLES = schema_of(SampleRow)
DROPPED = schema_of(DroppedRow)


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
