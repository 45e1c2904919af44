"""What the loss sees of a sample: the answer and the token that ends it, for two templates."""

from __future__ import annotations

import pytest
from steps import config
from tokenizers import AddedToken

from ferrule.core.files import read_json, read_rows, write_rows
from ferrule.training.chat import IGNORED, Chat, ChatError
from ferrule.training.models import end_ids, load_tokenizer
from ferrule.training.run_tables import PACKED

pytestmark = pytest.mark.train
ENDS = {"chatml": "<|im_end|>", "llama3": "<|eot_id|>"}


@pytest.fixture(params=list(ENDS))
def template(request) -> str:
    return request.param


@pytest.fixture
def chat(tokenizer_folder, template) -> Chat:
    folder = tokenizer_folder(template)
    return Chat(load_tokenizer(folder), end_ids(folder))


def test_labels_are_the_answer_and_its_end(chat, template, rows):
    assert len(rows) == 100
    for row in rows:
        sample = chat.sample(row["prompt"], row["gen"])
        seen = [token for token in sample.labels if token != IGNORED]
        assert chat.tokenizer.decode(seen) == row["gen"] + ENDS[template]
        assert sample.labels[-len(seen) :] == seen == sample.input_ids[-len(seen) :]


def test_what_comes_before_is_what_a_sampled_model_is_given(chat, rows):
    for row in rows:
        sample = chat.sample(row["prompt"], row["gen"])
        given = chat.tokenizer.apply_chat_template(
            [{"role": "user", "content": row["prompt"]}], add_generation_prompt=True, return_dict=False
        )
        assert sample.input_ids[: len(given)] == given
        assert set(sample.labels[: len(given)]) == {IGNORED}


def test_a_system_turn_comes_before_the_prompt(chat):
    with_system = chat.tokenizer.decode(chat.prompt("The question.", "Output only Rust."))
    assert with_system.index("Output only Rust.") < with_system.index("The question.")
    chat.check_system("Output only Rust.\n")
    assert chat.prompt("The question.", None) == chat.prompt("The question.")
    assert "Output only Rust." not in chat.tokenizer.decode(chat.prompt("The question."))


# Templates without a system turn: Gemma's refuses one, others leave it out.
WITHOUT_SYSTEM = {
    "refuses": "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}",
    "leaves out": "{% set messages = messages | rejectattr('role', 'equalto', 'system') | list %}",
}


@pytest.mark.parametrize("kind", list(WITHOUT_SYSTEM))
def test_a_template_without_a_system_turn_is_told_in_one_line(tokenizer_folder, template, kind):
    folder = tokenizer_folder(template)
    tokenizer = load_tokenizer(folder)
    tokenizer.chat_template = WITHOUT_SYSTEM[kind] + tokenizer.chat_template
    chat = Chat(tokenizer, end_ids(folder), "models/mine")
    with pytest.raises(ChatError) as error:
        chat.check_system("Output only Rust.")
    said = str(error.value)
    assert said.startswith("models/mine: its chat template has no system turn") and "\n" not in said
    assert ("(System role not supported)" in said) == (kind == "refuses")
    assert "sampling.system to null" in said and "sampling.instruction" in said


def test_the_end_stays_where_it_is_the_padding_too(chat):
    """Each tokenizer here pads with its end-of-text; a mask of all padding would take the end from the labels."""
    assert chat.tokenizer.pad_token_id == chat.tokenizer.eos_token_id
    assert chat.sample("p", "fn f() {}").labels[-1] in chat.end_ids


def test_one_bos(tokenizer_folder, rows):
    """A Llama 3 puts a BOS before every text that it tokenises; the template has one of its own."""
    folder = tokenizer_folder("llama3")
    chat = Chat(load_tokenizer(folder), end_ids(folder))
    bos = chat.tokenizer.bos_token_id
    assert chat.tokenizer("fn f() {}")["input_ids"][0] == bos
    for row in rows:
        sample = chat.sample(row["prompt"], row["gen"])
        assert sample.input_ids[0] == bos and sample.input_ids.count(bos) == 1


def test_a_template_that_trims_does_not_trim_the_answer(chat):
    sample = chat.sample("p", "    fn f() {}\n\n")
    seen = chat.tokenizer.decode([token for token in sample.labels if token != IGNORED])
    assert seen.startswith("    fn f() {}\n\n<|")


def test_rows_with_control_tokens_are_left_out(call, tmp_path, tokenizer_folder, template, rows):
    bad = {"prompt": f"Explain `{ENDS[template]}`.", "gen": "It ends.", "_id": "in the prompt"}
    worse = {"prompt": "p", "gen": f'const END: &str = "{ENDS[template]}";', "_id": "in the answer"}
    write_rows(tmp_path / "rows.parquet", [bad, *rows, worse], ROW)
    done = pack(call, tmp_path, tokenizer_folder(template))
    assert done.code == 0, done.output
    packed = read_rows(tmp_path / "packed.parquet", PACKED)
    assert sorted(name for row in packed for name in row["samples"]) == sorted(row["_id"] for row in rows)
    assert read_json(tmp_path / "record.json")["left_out"] == {"control_token": 2}


def test_control_tokens_without_a_name_of_their_own(tokenizer_folder):
    """As Llama 3.1's tokenizer has them: added tokens that are special, and neither named nor listed."""
    tokenizer = load_tokenizer(tokenizer_folder("chatml"))
    tokenizer.add_tokens(
        [AddedToken("<|python_tag|>", special=True), AddedToken("plain_word", special=False)]
    )
    assert "<|python_tag|>" not in tokenizer.all_special_tokens
    chat = Chat(tokenizer)
    assert chat.holds_control('const T: &str = "<|python_tag|>";') and not chat.holds_control("plain_word")


def test_no_chat_template(call, tmp_path, tokenizer_folder, rows):
    folder = tmp_path / "base-model"
    tokenizer = load_tokenizer(tokenizer_folder("chatml"))
    tokenizer.chat_template = None
    tokenizer.save_pretrained(folder)
    write_rows(tmp_path / "rows.parquet", rows, ROW)
    done = pack(call, tmp_path, folder)
    assert done.code == 1 and done.output.strip().split("\n")[-1] == (
        f"{folder} has no chat template: take the instruct variant of the model, or put a chat_template.jinja beside"
        " its tokenizer_config.json"
    )
    assert "Traceback" not in done.output and not (tmp_path / "packed.parquet").exists()


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ raise_exception('roles must alternate') }}", "cannot render an answer: roles must alternate"),
        ("{{ messages[0]['content'] }}", "does not render answers"),
    ],
)
def test_a_template_that_is_of_no_use(tokenizer_folder, template, says):
    tokenizer = load_tokenizer(tokenizer_folder("chatml"))
    tokenizer.chat_template = template
    with pytest.raises(ChatError, match=says):
        Chat(tokenizer)


def test_no_row_is_left(call, tmp_path, tokenizer_folder, rows):
    write_rows(tmp_path / "rows.parquet", rows, ROW)
    done = pack(call, tmp_path, tokenizer_folder("chatml"), length=8)
    assert done.code == 1 and "none of its 100 rows is left" in done.output
    assert "sequence.length (8)" in done.output and "Traceback" not in done.output
    assert not (tmp_path / "packed.parquet").exists() and not (tmp_path / "record.json").exists()
    # Rows for the evaluation loss may be none.
    done = pack(call, tmp_path, tokenizer_folder("chatml"), "--may-be-empty", length=8)
    assert done.code == 0 and read_rows(tmp_path / "packed.parquet", PACKED) == []


def test_windows_are_packed_one_after_the_other(call, tmp_path, tokenizer_folder, rows):
    """A row group a window: 2,150 rows never lie in memory together, and all of them are there, in their windows."""
    import pyarrow.parquet as pq

    many = [row | {"_id": f"{turn}-{row['_id']}"} for turn in range(22) for row in rows][:2150]
    write_rows(tmp_path / "rows.parquet", many, ROW)
    assert pack(call, tmp_path, tokenizer_folder("chatml")).code == 0
    with pq.ParquetFile(tmp_path / "packed.parquet") as file:
        groups = [file.read_row_group(n).to_pylist() for n in range(file.num_row_groups)]
    held = [[name for row in group for name in row["samples"]] for group in groups]
    assert [sorted(names) for names in held] == [
        sorted(row["_id"] for row in part) for part in (many[:2000], many[2000:])
    ]
    record = read_json(tmp_path / "record.json")
    assert record["rows"] == record["samples"] == 2150 and record["sequences"] == sum(map(len, groups))
    assert record["tokens"] == sum(len(row["input_ids"]) for group in groups for row in group)


def pack(call, folder, model, *more, length=512):
    settings = {"sequence": {"length": length, "packing": True}, "filters": {}}
    return call(
        "pack_rows",
        "--rows",
        folder / "rows.parquet",
        "--model",
        model,
        *config(run=settings),
        "--out",
        folder / "packed.parquet",
        "--record",
        folder / "record.json",
        *more,
    )


def row_schema():
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in ("prompt", "gen", "_id")])


ROW = row_schema()
