"""Learning from tests: TRL's own trainer grades by the tests of tasks, and the script trains an adapter with it."""

import json

import pytest
from steps import run_script
from task_folder import write_folder

from ferrule.core.files import read_json, read_rows
from ferrule.rewards.known_answers import reference_answer, stub_answer

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def tasks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tasks") / "tasks"
    write_folder(folder)
    return folder


@pytest.fixture
def rewarded(settings):
    """Two steps of one group of four answers."""
    settings["train"].update(steps=2, gradient_accumulation=4, save_steps=1, learning_rate=1e-3)
    settings["sequence"]["length"] = 900
    settings["grpo"].update(generations=4, max_completion=16, retries=1, workers=1)
    return settings


@pytest.fixture
def rows(tasks, tmp_path):
    """The rows of a run, as `write_task_rows` and `choose_rows` give them."""
    done = run_script(
        "write_task_rows", "--tasks", tasks / "tasks.parquet", "--rows", tmp_path / "rows.parquet"
    )
    assert done.returncode == 0, done.stderr
    found = read_rows(tmp_path / "rows.parquet")
    from ferrule.core.files import write_rows
    from ferrule.training.run_tables import CHOSEN

    chosen = [
        {name: row[name] for name in ("prompt", "gen", "_id", "_task_type", "_source_file")}
        | dict(_source="tasks", _documented=True, _idiomatic=True)
        for row in found
    ]
    write_rows(tmp_path / "train.parquet", chosen, CHOSEN)
    return tmp_path / "train.parquet"


def test_only_tasks_in_train_are_rows(rows):
    assert {row["_source_file"].split("/")[0] for row in read_rows(rows)} == {"tidy"}


def test_rewards_through_the_trainer(tasks, rows, rewarded, tiny_model, tmp_path):
    """TRL's trainer gives references 1 and stubs 0, asks other prompts where there is no signal, and learns."""
    import torch
    from datasets import Dataset

    from ferrule.rewards.grader import Grader
    from ferrule.rewards.grpo_training import Trainer, prompts_of, trl_settings
    from ferrule.rewards.trl import reward_of
    from ferrule.training.adapter_training import watch_of
    from ferrule.training.adapters import fresh_adapter
    from ferrule.training.chat import Chat
    from ferrule.training.models import end_ids, load_model, load_tokenizer
    from ferrule.training.native_types import training_settings

    tokenizer = load_tokenizer(tiny_model)
    chosen = training_settings(rewarded, "cpu")
    with Grader(tasks, workers=1) as grader:
        prompts = prompts_of(str(rows), grader.tasks, chosen, Chat(tokenizer, end_ids(tiny_model)))
        assert {row["task_id"] for row in prompts} == {row["_id"] for row in read_rows(rows)}
        model = load_model(tiny_model, quantization=chosen["quantization"], attention="sdpa", device="cpu")
        trainer = Trainer(
            model=fresh_adapter(model, chosen, base=tiny_model),
            args=trl_settings(chosen, output=tmp_path / "out", cuda=False),
            train_dataset=Dataset.from_list(prompts),
            reward_funcs=reward_of(grader),
            processing_class=tokenizer,
            watch=watch_of(chosen),
            retries=1,
            prompts=prompts,
        )
        inputs = [row for row in prompts for _ in range(2)]
        answers = [
            answer(grader.tasks[row["task_id"]])
            for row in prompts
            for answer in (reference_answer, stub_answer)
        ]
        chat = [[dict(role="assistant", content=answer)] for answer in answers]
        given = trainer._calculate_rewards(inputs, [row["prompt"] for row in inputs], chat, [[1]] * len(chat))
        assert given.flatten().tolist() == [1, 0] * len(prompts)

        # A random model never passes, so rewards that depend on the text stand for those of the tests.
        trainer.reward_funcs = [
            lambda completions, **more: [float(len(c[0]["content"])) for c in completions]
        ]
        before = {name: p.clone() for name, p in trainer.trained_model.named_parameters() if p.requires_grad}
        trainer.train()
        after = dict(trainer.trained_model.named_parameters())
        assert any(not torch.equal(before[name], after[name]) for name in before)
        lines = [line for line in trainer.state.log_history if "reward" in line]
        assert [line["ferrule/retries"] for line in lines] == [0, 0]


def test_the_script(tasks, rows, rewarded, tiny_model, call, tmp_path):
    """A model that never passes: nothing is learnt, every step asks again, and the record says so."""
    config = json.dumps({"run": rewarded, "crates": {}, "evaluate": {}, "sandbox": {}})
    arguments = ["--model", tiny_model, "--rows", rows, "--tasks", tasks, "--config", config]
    arguments += ["--work", tmp_path / "work", "--logs", tmp_path / "logs"]
    arguments += ["--adapter", tmp_path / "adapter", "--metrics", tmp_path / "metrics.json"]
    done = call("train_grpo", *arguments)
    assert done.code == 0, done.output
    metrics = read_json(tmp_path / "metrics.json")
    assert metrics["steps"] == 2 and metrics["prompts"] == 2
    assert [
        (line["step"], line["reward"], line["frac_reward_zero_std"], line["ferrule/retries"])
        for line in metrics["rewards"]
    ] == [(1, 0, 1, 1), (2, 0, 1, 1)]
    assert (tmp_path / "adapter/adapter_model.safetensors").is_file()
    # Where it is done already, it only writes its results again.
    (tmp_path / "metrics.json").unlink()
    assert call("train_grpo", *arguments).code == 0
    assert read_json(tmp_path / "metrics.json")["steps"] == 2
