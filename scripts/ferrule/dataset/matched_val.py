"""Which groups of rows are val: a small dataset like train, and not whatever one repository happens to hold.

    val = choose_matched_val(groups, features, 0.1, seed)

`features` are words of every row, such as `kind error_fixing`, `tested`, `unsafe`, `length 3`. Of the sets of whole groups
with about the wanted number of rows, a search by small steps takes one whose shares of these words are near those of
train. It begins again from some sets that a hash chooses, so the choice depends on the groups and the seed alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from ferrule.core.schemas import choose

LEAST_GROUPS = 5  # repositories in val, where there are three times as many
STARTS = 12  # searches, each from another set
STEPS = 400  # changes of one search at most
POINTS = 0.1  # difference of two shares that counts as unlike
RATIO_WEIGHT = 12.0  # what a point of the ratio weighs against a point of a share


def choose_matched_val(
    groups: list[str], features: list[tuple[str, ...]], ratio: float, seed: int
) -> tuple[set[str], str]:
    """The groups of val and a remark where it is not as asked; `groups` and `features` are by row."""
    names = sorted(set(groups))
    if ratio <= 0 or not names:
        return set(), ""
    if len(names) == 1:
        return set(), "one group of crates only: all of it is train"
    words = sorted({word for of_row in features for word in of_row})
    at, column = {name: i for i, name in enumerate(names)}, {word: i for i, word in enumerate(words)}
    counts = np.zeros((len(names), len(words) + 1))
    for group, of_row in zip(groups, features, strict=True):
        row = counts[at[group]]
        row[-1] += 1
        for word in of_row:
            row[column[word]] += 1
    least = min(LEAST_GROUPS, max(1, len(names) // 3))
    best: tuple[float, tuple[str, ...]] | None = None
    for start in range(STARTS):
        order = sorted(range(len(names)), key=lambda i: choose(seed, "split", start, names[i]))
        chosen = search(counts, order, ratio, least)
        found = (round(cost(counts, chosen, ratio), 9), tuple(names[i] for i in sorted(chosen)))
        best = min(best, found) if best else found
    assert best is not None
    val = set(best[1])
    rows = sum(counts[at[name], -1] for name in val)
    got = rows / len(groups)
    far = abs(got - ratio) > max(0.02, ratio / 5)
    return val, f"whole groups of crates give val {got:.1%} of the rows, and not {ratio:.1%}" if far else ""


def search(counts: np.ndarray, order: list[int], ratio: float, least: int) -> set[int]:
    """From the first groups of `order`: add, remove or exchange one as long as that makes val more like train."""
    total = counts.sum(axis=0)
    chosen: list[int] = []
    for i in order:
        if len(chosen) >= least and counts[chosen, -1].sum() >= ratio * total[-1]:
            break
        if len(chosen) < len(order) - 1:
            chosen.append(i)
    for _ in range(STEPS):
        inside = counts[chosen].sum(axis=0)
        now = costs(inside[None], total, ratio)[0]
        others = [i for i in order if i not in set(chosen)]
        steps: list[tuple[list[int], list[int]]] = []
        sums = []
        if len(others) > 1:
            steps += [([], [i]) for i in others]
            sums.append(inside + counts[others])
        if len(chosen) > least:
            steps += [([i], []) for i in chosen]
            sums.append(inside - counts[chosen])
        for i in chosen if len(order) <= 2000 else ():
            steps += [([i], [j]) for j in others]
            sums.append(inside - counts[i] + counts[others])
        values = costs(np.concatenate(sums), total, ratio) if sums else np.array([now])
        if not sums or values.min() >= now - 1e-9:
            break
        out, added = steps[int(values.argmin())]
        chosen = [i for i in chosen if i not in out] + added
    return set(chosen)


def cost(counts: np.ndarray, chosen: set[int], ratio: float) -> float:
    return float(costs(counts[sorted(chosen)].sum(axis=0)[None], counts.sum(axis=0), ratio)[0])


def costs(val: np.ndarray, total: np.ndarray, ratio: float) -> np.ndarray:
    """How unlike train each val is; a row has the counts of the words, then the number of rows."""
    size, rest = val[:, -1:], total[-1] - val[:, -1:]
    apart = np.abs(val[:, :-1] / np.maximum(size, 1) - (total[:-1] - val[:, :-1]) / np.maximum(rest, 1))
    shares = apart.sum(axis=1) + 10 * np.maximum(apart - POINTS / 2, 0).sum(axis=1)
    off = np.abs(val[:, -1] / total[-1] - ratio)
    return shares + RATIO_WEIGHT * off + 100 * np.maximum(off - max(0.02, ratio / 5), 0)


def comparison(groups_of_val: set[str], groups: list[str], features: list[tuple[str, ...]]) -> list[dict]:
    """For each word the share of rows that have it in train and in val, and whether the two are unlike."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    sizes = Counter[str]()
    for group, of_row in zip(groups, features, strict=True):
        side = "val" if group in groups_of_val else "train"
        sizes[side] += 1
        counts[side].update(of_row)
    table = []
    for word in sorted(counts["train"] | counts["val"]):
        train, val = (counts[side][word] / max(sizes[side], 1) for side in ("train", "val"))
        unlike = bool(groups_of_val) and abs(train - val) > POINTS
        table.append(dict(feature=word, train=round(train, 4), val=round(val, 4), unlike=unlike))
    return table
