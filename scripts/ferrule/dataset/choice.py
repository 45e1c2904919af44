"""Which rows of the pool a dataset takes: those that teach most, under limits that keep it from repeating itself.

    chosen = choose_rows(facts, shares, limits, ...)
    chosen.taken, chosen.reasons, chosen.plan

A kind of task has a quota (`ferrule.dataset.quotas`). Its rows come in parts: for compile errors the groups of
resources/error_groups.yaml, for other kinds their `_kind`. A part is filled by its share of the quota; in it the crates
take turns, and in a crate the error codes or rewrites. Rows that a limit refuses fall with the limit as the reason. If
the limits leave a kind short of its quota, the total is lowered until every kind can fill its own.

Everything depends on the rows and the seed alone, not on their order.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from ferrule.core.reasons import MixReason
from ferrule.core.schemas import choose
from ferrule.dataset.quotas import largest_remainder, plan_mix
from ferrule.dataset.row_facts import Facts, Groups

ROUNDS = 60  # attempts to find a total at which every kind can fill its quota
EVENLY = 1.6  # times its even share that a crate may have, however short the list
FEWER = (97, 94, 91, 88, 85)  # percent of the largest choice that are tried for `proven`
PROVEN = 30  # how much more likely a row comes first whose test notices a wrong form
MOST_COMMON = 400  # rows that have a run of tokens in common: it says nothing about them


@dataclass(frozen=True)
class Limits:
    """The section `choice` of the configuration."""

    crate_share: float = 0.08
    one_line: float = 0.15
    prints_fix: float = 0.05
    twins: int | None = 2
    same_answer: int | None = 2
    siblings: float | None = 0.6
    proven: float = 0.5
    kinds: dict[str, dict[str, float]] = field(default_factory=dict)  # task: `_kind`: share


@dataclass
class Chosen:
    taken: list[bool]
    reasons: list[str]  # of rows that are not taken
    plan: dict


def choose_rows(
    rows: list[Facts], shares: dict[str, float], size: int | None, seed: int, limits: Limits, groups: Groups
) -> Chosen:
    pool = Pool(rows, seed, limits, groups)
    have = Counter(row.task for row in rows)
    refused: dict[int, str] = {}  # by a limit in any attempt: a lower total only hides it
    plan, attempt = pool.fill(have, shares, size, refused)
    if size is None and attempt.proven_share() < limits.proven:
        # Rows that no test proves are left out, if a few less are enough.
        total = sum(attempt.filled.values())
        for percent in FEWER:
            fewer, other = pool.fill(have, shares, total * percent // 100, refused)
            if other.proven_share() >= limits.proven:
                plan, attempt = fewer, other
                break
    kinds = plan["kinds"]
    for kind, part in kinds.items():
        part["pool"] = have.get(kind, 0)
        missing = part["quota"] - attempt.filled[kind]
        if missing > 0:
            part["taken"], part["deficit"] = attempt.filled[kind], missing
            part["limited_by"] = "the limits of the choice"
        part["parts"] = attempt.parts.get(kind, {})
    plan["total"] = sum(part["taken"] for part in kinds.values())
    plan["crate_share"] = round(pool.crate_share, 4)
    reasons = [
        ""
        if attempt.taken[i]
        else refused.get(i) or MixReason.OVER_QUOTA
        if kinds.get(row.task, {}).get("share")
        else MixReason.NOT_IN_MIX
        for i, row in enumerate(rows)
    ]
    return Chosen(attempt.taken, reasons, plan)


class Pool:
    """The rows in the order in which they are asked, by kind and part; and which of them are siblings."""

    def __init__(self, rows: list[Facts], seed: int, limits: Limits, groups: Groups) -> None:
        self.rows, self.seed, self.limits, self.groups = rows, seed, limits, groups
        crates = {row.crate for row in rows}
        self.crate_share = min(1.0, max(limits.crate_share, EVENLY / max(len(crates), 1)))
        self.queues: dict[str, dict[str, list[int]]] = defaultdict(dict)
        by_part: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, row in enumerate(rows):
            by_part[row.task, self.part_of(row)].append(i)
        for (task, part), members in sorted(by_part.items()):
            self.queues[task][part] = self.in_turns(members)
        self.siblings = self.near(limits.siblings) if limits.siblings is not None else {}

    def fill(
        self, have: Mapping[str, int], shares: dict[str, float], size: int | None, refused: dict[int, str]
    ) -> tuple[dict, Attempt]:
        """The largest choice in which every kind fills its quota, or one of `size` rows, and its plan."""
        usable = dict(have)
        for _ in range(ROUNDS):
            plan = plan_mix(usable, shares, size)
            quotas = {kind: part["taken"] for kind, part in plan["kinds"].items() if part["share"]}
            attempt = Attempt(self, quotas)
            attempt.run()
            refused |= attempt.refused
            short = {
                kind: attempt.filled[kind] for kind, quota in quotas.items() if attempt.filled[kind] < quota
            }
            if not short or size is not None:
                break
            usable |= short
        return plan, attempt

    def part_of(self, row: Facts) -> str:
        return row.group or row.kind

    def share_of(self, task: str, part: str) -> Fraction:
        """A part's share within its kind of task."""
        kinds = self.limits.kinds.get(task, {})
        if part in self.groups.shares and task == "error_fixing":
            share = self.groups.shares[part] * kinds.get("compile_error", 1.0)
        else:
            share = kinds.get(part, 1.0 if not kinds else 0.0)
        return Fraction(str(round(share, 6)))

    def in_turns(self, members: list[int]) -> list[int]:
        """The crates take turns; in a crate the facets do; among equals a hash decides, that likes proven rows."""

        def place(i: int) -> tuple[float, str]:
            row = self.rows[i]
            share = (choose(self.seed, "mix", row.id) + 1) / 2**64
            return -math.log(min(share, 1.0)) / (PROVEN if row.proven else 1), row.id

        seen: Counter[tuple[str, str]] = Counter()
        by_crate: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for i in sorted(members, key=place):
            row = self.rows[i]
            seen[row.crate, row.facet] += 1
            by_crate[row.crate].append((seen[row.crate, row.facet] if row.facet else 0, i))
        turns = []
        for crate, found in by_crate.items():
            found.sort(key=lambda entry: entry[0])  # stable: among equals the order of the hash stays
            order = choose(self.seed, "mix", self.rows[members[0]].task, crate)
            turns += [(turn, order, crate, i) for turn, (_, i) in enumerate(found)]
        return [i for *_, i in sorted(turns)]

    def near(self, least: float) -> dict[int, list[int]]:
        """For each row the rows of its task and crate whose answers are nearly its own."""
        near: dict[int, list[int]] = defaultdict(list)
        by_part: dict[tuple[str, str], dict[frozenset[int], list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for i, row in enumerate(self.rows):
            if row.grams:
                by_part[row.task, row.crate][row.grams].append(i)
        for found in by_part.values():
            for one, other in similar(list(found), least):
                for i in found[one]:
                    near[i] += found[other]
                for i in found[other]:
                    near[i] += found[one]
            for same in found.values():
                for i in same if len(same) > 1 else ():
                    near[i] += [j for j in same if j != i]
        return near


def similar(sets: list[frozenset[int]], least: float) -> list[tuple[frozenset[int], frozenset[int]]]:
    """Pairs of sets whose Jaccard is at least `least`. Two such sets share one of the rarest of each."""
    frequency = Counter(gram for one in sets for gram in one)
    postings: dict[int, list[int]] = defaultdict(list)
    pairs = []
    for number in sorted(range(len(sets)), key=lambda n: (len(sets[n]), sorted(sets[n])[:3])):
        one = sets[number]
        rare = sorted(one, key=lambda gram: (frequency[gram], gram))
        prefix = rare[: len(one) - math.ceil(least * len(one)) + 1]
        candidates = {other for gram in prefix for other in postings[gram]}
        for other in sorted(candidates):
            smaller = sets[other]
            if len(smaller) < least * len(one):
                continue
            common = len(one & smaller)
            if common >= least * (len(one) + len(smaller) - common):
                pairs.append((one, smaller))
        for gram in prefix:
            postings[gram].append(number)
    return pairs


class Attempt:
    """One choice of rows for given quotas."""

    def __init__(self, pool: Pool, quotas: dict[str, int]) -> None:
        self.pool, self.quotas = pool, quotas
        self.taken = [False] * len(pool.rows)
        self.refused: dict[int, str] = {}
        self.filled: Counter[str] = Counter()
        self.parts: dict[str, dict[str, dict]] = {}
        self.of_crate: Counter[str] = Counter()
        self.shapes: Counter[bytes] = Counter()
        self.answers: Counter[bytes] = Counter()
        self.flags: Counter[tuple[str, str]] = Counter()
        self.most_of_crate = max(1, math.floor(pool.crate_share * sum(quotas.values())))

    def run(self) -> None:
        # The scarce kinds first: of the others there is more to choose from.
        for task in sorted(self.quotas, key=lambda task: (self.quotas[task], task)):
            self.fill(task, self.quotas[task])

    def fill(self, task: str, quota: int) -> None:
        queues = self.pool.queues.get(task, {})
        shares = {part: self.pool.share_of(task, part) for part in queues}
        shares = {part: share for part, share in shares.items() if share > 0}
        wanted = largest_remainder(shares, quota) if shares else {}
        caps = {part: self.cap(task, part, quota) for part in shares}
        at = dict.fromkeys(shares, 0)
        got = Counter[str]()
        # The scarce parts first, for the same reason as the scarce kinds.
        order = sorted(shares, key=lambda part: (len(queues[part]) / max(wanted[part], 1), part))
        for part in order:
            self.advance(task, part, min(wanted[part], caps[part]), at, got, quota)
        # What a part cannot fill goes to the others, by their shares.
        open_parts = order
        while (left := quota - sum(got.values())) > 0:
            open_parts = [p for p in open_parts if got[p] < caps[p] and at[p] < len(queues[p])]
            if not open_parts:
                break
            more = largest_remainder({part: shares[part] for part in open_parts}, left)
            for part in open_parts:
                self.advance(task, part, min(got[part] + more[part], caps[part]), at, got, quota)
        self.filled[task] = sum(got.values())
        self.parts[task] = {
            part: dict(
                share=float(shares[part]),
                pool=len(queues[part]),
                wanted=wanted[part],
                taken=got[part],
                deficit=max(wanted[part] - got[part], 0),
            )
            for part in sorted(shares)
            if part
        }

    def proven_share(self) -> float:
        """The share of the chosen rows that a test proves which notices a mistake."""
        proven = sum(row.proven for row, taken in zip(self.pool.rows, self.taken, strict=True) if taken)
        return proven / max(sum(self.taken), 1)

    def cap(self, task: str, part: str, quota: int) -> int:
        most = self.pool.groups.most.get(part) if task == "error_fixing" else None
        return quota if most is None else math.floor(most * quota)

    def advance(
        self, task: str, part: str, goal: int, at: dict[str, int], got: Counter[str], quota: int
    ) -> None:
        """Take rows of a part until it has `goal`."""
        queue = self.pool.queues[task][part]
        while got[part] < goal and at[part] < len(queue):
            i = queue[at[part]]
            at[part] += 1
            if reason := self.limit(i, quota):
                self.refused[i] = reason
            else:
                self.take(i)
                got[part] += 1

    def limit(self, i: int, quota: int) -> str | None:
        """Which limit the row would exceed."""
        row, limits = self.pool.rows[i], self.pool.limits
        if self.of_crate[row.crate] >= self.most_of_crate:
            return MixReason.CRATE_SHARE
        if limits.same_answer is not None and self.answers[row.answer] >= limits.same_answer:
            return MixReason.SAME_ANSWER
        if limits.twins is not None and self.shapes[row.shape] >= limits.twins:
            return MixReason.RENAMED_TWIN
        if row.one_line and self.flags[row.task, "one_line"] >= math.floor(limits.one_line * quota):
            return MixReason.ONE_LINE
        if row.prints_fix and self.flags[row.task, "prints_fix"] >= math.floor(limits.prints_fix * quota):
            return MixReason.PRINTS_FIX
        if any(self.taken[other] for other in self.pool.siblings.get(i, ())):
            return MixReason.SIBLING
        return None

    def take(self, i: int) -> None:
        row = self.pool.rows[i]
        self.taken[i] = True
        self.of_crate[row.crate] += 1
        self.answers[row.answer] += 1
        self.shapes[row.shape] += 1
        for flag in ("one_line", "prints_fix"):
            self.flags[row.task, flag] += getattr(row, flag)
