"""Sections of the tasks: how functions become samples, and the share of each kind."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from ferrule.workflow.configuration.base import (
    Day,
    Distinct,
    Kind,
    Positive,
    PositiveNumber,
    Section,
    Share,
    SomeDistinct,
    TaskKind,
    Whole,
    section,
)

SEED = "a different seed makes different choices"


class Blocks(Section):
    impls: Share = Field(
        0.5, description="share of the suitable impl blocks of a crate that are asked for as wholes"
    )
    modules: Share = Field(
        0.5, description="the same of its small modules: inline ones, and files without their tests"
    )
    max_lines: Positive = Field(160, description="longest block, without doc comments")


class Tasks(Section):
    seed: Whole = Field(0, description=SEED)
    kinds: SomeDistinct[Kind] = Field(
        ["code_generation", "transformations", "error_fixing", "explanations"],
        description="the tasks to make; also fill_in_middle, modules",
    )
    max_context_chars: Whole = Field(5000, description="how much of the surrounding code a prompt may show")
    min_doc_chars: Positive = Field(40, description="shortest doc comment that can be a prompt or an answer")
    min_code_chars: Whole = Field(
        30, description="shortest function body that is worth a prompt, without whitespace"
    )
    blocks: Blocks = section(
        Blocks,
        "code_generation and explanations of whole impl blocks and small modules; 0 and 0: functions only",
    )


class Executable(Section):
    seed: Whole = Field(0, description=SEED)
    kinds: SomeDistinct[TaskKind] = Field(
        ["docs", "tests", "compile_error", "behaviour", "completion", "rewrite"],
        description="the prompts: documentation, tests, a compile error, a failing test, a beginning, worse code",
    )
    functions: Positive | None = Field(
        None,
        description="functions of one crate that are proved, which a hash chooses; null: all that its tests cover",
    )
    per_function: Positive = Field(
        2,
        description="tasks of one function and kind where its tests are strong, for compile errors, failing tests, worse code",
    )
    heldout: Share = Field(0.3, description="share of the tasks that are held out, in whole repositories")
    published_after: Day | None = Field(
        None,
        description="a day: crates whose version was published after it are held out, as `fresh`, and no others",
    )
    unsafe: bool = Field(
        False,
        description="functions with unsafe code in benchmarks and rewards as well; they can read the whole process",
    )


class ErrorFixing(Section):
    seed: Whole = Field(0, description=SEED)
    method: Literal["real", "simulate", "both"] = Field(
        "both",
        description=(
            "real: the compiler is asked; simulate: it is not, diagnostics are predicted;\n"
            "both: simulate what the compiler had no time for"
        ),
    )
    functions: Positive | None = Field(
        60, description="functions of one crate that are broken, which a hash chooses; null: all"
    )
    per_function: Positive = Field(2, description="mutations of one function's body")
    rounds: Whole = Field(
        2, description="checks of a crate for mutations of signatures, of paths, and of the syntax"
    )
    wall_seconds: PositiveNumber = Field(
        120, description="after this time no further round of mutations starts for a crate"
    )


class Transformations(Section):
    seed: Whole = Field(0, description=SEED)
    per_rewrite: Positive = Field(20, description="functions of one crate to which one rewrite is applied")
    cosmetic: bool = Field(
        False,
        description="rewrites that teach nothing as well, such as a final semicolon (resources/cosmetic.tsv)",
    )


class Behaviour(Section):
    run: bool = Field(True, description="false: no test is built or run, and no row is `tested`")
    wall_seconds: PositiveNumber = Field(
        600, description="a crate whose tests take longer in all, with their build, has no such verdict"
    )
    run_seconds: PositiveNumber = Field(5, description="processor time limit of one run of its tests")
    cpu_seconds: PositiveNumber = Field(
        30,
        description="processor time of all runs of its tests: the most expensive tests are set aside until the rest fits",
    )
    wait_seconds: PositiveNumber = Field(
        30, description="how long all runs of its tests may sleep: those that sleep longest are set aside"
    )
    tests_per_function: Positive = Field(
        12,
        description="tests that a removed function is tried with: those that reach the fewest functions; also the most"
        " that a row names",
    )
    mutants: Whole = Field(
        12, description="wrong forms of a covered function that its tests are tried with; 0 for none"
    )
    mutant_seconds: PositiveNumber = Field(
        0.1,
        description="seconds of a function's tests, computing or asleep, above which no wrong forms of it are tried",
    )
    mutants_per_crate: Whole = Field(
        400, description="wrong forms tried in one crate: functions with the most tests come first"
    )
    examples: bool = Field(True, description="run the examples of the documentation, for tasks made of them")
    project_tools: Distinct[str] = Field(
        ["version-sync", "trybuild", "compiletest_rs", "ui_test", "macrotest", "skeptic"],
        description="crates that check a project and not its functions: integration tests that use them are not built",
    )


class Mix(Section):
    may_lack_keys: ClassVar[bool] = True  # a task that is not there has no share

    code_generation: Share = Field(0.7, description="doc comment, signature and context give the function")
    transformations: Share = Field(
        0.15, description="the function written the long way gives the function as its author wrote it"
    )
    error_fixing: Share = Field(0.1, description="a broken form and rustc's diagnostic give the function")
    explanations: Share = Field(0.05, description="the item gives its author's doc comment")
    fill_in_middle: Share = Field(
        0, description="prefix and suffix give the middle; add it to tasks.kinds as well"
    )
    modules: Share = Field(0, description="one fixed sentence gives a whole file (config/phase1.yaml)")
    questions: Share = Field(
        0,
        description="a question with the code gives a model's answer; needs a source of kind qa (docs/qa.md)",
    )
