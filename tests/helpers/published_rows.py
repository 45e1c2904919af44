"""Rows in the forms that the published pipelines document: their field names, our own code and prompts.

    rows = published("phase2", 200)
    rows[3].row        # what stands in the file
    rows[3].side       # train or val
    rows[3].reasons    # the filters that leave it out, by the keys of the section `filters`

What a filter must answer is known from how a row is made, not from a look at its text.
"""

from __future__ import annotations

from dataclasses import dataclass

FIXED = "Write a Rust code snippet. Output only the code."  # phase 1 has one prompt for all
WORDS = ["queue", "ledger", "matrix", "parser", "cursor", "buffer", "planet", "ticket", "sensor", "branch"]
KINDS = ["u8", "i64", "String", "Vec<u32>", "f64", "usize", "char"]
PHASE2 = ["code_generation", "transformations", "error_fixing", "explanations"]
LINE = "    // A further line of the same function, so that files differ in length.\n"


@dataclass(frozen=True)
class Published:
    row: dict
    side: str
    reasons: frozenset[str] = frozenset()


def code(n: int) -> tuple[str, frozenset[str]]:
    """The code of row `n`, one of eight kinds, and the filters that do not let it through."""
    word, kind = f"{WORDS[n % 10]}_{n}", KINDS[n % 7]
    pad = LINE * (n % 5)
    documented = f"/// Gives the {WORDS[n % 10]} number {n}, as it was read last.\n"
    plain = f"pub fn {word}(given: {kind}) -> Option<{kind}> {{\n{pad}    Some(given)\n}}\n"
    private = f"fn {word}(given: {kind}) -> {kind} {{\n{pad}    given\n}}\n"
    test = f"#[test]\nfn {word}_holds() {{\n{pad}    assert_eq!({n}, {n});\n}}\n"
    bench = f"#[bench]\nfn {word}_speed(b: &mut Bencher) {{\n{pad}    b.iter(|| {n});\n}}\n"
    poor = f'fn {word}(given: {kind}) {{\n{pad}    // TODO: number {n}\n    println!("{{given}}");\n}}\n'
    kinds = [
        (documented + plain, ()),
        (plain, ("prefer_documented",)),
        (documented + private, ("prefer_idiomatic",)),
        (private, ("prefer_documented", "prefer_idiomatic")),
        (documented + plain + test, ("exclude_tests",)),
        (bench, ("exclude_benches", "prefer_documented", "prefer_idiomatic")),
        (documented + poor, ("prefer_idiomatic",)),
        (
            documented
            + f"#[derive(Debug, Clone)]\npub struct {word.title()} {{\n    pub given: {kind},\n}}\n",
            (),
        ),
    ]
    text, reasons = kinds[n % 8]
    return text, frozenset(reasons)


def file_of(n: int) -> tuple[str, frozenset[str]]:
    """A path of a source file, and the filters that leave it out by its folder."""
    folder, reason = [("src", None), ("src/inner", None), ("examples", "exclude_examples"), ("src", None)][
        n % 4
    ]
    return f"{folder}/{WORDS[n % 10]}.rs", frozenset([reason] if reason else [])


def readme(n: int) -> Published:
    """Prompt and answer alone, as the pipeline's own page shows them."""
    text, reasons = code(n)
    return Published(
        dict(prompt=f"Write a Rust program that keeps a {WORDS[n % 10]} ({n})", gen=text), "train", reasons
    )


def phase1(n: int) -> Published:
    """Modules of a library below one fixed prompt."""
    first, reasons = code(n)
    second, more = code(n + 8 * 25)  # of the same kind
    text = f"use std::fmt;\n\n{first}\n{second}"
    return Published(
        dict(prompt=FIXED, gen=text, split="val" if n % 10 == 9 else "train"), side(n), reasons | more
    )


def phase2(n: int) -> Published:
    """Instructions of four kinds with their crate and file."""
    text, reasons = code(n)
    file, by_folder = file_of(n)
    row = dict(
        prompt=f"Write Rust code for the {WORDS[n % 10]} number {n}, which takes a `{KINDS[n % 7]}`.",
        gen=text,
        split=side(n),
        _source_crate=f"crate-{n % 23}",
        _source_file=file,
        _task_type=PHASE2[n % 4],
        _source="phase2",
    )
    return Published(row, side(n), reasons | by_folder)


def finetuner(n: int) -> Published:
    """The trainer's own decision record: a signature, its body, and the split with an underscore."""
    text, reasons = code(8 * n + n % 2)  # documented and plain functions only
    head, _, body = text.partition("{\n")
    row = dict(prompt=f"{head}{{", gen=body, _source="synthetic", _split=side(n), _task_type="completion")
    return Published(row, side(n), reasons)


def shard(n: int) -> Published:
    """A shard of instructions made elsewhere, to be added to a dataset."""
    text, reasons = code(n)
    row = dict(
        prompt=f"You are given a {WORDS[n % 10]}. Return number {n} of it.",
        gen=text,
        _task_type=PHASE2[n % 2],
        _source="experimental_shard",
    )
    return Published(row, "train", reasons)


FORMS = {"readme": readme, "phase1": phase1, "phase2": phase2, "finetuner": finetuner, "shard": shard}


def side(n: int) -> str:
    return "val" if n % 10 == 9 else "train"


def published(form: str, count: int) -> list[Published]:
    return [FORMS[form](n) for n in range(count)]
