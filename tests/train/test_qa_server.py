"""Questions and answers with the training packages: a real server of our own, and the templates as transformers renders them."""

import json
from pathlib import Path

import pytest
from leftover_processes import descendants
from qa_run import MIT, QaRun, git_repository, rust_function
from steps import run_here

from ferrule.qa.export_formats import TOKENS, export_lines
from ferrule.qa.own_server import own_server

pytestmark = pytest.mark.train
TEMPLATES = Path(__file__).parents[2] / "resources/chat_templates"
TURNS = [
    ("user", "  What is `f`?\n\n```rust\nfn f() {}\n```\n"),
    ("assistant", "A function.\n"),
    ("user", "Why?"),
    ("assistant", "Ünïcode \U0001f980."),
]


@pytest.mark.parametrize("family", TOKENS)
def test_an_export_is_what_apply_chat_template_gives(family, tokenizer_folder):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tokenizer_folder("chatml"))
    tokenizer.bos_token, tokenizer.eos_token = (token or None for token in TOKENS[family])
    tokenizer.chat_template = (TEMPLATES / f"{family}.jinja").read_text()
    messages = [{"role": role, "content": content} for role, content in TURNS]
    (line,) = export_lines(family, iter([("a.rs", TURNS)]), TEMPLATES)
    assert json.loads(line)["text"] == tokenizer.apply_chat_template(messages, tokenize=False)


def servers() -> set[int]:
    """The servers below this process. Another test's may be among them."""
    return set(descendants("serve"))


def test_a_small_model_is_started_asked_and_stopped(tiny_model, tmp_path):
    before = servers()
    repository = git_repository(tmp_path / "mine", {"LICENSE": MIT, "src/a.rs": rust_function(1)})
    run = QaRun(tmp_path / "run", [repository], kinds=["purpose", "usage"], max_tokens=8, cut_off="trim")
    run.prepare()
    done = run_here("ask", *run.ask_arguments(), "--model", tiny_model)
    assert done.returncode == 0, done.stderr
    assert "Its answers are poor" in done.stderr and "2 answers new" in done.stderr
    assert {row["finish_reason"] for row in run.rows("turns.parquet")} <= {"length", "stop"}
    assert json.loads((tmp_path / "run/asked.json").read_text())["small_model"]
    assert servers() <= before
    # The model's name has no path of this machine: the answers are found again from another folder.
    assert str(tmp_path) not in (tmp_path / "run/cache/answers.jsonl").read_text()


def test_a_model_that_cannot_be_served_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    with (
        pytest.raises(RuntimeError, match=r"transformers serve (ended|did not start)"),
        own_server(tmp_path / "empty", 60),
    ):
        pass
