"""Tasks that must not be held out because train has a near-duplicate of their function."""

from __future__ import annotations

from collections import defaultdict

from ferrule.core.schemas import TaskRow
from ferrule.dataset.near_duplicates import Candidates
from ferrule.rust.code_tokens import tokens

THRESHOLDS = {"text": 0.7, "locals": 0.85}  # as the dataset's own near-duplicates


def copies_of_train(tasks: list[TaskRow]) -> set[str]:
    """Ids of held-out tasks whose function is a near-duplicate of one in train."""
    functions = sorted({(task["split"], task["reference"]) for task in tasks})
    texts = [tokens(reference) for _, reference in functions]
    pairs = Candidates(THRESHOLDS)
    pairs.add(texts)
    by_key: dict[int, list[int]] = defaultdict(list)
    for text, key in zip(*pairs.sharing(), strict=True):
        by_key[int(key)].append(int(text))
    copies: set[str] = set()
    for key, numbers in by_key.items():
        form = pairs.form_of(key)
        held = [number for number in numbers if functions[number][0] == "heldout"]
        others = [number for number in numbers if functions[number][0] == "train"]
        if not held or not others:
            continue
        sets = dict(
            zip([*held, *others], pairs.shingle_sets([texts[n] for n in (*held, *others)]), strict=True)
        )
        copies |= {
            functions[one][1]
            for one in held
            if any(pairs.alike(form, sets[one], sets[other]) for other in others)
        }
    return {task["id"] for task in tasks if task["split"] == "heldout" and task["reference"] in copies}
