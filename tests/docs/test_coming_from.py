"""docs/coming-from.md answers every command of the published documents, with a test that runs ours."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from documented_commands import commands_of, settings_of

from ferrule.core.files import read_rows, write_jsonl
from ferrule.core.schemas import SAMPLES
from sources import import_pairs

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/coming-from.md"
# The heads of the command blocks of the five documents, with the options that make one differ from another. Each line
# is in a row of the page.
BLOCKS = """
    git clone
    -m venv
    pip install -e
    cargo install cargo-geiger
    rustup component add clippy
    sigil_pipeline.main --crates
    sigil_pipeline.main --crate-list
    sigil_pipeline.main --limit
    sigil_pipeline.main --prompt-mode instruct
    sigil_pipeline.main --task-mix
    sigil_pipeline.main --extra-phase2-shard
    sigil_pipeline.main --error-injection-timeout
    sigil_pipeline.main --checkpoint-interval
    sigil_pipeline.main --checkpoint-path
    sigil_pipeline.main --no-checkpointing
    sigil_pipeline.main --config
    sigil_pipeline.main --create-train-val-split --val-ratio
    sigil_pipeline.main --help
    resume: the same command
    run_pipeline(
    PipelineConfig(
    tools/analyze_failures.py
    tools/analyze_failures.py --log-dir --log-file --crate-list --output
    tools/analyze_failures.py --no-cleanup
    tools/split_train_val.py
    tools/split_jsonl.py
    tools/convert_jsonl_to_parquet.py
    tools/convert_parquet_to_jsonl.py
    tools/verify_format_test.py
    tools/rebalance_task_mix.py
    pytest tests/
    pytest --cov
    pytest -k
    pytest tests/test_properties.py
    test_ci_local.py
    pip install sigil-pipeline[ecosystem]
    pip install sigil-pipeline[observability]
    sigil-ecosystem
    docker build
    docker-compose up
    docker run
    sigilderg-train
    sigilderg-eval
    train.py --cfg configs/llama8b-phase1.yml
    train.py --cfg configs/llama8b-phase2.yml
    run_phase2.sh
    infer_export.py
    push_model_card.py
    evaluate_functional_correctness rust_samples.jsonl
    evaluate_functional_correctness --problem_file --k --n_workers --timeout --sandbox-mode --enforce-policy
    --no-enforce-policy
    --sandbox-mode=none
    generate_samples.py --checkpoint
    eval_setup.sh
    dataset.names
    use_cache
    eval_rust.py eval_out/samples.jsonl
    --num-workers
    eval_rust.py --sample-n 32 --check-func
    gen_eval_samples.py --model-path
    expert_iteration.py
    hyperparameter_sweep.py --base-cfg --sweep-dir
    hyperparameter_sweep.py --seed
    hyperparameter_sweep.py --dry-run
    launch_tensorboard.sh
    tensorboard --logdir
    metrics.jsonl
    json.tool
    model.generate(
    data_filters.py
    system prompt
    pip install -r requirements.txt
    repos.txt
    main.py scrape
    main.py prepare
    main.py retry
    main.py export --template
    main.py mlx list
    download
    info
    remove
    pip install mlx mlx-lm
    llama-server
    src/config.py
    curl http://localhost
"""


def tables() -> list[tuple[str, list[str]]]:
    """(section, cells) of every row of the tables of commands."""
    found, section = [], ""
    for line in PAGE.read_text().splitlines():
        section = line[3:] if line.startswith("## ") else section
        if line.startswith("| ") and section != "What you have already":
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if cells[0] != "theirs":
                found.append((section, cells))
    return found


ROWS = tables()
PROGRAMS = re.compile(r"(?:snakemake|make|python|\.ci/run|tensorboard|subprocess)\b")


@pytest.mark.parametrize("block", [line.strip() for line in BLOCKS.strip().splitlines()])
def test_every_block_has_an_answer(block):
    # A row has a block if it has its words in their order; options may have others between them.
    words = re.compile(".*?".join(map(re.escape, block.split())))
    given = [" ".join(cells) for _, cells in ROWS] + PAGE.read_text().splitlines()
    rows = [cells for _, cells in ROWS if words.search(cells[0])]
    assert rows or (block == "PipelineConfig(" and any(words.search(line) for line in given)), block
    assert all(cells[1] for cells in rows)


def test_every_row_has_an_answer_and_a_test():
    assert len(ROWS) > 60
    for section, cells in ROWS:
        assert len(cells) == 3 and all(cells), f"{section}: {cells}"


@pytest.mark.parametrize("cells", [cells for _, cells in ROWS], ids=lambda cells: cells[0])
def test_the_test_is_there(cells):
    for file, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", cells[2]):
        tree = ast.parse((ROOT / file).read_text())
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name in names if name else any(each.startswith("test_") for each in names), cells[2]
    assert cells[2].startswith("`tests/")


def test_our_commands_are_run_by_the_test_of_commands():
    """tests/docs/test_commands.py finds each command of the second column, and fails where it does not work."""
    known = {command.text for command in commands_of(PAGE)}
    for _, cells in ROWS:
        for span in re.findall(r"`([^`]+)`", cells[1]):
            if re.match(r"(?:snakemake|make|python|\.ci/run) ?", span) and PROGRAMS.match(span):
                assert span in known or " " not in span, span


def test_the_links_lead_somewhere():
    for page, _, place in re.findall(r"\]\(([\w-]+\.md)(#([\w-]+))?\)", PAGE.read_text()):
        heads = re.findall(r"^#+ (.+)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
        assert not place or place in slugs, f"{page}#{place}"


def test_a_run_from_python(workflow):
    """What stands for `run_pipeline`: Snakemake in a process of its own; a dry run."""
    command = [sys.executable, "-m", "snakemake", "-n", "--cores", "1", "analysis"]
    done = subprocess.run(command, cwd=workflow.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "apply_gates" in done.stdout


def test_an_alpaca_export_is_a_source(tmp_path):
    """With the settings that the page shows."""
    source = settings_of(PAGE)["sources"]["questions"]
    rows = [
        {"instruction": f"What does `f{n}` return?", "input": "", "output": f"It returns {n}, as a `u8`."}
        for n in range(20)
    ]
    write_jsonl(tmp_path / source["files"][0], rows)
    settings = {"questions": source | {"files": [str(tmp_path / source["files"][0])]}, "on_error": "stop"}
    out = [str(tmp_path / name) for name in ("out.parquet", "dropped.parquet", "counts.json")]
    step(import_pairs, "questions", {"sources": settings, "gates": {"allowed_licenses": ["MIT"]}}, out)
    found = read_rows(out[0], SAMPLES)
    assert [(row["prompt"], row["gen"]) for row in found] == [
        (row["instruction"], row["output"]) for row in rows
    ]
    assert {(row["_task_type"], row["_verdict"]) for row in found} == {("explanations", "unjudged")}


def step(module, name: str, settings: dict, out: list[str]) -> None:
    from dataset_samples import run
    from steps import config

    run(module, "--name", name, *config(**settings), "--out", out[0], "--dropped", out[1], "--counts", out[2])
