"""Samples of models: what is asked, the server engine with failures on cue, going on after a kill."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fake_llm import FakeLLM
from steps import SCRIPTS, config, run_here, script

from ferrule.core.errors import ConfigError
from ferrule.core.files import read_jsonl
from ferrule.evaluation.problems.problem import Problem, write_problems
from ferrule.evaluation.problems.programs import PROGRAM, read_programs
from ferrule.evaluation.problems.shape import complaints
from ferrule.evaluation.problems.subset import subset_of
from ferrule.llm.endpoint import is_loopback
from ferrule.sampling.model_folders import adapter_folder, folder_hash, model_folder
from ferrule.sampling.progress_line import Pace
from ferrule.sampling.requests import Ask, SamplingError, asks_of, batches, message, seed_of
from ferrule.sampling.sample_journal import Journal
from ferrule.sampling.server_engine import KEY, Server
from ferrule.training import checkpoints

ROOT = Path(__file__).parents[2]
PROMPTS = ROOT / "resources/quality_prompts.yaml"
SETTINGS = {
    "engine": "server",
    "samples": 2,
    "temperature": 0.8,
    "top_p": 0.9,
    "max_new_tokens": 77,
    "batch": 4,
    "seed": 5,
    "dtype": "bfloat16",
    "server": None,
    "system": None,
    "instruction": "Complete this.",
}


def problem(number: int, prompt: str = "/// Adds.\nfn add(a: u8) -> u8 {\n", **more) -> Problem:
    return Problem(f"set/{number}", prompt, "add", "#[test]\nfn t() { add(1); }\n", **more)


def settings(llm: FakeLLM | None = None, **more) -> dict:
    return SETTINGS | {"server": llm and llm.address} | more


def sampled(llm: FakeLLM, count: int = 3, known=frozenset(), **more) -> list:
    now = settings(llm, **more)
    asks = asks_of([problem(n) for n in range(count)], now)
    engine = Server("mine", now, first_wait=0.01)
    found = dict(engine.answers(asks, set(known), Pace(len(asks))))
    return [(ask, found[ask]) for ask in asks if ask in found]


# What is asked


def test_the_message_has_instruction_benchmark_text_and_code_in_this_order():
    text = message(problem(0, instruction="Mind overflow."), "Complete this.\n")
    assert text == "Complete this.\n\nMind overflow.\n\n```rust\n/// Adds.\nfn add(a: u8) -> u8 {\n```"


def test_no_line_of_the_code_closes_its_fence():
    text = message(problem(0, prompt="/**\n```text\nx\n```\n*/\nfn add() {"), "")
    assert text.startswith("````rust\n") and text.endswith("\nfn add() {\n````")


def test_a_seed_depends_on_the_sample_alone():
    few = asks_of([problem(1)], settings(samples=2))
    many = asks_of([problem(0), problem(1)], settings(samples=5))
    seeds = {ask.key: ask.seed for ask in many}
    assert all(seeds[ask.key] == ask.seed for ask in few)
    assert len(set(seeds.values())) == 10
    assert all(0 <= seed < 2**31 for seed in seeds.values())
    assert seed_of(5, "set/1", 0) != seed_of(6, "set/1", 0)


def test_several_greedy_samples_are_refused():
    with pytest.raises(SamplingError, match=r"sampling\.samples"):
        asks_of([problem(0)], settings(temperature=0.0))


def test_batches_are_cut_the_same_way_whatever_is_known():
    asks = [Ask("a", n, "?", 0) for n in range(7)]
    whole = list(batches(asks, 3, set()))
    rest = list(batches(asks, 3, {("a", n) for n in (0, 1, 2, 4)}))
    assert [len(group) for group in whole] == [3, 3, 1]
    assert rest == whole[1:]


# Prompts for whole programs


def test_the_shipped_prompts_are_problems_that_the_evaluator_takes():
    programs = read_programs(PROMPTS)
    assert len(programs) >= 12
    assert len({each.id for each in programs}) == len(programs)
    for each in programs:
        assert complaints(each) == []
        assert each.id.startswith("quality/")
        assert "fn main()" in each.instruction and len(each.instruction) > 300


def test_a_program_is_asked_for_in_its_own_words_alone():
    program = read_programs(PROMPTS)[0]
    assert message(program, "Complete this Rust code.") == program.instruction
    assert PROGRAM.strip() not in program.instruction


def test_faulty_prompts_are_told_all_at_once(tmp_path):
    file = tmp_path / "prompts.yaml"
    file.write_text("instruction: ''\nprompts:\n- {name: a, prompt: b}\n- {name: a, prompt: c}\n- {nam: x}\n")
    with pytest.raises(ConfigError) as error:
        read_programs(file)
    assert re.findall(r"instruction|prompt \d", str(error.value)) == ["instruction", "prompt 2", "prompt 3"]


# The server engine


def test_a_server_is_asked_with_the_settings_and_each_sample_s_seed():
    with FakeLLM() as llm:
        found = sampled(llm, count=2)
        bodies = llm.requests
    assert len(bodies) == 4
    for ask, given in found:
        body = next(body for body in bodies if body["seed"] == ask.seed)
        assert body == {
            "model": "mine",
            "messages": [{"role": "user", "content": ask.message}],
            "max_tokens": 77,
            "temperature": 0.8,
            "top_p": 0.9,
            "seed": ask.seed,
        }
        assert given.finish_reason == "stop" and given.tokens == 12 and given.prompt_tokens > 5
        assert given.completion.startswith("```rust")
    assert len({given.completion for _, given in found}) == 4


def test_a_system_prompt_is_a_turn_of_its_own_before_the_question():
    with FakeLLM() as llm:
        [(ask, _)] = sampled(llm, count=1, samples=1, system="Output only Rust.")
        [body] = llm.requests
    assert body["messages"] == [
        {"role": "system", "content": "Output only Rust."},
        {"role": "user", "content": ask.message},
    ]


def test_no_more_requests_at_once_than_the_batch():
    with FakeLLM() as llm:
        sampled(llm, count=10, batch=2)
        assert llm.most_at_once <= 2
        assert len(llm.requests) == 20


def test_a_cut_answer_says_so():
    with FakeLLM({1: "length"}) as llm:
        assert [given.finish_reason for _, given in sampled(llm, count=1, batch=1)] == ["length", "stop"]


@pytest.mark.parametrize("cue", ["429", "500", "503", "reset", "cut", "text"])
def test_what_may_pass_is_asked_again(cue):
    with FakeLLM() as llm:
        unbroken = sampled(llm, batch=1)
    with FakeLLM({2: cue, 3: cue, 7: cue}) as llm:
        found = sampled(llm, batch=1)
        assert llm.said.count(cue) == 3
        assert len(llm.requests) == 6 + 3
    assert found == unbroken


def test_a_server_may_say_how_long_to_wait():
    import time

    with FakeLLM({1: "429"}, retry_after="0.4") as llm:
        began = time.monotonic()
        sampled(llm, count=1, batch=1)
        assert time.monotonic() - began >= 0.4


def test_a_refusal_is_not_repeated_and_told_with_the_server_s_words():
    with FakeLLM({1: "400"}) as llm:
        with pytest.raises(SamplingError, match=r"refuses set/0: 400 .*: failure 400 on cue"):
            sampled(llm, batch=1)
        assert llm.said[0] == "400" and len(llm.requests) <= 2


def test_something_that_is_no_chat_completion_is_told():
    with FakeLLM({1: "strange"}) as llm, pytest.raises(SamplingError, match="something else"):
        sampled(llm, batch=1)


def test_a_server_that_is_not_there_is_told_with_the_next_step():
    with FakeLLM() as llm:
        pass
    with pytest.raises(SamplingError, match=r"6 tries \(.*refused.*\): is the server up"):
        sampled(llm, batch=1)


@pytest.mark.parametrize("server", [None, "", "127.0.0.1:8000", "ftp://127.0.0.1/v1"])
def test_an_address_that_is_none_is_told(server):
    with pytest.raises(SamplingError, match=r"http://127\.0\.0\.1:8000/v1"):
        Server("mine", settings() | {"server": server})


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with FakeLLM() as llm:
        assert len(sampled(llm)) == 6
    hosts = ["localhost", "127.0.0.1", "::1", "10.0.0.1", "a.example"]
    assert [is_loopback(host) for host in hosts] == [True, True, True, False, False]


def test_a_key_goes_into_the_header_and_nowhere_else(monkeypatch):
    monkeypatch.setenv(KEY, "sesame")
    with FakeLLM() as llm:
        sampled(llm, count=1)
        assert {headers["Authorization"] for headers in llm.headers} == {"Bearer sesame"}
        assert "sesame" not in json.dumps(llm.requests)


# The journal and the script


def test_a_journal_gives_back_what_is_whole(tmp_path):
    rows = [{"task_id": "a", "sample": n, "completion": "x"} for n in range(3)]
    with Journal(tmp_path / "j", "one") as journal:
        for row in rows:
            journal.add(row)
    data = (tmp_path / "j").read_bytes()
    # The third line was longer once, and only its beginning was written.
    (tmp_path / "j").write_bytes(data[:-5] + b"x" * 99)
    with Journal(tmp_path / "j", "one") as journal:
        assert list(journal.rows) == [("a", 0), ("a", 1)]
        journal.add(rows[2])
    assert (tmp_path / "j").read_bytes() == data
    with Journal(tmp_path / "j", "two") as journal:
        assert journal.rows == {}
    assert (tmp_path / "j.old").read_bytes() == data


def arguments(
    folder: Path, llm: FakeLLM, out: str, *more: str, evaluate: dict | None = None, **changed
) -> list[str]:
    write_problems(folder / "problems.jsonl", [problem(n) for n in range(6)])
    return [
        "--problems",
        str(folder / "problems.jsonl"),
        "--model",
        "mine",
        *config(sampling=settings(llm, **changed), evaluate=evaluate or {}),
        "--journal",
        str(folder / "journal"),
        "--out",
        str(folder / out),
        *more,
    ]


def generate(*given, **more) -> tuple[int, str]:
    done = run_here("generate_samples", *arguments(*given, **more))
    return done.returncode, done.stdout + done.stderr


def test_a_killed_run_goes_on_and_gives_the_same_file(tmp_path):
    with FakeLLM() as llm:
        code, said = generate(tmp_path, llm, "unbroken.jsonl")
        assert code == 0, said
        # The sixth request is never answered: five samples are there when the run is killed.
        llm.cues, before = {len(llm.requests) + 6: "hang"}, len(llm.requests)
        process = subprocess.Popen(
            [sys.executable, script("generate_samples"), *arguments(tmp_path, llm, "resumed.jsonl", batch=1)],
            env=os.environ | {"PYTHONPATH": str(SCRIPTS)},
        )
        assert llm.hung.wait(60)
        journal = tmp_path / "journal"
        while journal.read_text().count("\n") < 1 + 5:  # the fifth may be on its way into it
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "resumed.jsonl").exists()
        assert journal.read_text().count("\n") == 1 + 5
        code, said = generate(tmp_path, llm, "resumed.jsonl", batch=3)
        assert code == 0, said
        assert "5 of 12 samples are there" in said
        assert len(llm.requests) - before == 6 + 7
    assert (tmp_path / "resumed.jsonl").read_bytes() == (tmp_path / "unbroken.jsonl").read_bytes()
    assert not (tmp_path / "journal").exists()
    rows = list(read_jsonl(tmp_path / "unbroken.jsonl"))
    assert [(row["task_id"], row["sample"]) for row in rows] == [
        (f"set/{n}", s) for n in range(6) for s in (0, 1)
    ]
    assert list(rows[0]) == [
        "task_id",
        "sample",
        "completion",
        "prompt",
        "finish_reason",
        "prompt_tokens",
        "tokens",
        "seed",
        "dtype",
    ]


def test_only_the_problems_of_the_subset_are_asked_and_their_samples_are_the_same(tmp_path):
    subset = {"sample_n": 2, "sample_seed": 3}
    with FakeLLM() as llm:
        code, said = generate(tmp_path, llm, "all.jsonl")
        assert code == 0, said
        before = len(llm.requests)
        code, said = generate(tmp_path, llm, "some.jsonl", evaluate=subset)
        assert code == 0, said
        assert len(llm.requests) - before == 2 * 2
        code, said = generate(tmp_path, llm, "none.jsonl", evaluate={"sample_n": 7})
    taken, _ = subset_of({f"set/{n}": problem(n) for n in range(6)}, subset)
    rows = [row for row in read_jsonl(tmp_path / "all.jsonl") if row["task_id"] in taken]
    assert list(read_jsonl(tmp_path / "some.jsonl")) == rows and len(rows) == 4
    assert code == 1 and said.count("\n") == 1
    assert "problems.jsonl: evaluate.sample_n: 7 is more than the 6 problems of the set" in said


def test_other_settings_do_not_go_on_with_the_journal(tmp_path):
    with FakeLLM({7: "400"}) as llm:
        code, said = generate(tmp_path, llm, "out.jsonl", batch=1)
        assert code == 1 and "failure 400 on cue" in said and "Traceback" not in said
        assert not (tmp_path / "out.jsonl").exists()
        code, said = generate(tmp_path, llm, "out.jsonl", temperature=0.3)
        assert code == 0 and "from an earlier run" not in said
        assert len(llm.requests) >= 7 + 12


def test_adapters_are_the_server_s_business(tmp_path):
    with FakeLLM() as llm:
        code, said = generate(tmp_path, llm, "out.jsonl", "--adapter", str(tmp_path))
    assert code == 1 and "a server loads adapters itself" in said


# Folders


def checkpoint(folder: Path, steps: int, file: str = "adapter_config.json", whole: bool = True) -> Path:
    path = folder / f"checkpoint-{steps}"
    path.mkdir(parents=True)
    (path / file).write_text("{}")
    if whole:
        checkpoints.mark(path)
    return path


def test_the_newest_whole_checkpoint_is_taken_and_none_is_touched(tmp_path):
    checkpoint(tmp_path, 9)
    ten = checkpoint(tmp_path, 10)
    cut = checkpoint(tmp_path, 11, whole=False)
    assert adapter_folder(tmp_path) == ten
    assert adapter_folder(ten) == ten
    assert cut.is_dir()


def test_folders_without_what_is_asked_are_told(tmp_path):
    with pytest.raises(SamplingError, match=r"there is no folder .*--model expects"):
        model_folder(tmp_path / "none")
    with pytest.raises(SamplingError, match=r"no model in it \(no config.json\)"):
        model_folder(tmp_path)
    checkpoint(tmp_path / "work", 1, whole=False)
    with pytest.raises(SamplingError, match="1 checkpoints that are not whole"):
        adapter_folder(tmp_path / "work")
    with pytest.raises(SamplingError, match="give it with --adapter"):
        model_folder(tmp_path / "work/checkpoint-1")


def test_a_folder_s_hash_sees_every_byte_and_no_hidden_file(tmp_path):
    (tmp_path / "a").write_text("1")
    before = folder_hash(tmp_path)
    (tmp_path / ".hidden").write_text("1")
    assert folder_hash(tmp_path) == before
    (tmp_path / "a").write_text("2")
    assert folder_hash(tmp_path) != before


def test_progress_is_told_with_speed(capsys):
    pace = Pace(10, known=2, every=0)
    pace.sample()
    pace.tokens(50)
    said = capsys.readouterr().err
    assert "2 of 10 samples are there" in said
    assert re.search(r"3 of 10 samples, \d+ tokens/s", said)
