"""docs/published-values.md says what the configuration's defaults are, and why one differs from the published value."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ferrule.core.yaml_files import parse_yaml, read_yaml
from ferrule.workflow.configuration.evaluation import Keep

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/published-values.md"
HEAD = "| published | value | our key | ours | why it differs |"
# The keys of the published configuration blocks: none may leave the page.
DOCUMENTED = """
    crates crate_list_path limit allow_edition_2018 max_bad_code_warnings max_clippy_warnings require_docs
    max_unsafe_items max_outdated_ratio enable_deny_scan max_line_length min_alphabetic_ratio enable_error_injection
    error_injection_method error_injection_timeout reuse_cargo_target max_threads --max-sft-lines --max-sft-chars
    --val-ratio --create-train-val-split --output
    dataset.names dataset.use_cache dataset.min_length dataset.max_length dataset.exclude_tests
    dataset.exclude_examples dataset.exclude_benches dataset.prefer_idiomatic dataset.prefer_documented
    dataset.idiomatic_quality_ratio dataset.shuffle_seed dataset.interleave_mode dataset.dataset_weights
    dataset.task_weights train.micro_batch_size train.gradient_accumulation train.num_steps train.lr
    train.warmup_steps train.logging_steps train.save_every train.bf16 train.grad_checkpointing train.max_grad_norm
    train.use_flash_attention train.dataloader_num_workers train.dataloader_pin_memory
    train.dataloader_prefetch_factor lora.r lora.alpha lora.dropout lora.target_modules bnb_4bit.quant_type
    bnb_4bit.compute_dtype bnb_4bit.use_double_quant misc.seed misc.output_dir
    --clippy-max --idiomatic-min --doc-min --num-samples top_p max_new_tokens
    --k --n_workers --timeout --problem_file --sandbox-mode --enforce-policy
    --max-tokens --temperature --max-file-size --max-log-files --data-dir
""".split()


def rows() -> list[list[str]]:
    """The cells of every row of the tables that begin with HEAD."""
    found: list[list[str]] = []
    inside = False
    for line in PAGE.read_text().splitlines():
        inside = line.startswith("|") and (inside or line == HEAD)
        if inside and line != HEAD and not line.startswith("|---"):
            found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def code(cell: str) -> str:
    """The text of a cell that is one code span, which may hold backticks of its own; empty for any other cell."""
    match = re.fullmatch(r"`(.+)`", cell)
    return match[1] if match else ""


def value(text: str) -> Any:
    """A value as YAML has it, but for 1e-4, which YAML takes for a text."""
    found = parse_yaml(text)
    return float(found) if isinstance(found, str) and re.fullmatch(r"[\d.]+e-?\d+", found) else found


def default(key: str) -> Any:
    """The default of a key: of the configuration, of a shipped configuration before a colon, or of a round."""
    if key.startswith("experts.*.keep."):
        return Keep.model_fields[key.rpartition(".")[2]].default
    file, colon, rest = key.partition(": ")
    place = read_yaml(ROOT / (file if colon else "config/config.yaml"))
    for part in (rest if colon else key).split("."):
        place = place[part]
    return place


KEYED = [row for row in rows() if row[2]]


def test_every_row_has_its_five_cells():
    assert PAGE.read_text().count(HEAD) == 5
    assert len(rows()) > 100
    assert [row for row in rows() if len(row) != 5 or not row[0] or not row[1] or not row[3]] == []


@pytest.mark.parametrize("row", KEYED, ids=lambda row: f"{row[0]} {row[2]}")
def test_ours_is_the_default(row):
    key, ours = code(row[2]), code(row[3])
    found = default(key)
    assert found == (value(ours) if not isinstance(found, str) else ours), f"{key} is {found!r}"


@pytest.mark.parametrize("row", KEYED, ids=lambda row: f"{row[0]} {row[2]}")
def test_a_value_that_differs_has_a_reason(row):
    _, theirs, _, ours, why = row
    same = bool(code(theirs)) and (code(theirs) == code(ours) or value(code(theirs)) == value(code(ours)))
    assert same or len(why) > 15, f"{row[0]}: {theirs} against {ours} without a reason"


def test_no_documented_key_is_left_out():
    words = set(re.findall(r"[\w.-]+", " ".join(row[0] for row in rows())))
    assert [key for key in DOCUMENTED if key not in words] == []
