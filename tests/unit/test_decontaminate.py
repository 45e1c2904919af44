import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dataset_samples import run, sample, stage, write_pool
from planted import copy, renamed
from steps import config

from curation import decontaminate
from ferrule.core.files import read_json, read_rows, write_jsonl
from ferrule.core.schemas import DROPPED, SAMPLES
from ferrule.dataset.contamination import telling

HEAD = "use std::collections::{BTreeMap, HashMap, HashSet};\nuse std::fmt::Write as _;\nuse std::iter::FromIterator;\n\n"
# Name, documentation, signature, body, what the tests compare.
TASKS = [
    (
        "shift_every_letter",
        "Moves each letter of the text by so many places in the alphabet, and wraps around at its end.",
        "(text: &str, places: u8) -> String",
        "    // only lower case letters move\n    text.chars()\n        .map(|c| match c {\n            'a'..='z' => ((c as u8 - b'a' + places) % 26 + b'a') as char,\n            other => other,\n        })\n        .collect()\n",
        '("abc", 2), "cde".to_string()',
    ),
    (
        "largest_gap_between_neighbours",
        "Sorts the numbers and gives the largest difference of two that then stand side by side.",
        "(numbers: &mut Vec<i64>) -> i64",
        "    numbers.sort_unstable();\n    let mut largest = 0;\n    for pair in numbers.windows(2) {\n        let gap = pair[1] - pair[0];\n        if gap > largest {\n            largest = gap;\n        }\n    }\n    largest\n",
        "(&mut vec![3, 9, 4]), 5",
    ),
    (
        "balanced",
        "Tells whether each bracket that is opened in the line is closed by one of its own kind later.",
        "(line: &str) -> bool",
        "    let mut open = Vec::new();\n    for c in line.chars() {\n        match c {\n            '(' => open.push(')'),\n            '[' => open.push(']'),\n            /* what closes must be what was opened last */\n            ')' | ']' if open.pop() != Some(c) => return false,\n            _ => {}\n        }\n    }\n    open.is_empty()\n",
        '("([)]"), false',
    ),
    (
        "rows_that_sum_to",
        "From a table of numbers takes the indices of all rows whose cells together make the given total.",
        "(table: &[Vec<u32>], total: u32) -> Vec<usize>",
        "    let mut found = Vec::with_capacity(table.len());\n    for (index, row) in table.iter().enumerate() {\n        let sum: u32 = row.iter().sum();\n        // keep the place, not the row\n        if sum == total {\n            found.push(index);\n        }\n    }\n    found\n",
        "(&[vec![1, 2], vec![4]], 4), vec![1]",
    ),
    (
        "most_common_word_length",
        "Counts how often words of each length occur and answers with the length that occurs most.",
        "(text: &str) -> Option<usize>",
        "    let mut counts: BTreeMap<usize, u32> = BTreeMap::new();\n    for word in text.split(' ') {\n        *counts.entry(word.len()).or_default() += 1; // one more\n    }\n    counts.into_iter().max_by_key(|&(_, count)| count).map(|(length, _)| length)\n",
        '("a bb cc"), Some(2)',
    ),
    (
        "add",
        "Gives the sum of two numbers as a wider number, so that it can never overflow at all.",
        "(one: u32, other: u32) -> u64",
        "    u64::from(one) + u64::from(other)\n",
        "(2, 3), 5",
    ),
]


def signature(task):
    return f"fn {task[0]}{task[2]} {{\n"


def humaneval(task, number):
    prompt = f"{HEAD}/// {task[1]}\n{signature(task)}"
    test = f"#[cfg(test)]\nmod tests {{\n    #[allow(unused_imports)]\n    use super::*;\n    use std::io::Read;\n    use std::io::Write;\n\n    #[test]\n    fn test() {{\n        assert_eq!({task[0]}{task[4].replace('), ', '), ', 1)});\n    }}\n}}\n"
    return dict(
        task_id=f"Rust/{number}",
        prompt=prompt,
        canonical_solution=task[3] + "}\n",
        test=test,
        entry_point=task[0],
    )


def multipl_e(task, number):
    prompt = f"/// {task[1]}\n{signature(task)}"
    tests = f"}}\n\nfn main() {{\n    let candidate = {task[0]};\n    assert_eq!(candidate{task[4]});\n}}\n"
    return dict(
        name=f"Made_{number}_{task[0]}", language="rs", prompt=prompt, tests=tests, stop_tokens=["\n}"]
    )


def mbpp(task, number):
    code = f"{signature(task)}{task[3]}}}\n"
    return dict(text=task[1], code=code, task_id=number, test_list=[f"assert_eq!({task[0]}{task[4]})"])


def answer(task):
    return f"{signature(task)}{task[3]}}}"


def benchmark(tmp_path, style, name="made.jsonl"):
    path = tmp_path / name
    write_jsonl(path, [style(task, number) for number, task in enumerate(TASKS)])
    return path


def outcome(tmp_path, rows, path, **fields):
    """Id: detail of the match, for the rows that fell."""
    pool = write_pool(tmp_path / "pool.parquet", rows)
    listed = [dict(name="made", path=str(path), **({"fields": fields} if fields else {}))]
    benchmarks = config(decontaminate={"benchmarks": listed})
    counts = stage(decontaminate, tmp_path, pool, *benchmarks, "--report", tmp_path / "leaks.json")
    dropped = read_rows(tmp_path / "decontaminate.dropped.parquet", DROPPED)
    assert {(row["stage"], row["reason"]) for row in dropped} <= {("decontaminate", "benchmark")}
    kept = {row["_id"] for row in read_rows(tmp_path / "decontaminate.parquet", SAMPLES)}
    assert kept | {row["id"] for row in dropped} == {row["_id"] for row in rows}
    assert sum(counts["in"].values()) == len(rows)
    return {row["id"]: row["detail"] for row in dropped}


def clean_rows():
    """Rows that share names, words and turns with the problems, and are no leaks."""
    texts = [
        (
            "Moves each letter to the front.",
            "fn shift_every_letter(text: &mut Vec<char>) {\n    text.rotate_left(1);\n}",
        ),
        ("Adds.", "fn add(one: u32, other: u32) -> u32 {\n    one.wrapping_add(other)\n}"),
        (
            "Is it balanced?",
            "pub fn balanced(&self) -> bool {\n    self.left.depth() == self.right.depth()\n}",
        ),
        (
            "Sums.",
            "fn total(rows: &[Vec<u32>]) -> u32 {\n    let mut found = 0;\n    for (index, row) in rows.iter().enumerate() {\n        found += row[index];\n    }\n    found\n}",
        ),
        ("Heads.", HEAD + 'fn main() {\n    println!("{}", HashMap::<u8, u8>::new().len());\n}'),
    ]
    return [
        sample(id=f"clean{n}", prompt=prompt, gen=code, start=n) for n, (prompt, code) in enumerate(texts)
    ]


@pytest.mark.parametrize("kind", ["verbatim", "reformatted", "renamed", "bare"])
def test_every_leaked_solution_falls_and_nothing_else(tmp_path, kind):
    rows = [
        sample(id=f"leak{n}", prompt="Do what is wanted.", gen=copy(kind, answer(task)), start=n)
        for n, task in enumerate(TASKS)
    ]
    found = outcome(tmp_path, rows + clean_rows(), benchmark(tmp_path, humaneval))
    expected = {f"leak{n}": f"made:Rust/{n} solution" for n in range(len(TASKS))}
    assert found.keys() == expected.keys()
    assert all(found[id].startswith(detail) for id, detail in expected.items()), found


def test_all_names_renamed_is_found_where_the_solution_is_long(tmp_path):
    rows = [sample(id="leak", gen=renamed(answer(TASKS[2]), everything=True))]
    assert outcome(tmp_path, rows, benchmark(tmp_path, humaneval))["leak"].startswith(
        "made:Rust/2 solution 1.00 (nameless"
    )


def test_prompts_tests_and_code_in_the_prompt_are_found(tmp_path):
    first, second, third = TASKS[:3]
    tests = 'let candidate = balanced;\nassert_eq!(candidate("([)]"), false);'
    rows = [
        sample(id="prompt", prompt=f"Say it in Rust: {first[1].upper()}", gen="fn f() {}", start=1),
        sample(
            id="context",
            prompt=f'What\'s wrong with 5" of this?\n```rust\n{answer(second)}\n```\nSay it in 6".',
            gen="All.",
            start=2,
        ),
        sample(
            id="middle",
            prompt="Fill.",
            gen="let gap = pair[1] - pair[0];",
            prefix=answer(second).partition("let gap")[0],
            suffix=answer(second).partition("pair[0];")[2],
            start=3,
        ),
        sample(id="tests", prompt="Write tests.", gen="fn main() {\n" + tests + "\n}", start=4),
        sample(
            id="docs",
            prompt="Explain.",
            gen=f"It {third[1][0].lower()}{third[1][1:]}",
            task="explanations",
            start=5,
        ),
    ]
    found = outcome(tmp_path, rows + clean_rows(), benchmark(tmp_path, multipl_e))
    assert {id: detail.split(" (")[0].rsplit(" ", 1)[0] for id, detail in found.items()} == {
        "prompt": "made:Made_0_shift_every_letter prompt",
        "tests": "made:Made_2_balanced tests",
        "docs": "made:Made_2_balanced prompt",
    }
    found = outcome(tmp_path, rows + clean_rows(), benchmark(tmp_path, mbpp))
    assert {"prompt", "context", "middle", "docs"} == found.keys()
    assert found["middle"].startswith("made:1 solution")


def test_a_telling_name_lowers_the_share_and_decides_nothing_alone(tmp_path):
    half = "\n".join(TASKS[3][3].splitlines()[:2])
    rows = [
        sample(id="named", gen=f"fn rows_that_sum_to{TASKS[3][2]} {{\n{half}\n}}", start=1),
        sample(id="other", gen=f"fn rows_that_match{TASKS[3][2]} {{\n{half}\n}}", start=2),
    ]
    found = outcome(tmp_path, rows + clean_rows(), benchmark(tmp_path, humaneval))
    assert found.keys() == {"named"} and found["named"].endswith(", named)")
    assert (
        telling("has_close_elements") and not telling("is_prime") and not telling("add") and not telling("")
    )


def test_what_many_problems_share_is_no_leak(tmp_path):
    first, last = humaneval(TASKS[0], 0)["test"].split("assert_eq!")[0], "assert!(done());\n    }\n}\n"
    rows = [sample(id="head", gen=HEAD + "fn main() {}"), sample(id="frame", gen=first + last, start=1)]
    assert outcome(tmp_path, rows, benchmark(tmp_path, humaneval)) == {}


def test_a_problem_that_is_in_many_benchmarks_is_found(tmp_path):
    path = benchmark(tmp_path, humaneval)
    names = ["one", "two", "three", "four", "five"]
    pool = write_pool(tmp_path / "pool.parquet", [sample(id="leak", gen=answer(TASKS[0]))])
    benchmarks = config(decontaminate={"benchmarks": [dict(name=name, path=str(path)) for name in names]})
    stage(decontaminate, tmp_path, pool, *benchmarks, "--report", tmp_path / "leaks.json")
    assert [row["benchmark"] for row in read_json(tmp_path / "leaks.json")["dropped"]] == ["one"]


def test_the_best_match_is_named_and_a_repeated_line_counts_once(tmp_path):
    most = "\n".join(TASKS[3][3].splitlines()[:6])
    rows = [
        sample(id="both", gen=f"{signature(TASKS[3])}{most}\n}}\n{answer(TASKS[4])}", start=1),
        sample(
            id="line",
            gen="fn f() {\n" + "    let gap = pair[1] - pair[0];\n    if gap > largest {}\n" * 20 + "}",
            start=2,
        ),
    ]
    found = outcome(tmp_path, rows, benchmark(tmp_path, humaneval))
    assert found.keys() == {"both"} and found["both"].startswith("made:Rust/4 solution 1.00")


def test_of_a_short_part_everything_must_be_there(tmp_path):
    short = ("first", "Gives the first.", "(list: &[u8]) -> u8", "    list[0]\n", "(&[3]), 3")
    write_jsonl(tmp_path / "short.jsonl", [humaneval(short, 0)])
    rows = [
        sample(id="leak", gen=answer(short)),
        sample(id="near", gen=answer(short).replace("0", "1"), start=1),
    ]
    assert outcome(tmp_path, rows, tmp_path / "short.jsonl").keys() == {"leak"}


def test_the_report_names_every_row_and_its_match(tmp_path):
    path = benchmark(tmp_path, humaneval)
    rows = [*clean_rows(), sample(id="leak", gen=answer(TASKS[1]), crate="bad", version="2.0.0")]
    detail = outcome(tmp_path, rows, path)["leak"]
    report = read_json(tmp_path / "leaks.json")
    assert report["rows"] == len(rows) and report["benchmarks"][0]["problems"] == len(TASKS)
    (entry,) = report["dropped"]
    assert (
        entry
        | dict(
            id="leak",
            source_crate="bad",
            version="2.0.0",
            benchmark="made",
            problem="Rust/1",
            part="solution",
            form="text",
            share=1.0,
            named=True,
        )
        == entry
    )
    assert detail == "made:Rust/1 solution 1.00 (text, named)"


def test_the_same_whatever_the_file_type_and_the_names_of_the_fields(tmp_path):
    rows = clean_rows() + [sample(id=f"leak{n}", gen=answer(task), start=n) for n, task in enumerate(TASKS)]
    plain = outcome(tmp_path, rows, benchmark(tmp_path, humaneval))
    problems = [humaneval(task, number) for number, task in enumerate(TASKS)]
    pq.write_table(pa.Table.from_pylist(problems), tmp_path / "made.parquet")
    packed = gzip.compress((tmp_path / "made.jsonl").read_bytes())
    (tmp_path / "made.jsonl.gz").write_bytes(packed)
    odd = [{"who": p["task_id"], "ask": p["prompt"], "reply": p["canonical_solution"]} for p in problems]
    write_jsonl(tmp_path / "odd.jsonl", odd)
    assert outcome(tmp_path, rows, tmp_path / "made.parquet") == plain
    assert outcome(tmp_path, rows, tmp_path / "made.jsonl.gz") == plain
    named = outcome(tmp_path, rows, tmp_path / "odd.jsonl", id="who", prompt="ask", solution="reply")
    assert named.keys() == plain.keys()


def test_without_benchmarks_every_row_stays(tmp_path):
    pool = write_pool(tmp_path / "pool.parquet", clean_rows())
    stage(decontaminate, tmp_path, pool, "--report", tmp_path / "leaks.json")
    assert len(read_rows(tmp_path / "decontaminate.parquet")) == len(clean_rows())
    assert read_json(tmp_path / "leaks.json") == {"benchmarks": [], "dropped": [], "rows": len(clean_rows())}


GOOD = b'{"task_id": "a", "prompt": "p", "test": "t"}\n'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.jsonl", None, "made: there is no file {path}"),
        ("a.jsonl", GOOD + b'{"task_id": "b", \n', "{path}:2: not a JSON line"),
        ("a.jsonl", GOOD + b'["b", "p"]\n', "{path}:2: expected an object"),
        ("a.jsonl", GOOD + b'{"task_id": "b", "test": "t"}\n', "{path}:2: no field 'prompt'"),
        (
            "a.jsonl",
            GOOD + b'{"task_id": "b", "prompt": null, "test": "t"}\n',
            "{path}:2: field 'prompt' is not text",
        ),
        (
            "a.jsonl",
            GOOD + b'{"task_id": "b", "prompt": " ", "test": "t"}\n',
            "{path}:2: field 'prompt' is empty",
        ),
        ("a.jsonl", b'{"task_id": "b", "prompt": "p"}\n', "{path}:1: no field for a solution or for tests"),
        (
            "a.jsonl",
            b'{"prompt": "p", "test": "t"}\n',
            "{path}:1: no field for the id (fields: prompt, test)",
        ),
        (
            "a.jsonl",
            GOOD + '{"task_id": "b", "prompt": "für", "test": "t"}\n'.encode("latin-1"),
            "{path}:2: not UTF-8 text",
        ),
        ("a.jsonl", GOOD.decode().encode("utf-16"), "{path}:1: not UTF-8 text"),
        ("a.jsonl", b"\n", "{path}: no problem in it"),
        ("a.jsonl.gz", gzip.compress(GOOD * 50, mtime=0)[:-9], "{path}: cannot be read after line"),
        ("a.parquet", GOOD, "{path}: not a Parquet file"),
    ],
)
def test_a_bad_benchmark_file_stops_the_step_with_one_line(tmp_path, name, content, said):
    pool, path = write_pool(tmp_path / "pool.parquet", clean_rows()), tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SystemExit) as stopped:
        run(
            decontaminate,
            "--pool",
            pool,
            *config(decontaminate={"benchmarks": [dict(name="made", path=str(path))]}),
            "--out",
            tmp_path / "out",
            "--dropped",
            tmp_path / "d",
            "--report",
            tmp_path / "r",
            "--funnel",
            tmp_path / "f",
        )
    message = str(stopped.value)
    assert said.format(path=path) in message and "\n" not in message
    assert not (tmp_path / "out").exists()
