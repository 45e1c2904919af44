"""The vocabulary: every status, and every reason for which something is left out, with its meaning.

    Drop(MakeReason.HIDDEN)          a member is the text that files have, here `hidden`
    MakeReason.HIDDEN.meaning        one line of Markdown
    check("make", "hidden")          raises ValueError for a reason that the stage cannot give

Each class is a table of docs/reasons.md. scripts/utilities/write_reasons.py writes the tables after a change here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum


class Reason(StrEnum):
    """A word for machines, and its meaning in one line of Markdown."""

    meaning: str

    def __new__(cls, word: str, meaning: str) -> Reason:
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


class Status(Reason):
    """`status` of crate.json, judge.json and of every tool's answer; the outcome of a command in the sandbox."""

    OK = "ok", "it was done"
    FAILED = (
        "failed",
        "it was tried and failed on this crate: it does not build, is broken, or exceeded a limit on processes, file"
        " size or disk",
    )
    REFUSED = "refused", "`crate.json` only: the licence is not allowed, nothing was unpacked"
    TIMEOUT = "timeout", "over the limit on wall time or CPU time"
    MEMORY = "memory", "over the limit on memory, or the machine had none left"
    OUTPUT = "output", "it printed more than the limit"
    UNAVAILABLE = "unavailable", "the tool, its data or its network was missing; never counts as a pass"
    NOT_ASKED = "not_asked", "it was not tried: a gate had refused the crate already, `reason` says which"


class GateAnswer(Reason):
    """`answer` of a gate in verdict.json."""

    PASS = "pass", "the value meets the threshold"
    FAIL = "fail", "it does not, or the tool failed on the crate"
    OFF = "off", "no threshold is set"
    UNAVAILABLE = (
        "unavailable",
        "nothing could be measured; counts as failed unless `gates.on_unavailable` is `ignore`",
    )
    NOT_ASKED = "not_asked", "a gate that needs no compiler had refused the crate already"


class FileReason(Reason):
    """`reason` in files.parquet."""

    TEST_TARGET = "test_target", "a test of the manifest, or below `tests/`"
    BENCH_TARGET = "bench_target", "a bench of the manifest, or below `benches/`"
    EXAMPLE_TARGET = "example_target", "an example of the manifest, or below `examples/`"
    BUILD_SCRIPT = "build_script", "the package's build script"
    TEST_MODULE = "test_module", "reached only through `#[cfg(test)] mod x;`"
    NOT_IN_A_TARGET = "not_in_a_target", "no target reaches it and it is not beside one"
    FILE_TOO_BIG = "file_too_big", "over `files.max_bytes`"
    EMPTY = "empty", "whitespace only"
    NOT_UTF8 = "not_utf8", "not UTF-8 text"
    LINE_TOO_LONG = "line_too_long", "a line over `files.max_line`"
    LINES_TOO_LONG = "lines_too_long", "on average over `files.max_average_line`"
    NOT_ALPHABETIC = "not_alphabetic", "a smaller share of letters and whitespace than `files.min_alphabetic`"
    GENERATED = "generated", "says in its first 2,000 bytes that it was generated"


class ChunkReason(Reason):
    """`reason` in chunks.parquet."""

    TEST_CODE = "test_code", "a test or bench function, or under `#[cfg(test)]`"
    PARSE_ERROR = "parse_error", "its syntax tree has an error"
    TOO_MANY_LINES = "too_many_lines", "over `chunks.max_lines`"
    TOO_MANY_CHARS = "too_many_chars", "over `chunks.max_chars`"
    NESTED = "nested", "inside another function's body"
    GENERATED = "generated", "under `automatically_derived`"


class JudgeReason(Reason):
    """Why the compiler has no verdict on a function, or blames other code for an error."""

    NOT_LIVE = "not_live", "the compiler does not read its body in this configuration"
    CRATE_DOES_NOT_COMPILE = (
        "crate_does_not_compile",
        "the unchanged crate has no verdict: not fetched, does not compile, or over a limit (`judge.json` says which)",
    )
    ERROR_ELSEWHERE = (
        "error_elsewhere",
        "a replacement causes errors that point at other code (`rewrite` uses it)",
    )
    NOT_ASKED = "not_asked", "a gate that needs no compiler had refused the crate, which was not compiled"


class MutateReason(Reason):
    """Why a mutation gives no row of error_fixing."""

    NO_ERROR = (
        "no_error",
        "the compiler reported no error in it, in two rounds where a second one was possible: it compiles, or another"
        " fault hid the error",
    )
    ERROR_ELSEWHERE = "error_elsewhere", "it causes an error in another function"
    ROUND_LIMIT = (
        "round_limit",
        "the rounds of its kind (`error_fixing.rounds`) were used up, too few were left for a round, or too many"
        " functions mention the one whose signature it changes",
    )
    TIME_LIMIT = (
        "time_limit",
        "`error_fixing.wall_seconds` were used up, and with the method `simulate` or `both` it has no prediction",
    )
    COMPILER_CRASH = (
        "compiler_crash",
        "the compiler crashed on it, or was stopped by a limit on processes or files",
    )
    COMPILER_TIMEOUT = "compiler_timeout", "the compiler exceeded the time limit"
    COMPILER_MEMORY = "compiler_memory", "the compiler ran out of memory"
    COMPILER_OUTPUT = "compiler_output", "the compiler printed more than the limit"


class RewriteReason(Reason):
    """Why a rewritten form gives no row of transformations."""

    NOT_FORMATTED = (
        "not_formatted",
        "rustfmt would change the original item, or cannot format the rewritten form",
    )
    SAME_TEXT = "same_text", "once formatted, the form equals the original"
    DOES_NOT_COMPILE = "does_not_compile", "the compiler rejects it"
    ERROR_ELSEWHERE = "error_elsewhere", "it causes errors in other code: the functions that call it"
    ALL_PLACES_COMPILE = (
        "all_places_compile",
        "a form that changes one place; the form that changes all of them is used",
    )
    LINT_STAYS = (
        "lint_stays",
        "with clippy's suggestion applied, the lint is still reported there, or another one is",
    )


class MakeReason(Reason):
    """Why an item gives no row of a task."""

    tasks: str

    def __new__(cls, word: str, tasks: str, meaning: str) -> MakeReason:
        member = str.__new__(cls, word)
        member._value_ = word
        member.tasks, member.meaning = tasks, meaning
        return member

    HIDDEN = "hidden", "all", "`#[doc(hidden)]`"
    DEPRECATED = "deprecated", "all", "`#[deprecated]`"
    PLACEHOLDER = "placeholder", "all", "contains `todo!()` or `unimplemented!()`"
    UNFINISHED = "unfinished", "all but modules", "a comment says TODO, FIXME, XXX or HACK"
    LOOSE_COMMENT = (
        "loose_comment",
        "all but modules",
        "a comment is code that somebody took out, or refers to a numbered point elsewhere",
    )
    UNEXPLAINED_UNSAFE = (
        "unexplained_unsafe",
        "all but modules",
        "a safe function with an unsafe block, and no comment that says why it is sound",
    )
    DUMMY = (
        "dummy",
        "all but modules",
        "only stands in for a function: it panics at once, or its name says so",
    )
    PROMPT_TOO_LONG = "prompt_too_long", "all", "the prompt is over 8,000 characters or 200 lines"
    GEN_TOO_LONG = "gen_too_long", "all", "the answer is over 8,000 characters or 200 lines"
    UNDOCUMENTED = "undocumented", "code_generation, explanations", "no doc comment"
    DOCUMENTATION_TOO_SHORT = (
        "documentation_too_short",
        "code_generation, explanations",
        "too little of it is left without code blocks, headings and links",
    )
    DOCUMENTATION_REFERS_ELSEWHERE = (
        "documentation_refers_elsewhere",
        "code_generation, explanations",
        'begins with "see", "same as", "like" ... and is short',
    )
    WEAK_EXPLANATION = (
        "weak_explanation",
        "explanations",
        "under two sentences, leans on a text elsewhere, or states what the code does not show; `detail` says which",
    )
    DOCUMENTATION_UNFINISHED = "documentation_unfinished", "explanations", "does not end like a sentence"
    TRIVIAL_BODY = (
        "trivial_body",
        "code_generation",
        "the body without whitespace is shorter than `tasks.min_code_chars`; of a block, its bodies are less than 20 %"
        " of its code",
    )
    IN_A_BLOCK = (
        "in_a_block",
        "code_generation, fill_in_middle",
        "the function stands in an impl block or module that has a row of code_generation",
    )
    BLOCK_TOO_LONG = (
        "block_too_long",
        "blocks",
        "an impl block or module longer than `tasks.blocks.max_lines`, without doc comments",
    )
    MOSTLY_ONE_FUNCTION = (
        "mostly_one_function",
        "blocks",
        "an impl block or module with one function, or one that is over 65 % of its code",
    )
    CUT_DOES_NOT_CHECK = (
        "cut_does_not_check",
        "blocks",
        "the crate does not check without the bodies of the block: it returns `impl Trait`, or a constant calls it",
    )
    NEEDS_UNSEEN_ITEM = (
        "needs_unseen_item",
        "code_generation, fill_in_middle",
        "uses a type, field, method or macro that the context could not show; `detail` names it",
    )
    CONTEXT_TOO_LONG = (
        "context_too_long",
        "code_generation, fill_in_middle",
        "the context is over `tasks.max_context_chars`",
    )
    SERVES_CODE_GENERATION = "serves_code_generation", "fill_in_middle", "it has a row of code_generation"
    NO_HOLE = "no_hole", "fill_in_middle", "no part of it has the right size"
    BEHAVIOUR_DIFFERS = (
        "behaviour_differs",
        "transformations",
        "a test that covers the function fails with the rewritten form",
    )
    NO_REWRITE = "no_rewrite", "transformations", "no rewrite applies, or none gave a form that can be used"
    PARSE_ERROR = "parse_error", "modules, blocks", "the file's syntax tree has an error"
    HOLDS_TESTS = "holds_tests", "modules, blocks", "it has test code elsewhere than at its end"
    NO_FUNCTION = "no_function", "modules, blocks", "it has no function with a body"
    PARTLY_LIVE = (
        "partly_live",
        "modules, blocks",
        "the compiler does not read all of its functions in this configuration",
    )
    UNGUESSABLE = (
        "unguessable",
        "code_generation, error_fixing",
        "the answer needs more than the prompt shows: names, numbers or characters that it does not have, or many tokens",
    )
    NO_TESTS = (
        "no_tests",
        "tasks from tests",
        "no test of the crate covers it, or too few wrong forms of it were tried",
    )
    NO_EXAMPLE = (
        "no_example",
        "code_generation",
        "its documentation has no example that compiles, runs, names it and asserts something",
    )
    WEAK_TESTS = (
        "weak_tests",
        "tasks from tests",
        "its tests let more than half of its wrong forms pass: they do not say what it does",
    )
    TESTS_NOT_SHOWN = (
        "tests_not_shown",
        "tasks from tests",
        "its tests cannot be shown: made by a macro, long, or in need of files or helpers elsewhere",
    )
    TESTS_TOO_LONG = "tests_too_long", "tasks from tests", "no few short tests say enough about it"
    NO_KILLED_MUTANT = (
        "no_killed_mutant",
        "error_fixing",
        "no wrong form of it made a test fail with words that are the same in every run",
    )
    TOO_LONG_TO_FOLLOW = "too_long_to_follow", "explanations", "over 30 lines: nobody follows it by hand"
    NO_ASSERTED_VALUE = (
        "no_asserted_value",
        "explanations",
        "no test compares a call of it, with literals alone, with a literal",
    )
    NO_BROKEN_FORM = (
        "no_broken_form",
        "error_fixing",
        "no mutation of it gave an error that a row can use",
    )


class Gate(Reason):
    """The gates of docs/analysis.md by name, and `listed_twice`."""

    FETCHED = "fetched", "the crate could not be fetched"
    COMPILES = "compiles", "the unchanged crate does not compile, or the check could not be made"
    LICENSE = (
        "license",
        "the allow-list does not cover its licence; also that of a crate refused before unpacking",
    )
    LICENSE_CONFLICT = "license_conflict", "a licence file contradicts the manifest"
    EDITION = "edition", "older than `gates.min_edition`"
    DOCUMENTATION = (
        "documentation",
        "a smaller share of documented public items than `gates.min_documented`",
    )
    CLIPPY_BAD_CODE = (
        "clippy_bad_code",
        "more warnings of the category bad code than `gates.max_bad_code_warnings`",
    )
    CLIPPY_TOTAL = "clippy_total", "more warnings than `gates.max_clippy_warnings`"
    UNSAFE = "unsafe", "more unsafe items of its own than `gates.max_unsafe_items`"
    GEIGER = "geiger", "more unsafe items than `gates.max_geiger_unsafe`"
    OUTDATED = "outdated", "a larger share of outdated dependencies than `gates.max_outdated_ratio`"
    DENY = "deny", "a finding above `gates.max_deny_severity`"
    PLATFORM = "platform", "a smaller share of live functions than `gates.min_live`"
    LISTED_TWICE = "listed_twice", "the list has the same version under another spec"


class SourceReason(Reason):
    """Why a row or file of another source could not be used."""

    NO_SUCH_FILE = "no_such_file", "nothing exists under that path or pattern"
    UNKNOWN_FORMAT = "unknown_format", "neither Parquet nor JSONL by its name, and `format` is not set"
    UNREADABLE_FILE = "unreadable_file", "not in the format that its name says, or cut off"
    MISSING_COLUMN = "missing_column", "a Parquet file without a column that is needed"
    MISSING_FIELD = "missing_field", "a row without a value that is needed"
    BROKEN_LINE = "broken_line", "a line that is not a JSON object"
    OTHER_ENCODING = "other_encoding", "not UTF-8"
    WRONG_TYPE = "wrong_type", "a value of another type, such as a number instead of a text"
    EMPTY_TEXT = "empty_text", "a prompt or an answer of whitespace only"
    UNKNOWN_VERDICT = "unknown_verdict", "a verdict that the dataset does not have"
    UNKNOWN_SPLIT = "unknown_split", "a split other than train and val, or `split` and `_split` that disagree"
    HUB_UNAVAILABLE = (
        "hub_unavailable",
        "`datasets` is not installed, or the hub or the dataset cannot be reached",
    )
    NOT_RUST = "not_rust", "the file's name does not end in .rs"
    NOT_CHUNKED = "not_chunked", "a step failed on it; `detail` has the error"
    LICENSE = "license", "the allow-list does not cover its licence, or it names none"
    FOLLOW_UP = "follow_up", "a later turn of a conversation: a row has one prompt"
    LOW_QUALITY = "low_quality", "its quality is under `min_quality` of the source"


class MergeReason(Reason):
    """Why a source's row is not merged."""

    VERDICT_NOT_ALLOWED = "verdict_not_allowed", "its verdict is not among `dataset.verdicts`"
    OVER_WEIGHT = "over_weight", "its source has as many rows as its weight allows"


class DuplicateReason(Reason):
    """What a row has in common with the row that stays."""

    SAME_CODE = "same_code", "another item has the same code"
    SAME_DOCS = "same_docs", "another explanation has the same answer"
    SAME_PROMPT = "same_prompt", "another row has the same prompt"
    SAME_ID = "same_id", "it is the same row"


class NearDuplicateReason(Reason):
    """How the item is a copy of the one that stays."""

    NEAR_COPY = "near_copy", "nearly all its code is another item's"
    RENAMED_COPY = "renamed_copy", "the same once names are taken out"


class ContaminationReason(Reason):
    """Why a row must not be in the training data."""

    BENCHMARK = "benchmark", "contains a part of a benchmark's problem"


class ScrubReason(Reason):
    """What a row must not contain."""

    OPTED_OUT = "opted_out", "the crate, its repository or one of its authors is on the list `scrub.opt_out`"
    SECRET = "secret", "a text of the row contains a key, a token or a password"
    PERSONAL_DATA = (
        "personal_data",
        "a text of the row contains an e-mail or public IP address, a telephone number or a home folder",
    )


class MixReason(Reason):
    """Why the mix has no room for a row."""

    OVER_QUOTA = "over_quota", "its kind has its share already"
    NOT_IN_MIX = "not_in_mix", "its kind has no share"
    CRATE_SHARE = "crate_share", "its crate has as many rows as `choice.crate_share` allows"
    SAME_ANSWER = "same_answer", "`choice.same_answer` rows have the same answer"
    RENAMED_TWIN = "renamed_twin", "`choice.twins` rows have an answer that differs in names only"
    SIBLING = "sibling", "a row of its crate and kind has nearly the same answer (`choice.siblings`)"
    ONE_LINE = "one_line", "`choice.one_line` of its kind's rows have a body of one line"
    PRINTS_FIX = "prints_fix", "`choice.prints_fix` of its kind's rows have the answer in rustc's help"


class AnswerStatus(Reason):
    """The statuses of a model's answer. Only `infrastructure` says nothing about the answer."""

    PASSED = "passed", "every expected test ran and passed"
    FAILED = "failed", "a test failed, or the program ended with an exit code before its tests had"
    COMPILE_ERROR = "compile_error", "it does not compile with the problem's tests"
    TIMEOUT = (
        "timeout",
        "over the limit of CPU time, idle or over the wall time, in the compiler or in the tests",
    )
    MEMORY = "memory", "over the limit of memory, in the compiler or in the tests"
    OUTPUT = "output", "printed or wrote more than the limit"
    SIGNAL = (
        "signal",
        "the program was ended by a signal: abort, overflow of the stack, segmentation fault",
    )
    TAMPERING = (
        "tampering",
        "it manipulates the measurement, or reported tests as passed that did not pass",
    )
    POLICY = "policy", "what the policy forbids is in it (only in the view with the policy on)"
    NO_ANSWER = "no_answer", "nothing that could be compiled was found in what the model gave"
    INFRASTRUCTURE = (
        "infrastructure",
        "the machine failed: no statement about the answer, to be run again",
    )


class NoAnswer(Reason):
    """Why an answer has nothing to compile."""

    EMPTY = "empty", "nothing but whitespace"
    TOO_LONG = "too_long", "over `evaluate.max_answer_kb`"
    BAD_TEXT = (
        "bad_text",
        "it contains a NUL character or half of a surrogate pair, or was not valid Unicode",
    )
    ONLY_THOUGHTS = "only_thoughts", "the thoughts before the answer never end"
    NO_CODE = "no_code", "prose or comments only"
    NO_ENTRY = "no_entry", "code, but neither the entry item nor anything that could be inside it"
    SIGNATURE_ONLY = "signature_only", "the entry item is declared and has no body"


class PrefilterReason(Reason):
    """Why the published guide would have left an answer out."""

    TOO_SHORT = "too_short", "under 20 characters"
    MOSTLY_COMMENTS = "mostly_comments", "under 3 lines with code on them"
    NO_MAIN = "no_main", "no `fn main` where a program was asked for"
    INCOMPLETE = "incomplete", "its last token is one of `{`, `(`, `[`, `::`, `->`, `=>`, `,`"
    INCOMPLETE_STRING = "incomplete_string", "a string that never ends"
    INCOMPLETE_CHAR = "incomplete_char", "a quote that begins neither a character nor a lifetime"
    INCOMPLETE_MACRO = "incomplete_macro", "a macro's bracket that is never closed"


class WeakSpot(Reason):
    """Why a problem says less about a model than it should, in the order in which the exam names them."""

    UNUSABLE = "unusable", "it cannot be judged, whatever the answer"
    NO_REFERENCE = "no_reference", "the benchmark has no reference"
    REFERENCE_FAILS = "reference_fails", "its reference does not pass"
    UNSTEADY = (
        "unsteady",
        "its reference passes or not, depending on the order of tests or of hash maps",
    )
    TODO_PASSES = "todo_passes", "a body `todo!()` passes"
    DEFAULT_PASSES = "default_passes", "a body `Default::default()` passes"
    FEW_MUTANTS = "few_mutants", "fewer than 3 mutants of its reference compile"
    SURVIVORS = "survivors", "its tests let more than 5% of the mutants pass"
    UNKNOWN = "unknown", "the machine failed while it was examined: run the exam again"
    RANDOMNESS = "randomness", "it uses random numbers"
    CLOCK = "clock", "it looks at the time or sleeps"
    NETWORK = "network", "it opens connections"
    FILES = "files", "it reads files, the environment or starts programs"
    NO_ASSERTION = "no_assertion", "a test of it asserts nothing"


class RepositoryReason(Reason):
    """`reason` of a repository in snapshot.json: why nothing is taken from it."""

    GONE = "gone", "there is no such repository, or git's credentials do not open it"
    MOVED = "moved", "the address leads to another one, which `detail` has"
    UNKNOWN_REF = "unknown_ref", "it has no such branch, tag or commit"
    EMPTY = "empty", "it has no commit"
    POINTS_ELSEWHERE = (
        "points_elsewhere",
        "a folder whose objects are in another place: a `.git` file, a link, borrowed objects",
    )
    OTHER_OWNER = "other_owner", "a folder of another user, which git does not read (`safe.directory`)"
    BROKEN = "broken", "git cannot read it"
    DISK_FULL = "disk_full", "the disk was full while it was fetched"
    LICENSE = "license", "the allow-list does not cover its licence, or it names none"


class RepositoryFileReason(Reason):
    """`reason` of a repository's file in files.parquet."""

    SYMLINK = "symlink", "a symbolic link; links are not followed"
    SUBMODULE = "submodule", "another repository; list it by itself"
    UNUSABLE_NAME = "unusable_name", "a name that is not UTF-8, has control characters or is over 1,024 bytes"
    EXCLUDED = "excluded", "its name ends with an entry of `qa.files.excluded`"
    VENDORED = "vendored", "in a folder of `qa.files.vendored`"
    FILE_TOO_BIG = "file_too_big", "over `qa.files.max_bytes`"
    EMPTY = "empty", "whitespace only"
    BINARY = "binary", "it has a NUL character"
    NOT_UTF8 = "not_utf8", "not UTF-8 text"
    LINE_TOO_LONG = "line_too_long", "a line over `qa.files.max_line`"
    GENERATED = "generated", "a lock file or bundle by its name, or it says that it was generated"
    LICENCE_TEXT = "licence_text", "the text of a licence"
    LFS_POINTER = "lfs_pointer", "its content is in Git LFS, which is not fetched"
    SAME_CONTENT = "same_content", "another file of the repository has the same bytes"
    LICENSE = "license", "the licence of the repository is not allowed"


class QuestionReason(Reason):
    """Why a question has no answer in the database."""

    REFUSED = "refused", "the server refused the request; `detail` has its words"
    PROMPT_TOO_LONG = "prompt_too_long", "the prompt does not fit into the context of the model"
    NO_ANSWER = "no_answer", "every try failed: errors of the server, or no answer in time"
    NOT_ASKED = "not_asked", "the run ended before it was asked: run again"
    EMPTY_ANSWER = "empty_answer", "whitespace only"
    CUT_OFF = "cut_off", "the answer reached `qa.max_tokens`"
    NOT_JSON = "not_json", "a JSON object was asked for, and there is none in the answer"
    WRONG_SHAPE = "wrong_shape", "JSON with other keys or types than `question` and `answer`"
    TOO_LONG = "too_long", "a question over 2,000 characters, or an answer over 20,000"
    CONTROL_TOKENS = "control_tokens", "it contains tokens of a chat template, which would end the turn"
    BAD_TEXT = "bad_text", "it contains a NUL character or half of a surrogate pair"
    REFUSAL = "refusal", "the model says that it will not or cannot answer"
    ONLY_THOUGHTS = "only_thoughts", "the thoughts before the answer never end"


# The reasons that rows of the table of dropped rows can have, by stage.
STAGES: dict[str, tuple[type[Reason], ...]] = {
    "chunk": (ChunkReason,),
    "judge": (JudgeReason,),
    "mutate": (MutateReason,),
    "rewrite": (RewriteReason,),
    "make": (MakeReason,),
    "gate": (Gate,),
    "source": (SourceReason, FileReason),
    "merge": (MergeReason,),
    "deduplicate": (DuplicateReason,),
    "near_duplicates": (NearDuplicateReason,),
    "decontaminate": (ContaminationReason,),
    "scrub": (ScrubReason,),
    "mix": (MixReason,),
}
KNOWN = frozenset(
    (stage, str(word)) for stage, tables in STAGES.items() for table in tables for word in table
)


def check(stage: str, reason: str) -> None:
    """Raise ValueError if rows that `stage` drops cannot have this reason."""
    if (stage, reason) not in KNOWN:
        where = " or ".join(table.__name__ for table in STAGES.get(stage, ())) or "STAGES"
        raise ValueError(
            f"stage {stage!r} has no reason {str(reason)!r}; add it to {where} in scripts/ferrule/core/reasons.py"
        )


def check_rows(stages: Iterable[str], reasons: Iterable[str]) -> None:
    """`check` for the columns of a table."""
    for stage, reason in _distinct(zip(stages, reasons, strict=True)):
        check(stage, reason)


def _distinct(pairs: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pairs))
